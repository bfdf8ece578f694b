//! The sentences.
//!
//! A strategy has *fewer* late attempts only if the difference is significant after adjustment. Otherwise the sentence says
//! that no difference is shown. If no attempt was late, the sentence has the upper limit. If nothing could be tested, it has
//! the reason.

mod answer;
mod beware;
mod cost;
mod creates;
mod fresh;
mod gain;
mod never;
mod no_best;
mod note;
mod worse;

use super::best::{self, Best};
use super::facts::Facts;
use super::goals::Goals;
use super::place::NamedPoints;
use super::sentence::Sentence;
use super::standing::{AgainstBaseline, Rate, Standing, Standings, highest};
use super::{ConclusionLine, Subject, month, place, rare, write};
use draw::figure::Unit;

/// The strategy and the point of the sentences on gain and price. The strategy is the first leader that is shown to be
/// better than the baseline at a point where the answer names it, else the first leader. At the point the late rate of the
/// strategy is furthest below the baseline's, among the points where the strategy is called best, else among those where it
/// is not shown to be worse.
pub(super) fn telling(facts: &Facts<'_>, standings: &[Standings], best: &Best) -> (Option<usize>, usize) {
    let baseline = facts.baseline();
    let judged = || standings.iter().filter(|point| !point.late.rates.is_empty());
    let first = judged().next().map_or(0, |point| point.late.point);
    let Some(&leader) = best.leaders.first() else { return (None, first) };
    let named = |strategy: usize| judged().filter(move |point| best.at[point.late.point].contains(&strategy));
    // The answer calls the leaders best at points where they beat all others. If no strategy leads everywhere, it names the
    // best of each point.
    let is_best = |point: &&Standings| {
        let leads = best.covered == best.tested;
        if leads { best.is_led(facts, point) } else { best::beat(facts, point, &best.at[point.late.point]) }
    };
    let most = |strategy: usize, points: &mut dyn Iterator<Item = &Standings>| {
        let gains = points
            .filter_map(|point| Some((point.late.point, point.late.mean(strategy)? - point.late.mean(baseline)?)));
        gains.min_by(|a, b| a.1.total_cmp(&b.1)).map(|most| most.0)
    };
    let shown = |strategy: usize| {
        let lower =
            || named(strategy).filter(move |point| point.late.verdict(strategy) == Some(AgainstBaseline::Lower));
        most(strategy, &mut lower().filter(is_best)).or_else(|| most(strategy, &mut lower()))
    };
    let better = best.leaders.iter().find_map(|strategy| Some((*strategy, shown(*strategy)?)));
    // If no strategy leads everywhere, a strategy other than the leaders may be better than the baseline.
    let others = || (0..facts.reader.strategies().len()).filter(|_| best.covered < best.tested);
    let better = better.or_else(|| others().find_map(|strategy| Some((strategy, shown(strategy)?))));
    if let Some((strategy, point)) = better {
        return (Some(strategy), point);
    }
    let point = if leader == baseline {
        let rates = judged().filter_map(|point| Some((point.late.point, point.late.mean(baseline)?)));
        highest(rates, |rate| rate.1).map(|highest| highest.0)
    } else {
        most(leader, &mut named(leader))
    };
    (Some(leader), point.unwrap_or(first))
}

/// All sentences, in order, and the point of the gain.
pub(super) fn lines(
    facts: &Facts<'_>,
    standings: &[Standings],
    best: &Best,
    goals: &Goals,
    (leader, telling): (Option<usize>, usize),
) -> (Vec<ConclusionLine>, usize) {
    let points: Vec<&Standings> = standings.iter().filter(|point| !point.late.rates.is_empty()).collect();
    if points.is_empty() {
        let text = "No attempt was counted, so there is nothing to compare.";
        return (vec![ConclusionLine::new(Subject::Answer, Sentence::new(text))], telling);
    }
    let teller = Teller { facts, points, best, leader, telling };
    let anchor = teller.anchor();
    let about = anchor.unwrap_or(telling);
    let is_led = |point: &&Standings| best.is_led(facts, point);
    let named = if teller.points.iter().all(is_led) { best.leaders.as_slice() } else { &[] };
    let is_placed =
        |subject: Subject| matches!(subject, Subject::Cost | Subject::Creates | Subject::Beware | Subject::Worse);
    let mut lines = Vec::new();
    // Whether a sentence since the gain names another place: `there` is the point of the gain only until then.
    let mut has_moved = false;
    for subject in Subject::ALL {
        let sentence = match subject {
            Subject::Answer => Some(teller.answer().then(teller.missed(goals))),
            Subject::Goal => goals.sentence(facts.reader, named),
            Subject::Gain => teller.gain(),
            Subject::Cost => teller.cost(),
            Subject::Creates => teller.creates(),
            Subject::Beware => teller.beware(),
            Subject::Worse => teller.worse(),
            Subject::Fresh => teller.fresh(),
            Subject::Never => teller.never(),
            Subject::Month => month::sentence(facts, about),
            Subject::Rare => rare::sentence(facts, about),
            Subject::Note => teller.note(),
        };
        let Some(sentence) = sentence else { continue };
        let alone = is_placed(subject).then(|| sentence.clone());
        let sentence = match anchor {
            Some(point) if !has_moved => sentence.with_there(point),
            _ => sentence,
        };
        has_moved |= (subject == Subject::Gain || is_placed(subject)) && sentence.is_elsewhere(anchor);
        lines.push(ConclusionLine { alone, ..ConclusionLine::new(subject, sentence) });
    }
    (lines, about)
}

/// The subject of the sentence on the gain, with its point.
enum Gained {
    /// The baseline is among the best everywhere: the point with its highest late rate.
    Baseline(usize),
    /// The baseline leads, but is not among the best at this point.
    Lost(usize),
    /// Another strategy leads: the point with its largest gain.
    Leader(usize),
}

struct Teller<'a> {
    facts: &'a Facts<'a>,
    /// Points at which there are rates.
    points: Vec<&'a Standings>,
    best: &'a Best,
    /// The strategy and the point of the sentences on gain and price.
    leader: Option<usize>,
    telling: usize,
}

impl Teller<'_> {
    fn baseline(&self) -> usize {
        self.facts.baseline()
    }

    fn standing(&self, point: usize) -> Option<&Standings> {
        self.points.iter().find(|standing| standing.late.point == point).copied()
    }

    /// `at bus.loss = 0.1`; `at point 3` where that is long; no words if nothing is swept.
    fn at(&self, point: usize) -> NamedPoints {
        place::at(self.facts.reader, point)
    }

    /// ` at all 6 points`; nothing if there is one.
    fn everywhere(&self) -> String {
        place::everywhere(self.points.len())
    }

    /// ` at any of the 6 points`, ` at either point`; nothing if there is one.
    fn anywhere(&self) -> String {
        place::anywhere(self.points.len())
    }

    /// The point that the gain names first; none where there is no gain.
    fn anchor(&self) -> Option<usize> {
        match self.gained()? {
            Gained::Baseline(point) | Gained::Lost(point) | Gained::Leader(point) => Some(point),
        }
    }

    /// The subject of the sentence on the gain; none if there is no such sentence.
    fn gained(&self) -> Option<Gained> {
        let baseline = self.baseline();
        let leader = self.leader?;
        if self.facts.reader.strategies().len() == 1 || self.best.tested == 0 || self.is_quiet() {
            return None;
        }
        if self.baseline_leads() {
            return self.highest(baseline).map(|(point, _)| Gained::Baseline(point));
        }
        if leader == baseline {
            let lost = |point: &&Standings| !self.best.at[point.late.point].contains(&baseline);
            return self.points.iter().copied().find(lost).map(|point| Gained::Lost(point.late.point));
        }
        Some(Gained::Leader(self.telling))
    }

    /// Whether the baseline is among the best at every point.
    fn baseline_leads(&self) -> bool {
        self.best.leaders.contains(&self.baseline()) && self.best.covered == self.points.len()
    }

    /// ` there` for the point that a sentence is about; nothing if nothing is swept.
    const fn there_again(&self) -> &'static str {
        if self.points.len() > 1 { " there" } else { "" }
    }

    /// As many names as fit a sentence.
    fn named(&self, strategies: &[usize]) -> Sentence {
        Sentence::default().few_names(&self.facts.names(strategies))
    }

    /// The point at which a strategy's rate of late attempts is highest.
    fn highest(&self, strategy: usize) -> Option<(usize, &Rate)> {
        let rates = self.points.iter().filter_map(|point| Some((point.late.point, point.late.rate(strategy)?)));
        highest(rates, |(_, rate)| rate.mean)
    }

    /// Whether no attempt was late or stalled anywhere.
    fn is_quiet(&self) -> bool {
        let none = |standing: &Standing| standing.rates.iter().all(|rate| rate.events == 0);
        self.points.iter().all(|point| none(&point.late) && none(&point.stall))
    }

    /// ` at bus.loss = 0.1, where most are`; ` at bus.loss = 0, as at the 5 other points` where a strategy's rates read
    /// alike at all points; nothing if there is one.
    fn at_most(&self, strategy: usize, point: usize) -> Sentence {
        let rates = self.points.iter().filter_map(|point| point.late.mean(strategy));
        let mut rates: Vec<String> = rates.map(|rate| Unit::Share.write(rate)).collect();
        let count = rates.len();
        rates.dedup();
        let how = match (count, rates.len()) {
            (0 | 1, _) => String::new(),
            (2, 1) => ", as at the other point".to_owned(),
            (all, 1) => format!(", as at the {} other points", all - 1),
            _ => ", where most are".to_owned(),
        };
        Sentence::default().place(self.at(point)).text(how)
    }

    /// `at bus.loss = 0`, `from bus.loss = 0.01 to 0.1`, `at points 0 to 2 and 7`.
    fn range(&self, points: &[usize]) -> NamedPoints {
        place::points(self.facts.reader, points)
    }
}

/// `17.1 % to 17.2 %`, or one of them where they read alike.
fn from_to(least: f64, most: f64) -> String {
    let (least, most) = (Unit::Share.write(least), Unit::Share.write(most));
    if least == most { most } else { format!("{least} to {most}") }
}

/// `1.16 % [1.05, 1.27] of attempts are late`, or the upper limit where none were.
fn late_share(rate: &Rate) -> String {
    let trials = write::count(rate.trials);
    match (rate.events, rate.limits) {
        (0, Some((_, high))) => format!("none of {trials} attempts was late (at most {})", Unit::Share.write(high)),
        (0, None) => format!("none of {trials} attempts was late"),
        _ => format!("{} of attempts are late", share(rate)),
    }
}

/// `1.16 % [1.05, 1.27]`.
fn share(rate: &Rate) -> String {
    let (low, high) = rate.limits.unzip();
    write::estimate(Unit::Share, Some(rate.mean), low, high)
}
