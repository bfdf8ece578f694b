//! The stories of the report: for each cause of stalls, a run of the results is replayed, and the story of one client shown.
//!
//! The manifest has the experiment, so the runs can be made again. Replays are bounded by numbers of events, not by
//! the clock, so a report is always the same. Where there is no story, the report says why.

use super::{Failure, machine};
use crate::folder::reader::Reader;
use crate::plan::Plan;
use crate::report::{StalledRun, Telling, found};
use crate::run::catching;
use crate::story::write::text::diagram;
use crate::story::{Attempts, Tape, closing, replay, stories};
use des::RunKey;

/// Events of a run up to which it is replayed: each story takes up to about ten replays.
const EVENTS_MAX: u64 = 2_000_000;

/// One story for each cause of a stall.
pub(super) fn all(reader: &Reader) -> Result<Vec<Telling>, Failure> {
    let found = found(reader)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let manifest = reader.manifest();
    let plan = Plan::from_table(&manifest.experiment, &manifest.data)
        .map_err(|_| "The manifest's experiment cannot be run by this version.".to_owned())
        .and_then(|plan| match machine::affordable(&plan, 1) {
            Ok(_) => Ok(plan),
            Err(_) => Err("A replay needs more memory than this machine has.".to_owned()),
        });
    Ok(found.iter().map(|found| telling(reader, plan.as_ref().map_err(String::as_str), found)).collect())
}

fn telling(reader: &Reader, plan: Result<&Plan, &str>, found: &StalledRun) -> Telling {
    let name = &reader.strategies()[found.group.strategy];
    let place = reader.describe(found.group.point);
    let at = if place.is_empty() { place } else { format!("{place}, ") };
    let result = plan.map_err(str::to_owned).and_then(|plan| story(plan, found));
    let (story, why_not) = match result {
        Ok(story) => (story, String::new()),
        Err(why) => (String::new(), why),
    };
    Telling {
        meaning: found.meaning,
        place: format!("{at}{name}, replication {}", found.replication),
        story,
        why_not,
        command: format!(
            "pushpull trace DIR --point {} --strategy {name} --replication {}",
            found.group.point, found.replication
        ),
    }
}

/// The story, or why there is none.
fn story(plan: &Plan, found: &StalledRun) -> Result<String, String> {
    if found.events > EVENTS_MAX {
        return Err(format!(
            "No story is told here: the shortest such run has {} events, and at most {EVENTS_MAX} are replayed for a report.",
            found.events
        ));
    }
    let (point, strategy) = (found.group.point, found.group.strategy);
    if point >= plan.points.len() || strategy >= plan.strategies.len() {
        return Err("No story is told: the manifest and the results are of different experiments.".to_owned());
    }
    let scenario = plan.scenario(point, strategy);
    let key = RunKey { seed: plan.seed, replication: found.replication };
    let failed = |message: String| format!("No story is told: the replay failed ({message}).");
    let mut attempts = Attempts::default();
    let end = catching(|| replay(&scenario, key, &mut attempts)).map_err(failed)?;
    if format!("{:016x}", end.fingerprint) != found.fingerprint {
        return Err("No story is told: this version of the program makes another run of it.".to_owned());
    }
    let stalled = attempts.stalled(scenario.stall_after).into_iter();
    let Some(ended) = stalled.into_iter().find(|ended| ended.cause.word() == found.cause) else {
        return Err("No story is told: the replay has no such stall.".to_owned());
    };
    let mut tape = Tape::of(attempts.gateway(ended.peer).map(|gateway| (ended.peer, gateway)));
    catching(|| replay(&scenario, key, &mut tape)).map_err(failed)?;
    let story = stories(&[ended], &attempts, &tape).pop().ok_or("No story is told: the replay has no such stall.")?;
    let close = catching(|| closing(plan, (point, strategy), &scenario, key, &story)).map_err(failed)?;
    Ok(diagram(&story, &scenario, &close, false))
}
