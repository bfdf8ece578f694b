//! Carries an experiment through: what is missing is run, statistics are written, a few runs are made twice.

use std::path::{Path, PathBuf};

use super::progress::Progress;
use super::session::{Session, Way, total};
use super::{Failure, clock};
use crate::experiment::{Differing, Ending, Group, Plan, differing, is_precise};
use crate::output::compare::Comparison;
use crate::output::folder::{Folder, Unusable};
use crate::output::manifest::{FailedRun, Imprecise, MANIFEST, Manifest};
use crate::output::{self, GroupSummary, OnPoint, Results, Table};

impl From<output::Error> for Failure {
    fn from(error: output::Error) -> Self {
        Self::Failed(error.to_string())
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

/// An experiment that has been carried through.
pub(super) struct Done<'a> {
    pub(super) manifest: Manifest,
    /// The comparison; none for a shard.
    pub(super) table: Option<Table<'a>>,
    /// The files written.
    pub(super) paths: Vec<PathBuf>,
    /// Runs that came out differently when made twice.
    differing: Vec<Differing>,
}

/// Runs what is missing in `folder`.
pub(super) fn execute<'a>(plan: &'a Plan, folder: &Folder, way: &Way<'_>) -> Result<Done<'a>, Failure> {
    let shard = way.shard.map(|shard| shard.to_string());
    let mut manifest = Manifest::begin(plan, shard, way.jobs, std::env::args().collect(), clock::now());
    manifest.write(folder.path())?;
    let mut gathered = Gathered::new(plan);
    let whole = way.shard.is_none().then_some(&mut gathered as &mut dyn OnPoint);
    let results = Results::open(plan, folder.path(), folder.earlier(plan)?, whole)?;
    let progress = Progress::new(total(plan, way.shard), way.quiet);
    let mut session = Session::new(plan, results, progress, way.again.clone());
    let ending = session.run(way)?;

    manifest.failures = session.failures.iter().map(|failure| FailedRun::new(plan, failure)).collect();
    (manifest.runs, manifest.events) = (session.runs, session.events);
    if ending == Ending::Stopped {
        manifest.write(folder.path())?;
        return Err(stopped(&session, folder.path()));
    }
    let mut differing = Vec::new();
    if way.double_check {
        (manifest.double_checked, differing) = check_twice(&session, plan, way);
    }
    let mut paths = session.finish()?;
    folder.forget_earlier()?;
    manifest.imprecise = gathered.imprecise;
    manifest.ended = Some(clock::now());
    manifest.write(folder.path())?;
    paths.push(folder.path().join(MANIFEST));
    Ok(Done { manifest, table: way.shard.is_none().then_some(gathered.table), paths, differing })
}

/// What is shown in the end, gathered as points are finished.
pub(super) struct Gathered<'a> {
    plan: &'a Plan,
    /// The comparison.
    pub(super) table: Table<'a>,
    /// What is not precise enough.
    pub(super) imprecise: Vec<Imprecise>,
}

impl<'a> Gathered<'a> {
    pub(super) const fn new(plan: &'a Plan) -> Self {
        Self { plan, table: Table::new(plan), imprecise: Vec::new() }
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
        self.table.push(groups, compared);
    }
}

fn stopped(session: &Session<'_>, folder: &Path) -> Failure {
    let failed = session.failures.len();
    let why = if failed > 0 { format!("runs that failed: {failed}") } else { "interrupted".to_owned() };
    Failure::Failed(format!(
        "{why}; {} runs are in {}, and the same command with --resume makes the others",
        session.runs,
        folder.display()
    ))
}

/// Makes a few runs again; how many, and which came out differently.
fn check_twice(session: &Session<'_>, plan: &Plan, way: &Way<'_>) -> (u64, Vec<Differing>) {
    let rows = session.double_check.picked();
    let scenario = |group: Group| plan.scenario(group.point, group.strategy);
    (rows.len() as u64, differing(&rows, plan.seed, way.jobs, &scenario, way.simulate))
}

impl<'a> Done<'a> {
    /// An experiment whose runs were made elsewhere.
    pub(super) const fn merged(manifest: Manifest, table: Table<'a>, paths: Vec<PathBuf>) -> Self {
        Self { manifest, table: Some(table), paths, differing: Vec::new() }
    }

    /// What keeps this from being a success.
    pub(super) fn verdict(&self, plan: &Plan) -> Result<(), Failure> {
        if let Some(first) = self.differing.first() {
            let (differ, checked) = (self.differing.len(), self.manifest.double_checked);
            return Err(Failure::Failed(format!(
                "this build is not deterministic: of {checked} runs made twice, {differ} differ; {}",
                told(plan, first)
            )));
        }
        match self.manifest.failures.len() {
            0 => Ok(()),
            failed => Err(Failure::Failed(format!("runs that failed, and are missing in the results: {failed}"))),
        }
    }
}

/// Says how a run came out differently.
pub(super) fn told(plan: &Plan, differing: &Differing) -> String {
    let first = &differing.first;
    let how = match &differing.second {
        Ok(second) if second.fingerprint == first.fingerprint => {
            let column = output::runs::first_difference(first, second);
            format!("the same fingerprint, but another {}", column.unwrap_or("row"))
        }
        Ok(second) => format!("fingerprint {:016x}, then {:016x}", first.fingerprint, second.fingerprint),
        Err(message) => format!("fingerprint {:016x}, then {message}", first.fingerprint),
    };
    let strategy = &plan.strategies[first.group.strategy];
    format!("the first is point {}, strategy {strategy}, replication {}: {how}", first.group.point, first.replication)
}
