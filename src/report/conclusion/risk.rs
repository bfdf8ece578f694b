//! The main risk: the circumstances in which another strategy would be best, as far as the folder shows them.
//!
//! Where the best strategy changes from point to point, the keys that change it are the risk, and the folder shows it.
//! Where the best strategy is the same everywhere, the risk is a part of the system that the best strategy depends on and
//! that no fault of the experiment touches. If the faults touch every such part, the risk is the strategy's own parameters
//! at values that are assumed.

use toml::Value;

use super::best::{Best, margin, mechanisms, trades};
use super::facts::Facts;
use super::place;
use super::sentence::Sentence;
use super::standing::{AgainstBaseline, Standings, highest};
use crate::figure::{PointFault, faults};
use crate::file::section::{FetchOrigin, Transport, Word as _};
use crate::file::{format_duration, parse_duration};
use crate::measure::Load;
use crate::model::{Mechanism, PullTransport};
use crate::plan::{Plan, SettingLine, ValueOrigin, settings};
use des::Duration;
use draw::figure::Unit;

/// A part of the system that a strategy may depend on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum RiskPart {
    Api,
    Http,
    Bus,
}

impl RiskPart {
    const fn target(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Http => "http",
            Self::Bus => "bus",
        }
    }

    const fn outage(self) -> &'static str {
        match self {
            Self::Api => "an outage of the API",
            Self::Http => "a cut of that network",
            Self::Bus => "an outage of the bus",
        }
    }
}

/// Assumed parameters that are named.
const ASSUMED_MAX: usize = 5;

/// The main risk; none where nothing is judged.
pub(super) fn risk(facts: &Facts<'_>, standings: &[Standings], best: &Best, leader: Option<usize>) -> Option<Sentence> {
    let Some(leader) = leader else {
        let one = facts.reader.strategies().len() > 1
            && standings.iter().any(|point| !point.late.rates.is_empty())
            && standings.iter().all(|point| !point.late.is_tested());
        let text = "Not judged: nothing could be tested. That takes at least two replications with attempts.";
        return one.then(|| Sentence::new(text));
    };
    if facts.reader.strategies().len() > 1 && best.covered < best.at.iter().filter(|set| !set.is_empty()).count() {
        return Some(turned(facts, standings, best, leader));
    }
    let name = facts.name(leader);
    let rival = rival(facts, standings, best).unwrap_or_default();
    let untried = leans_on(facts, leader).into_iter().find(|(part, _)| !is_tried(facts, *part));
    if let Some((part, why)) = untried {
        let sentence = rival.name(name).text(format!(" {why}, and {} is no part of this experiment.", part.outage()));
        let turning = turning_outage(facts, standings, best, leader, part);
        let length = outage(facts, turning.as_ref().map_or(0.0, |(_, least)| *least));
        let sentence = match turning {
            Some((warning, _)) => sentence.text(" ").then(warning).text(" To try it, "),
            None => sentence.text(" Whether the answer holds then is not known; to try it, "),
        };
        let at = beginning(facts, length);
        let (at, length) = (format_duration(at), format_duration(length));
        let fault = format!("target = \"{}\", at = \"{at}\", for = \"{length}\"", part.target());
        // Without `per_month` the fault would be part of every run, and so of a month's runs without faults.
        if !facts.months.is_empty() {
            let often = sentence.text("add to the file a [[faults]] with ").name(&format!("{fault}, per_month = 1"));
            return Some(often.text(", or as often as you assume."));
        }
        let has_faults = facts.reader.setting("faults").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
        return Some(if has_faults {
            sentence.text("add to the file a [[faults]] with ").name(&fault).text(".")
        } else {
            sentence.text("add ").name(&format!("--set 'faults=[{{ {fault} }}]'")).text(" to the command.")
        });
    }
    let mut sentence = rival.then(worst(facts, standings, leader).unwrap_or_default());
    if best.leaders.len() == facts.reader.strategies().len() && facts.reader.strategies().len() > 1 {
        return Some(
            sentence.text("This experiment does not show one strategy to be better than another; a harder case may."),
        );
    }
    let assumed = assumed(facts, name);
    if !assumed.is_empty() {
        let few = assumed.iter().take(ASSUMED_MAX).map(String::as_str).collect::<Vec<_>>();
        sentence = sentence
            .text(if facts.reader.points().len() > 1 { "No point of this experiment turns the answer. " } else { "" })
            .text("Nobody has published these values of ")
            .name(name)
            .text(": ")
            .names(&few)
            .text(if assumed.len() > ASSUMED_MAX { " among others; vary them." } else { "; vary them." });
    }
    Some(sentence)
}

/// The strategy that comes closest to the best: among the best at some points, and where it falls behind.
fn rival(facts: &Facts<'_>, standings: &[Standings], best: &Best) -> Option<Sentence> {
    let judged: Vec<usize> = (0..best.at.len()).filter(|point| !best.at[*point].is_empty()).collect();
    let others = (0..facts.reader.strategies().len()).filter(|strategy| !best.leaders.contains(strategy));
    let covered = |strategy: usize| best.points(strategy).len();
    let rival = others.filter(|strategy| covered(*strategy) > 0).max_by_key(|strategy| covered(*strategy))?;
    let behind: Vec<usize> = judged.iter().copied().filter(|point| !best.at[*point].contains(&rival)).collect();
    // The first of the best that is shown to be late less often there.
    let gap = |point: usize| {
        let late = &standings.iter().find(|standing| standing.late.point == point)?.late;
        let leader = best.leaders.iter().copied().find(|leader| late.shown.contains(&(*leader, rival)))?;
        Some((point, leader, late.mean(rival)?, late.mean(leader)?))
    };
    let found: Vec<_> = behind.iter().copied().filter_map(gap).collect();
    // Of equals the first; none of them has most.
    let (point, leader, theirs, mine) = highest(found.iter().copied(), |gap| gap.2 - gap.3)?;
    let as_written = |theirs: f64, mine: f64| (Unit::Share.write(theirs), Unit::Share.write(mine));
    let equal = found.iter().filter(|other| as_written(other.2, other.3) == as_written(theirs, mine)).count();
    let only = match (behind.len(), equal) {
        (1, _) => "only on",
        (_, 1) => "most on",
        _ => "such as",
    };
    let sentence = Sentence::new("The answer against ").name(facts.name(rival)).text(format!(
        " rests on {} of the {} points, {only} {}: there {} of its attempts are late, {} under ",
        behind.len(),
        judged.len(),
        place::values(facts.reader, point),
        Unit::Share.write(theirs),
        Unit::Share.write(mine)
    ));
    let elsewhere = standings.iter().filter(|at| best.at[at.late.point].contains(&rival));
    let (mut is_open, mut is_traded) = (false, false);
    for (at, leader) in elsewhere.flat_map(|at| best.leaders.iter().map(move |leader| (at, *leader))) {
        let gap = at.late.mean(rival).zip(at.late.mean(leader)).map_or(0.0, |(one, other)| (one - other).abs());
        is_open |= gap > margin(&at.late, facts.baseline());
        is_traded |= trades(facts, at, rival, leader) || trades(facts, at, leader, rival);
    }
    Some(sentence.name(facts.name(leader)).text(match (is_open, is_traded) {
        (true, _) => "; elsewhere they cannot be told apart. ",
        (false, true) => "; elsewhere no difference in late attempts between them that matters is shown. ",
        (false, false) => "; elsewhere no difference between them that matters is shown. ",
    }))
}

/// How long an outage of a part would have to be to turn the answer against the baseline, at worst: if all attempts
/// that need the part while it is down are late, and none of the baseline's. At the point where the gain is least.
fn turning_outage(
    facts: &Facts<'_>,
    standings: &[Standings],
    best: &Best,
    leader: usize,
    part: RiskPart,
) -> Option<(Sentence, f64)> {
    let baseline = facts.baseline();
    // If the baseline needs the part as well, no outage hurts the strategy alone. Every create needs the API.
    let needs_it = leans_on(facts, baseline).iter().any(|(other, _)| *other == part);
    if best.leaders.contains(&baseline) || needs_it {
        return None;
    }
    // The messages that an attempt sends over the part.
    let (measures, what): (Vec<&str>, &str) = match part {
        RiskPart::Api => return None,
        RiskPart::Http => (vec!["api_fetches"], "fetches per attempt reach the API"),
        RiskPart::Bus => (Load::measures(&[Load::Bus]).collect(), "messages per attempt are sent"),
    };
    let needs = |point: usize| {
        let sum: f64 = measures.iter().filter_map(|name| facts.mean(point, leader, name)).sum();
        let attempts = facts.mean(point, leader, "attempts").filter(|attempts| *attempts > 0.0)?;
        Some(sum / attempts).filter(|share| *share > 0.0)
    };
    let turns = |point: &Standings| {
        let gain = point.late.mean(baseline)? - point.late.mean(leader)?;
        let needs = needs(point.late.point)?;
        (gain > 0.0 && point.late.verdict(leader) == Some(AgainstBaseline::Lower))
            .then(|| (point.late.point, needs, gain / needs.min(1.0)))
    };
    let (point, needs, share) = standings.iter().filter_map(turns).min_by(|a, b| a.2.total_cmp(&b.2))?;
    let counted = counted(facts)?.as_secs_f64();
    if share >= 1.0 {
        return None;
    }
    let sentence = Sentence::new("Under ").name(facts.name(leader)).text(format!(
        " {} {what}: from {} in a run's {} on, such an outage may leave it no better than ",
        Unit::None.write(needs),
        Unit::Seconds.write(share * counted),
        Unit::Seconds.write(counted)
    ));
    let sentence = sentence.name(facts.name(baseline)).place(place::at(facts.reader, point));
    let sentence = sentence.text(", if it does not hurt ");
    Some((sentence.name(facts.name(baseline)).text("."), share * counted))
}

/// The swept keys that change the answer.
fn turned(facts: &Facts<'_>, standings: &[Standings], best: &Best, leader: usize) -> Sentence {
    let reader = facts.reader;
    let (keys, points) = (reader.keys(), reader.points());
    let differ = |a: usize, b: usize| -> Vec<usize> {
        (0..keys.len()).filter(|key| points[a][*key] != points[b][*key]).collect()
    };
    let holds = best.points(leader);
    let fails: Vec<usize> =
        (0..best.at.len()).filter(|point| !holds.contains(point) && !best.at[*point].is_empty()).collect();
    // The nearest pair of points between which it turns: the fewest keys that differ.
    let pairs = fails.iter().flat_map(|fail| holds.iter().map(move |hold| (*hold, *fail)));
    let nearest = pairs.min_by_key(|(hold, fail)| (differ(*hold, *fail).len(), hold.abs_diff(*fail)));
    let Some((hold, fail)) = nearest else { return Sentence::default() };
    let set = &best.at[fail];
    // One that is shown to be better there, if there is one among those that are not shown to be worse.
    let is_better = |other: &&usize| {
        let at = standings.iter().find(|standing| standing.late.point == fail);
        at.is_some_and(|at| [&at.late, &at.stall].iter().any(|rate| rate.shown.contains(&(**other, leader))))
    };
    let other = set.iter().find(is_better).or(set.first()).map_or("", |strategy| facts.name(*strategy));
    Sentence::new(format!("The answer turns within this experiment: at {} ", place::values(reader, fail)))
        .name(facts.name(leader))
        .text(" is shown to be worse than ")
        .name(other)
        .text(format!(", at {} it is not. Which of them applies has to be measured.", place::values(reader, hold)))
}

/// The parts that a strategy depends on, and why. The part whose failure clients notice first comes first.
fn leans_on(facts: &Facts<'_>, strategy: usize) -> Vec<(RiskPart, &'static str)> {
    let names = mechanisms(facts, strategy);
    let has = |mechanism: Mechanism| names.iter().any(|name| name == mechanism.word());
    let setting = |mechanism: Mechanism, key: &str| {
        let strategies = facts.reader.manifest().experiment.get("strategies");
        let table = strategies.and_then(|all| all.get(facts.name(strategy)));
        let table = table.and_then(|table| table.get(mechanism.word()));
        table.and_then(|table| table.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    // Each with its rank.
    let mut parts = Vec::new();
    for &mechanism in Mechanism::ALL.iter().filter(|mechanism| has(**mechanism)) {
        match mechanism {
            Mechanism::Push if setting(mechanism, "transport") == Transport::Http.word() => {
                parts.push((1, RiskPart::Http, "sends every config over the network between API and gateways"));
            }
            Mechanism::Push => parts.push((1, RiskPart::Bus, "sends every config over the bus")),
            Mechanism::Pull if has(Mechanism::Push) => {
                parts.push((3, RiskPart::Api, "asks the API for what a push did not bring"));
            }
            Mechanism::Pull if has(Mechanism::Watch) => {}
            Mechanism::Pull => {
                let asks = if setting(mechanism, "source") == FetchOrigin::Replica.word() {
                    "asks the API for every peer that its replica does not know"
                } else {
                    "asks the API whenever a client comes whose record the gateway does not have"
                };
                parts.push((0, RiskPart::Api, asks));
                parts.push(if setting(mechanism, "transport") == PullTransport::Bus.word() {
                    (0, RiskPart::Bus, "fetches over the bus")
                } else {
                    (0, RiskPart::Http, "fetches over the network between gateways and API")
                });
            }
            Mechanism::Watch => {
                parts.push((2, RiskPart::Http, "holds its streams over the network between gateways and API"));
                parts.push((2, RiskPart::Api, "lists from the API after every break of a stream"));
            }
            Mechanism::Reconcile => parts.push((4, RiskPart::Api, "repairs its tables from lists of the API")),
            // Both only remove records: another mechanism brings them again.
            Mechanism::Evict | Mechanism::Expire => {}
        }
    }
    parts.sort_by_key(|(rank, ..)| *rank);
    parts.into_iter().map(|(_, part, why)| (part, why)).collect()
}

/// Whether the experiment touches a part: by a fault that strikes in some run, or for the bus by loss.
fn is_tried(facts: &Facts<'_>, part: RiskPart) -> bool {
    let mut points = 0..facts.reader.points().len();
    let strikes = |fault: &PointFault| fault.strikes() && fault.target.word() == part.target();
    let keys = facts.reader.keys();
    let swept = |prefix: &str| keys.iter().any(|key| key.starts_with(prefix));
    let lossy = || {
        let loss = facts.reader.setting("bus.loss").and_then(Value::as_float).is_some_and(|loss| loss > 0.0);
        loss || facts.reader.setting("bus.burst").is_some_and(Value::is_table)
            || swept("bus.loss")
            || swept("bus.burst")
    };
    points.any(|point| faults(facts.reader, point).iter().any(strikes)) || part == RiskPart::Bus && lossy()
}

/// A time of the experiment; none where it is no fixed one.
fn span(facts: &Facts<'_>, key: &str) -> Option<Duration> {
    parse_duration(facts.reader.setting(key)?.as_str()?).ok()
}

/// The length of the counted span.
fn counted(facts: &Facts<'_>) -> Option<Duration> {
    let warmup = span(facts, "warmup").unwrap_or(Duration::ZERO);
    Some(Duration::from_nanos(span(facts, "horizon")?.as_nanos().saturating_sub(warmup.as_nanos())))
}

/// The beginning of an outage to try: the middle of the counted span, or early enough to see the recovery.
fn beginning(facts: &Facts<'_>, length: Duration) -> Duration {
    let [warmup, horizon, window] =
        ["warmup", "horizon", "recovery_window"].map(|key| span(facts, key).map_or(0, Duration::as_nanos));
    let latest = horizon.saturating_sub(window).saturating_sub(length.as_nanos());
    Duration::from_nanos(warmup.midpoint(horizon).min(latest).max(warmup))
}

/// The length of an outage to try: five minutes, or a tenth of the run if that is less. If that is not longer than `least`
/// seconds, the next whole minute above `least`. Never longer than the counted span.
fn outage(facts: &Facts<'_>, least: f64) -> Duration {
    let tenth = span(facts, "horizon").map_or(u64::MAX, |horizon| horizon.as_nanos() / 10 / 1_000_000_000);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a run, not negative")]
    let longer = (libm::floor(least / 60.0) as u64 + 1) * 60;
    let length = tenth.clamp(1, 300);
    let length = Duration::from_secs(if length as f64 > least { length } else { longer });
    counted(facts).map_or(length, |counted| length.min(counted))
}

/// The point with the most late attempts of a strategy, if the strategy has far fewer elsewhere.
fn worst(facts: &Facts<'_>, standings: &[Standings], strategy: usize) -> Option<Sentence> {
    let rates = || standings.iter().filter_map(|point| Some((point.late.point, point.late.mean(strategy)?)));
    let most = highest(rates(), |rate| rate.1)?;
    let least = rates().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let place = place::values(facts.reader, most.0);
    (most.1 > 2.0 * least.1 && most.1 > 0.001).then(|| {
        Sentence::default().name(facts.name(strategy)).text(format!(
            " has most late attempts at {place}: {}, against {} where it has fewest. ",
            Unit::Share.write(most.1),
            Unit::Share.write(least.1)
        ))
    })
}

/// A strategy's own parameters at assumed defaults, without those that it does not read and those that are swept.
fn assumed(facts: &Facts<'_>, strategy: &str) -> Vec<String> {
    let manifest = facts.reader.manifest();
    let Ok(plan) = Plan::from_table(&manifest.experiment, &manifest.data) else { return Vec::new() };
    let own = [format!("strategies.{strategy}."), format!("strategies.{strategy:?}.")];
    let own = |path: &str| own.iter().find_map(|own| path.strip_prefix(own.as_str())).map(str::to_owned);
    let is_open = |path: &str| !facts.reader.keys().iter().any(|key| key == path) && plan.unread(path).is_none();
    let assumed = settings(&manifest.experiment).into_iter().filter_map(|line| match line {
        SettingLine::Setting { path, origin: ValueOrigin::Assumed, .. } => Some((own(&path)?, path)),
        SettingLine::Setting { .. } | SettingLine::Header(_) => None,
    });
    assumed.filter(|(_, path)| is_open(path)).map(|(name, _)| name).collect()
}
