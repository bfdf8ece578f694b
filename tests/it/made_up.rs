//! Result folders with made-up numbers, so that the truth about them is known.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pushpull::folder::reader::Reader;
use pushpull::folder::{cell, compare, pairs};
use pushpull::measure::{MEASURES, measure_index};
use pushpull::plan::Group;
use pushpull::report;
use pushpull::report::conclusion::Conclusion;
use pushpull::run::{Estimator, Row};

use crate::sandbox::Sandbox;

/// The counts of one replication.
#[derive(Clone, Copy, Default)]
pub(crate) struct Run {
    pub(crate) attempts: u32,
    pub(crate) create_failed: u32,
    pub(crate) stalled: u32,
    pub(crate) late: u32,
    /// Attempts that never connected.
    pub(crate) failed: u32,
    /// Whether the replication never recovered from its fault.
    pub(crate) stuck: bool,
    /// Stale record-time, in thousandths of the record-time.
    pub(crate) stale: u32,
    pub(crate) fetches: u32,
}

/// Made-up results: for each point, for each strategy, the replications.
pub(crate) struct MadeUp {
    pub(crate) strategies: &'static [&'static str],
    /// The table of each strategy, as JSON.
    pub(crate) mechanisms: Vec<&'static str>,
    pub(crate) points: Vec<Vec<Vec<Run>>>,
    pub(crate) failures: &'static str,
    /// Whether a second key is swept in lockstep with the first.
    pub(crate) two_keys: bool,
    /// The goals, as JSON: `{"late_rate":{"at_most":0.001}}`.
    pub(crate) goal: &'static str,
}

/// Measures of the made-up results.
const COLUMNS: [&str; 13] = [
    "attempts",
    "attempts_first",
    "failed",
    "create_failed",
    "stalled",
    "stall_rate",
    "failure_rate",
    "late",
    "late_rate",
    "recovery_max_s",
    "records_in_run_mean",
    "stale_fraction",
    "api_fetches",
];

impl MadeUp {
    /// Strategies of one mechanism each.
    pub(crate) fn new(strategies: &'static [&'static str], points: Vec<Vec<Vec<Run>>>) -> Self {
        Self {
            strategies,
            mechanisms: vec![r#"{"push":{}}"#; strategies.len()],
            points,
            failures: "",
            two_keys: false,
            goal: "{}",
        }
    }

    /// With these tables of the strategies.
    pub(crate) fn of(mut self, mechanisms: &[&'static str]) -> Self {
        self.mechanisms = mechanisms.to_vec();
        self
    }

    /// With a second key, swept in lockstep with the first.
    pub(crate) const fn over_two_keys(mut self) -> Self {
        self.two_keys = true;
        self
    }

    /// With these goals.
    pub(crate) const fn with_goal(mut self, goal: &'static str) -> Self {
        self.goal = goal;
        self
    }

    fn rows(point: usize, strategy: usize, runs: &[Run]) -> Vec<Row> {
        let row = |(replication, run): (usize, &Run)| {
            let mut measures = [None; MEASURES.len()];
            let mut set = |name: &str, value: Option<f64>| measures[measure_index(name).expect("a measure")] = value;
            let sent = run.attempts - run.create_failed;
            let share = |part: u32, whole: u32| (whole > 0).then(|| f64::from(part) / f64::from(whole));
            set("attempts", Some(f64::from(run.attempts)));
            set("attempts_first", Some(f64::from(run.attempts)));
            set("failed", Some(f64::from(run.failed)));
            set("create_failed", Some(f64::from(run.create_failed)));
            set("stalled", Some(f64::from(run.stalled)));
            set("stall_rate", share(run.stalled, sent));
            set("failure_rate", share(run.failed, sent));
            set("late", Some(f64::from(run.late)));
            set("late_rate", share(run.late, run.attempts));
            set("records_in_run_mean", Some(1.0));
            set("stale_fraction", Some(f64::from(run.stale) / 1000.0));
            set("api_fetches", Some(f64::from(run.fetches)));
            set("recovery_max_s", Some(if run.stuck { f64::INFINITY } else { 1.0 }));
            let replication = u32::try_from(replication).expect("few");
            Row { group: Group { point, strategy }, replication, fingerprint: 0, events: 1, measures }
        };
        runs.iter().enumerate().map(row).collect()
    }

    /// The lines of a point's pairs.
    fn pairs(&self, at: &str, pairs: &[pairs::Pair]) -> String {
        let mut lines = String::new();
        for pair in pairs {
            let pairs::Pair { strategy, other, measure, comparison } = pair;
            let limits = comparison.interval();
            let _ = writeln!(
                lines,
                "{at},{},{},{},{},{},{},{},{},{},{}",
                self.strategies[*strategy],
                self.strategies[*other],
                MEASURES[*measure].name,
                MEASURES[*measure].unit,
                comparison.difference.n,
                cell::number(comparison.difference.mean),
                cell::number(limits.map(|limits| limits.0)),
                cell::number(limits.map(|limits| limits.1)),
                cell::number(comparison.judged.map(|judged| judged.adjusted)),
                comparison.verdict().map_or("", compare::Verdict::name),
            );
        }
        lines
    }

    /// Writes the folder in the form of `run`.
    pub(crate) fn write(&self, folder: &Path) {
        let swept = self.points.len() > 1;
        let key = match (swept, self.two_keys) {
            (false, _) => "",
            (true, false) => "bus.loss,",
            (true, true) => "bus.loss,api.workers,",
        };
        let at = |point: usize| match (swept, self.two_keys) {
            (false, _) => point.to_string(),
            (true, false) => format!("{point},{}", point as f64 / 100.0),
            (true, true) => format!("{point},{},{}", point as f64 / 100.0, 8 - point % 8),
        };
        let mut estimator = Estimator::new(0.95);
        let mut runs = format!("point,{key}strategy,replication,fingerprint,events,{}\n", COLUMNS.join(","));
        let mut summary = format!("point,{key}strategy,measure,unit,n,mean,ci_low,ci_high,method\n");
        let mut compared = format!(
            "point,{key}strategy,baseline,measure,unit,n,difference,ci_low,ci_high,p_adjusted,verdict,method,level\n"
        );
        let mut paired =
            format!("point,{key}strategy,other,measure,unit,n,difference,ci_low,ci_high,p_adjusted,verdict\n");
        let distributions = format!("point,{key}strategy,measure,count,quantile,value\n");
        for (point, groups) in self.points.iter().enumerate() {
            let rows: Vec<Vec<Row>> =
                groups.iter().enumerate().map(|(index, runs)| Self::rows(point, index, runs)).collect();
            for (strategy, rows) in rows.iter().enumerate() {
                let place = format!("{},{}", at(point), self.strategies[strategy]);
                for row in rows {
                    let cells = COLUMNS.map(|name| cell::number(row.measures[measure_index(name).expect("a measure")]));
                    let _ = writeln!(runs, "{place},{},{:016x},1,{}", row.replication, 0, cells.join(","));
                }
                for name in COLUMNS {
                    let index = measure_index(name).expect("a measure");
                    let estimate = estimator.measure(rows, index);
                    let limits = estimate.interval;
                    let _ = writeln!(
                        summary,
                        "{place},{name},{},{},{},{},{},{}",
                        MEASURES[index].unit,
                        estimate.n,
                        cell::number(estimate.mean),
                        cell::number(limits.map(|limits| limits.0)),
                        cell::number(limits.map(|limits| limits.1)),
                        estimate.method.name(),
                    );
                }
            }
            paired += &self.pairs(&at(point), &pairs::point(&mut estimator, &rows));
            for (strategy, comparisons) in compare::point(&mut estimator, &rows, 0) {
                for name in COLUMNS {
                    let index = measure_index(name).expect("a measure");
                    let comparison = comparisons[index];
                    let (difference, judged, limits) =
                        (comparison.difference, comparison.judged, comparison.interval());
                    let _ = writeln!(
                        compared,
                        "{},{},{},{name},{},{},{},{},{},{},{},{},{}",
                        at(point),
                        self.strategies[strategy],
                        self.strategies[0],
                        MEASURES[index].unit,
                        difference.n,
                        cell::number(difference.mean),
                        cell::number(limits.map(|limits| limits.0)),
                        cell::number(limits.map(|limits| limits.1)),
                        cell::number(judged.map(|judged| judged.adjusted)),
                        comparison.verdict().map_or("", compare::Verdict::name),
                        difference.method.name(),
                        cell::number(judged.map(|judged| judged.level)),
                    );
                }
            }
        }
        let replications = self.points[0][0].len();
        let manifest = format!(
            r#"{{"version":"0.1.0","commit":"","compiler":"","platform":"","command":["/bin/pushpull","run","a b.toml"],
            "jobs":1,"started":"","ended":"","seed":1,"digest":"0123456789abcdef","runs_digest":"","shard":null,
            "runs":{},"events":1,"failures":[{}],"double_checked":0,"imprecise":[],"replications":{replications},
            "experiment":{{"name":"made-up","description":"Is it so?","confidence":0.95,"baseline":"{}",
            "goal":{},"warmup":"5m","horizon":"1h","strategies":{{{}}}}},"data":[]}}"#,
            self.points.iter().flatten().map(Vec::len).sum::<usize>(),
            self.failures,
            self.strategies[0],
            self.goal,
            self.strategies
                .iter()
                .zip(&self.mechanisms)
                .map(|(name, table)| format!("\"{name}\":{table}"))
                .collect::<Vec<_>>()
                .join(","),
        );
        std::fs::create_dir_all(folder).expect("a folder");
        for (name, text) in [
            ("manifest.json", manifest),
            ("runs.csv", runs),
            ("summary.csv", summary),
            ("compare.csv", compared),
            ("pairs.csv", paired),
            ("distributions.csv", distributions),
        ] {
            std::fs::write(folder.join(name), text).expect("a file");
        }
    }

    /// The opened folder, with the sandbox that removes it.
    fn opened(&self) -> (Sandbox, Reader) {
        let sandbox = Sandbox::new();
        let folder: PathBuf = sandbox.path("made-up");
        self.write(&folder);
        let reader = Reader::open(&folder).expect("a result folder");
        (sandbox, reader)
    }

    /// The words of the report.
    pub(crate) fn words(&self) -> String {
        let (_sandbox, reader) = self.opened();
        words(&report::page(&reader, &[], None).expect("a report"))
    }

    /// The report.
    pub(crate) fn page(&self) -> String {
        let (_sandbox, reader) = self.opened();
        report::page(&reader, &[], None).expect("a report")
    }

    /// The words of the page.
    pub(crate) fn sheet(&self) -> String {
        let (_sandbox, reader) = self.opened();
        words(&report::sheet(&reader, None).expect("a page"))
    }

    /// The point that the conclusion is about.
    pub(crate) fn telling(&self) -> usize {
        let (_sandbox, reader) = self.opened();
        Conclusion::of(&reader).expect("a conclusion").telling()
    }

    /// The conclusion, in lines of at most `width` columns.
    pub(crate) fn conclusion(&self, width: usize) -> String {
        let (_sandbox, reader) = self.opened();
        Conclusion::of(&reader).expect("a conclusion").text(width, "pushpull report r")
    }

    /// Fails unless both conclusion and report contain each of these texts.
    pub(crate) fn says(&self, wanted: &[&str]) {
        let (told, words) = (self.conclusion(1000), self.words());
        for wanted in wanted {
            assert!(told.contains(wanted), "{wanted:?} is not in\n{told}");
            assert!(words.contains(wanted), "the report does not say {wanted:?}");
        }
    }

    /// Fails if the conclusion or the page contains any of these texts.
    pub(crate) fn never_says(&self, unwanted: &[&str]) {
        let (told, words) = (self.conclusion(1000), self.sheet());
        for unwanted in unwanted {
            assert!(!told.contains(unwanted), "{unwanted:?} is in\n{told}");
            assert!(!words.contains(unwanted), "the page says {unwanted:?}");
        }
    }
}

/// Replications with the same number of attempts and these stalls, each of which is late.
pub(crate) fn runs(attempts: u32, stalls: &[u32]) -> Vec<Run> {
    let run = |stalled: &u32| Run { attempts, stalled: *stalled, late: *stalled, ..Run::default() };
    stalls.iter().map(run).collect()
}

pub(crate) const MANY: [u32; 6] = [101, 97, 108, 98, 103, 99];
pub(crate) const FEW: [u32; 6] = [21, 18, 24, 20, 19, 23];
pub(crate) const NONE: [u32; 6] = [0; 6];

/// The visible words of a page.
pub(crate) fn words(page: &str) -> String {
    let body = &page[page.find("<body").expect("a body")..];
    let body = &body[..body.find("<script>").unwrap_or(body.len())];
    let mut text = String::new();
    let mut inside = false;
    for letter in body.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            letter if !inside => text.push(if letter == '\u{a0}' { ' ' } else { letter }),
            _ => {}
        }
    }
    text.replace("&#x27;", "'")
        .replace("&#x2f;", "/")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
