//! Makes the runs that a search asks for, and keeps each in `runs.csv` of the result folder.
//!
//! A search asks for the same points in the same order whatever was made earlier. So the file of a search that was
//! interrupted is a beginning of the whole file, and a run that is in it is not made again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::axis::SearchAxis;
use super::judge::Judge;
use super::question::Question;
use super::search::{Judged, Oracle};
use crate::file::InputError;
use crate::folder::columns::CsvLines;
use crate::folder::results::Growing;
use crate::folder::session::Watcher;
use crate::folder::{Error, bounded, cell, range};
use crate::measure::{MEASURES, measure_index};
use crate::model::Scenario;
use crate::plan::{Group, Plan, Replications};
use crate::run::{Ending, Row, RunFailure, RunOptions, RunPool, Runner, Sink, Stored};

/// The file of runs.
pub(super) const RUNS: &str = "runs.csv";

/// The most bytes of it.
const BYTES_MAX: u64 = 16 << 30;

/// Why a question has no answer.
#[derive(Debug)]
pub enum Trouble {
    /// A file cannot be written or read.
    File(Error),
    /// A value inside the range makes no valid experiment.
    Input(InputError),
    /// A run has failed, or the measure is undefined.
    Failed(String),
    /// The system gives no thread to run on.
    NoThread,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::File(error)
    }
}

/// The runs of a group, by replication.
type Runs = BTreeMap<u32, Row>;

/// The runs of a question.
pub(super) struct Rounds<'a> {
    plan: &'a Plan,
    axis: &'a SearchAxis,
    /// Indices of the strategies that are run, and their names.
    strategies: Vec<(usize, &'a str)>,
    measure: &'a str,
    judge: Judge,
    options: &'a RunOptions<'a>,
    watcher: &'a mut dyn Watcher,
    folder: &'a Path,
    file: Growing,
    /// The values of the key that were looked at, in this order.
    values: Vec<String>,
    /// All runs in the file, by value and strategy.
    made: BTreeMap<(String, usize), Runs>,
    failed: Option<String>,
}

impl<'a> Rounds<'a> {
    /// Goes on from what the folder holds.
    pub(super) fn open(
        plan: &'a Plan,
        question: &'a Question,
        axis: &'a SearchAxis,
        folder: &'a Path,
        options: &'a RunOptions<'a>,
        watcher: &'a mut dyn Watcher,
    ) -> Result<Self, Error> {
        let index = |name: &str| plan.strategies.iter().position(|other| other == name);
        let strategies = question.wanted.strategies().into_iter();
        let strategies = strategies.map(|name| (index(name).expect("a strategy of the experiment"), name)).collect();
        let measure = measure_index(&question.measure).expect("a valid question names a measure");
        let path = folder.join(RUNS);
        let mut rounds = Self {
            plan,
            axis,
            strategies,
            measure: &question.measure,
            judge: Judge::new(plan.confidence, measure, question.wanted.limit()),
            options,
            watcher,
            folder,
            file: Growing::open(&path)?,
            values: Vec::new(),
            made: BTreeMap::new(),
            failed: None,
        };
        let kept = rounds.read(&path)?;
        rounds.file.cut(kept)?;
        if kept == 0 {
            rounds.file.append(&rounds.header())?;
        }
        rounds.watcher.stored(rounds.made.values().map(BTreeMap::len).sum());
        Ok(rounds)
    }

    /// Events of all runs.
    pub(super) fn events(&self) -> u64 {
        self.made.values().flat_map(BTreeMap::values).map(|row| row.events).sum()
    }

    /// Has the system write the file to the disk; gives its path.
    pub(super) fn finish(self) -> Result<PathBuf, Error> {
        self.watcher.end();
        self.file.sync()?;
        Ok(self.folder.join(RUNS))
    }

    fn header(&self) -> Vec<u8> {
        let mut lines = CsvLines::new();
        let names = ["point", &self.axis.key, "strategy", "replication", "fingerprint", "events"];
        lines.push(names.into_iter().chain(MEASURES.iter().map(|measure| measure.name)));
        lines.into_bytes()
    }

    /// The line of a run.
    fn line(&self, point: usize, strategy: usize, row: &Row) -> Vec<u8> {
        let mut lines = CsvLines::new();
        lines.whole(point as u64);
        lines.field(text::in_csv(&self.values[point]).as_ref());
        lines.field(self.strategies[strategy].1);
        lines.whole(row.replication.into());
        lines.field(format!("{:016x}", row.fingerprint));
        lines.whole(row.events);
        for &value in &row.measures {
            lines.number(value);
        }
        lines.end();
        lines.into_bytes()
    }

    /// Reads the runs in the file; gives the bytes of its whole lines.
    fn read(&mut self, path: &Path) -> Result<u64, Error> {
        let text = bounded::text(path, BYTES_MAX)?;
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        if whole.is_empty() {
            return Ok(0);
        }
        let unread = |cause: String| Error::new(path, "cannot go on with it", format!("{cause}; use --overwrite"));
        let rest = std::str::from_utf8(&self.header()).ok().and_then(|header| whole.strip_prefix(header));
        let rest = rest.ok_or_else(|| unread("its columns are not those of this question".to_owned()))?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(rest.as_bytes());
        for (index, record) in reader.records().enumerate() {
            let read = record.map_err(|error| error.to_string()).and_then(|record| self.row(&record));
            let ((value, strategy), row) = read.map_err(|cause| unread(format!("line {}: {cause}", index + 2)))?;
            self.made.entry((value, strategy)).or_default().insert(row.replication, row);
        }
        Ok(whole.len() as u64)
    }

    /// Reads a line, which begins with the number of the point.
    fn row(&self, record: &csv::StringRecord) -> Result<((String, usize), Row), String> {
        let mut fields = record.iter().skip(1);
        let mut next = || fields.next().ok_or_else(|| "it ends early".to_owned());
        let value = text::from_csv(next()?).into_owned();
        let name = next()?;
        let strategy = self.strategies.iter().position(|(_, other)| *other == name);
        let strategy = strategy.ok_or_else(|| format!("there is no strategy {name}"))?;
        let replication = next()?.parse().map_err(|_| "its replication is no number".to_owned())?;
        let fingerprint = u64::from_str_radix(next()?, 16).map_err(|error| error.to_string())?;
        let events = next()?.parse().map_err(|_| "its events are no number".to_owned())?;
        let mut measures = [None; MEASURES.len()];
        for value in &mut measures {
            *value = cell::read_number(next()?)?;
        }
        range::check_run(&measures)?;
        let group = Group { point: 0, strategy };
        Ok(((value, strategy), Row { group, replication, fingerprint, events, measures }))
    }

    /// The scenarios of a value, one for each strategy.
    fn scenarios(&self, value: &str) -> Result<Vec<Scenario>, Trouble> {
        let set = [format!("{}={value}", self.axis.key)];
        let scenario = |(index, _): &(usize, &str)| self.plan.changed(0, *index, &set);
        self.strategies.iter().map(scenario).collect::<Result<_, _>>().map_err(Trouble::Input)
    }

    /// The first `n` runs of a value, for each strategy.
    fn rows(&self, value: &str, n: u32) -> Vec<Vec<Row>> {
        let of = |strategy: usize| {
            let runs = self.made.get(&(value.to_owned(), strategy));
            runs.into_iter().flat_map(|runs| runs.range(..n)).map(|(_, row)| row.clone()).collect()
        };
        (0..self.strategies.len()).map(of).collect()
    }

    /// Makes what is missing of the first `n` runs of these points.
    fn run(&mut self, points: &[usize], n: u32) -> Result<(), Trouble> {
        let scenarios: Vec<Vec<Scenario>> =
            points.iter().map(|point| self.scenarios(&self.values[*point])).collect::<Result<_, _>>()?;
        let runner = Runner {
            points: points.len(),
            strategies: self.strategies.len(),
            replications: &Replications::Fixed(n),
            confidence: self.plan.confidence,
            seed: self.plan.seed,
            options: self.options,
            scenario: &|group| scenarios[group.point][group.strategy].clone(),
        };
        let ending = runner.run(&mut Round { rounds: self, points, n })?;
        match (ending, self.failed.take()) {
            (_, Some(text)) => Err(Trouble::Failed(text)),
            (Ending::NoThread, None) => Err(Trouble::NoThread),
            (Ending::Complete, None) => Ok(()),
            (Ending::Stopped, None) => Err(Trouble::Failed(self.stopped())),
        }
    }

    /// How to go on after a signal.
    fn stopped(&self) -> String {
        let runs: usize = self.made.values().map(BTreeMap::len).sum();
        let folder = self.folder.display();
        format!("interrupted; {runs} runs are in {folder}, and the same command with --resume goes on from there")
    }
}

impl Oracle for Rounds<'_> {
    type Error = Trouble;

    fn judge(&mut self, places: &[f64], n: u32) -> Result<Vec<Judged>, Trouble> {
        let values: Vec<String> = places.iter().map(|place| self.axis.value(*place)).collect();
        let mut points: Vec<usize> = Vec::new();
        for value in &values {
            let known = self.values.iter().position(|other| other == value);
            let point = known.unwrap_or(self.values.len());
            if known.is_none() {
                self.values.push(value.clone());
            }
            if !points.contains(&point) {
                points.push(point);
            }
        }
        self.run(&points, n)?;
        let judged = values.iter().map(|value| {
            let rows = self.rows(value, n);
            self.judge.judge(&rows).ok_or_else(|| {
                let (measure, key) = (self.measure, &self.axis.key);
                Trouble::Failed(format!("{measure} is undefined in all {n} runs at {key} = {value}"))
            })
        });
        judged.collect()
    }
}

/// The runs of some points, on their way to the file.
struct Round<'a, 'b> {
    rounds: &'a mut Rounds<'b>,
    /// The numbers of the points.
    points: &'a [usize],
    n: u32,
}

impl Round<'_, '_> {
    /// Where the runs of a group are kept.
    fn place(&self, group: Group) -> (String, usize) {
        (self.rounds.values[self.points[group.point]].clone(), group.strategy)
    }
}

impl Sink for Round<'_, '_> {
    type Error = Error;

    fn stored(&mut self, group: Group) -> Result<Stored, Error> {
        let runs = self.rounds.made.get(&self.place(group));
        let rows: Vec<Row> = runs
            .into_iter()
            .flat_map(|runs| runs.range(..self.n))
            .map(|(_, row)| Row { group, ..row.clone() })
            .collect();
        let series = rows.iter().map(|row| (row.replication, Vec::new())).collect();
        Ok(Stored { rows, pool: RunPool { series, ..RunPool::default() } })
    }

    fn rows(&mut self, rows: &[Row], _pool: &RunPool) -> Result<(), Error> {
        let Some(group) = rows.first().map(|row| row.group) else { return Ok(()) };
        let (place, point) = (self.place(group), self.points[group.point]);
        let mut added = Vec::new();
        for row in rows {
            let runs = self.rounds.made.entry(place.clone()).or_default();
            if runs.insert(row.replication, row.clone()).is_none() {
                added.extend(self.rounds.line(point, group.strategy, row));
            }
        }
        self.rounds.file.append(&added)
    }

    fn group(&mut self, _group: Group, _rows: Vec<Row>, _pool: RunPool) -> Result<(), Error> {
        Ok(())
    }

    fn ran(&mut self, events: u64) {
        self.rounds.watcher.made(events);
    }

    fn interrupted(&mut self) -> Result<(), Error> {
        self.rounds.watcher.end();
        let text = self.rounds.stopped();
        self.rounds.watcher.interrupted(&text)
    }

    fn tick(&mut self) {
        self.rounds.watcher.tick();
    }

    fn failed(&mut self, failure: RunFailure) -> Result<(), Error> {
        let (value, strategy) = self.place(failure.group);
        let (key, name) = (&self.rounds.axis.key, self.rounds.strategies[strategy].1);
        let text = format!(
            "the run at {key} = {value}, strategy {name}, replication {} failed: {}",
            failure.replication, failure.message
        );
        self.rounds.failed.get_or_insert(text);
        Ok(())
    }
}
