//! A text file as rows of cells, separated by commas, semicolons or tabs, or by spaces where a file may use these.
//!
//! A byte-order mark, blank lines and lines that begin with `#` are passed over. Rows keep the line on which they stand.

use csv::StringRecord;

use super::super::suggest::nearest;

/// The most rows of a data file.
pub(crate) const ROWS_MAX: usize = 10_000_000;

/// Where a column is looked for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Pick {
    /// By its name in the header.
    Name(String),
    /// By its number, from 1.
    Number(usize),
}

/// A file whose first row has been looked at.
pub(crate) struct DataSheet<'a> {
    name: &'a str,
    text: &'a str,
    /// None: spaces.
    delimiter: Option<u8>,
    /// The line of the first row, and its cells.
    pub(crate) first: (usize, Vec<String>),
}

impl<'a> DataSheet<'a> {
    /// Looks at the first row of `text`; `spaces`: cells may be separated by spaces alone.
    ///
    /// # Errors
    /// If there is no row.
    pub(crate) fn open(name: &'a str, text: &'a str, spaces: bool) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let first = text.lines().find(content).ok_or_else(|| format!("{name}: there is no row"))?;
        let delimiter = [b'\t', b';', b','].into_iter().find(|delimiter| outside_quotes(first, *delimiter));
        let mut sheet = Self { name, text, delimiter, first: (0, Vec::new()) };
        if delimiter.is_none() && !spaces {
            sheet.delimiter = Some(b',');
        }
        let mut cells = None;
        sheet.scan(&mut |line, record| {
            cells = Some((line, record.iter().map(str::to_owned).collect()));
            Ok(false)
        })?;
        sheet.first = cells.ok_or_else(|| format!("{name}: there is no row"))?;
        Ok(sheet)
    }

    /// The number of a column in the first row, from 0; none by name or number: the first of `usual` that is there, or
    /// the only column.
    ///
    /// # Errors
    /// If there is no such column, or more than one.
    pub(crate) fn column(&self, pick: Option<&Pick>, usual: &[&str], what: &str) -> Result<usize, String> {
        let (line, cells) = &self.first;
        let (name, listed) = (self.name, cells.join(", "));
        match pick {
            Some(Pick::Number(number)) if *number <= cells.len() => Ok(*number - 1),
            Some(Pick::Number(number)) => Err(format!(
                "{name}:{line}: found {} columns, accepted: at least {number}, as {what} = {number}",
                cells.len()
            )),
            Some(Pick::Name(wanted)) => {
                let mut found = (0..cells.len()).filter(|index| cells[*index] == *wanted);
                match (found.next(), found.next()) {
                    (Some(index), None) => Ok(index),
                    (Some(_), Some(_)) => {
                        Err(format!("{name}:{line}: found the column {wanted:?} twice, accepted: once"))
                    }
                    (None, _) => {
                        let meant = nearest(wanted, cells.iter().map(String::as_str));
                        let meant = meant.map_or(String::new(), |name| format!("; did you mean {name:?}?"));
                        Err(format!(
                            "{name}:{line}: found the columns {listed}, accepted: one called {wanted:?}, as {what} says{meant}"
                        ))
                    }
                }
            }
            None => {
                let found = |usual: &&&str| cells.iter().any(|cell| cell.eq_ignore_ascii_case(usual));
                let index = |name: &&str| cells.iter().position(|cell| cell.eq_ignore_ascii_case(name));
                match usual.iter().find(found).and_then(index) {
                    Some(index) => Ok(index),
                    None if cells.len() == 1 => Ok(0),
                    None => Err(format!(
                        "{name}:{line}: found the columns {listed}, accepted: one called {}, or another that the \
                         experiment names: {what} = {:?}",
                        usual.join(" or "),
                        cells[0]
                    )),
                }
            }
        }
    }

    /// Reads every row, without the first if that is a `header`, of at most `rows_max` rows. A problem names the line of its
    /// row.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn rows<T>(
        &self,
        header: bool,
        rows_max: usize,
        mut read: impl FnMut(&StringRecord) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let (name, width) = (self.name, self.first.1.len());
        let first_row = if header { "header" } else { "first" };
        let mut skip = header;
        let mut values = Vec::new();
        self.scan(&mut |line, record| {
            if std::mem::take(&mut skip) {
                return Ok(true);
            }
            if record.len() != width {
                return Err(format!("{name}:{line}: a row has as many fields as the {first_row}, {width}"));
            }
            if values.len() == rows_max {
                return Err(format!("{name}:{line}: found more rows, accepted: at most {rows_max}"));
            }
            values.push(read(record).map_err(|why| format!("{name}:{line}: {why}"))?);
            Ok(true)
        })?;
        if values.is_empty() {
            return Err(format!("{name}: there is no row below the header"));
        }
        Ok(values)
    }

    /// Shows each row with its line until `see` has seen enough.
    fn scan(&self, see: &mut dyn FnMut(usize, &StringRecord) -> Result<bool, String>) -> Result<(), String> {
        let Some(delimiter) = self.delimiter else {
            for (line, text) in (1..).zip(self.text.lines()) {
                let record = StringRecord::from(text.split_whitespace().collect::<Vec<_>>());
                if !is_void(&record) && !see(line, &record)? {
                    break;
                }
            }
            return Ok(());
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .delimiter(delimiter)
            .from_reader(self.text.as_bytes());
        let mut record = StringRecord::new();
        // lines are counted from one row to the next, so that a large file is walked through once
        let (mut line, mut counted) = (1, 0);
        while reader.read_record(&mut record).map_err(|error| format!("{}: {error}", self.name))? {
            let start = start_of(self.text, record.position());
            line += self.text.get(counted..start).unwrap_or_default().matches('\n').count();
            counted = start;
            if !is_void(&record) && !see(line, &record)? {
                break;
            }
        }
        Ok(())
    }
}

/// Whether `delimiter` stands in a line outside of quotes.
fn outside_quotes(line: &str, delimiter: u8) -> bool {
    let mut quoted = false;
    line.bytes().any(|byte| {
        quoted ^= byte == b'"';
        !quoted && byte == delimiter
    })
}

/// Whether a row holds nothing, or a comment after spaces.
fn is_void(record: &StringRecord) -> bool {
    record.len() <= 1 && record.iter().all(str::is_empty) || record.get(0).is_some_and(|cell| cell.starts_with('#'))
}

/// Where a record begins: its position is the end of the one before, blank lines and comments not skipped.
fn start_of(text: &str, position: Option<&csv::Position>) -> usize {
    let mut start = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0).min(text.len());
    while let Some(rest) = text.get(start..).filter(|rest| rest.starts_with(['\n', '\r', '#'])) {
        start += if rest.starts_with('#') { rest.find('\n').unwrap_or(rest.len()) } else { 1 };
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, header: bool) -> Result<Vec<String>, String> {
        DataSheet::open("a.csv", text, true)?.rows(header, 3, |row| Ok(row.iter().collect::<Vec<_>>().join("|")))
    }

    #[test]
    fn marks_comments_and_blank_lines_are_passed_over() {
        let expected = Ok(vec!["1|2".to_owned(), "3|4".to_owned()]);
        for text in [
            "a,b\n1,2\n3,4\n",
            "\u{feff}a,b\r\n1,2\r\n3,4",
            "# made by me\n\na,b\n\n1,2\n# between\n 3 , 4 \n",
            "a;b\n1;2\n3;4\n",
            "a\tb\n1\t2\n3\t4\n",
            "   a      b\n   1 2\n\n 3    4\n#[Mean = 1]\n",
            "\"a\",\"b\"\n\"1\",\"2\"\n  # indented\n3,4\n",
        ] {
            assert_eq!(cells(text, true), expected, "{text:?}");
        }
    }

    #[test]
    fn a_bad_row_is_reported_with_its_line_and_the_bound() {
        assert_eq!(cells("a,b\n\n# c\n1\n", true).unwrap_err(), "a.csv:4: a row has as many fields as the header, 2");
        assert_eq!(cells("1\n2\n3\n4\n", false).unwrap_err(), "a.csv:4: found more rows, accepted: at most 3");
        assert_eq!(cells("a,b\n", true).unwrap_err(), "a.csv: there is no row below the header");
        assert_eq!(cells("a,b\n,\n", true), Ok(vec!["|".to_owned()]), "empty cells are a row");
        assert_eq!(cells("# nothing\n", true).unwrap_err(), "a.csv: there is no row");
    }
}
