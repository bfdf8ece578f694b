//! `pushpull trace`: replays one run and shows what happened to one peer.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufWriter, IsTerminal, Write, stdout};

use serde_json::{Value, json};

use super::args::{TraceArgs, TraceFormat};
use super::screen::Screen;
use super::{Failure, Outcome, machine};
use crate::file::nearest;
use crate::folder::manifest::{MANIFEST, Manifest};
use crate::folder::runs::RunsReader;
use crate::model::{PeerId, RunEnd, Scenario};
use crate::plan::{Overrides, Plan, Replications};
use crate::run::catching;
use crate::story::write::events::{Events, LastEvents};
use crate::story::write::json::JsonLines;
use crate::story::write::perfetto::Perfetto;
use crate::story::write::text as narrative;
use crate::story::{Attempts, Ended, Story, Tape, Witness, closing, replay, stories};
use des::RunKey;
use text::on_lines;

/// Events shown of a run that fails.
const LAST_EVENTS: usize = 20;

/// Prints the story that `args` ask for.
pub(super) fn main(args: &TraceArgs) -> Outcome {
    let run = TracedRun::find(args)?;
    if let Some(count) = args.events {
        return run.events(count);
    }
    let mut attempts = Attempts::default();
    let end = match catching(|| replay(&run.scenario, run.key, &mut attempts)) {
        Ok(end) => end,
        Err(message) => return run.failed(&message),
    };
    run.compare_fingerprints(end)?;
    let chosen = run.choose(args, &attempts)?;
    match args.format {
        TraceFormat::Text => run.print_stories(args, &attempts, &chosen),
        TraceFormat::Json => {
            let all = args.peer.is_none() && args.worst.is_none() && !args.stalled;
            let peers = (!all).then(|| peers(args, &chosen));
            run.write_lines(peers, end)
        }
        TraceFormat::Perfetto => run.write_perfetto(&peers(args, &chosen), end),
    }
}

fn peers(args: &TraceArgs, chosen: &[Ended]) -> BTreeSet<PeerId> {
    args.peer.map(PeerId::new).into_iter().chain(chosen.iter().map(|ended| ended.peer)).collect()
}

/// The run that is replayed.
struct TracedRun {
    plan: Plan,
    point: usize,
    strategy: usize,
    key: RunKey,
    scenario: Scenario,
    /// The fingerprint of the run in the result folder, and the version that made it.
    stored: Option<(u64, String)>,
}

impl TracedRun {
    fn find(args: &TraceArgs) -> Result<Self, Failure> {
        let file = &args.experiment.file;
        let manifest = if file.is_dir() { Some(read_manifest(args)?) } else { None };
        let plan = match &manifest {
            Some(manifest) => Plan::from_table(&manifest.experiment, &manifest.data)?,
            // All strategies stay, so that they can be compared.
            None => Plan::read(file, &Overrides { strategies: Vec::new(), ..args.experiment.overrides() })?,
        };
        let strategy = match args.experiment.strategy.as_slice() {
            [] => plan.baseline,
            [name] => find_strategy(&plan, name)?,
            _ => return Err(Failure::Usage("--strategy: one run is replayed, so only one is accepted".to_owned())),
        };
        let (point, points) = (args.point, plan.points.len());
        if point >= points {
            return Err(Failure::Usage(format!("--point {point}: accepted is {}", range(points as u64))));
        }
        let replications = match plan.replications {
            Replications::Fixed(count) | Replications::Precision { at_most: count, .. } => count,
        };
        let replication = args.replication;
        if replication >= replications {
            let accepted = range(replications.into());
            return Err(Failure::Usage(format!("--replication {replication}: accepted is {accepted}")));
        }
        machine::affordable(&plan, 1)?;
        let scenario = plan.scenario(point, strategy);
        let key = RunKey { seed: plan.seed, replication };
        let mut run = Self { plan, point, strategy, key, scenario, stored: None };
        if let Some(manifest) = manifest {
            run.stored = Some((run.stored_fingerprint(args)?, format!("{} {}", manifest.version, manifest.commit)));
        }
        Ok(run)
    }

    fn name(&self) -> &str {
        &self.plan.strategies[self.strategy]
    }

    /// Which run it is, in words.
    fn title(&self, end: RunEnd) -> String {
        let values: String =
            self.plan.keys.iter().zip(&self.plan.points[self.point]).fold(String::new(), |mut text, (key, value)| {
                let _ = write!(text, ", {key} = {value}");
                text
            });
        format!(
            "{}: point {}{values}, strategy {}, replication {}, seed {}, fingerprint {:016x}",
            self.plan.name,
            self.point,
            self.name(),
            self.key.replication,
            self.key.seed,
            end.fingerprint
        )
    }

    /// Which run it is, as data.
    fn about(&self, end: RunEnd) -> Value {
        json!({
            "name": self.plan.name, "point": self.point,
            "values": self.plan.keys.iter().cloned().zip(self.plan.points[self.point].iter().cloned().map(Value::from))
                .collect::<serde_json::Map<String, Value>>(),
            "strategy": self.name(), "replication": self.key.replication, "seed": self.key.seed,
            "warmup_ns": self.scenario.warmup.as_nanos(), "horizon_ns": self.scenario.horizon.as_nanos(),
            "stall_after_ns": self.scenario.stall_after.as_nanos(),
            "fingerprint": format!("{:016x}", end.fingerprint), "events": end.events,
            "version": env!("CARGO_PKG_VERSION"),
        })
    }

    fn stored_fingerprint(&self, args: &TraceArgs) -> Result<u64, Failure> {
        let path = args.experiment.file.join("runs.csv");
        let mut reader = RunsReader::open(&self.plan, &path)?;
        while let Some(row) = reader.next_row() {
            let here = (row.group.point, row.group.strategy, row.replication);
            if here == (self.point, self.strategy, self.key.replication) {
                return Ok(row.fingerprint);
            }
        }
        let (point, name, replication) = (self.point, self.name(), self.key.replication);
        Err(Failure::Usage(format!(
            "{}: there is no run of point {point}, strategy {name}, replication {replication}",
            path.display()
        )))
    }

    fn compare_fingerprints(&self, end: RunEnd) -> Outcome {
        match &self.stored {
            Some((stored, version)) if *stored != end.fingerprint => Err(Failure::Failed(format!(
                "the run that was replayed is not the one in the folder: runs.csv says fingerprint {stored:016x} \
                 (made by version {version}), the replay has {:016x} (version {} {}); no story is told",
                end.fingerprint,
                env!("CARGO_PKG_VERSION"),
                env!("PUSHPULL_COMMIT")
            ))),
            _ => Ok(()),
        }
    }

    /// The attempts whose stories are printed.
    fn choose(&self, args: &TraceArgs, attempts: &Attempts) -> Result<Vec<Ended>, Failure> {
        if let Some(peer) = args.peer.map(PeerId::new) {
            if attempts.gateway(peer).is_none() {
                let accepted = match attempts.peers() {
                    0 => "no peer arrived in this run".to_owned(),
                    peers => format!("accepted is {}, the peers of this run in order of arrival", range(peers as u64)),
                };
                return Err(Failure::Usage(format!("--peer {peer}: {accepted}")));
            }
            return Ok(attempts.of(peer));
        }
        match args.worst {
            Some(0) => Err(Failure::Usage("--worst 0: accepted is a number from 1 on".to_owned())),
            Some(count) => Ok(attempts.worst(count)),
            None => Ok(attempts.stalled(self.scenario.stall_after)),
        }
    }

    /// Replays the run once more, for `witness`.
    fn replay(&self, witness: &mut dyn Witness) {
        replay(&self.scenario, self.key, witness);
    }

    fn print_stories(&self, args: &TraceArgs, attempts: &Attempts, chosen: &[Ended]) -> Outcome {
        let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let mut out = BufWriter::new(stdout().lock());
        let mut tape = Tape::of(chosen.iter().filter_map(|ended| Some((ended.peer, attempts.gateway(ended.peer)?))));
        let end = replay(&self.scenario, self.key, &mut tape);
        write!(out, "{}", narrative::folded(&on_lines(&self.title(end))))?;
        if chosen.is_empty() {
            match args.peer {
                Some(peer) => writeln!(out, "\npeer {peer} had no attempt that ended within the run")?,
                None if args.worst.is_some() => writeln!(out, "\nno counted attempt had a handshake")?,
                None => writeln!(out, "\nno counted attempt stalled")?,
            }
        }
        for story in stories(chosen, attempts, &tape) {
            writeln!(out)?;
            write!(out, "{}", narrative::diagram(&story, &self.scenario, &self.end_of(&story), colour))?;
            if args.compare {
                write!(out, "{}", self.compared(&story.ended))?;
            }
            out.flush()?;
        }
        Ok(out.flush()?)
    }

    fn end_of(&self, story: &Story) -> String {
        closing(&self.plan, (self.point, self.strategy), &self.scenario, self.key, story)
    }

    /// The same attempt under the other strategies.
    fn compared(&self, ended: &Ended) -> String {
        let mut out = "The same client under the other strategies:\n".to_owned();
        for (index, name) in self.plan.strategies.iter().enumerate().filter(|(index, _)| *index != self.strategy) {
            let scenario = self.plan.scenario(self.point, index);
            let story = self.story_in(&scenario, ended);
            out.push_str(&narrative::beside(name, story.as_ref(), self.scenario.stall_after));
        }
        out
    }

    fn story_in(&self, scenario: &Scenario, ended: &Ended) -> Option<Story> {
        catching(|| {
            let mut attempts = Attempts::default();
            replay(scenario, self.key, &mut attempts);
            let other = attempts.find(ended.peer, ended.kind, ended.nth)?;
            let mut tape = Tape::of(attempts.gateway(other.peer).map(|gateway| (other.peer, gateway)));
            replay(scenario, self.key, &mut tape);
            stories(&[other], &attempts, &tape).pop()
        })
        .ok()
        .flatten()
    }

    fn write_lines(&self, peers: Option<BTreeSet<PeerId>>, end: RunEnd) -> Outcome {
        let mut lines = JsonLines::new(Screen::json(BufWriter::new(stdout().lock())), peers);
        let mut about = json!({ "event": "run" });
        if let (Value::Object(about), Value::Object(fields)) = (&mut about, self.about(end)) {
            about.extend(fields);
        }
        lines.line(&about);
        self.replay(&mut lines);
        Ok(lines.finish()?)
    }

    fn write_perfetto(&self, peers: &BTreeSet<PeerId>, end: RunEnd) -> Outcome {
        let out = Screen::json(BufWriter::new(stdout().lock()));
        let mut perfetto = Perfetto::new(out, &self.scenario, peers, &self.about(end));
        self.replay(&mut perfetto);
        Ok(perfetto.finish()?)
    }

    fn events(&self, count: u64) -> Outcome {
        let mut events = Events::new(BufWriter::new(stdout().lock()), count);
        let caught = catching(|| self.replay(&mut events));
        events.finish()?;
        caught.map_err(|message| Failure::Failed(format!("the run fails: {message}")))
    }

    /// A run that fails has no story; its last events may say why.
    fn failed(&self, message: &str) -> Outcome {
        let mut last = LastEvents::new(LAST_EVENTS);
        let _ = catching(|| self.replay(&mut last));
        let mut out = stdout().lock();
        writeln!(out, "the last events:")?;
        for line in last.lines() {
            writeln!(out, "{line}")?;
        }
        Err(Failure::Failed(format!("the run fails: {message}")))
    }
}

fn read_manifest(args: &TraceArgs) -> Result<Manifest, Failure> {
    let folder = &args.experiment.file;
    let Some(manifest) = Manifest::read(folder)? else {
        return Err(Failure::Usage(format!("{}: is no result folder, it has no {MANIFEST}", folder.display())));
    };
    let experiment = &args.experiment;
    let changed = !experiment.set.is_empty() || !experiment.vary.is_empty();
    if changed || experiment.seed.is_some() || experiment.replications.is_some() {
        return Err(Failure::Usage(format!(
            "{}: a result folder is replayed as it is; --set, --vary, --seed and --replications go with an experiment file",
            folder.display()
        )));
    }
    Ok(manifest)
}

fn find_strategy(plan: &Plan, name: &str) -> Result<usize, Failure> {
    plan.strategies.iter().position(|strategy| strategy == name).ok_or_else(|| {
        let names = plan.strategies.join(", ");
        let meant = nearest(name, plan.strategies.iter().map(String::as_str));
        let hint = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
        Failure::Usage(format!("--strategy {name}: accepted is {names}{hint}"))
    })
}

/// `0`, or `0 to 5` for six.
fn range(count: u64) -> String {
    if count == 1 { "0".to_owned() } else { format!("0 to {}", count - 1) }
}
