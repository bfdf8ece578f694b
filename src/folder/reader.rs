//! Reads a result folder, on the disk or in memory: the manifest, and the CSV files as typed rows.
//!
//! Everything made from results (figures, report, tables) starts here. So each sees the same data as a notebook, and
//! can be made again. Columns are found by name: an unknown column is skipped, a missing one is an error. Rows are read
//! measure by measure; only the wanted measures are kept.
//!
//! The reader enforces the rules of the writer: values in their ranges, limits and quantiles in order, groups in
//! canonical order, each line once. So code that gets a row need not check it again.

mod order;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::order::RowOrder;
use self::table::{CsvLine, CsvTable, shown};
use super::error::Error;
use super::manifest::{MANIFEST, Manifest};
use super::months::PARTS;
use super::range::CellRange;
use crate::measure::SERIES;
use crate::plan::Group;

/// The columns of `runs.csv` that are not measures.
const RUN_COLUMNS: [&str; 3] = ["replication", "fingerprint", "events"];

/// Maximum number of rows kept of a file.
const ROWS_MAX: usize = 5_000_000;

/// Maximum number of points and of strategies, as in an experiment.
const POINTS_MAX: usize = 1_000_000;
const STRATEGIES_MAX: usize = 1_000;

/// The verdicts of `compare.csv`.
const VERDICTS: [&str; 4] = ["lower", "higher", "no difference shown", ""];

/// A result folder with finished runs.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    /// The CSV files by name, if they are in memory.
    held: Option<HeldFiles>,
    manifest: Manifest,
    keys: Vec<String>,
    points: Vec<Vec<String>>,
    strategies: Vec<String>,
}

/// CSV files in memory, by name.
pub(crate) type HeldFiles = BTreeMap<&'static str, Arc<[u8]>>;

/// A mean with its interval; each may be undefined. Infinite: never reached.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReadEstimate {
    /// The mean.
    pub mean: Option<f64>,
    /// Lower limit of the interval.
    pub low: Option<f64>,
    /// Upper limit of the interval.
    pub high: Option<f64>,
}

/// A line of `summary.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct SummaryRow {
    /// Point and strategy.
    pub group: Group,
    /// The measure.
    pub measure: String,
    /// Its unit: `s`, `1` or `count`.
    pub unit: String,
    /// Replications in which the measure was defined.
    pub n: u64,
    /// Mean over these replications.
    pub estimate: ReadEstimate,
}

/// A line of `compare.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct CompareRow {
    /// Point and strategy.
    pub group: Group,
    /// Name of the baseline strategy.
    pub baseline: String,
    /// The measure.
    pub measure: String,
    /// Its unit.
    pub unit: String,
    /// Number of pairs.
    pub n: u64,
    /// Strategy − baseline, paired over replications.
    pub difference: ReadEstimate,
    /// The adjusted p-value.
    pub p_adjusted: Option<f64>,
    /// `lower`, `higher`, `no difference shown`, or empty if no test was possible.
    pub verdict: String,
}

/// A line of `pairs.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct PairRow {
    /// Point and strategy.
    pub group: Group,
    /// The strategy on the other side of the comparison.
    pub other: usize,
    /// The measure.
    pub measure: String,
    /// Strategy − other, paired over replications.
    pub difference: ReadEstimate,
    /// The adjusted p-value.
    pub p_adjusted: Option<f64>,
    /// `lower`, `higher`, `no difference shown`, or empty if no test was possible.
    pub verdict: String,
}

/// A line of `months.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct MonthRow {
    /// Point and strategy: the point without the month's faults, or that of the fault.
    pub group: Group,
    /// `base`, `fault` or `all`.
    pub part: String,
    /// How often the fault comes in a month.
    pub per_month: Option<f64>,
    /// What is counted: `attempts`, `stalled` or `late`.
    pub measure: String,
    /// Replications.
    pub n: u64,
    /// Events in a month; of a fault, those that it adds.
    pub estimate: ReadEstimate,
}

/// A line of `distributions.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct DistributionRow {
    /// Point and strategy.
    pub group: Group,
    /// The measure.
    pub measure: String,
    /// Number of values over all replications.
    pub count: u64,
    /// The quantile, in [0, 1].
    pub quantile: f64,
    /// Value of the quantile, s; infinite: never.
    pub value: Option<f64>,
}

/// A line of `timeseries.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct SeriesRow {
    /// Point and strategy.
    pub group: Group,
    /// Start of the bin, s.
    pub start: f64,
    /// The measure.
    pub measure: String,
    /// Mean over the replications.
    pub estimate: ReadEstimate,
}

/// A line of `runs.csv`, with the wanted measures.
#[derive(Clone, PartialEq, Debug)]
pub struct RunRow {
    /// Point and strategy.
    pub group: Group,
    /// The replication, from 0.
    pub replication: u32,
    /// Running hash of the event history.
    pub fingerprint: String,
    /// Events handled.
    pub events: u64,
    /// The wanted measures, in the order of [`Reader::run_measures`].
    pub measures: Vec<Option<f64>>,
}

impl Reader {
    /// Opens a folder: reads its manifest, and its points and strategies.
    ///
    /// # Errors
    /// If it is not a result folder, if its runs are not finished, or if a file cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let wrong = |cause: &str| Error::new(folder, "cannot read the results", cause);
        let manifest = Manifest::read(folder)?
            .ok_or_else(|| wrong(&format!("it is no result folder, there is no {MANIFEST} in it")))?;
        refuse_shard(folder, &manifest)?;
        if manifest.ended.is_none() {
            return Err(wrong("its runs are not finished; finish them first: pushpull run FILE --resume"));
        }
        Self::of(folder, None, manifest)
    }

    /// The results of an experiment in memory: the CSV files of a folder, with the manifest that would be in it.
    ///
    /// # Errors
    /// If `summary.csv` is missing, or is not one that this program writes.
    pub(crate) fn held(manifest: Manifest, files: HeldFiles) -> Result<Self, Error> {
        Self::of(Path::new("memory"), Some(files), manifest)
    }

    fn of(path: &Path, held: Option<HeldFiles>, manifest: Manifest) -> Result<Self, Error> {
        let (keys, points, strategies) = (Vec::new(), Vec::new(), Vec::new());
        let mut reader = Self { path: path.to_owned(), held, manifest: manifest.shown(), keys, points, strategies };
        reader.survey()?;
        Ok(reader)
    }

    fn has(&self, name: &str) -> bool {
        self.held.as_ref().map_or_else(|| self.path.join(name).exists(), |held| held.contains_key(name))
    }

    fn table(&self, name: &str) -> Result<CsvTable, Error> {
        let path = self.path.join(name);
        match &self.held {
            None => CsvTable::open(&path),
            Some(held) => {
                let bytes = held.get(name).ok_or_else(|| Error::new(&path, "cannot read", "there is none"))?;
                CsvTable::held(&path, bytes.clone())
            }
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The swept keys, as the experiment file names them.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The points, each with the text of every swept key's value.
    #[must_use]
    pub fn points(&self) -> &[Vec<String>] {
        &self.points
    }

    /// The strategies, in the order of the experiment.
    #[must_use]
    pub fn strategies(&self) -> &[String] {
        &self.strategies
    }

    /// `bus.loss = 0.01, http.delay = 20ms`; empty if nothing is swept.
    #[must_use]
    pub fn describe(&self, point: usize) -> String {
        let pairs = self.keys.iter().zip(&self.points[point]).map(|(key, value)| format!("{key} = {value}"));
        pairs.collect::<Vec<_>>().join(", ")
    }

    /// The value at a dotted path of the resolved experiment: `clients.handshake.retry_after`.
    #[must_use]
    pub fn setting(&self, path: &str) -> Option<&toml::Value> {
        let mut names = path.split('.');
        let first = self.manifest.experiment.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }

    /// The confidence of all intervals.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.setting("confidence").and_then(toml::Value::as_float).unwrap_or(0.95)
    }

    /// Name of the baseline strategy.
    #[must_use]
    pub fn baseline(&self) -> &str {
        let first = || self.strategies.first().map_or("", String::as_str);
        self.setting("baseline").and_then(toml::Value::as_str).unwrap_or_else(first)
    }

    /// Whether the folder has a `timeseries.csv`.
    #[must_use]
    pub fn has_series(&self) -> bool {
        self.has("timeseries.csv")
    }

    /// The lines of `summary.csv` with a measure that is `wanted`.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is invalid.
    pub fn summary(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<SummaryRow>, Error> {
        self.rows("summary.csv", &wanted, |line, order| {
            order.once(line)?;
            let range = line.range()?;
            Ok(SummaryRow {
                group: line.group,
                measure: line.text("measure")?.to_owned(),
                unit: line.text("unit")?.to_owned(),
                n: line.whole("n")?,
                estimate: line.estimate("mean", |mean| range.check(mean))?,
            })
        })
    }

    /// The lines of `compare.csv` with a measure that is `wanted`.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is invalid.
    pub fn compare(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<CompareRow>, Error> {
        self.rows("compare.csv", &wanted, |line, order| {
            order.once(line)?;
            let range = line.range()?;
            Ok(CompareRow {
                group: line.group,
                baseline: one_of(line, "baseline", self.strategies.iter().map(String::as_str))?,
                measure: line.text("measure")?.to_owned(),
                unit: line.text("unit")?.to_owned(),
                n: line.whole("n")?,
                difference: line.estimate("difference", |difference| range.check_difference(difference))?,
                p_adjusted: line.checked("p_adjusted", probability)?,
                verdict: one_of(line, "verdict", VERDICTS.into_iter())?,
            })
        })
    }

    /// The lines of `pairs.csv` with a measure that is `wanted`.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is invalid.
    pub fn pairs(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<PairRow>, Error> {
        if !self.has("pairs.csv") {
            let path = self.path.join("pairs.csv");
            let cause = "there is none, as an earlier version made the folder; `pushpull run` with --resume writes it";
            return Err(Error::new(&path, "cannot read", cause));
        }
        self.rows("pairs.csv", &wanted, |line, order| {
            let range = line.range()?;
            let later = self.strategies.iter().skip(line.group.strategy + 1).map(String::as_str);
            let name = one_of(line, "other", later)?;
            let row = PairRow {
                group: line.group,
                other: self.strategies.iter().position(|strategy| *strategy == name).unwrap_or_default(),
                measure: line.text("measure")?.to_owned(),
                difference: line.estimate("difference", |difference| range.check_difference(difference))?,
                p_adjusted: line.checked("p_adjusted", probability)?,
                verdict: one_of(line, "verdict", VERDICTS.into_iter())?,
            };
            order.pair(&row)?;
            Ok(row)
        })
    }

    /// The lines of `months.csv` with a measure that is `wanted`; none if no fault says how often it comes.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is invalid.
    pub fn months(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<MonthRow>, Error> {
        if !self.has("months.csv") {
            return Ok(Vec::new());
        }
        self.rows("months.csv", &wanted, |line, _| {
            Ok(MonthRow {
                group: line.group,
                part: one_of(line, "part", PARTS.into_iter())?,
                per_month: line.number("per_month", CellRange::Unknown)?,
                measure: line.text("measure")?.to_owned(),
                n: line.whole("n")?,
                // What a fault adds may be less than nothing.
                estimate: line.estimate("mean", |mean| CellRange::Unknown.check(mean))?,
            })
        })
    }

    /// The lines of `distributions.csv` with a measure that is `wanted`.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is invalid.
    pub fn distributions(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<DistributionRow>, Error> {
        self.rows("distributions.csv", &wanted, |line, order| {
            let row = DistributionRow {
                group: line.group,
                measure: line.text("measure")?.to_owned(),
                count: line.whole("count")?,
                quantile: line.known("quantile", CellRange::Share)?,
                value: Some(line.known("value", CellRange::Seconds)?),
            };
            order.quantile(&row)?;
            Ok(row)
        })
    }

    /// The lines of `timeseries.csv` with a measure that is `wanted`; none if the experiment has no bins.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is invalid.
    pub fn series(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<SeriesRow>, Error> {
        if !self.has_series() {
            return Ok(Vec::new());
        }
        self.rows("timeseries.csv", &wanted, |line, order| {
            let measure = line.text("measure")?;
            let unit = SERIES.iter().find(|series| series.name == measure).map_or("count", |series| series.unit);
            let range = CellRange::of_unit(unit).unwrap_or(CellRange::Count);
            let row = SeriesRow {
                group: line.group,
                start: line.known("t_s", CellRange::Finite)?,
                measure: measure.to_owned(),
                estimate: line.estimate("mean", |mean| range.check(mean))?,
            };
            order.bin(&row)?;
            Ok(row)
        })
    }

    /// Names of the measures in `runs.csv`, in the order of its columns.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn run_measures(&self) -> Result<Vec<String>, Error> {
        let file = self.table("runs.csv")?;
        Ok(file.rest().filter(|name| !RUN_COLUMNS.contains(name)).map(str::to_owned).collect())
    }

    /// The lines of `runs.csv`, with the measures that are `wanted`.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is invalid.
    pub fn runs(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<RunRow>, Error> {
        let names: Vec<String> = self.run_measures()?.into_iter().filter(|name| wanted(name)).collect();
        let ranges: Vec<CellRange> = names.iter().map(|name| CellRange::of_run(name)).collect();
        self.rows("runs.csv", &|_| true, |line, order| {
            let columns = names.iter().zip(&ranges);
            let row = RunRow {
                group: line.group,
                replication: line.whole("replication")?,
                fingerprint: fingerprint(line)?,
                events: line.whole("events")?,
                measures: columns.map(|(name, range)| line.number(name, *range)).collect::<Result<_, _>>()?,
            };
            order.run(&row)?;
            Ok(row)
        })
    }

    /// Reads `summary.csv` for points, swept keys and strategies.
    fn survey(&mut self) -> Result<(), Error> {
        let mut file = self.table("summary.csv")?;
        self.keys = file.keys();
        while file.advance()? {
            let (point, values, strategy) = file.place()?;
            let known = self.points.len();
            if point == known && known < POINTS_MAX {
                self.points.push(values);
            } else if point >= known || self.points[point] != values {
                return Err(file.wrong(format!("point {point} does not follow from the lines before")));
            }
            if self.strategies.contains(&strategy) {
                continue;
            }
            if point > 0 || self.strategies.len() == STRATEGIES_MAX || strategy.is_empty() {
                let accepted = format!("a strategy of point 0, at most {STRATEGIES_MAX} of them");
                return Err(file.wrong(format!("strategy: found \"{}\", accepted: {accepted}", shown(&strategy))));
            }
            self.strategies.push(strategy);
        }
        if self.points.is_empty() { Err(file.wrong("there is no result in it")) } else { Ok(()) }
    }

    /// The rows of a file: `row` is called for each line with a wanted measure.
    fn rows<T>(
        &self,
        name: &str,
        wanted: &dyn Fn(&str) -> bool,
        row: impl Fn(&CsvLine, &mut RowOrder) -> Result<T, String>,
    ) -> Result<Vec<T>, Error> {
        let mut file = self.table(name)?;
        let measure = file.columns.get("measure").copied();
        let mut rows = Vec::new();
        let mut order = RowOrder::default();
        while file.advance()? {
            if measure.is_some_and(|column| !file.record.get(column).is_some_and(wanted)) {
                continue;
            }
            if rows.len() == ROWS_MAX {
                return Err(
                    file.wrong(format!("found more lines, accepted: at most {ROWS_MAX} that are needed at once"))
                );
            }
            let (point, values, strategy) = file.place()?;
            let strategy = self.strategies.iter().position(|name| *name == strategy);
            let group = match (self.points.get(point) == Some(&values), strategy) {
                (true, Some(strategy)) => Group { point, strategy },
                _ => return Err(file.wrong("its point or strategy is not in summary.csv")),
            };
            order.group(group).map_err(|cause| file.wrong(cause))?;
            rows.push(row(&file.line(group), &mut order).map_err(|cause| file.wrong(cause))?);
        }
        Ok(rows)
    }
}

/// Refuses a folder that holds only a part of the runs.
///
/// # Errors
/// If the folder is a shard.
pub fn refuse_shard(folder: &Path, manifest: &Manifest) -> Result<(), Error> {
    let Some(shard) = &manifest.shard else { return Ok(()) };
    let cause = format!("it holds only shard {shard}; join all shards first: pushpull merge DIR... --out DIR");
    Err(Error::new(folder, "cannot read the results", cause))
}

/// The text of a cell, which must be one of `accepted`.
fn one_of<'a>(
    line: &CsvLine,
    name: &str,
    mut accepted: impl Iterator<Item = &'a str> + Clone,
) -> Result<String, String> {
    let found = line.text(name)?;
    if accepted.clone().any(|text| text == found) {
        return Ok(found.to_owned());
    }
    let most: Vec<&str> = accepted.by_ref().take(5).filter(|text| !text.is_empty()).collect();
    let more = if accepted.next().is_some() { ", …" } else { "" };
    Err(format!("{name}: found \"{}\", accepted: {}{more}", shown(found), most.join(", ")))
}

fn fingerprint(line: &CsvLine) -> Result<String, String> {
    let found = line.text("fingerprint")?;
    if found.len() == 16 && found.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(found.to_owned());
    }
    Err(format!("fingerprint: found \"{}\", accepted: 16 hexadecimal digits", shown(found)))
}

fn probability(value: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err("a number from 0 to 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder with the minimum that a reader needs.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("pushpull-reader-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            let folder = Self(path);
            folder.write(
                MANIFEST,
                r#"{"version":"0.1.0","commit":"","compiler":"","platform":"","command":[],"jobs":1,"started":"",
                "ended":"","seed":1,"digest":"d","runs_digest":"d","shard":null,"runs":2,"events":2,"failures":[],
                "double_checked":0,"imprecise":[],"replications":1,"experiment":{"confidence":0.9},"data":[]}"#,
            );
            folder.write(
                "summary.csv",
                "point,bus.loss,strategy,measure,unit,n,mean,ci_low,ci_high,method\n\
                 0,0.1,push,stall_rate,1,20,0.1,0.09,0.11,t\n\
                 0,0.1,pull,stall_rate,1,20,0,0,0.001,exact\n\
                 0,0.1,pull,recovery_max_s,s,20,inf,,,t\n",
            );
            folder
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.0.join(name), text).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn rows_are_typed_and_an_undefined_value_is_none() {
        let folder = Folder::new("typed");
        let reader = Reader::open(&folder.0).unwrap();
        assert_eq!(reader.keys(), ["bus.loss"]);
        assert_eq!(reader.points(), [["0.1"]]);
        assert_eq!(reader.strategies(), ["push", "pull"]);
        assert_eq!(reader.describe(0), "bus.loss = 0.1");
        assert!((reader.confidence() - 0.9).abs() < 1e-12);
        let rows = reader.summary(|measure| measure == "stall_rate").unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].group, Group { point: 0, strategy: 1 });
        assert_eq!(rows[1].estimate, ReadEstimate { mean: Some(0.0), low: Some(0.0), high: Some(0.001) });
        let rows = reader.summary(|measure| measure == "recovery_max_s").unwrap();
        assert_eq!(rows[0].estimate, ReadEstimate { mean: Some(f64::INFINITY), low: None, high: None });
        assert!(reader.series(|_| true).unwrap().is_empty());
    }

    #[test]
    fn an_error_names_file_and_line() {
        let folder = Folder::new("errors");
        let header = "point,bus.loss,strategy,measure,count,quantile,value\n";
        folder
            .write("distributions.csv", &format!("{header}0,0.1,push,handshake_wait_s,9,0,0.1\n0,0.1,push,x,9,0,1s\n"));
        let reader = Reader::open(&folder.0).unwrap();
        let error = reader.distributions(|_| true).unwrap_err().to_string();
        assert!(error.ends_with("distributions.csv: cannot read: line 3: value: \"1s\" is not a number"), "{error}");
        assert_eq!(reader.distributions(|measure| measure != "x").unwrap().len(), 1);
        folder.write("distributions.csv", &format!("{header}7,0.1,push,handshake_wait_s,9,0,0.1\n"));
        let error = reader.distributions(|_| true).unwrap_err().to_string();
        assert!(error.ends_with("line 2: its point or strategy is not in summary.csv"), "{error}");
    }

    #[test]
    fn a_folder_without_finished_results_is_refused() {
        let folder = Folder::new("unfinished");
        let manifest = fs::read_to_string(folder.0.join(MANIFEST)).unwrap();
        folder.write(MANIFEST, &manifest.replace("\"ended\":\"\"", "\"ended\":null"));
        assert!(Reader::open(&folder.0).unwrap_err().to_string().contains("not finished"));
        folder.write(MANIFEST, &manifest.replace("\"shard\":null", "\"shard\":\"1/2\""));
        assert!(Reader::open(&folder.0).unwrap_err().to_string().contains("pushpull merge"));
        fs::remove_file(folder.0.join(MANIFEST)).unwrap();
        assert!(Reader::open(&folder.0).unwrap_err().to_string().contains("no manifest.json"));
    }
}
