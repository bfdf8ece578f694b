//! The sentences.
//!
//! A strategy has *fewer* late attempts only where the difference is significant after adjustment; where nothing is
//! shown, that is what is said. Where no attempt was late there is the upper limit, and where nothing could be tested
//! the reason.

use std::cell::Cell;

use super::best::{self, Best, create_failures, margin};
use super::facts::Facts;
use super::goals::Goals;
use super::sentence::Sentence;
use super::standing::{AgainstBaseline, LATE, Rate, Standing, Standings};
use super::{ConclusionLine, Subject, month, place, rare, write};
use crate::figure::{PointFault, capital, faults, unfinished};
use crate::file::Met;
use crate::folder::manifest::WantedReplications;
use crate::measure::Load;
use draw::figure::Unit;

/// Strategies that are named with the share of attempts that never connect: those with the highest.
const NEVER_MAX: usize = 3;

/// The share of failed creates from which a median says that it leaves them out, and that from which there is none.
const CREATES_FAIL_MEDIAN: f64 = 0.05;
const CREATES_FAIL_HALF: f64 = 0.5;

/// A create takes longer than another if its mean is above so many times that.
const WAITS: f64 = 1.05;

/// Parts of an answer that changes from point to point.
const PARTS_MAX: usize = 3;

/// Replications below which intervals are wide whatever happens.
const REPLICATIONS_FEW: u64 = 5;

/// The order of names that stand together.
pub(super) const ORDER: &str = "the one with fewer mechanisms is named first";

/// Groups of strategies as good as the leaders at some points that an answer names.
const TIES_MAX: usize = 3;

/// Replications that are proposed at least where a difference is not shown.
const REPLICATIONS_WANTED: u32 = 20;

/// The load of a strategy that its price is told by, per attempt: what it is called, and what carries it.
const LOADS: [(&str, &[Load]); 3] = [
    ("API requests", &[Load::Create, Load::Request]),
    ("bus messages", &[Load::Bus]),
    ("stream messages", &[Load::Stream]),
];

/// Measures of freshness: the gap from which a difference matters, and how the sentence begins.
const FRESHNESS: [(&str, f64, &str); 2] =
    [("stale_fraction", 0.001, "Records are out of date"), ("revoked_exposure_mean_s", 1.0, "A revoked record stays")];

/// The share of a load by which it must differ to be told.
const LOAD_DIFFERS: f64 = 0.05;

/// The strategy that gain and price are told of, and the point: the first of the leaders that is shown to be better than
/// the baseline where the answer names it, else the first of them. The point is where it gains most: of those where it is
/// called best, else of those where it is not shown to be worse.
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

/// How far strategies are apart of which none is shown to be worse.
enum Apart {
    /// Nowhere further than the tolerance, and no difference is shown.
    NotShown,
    /// By so much at most, within the tolerance; a difference is shown.
    Near(String),
    /// By so much somewhere, and more than the tolerance: too few replications to tell.
    Open(String),
}

/// Strategies as good as the leaders at some points.
struct Tie {
    strategies: Vec<usize>,
    points: Vec<usize>,
    /// Whether their late rates are further from a leader's than the tolerance.
    is_open: bool,
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

    fn answer(&self) -> Sentence {
        let strategies = self.facts.reader.strategies().len();
        if strategies == 1 {
            return self.only();
        }
        if self.best.tested == 0 {
            return self.untested();
        }
        if self.is_quiet() {
            return self.nothing_seen();
        }
        if self.best.covered < self.best.tested {
            return self.crossing();
        }
        let leaders = &self.best.leaders;
        let tested: Vec<&Standings> =
            self.points.iter().copied().filter(|point| !self.best.at[point.late.point].is_empty()).collect();
        if leaders.len() == strategies {
            let traded = self.traded(&tested);
            let are_stalls_alike = traded.is_none() && tested.iter().all(|point| point.stall.is_tested());
            let what = if traded.is_some() { " in late attempts" } else { "" };
            let lead = format!("No difference that matters is shown between the strategies{}{what}", self.anywhere());
            let sentence = match self.apart(leaders, &tested) {
                Apart::NotShown if are_stalls_alike => Sentence::new(format!("{lead}, in late attempts or in stalls.")),
                Apart::NotShown if traded.is_none() => Sentence::new(format!("{lead} in late attempts.")),
                Apart::NotShown => Sentence::new(format!("{lead}.")),
                Apart::Near(gap) => Sentence::new(format!("{lead}: late rates at most {gap} apart.")),
                Apart::Open(gap) => {
                    Sentence::new(format!("{lead}, though late rates are up to {gap} apart: ")).then(self.more())
                }
            };
            return sentence.then(traded.unwrap_or_default());
        }
        let (best, tied): (Vec<&Standings>, Vec<&Standings>) =
            tested.iter().partition(|point| self.best.is_led(self.facts, point));
        let is = if leaders.len() == 1 { "is" } else { "are" };
        let names = self.named(leaders).text(format!(" {is} "));
        let ties = self.ties(&tied);
        let traded = self.traded(&tested);
        let has_rival = |point: &&&Standings| ties.iter().any(|tie| tie.points.contains(&point.late.point));
        let alone: Vec<&Standings> = tied.iter().filter(|point| !has_rival(point)).copied().collect();
        let numbers = |points: &[&Standings]| points.iter().map(|point| point.late.point).collect::<Vec<_>>();
        let lead = numbers(if best.is_empty() { &tied } else { &best });
        let rest = numbers(&alone);
        let mut places = [&lead, &rest].into_iter().chain(ties.iter().map(|tie| &tie.points)).collect::<Vec<_>>();
        places.retain(|points| !points.is_empty());
        let say = place::Way::of(self.facts.reader, &places);
        let near = self.near(&ties, &say, traded.is_some());
        let is_mixed = !best.is_empty() && !tied.is_empty();
        let sentence = if best.is_empty() {
            names.then(self.not_worse(&tied)).text(say.place(&lead))
        } else {
            let sentence = names.text(format!("best{}", say.place(&lead)));
            let sentence = if ties.is_empty() { sentence } else { sentence.text("; ").then(near.clone()) };
            if alone.is_empty() {
                sentence
            } else {
                sentence.text(format!(";{} ", say.place(&rest))).then(self.not_worse(&alone))
            }
        };
        let sentence = if let [only] = leaders.as_slice() {
            match tied.as_slice() {
                [] => sentence.text(": ").then(self.why(*only)).text("."),
                tied => match self.left_open(tied) {
                    Some((_, open)) => sentence.text("; ").then(open),
                    None => sentence.text("."),
                },
            }
            .then(traded.unwrap_or_default())
        } else {
            let (opening, between) = if is_mixed { (". Among the best ", "") } else { (": ", " between them") };
            let sentence = sentence.text(opening);
            let between = if traded.is_some() { format!(" in late attempts{between}") } else { between.to_owned() };
            let order = if self.is_ordered(leaders) { format!("; {ORDER}") } else { String::new() };
            // The leaders are never further apart than all that are not shown to be worse.
            let left_open = self.left_open(&tied);
            let is_wider = |gap: &String| left_open.as_ref().is_some_and(|(widest, _)| widest != gap);
            let open = || {
                let open = left_open.clone().map(|(_, open)| Sentence::new(" ").then(open.capital()));
                open.unwrap_or_default()
            };
            let sentence = match self.apart(leaders, &tested) {
                Apart::NotShown => sentence.text(format!("no difference{between} is shown{order}.")).then(open()),
                Apart::Near(gap) => sentence.text(format!("late rates are at most {gap} apart{order}.")).then(open()),
                Apart::Open(gap) if is_wider(&gap) => sentence
                    .text(format!("no difference{between} is shown, though late rates are up to {gap} apart."))
                    .then(open()),
                Apart::Open(gap) => sentence
                    .text(format!("no difference{between} is shown, though late rates are up to {gap} apart: "))
                    .then(self.more()),
            };
            sentence.then(traded.unwrap_or_default())
        };
        if best.is_empty() && !ties.is_empty() { sentence.text(" ").then(near.capital()).text(".") } else { sentence }
    }

    /// What is said of strategies as good as the leaders at some points, each with its points. Where late rates are further
    /// apart than the tolerance and no difference is shown, a strategy cannot be told from the leaders.
    fn near(&self, ties: &[Tie], say: &place::Way<'_>, is_traded: bool) -> Sentence {
        let shown = &ties[..ties.len().min(TIES_MAX)];
        let it = if self.best.leaders.len() == 1 { "it" } else { "them" };
        let late = if is_traded { " in late attempts" } else { "" };
        let told = shown.iter().enumerate().fold(Sentence::default(), |near, (index, tie)| {
            let named = self.named(&tie.strategies);
            let place = say.tie(&tie.points, index > 0);
            let is_first = index == 0 || shown[index - 1].is_open != tie.is_open;
            let is_last = shown.get(index + 1).is_none_or(|next| next.is_open != tie.is_open);
            match (tie.is_open, is_first) {
                (false, true) => {
                    near.text(format!("no difference that matters is shown{late} from ")).then(named).text(place)
                }
                (false, false) => near.text(if is_last { ", and from " } else { ", from " }).then(named).text(place),
                (true, _) => near
                    .text(if index == 0 { "" } else { "; " })
                    .then(named)
                    .text(format!(" cannot be told from {it}{place}")),
            }
        });
        let more: usize = ties.iter().skip(TIES_MAX).map(|tie| tie.strategies.len()).sum();
        if more == 0 { told } else { told.text(format!("; nor is {more} more shown to be worse at some points")) }
    }

    /// ` push-err stalls less often at bus.loss = 0.1, as more of its creates fail.`: those of the best of a point whose
    /// stalls became failed creates. None if there are none.
    fn traded(&self, points: &[&Standings]) -> Option<Sentence> {
        let trades = |point: &Standings, one: usize| {
            let set = &self.best.at[point.late.point];
            set.contains(&one) && set.iter().any(|other| best::trades(self.facts, point, one, *other))
        };
        let at = |one: usize| points.iter().filter(move |point| trades(point, one)).map(|point| point.late.point);
        let strategies = 0..self.facts.reader.strategies().len();
        let trading: Vec<usize> = strategies.filter(|one| at(*one).next().is_some()).collect();
        let mut places: Vec<usize> = trading.iter().flat_map(|one| at(*one)).collect();
        places.sort_unstable();
        places.dedup();
        let is_alike = trading.iter().all(|one| at(*one).eq(places.iter().copied()));
        let place = match places.len() {
            all if all == self.points.len() && is_alike => String::new(),
            _ if is_alike => format!(" {}", self.range(&places)),
            _ => " at some points".to_owned(),
        };
        let (stall, its) = if trading.len() == 1 { ("stalls", "its") } else { ("stall", "their") };
        (!trading.is_empty()).then(|| {
            let sentence = Sentence::new(" ").then(self.named(&trading));
            sentence.text(format!(" {stall} less often{place}, as more of {its} creates fail."))
        })
    }

    /// Whether some of these strategies have fewer mechanisms than others.
    fn is_ordered(&self, strategies: &[usize]) -> bool {
        let mut counts = strategies.iter().map(|strategy| best::mechanisms(self.facts, *strategy).len());
        let first = counts.next();
        counts.any(|count| Some(count) != first)
    }

    /// Strategies other than the leaders that are among the best at some of these points, in groups with the points at which
    /// that is so: first those that are near the leaders, the most points first.
    fn ties(&self, points: &[&Standings]) -> Vec<Tie> {
        let mut ties: Vec<Tie> = Vec::new();
        let all = 0..self.facts.reader.strategies().len();
        for strategy in all.filter(|strategy| !self.best.leaders.contains(strategy)) {
            let is_tied = |point: &&Standings| self.best.at[point.late.point].contains(&strategy);
            let is_far = |point: &&Standings| {
                let far = |leader: &usize| self.open_gap(point, &[*leader, strategy]).is_some();
                self.best.leaders.iter().any(far)
            };
            let (open, near): (Vec<&Standings>, Vec<&Standings>) =
                points.iter().copied().filter(is_tied).partition(is_far);
            for (is_open, at) in [(false, near), (true, open)] {
                let points: Vec<usize> = at.iter().map(|point| point.late.point).collect();
                match ties.iter_mut().find(|tie| tie.is_open == is_open && tie.points == points) {
                    Some(tie) => tie.strategies.push(strategy),
                    None if points.is_empty() => {}
                    None => ties.push(Tie { strategies: vec![strategy], points, is_open }),
                }
            }
        }
        ties.sort_by_key(|tie| (tie.is_open, std::cmp::Reverse(tie.points.len())));
        ties
    }

    /// `not shown to be worse than any other`, by more than the tolerance where one is shown to be better by less.
    fn not_worse(&self, points: &[&Standings]) -> Sentence {
        let is_near = |(_, worse): &(usize, usize)| self.best.leaders.contains(worse);
        let near = points.iter().any(|point| point.late.shown.iter().any(is_near));
        Sentence::new("not shown to be worse than any other").text(if near {
            " by more than the tolerance"
        } else {
            ""
        })
    }

    /// Where strategies that could not be told apart at these points are far apart, how far.
    fn left_open(&self, points: &[&Standings]) -> Option<(String, Sentence)> {
        let widest = points.iter().filter_map(|point| self.open_gap(point, &self.best.at[point.late.point]));
        let gap = points_of(widest.reduce(f64::max)?);
        let told = format!("late rates that are not shown to differ are up to {gap} apart: ");
        Some((gap, Sentence::new(told).then(self.more())))
    }

    /// What to do where a difference is not shown.
    fn more(&self) -> Sentence {
        let sentence = Sentence::new("more replications may settle it");
        match self.facts.reader.manifest().replications {
            WantedReplications::Fixed(made) => {
                let wanted = made.saturating_mul(2).max(REPLICATIONS_WANTED);
                sentence.text(" (").name(&format!("--replications {wanted}")).text(").")
            }
            WantedReplications::Precision { .. } => sentence.text("."),
        }
    }

    /// ` push misses the goal.`: those of the best that are shown to miss it somewhere.
    fn missed(&self, goals: &Goals) -> Sentence {
        let misses =
            |strategy: &usize| self.points.iter().any(|point| goals.all(point.late.point, *strategy) == Met::No);
        // Where the answer changes from point to point, it names all that are best somewhere.
        let named: Vec<usize> = if self.best.covered < self.best.tested {
            let mut named: Vec<usize> = self.best.at.iter().flatten().copied().collect();
            named.sort_unstable();
            named.dedup();
            named
        } else {
            self.best.leaders.clone()
        };
        if goals.is_empty() || self.facts.reader.strategies().len() == 1 {
            return Sentence::default();
        }
        let goal = if goals.limits.len() == 1 { "the goal" } else { "a goal" };
        // Strategies that miss it at the same points, those with the most points first.
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for strategy in named.into_iter().filter(misses) {
            let points = self.points.iter().map(|point| point.late.point);
            let at: Vec<usize> = points.filter(|point| goals.all(*point, strategy) == Met::No).collect();
            match groups.iter_mut().find(|group| group.1 == at) {
                Some(group) => group.0.push(strategy),
                None => groups.push((vec![strategy], at)),
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.1.len()));
        let all = self.points.len();
        let more: usize = groups.iter().skip(2).map(|group| group.0.len()).sum();
        let told = groups.iter().take(2).enumerate().fold(Sentence::default(), |told, (index, (missing, at))| {
            let verb = if missing.len() == 1 { "misses" } else { "miss" };
            let place = match at.len() {
                some if some == all => self.everywhere(),
                some if groups.len() > 1 => format!(" at {some} of the {all} points"),
                _ => format!(" {}", self.range(at)),
            };
            let sentence = told.text(if index == 0 { " But " } else { ", and " }).then(self.named(missing));
            if index == 0 { sentence.text(format!(" {verb} {goal}{place}")) } else { sentence.text(place) }
        });
        match (groups.len(), more) {
            (0, _) => told,
            (_, 0) => told.text("."),
            (_, more) => told.text(format!(", and {more} more at some points.")),
        }
    }

    /// Why a strategy is best everywhere.
    fn why(&self, strategy: usize) -> Sentence {
        let is_lowest = |standing: &Standing| {
            let mean = standing.mean(strategy);
            mean.is_some_and(|mean| standing.rates.iter().all(|rate| mean <= rate.mean))
        };
        let late = self.points.iter().all(|point| is_lowest(&point.late));
        // Fewer stalls do not count where more creates fail.
        let fails = |point: &Standings, strategy| create_failures(self.facts, point.late.point, strategy);
        let all = || 0..self.facts.reader.strategies().len();
        let fails_no_more = |point: &&Standings| {
            let least = all().map(|other| fails(point, other)).fold(f64::INFINITY, f64::min);
            fails(point, strategy) <= least + margin(&point.stall, self.baseline())
        };
        let stalls = self.points.iter().all(|point| is_lowest(&point.stall) && fails_no_more(point));
        Sentence::new(match (late, stalls) {
            (true, true) => "it has the fewest late attempts and stalls",
            (true, false) => "it has the fewest late attempts",
            (false, true) => "it has the fewest stalls, and no other is shown to have fewer late attempts",
            (false, false) => "each other is shown to have more late attempts or stalls",
        })
    }

    /// Whether no attempt was late or stalled anywhere.
    fn is_quiet(&self) -> bool {
        let none = |standing: &Standing| standing.rates.iter().all(|rate| rate.events == 0);
        self.points.iter().all(|point| none(&point.late) && none(&point.stall))
    }

    /// How far strategies are apart that are not shown to be worse at any of these points.
    fn apart(&self, strategies: &[usize], points: &[&Standings]) -> Apart {
        let open = points.iter().filter_map(|point| self.open_gap(point, strategies)).reduce(f64::max);
        if let Some(open) = open {
            return Apart::Open(points_of(open));
        }
        let shown = |point: &&&Standings| {
            let pairs = &point.late.shown;
            pairs.iter().any(|(one, other)| strategies.contains(one) && strategies.contains(other))
        };
        if !points.iter().any(|point| shown(&point)) {
            return Apart::NotShown;
        }
        Apart::Near(points_of(points.iter().map(|point| gap(point, strategies)).fold(0.0, f64::max)))
    }

    /// The gap between the late rates of strategies at a point, if it is wider than the tolerance.
    fn open_gap(&self, point: &Standings, strategies: &[usize]) -> Option<f64> {
        Some(gap(point, strategies)).filter(|gap| *gap > margin(&point.late, self.baseline()))
    }

    fn only(&self) -> Sentence {
        let strategy = self.facts.name(0);
        let Some((point, rate)) = self.highest(0) else { return Sentence::default() };
        Sentence::default().name(strategy).text(format!(
            " is the only strategy, so nothing is compared: {}{}.",
            told(rate),
            self.at_most(0, point)
        ))
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

    /// No strategy is among the best everywhere: who is, at all points where that is so.
    fn crossing(&self) -> Sentence {
        let tested: Vec<&Standings> =
            self.points.iter().copied().filter(|point| !self.best.at[point.late.point].is_empty()).collect();
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for strategy in 0..self.facts.reader.strategies().len() {
            let at = self.best.points(strategy);
            match groups.iter_mut().find(|group| group.1 == at) {
                Some(group) => group.0.push(strategy),
                None if at.is_empty() => {}
                None => groups.push((vec![strategy], at)),
            }
        }
        // First those that together cover every point, then the others, the most points first.
        groups.sort_by_key(|group| std::cmp::Reverse(group.1.len()));
        let mut open: Vec<usize> = tested.iter().map(|point| point.late.point).collect();
        let mut parts: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        while !groups.is_empty() && parts.len() < PARTS_MAX {
            let covers = |group: &(Vec<usize>, Vec<usize>)| open.iter().filter(|point| group.1.contains(point)).count();
            let most = (0..groups.len()).rev().max_by_key(|index| covers(&groups[*index])).unwrap_or(0);
            let mut part = groups.remove(most);
            best::sort(self.facts, &self.owned(), &mut part.0);
            open.retain(|point| !part.1.contains(point));
            parts.push(part);
        }
        parts.sort_by_key(|(_, points)| points[0]);
        let say = place::Way::of(self.facts.reader, &parts.iter().map(|(_, points)| points).collect::<Vec<_>>());
        let is_best = |point: &&Standings| best::beat(self.facts, point, &self.best.at[point.late.point]);
        let is_worse = |point: &&Standings| self.best.at[point.late.point].iter().any(|one| point.late.is_beaten(*one));
        let mut sentence = Sentence::new(match (tested.iter().all(is_best), tested.iter().any(is_worse)) {
            (true, _) => "No single best: ",
            (false, false) => "No single best. Not shown to be worse than any other: ",
            (false, true) => "No single best. Not shown to be worse than any other by more than the tolerance: ",
        });
        for (index, (strategies, points)) in parts.iter().enumerate() {
            let glue = if index == 0 { "" } else { "; " };
            sentence = sentence.text(glue).then(self.named(strategies)).text(say.place(points));
        }
        let more: usize = groups.iter().map(|(strategies, _)| strategies.len()).sum();
        let sentence = match more {
            0 => sentence.text("."),
            1 => sentence.text("; 1 other strategy at some points."),
            more => sentence.text(format!("; {more} other strategies at some points.")),
        };
        let left_open = self.left_open(&tested).map(|(_, open)| Sentence::new(" ").then(open.capital()));
        sentence.then(left_open.unwrap_or_default())
    }

    fn owned(&self) -> Vec<Standings> {
        self.points.iter().map(|point| (*point).clone()).collect()
    }

    /// `at bus.loss = 0`, `from bus.loss = 0.01 to 0.1`, `at points 0 to 2 and 7`.
    fn range(&self, points: &[usize]) -> String {
        place::points(self.facts.reader, points)
    }

    /// No attempt was late or stalled.
    fn nothing_seen(&self) -> Sentence {
        let limit = self.points.iter().flat_map(|point| &point.late.rates).filter_map(|rate| rate.limits);
        let most = limit.map(|limits| limits.1).fold(0.0, f64::max);
        Sentence::new(format!(
            "No attempt was late or stalled under any strategy{} (at most {} of them), so nothing tells the strategies \
             apart. A harder case is needed.",
            self.anywhere(),
            Unit::Share.write(most)
        ))
    }

    /// A single replication leaves nothing to test.
    fn untested(&self) -> Sentence {
        let lowest = |strategy: usize| {
            let is_lowest = |point: &&&Standings| {
                let mean = point.late.mean(strategy);
                mean.is_some_and(|mean| point.late.rates.iter().all(|rate| mean <= rate.mean))
            };
            self.points.iter().filter(is_lowest).count()
        };
        let strategies = 0..self.facts.reader.strategies().len();
        let most = strategies.clone().map(lowest).max().unwrap_or(0);
        let names: Vec<usize> = strategies.filter(|strategy| lowest(*strategy) == most).collect();
        let verb = if names.len() == 1 { "has" } else { "have" };
        let share = match self.points.len() {
            1 => String::new(),
            points if points == most => self.everywhere(),
            points => format!(" at {most} of the {points} points"),
        };
        self.named(&names).text(format!(
            " {verb} the fewest late attempts{share}, but nothing could be tested: that takes at least two replications."
        ))
    }

    /// By how much the strategy that is told of is better than the baseline.
    fn gain(&self) -> Option<Sentence> {
        let baseline = self.baseline();
        let leader = self.leader?;
        if self.facts.reader.strategies().len() == 1 || self.best.tested == 0 || self.is_quiet() {
            return None;
        }
        if self.baseline_leads() {
            let (point, rate) = self.highest(baseline)?;
            let is = Sentence::default().name(self.facts.name(baseline)).text(" is the baseline:");
            return Some(is.text(format!(" {}{}.", told(rate), self.at_most(baseline, point))));
        }
        if leader == baseline {
            let lost = |point: &&Standings| !self.best.at[point.late.point].contains(&baseline);
            let point = self.points.iter().copied().find(lost)?;
            let better = *self.best.at[point.late.point].first()?;
            return self.pair(better, point, "").map(|pair| pair.text("."));
        }
        let telling = self.standing(self.telling)?;
        let mut sentence = self.pair(leader, telling, "")?;
        let verdict = |point: &Standings| point.late.verdict(leader);
        if verdict(telling) != Some(AgainstBaseline::Lower) {
            sentence = sentence.text(".");
            let is_shown =
                |point: &Standings| matches!(verdict(point), Some(AgainstBaseline::Higher | AgainstBaseline::Lower));
            if !self.points.iter().any(|point| is_shown(point)) {
                sentence = sentence.text(" No difference");
                if self.facts.reader.strategies().len() > 2 {
                    let of_both = [leader, baseline].map(|strategy| self.facts.name(strategy));
                    sentence = sentence.text(" between ").names(&of_both);
                }
                sentence = sentence.text(format!(" is shown{}.", self.anywhere()));
            }
            return Some(self.fewer_stalls(leader).map_or(sentence.clone(), |stalls| sentence.text(" ").then(stalls)));
        }
        let rest = || self.points.iter().copied().filter(|point| point.late.point != self.telling);
        let gap = |point: &Standings| {
            let means = point.late.mean(leader).zip(point.late.mean(baseline));
            means.map_or(0.0, |(mine, theirs)| mine - theirs)
        };
        let shown = || self.points.iter().copied().filter(|point| verdict(point) == Some(AgainstBaseline::Lower));
        let (least, most) = shown()
            .map(gap)
            .fold((f64::NEG_INFINITY, f64::INFINITY), |(least, most), gap| (f64::max(least, gap), f64::min(most, gap)));
        let first = sentence.to_string();
        let (low, high) = (write::points_like(&first, most), write::points_like(&first, least));
        if low != high {
            let all = shown().count() == self.points.len();
            let where_shown = if all { "over all points" } else { "where a difference is shown," };
            sentence = sentence.text(format!(" ({where_shown} {} to {high})", low.replace(" pp", "")));
        }
        let worst = rest()
            .filter(|point| verdict(point) == Some(AgainstBaseline::Higher))
            .max_by(|a, b| gap(a).total_cmp(&gap(b)));
        sentence = sentence.text(".");
        if let Some(point) = worst {
            let more = self.pair(leader, point, "Yet ")?;
            return Some(sentence.text(" ").then(more).text("."));
        }
        let alike: Vec<usize> =
            rest().filter(|point| verdict(point) == Some(AgainstBaseline::NotShown)).map(|p| p.late.point).collect();
        if !alike.is_empty() {
            let range = self.range(&alike);
            let mut letters = range.chars();
            let upper = letters.next().map_or(String::new(), |first| first.to_uppercase().to_string());
            sentence = sentence.text(format!(" {upper}{} no difference is shown.", letters.as_str()));
        }
        Some(sentence)
    }

    /// Where a strategy is shown to stall less than the baseline: where that is most.
    fn fewer_stalls(&self, strategy: usize) -> Option<Sentence> {
        let baseline = self.baseline();
        let rates = |point: &Standings| point.stall.rate(strategy).copied().zip(point.stall.rate(baseline).copied());
        let shown = self.points.iter().filter(|point| point.stall.verdict(strategy) == Some(AgainstBaseline::Lower));
        let gaps = shown.filter_map(|point| rates(point).map(|rates| (point.stall.point, rates)));
        let (point, (mine, theirs)) =
            gaps.min_by(|a, b| (a.1.0.mean - a.1.1.mean).total_cmp(&(b.1.0.mean - b.1.1.mean)))?;
        let at = self.at(point);
        Some(Sentence::new(format!("Its clients stall less often{at}: {} against {}.", share(&mine), share(&theirs))))
    }

    /// Both rates and their difference, without the end of the sentence:
    /// `Late at bus.loss = 0.1: pull 0.00837 %, push 8.74 %, −8.73 pp [−8.95, −8.50]`.
    fn pair(&self, strategy: usize, point: &Standings, opening: &str) -> Option<Sentence> {
        let baseline = self.baseline();
        let (mine, theirs) = (point.late.rate(strategy)?, point.late.rate(baseline)?);
        let difference = self.facts.compare(point.late.point, strategy, LATE.rate).map(|row| row.difference);
        let by = difference.filter(|difference| difference.mean.is_some()).map(|difference| {
            let text = write::estimate(Unit::SharePoints, difference.mean, difference.low, difference.high);
            format!(", {text}")
        });
        let value = |rate: &Rate| match (rate.events, rate.limits) {
            (0, Some((_, high))) => {
                format!(" none of {} (at most {})", write::count(rate.trials), Unit::Share.write(high))
            }
            (0, None) => format!(" none of {}", write::count(rate.trials)),
            // The interval of the difference says what both intervals would.
            (_, _) if by.is_some() => format!(" {}", Unit::Share.write(rate.mean)),
            (_, _) => format!(" {}", share(rate)),
        };
        let lead = Sentence::new(capital(&format!("{opening}late{}: ", self.at(point.late.point))));
        let lead = lead.name(self.facts.name(strategy)).text(format!("{}, ", value(mine)));
        let by = by.as_deref().unwrap_or_default();
        Some(lead.name(self.facts.name(baseline)).text(format!("{}{by}", value(theirs))))
    }

    /// What that strategy asks more of than the baseline.
    fn cost(&self) -> Option<Sentence> {
        let (leader, baseline) = (self.leader?, self.baseline());
        if leader == baseline || self.best.tested == 0 || self.baseline_leads() {
            return None;
        }
        let mean = |strategy: usize, name: &str| self.facts.mean(self.telling, strategy, name).unwrap_or(0.0);
        let load = |strategy: usize, carriers: &[Load]| {
            let sum: f64 = Load::measures(carriers).map(|name| mean(strategy, name)).sum();
            sum / mean(strategy, "attempts").max(1.0)
        };
        let records = [leader, baseline].map(|strategy| mean(strategy, "table_mean"));
        let per_attempt = LOADS.map(|(name, carriers)| {
            (format!("{name} per attempt"), [leader, baseline].map(|strategy| load(strategy, carriers)))
        });
        // What is higher than under the baseline, and what is lower: each as the leader's value and the baseline's.
        let (mut higher, mut lower) = (Vec::new(), Vec::new());
        for (name, [mine, theirs]) in [("records per gateway".to_owned(), records)].into_iter().chain(per_attempt) {
            if (mine - theirs).abs() > LOAD_DIFFERS * mine.max(theirs) {
                let told = (format!("{} {name}", amount(mine)), amount(theirs), "");
                if mine > theirs { higher.push(told) } else { lower.push(told) }
            }
        }
        // The distribution is of the attempts whose create worked.
        let fails = |strategy: usize| create_failures(self.facts, self.telling, strategy);
        let median = |strategy: usize| {
            let never = fails(strategy) >= CREATES_FAIL_HALF;
            let known = self.facts.quantile(self.telling, strategy, "time_to_connect_s", 0.5);
            if never { Some(f64::INFINITY) } else { known }
        };
        if let Some((mine, theirs)) = median(leader).zip(median(baseline))
            && (mine - theirs).abs() > LOAD_DIFFERS * mine.min(theirs)
        {
            let is_part = |strategy| (CREATES_FAIL_MEDIAN..CREATES_FAIL_HALF).contains(&fails(strategy));
            let of = if is_part(leader) || is_part(baseline) { ", without failed creates" } else { "" };
            let own = format!("median to connect {}", Unit::Seconds.write(mine));
            let told = (own, Unit::Seconds.write(theirs), of);
            if mine > theirs { higher.push(told) } else { lower.push(told) }
        }
        // What is lower is no price; it is told where nothing else is, and the report has both.
        let parts = if higher.is_empty() { lower } else { higher };
        if parts.is_empty() {
            return None;
        }
        let there = self.there(self.telling);
        let lead = Sentence::default().name(self.facts.name(leader)).text(format!("{there}: "));
        let row = parts.into_iter().enumerate().fold(lead, |row, (index, (own, theirs, of))| match index {
            0 => row.text(format!("{own} (")).name(self.facts.name(baseline)).text(format!(": {theirs}){of}")),
            _ => row.text(format!(", {own} ({theirs}){of}")),
        });
        Some(row.text("."))
    }

    /// Creates that fail: where most do.
    fn creates(&self) -> Option<Sentence> {
        let strategies = 0..self.facts.reader.strategies().len();
        let failing = |point: usize| {
            strategies.clone().map(move |strategy| (strategy, create_failures(self.facts, point, strategy)))
        };
        let most = |point: &usize| failing(*point).map(|(_, share)| share).fold(0.0, f64::max);
        let points: Vec<usize> = self.points.iter().map(|point| point.late.point).collect();
        let point = points.iter().copied().min_by(|a, b| most(b).total_cmp(&most(a)))?;
        let highest = most(&point);
        if highest <= 0.0 {
            return None;
        }
        let (mut many, few): (Vec<_>, Vec<_>) = failing(point).partition(|(_, share)| *share > highest / 10.0);
        many.sort_by(|a, b| b.1.total_cmp(&a.1));
        let lowest = many.last().map_or(highest, |last| last.1);
        let from_to = from_to(lowest, highest);
        let at = self.there(point);
        let is_all = few.is_empty() && many.len() > 1;
        // Of each strategy whose creates fail elsewhere, and of which that is not said: the point where most do. Where all fail
        // at the first point, that is said of points where some do not.
        let elsewhere = |strategy: usize| {
            let own = |point: usize| create_failures(self.facts, point, strategy);
            let fails_for_all = |point: usize| failing(point).all(|(_, share)| share > 0.0);
            let others = points.iter().copied().filter(|other| *other != point && own(*other) > 0.0);
            let told = others.filter(|other| if is_all { !fails_for_all(*other) } else { own(*other) > own(point) });
            told.min_by(|a, b| own(*b).total_cmp(&own(*a))).map(|most| (strategy, most, own(most)))
        };
        let is_told = |strategy: &usize| !is_all && many.iter().any(|(named, _)| named == strategy);
        let mut more: Vec<(usize, usize, f64)> =
            strategies.clone().filter(|strategy| !is_told(strategy)).filter_map(elsewhere).collect();
        more.sort_by(|a, b| b.2.total_cmp(&a.2));
        let is_elsewhere = |strategy: usize| more.iter().any(|(other, ..)| *other == strategy);
        let others = few.iter().filter(|(other, _)| !is_elsewhere(*other)).map(|(_, share)| *share).fold(0.0, f64::max);
        let lead = Sentence::new(format!("Creates fail{at} under "));
        let lead = if is_all {
            lead.text("every strategy")
        } else {
            lead.then(self.named(&many.iter().map(|(strategy, _)| *strategy).collect::<Vec<_>>()))
        };
        let mut sentence = lead.text(format!(": {from_to}"));
        if others > 0.0 {
            sentence = sentence.text(format!("; others{} at most {}", self.there_again(), Unit::Share.write(others)));
        }
        if let Some((_, first, most)) = more.first().copied() {
            let named = self.named(&more.iter().map(|(strategy, ..)| *strategy).collect::<Vec<_>>());
            let is_one = more.iter().all(|(_, at, _)| *at == first);
            let place = if is_one { self.at(first) } else { " at other points".to_owned() };
            let up_to = if more.len() > 1 { "up to " } else { "" };
            let share = Unit::Share.write(most);
            sentence = sentence.text(format!(";{place} under ")).then(named).text(format!(": {up_to}{share}"));
        }
        Some(sentence.text("."))
    }

    /// Strategies whose stalls are as few as those of the best, but whose clients wait in the create, or fail there.
    fn beware(&self) -> Option<Sentence> {
        let baseline = self.baseline();
        let seeming = |point: &Standings| -> Vec<(usize, f64)> {
            let set = &self.best.at[point.late.point];
            let lowest = |of: &dyn Fn(usize) -> Option<f64>| set.iter().filter_map(|best| of(*best)).reduce(f64::min);
            let create = |strategy: usize| self.facts.mean(point.late.point, strategy, "create_time_mean_s");
            let fails = |strategy: usize| Some(create_failures(self.facts, point.late.point, strategy));
            let Some(fewest) = lowest(&|best| point.stall.mean(best)) else { return Vec::new() };
            let near = margin(&point.stall, baseline);
            let waits = |strategy: usize| {
                let longer = create(strategy).zip(lowest(&create)).is_some_and(|(own, best)| own > best * WAITS);
                longer || fails(strategy) > lowest(&fails).map(|best| best + near)
            };
            let late = point.late.rates.iter().filter(|rate| !set.contains(&rate.strategy));
            let alike = late.filter(|rate| {
                point
                    .stall
                    .mean(rate.strategy)
                    .is_some_and(|stalls| stalls <= fewest + near && rate.mean > stalls + near)
            });
            alike.filter(|rate| waits(rate.strategy)).map(|rate| (rate.strategy, rate.mean)).collect()
        };
        let worst = |point: &Standings| seeming(point).iter().map(|(_, late)| *late).fold(0.0, f64::max);
        let point = self.points.iter().copied().min_by(|a, b| worst(b).total_cmp(&worst(a)))?;
        let found = seeming(point);
        let (most, least) = found
            .iter()
            .fold((0.0, f64::INFINITY), |(most, least), (_, late)| (f64::max(most, *late), f64::min(least, *late)));
        if found.is_empty() {
            return None;
        }
        let named: Vec<usize> = found.iter().map(|(strategy, _)| *strategy).collect();
        let does = if named.len() == 1 { ["stalls", "waits", "fails"] } else { ["stall", "wait", "fail"] };
        let [stall, wait, fail] = does;
        let range = from_to(least, most);
        let there = self.there(point.late.point);
        let set = &self.best.at[point.late.point];
        let stalls = |strategy: &usize| point.stall.mean(*strategy).unwrap_or(f64::INFINITY);
        let fewest = set.iter().copied().min_by(|a, b| stalls(a).total_cmp(&stalls(b)))?;
        let theirs = point.stall.mean(fewest)?;
        let is_less = |strategy: &usize| {
            point.stall.shown.contains(&(*strategy, fewest))
                && stalls(strategy) < theirs - margin(&point.stall, baseline)
        };
        let (how, against) = match named.iter().filter(|strategy| is_less(strategy)).count() {
            0 => ("as seldom as", String::new()),
            some if some == named.len() => {
                let means = || named.iter().map(stalls);
                let own = from_to(means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
                ("less often than", format!(" ({own} against {})", Unit::Share.write(theirs)))
            }
            _ => ("no more often than", String::new()),
        };
        let sentence = self.named(&named).text(format!(" {stall} {how} ")).name(self.facts.name(fewest));
        Some(
            sentence
                .text(format!("{there}{against}, but {wait} or {fail} in the create: {range} of attempts are late.")),
        )
    }

    /// Strategies that are shown to have more late attempts than the baseline: where that is most.
    fn worse(&self) -> Option<Sentence> {
        let baseline = self.baseline();
        let worse = |point: &Standings| -> Vec<(usize, f64)> {
            let higher = point
                .late
                .rates
                .iter()
                .filter(|rate| point.late.verdict(rate.strategy) == Some(AgainstBaseline::Higher));
            let near = point.late.mean(baseline).unwrap_or(0.0) + margin(&point.late, baseline);
            higher.filter(|rate| rate.mean > near).map(|rate| (rate.strategy, rate.mean)).collect()
        };
        let peak = |point: &Standings| worse(point).iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
        let point = self.points.iter().copied().min_by(|a, b| peak(b).total_cmp(&peak(a)))?;
        let mut found = worse(point);
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut groups = alike(&found).into_iter();
        let (named, lowest, highest) = groups.next()?;
        let have = if named.len() == 1 { "has" } else { "have" };
        let theirs = Unit::Share.write(point.late.mean(baseline)?);
        let lead = self.named(&named).text(format!(" {have} more late attempts than "));
        // At how many points each of them is worse.
        let count = |strategy: &usize| {
            let is_so = |point: &&&Standings| worse(point).iter().any(|(other, _)| other == strategy);
            self.points.iter().filter(is_so).count()
        };
        let counts = || named.iter().map(count);
        let (fewest, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        // Between equals, none has most.
        let alike_at = self.points.iter().filter(|other| Unit::Share.write(peak(other)) == Unit::Share.write(highest));
        let mostly = if alike_at.count() > 1 { ", for example" } else { ", most" };
        let place = match (fewest, most, self.points.len()) {
            (_, 0 | 1, _) => self.there(point.late.point),
            (fewest, _, all) if fewest == all => {
                format!("{}{mostly}{}", self.everywhere(), self.there(point.late.point))
            }
            (fewest, most, all) if fewest == most => {
                let each = if named.len() == 1 { "" } else { " each" };
                format!("{each} at {most} of the {all} points{mostly}{}", self.there(point.late.point))
            }
            (fewest, most, all) => {
                format!(" at {fewest} to {most} of the {all} points{mostly}{}", self.there(point.late.point))
            }
        };
        let lead = lead
            .name(self.facts.name(baseline))
            .text(format!("{place}: {} against {theirs}", from_to(lowest, highest)));
        let told = groups.fold(lead, |sentence, (named, lowest, highest)| {
            sentence.text("; ").then(self.named(&named)).text(format!(" {}", from_to(lowest, highest)))
        });
        // Those that are worse at other points only.
        let is_here = |strategy: usize| found.iter().any(|(other, _)| *other == strategy);
        let elsewhere = self.points.iter().copied().flat_map(|at| {
            let others = worse(at).into_iter().filter(|(strategy, _)| !is_here(*strategy));
            others.map(move |(strategy, rate)| (strategy, rate, at)).collect::<Vec<_>>()
        });
        let mut elsewhere: Vec<(usize, f64, &Standings)> = elsewhere.collect();
        elsewhere.sort_by(|a, b| b.1.total_cmp(&a.1));
        let Some((_, rate, at)) = elsewhere.first().copied() else { return Some(told.text(".")) };
        let mut others: Vec<usize> = Vec::new();
        for (strategy, ..) in &elsewhere {
            if !others.contains(strategy) {
                others.push(*strategy);
            }
        }
        let (rate, theirs) = (Unit::Share.write(rate), Unit::Share.write(at.late.mean(baseline)?));
        let is_equal =
            |one: &&(usize, f64, &Standings)| one.2.late.point != at.late.point && Unit::Share.write(one.1) == rate;
        let mostly = if elsewhere.iter().any(|one| is_equal(&one)) { ", for example" } else { ", most" };
        let place = match elsewhere.iter().filter(|one| one.2.late.point != at.late.point).count() {
            0 => self.at(at.late.point),
            _ => format!(" at other points{mostly}{}", self.at(at.late.point)),
        };
        let up_to = if others.len() > 1 { "up to " } else { "" };
        Some(told.text("; ").then(self.named(&others)).text(format!("{place}: {up_to}{rate} against {theirs}.")))
    }

    /// How fresh records are, where strategies are shown to differ in that: where the gap is widest.
    fn fresh(&self) -> Option<Sentence> {
        let mut told = Sentence::default();
        for (measure, least, what) in FRESHNESS {
            let Some((point, freshest, stalest)) = self.widest(measure, least) else { continue };
            let value = |strategy: usize| {
                let mean = self.facts.mean(point, strategy, measure).unwrap_or(0.0);
                Facts::unit(measure).write(mean)
            };
            let glue = if told == Sentence::default() { "" } else { " " };
            told = told
                .text(format!("{glue}{what}{}: {} under ", self.at(point), value(freshest)))
                .name(self.facts.name(freshest))
                .text(format!(", {} under ", value(stalest)))
                .name(self.facts.name(stalest))
                .text(".");
        }
        (told != Sentence::default()).then_some(told)
    }

    /// The point at which a measure's values are furthest apart, with the strategies that have the lowest and the highest
    /// one; none where no difference from the baseline of at least so much is shown.
    fn widest(&self, measure: &str, least: f64) -> Option<(usize, usize, usize)> {
        let baseline = self.baseline();
        let strategies = 0..self.facts.reader.strategies().len();
        let of_point = |point: &Standings| {
            let point = point.late.point;
            let mean = |strategy: usize| self.facts.mean(point, strategy, measure).filter(|mean| mean.is_finite());
            let is_shown = |strategy: &usize| {
                let row = self.facts.compare(point, *strategy, measure);
                let verdict = row.map_or("", |row| row.verdict.as_str());
                let gap = mean(*strategy).zip(mean(baseline)).map_or(0.0, |(mine, theirs)| (mine - theirs).abs());
                matches!(verdict, "lower" | "higher") && gap >= least
            };
            if !strategies.clone().any(|strategy| is_shown(&strategy)) {
                return None;
            }
            let known = || strategies.clone().filter_map(|strategy| Some((strategy, mean(strategy)?)));
            let low = known().min_by(|a, b| a.1.total_cmp(&b.1))?;
            let high = known().min_by(|a, b| b.1.total_cmp(&a.1))?;
            Some((point, low, high))
        };
        let widest = self.points.iter().copied().filter_map(of_point);
        let widest = widest.min_by(|a, b| (b.2.1 - b.1.1).total_cmp(&(a.2.1 - a.1.1)))?;
        Some((widest.0, widest.1.0, widest.2.0))
    }

    /// Attempts that never connect: the strategies under which most do not, each where that is most; and strategies that
    /// do not recover from a fault.
    fn never(&self) -> Option<Sentence> {
        let strategies = 0..self.facts.reader.strategies().len();
        let highest = |measure: &str, strategy: usize| {
            let means = self
                .points
                .iter()
                .filter_map(|point| Some((point.late.point, self.facts.mean(point.late.point, strategy, measure)?)));
            means.min_by(|a, b| b.1.total_cmp(&a.1))
        };
        let mut worst: Vec<(usize, usize, f64)> = strategies
            .clone()
            .filter_map(|strategy| highest("failure_rate", strategy).map(|(point, share)| (strategy, point, share)))
            .filter(|(.., share)| *share > 0.0)
            .collect();
        worst.sort_by(|a, b| b.2.total_cmp(&a.2));
        let more = worst.len().saturating_sub(NEVER_MAX);
        worst.truncate(NEVER_MAX);
        let mut sentence = Sentence::default();
        for (index, (strategy, point, share)) in worst.iter().enumerate() {
            let opening = if index == 0 { "Attempts that never connect, without failed creates: " } else { ", " };
            let at =
                if index + 1 == worst.len() || worst[index + 1].1 != *point { self.at(*point) } else { String::new() };
            sentence = sentence
                .text(format!("{opening}{} under ", Unit::Share.write(*share)))
                .name(self.facts.name(*strategy))
                .text(at);
        }
        if more > 0 {
            sentence = sentence.text(format!("; not higher under {more} other{}", if more == 1 { "" } else { "s" }));
        }
        if !worst.is_empty() {
            sentence = sentence.text(".");
        }
        let glue = |sentence: &Sentence| if *sentence == Sentence::default() { "" } else { " " };
        let (stuck, open) = self.not_back();
        if !stuck.is_empty() {
            let space = glue(&sentence);
            sentence = sentence
                .text(format!("{space}Under "))
                .then(self.named(&stuck))
                .text(" stalls are in some run not back to normal before the run ends.");
        }
        if !open.is_empty() {
            let space = glue(&sentence);
            // Points with the same faults have one sentence.
            let mut told: Vec<(String, Vec<usize>)> = Vec::new();
            for point in &open {
                let text = unfinished(&faults(self.facts.reader, *point)).unwrap_or_default();
                match told.iter_mut().find(|one| one.0 == text) {
                    Some(one) => one.1.push(*point),
                    None => told.push((text, vec![*point])),
                }
            }
            let texts = told.iter().map(|(text, points)| match points.len() {
                all if all == self.points.len() => text.clone(),
                _ => format!("{} {}.", text.trim_end_matches('.'), self.range(points)),
            });
            sentence = sentence.text(format!("{space}{}", texts.collect::<Vec<_>>().join(" ")));
        }
        (sentence != Sentence::default()).then_some(sentence)
    }

    /// Strategies that stall, and whose stalls are in some run not back after a fault; and the points at which the run ends
    /// too soon after a fault, where nothing is known of the recovery.
    fn not_back(&self) -> (Vec<usize>, Vec<usize>) {
        let is_back = |point: usize, strategy: usize| {
            // Where no attempt is counted after the fault, there is no recovery either, and no stall.
            let stalls = self.facts.mean(point, strategy, "stalled").is_some_and(|stalled| stalled > 0.0);
            !stalls || self.facts.mean(point, strategy, "recovery_max_s").is_none_or(f64::is_finite)
        };
        let strategies = 0..self.facts.reader.strategies().len();
        let points = self.points.iter().map(|point| point.late.point);
        let points = points.filter(|point| strategies.clone().any(|strategy| !is_back(*point, strategy)));
        let (open, over): (Vec<usize>, Vec<usize>) =
            points.partition(|point| faults(self.facts.reader, *point).iter().any(PointFault::hides_recovery));
        let stuck = strategies.filter(|strategy| over.iter().any(|point| !is_back(*point, *strategy)));
        (stuck.collect(), open)
    }

    /// What the numbers cannot bear.
    fn note(&self) -> Option<Sentence> {
        let manifest = self.facts.reader.manifest();
        let mut notes = Vec::new();
        if !manifest.failures.is_empty() {
            let made = manifest.failures.len() as u64 + manifest.runs;
            notes.push(format!("{} of {made} runs failed and are missing.", manifest.failures.len()));
        }
        let row =
            |point: &&Standings| self.facts.summary(point.late.point, self.baseline(), LATE.rate).map(|row| row.n);
        let fewest = self.points.iter().filter_map(row).min();
        if let Some(fewest) = fewest.filter(|fewest| (2..REPLICATIONS_FEW).contains(fewest)) {
            let only = match manifest.replications {
                WantedReplications::Fixed(wanted) if u64::from(wanted) > fewest => {
                    format!("Only {fewest} of {wanted} replications count an attempt")
                }
                WantedReplications::Fixed(_) | WantedReplications::Precision { .. } => {
                    format!("Only {fewest} replications")
                }
            };
            notes.push(format!("{only}: intervals are wide (try --replications 20)."));
        }
        (!notes.is_empty()).then(|| Sentence::new(notes.join(" ")))
    }
}

/// The gap between the highest and the lowest late rate of some strategies at a point.
fn gap(point: &Standings, strategies: &[usize]) -> f64 {
    let means = || strategies.iter().filter_map(|strategy| point.late.mean(*strategy));
    (means().fold(0.0, f64::max) - means().fold(f64::INFINITY, f64::min)).max(0.0)
}

/// `8.7 pp`, without a sign.
fn points_of(gap: f64) -> String {
    Unit::SharePoints.write(gap).trim_start_matches('+').to_owned()
}

/// `17.1 % to 17.2 %`, or one of them where they read alike.
fn from_to(least: f64, most: f64) -> String {
    let (least, most) = (Unit::Share.write(least), Unit::Share.write(most));
    if least == most { most } else { format!("{least} to {most}") }
}

/// Strategies by their rates, the highest first, in groups of rates that are near each other: their names, the lowest and
/// the highest rate. A near-tie and a rate many times as high do not stand in one group.
fn alike(found: &[(usize, f64)]) -> Vec<(Vec<usize>, f64, f64)> {
    let mut groups: Vec<(Vec<usize>, f64, f64)> = Vec::new();
    for &(strategy, rate) in found {
        match groups.last_mut() {
            Some((named, lowest, highest)) if *highest <= rate * ALIKE => {
                named.push(strategy);
                *lowest = rate;
            }
            _ => groups.push((vec![strategy], rate, rate)),
        }
    }
    groups
}

/// The highest rate of a group over its lowest, at most.
const ALIKE: f64 = 1.5;

/// A number with up to three digits.
fn amount(number: f64) -> String {
    let text = Unit::None.write(number);
    if number >= 1000.0 { Unit::Count.write(number) } else { text }
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
