//! Every shipped experiment runs, shortened: all points and strategies, two replications of a minute or two.
//!
//! Only the span and slow build-ups are cut; the rest of the file is run unchanged.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pushpull::folder::reader::Reader;
use pushpull::report::conclusion::{Conclusion, LINES_MAX, WIDTH_MIN};

use crate::program::{folder, pushpull, shipped};
use crate::sandbox::cells;

/// How an experiment is shortened, and what it must still show.
struct Short {
    name: &'static str,
    /// Keys that are set in addition to the replications.
    settings: &'static [&'static str],
    /// A strategy and a measure that is above 0 at some point: the subject of the experiment occurs.
    sight: Option<(&'static str, &'static str)>,
}

/// Experiments that need more than the usual cut.
const SHORT: [Short; 11] = [
    Short {
        name: "restart",
        settings: &["horizon=80s", "warmup=20s", "faults.0.at=40s", "clients.existing=3000"],
        sight: Some(("push", "cause_gateway_down")),
    },
    Short {
        name: "api-outage",
        settings: &["horizon=80s", "warmup=20s", "faults.0.at=30s", "faults.1.at=40s", "clients.session=20s"],
        sight: Some(("pull", "create_failed")),
    },
    Short {
        name: "bus-outage",
        settings: &["horizon=80s", "warmup=20s", "faults.0.at=30s"],
        sight: Some(("push", "cause_config_lost")),
    },
    Short {
        name: "staleness",
        settings: &["horizon=3m", "warmup=30s", "clients.revoke_after=1m", "clients.update_every=30s"],
        sight: Some(("pull", "revoked_exposure_mean_s")),
    },
    Short { name: "strangers", settings: &["horizon=60s", "warmup=20s"], sight: Some(("open", "fetches_not_found")) },
    Short { name: "answer", settings: &["horizon=60s", "warmup=20s"], sight: Some(("pull-retry", "cause_pull_late")) },
    Short {
        name: "jetstream",
        settings: &["horizon=60s", "warmup=20s"],
        sight: Some(("stream-100ms", "bus_duplicates")),
    },
    Short {
        name: "replica",
        settings: &["horizon=60s", "warmup=20s"],
        sight: Some(("replica-only", "fetches_not_found")),
    },
    Short {
        name: "fleet",
        settings: &["horizon=2m", "warmup=20s", "faults.0.at=70s", "faults.1.at=30s", "clients.existing=5500"],
        sight: Some(("push", "cause_gateway_down")),
    },
    Short {
        name: "watch",
        settings: &["horizon=100s", "warmup=20s", "faults.0.at=40s"],
        sight: Some(("watch", "relists")),
    },
    Short {
        name: "morning",
        settings: &[
            "horizon=3m",
            "clients.devices.count=3000",
            "clients.devices.first.uniform=['10s','90s']",
            "clients.session.uniform=['30s','50s']",
            "clients.returns.after.uniform=['20s','30s']",
            "gateways.count=20",
            "faults.0.at=50s",
            "output.bin=10s",
        ],
        sight: Some(("push-ack", "cause_gateway_down")),
    },
];

/// The cut of all other experiments.
const USUAL: Short = Short { name: "", settings: &["horizon=60s", "warmup=20s"], sight: None };

/// What makes the runs of a shipped experiment short.
pub(crate) fn shortened(name: &str) -> &'static [&'static str] {
    SHORT.iter().find(|short| short.name == name).unwrap_or(&USUAL).settings
}

/// Two, so that strategies can be compared.
const REPLICATIONS: usize = 2;

/// Experiments without a question.
const ELSEWHERE: [&str; 1] = ["start"];

#[test]
fn every_shipped_experiment_runs() {
    let results = folder("experiments");
    let (files, replications) = (shipped(), REPLICATIONS.to_string());
    for file in &files {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
        let short = SHORT.iter().find(|short| short.name == name).unwrap_or(&USUAL);
        let path = file.to_str().expect("a path in UTF-8");
        let mut arguments = vec!["run", path, "--replications", &replications, "--quiet", "--out", name];
        arguments.extend(short.settings.iter().flat_map(|setting| ["--set", *setting]));
        let printed = pushpull(&results, &arguments);
        assert_eq!(printed.code, Some(0), "{name}:\n{}", printed.err);
        Rows::read(&results.join(name)).check(name, short);
        let reader = Reader::open(&results.join(name)).expect("a result folder");
        let text = Conclusion::of(&reader).expect("a conclusion").text(WIDTH_MIN, &format!("pushpull report {name}"));
        assert!(text.lines().count() <= LINES_MAX, "{name}: a conclusion of too many lines:\n{text}");
        let is_wide = |line: &str| line.chars().count() > WIDTH_MIN;
        assert!(!text.lines().any(is_wide), "{name}: a line that is too long:\n{text}");
    }
    let gone = SHORT.iter().find(|short| !files.iter().any(|file| file.file_stem().is_some_and(|f| f == short.name)));
    assert!(gone.is_none(), "{} is not shipped", gone.map_or("", |short| short.name));
}

#[test]
fn the_findings_have_a_section_for_each_experiment_and_the_tables_that_their_script_makes() {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let (document, script) = (read("findings.md"), read("findings.sh"));
    for file in shipped() {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
        if !ELSEWHERE.contains(&name) {
            assert!(document.contains(&format!("\n## {name}\n")), "no section {name}");
            assert!(script.contains(&format!("simulate {name} {name}\n")), "the script does not run {name}");
        }
    }
    let between = |text: &str, before: &str, after: &str| -> BTreeSet<String> {
        text.split(before).skip(1).filter_map(|part| part.split(after).next()).map(str::to_owned).collect()
    };
    let shown = between(&document, "<!-- table ", " -->");
    assert!(shown.len() > 10);
    assert_eq!(shown, between(&script, " put ", "\n"));
}

/// The rows of `runs.csv`.
struct Rows {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    fn read(results: &Path) -> Self {
        let mut rows = cells(&results.join("runs.csv"));
        Self { header: rows.remove(0), rows }
    }

    fn text<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        let index = self.header.iter().position(|name| name == column);
        &row[index.unwrap_or_else(|| panic!("a column {column}"))]
    }

    /// A cell; none if it is empty.
    fn value(&self, row: &[String], column: &str) -> Option<f64> {
        let text = self.text(row, column);
        (!text.is_empty()).then(|| text.parse().unwrap_or_else(|_| panic!("a number in {column}, not {text}")))
    }

    fn count(&self, row: &[String], column: &str) -> f64 {
        self.value(row, column).unwrap_or_else(|| panic!("a count in {column}"))
    }

    /// Checks that the rows are consistent, for any experiment, and that they show the experiment's subject.
    fn check(&self, name: &str, short: &Short) {
        let column = |column: &str| {
            let mut values: Vec<&str> = self.rows.iter().map(|row| self.text(row, column)).collect();
            values.sort_unstable();
            values.dedup();
            values.len()
        };
        assert!(!self.rows.is_empty(), "{name}");
        let runs = column("point") * column("strategy") * REPLICATIONS;
        assert_eq!(self.rows.len(), runs, "{name}: the runs of each point and strategy");
        let causes: Vec<&String> = self.header.iter().filter(|name| name.starts_with("cause_")).collect();
        for row in &self.rows {
            let run = format!("{name}, point {}, {}", self.text(row, "point"), self.text(row, "strategy"));
            let count = |column: &str| self.count(row, column);
            let knocked = count("connected") + count("failed");
            assert!(knocked > 0.0, "{run}: nobody came");
            assert!((knocked + count("create_failed") - count("attempts")).abs() < 0.5, "{run}");
            assert!((count("stall_rate") - count("stalled") / knocked).abs() < 1e-12, "{run}");
            let caused: f64 = causes.iter().map(|cause| count(cause)).sum();
            assert!((caused - count("stalled")).abs() < 0.5, "{run}");
        }
        if let Some((strategy, measure)) = short.sight {
            let mut rows = self.rows.iter().filter(|row| self.text(row, "strategy") == strategy);
            let seen = rows.any(|row| self.value(row, measure).is_some_and(|value| value > 0.0));
            assert!(seen, "{name}: {measure} of {strategy} is 0 everywhere");
        }
    }
}
