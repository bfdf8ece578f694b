//! Makes the runs that a planner asks for, and keeps each in `runs.csv` of the result folder.
//!
//! A planner asks for the same runs in the same order whatever was made earlier. So the file of a command that was
//! interrupted is a beginning of the whole file, and a run that is in it is not made again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::file::InputError;
use crate::folder::aside::Aside;
use crate::folder::columns::CsvLines;
use crate::folder::results::Growing;
use crate::folder::session::Watcher;
use crate::folder::{Error, bounded, cell, range};
use crate::measure::MEASURES;
use crate::model::Scenario;
use crate::plan::{Group, Plan, Replications};
use crate::run::{Ending, Row, RunFailure, RunOptions, RunPool, Runner, Sink, Stored};

/// The file of runs.
pub const RUNS: &str = "runs.csv";

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

/// The values of a point, and a strategy.
type RunsPlace = (Vec<String>, usize);

/// The runs of a point under a strategy, by replication.
type Runs = BTreeMap<u32, Row>;

/// Runs that a planner asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish {
    /// The value of each key, as `--set` takes it.
    pub point: Vec<String>,
    /// The strategy, by its index in the plan.
    pub strategy: usize,
    /// The replications.
    pub replications: Range<u32>,
}

/// The runs of a question.
pub struct Rounds<'a> {
    plan: &'a Plan,
    /// The keys that a point sets.
    keys: Vec<String>,
    options: &'a RunOptions<'a>,
    watcher: &'a mut dyn Watcher,
    folder: &'a Path,
    file: Growing,
    /// The number of each point that was asked for, in the order of asking.
    points: BTreeMap<Vec<String>, usize>,
    /// All runs in the file, by point and strategy.
    made: BTreeMap<RunsPlace, Runs>,
    /// The runs in the order of the file, and in that of asking: a place by its number, and a replication.
    written: Vec<(usize, u32)>,
    asked: Vec<(usize, u32)>,
    /// The number of each place, and what was asked for.
    places: BTreeMap<RunsPlace, usize>,
    known: BTreeSet<(usize, u32)>,
    failed: Option<String>,
}

impl<'a> Rounds<'a> {
    /// Goes on from what the folder holds.
    ///
    /// # Errors
    /// If the file of runs cannot be read or written.
    pub(super) fn open(
        plan: &'a Plan,
        keys: Vec<String>,
        folder: &'a Path,
        options: &'a RunOptions<'a>,
        watcher: &'a mut dyn Watcher,
    ) -> Result<Self, Error> {
        let path = folder.join(RUNS);
        let mut rounds = Self {
            plan,
            keys,
            options,
            watcher,
            folder,
            file: Growing::open(&path)?,
            points: BTreeMap::new(),
            made: BTreeMap::new(),
            written: Vec::new(),
            asked: Vec::new(),
            places: BTreeMap::new(),
            known: BTreeSet::new(),
            failed: None,
        };
        let kept = rounds.read(&path)?;
        rounds.file.cut(kept)?;
        if kept == 0 {
            rounds.file.append(&rounds.header())?;
        }
        rounds.watcher.stored(rounds.written.len());
        Ok(rounds)
    }

    /// All runs that were asked for.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.asked.len()
    }

    /// The runs of each point and strategy: the index of the strategy, and its rows.
    pub(super) fn places(&self) -> Vec<(usize, Vec<&Row>)> {
        self.made.iter().map(|((_, strategy), runs)| (*strategy, runs.values().collect())).collect()
    }

    /// The number of a place.
    fn place(&mut self, place: &RunsPlace) -> usize {
        let next = self.places.len();
        *self.places.entry(place.clone()).or_insert(next)
    }

    /// Leaves the runs that were asked for, in the order of asking. Others are there, or in another order, if an earlier
    /// answer to the same question had another budget or precision.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        if self.written == self.asked {
            return Ok(());
        }
        let places: BTreeMap<usize, &RunsPlace> = self.places.iter().map(|(place, number)| (*number, place)).collect();
        let mut file = Aside::new(&self.folder.join(RUNS))?;
        file.write(&self.header())?;
        for (place, replication) in &self.asked {
            let place = places[place];
            file.write(&self.line(place, &self.made[place][replication]))?;
        }
        file.finish()?;
        let (numbers, known) = (&self.places, &self.known);
        for (place, runs) in &mut self.made {
            runs.retain(|replication, _| known.contains(&(numbers[place], *replication)));
        }
        self.written.clone_from(&self.asked);
        Ok(())
    }

    /// Events of all runs.
    pub(super) fn events(&self) -> u64 {
        self.made.values().flat_map(BTreeMap::values).map(|row| row.events).sum()
    }

    /// The rows of each wish, ascending by replication; what is missing is made first. Equal wishes cost nothing more.
    ///
    /// # Errors
    /// If a point makes no valid experiment, a run fails, or the command is stopped.
    ///
    /// # Panics
    /// If a wish does not give a value for each key.
    pub fn rows(&mut self, wishes: &[Wish]) -> Result<Vec<Vec<Row>>, Trouble> {
        for wish in wishes {
            assert_eq!(wish.point.len(), self.keys.len(), "a value for each key");
            if !self.points.contains_key(&wish.point) {
                self.points.insert(wish.point.clone(), self.points.len());
            }
        }
        let mut seen = BTreeSet::new();
        let mut groups: Vec<&Wish> = Vec::new();
        for wish in wishes {
            if seen.insert((&wish.point, wish.strategy, wish.replications.start, wish.replications.end)) {
                groups.push(wish);
            }
        }
        self.run(&groups)?;
        Ok(wishes.iter().map(|wish| self.stored(wish).cloned().collect()).collect())
    }

    /// Has the system write the file to the disk; gives its path.
    pub(super) fn finish(self) -> Result<PathBuf, Error> {
        self.watcher.end();
        self.file.sync()?;
        Ok(self.folder.join(RUNS))
    }

    /// The runs of a wish that are there.
    fn stored(&self, wish: &Wish) -> impl Iterator<Item = &Row> {
        let runs = self.made.get(&(wish.point.clone(), wish.strategy));
        runs.into_iter().flat_map(|runs| runs.range(wish.replications.clone())).map(|(_, row)| row)
    }

    fn header(&self) -> Vec<u8> {
        let mut lines = CsvLines::new();
        let keys = self.keys.iter().map(String::as_str);
        let names = ["point"].into_iter().chain(keys).chain(["strategy", "replication", "fingerprint", "events"]);
        lines.push(names.chain(self.plan.measures().iter().map(|measure| measure.name)));
        lines.into_bytes()
    }

    /// The line of a run.
    fn line(&self, (point, strategy): &RunsPlace, row: &Row) -> Vec<u8> {
        let mut lines = CsvLines::new();
        lines.whole(self.points[point] as u64);
        for value in point {
            lines.field(text::in_csv(value).as_ref());
        }
        lines.field(&self.plan.strategies[*strategy]);
        lines.whole(row.replication.into());
        lines.field(format!("{:016x}", row.fingerprint));
        lines.whole(row.events);
        for &value in &row.measures[..self.plan.measures().len()] {
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
            let (place, row) = read.map_err(|cause| unread(format!("line {}: {cause}", index + 2)))?;
            let written = (self.place(&place), row.replication);
            if self.made.entry(place).or_default().insert(row.replication, row).is_none() {
                self.written.push(written);
            }
        }
        Ok(whole.len() as u64)
    }

    /// Reads a line, which begins with the number of the point.
    fn row(&self, record: &csv::StringRecord) -> Result<((Vec<String>, usize), Row), String> {
        let mut fields = record.iter().skip(1);
        let mut next = || fields.next().ok_or_else(|| "it ends early".to_owned());
        let mut point = Vec::with_capacity(self.keys.len());
        for _ in &self.keys {
            point.push(text::from_csv(next()?).into_owned());
        }
        let name = next()?;
        let strategy = self.plan.strategies.iter().position(|other| other == name);
        let strategy = strategy.ok_or_else(|| format!("there is no strategy {name}"))?;
        let replication = next()?.parse().map_err(|_| "its replication is no number".to_owned())?;
        let fingerprint = u64::from_str_radix(next()?, 16).map_err(|error| error.to_string())?;
        let events = next()?.parse().map_err(|_| "its events are no number".to_owned())?;
        let mut measures = [None; MEASURES.len()];
        for value in &mut measures[..self.plan.measures().len()] {
            *value = cell::read_number(next()?)?;
        }
        range::check_run(&measures)?;
        let group = Group { point: 0, strategy };
        Ok(((point, strategy), Row { group, replication, fingerprint, events, measures }))
    }

    /// The settings of a point: `bus.loss=0.01`.
    fn settings(&self, point: &[String]) -> Vec<String> {
        self.keys.iter().zip(point).map(|(key, value)| format!("{key}={value}")).collect()
    }

    /// Makes what is missing of these wishes, each of which is there once.
    fn run(&mut self, wishes: &[&Wish]) -> Result<(), Trouble> {
        for wish in wishes {
            let place = self.place(&(wish.point.clone(), wish.strategy));
            let new = wish.replications.clone().map(|replication| (place, replication));
            let new = new.filter(|run| self.known.insert(*run));
            self.asked.extend(new);
        }
        let wishes: Vec<&Wish> =
            wishes.iter().filter(|wish| self.stored(wish).count() < wish.replications.len()).copied().collect();
        if wishes.is_empty() {
            return Ok(());
        }
        let ranges: Vec<Range<u32>> = wishes.iter().map(|wish| wish.replications.clone()).collect();
        let scenario = |wish: &&Wish| self.plan.changed(0, wish.strategy, &self.settings(&wish.point));
        let scenarios: Vec<Scenario> = wishes.iter().map(scenario).collect::<Result<_, _>>().map_err(Trouble::Input)?;
        let runner = Runner {
            points: wishes.len(),
            strategies: 1,
            replications: &Replications::Fixed(ranges.iter().map(|range| range.end).max().unwrap_or(0)),
            chosen: Some(&|index| ranges[index].clone().collect()),
            confidence: self.plan.confidence,
            seed: self.plan.seed,
            options: self.options,
            scenario: &|group| scenarios[group.point].clone(),
        };
        let ending = runner.run(&mut Round { rounds: self, wishes: &wishes })?;
        match (ending, self.failed.take()) {
            (_, Some(text)) => Err(Trouble::Failed(text)),
            (Ending::NoThread, None) => Err(Trouble::NoThread),
            (Ending::Complete, None) => Ok(()),
            (Ending::Stopped, None) => Err(Trouble::Failed(self.stopped())),
        }
    }

    /// How to go on after a signal.
    fn stopped(&self) -> String {
        let (runs, folder) = (self.written.len(), self.folder.display());
        format!("interrupted; {runs} runs are in {folder}, and the same command with --resume goes on from there")
    }
}

/// The runs of some wishes, on their way to the file. The point of a group is the number of the wish.
struct Round<'a, 'b> {
    rounds: &'a mut Rounds<'b>,
    wishes: &'a [&'a Wish],
}

impl Sink for Round<'_, '_> {
    type Error = Error;

    fn stored(&mut self, group: Group) -> Result<Stored, Error> {
        let rows = self.rounds.stored(self.wishes[group.point]);
        let rows: Vec<Row> = rows.map(|row| Row { group, ..row.clone() }).collect();
        let series = rows.iter().map(|row| (row.replication, Vec::new())).collect();
        Ok(Stored { rows, pool: RunPool { series, ..RunPool::default() } })
    }

    fn rows(&mut self, rows: &[Row], _pool: &RunPool) -> Result<(), Error> {
        let Some(group) = rows.first().map(|row| row.group) else { return Ok(()) };
        let wish = self.wishes[group.point];
        let mut added = Vec::new();
        for row in rows {
            let place = (wish.point.clone(), wish.strategy);
            let runs = self.rounds.made.entry(place.clone()).or_default();
            if runs.insert(row.replication, row.clone()).is_none() {
                added.extend(self.rounds.line(&place, row));
                let written = (self.rounds.place(&place), row.replication);
                self.rounds.written.push(written);
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
        let wish = self.wishes[failure.group.point];
        let place: Vec<String> =
            self.rounds.keys.iter().zip(&wish.point).map(|(key, value)| format!("{key} = {value}, ")).collect();
        let (place, name) = (place.concat(), &self.rounds.plan.strategies[wish.strategy]);
        let text = format!(
            "the run at {place}strategy {name}, replication {} failed: {}",
            failure.replication, failure.message
        );
        self.rounds.failed.get_or_insert(text);
        Ok(())
    }
}
