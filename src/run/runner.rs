//! Runs an experiment on all cores and delivers the results in canonical order.
//!
//! Runs are independent, so workers take them one by one from a queue and share nothing while a run is under way. One
//! thread distributes the runs, puts the results in order, decides how many replications follow, and passes rows to a
//! [`Sink`] as soon as all earlier rows are there; rows of short runs are batched. The look-ahead is limited, so memory
//! is bounded by the window and not by the experiment.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::catch::catching;
use super::crew::crew;
use super::estimate::Estimator;
use super::options::{RunOptions, Simulate};
use super::row::{Row, RunPool};
use crate::measure::{RunOutcome, measure_index};
use crate::model::Scenario;
use crate::plan::Group;
use crate::plan::shard::Shard;
use crate::plan::{Replications, WantedPrecision};
use des::RunKey;
use stats::Estimate;
use stats::stopping::{self, Precision};

/// The runs of an experiment and their options.
pub struct Runner<'a> {
    /// Number of points.
    pub points: usize,
    /// Number of strategies.
    pub strategies: usize,
    /// Number of replications: fixed, or by precision.
    pub replications: &'a Replications,
    /// The replications of a group, by its index, in place of those that follow from the number; none: these.
    pub chosen: Option<&'a dyn Fn(usize) -> Vec<u32>>,
    /// Confidence level of the wanted precision.
    pub confidence: f64,
    /// The experiment's seed.
    pub seed: u64,
    /// Options of the runs.
    pub options: &'a RunOptions<'a>,
    /// The scenario of a group.
    pub scenario: &'a dyn Fn(Group) -> Scenario,
}

/// Runs of a group that were made earlier.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Their rows, ascending by replication.
    pub rows: Vec<Row>,
    /// Pool of these runs.
    pub pool: RunPool,
}

/// Receives results in canonical order.
pub trait Sink {
    /// An error of the sink.
    type Error;

    /// Runs of `group` from an earlier session; they are not made again.
    ///
    /// # Errors
    /// If the runs cannot be read.
    fn stored(&mut self, group: Group) -> Result<Stored, Self::Error>;

    /// The next rows of the first unfinished group, with the pool of exactly these runs.
    ///
    /// # Errors
    /// If the rows cannot be stored.
    fn rows(&mut self, rows: &[Row], pool: &RunPool) -> Result<(), Self::Error>;

    /// All runs of the first unfinished group. The group is finished after this call.
    ///
    /// # Errors
    /// If the group cannot be stored.
    fn group(&mut self, group: Group, rows: Vec<Row>, pool: RunPool) -> Result<(), Self::Error>;

    /// A run has ended. Called in any order.
    fn ran(&mut self, _events: u64) {}

    /// The runner was stopped and has delivered all complete results; some runs are still under way. An implementation
    /// that does not wait for them ends the program here.
    ///
    /// # Errors
    /// If the interruption cannot be recorded.
    fn interrupted(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Called from time to time.
    fn tick(&mut self) {}

    /// A run has panicked. No rows after it in canonical order have been delivered.
    ///
    /// # Errors
    /// If the failure cannot be recorded.
    fn failed(&mut self, failure: RunFailure) -> Result<(), Self::Error>;
}

/// A run that panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFailure {
    /// Point and strategy.
    pub group: Group,
    /// The replication.
    pub replication: u32,
    /// The message of the panic and its place.
    pub message: String,
}

/// How the runner ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every run was made or failed.
    Complete,
    /// The runner was stopped, or a run failed under `fail_fast`.
    Stopped,
    /// No run was made, because the system provides no thread.
    NoThread,
}

/// Rows of an unfinished group are delivered once their runs have this many events, about a tenth of a second. The cost
/// of writing is then small, and a killed program loses at most this much.
const HAND_OVER_EVENTS: u64 = 1_000_000;

/// A worker sends its outcomes once their runs have this many events, about a hundredth of a second. The cost of waking
/// a thread is then small.
const BUNDLE_EVENTS: u64 = 100_000;

/// Maximum number of outcomes in one bundle.
const BUNDLE_RUNS: usize = 8;

struct Task {
    group: Group,
    replication: u32,
    scenario: Arc<Scenario>,
}

/// A distributed run: its outcome, the message of its panic, or none if it was stopped before.
type Finished = (Task, Option<Result<RunOutcome, String>>);

impl Runner<'_> {
    /// Makes all runs that `sink` has not stored, and delivers all results.
    ///
    /// # Errors
    /// If the sink fails; runs under way are finished first.
    ///
    /// # Panics
    /// If `jobs` is 0, or a stored group contains runs that this experiment does not have.
    pub fn run<S: Sink>(&self, sink: &mut S) -> Result<Ending, S::Error> {
        assert!(self.options.jobs > 0, "no jobs, no results");
        let (tasks, queue) = mpsc::channel::<Task>();
        let queue = Mutex::new(queue);
        let (done, results) = mpsc::channel::<Vec<Finished>>();
        let halt = AtomicBool::new(false);
        let staff = OnceLock::new();
        std::thread::scope(|scope| {
            let (queue, halts) = (&queue, [&halt, self.options.stop]);
            let (simulate, seed, fail_fast) = (self.options.simulate, self.seed, self.options.fail_fast);
            let work = move || work(simulate, seed, fail_fast, queue, &done, &halts);
            if crew(scope, self.options.jobs.min(self.most()), &staff, work).is_err() {
                return Ok(Ending::NoThread);
            }
            Dealer::new(self, sink, &halt).deal(tasks, &results)
        })
    }

    fn shard(&self) -> Shard {
        self.options.shard.unwrap_or(Shard::WHOLE)
    }

    /// Maximum number of runs in all.
    fn most(&self) -> usize {
        let (Replications::Fixed(count) | Replications::Precision { at_most: count, .. }) = *self.replications;
        self.points.saturating_mul(self.strategies).saturating_mul(count as usize)
    }

    /// The replications of `group` up to stage `stage` that this shard runs.
    fn wanted(&self, group: Group, stage: u32) -> Vec<u32> {
        let (index, groups) = (group.index(self.strategies), self.points * self.strategies);
        if let Some(chosen) = self.chosen {
            return chosen(index);
        }
        match self.replications {
            Replications::Fixed(_) => (0..stage).filter(|&r| self.shard().has_run(index, groups, r)).collect(),
            Replications::Precision { .. } if self.shard().has_group(group, self.strategies) => (0..stage).collect(),
            Replications::Precision { .. } => Vec::new(),
        }
    }
}

/// The loop of one worker until there are no more tasks. Sets the first of `halt` if a run fails under `fail_fast`.
fn work(
    simulate: &Simulate<'_>,
    seed: u64,
    fail_fast: bool,
    queue: &Mutex<Receiver<Task>>,
    done: &Sender<Vec<Finished>>,
    halt: &[&AtomicBool; 2],
) {
    let (mut finished, mut events) = (Vec::new(), 0);
    loop {
        let mut next = queue.try_lock().ok().and_then(|queue| queue.try_recv().ok());
        if next.is_none() {
            // Send the bundle before waiting for a task.
            events = 0;
            if !finished.is_empty() && done.send(std::mem::take(&mut finished)).is_err() {
                return;
            }
            next = queue.lock().expect("no worker panics while it holds the queue").recv().ok();
        }
        let Some(task) = next else { return };
        let key = RunKey { seed, replication: task.replication };
        let halted = halt.iter().any(|halt| halt.load(Ordering::Relaxed));
        let outcome = (!halted).then(|| catching(|| simulate(&task.scenario, key)));
        if fail_fast && matches!(outcome, Some(Err(_))) {
            halt[0].store(true, Ordering::Relaxed);
        }
        let ran = outcome.as_ref().and_then(|outcome| outcome.as_ref().ok());
        // A failed run is reported at once.
        events = ran.map_or(BUNDLE_EVENTS, |outcome| events + outcome.events);
        finished.push((task, outcome));
        if events >= BUNDLE_EVENTS || finished.len() >= BUNDLE_RUNS {
            events = 0;
            if done.send(std::mem::take(&mut finished)).is_err() {
                return;
            }
        }
    }
}

/// A group that is under way.
struct Open {
    group: Group,
    /// Built when the first run is distributed.
    scenario: Option<Arc<Scenario>>,
    /// Replications up to the present stage, ascending.
    wanted: Vec<u32>,
    stage: u32,
    /// Number of `wanted` that were given to workers or found stored.
    issued: usize,
    /// Number of `wanted` that have been put in order.
    ordered: usize,
    stored: BTreeMap<u32, Row>,
    arrived: BTreeMap<u32, Result<RunOutcome, String>>,
    rows: Vec<Row>,
    /// Number of rows delivered to the sink.
    handed: usize,
    /// Pool of the delivered runs, and of all runs that are or were in `stored`.
    pool: RunPool,
    /// Pool of the other runs in `rows`.
    fresh: RunPool,
    /// Events of the runs in `fresh`.
    fresh_events: u64,
    finished: bool,
}

/// Distributes runs and puts results in order.
struct Dealer<'a, S: Sink> {
    runner: &'a Runner<'a>,
    sink: &'a mut S,
    estimator: Estimator,
    open: VecDeque<Open>,
    /// Index of the next group to open.
    next: usize,
    in_flight: usize,
    /// Expected number of outcomes in a worker's bundle.
    bundle: usize,
    stopped: bool,
    /// Whether the runner was stopped.
    interrupted: bool,
    /// Stops the workers.
    halt: &'a AtomicBool,
}

impl<'a, S: Sink> Dealer<'a, S> {
    fn new(runner: &'a Runner<'a>, sink: &'a mut S, halt: &'a AtomicBool) -> Self {
        let estimator = Estimator::new(runner.confidence);
        Self {
            runner,
            sink,
            estimator,
            open: VecDeque::new(),
            next: 0,
            in_flight: 0,
            bundle: 1,
            stopped: false,
            interrupted: false,
            halt,
        }
    }

    fn deal(mut self, tasks: Sender<Task>, results: &Receiver<Vec<Finished>>) -> Result<Ending, S::Error> {
        let ending = self.deal_all(&tasks, results);
        self.halt.store(true, Ordering::Relaxed);
        drop(tasks);
        ending
    }

    fn deal_all(&mut self, tasks: &Sender<Task>, results: &Receiver<Vec<Finished>>) -> Result<Ending, S::Error> {
        loop {
            if !self.interrupted && self.runner.options.stop.load(Ordering::Relaxed) {
                (self.interrupted, self.stopped) = (true, true);
                self.hand_over_rest()?;
                self.sink.interrupted()?;
            }
            while !self.stopped && self.in_flight < 2 * self.bundle * self.runner.options.jobs {
                let Some(task) = self.next_task()? else { break };
                self.in_flight += 1;
                tasks.send(task).expect("workers wait for tasks until there are no more");
            }
            if self.in_flight == 0 {
                self.hand_over_rest()?;
                let complete = self.open.is_empty() && self.next == self.groups();
                return Ok(if complete { Ending::Complete } else { Ending::Stopped });
            }
            match results.recv_timeout(Duration::from_millis(100)) {
                Ok(finished) => {
                    self.in_flight -= finished.len();
                    for (task, outcome) in finished {
                        if let Some(outcome) = outcome {
                            self.take(&task, outcome)?;
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("workers live until there are no more tasks"),
            }
            self.sink.tick();
        }
    }

    /// Delivers the rows held back for batching; called when no more results will arrive.
    fn hand_over_rest(&mut self) -> Result<(), S::Error> {
        let front = self.open.front_mut().filter(|front| front.stored.is_empty());
        front.map_or(Ok(()), |front| hand_over(self.sink, front))
    }

    fn groups(&self) -> usize {
        self.runner.points * self.runner.strategies
    }

    /// Size of the look-ahead, in runs: enough to keep every core busy during a long run.
    fn window(&self) -> usize {
        (32 * self.runner.options.jobs).max(128)
    }

    /// The next run in canonical order, opening groups as the window allows.
    fn next_task(&mut self) -> Result<Option<Task>, S::Error> {
        loop {
            for open in &mut self.open {
                open.issued = open.issued.max(open.ordered);
                while let Some(&replication) = open.wanted.get(open.issued) {
                    open.issued += 1;
                    if !open.stored.contains_key(&replication) {
                        let build = || Arc::new((self.runner.scenario)(open.group));
                        let scenario = Arc::clone(open.scenario.get_or_insert_with(build));
                        return Ok(Some(Task { group: open.group, replication, scenario }));
                    }
                }
            }
            // Ordered rows of the first group are held back for batching only, so they do not count.
            let front = self.open.front().map_or(0, |front| front.ordered - front.handed);
            let ahead: usize = self.open.iter().map(|open| open.wanted.len() - open.handed).sum::<usize>() - front;
            if self.next == self.groups() || ahead >= self.window() {
                return Ok(None);
            }
            self.open_next()?;
            self.advance()?;
        }
    }

    fn open_next(&mut self) -> Result<(), S::Error> {
        let group = Group::at(self.next, self.runner.strategies);
        self.next += 1;
        let Stored { rows, pool } = self.sink.stored(group)?;
        let stage = match self.runner.replications {
            Replications::Fixed(count) => *count,
            precision @ Replications::Precision { .. } => first_stage(precision).unwrap_or(0),
        };
        let wanted = self.runner.wanted(group, stage);
        // A shard has nothing of most groups. Each open group costs time with every result.
        if self.runner.options.shard.is_some() && wanted.is_empty() && rows.is_empty() {
            return Ok(());
        }
        self.open.push_back(Open {
            group,
            scenario: None,
            wanted,
            stage,
            issued: 0,
            ordered: 0,
            stored: rows.into_iter().map(|row| (row.replication, row)).collect(),
            arrived: BTreeMap::new(),
            rows: Vec::new(),
            handed: 0,
            pool,
            fresh: RunPool::default(),
            fresh_events: 0,
            finished: false,
        });
        Ok(())
    }

    fn take(&mut self, task: &Task, outcome: Result<RunOutcome, String>) -> Result<(), S::Error> {
        match &outcome {
            Ok(outcome) => {
                self.sink.ran(outcome.events);
                let bundle = BUNDLE_EVENTS / outcome.events.max(1);
                self.bundle = usize::try_from(bundle).unwrap_or(BUNDLE_RUNS).clamp(1, BUNDLE_RUNS);
            }
            Err(message) => {
                self.sink.ran(0);
                self.stopped |= self.runner.options.fail_fast;
                let (group, replication) = (task.group, task.replication);
                self.sink.failed(RunFailure { group, replication, message: message.clone() })?;
            }
        }
        let open = self.open.iter_mut().find(|open| open.group == task.group);
        open.expect("a group is open until all its runs are there").arrived.insert(task.replication, outcome);
        self.advance()
    }

    /// Puts arrived results in order and delivers complete ones.
    fn advance(&mut self) -> Result<(), S::Error> {
        for open in &mut self.open {
            while !open.finished {
                order(open);
                if open.ordered < open.wanted.len() {
                    break;
                }
                let replications = self.runner.chosen.is_none().then_some(self.runner.replications);
                let stage = replications.and_then(|it| next_stage(it, &mut self.estimator, &open.rows, open.stage));
                match stage {
                    Some(stage) if !open.wanted.is_empty() => {
                        open.stage = stage;
                        open.wanted = self.runner.wanted(open.group, stage);
                    }
                    _ => open.finished = true,
                }
            }
        }
        while let Some(front) = self.open.front_mut() {
            if !front.stored.is_empty() && !front.finished {
                break;
            }
            if front.finished || front.fresh_events >= HAND_OVER_EVENTS {
                hand_over(self.sink, front)?;
            }
            if !front.finished {
                break;
            }
            let front = self.open.pop_front().expect("there is a front");
            let pooled: BTreeSet<u32> = front.pool.replications().collect();
            let rows: BTreeSet<u32> = front.rows.iter().map(|row| row.replication).collect();
            assert_eq!(pooled, rows, "stored runs of {:?} that this experiment does not have", front.group);
            self.sink.group(front.group, front.rows, front.pool)?;
        }
        Ok(())
    }
}

/// Delivers the rows of the first group that the sink does not have yet.
fn hand_over<S: Sink>(sink: &mut S, front: &mut Open) -> Result<(), S::Error> {
    if front.handed == front.rows.len() {
        return Ok(());
    }
    let mut fresh = std::mem::take(&mut front.fresh);
    if front.handed == 0 {
        front.pool.merge(std::mem::take(&mut fresh));
    }
    let pool = if front.handed == 0 { &mut front.pool } else { &mut fresh };
    // Sorted once here, for all files.
    pool.distributions.sort();
    sink.rows(&front.rows[front.handed..], pool)?;
    if front.handed > 0 {
        front.pool.merge(fresh);
    }
    front.handed = front.rows.len();
    front.fresh_events = 0;
    Ok(())
}

/// Moves the next results in order from `stored` and `arrived` to `rows` and `fresh`.
fn order(open: &mut Open) {
    while let Some(&replication) = open.wanted.get(open.ordered) {
        if let Some(row) = open.stored.remove(&replication) {
            open.rows.push(row);
        } else if let Some(outcome) = open.arrived.remove(&replication) {
            if let Ok(outcome) = outcome {
                open.rows.push(Row::new(open.group, replication, &outcome));
                open.fresh_events += outcome.events;
                open.fresh.merge(RunPool::of(replication, outcome));
            }
        } else {
            return;
        }
        open.ordered += 1;
    }
}

/// The first stage of each group; none if the number of replications is fixed.
pub(crate) fn first_stage(replications: &Replications) -> Option<u32> {
    let Replications::Precision { at_most, .. } = replications else { return None };
    stopping::next_stage(0, *at_most)
}

/// The stage of a group after `stage`, whose rows are complete; none if the group is precise enough or at its cap.
pub(crate) fn next_stage(
    replications: &Replications,
    estimator: &mut Estimator,
    rows: &[Row],
    stage: u32,
) -> Option<u32> {
    let Replications::Precision { at_most, .. } = replications else { return None };
    let precise = is_precise(replications, |index| estimator.measure(rows, index))?;
    if precise { None } else { stopping::next_stage(stage, *at_most) }
}

/// Whether the wanted precision is reached; `estimate` gives the estimate of the measure with this index. None if the
/// number of replications is fixed.
///
/// # Panics
/// If the measure of the precision does not exist.
pub fn is_precise(replications: &Replications, estimate: impl FnOnce(usize) -> Estimate) -> Option<bool> {
    let Replications::Precision { measure, target, .. } = replications else { return None };
    let precision = match *target {
        WantedPrecision::Relative(share) => Precision::Relative(share),
        WantedPrecision::Absolute(width) => Precision::Absolute(width),
    };
    let index = measure_index(measure).expect("a valid experiment names a measure");
    Some(precision.is_reached(&estimate(index)))
}
