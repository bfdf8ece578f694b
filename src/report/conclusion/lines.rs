//! The sentences.
//!
//! A strategy has *fewer* late attempts only where the difference is significant after adjustment; where nothing is
//! shown, that is what is said. Where no attempt was late there is the upper limit, and where nothing could be tested
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

use std::cell::Cell;

use super::best::{self, Best};
use super::facts::Facts;
use super::goals::Goals;
use super::sentence::Sentence;
use super::standing::{AgainstBaseline, Rate, Standing, Standings};
use super::{ConclusionLine, Subject, month, place, rare, write};
use draw::figure::Unit;

/// The strategy and the point of the sentences on gain and price. The strategy is the first leader that is shown to be
/// better than the baseline at a point where the answer names it, else the first leader. The point is the one where its
/// late rate is furthest below the baseline's: of those where it is called best, else of those where it is not shown to be
/// worse.
pub(super) fn telling(facts: &Facts<'_>, standings: &[Standings], best: &Best) -> (Option<usize>, usize) {
    let baseline = facts.baseline();
    let judged = || standings.iter().filter(|point| !point.late.rates.is_empty());
    let first = judged().next().map_or(0, |point| point.late.point);
    let Some(&leader) = best.leaders.first() else { return (None, first) };
    let named = |strategy: usize| judged().filter(move |point| best.at[point.late.point].contains(&strategy));
    // The answer calls the leaders best where they beat all others; where no strategy leads everywhere, those of the point.
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
    // Where no strategy leads everywhere, another one may gain where none of the leaders does.
    let others = || (0..facts.reader.strategies().len()).filter(|_| best.covered < best.tested);
    let better = better.or_else(|| others().find_map(|strategy| Some((strategy, shown(strategy)?))));
    if let Some((strategy, point)) = better {
        return (Some(strategy), point);
    }
    let point = if leader == baseline {
        let rates = judged().filter_map(|point| Some((point.late.point, point.late.mean(baseline)?)));
        rates.min_by(|a, b| b.1.total_cmp(&a.1)).map(|highest| highest.0)
    } else {
        most(leader, &mut named(leader))
    };
    (Some(leader), point.unwrap_or(first))
}

/// All that can be said, in order.
pub(super) fn lines(
    facts: &Facts<'_>,
    standings: &[Standings],
    best: &Best,
    goals: &Goals,
    (leader, telling): (Option<usize>, usize),
) -> Vec<ConclusionLine> {
    let judged: Vec<&Standings> = standings.iter().filter(|point| !point.late.rates.is_empty()).collect();
    let mut lines = Vec::new();
    let mut say = |subject: Subject, sentence: Option<Sentence>| {
        lines.extend(sentence.map(|sentence| ConclusionLine { subject, label: subject.label(), sentence }));
    };
    if judged.is_empty() {
        say(Subject::Answer, Some(Sentence::new("No attempt was counted, so there is nothing to compare.")));
        return lines;
    }
    let teller = Teller { facts, points: judged, best, leader, telling, has_moved: Cell::new(false) };
    // A place is `there` only until another one is named.
    let told = |sentence: Option<Sentence>| sentence.inspect(|sentence| teller.notice(sentence));
    say(Subject::Answer, Some(teller.answer().then(teller.missed(goals))));
    let is_best = |point: &&Standings| best.is_led(facts, point);
    let named = if teller.points.iter().all(is_best) { best.leaders.as_slice() } else { &[] };
    say(Subject::Goal, goals.sentence(facts.reader, named));
    say(Subject::Gain, told(teller.gain()));
    say(Subject::Cost, told(teller.cost()));
    say(Subject::Creates, told(teller.creates()));
    say(Subject::Beware, told(teller.beware()));
    say(Subject::Worse, told(teller.worse()));
    say(Subject::Fresh, teller.fresh());
    say(Subject::Never, teller.never());
    say(Subject::Month, month::sentence(facts, telling));
    say(Subject::Rare, rare::sentence(facts, telling));
    say(Subject::Note, teller.note());
    lines
}

struct Teller<'a> {
    facts: &'a Facts<'a>,
    /// Points at which there are rates.
    points: Vec<&'a Standings>,
    best: &'a Best,
    /// The strategy and the point that gain and price are told of.
    leader: Option<usize>,
    telling: usize,
    /// Whether another place was named since the gain.
    has_moved: Cell<bool>,
}
impl Teller<'_> {
    fn baseline(&self) -> usize {
        self.facts.baseline()
    }

    fn standing(&self, point: usize) -> Option<&Standings> {
        self.points.iter().find(|standing| standing.late.point == point).copied()
    }

    /// `bus.loss = 0.1`, never broken at the sign; `point 3` where that is long; empty if nothing is swept.
    fn place(&self, point: usize) -> String {
        place::point(self.facts.reader, point)
    }

    /// ` at bus.loss = 0.1`; nothing if nothing is swept.
    fn at(&self, point: usize) -> String {
        let place = self.place(point);
        if place.is_empty() { place } else { format!(" at {place}") }
    }

    /// ` at all 6 points`; nothing if there is one.
    fn everywhere(&self) -> String {
        let points = self.points.len();
        match points {
            1 => String::new(),
            2 => " at both points".to_owned(),
            points => format!(" at all {points} points"),
        }
    }

    /// ` at any of the 6 points`, ` at either point`; nothing if there is one.
    fn anywhere(&self) -> String {
        match self.points.len() {
            1 => String::new(),
            2 => " at either point".to_owned(),
            points => format!(" at any of the {points} points"),
        }
    }

    /// The point that the gain is told at first; none where there is no gain to tell.
    fn anchor(&self) -> Option<usize> {
        let baseline = self.baseline();
        let leader = self.leader?;
        if self.facts.reader.strategies().len() == 1 || self.best.tested == 0 || self.is_quiet() {
            return None;
        }
        if self.baseline_leads() {
            return self.highest(baseline).map(|(point, _)| point);
        }
        if leader == baseline {
            let lost = |point: &&Standings| !self.best.at[point.late.point].contains(&baseline);
            return self.points.iter().copied().find(lost).map(|point| point.late.point);
        }
        Some(self.telling)
    }

    /// Whether the baseline is among the best at every point.
    fn baseline_leads(&self) -> bool {
        self.best.leaders.contains(&self.baseline()) && self.best.covered == self.points.len()
    }

    /// Whether a sentence names a place other than the point that the gain names.
    fn notice(&self, sentence: &Sentence) {
        let mut text = sentence.to_string();
        if let Some(own) = self.anchor().map(|point| self.place(point)).filter(|own| !own.is_empty()) {
            // `bus.loss = 0.01` is no longer `bus.loss = 0`.
            text.push(' ');
            for end in [" ", ": ", ", ", "; ", ". "] {
                text = text.replace(&format!("{own}{end}"), " ");
            }
        }
        let is_value = |key: &String| text.contains(&format!("{key}\u{a0}=\u{a0}"));
        if place::is_numbered(&text) || self.facts.reader.keys().iter().any(is_value) {
            self.has_moved.set(true);
        }
    }

    /// ` there` for the point that the gain names, if no other was named since; ` at bus.loss = 0.1` for another one; nothing
    /// if nothing is swept.
    fn there(&self, point: usize) -> String {
        let at = self.at(point);
        if !at.is_empty() && !self.has_moved.get() && self.anchor() == Some(point) { " there".to_owned() } else { at }
    }

    /// ` there` for the point that a sentence is about; nothing if nothing is swept.
    const fn there_again(&self) -> &'static str {
        if self.points.len() > 1 { " there" } else { "" }
    }

    /// Names, no more than fit a sentence.
    fn named(&self, strategies: &[usize]) -> Sentence {
        Sentence::default().few_names(&self.facts.names(strategies))
    }

    /// The point at which a strategy's rate of late attempts is highest.
    fn highest(&self, strategy: usize) -> Option<(usize, &Rate)> {
        let rates = self.points.iter().filter_map(|point| Some((point.late.point, point.late.rate(strategy)?)));
        rates.min_by(|a, b| b.1.mean.total_cmp(&a.1.mean))
    }

    /// Whether no attempt was late or stalled anywhere.
    fn is_quiet(&self) -> bool {
        let none = |standing: &Standing| standing.rates.iter().all(|rate| rate.events == 0);
        self.points.iter().all(|point| none(&point.late) && none(&point.stall))
    }

    /// ` at bus.loss = 0.1, where most are`; ` at bus.loss = 0, as at the 5 other points` where a strategy's rates read
    /// alike at all points; nothing if there is one.
    fn at_most(&self, strategy: usize, point: usize) -> String {
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
        format!("{}{how}", self.at(point))
    }

    /// `at bus.loss = 0`, `from bus.loss = 0.01 to 0.1`, `at points 0 to 2 and 7`.
    fn range(&self, points: &[usize]) -> String {
        place::points(self.facts.reader, points)
    }
}

/// `17.1 % to 17.2 %`, or one of them where they read alike.
fn from_to(least: f64, most: f64) -> String {
    let (least, most) = (Unit::Share.write(least), Unit::Share.write(most));
    if least == most { most } else { format!("{least} to {most}") }
}

/// `1.16 % [1.05, 1.27] of attempts are late`, or the upper limit where none were.
fn told(rate: &Rate) -> String {
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
