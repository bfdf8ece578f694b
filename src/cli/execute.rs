//! Runs an experiment to its end: makes the missing runs, writes the statistics, and makes a few runs twice.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::progress::{Progress, ProgressName};
use super::underway::Underway;
use super::{Failure, clock, no_thread, signals};
use crate::folder::compare::Comparison;
use crate::folder::manifest::{Imprecise, MANIFEST, Manifest};
use crate::folder::place::{ResultFolder, Unusable};
use crate::folder::session::{Session, Watcher};
use crate::folder::{self, GroupSummary, OnPoint, Results};
use crate::plan::{Plan, Shard};
use crate::report::{Sanity, Table};
use crate::run::{Differing, Ending, RunOptions, is_precise};

impl From<folder::Error> for Failure {
    fn from(error: folder::Error) -> Self {
        if error.passing { Self::Passing(error.to_string()) } else { Self::Failed(error.to_string()) }
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Refused(why) => Self::Usage(why),
            Unusable::Failed(error) => error.into(),
        }
    }
}

/// An experiment whose runs are made.
pub(super) struct Done<'a> {
    pub(super) manifest: Manifest,
    /// The comparison; none for a shard.
    pub(super) table: Option<Table<'a>>,
    /// The files written.
    pub(super) paths: Vec<PathBuf>,
    /// Warnings about the results.
    pub(super) warnings: Vec<String>,
    /// Runs that came out differently when made twice.
    differing: Vec<Differing>,
}

/// How progress is shown, and the progress of the runs under way.
pub(super) struct ProgressShown<'a> {
    pub(super) how: ProgressName,
    pub(super) underway: &'a Underway,
}

/// Shows how far runs have come.
pub(super) struct RunDisplay<'a> {
    progress: Progress,
    underway: &'a Underway,
}

impl<'a> RunDisplay<'a> {
    /// Of `total` runs, or of as many as it takes.
    pub(super) fn new(total: Option<u64>, shown: &ProgressShown<'a>) -> Self {
        Self { progress: Progress::new(total, shown.how), underway: shown.underway }
    }
}

impl Watcher for RunDisplay<'_> {
    fn at(&mut self, point: usize, points: usize) {
        self.progress.at(point, points);
    }

    fn stored(&mut self, runs: usize) {
        self.progress.stored(runs);
    }

    fn made(&mut self, events: u64) {
        self.progress.made(events);
    }

    fn tick(&mut self) {
        self.progress.tick(|| self.underway.far());
    }

    fn say(&mut self, text: &str) {
        self.progress.say(text);
    }

    fn end(&mut self) {
        self.progress.end();
    }

    fn interrupted(&mut self, text: &str) -> ! {
        signals::conclude(text)
    }
}

/// Makes the runs that are missing in `folder`.
pub(super) fn execute<'a>(
    plan: &'a Plan,
    folder: &ResultFolder,
    options: &RunOptions<'_>,
    shown: &ProgressShown<'_>,
) -> Result<Done<'a>, Failure> {
    let path = folder.path();
    let shard = options.shard.map(|shard| plan.share(shard));
    let begun = Manifest::begin(plan, shard, options.jobs, std::env::args().collect(), clock::now());
    begun.write(path)?;
    let mut gathered = Gathered::new(plan);
    let whole = options.shard.is_none().then_some(&mut gathered as &mut dyn OnPoint);
    let results = Results::open(plan, path, folder.earlier(plan)?, whole)?;
    let total = options.shard.unwrap_or(Shard::WHOLE).runs(plan);
    let mut display = RunDisplay::new(total, shown);
    let mut session = Session::new(plan, path, begun, results, options, &mut display);
    let differing = match session.run()? {
        Ending::Complete => session.check_twice(),
        Ending::NoThread => return Err(no_thread()),
        Ending::Stopped => {
            let (why, signal) = (session.stopped()?, options.stop.load(Ordering::Relaxed));
            return Err(if signal { Failure::Passing(why) } else { Failure::Failed(why) });
        }
    };
    if options.double_check && differing.is_empty() && options.stop.load(Ordering::Relaxed) {
        return Err(Failure::Passing(session.stopped()?));
    }
    let (manifest, paths) = session.finish()?;
    folder.forget_earlier()?;
    let mut done = gathered.end(manifest, path, paths, differing)?;
    done.table = done.table.filter(|_| options.shard.is_none());
    Ok(done)
}

/// The output at the end, collected as points are finished.
pub(super) struct Gathered<'a> {
    plan: &'a Plan,
    /// The comparison.
    table: Table<'a>,
    /// Measures that are not precise enough.
    imprecise: Vec<Imprecise>,
    /// Warnings about the results.
    sanity: Sanity,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self { plan, table: Table::new(plan), imprecise: Vec::new(), sanity: Sanity::new(plan) }
    }

    /// Completes the manifest. `paths`: the files written before.
    pub(super) fn end(
        self,
        mut manifest: Manifest,
        folder: &Path,
        mut paths: Vec<PathBuf>,
        differing: Vec<Differing>,
    ) -> Result<Done<'a>, Failure> {
        let warnings = self.sanity.warnings(self.plan);
        manifest.imprecise = self.imprecise;
        manifest.warnings.extend_from_slice(&warnings);
        manifest.ended = Some(clock::now());
        manifest.write(folder)?;
        paths.push(folder.join(MANIFEST));
        Ok(Done { manifest, table: Some(self.table), paths, warnings, differing })
    }
}

impl OnPoint for Gathered<'_> {
    fn point(&mut self, groups: &mut [GroupSummary], compared: &[(usize, Vec<Comparison>)]) {
        for group in &*groups {
            if is_precise(&self.plan.replications, |index| group.estimates[index]) == Some(false) {
                self.imprecise.push(Imprecise {
                    point: group.group.point,
                    strategy: self.plan.strategies[group.group.strategy].clone(),
                    replications: group.replications,
                });
            }
        }
        self.sanity.push(groups, compared);
        self.table.push(groups, compared);
    }
}

impl Done<'_> {
    /// Whether the experiment succeeded.
    ///
    /// # Errors
    /// If the build is not deterministic, or if runs failed.
    pub(super) fn verdict(&self, plan: &Plan) -> Result<(), Failure> {
        if let Some(first) = self.differing.first() {
            let (differ, checked) = (self.differing.len(), self.manifest.double_checked);
            return Err(Failure::Failed(format!(
                "this build is not deterministic: of {checked} runs made twice, {differ} differ; {}",
                how_it_differs(plan, first)
            )));
        }
        match self.manifest.failures.len() {
            0 => Ok(()),
            failed => Err(Failure::Failed(format!("runs that failed, and are missing in the results: {failed}"))),
        }
    }
}

/// Says how a run came out differently.
pub(super) fn how_it_differs(plan: &Plan, differing: &Differing) -> String {
    let first = &differing.first;
    let how = match &differing.second {
        Ok(second) if second.fingerprint == first.fingerprint => {
            let column = folder::runs::first_difference(first, second);
            format!("the same fingerprint, but another {}", column.unwrap_or("row"))
        }
        Ok(second) => format!("fingerprint {:016x}, then {:016x}", first.fingerprint, second.fingerprint),
        Err(message) => format!("fingerprint {:016x}, then {message}", first.fingerprint),
    };
    let strategy = &plan.strategies[first.group.strategy];
    format!("the first is point {}, strategy {strategy}, replication {}: {how}", first.group.point, first.replication)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

    use super::*;
    use crate::folder::place::Existing;
    use crate::measure::RunOutcome;
    use crate::model::Scenario;
    use crate::run::Simulate;
    use crate::run::simulate;
    use des::RunKey;

    const EXPERIMENT: &str = r#"
        name = "small"
        seed = 7
        replications = 5
        horizon = "20s"
        warmup = "0s"
        [gateways]
        count = 3
        [strategies.push]
        push = {}
        [strategies.jit]
        pull = {}
        [[sweep]]
        "bus.loss" = [0.0, 0.1]
    "#;

    fn plan() -> Plan {
        Plan::from_table(&EXPERIMENT.parse().expect("TOML"), &[]).expect("a valid experiment")
    }

    /// A result folder that is removed when the test ends.
    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            Self(std::env::temp_dir().join(format!("pushpull-execute-{}-{count}", std::process::id())))
        }

        /// The keys of the runs in `runs.csv`: point, strategy, replication.
        fn keys(&self) -> Vec<String> {
            let text = fs::read_to_string(self.0.join("runs.csv")).expect("runs.csv");
            let cells = text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
            cells.map(|cells| format!("{} {} {}", cells[0], cells[2], cells[3])).collect()
        }

        fn manifest(&self) -> Manifest {
            Manifest::read(&self.0).expect("a manifest that can be read").expect("a manifest")
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn carry_through(place: &Place, simulate: &Simulate<'_>, fail_fast: bool) -> Result<(), Failure> {
        let plan = plan();
        let folder = ResultFolder::prepare(&place.0, &plan, None, Existing::Resume)?;
        let stop = AtomicBool::new(false);
        let options = RunOptions {
            jobs: 2,
            shard: None,
            fail_fast,
            double_check: true,
            again: Some("pushpull trace small.toml".to_owned()),
            stop: &stop,
            simulate,
        };
        let shown = ProgressShown { how: ProgressName::None, underway: &Underway::default() };
        execute(&plan, &folder, &options, &shown)?.verdict(&plan)
    }

    /// Point 1 of push, replication 3, fails.
    fn panics_once(scenario: &Scenario, key: RunKey) -> RunOutcome {
        let pushes = scenario.strategy.push.is_some();
        assert!(!(pushes && scenario.bus.loss > 0.0 && key.replication == 3), "a bug in this run");
        simulate(scenario, key)
    }

    fn message(result: Result<(), Failure>) -> String {
        match result {
            Err(Failure::Failed(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_run_that_panics_is_missing_and_told_and_the_others_go_on() {
        let place = Place::new();
        let text = message(carry_through(&place, &panics_once, false));
        assert_eq!(text, "runs that failed, and are missing in the results: 1");
        let manifest = place.manifest();
        let failed = &manifest.failures[..];
        assert_eq!(
            (failed.len(), failed[0].point, failed[0].strategy.as_str(), failed[0].replication),
            (1, 1, "push", 3)
        );
        assert!(failed[0].message.contains("a bug in this run") && failed[0].message.contains("execute.rs:"));
        let keys = place.keys();
        assert_eq!(keys.len(), 19);
        assert!(!keys.contains(&"1 push 3".to_owned()) && keys.contains(&"1 jit 4".to_owned()));
        assert!(place.0.join("summary.csv").exists());
    }

    #[test]
    fn what_failed_is_made_when_it_no_longer_fails_and_nothing_else_is_made_again() {
        let (holed, whole) = (Place::new(), Place::new());
        message(carry_through(&holed, &panics_once, false));
        let made = AtomicU64::new(0);
        let counting = |scenario: &Scenario, key: RunKey| {
            made.fetch_add(1, Ordering::Relaxed);
            simulate(scenario, key)
        };
        carry_through(&holed, &counting, false).expect("nothing fails any more");
        assert_eq!(made.load(Ordering::Relaxed), 2, "the one that failed, and the double check");
        carry_through(&whole, &simulate, false).expect("nothing fails");
        for name in ["runs.csv", "samples.bin", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv"] {
            assert!(fs::read(holed.0.join(name)).ok() == fs::read(whole.0.join(name)).ok(), "{name}");
        }
    }

    #[test]
    fn a_hole_is_known_before_what_follows_it_is_written() {
        let place = Place::new();
        // It fails at once and the program is killed in the midst: all that is left is what was on disk at that time.
        let seen = std::sync::Mutex::new(None);
        let watching = |scenario: &Scenario, key: RunKey| {
            let last = scenario.strategy.push.is_none() && scenario.bus.loss > 0.0 && key.replication == 4;
            if last {
                let written = || fs::read_to_string(place.0.join("runs.csv")).expect("runs.csv");
                while !written().contains("\n1,0.1,push,4,") {
                    std::thread::yield_now();
                }
                *seen.lock().expect("nobody panics here") = Some(place.manifest());
            }
            // Rows of long runs are written one by one.
            RunOutcome { events: 1_000_000, ..panics_once(scenario, key) }
        };
        message(carry_through(&place, &watching, false));
        let manifest = seen.into_inner().expect("nobody panicked").expect("the last run was made");
        assert_eq!((manifest.failures.len(), manifest.ended), (1, None));
    }

    #[test]
    fn fail_fast_stops_and_a_resume_goes_on_from_there() {
        let place = Place::new();
        let text = message(carry_through(&place, &panics_once, true));
        assert!(
            text.starts_with("runs that failed: 1; ") && text.ends_with("with --resume goes on from there"),
            "{text}"
        );
        assert!(place.keys().len() < 19 && place.manifest().ended.is_none());
        carry_through(&place, &simulate, true).expect("nothing fails any more");
        assert_eq!(place.keys().len(), 20);
    }

    #[test]
    fn a_build_that_is_not_deterministic_is_found_out() {
        let place = Place::new();
        let calls = AtomicU64::new(0);
        // As a run that reads the clock, the address of an object or a hash map's order would.
        let unsteady = |scenario: &Scenario, key: RunKey| {
            let mut outcome = simulate(scenario, key);
            outcome.fingerprint ^= calls.fetch_add(1, Ordering::Relaxed);
            outcome
        };
        let text = message(carry_through(&place, &unsteady, false));
        assert!(
            text.starts_with("this build is not deterministic: of 1 runs made twice, 1 differ; the first is point")
        );
        assert!(text.contains("fingerprint"), "{text}");
        assert_eq!(place.manifest().differing, 1);
    }

    #[test]
    fn the_double_check_looks_at_every_column() {
        let place = Place::new();
        let calls = AtomicU64::new(0);
        let unsteady = |scenario: &Scenario, key: RunKey| {
            let mut outcome = simulate(scenario, key);
            outcome.measures[0] = Some(calls.fetch_add(1, Ordering::Relaxed) as f64);
            outcome
        };
        let text = message(carry_through(&place, &unsteady, false));
        assert!(text.contains("the same fingerprint, but another peers_created"), "{text}");
    }
}
