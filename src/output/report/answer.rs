//! The answer, in sentences that are built from the numbers.
//!
//! Every sentence says what is shown and no more: a strategy *stalls less often* only where the difference is
//! significant after adjustment; where nothing is shown, that is what it says. Where no attempt stalled it gives the
//! upper limit, and where nothing could be tested it says why.

use serde::Serialize;

use super::facts::Facts;
use super::sentence::Sentence;
use super::standing::{Rate, STALL_RATE, Standing, Verdict};
use super::write;
use crate::output::figure::Unit;

/// Strategies that the answer describes one by one.
const LEADERS_MAX: usize = 3;

/// The answer.
#[derive(Serialize, Debug)]
pub(super) struct Answer {
    /// The answer in one sentence.
    pub(super) lead: Sentence,
    /// How much better, and where.
    pub(super) more: Vec<Sentence>,
    /// Each strategy against the baseline.
    pub(super) against: Vec<Sentence>,
    /// Strategies that no other is shown to beat at most points.
    #[serde(skip)]
    pub(super) leaders: Vec<usize>,
    /// The point at which the leaders gain most over the baseline.
    #[serde(skip)]
    pub(super) telling: usize,
}

/// What the standings of all points say.
pub(super) fn answer(facts: &Facts<'_>, standings: &[Standing]) -> Answer {
    let ranked: Vec<&Standing> = standings.iter().filter(|standing| !standing.rates.is_empty()).collect();
    let Some(first) = ranked.first() else {
        let lead = "No attempt sent an initiation in the counted span, so there is no stall rate to compare.";
        return Answer {
            lead: Sentence::new(lead),
            more: Vec::new(),
            against: Vec::new(),
            leaders: Vec::new(),
            telling: 0,
        };
    };
    let teller = Teller { facts, points: ranked.len() };
    if facts.reader.strategies().len() == 1 {
        let more = Sentence::new("It is the only strategy of this experiment, so nothing is compared.");
        let lead = teller.range(0, &ranked);
        return Answer { lead, more: vec![more], against: Vec::new(), leaders: vec![0], telling: first.point };
    }
    let leaders = leaders(facts, &ranked);
    let lead = teller.lead(&leaders, &ranked);
    let baseline = facts.baseline();
    let telling = leaders
        .iter()
        .filter(|leader| **leader != baseline)
        .filter_map(|leader| teller.extremes(*leader, &ranked).map(|(most, _)| most))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(first.point, |most| most.0.point);
    let more = teller.gain(&leaders, &ranked);
    Answer { lead, more, against: teller.against(&ranked), leaders, telling }
}

/// The strategies that are beaten at the fewest points; of equals, the one with the lower rates first.
fn leaders(facts: &Facts<'_>, ranked: &[&Standing]) -> Vec<usize> {
    let unbeaten = |strategy: usize| unbeaten(strategy, ranked);
    let strategies = 0..facts.reader.strategies().len();
    let most = strategies.clone().map(unbeaten).max().unwrap_or(0);
    let total = |strategy: usize| {
        ranked.iter().filter_map(|standing| standing.rate(strategy)).map(|rate| rate.mean).sum::<f64>()
    };
    let mut leaders: Vec<usize> = strategies.filter(|strategy| unbeaten(*strategy) == most).collect();
    leaders.sort_by(|a, b| total(*a).total_cmp(&total(*b)));
    leaders
}

/// At how many points a strategy has a rate and is not beaten.
fn unbeaten(strategy: usize, ranked: &[&Standing]) -> usize {
    ranked.iter().filter(|standing| standing.rate(strategy).is_some() && !standing.is_beaten(strategy)).count()
}

struct Teller<'a> {
    facts: &'a Facts<'a>,
    /// Points at which there are rates.
    points: usize,
}

impl Teller<'_> {
    /// ` at bus.loss = 0.1`; nothing if nothing is swept.
    fn at(&self, point: usize) -> String {
        match self.facts.reader.describe(point) {
            place if place.is_empty() => String::new(),
            // no line ends before or after the sign
            place => format!(" at {}", place.replace(" = ", "\u{a0}=\u{a0}")),
        }
    }

    /// ` at each of the 6 points`, with the word that fits; nothing if there is one point.
    fn points(&self, before: &str) -> String {
        if self.points == 1 { String::new() } else { format!("{before} the {} points", self.points) }
    }

    /// ` at 3 of the 6 points`.
    fn share(&self, count: usize) -> String {
        match count {
            count if count == self.points && count == 2 => " at both points".to_owned(),
            count if count == self.points => format!(" at all {count} points"),
            count => format!(" at {count} of the {} points", self.points),
        }
    }

    fn lead(&self, leaders: &[usize], ranked: &[&Standing]) -> Sentence {
        let names = self.facts.names(leaders);
        let strategies = self.facts.reader.strategies().len();
        if !ranked.iter().any(|standing| standing.is_tested()) {
            return self.untested(ranked);
        }
        if leaders.len() == strategies && leaders.iter().all(|leader| unbeaten(*leader, ranked) == self.points) {
            let anywhere = self.points(" at any of");
            return Sentence::new(format!("No difference in stalls between the strategies is shown{anywhere}."));
        }
        let [leader] = leaders else {
            if unbeaten(leaders[0], ranked) == self.points {
                let any = if leaders.len() == 2 { "either" } else { "any" };
                return Sentence::default().names(&names).text(format!(
                    " stall least: no strategy is shown to stall less often than {any} of them{}.",
                    self.points(", at any of")
                ));
            }
            return self.divided(ranked);
        };
        if ranked.iter().all(|standing| standing.beats_all(*leader)) {
            let everywhere = self.points(", at each of");
            return Sentence::default()
                .name(names[0])
                .text(format!(" stalls less often than every other strategy{everywhere}."));
        }
        if unbeaten(*leader, ranked) == self.points {
            let anywhere = self.points(" at any of");
            return Sentence::default()
                .name(names[0])
                .text(format!(" stalls least: no other strategy is shown to stall less often{anywhere}."));
        }
        self.divided(ranked)
    }

    /// No strategy is unbeaten everywhere.
    fn divided(&self, ranked: &[&Standing]) -> Sentence {
        let mut counts: Vec<(usize, usize)> = (0..self.facts.reader.strategies().len())
            .map(|strategy| (unbeaten(strategy, ranked), strategy))
            .filter(|(count, _)| *count > 0)
            .collect();
        counts.sort_by_key(|(count, strategy)| (std::cmp::Reverse(*count), *strategy));
        let mut sentence = Sentence::new("No strategy stalls least everywhere: ");
        for (index, (count, strategy)) in counts.iter().take(LEADERS_MAX).enumerate() {
            let glue = if index == 0 { "" } else { ", " };
            sentence = sentence.text(glue).name(self.facts.name(*strategy));
            sentence = sentence.text(if index == 0 {
                format!(" is unbeaten at {count} of the {} points", self.points)
            } else {
                format!(" at {count}")
            });
        }
        sentence.text(".")
    }

    /// Where a single replication leaves nothing to test.
    fn untested(&self, ranked: &[&Standing]) -> Sentence {
        let lowest = |strategy: usize| {
            let is_lowest = |standing: &&&Standing| {
                let mean = standing.rate(strategy).map(|rate| rate.mean);
                mean.is_some_and(|mean| standing.rates.iter().all(|rate| mean <= rate.mean))
            };
            ranked.iter().filter(is_lowest).count()
        };
        let strategies = 0..self.facts.reader.strategies().len();
        let most = strategies.clone().map(lowest).max().unwrap_or(0);
        let names: Vec<usize> = strategies.filter(|strategy| lowest(*strategy) == most).collect();
        let verb = if names.len() == 1 { "has" } else { "have" };
        let share = if self.points == 1 { String::new() } else { self.share(most) };
        Sentence::default().names(&self.facts.names(&names)).text(format!(
            " {verb} the lowest stall rate{share}, but nothing could be tested: that takes at least two replications."
        ))
    }

    /// The differences of a strategy from the baseline: the point with the largest gain, and the one with the smallest.
    fn extremes<'s>(&self, strategy: usize, ranked: &[&'s Standing]) -> Option<(Gain<'s>, Gain<'s>)> {
        let baseline = self.facts.baseline();
        let gains = ranked.iter().filter_map(|standing| {
            let (mine, theirs) = (standing.rate(strategy)?, standing.rate(baseline)?);
            Some((*standing, mine.mean - theirs.mean))
        });
        let most = gains.clone().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let least = gains.min_by(|a, b| b.1.total_cmp(&a.1))?;
        Some((most, least))
    }

    /// How much better the first of the leaders is than the baseline.
    fn gain(&self, leaders: &[usize], ranked: &[&Standing]) -> Vec<Sentence> {
        let baseline = self.facts.baseline();
        let shown = |standing: &&Standing| standing.verdicts.iter().any(|(_, verdict)| *verdict != Verdict::NotShown);
        if !ranked.iter().any(shown) {
            return self.reach(ranked).into_iter().chain([self.range(baseline, ranked)]).collect();
        }
        let Some(&leader) = leaders.first() else { return Vec::new() };
        if leaders.contains(&baseline) {
            let is = Sentence::default().name(self.facts.name(baseline)).text(" is the baseline.");
            return vec![is, self.range(baseline, ranked)];
        }
        let Some((most, least)) = self.extremes(leader, ranked) else { return Vec::new() };
        let mut sentences = Vec::new();
        if leaders.len() > 1 {
            let rates = if self.points == 1 { " has the lowest rate." } else { " has the lowest rates on average." };
            sentences.push(Sentence::new("Of these, ").name(self.facts.name(leader)).text(rates));
        }
        let place = self.at(most.0.point);
        let opening = match most.0.verdict(leader) {
            _ if self.points == 1 => String::new(),
            Some(Verdict::Lower) => format!("The gain over the baseline is largest{place}: "),
            _ if most.1 < 0.0 => format!("It is furthest below the baseline{place}: "),
            _ => format!("It is nearest to the baseline{place}: "),
        };
        sentences.push(self.pair(&opening, leader, most.0));
        if self.points > 1 && most.0.point != least.0.point {
            let place = self.at(least.0.point);
            let opening = match least.0.verdict(leader) {
                Some(Verdict::Lower) => format!("It is smallest{place}: "),
                Some(Verdict::Higher) => format!("Yet{place} it stalls more often: "),
                _ => format!("Yet{place} no difference is shown: "),
            };
            sentences.push(self.pair(&opening, leader, least.0));
        }
        sentences
    }

    /// How large a difference from the baseline could still be, where none is shown.
    fn reach(&self, ranked: &[&Standing]) -> Option<Sentence> {
        let baseline = self.facts.baseline();
        let differences = ranked.iter().flat_map(|standing| {
            let compared = standing.verdicts.iter().filter_map(|(strategy, _)| {
                Some(self.facts.compare(standing.point, *strategy, STALL_RATE)?.difference)
            });
            compared.collect::<Vec<_>>()
        });
        let limits: Vec<(f64, f64)> =
            differences.filter_map(|difference| difference.low.zip(difference.high)).collect();
        let low = limits.iter().map(|limits| limits.0).reduce(f64::min)?;
        let high = limits.iter().map(|limits| limits.1).reduce(f64::max)?;
        let bare = |value: f64| Unit::SharePoints.write(value).replace(" pp", "");
        Some(Sentence::new("The intervals of the differences from ").name(self.facts.name(baseline)).text(format!(
            " reach from {} to {} percentage points.",
            bare(low),
            bare(high)
        )))
    }

    /// Both rates and their difference.
    fn pair(&self, opening: &str, strategy: usize, standing: &Standing) -> Sentence {
        let baseline = self.facts.baseline();
        let rate = |strategy: usize| standing.rate(strategy);
        let (Some(mine), Some(theirs)) = (rate(strategy), rate(baseline)) else { return Sentence::default() };
        let row = self.facts.compare(standing.point, strategy, STALL_RATE);
        let difference = row.map(|row| row.difference).map_or_else(String::new, |difference| {
            let unit = Unit::SharePoints;
            let text = write::estimate(unit, difference.mean, difference.low, difference.high);
            format!(": a difference of {}", text.replacen(" pp", " percentage points", 1).replace(" pp", ""))
        });
        Sentence::new(opening)
            .text(if opening.is_empty() { "Under " } else { "under " })
            .name(self.facts.name(strategy))
            .text(format!(" {}, under ", told(mine)))
            .name(self.facts.name(baseline))
            .text(format!(" {}{difference}.", if theirs.stalled == 0 { told(theirs) } else { share(theirs) }))
    }

    /// The lowest and the highest rate of a strategy.
    fn range(&self, strategy: usize, ranked: &[&Standing]) -> Sentence {
        let rates = || ranked.iter().filter_map(|standing| Some((standing.point, standing.rate(strategy)?)));
        let lowest = rates().min_by(|a, b| a.1.mean.total_cmp(&b.1.mean));
        let highest = rates().min_by(|a, b| b.1.mean.total_cmp(&a.1.mean));
        let (Some(low), Some(high)) = (lowest, highest) else { return Sentence::default() };
        let under = Sentence::new("Under ").name(self.facts.name(strategy));
        if low.0 == high.0 {
            return under.text(format!(" {}.", told(low.1)));
        }
        under.text(format!(" {}{}, {}{}.", told(low.1), self.at(low.0), told(high.1), self.at(high.0)))
    }

    /// Strategies by what is shown of them against the baseline.
    fn against(&self, ranked: &[&Standing]) -> Vec<Sentence> {
        let baseline = self.facts.baseline();
        let mut groups: Vec<([usize; 3], Vec<usize>)> = Vec::new();
        for strategy in (0..self.facts.reader.strategies().len()).filter(|strategy| *strategy != baseline) {
            let count = |verdict| ranked.iter().filter(|s| s.verdict(strategy) == Some(verdict)).count();
            let counts = [count(Verdict::Lower), count(Verdict::Higher), count(Verdict::NotShown)];
            if counts == [0; 3] {
                continue;
            }
            match groups.iter_mut().find(|group| group.0 == counts) {
                Some(group) => group.1.push(strategy),
                None => groups.push((counts, vec![strategy])),
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.0[0]));
        groups.iter().map(|(counts, strategies)| self.verdicts(*counts, strategies)).collect()
    }

    fn verdicts(&self, [less, more, none]: [usize; 3], strategies: &[usize]) -> Sentence {
        let stalls = if strategies.len() == 1 { "stalls" } else { "stall" };
        let share = |count: usize| if self.points == 1 { String::new() } else { self.share(count) };
        let names = Sentence::default().names(&self.facts.names(strategies));
        let baseline = self.facts.name(self.facts.baseline());
        let mut parts = Vec::new();
        if less > 0 {
            parts.push((format!(" {stalls} less often than "), share(less)));
        }
        if more > 0 {
            parts.push((format!(" {stalls} more often than "), share(more)));
        }
        if none > 0 {
            let differ = if strategies.len() == 1 { "is" } else { "are" };
            parts.push((format!(" {differ} not shown to differ from "), share(none)));
        }
        let last = parts.len() - 1;
        parts
            .into_iter()
            .enumerate()
            .fold(names, |sentence, (index, (verb, share))| {
                let glue = match index {
                    0 => "",
                    index if index == last => " and",
                    _ => ",",
                };
                sentence.text(format!("{glue}{verb}")).name(baseline).text(share)
            })
            .text(".")
    }
}

/// A point, and the difference of the rates there.
type Gain<'s> = (&'s Standing, f64);

/// `1.16 % [1.05, 1.27] of attempts stall`, or the upper limit where none did.
fn told(rate: &Rate) -> String {
    let attempts = write::count(rate.attempts);
    match (rate.stalled, rate.limits) {
        (0, Some((_, high))) => format!("none of {attempts} attempts stalled (at most {})", Unit::Share.write(high)),
        (0, None) => format!("none of {attempts} attempts stalled"),
        _ => format!("{} of attempts stall", share(rate)),
    }
}

/// `1.16 % [1.05, 1.27]`.
fn share(rate: &Rate) -> String {
    let (low, high) = rate.limits.unzip();
    write::estimate(Unit::Share, Some(rate.mean), low, high)
}
