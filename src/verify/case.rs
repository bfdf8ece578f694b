//! A case: an experiment with known answers, and its questions.

use std::fmt::Write as _;

use toml::Table;

use super::log::Log;
use crate::file::DataFile;
use crate::measure::{RunOutcome, measure_index};
use crate::model::Scenario;
use crate::plan::{Group, Plan};
use des::Duration;

/// The basis of every case: no losses, no durations except constant delays.
///
/// A create takes 80 ms, a push is installed 10 ms after its commit, a handshake takes 20 ms; sessions end at once and
/// no client comes back.
const CORNER: &str = r#"
horizon = "100s"
warmup = "0s"
[clients]
arrivals = { poisson = "50/s" }
session = "1ms"
returns = { probability = 0.0 }
create_attempts = 1
[path]
delay = "10ms"
loss = 0.0
[api]
workers = 1000
queue_limit = 1000000
create_service = "0s"
fetch_service = "0s"
list_service = "0s"
list_entry_service = "0s"
client_delay = "40ms"
[http]
delay = "20ms"
failure = 0.0
[bus]
delay = "10ms"
loss = 0.0
[gateways]
count = 1
install = "0s"
remove = "0s"
reload_per_peer = "0s"
[replica]
service = "0s"
"#;

/// One run, as questions read it.
pub struct Run {
    /// The scenario of the run.
    pub scenario: Scenario,
    /// Measures and distributions of the run.
    pub outcome: RunOutcome,
    /// Facts of the run.
    pub log: Log,
}

impl Run {
    /// The value of a measure.
    ///
    /// # Panics
    /// If there is no such measure, or it is undefined in this run.
    #[must_use]
    pub fn measure(&self, name: &str) -> f64 {
        let index = measure_index(name).unwrap_or_else(|| panic!("{name} is no measure"));
        self.outcome.measures[index].unwrap_or_else(|| panic!("{name} is undefined in this run"))
    }

    /// Length of the counted span, s.
    #[must_use]
    pub fn span(&self) -> f64 {
        self.scenario.horizon.as_secs_f64() - self.scenario.warmup.as_secs_f64()
    }
}

/// Successes and trials of one run.
pub type Trials = (u64, u64);

/// Combines the values of several groups to one series of independent values.
pub type Combine = fn(&[&[f64]]) -> Vec<f64>;

/// The value that a question reads from a run.
pub(super) type Reading<T> = Box<dyn Fn(&Run) -> T + Send + Sync>;

/// How the runs answer a question.
pub(super) enum CaseAnswer {
    /// Every value is the expected one, to the nanosecond.
    Exact(Reading<Vec<Duration>>),
    /// Independent trials: successes follow the binomial distribution.
    Share(Reading<Trials>),
    /// The mean of one value per replication; replications are independent.
    Mean { value: Reading<f64>, combine: Option<Combine> },
}

/// The point and strategy of a case with one of each.
pub const HERE: Group = Group { point: 0, strategy: 0 };

/// One of several points, with the only strategy.
#[must_use]
pub const fn point(point: usize) -> Group {
    Group { point, strategy: 0 }
}

/// One of several strategies at the only point.
#[must_use]
pub const fn strategy(strategy: usize) -> Group {
    Group { point: 0, strategy }
}

pub(super) struct CaseQuestion {
    /// The groups whose runs the question reads; more than one only if `combine` is set.
    pub(super) groups: Vec<Group>,
    pub(super) quantity: String,
    pub(super) formula: String,
    pub(super) expected: f64,
    pub(super) answer: CaseAnswer,
}

/// An experiment with known answers, and its questions.
pub struct Case {
    /// Name of the case.
    pub name: &'static str,
    /// Description of the case.
    pub about: &'static str,
    /// The experiment, as for `pushpull run`.
    pub experiment: Table,
    /// Number of replications of the full check.
    pub replications: u32,
    /// Data files of the experiment.
    pub(super) data: Vec<DataFile>,
    pub(super) questions: Vec<CaseQuestion>,
}

impl Case {
    /// A case without questions. `experiment` (TOML) changes the basis, which has no losses and constant delays.
    ///
    /// # Panics
    /// If `experiment` is not TOML.
    #[must_use]
    pub fn new(name: &'static str, about: &'static str, replications: u32, experiment: &str) -> Self {
        let parse = |text: &str| text.parse::<Table>().unwrap_or_else(|error| panic!("case {name}: {error}"));
        let mut table = Table::new();
        table.insert("name".to_owned(), name.into());
        table.insert("description".to_owned(), about.into());
        table.insert("seed".to_owned(), 0.into());
        table.insert("replications".to_owned(), i64::from(replications).into());
        lay_over(&mut table, parse(CORNER));
        lay_over(&mut table, parse(experiment));
        Self { name, about, experiment: table, replications, data: Vec::new(), questions: Vec::new() }
    }

    /// Replaces the arrivals: peers arrive at these times, in turn at each of `gateways` gateways.
    #[must_use]
    pub(super) fn arriving(mut self, times: impl IntoIterator<Item = f64>, gateways: u32) -> Self {
        let mut text = String::from("t_s,gateway\n");
        for (index, time) in times.into_iter().enumerate() {
            let _ = writeln!(text, "{time},{}", index % gateways as usize);
        }
        self = self.with_file("arrivals.csv", &text);
        lay_over(&mut self.experiment, "clients.arrivals = { trace = 'arrivals.csv' }".parse().expect("TOML"));
        self
    }

    /// Adds a data file to the experiment.
    #[must_use]
    pub(super) fn with_file(mut self, name: &str, text: &str) -> Self {
        let digest = blake3::hash(text.as_bytes()).to_hex().to_string();
        self.data.push(DataFile { name: name.to_owned(), digest, text: text.into() });
        self
    }

    /// Asks whether every value equals the expected value, s, to the nanosecond.
    #[must_use]
    pub fn exact(
        self,
        at: Group,
        quantity: impl Into<String>,
        formula: impl Into<String>,
        expected: f64,
        values: impl Fn(&Run) -> Vec<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.ask(vec![at], quantity.into(), formula.into(), expected, CaseAnswer::Exact(Box::new(values)))
    }

    /// Asks for the probability of an event in independent trials.
    #[must_use]
    pub fn share(
        self,
        at: Group,
        quantity: impl Into<String>,
        formula: impl Into<String>,
        expected: f64,
        trials: impl Fn(&Run) -> Trials + Send + Sync + 'static,
    ) -> Self {
        self.ask(vec![at], quantity.into(), formula.into(), expected, CaseAnswer::Share(Box::new(trials)))
    }

    /// Asks for the expectation of a value; each replication gives one.
    #[must_use]
    pub fn mean(
        self,
        at: Group,
        quantity: impl Into<String>,
        formula: impl Into<String>,
        expected: f64,
        value: impl Fn(&Run) -> f64 + Send + Sync + 'static,
    ) -> Self {
        let answer = CaseAnswer::Mean { value: Box::new(value), combine: None };
        self.ask(vec![at], quantity.into(), formula.into(), expected, answer)
    }

    /// Asks for the expectation of the result of `combine` for the values of several groups, one value per replication.
    #[must_use]
    pub fn combined(
        self,
        groups: &[Group],
        quantity: impl Into<String>,
        formula: impl Into<String>,
        expected: f64,
        value: impl Fn(&Run) -> f64 + Send + Sync + 'static,
        combine: Combine,
    ) -> Self {
        let answer = CaseAnswer::Mean { value: Box::new(value), combine: Some(combine) };
        self.ask(groups.to_vec(), quantity.into(), formula.into(), expected, answer)
    }

    fn ask(mut self, groups: Vec<Group>, quantity: String, formula: String, expected: f64, answer: CaseAnswer) -> Self {
        self.questions.push(CaseQuestion { groups, quantity, formula, expected, answer });
        self
    }

    /// The experiment with another seed.
    pub(super) fn seeded(&self, seed: u64) -> Table {
        let mut table = self.experiment.clone();
        table.insert("seed".to_owned(), i64::try_from(seed).expect("seeds of experiments are below 2^63").into());
        table
    }

    /// The experiment as a file for `pushpull run`; data files follow as comments.
    #[must_use]
    pub fn text(&self, seed: u64) -> String {
        let mut text = self.seeded(seed).to_string();
        for file in &self.data {
            let _ = writeln!(text, "\n# {}:", file.name);
            for line in file.text.lines() {
                let _ = writeln!(text, "# {line}");
            }
        }
        text
    }

    /// The plan of the experiment.
    ///
    /// # Panics
    /// If the experiment is not valid.
    pub(super) fn plan(&self, seed: u64) -> Plan {
        Plan::from_table(&self.seeded(seed), &self.data).unwrap_or_else(|error| panic!("case {}: {error}", self.name))
    }
}

/// Puts the values of `above` into `below`; tables are merged.
fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            // A distribution or a process is one value, although it is written as a table.
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) if !is_one_of_several(old, &new) => {
                lay_over(old, new);
            }
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// Whether two tables are alternatives: one key each, and different keys.
fn is_one_of_several(old: &Table, new: &Table) -> bool {
    old.len() == 1 && new.len() == 1 && old.keys().ne(new.keys())
}
