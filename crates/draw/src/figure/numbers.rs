//! The numbers behind a figure.

use text::in_csv;

/// A table: a name for each column, and rows of cells as text.
///
/// ```
/// use draw::figure::Numbers;
/// let mut numbers = Numbers::new(["host", "error rate"]);
/// numbers.push(["a".to_owned(), "1.2 %".to_owned()]);
/// assert_eq!(numbers.csv(), "host,error rate\na,1.2 %\n");
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Numbers {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Numbers {
    /// A table without rows.
    #[must_use]
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self { columns: columns.into_iter().map(str::to_owned).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If the row does not have one cell for each column.
    pub fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        let row: Vec<String> = cells.into_iter().collect();
        assert_eq!(row.len(), self.columns.len(), "a cell for each column: {row:?}");
        self.rows.push(row);
    }

    /// Names of the columns, with units.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The digest of the table.
    #[must_use]
    pub fn digest(&self) -> String {
        blake3::hash(self.csv().as_bytes()).to_hex().to_string()
    }

    /// As CSV, header first.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut lines = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in std::iter::once(&self.columns).chain(&self.rows) {
            lines.write_record(row.iter().map(|cell| in_csv(cell).into_owned())).expect("memory takes every line");
        }
        let bytes = lines.into_inner().expect("memory takes every line");
        String::from_utf8(bytes).expect("cells are text")
    }
}
