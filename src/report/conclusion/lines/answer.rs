//! The answer: which strategies are best, where, and how far the others are from them.

use std::cmp::Reverse;

use super::super::best::{self, create_failures, margin};
use super::super::goals::Goals;
use super::super::holding::Holding;
use super::super::place;
use super::super::sentence::{Sentence, Spare};
use super::super::standing::{Standing, Standings};
use super::Teller;
use crate::file::Met;
use crate::folder::manifest::WantedReplications;
use draw::figure::Unit;

/// The order of names that stand together.
const ORDER: &str = "; the one with fewer mechanisms is named first";

/// The most groups of strategies, as good as the leaders at some points, that an answer names.
const TIES_MAX: usize = 3;

/// The fewest replications that are proposed where a difference is not shown.
const REPLICATIONS_WANTED: u32 = 20;

/// The distance between the late rates of strategies of which none is shown to be worse.
enum Apart {
    /// The gaps are within the tolerance, and no difference is shown.
    NotShown,
    /// The widest gap, within the tolerance, where a difference is shown.
    Near(f64),
    /// The widest gap, wider than the tolerance: there are too few replications to show a difference.
    Open(f64),
}

/// Strategies as good as the leaders at some points.
struct Tie {
    strategies: Vec<usize>,
    points: Vec<usize>,
    /// Whether their late rates are further from a leader's than the tolerance.
    is_open: bool,
}

impl Teller<'_> {
    pub(super) fn answer(&self) -> Sentence {
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
        let tested: Vec<&Standings> =
            self.points.iter().copied().filter(|point| !self.best.at[point.late.point].is_empty()).collect();
        if self.best.leaders.len() == strategies { self.all_alike(&tested) } else { self.led(&tested) }
    }

    /// Some strategies are among the best at all of these points, and others are not.
    fn led(&self, tested: &[&Standings]) -> Sentence {
        let leaders = &self.best.leaders;
        let (best, tied): (Vec<&Standings>, Vec<&Standings>) =
            tested.iter().partition(|point| self.best.is_led(self.facts, point));
        let is = if leaders.len() == 1 { "is" } else { "are" };
        let names = self.named(leaders).text(format!(" {is} "));
        let ties = self.ties(&tied);
        let traded = self.traded(tested);
        let has_rival = |point: &&&Standings| ties.iter().any(|tie| tie.points.contains(&point.late.point));
        let alone: Vec<&Standings> = tied.iter().filter(|point| !has_rival(point)).copied().collect();
        let numbers = |points: &[&Standings]| points.iter().map(|point| point.late.point).collect::<Vec<_>>();
        let lead = numbers(if best.is_empty() { &tied } else { &best });
        let rest = numbers(&alone);
        let mut places = [&lead, &rest].into_iter().chain(ties.iter().map(|tie| &tie.points)).collect::<Vec<_>>();
        places.retain(|points| !points.is_empty());
        let say = place::PlaceStyle::of(self.facts.reader, &places);
        let near = self.near(&ties, &say, traded.is_some(), best.is_empty());
        let sentence = if best.is_empty() {
            names.then(self.not_worse(&tied)).place(say.place(&lead))
        } else {
            let sentence = names.text("best").place(say.place(&lead)).then(near.clone());
            if alone.is_empty() {
                sentence
            } else {
                sentence.text(";").place(say.place(&rest)).text(" ").then(self.not_worse(&alone))
            }
        };
        let sentence = sentence.then(match leaders.as_slice() {
            [only] => self.reason(*only, &tied),
            _ => self.between_leaders(tested, &tied, traded.is_some()),
        });
        let sentence = sentence.then(traded.unwrap_or_default());
        if best.is_empty() { sentence.then(near) } else { sentence }
    }

    /// Why the only leader is best, or which differences are not shown at the points where it is not shown to be.
    fn reason(&self, leader: usize, tied: &[&Standings]) -> Sentence {
        match self.left_open(tied) {
            _ if tied.is_empty() => Sentence::new(": ").then(self.why(leader)).text("."),
            Some(gap) => Sentence::new("; ").then(self.not_shown_to_differ(gap)),
            None => Sentence::new("."),
        }
    }

    /// How far several leaders are apart, and which differences are not shown at the points where they are tied with others.
    fn between_leaders(&self, tested: &[&Standings], tied: &[&Standings], is_traded: bool) -> Sentence {
        let leaders = &self.best.leaders;
        let is_mixed = !tied.is_empty() && tied.len() < tested.len();
        let (opening, between) = if is_mixed { (". Among the best ", "") } else { (": ", " between them") };
        let between = if is_traded { format!(" in late attempts{between}") } else { between.to_owned() };
        let order = Sentence::new(if self.is_ordered(leaders) { ORDER } else { "" }).spare(Spare::Order);
        // This gap is at least as wide as the gap between the leaders.
        let left_open = self.left_open(tied);
        let is_wider = |gap: f64| left_open.is_some_and(|widest| points_of(widest) != points_of(gap));
        let open = || {
            let open = left_open.map(|gap| Sentence::new(" ").then(self.not_shown_to_differ(gap).capital()));
            open.unwrap_or_default()
        };
        let sentence = Sentence::new(opening);
        match self.apart(leaders, tested) {
            Apart::NotShown => {
                sentence.text(format!("no difference{between} is shown")).then(order).text(".").then(open())
            }
            Apart::Near(gap) => {
                let gap = points_of(gap);
                sentence.text(format!("late rates are at most {gap} apart")).then(order).text(".").then(open())
            }
            Apart::Open(gap) if is_wider(gap) => {
                let narrower = format!(", though late rates are up to {} apart", points_of(gap));
                let narrower = Sentence::new(narrower).spare(Spare::NarrowerGap);
                sentence.text(format!("no difference{between} is shown")).then(narrower).text(".").then(open())
            }
            Apart::Open(gap) => {
                let gap = points_of(gap);
                let sentence = sentence.text(format!("no difference{between} is shown, though "));
                sentence.text(format!("late rates are up to {gap} apart: ")).then(self.more())
            }
        }
    }

    /// All strategies are among the best everywhere.
    fn all_alike(&self, tested: &[&Standings]) -> Sentence {
        let traded = self.traded(tested);
        let are_stalls_alike = traded.is_none() && tested.iter().all(|point| point.stall.is_tested());
        let what = if traded.is_some() { " in late attempts" } else { "" };
        let lead = format!("No difference that matters is shown between the strategies{}{what}", self.anywhere());
        let sentence = match self.apart(&self.best.leaders, tested) {
            Apart::NotShown if are_stalls_alike => Sentence::new(format!("{lead}, in late attempts or in stalls.")),
            Apart::NotShown if traded.is_none() => Sentence::new(format!("{lead} in late attempts.")),
            Apart::NotShown => Sentence::new(format!("{lead}.")),
            Apart::Near(gap) => Sentence::new(format!("{lead}: late rates at most {} apart.", points_of(gap))),
            Apart::Open(gap) => {
                let lead = format!("{lead}, though late rates are up to {} apart: ", points_of(gap));
                Sentence::new(lead).then(self.more())
            }
        };
        sentence.then(traded.unwrap_or_default())
    }

    /// Names strategies that are as good as the leaders at some points, with these points. `is_apart`: in a sentence of its
    /// own.
    fn near(&self, ties: &[Tie], say: &place::PlaceStyle<'_>, is_traded: bool, is_apart: bool) -> Sentence {
        let Some(first) = ties.first() else { return Sentence::default() };
        let shown = &ties[..ties.len().min(TIES_MAX)];
        let it = if self.best.leaders.len() == 1 { "it" } else { "them" };
        let late = if is_traded { " in late attempts" } else { "" };
        let (opening, no, end) = if is_apart { (" ", "No", ".") } else { ("; ", "no", "") };
        let rival = |sentence: Sentence, place: usize| sentence.spare(Spare::Rival(Reverse(place)));
        let first_named = match self.best.leaders.as_slice() {
            [only] => self.facts.name(*only),
            _ => "the strategies named first",
        };
        let others = format!(" Others cannot be told from {first_named} at some points.");
        let sentence = shown.iter().enumerate().fold(Sentence::default(), |near, (index, tie)| {
            let named = self.named(&tie.strategies);
            let place = say.tie(&tie.points, index > 0);
            let is_last = shown.get(index + 1).is_none_or(|next| next.is_open);
            let lead = match (tie.is_open, index) {
                (false, 0) => format!("{opening}{no} difference that matters is shown{late} from "),
                (false, _) if is_last => ", and from ".to_owned(),
                (false, _) => ", from ".to_owned(),
                (true, 0) => opening.to_owned(),
                (true, _) => "; ".to_owned(),
            };
            let part = Sentence::new(lead).then(named);
            if !tie.is_open {
                return near.then(part.place(place));
            }
            // The first rival holds the sentence that replaces rivals that are left out.
            let is_first = index == 0 || !shown[index - 1].is_open;
            let part = rival(part.text(format!(" cannot be told from {it}")).place(place), index);
            near.then(if is_first { part.without_rivals(others.clone()) } else { part })
        });
        let sentence = sentence.then(rival(not_named(ties), TIES_MAX));
        if first.is_open { sentence.then(rival(Sentence::new(end), 0)) } else { sentence.text(end) }
    }

    /// ` push-err stalls less often at bus.loss = 0.1, as more of its creates fail or wait.`: strategies among the best whose
    /// stalls became failed creates. None if there are no such strategies.
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
            all if all == self.points.len() && is_alike => Sentence::default(),
            _ if is_alike => Sentence::default().place(self.range(&places)),
            _ => Sentence::new(" at some points"),
        };
        // Whether more creates of each of them fail than of a strategy that it is compared with.
        let fails = |point: &Standings, one: usize| create_failures(self.facts, point.late.point, one);
        let fails_more = |one: &usize| {
            points.iter().filter(|point| trades(point, *one)).all(|point| {
                let set = &self.best.at[point.late.point];
                set.iter()
                    .any(|other| fails(point, *one) > fails(point, *other) + margin(&point.stall, self.baseline()))
            })
        };
        let why = match (trading.iter().all(fails_more), trading.len()) {
            (true, 1) => "as more of its creates fail or wait",
            (true, _) => "as more of their creates fail or wait",
            (false, 1) => "but is not late less often",
            (false, _) => "but are not late less often",
        };
        let stall = if trading.len() == 1 { "stalls" } else { "stall" };
        (!trading.is_empty()).then(|| {
            let sentence = Sentence::new(" ").then(self.named(&trading));
            sentence.text(format!(" {stall} less often")).then(place).text(format!(", {why}."))
        })
    }

    /// Whether some of these strategies have fewer mechanisms than others.
    fn is_ordered(&self, strategies: &[usize]) -> bool {
        let mut counts = strategies.iter().map(|strategy| best::mechanisms(self.facts, *strategy).len());
        let first = counts.next();
        counts.any(|count| Some(count) != first)
    }

    /// Strategies other than the leaders that are among the best at some of these points, in groups with these points. First
    /// the groups whose rates are within the tolerance of the leaders' rates, each time the most points first.
    fn ties(&self, points: &[&Standings]) -> Vec<Tie> {
        let is_far = |point: &Standings, strategy: usize| {
            self.best.leaders.iter().any(|leader| self.open_gap(point, &[*leader, strategy]).is_some())
        };
        let tie = |is_open: bool| {
            let at = |strategy: usize| -> Vec<usize> {
                let tied = points.iter().filter(|point| self.best.at[point.late.point].contains(&strategy));
                tied.filter(|point| is_far(point, strategy) == is_open).map(|point| point.late.point).collect()
            };
            let all = 0..self.facts.reader.strategies().len();
            let others = all.filter(|strategy| !self.best.leaders.contains(strategy));
            let groups = Holding::most_points_first(Holding::groups(others, at)).into_iter();
            groups.map(move |Holding { strategies, points }| Tie { strategies, points, is_open })
        };
        tie(false).chain(tie(true)).collect()
    }

    /// `not shown to be worse than any other`, with `by more than the tolerance` if another strategy is shown to be better by
    /// less.
    fn not_worse(&self, points: &[&Standings]) -> Sentence {
        let is_near = |(_, worse): &(usize, usize)| self.best.leaders.contains(worse);
        let near = points.iter().any(|point| point.late.shown.iter().any(is_near));
        Sentence::new("not shown to be worse than any other").text(if near {
            " by more than the tolerance"
        } else {
            ""
        })
    }

    /// The widest gap at these points between a strategy that is among the best and another one from which no difference
    /// is shown, if it is wider than the tolerance.
    pub(super) fn left_open(&self, points: &[&Standings]) -> Option<f64> {
        let widest = points.iter().flat_map(|point| {
            let pairs = point.late.rates.iter().flat_map(|rate| {
                let set = self.best.at[point.late.point].iter();
                set.map(move |best| [*best, rate.strategy])
            });
            let is_shown = |[one, other]: [usize; 2]| {
                point.late.shown.contains(&(one, other)) || point.late.shown.contains(&(other, one))
            };
            pairs.filter(move |pair| !is_shown(*pair)).filter_map(|pair| self.open_gap(point, &pair))
        });
        widest.reduce(f64::max)
    }

    /// `late rates up to 3 pp apart are not shown to differ: more replications may settle it.`
    pub(super) fn not_shown_to_differ(&self, gap: f64) -> Sentence {
        let gap = points_of(gap);
        Sentence::new(format!("late rates up to {gap} apart are not shown to differ: ")).then(self.more())
    }

    /// Advice where a difference is not shown.
    fn more(&self) -> Sentence {
        let sentence = Sentence::new("more replications may settle it");
        match self.wanted() {
            Some(wanted) => sentence.text(" (").name(&wanted).text(")."),
            None => sentence.text("."),
        }
    }

    /// The replications to try; none where a precision decides how many are made.
    pub(super) fn wanted(&self) -> Option<String> {
        match self.facts.reader.manifest().replications {
            WantedReplications::Fixed(made) => {
                Some(format!("--replications {}", made.saturating_mul(2).max(REPLICATIONS_WANTED)))
            }
            WantedReplications::Precision { .. } => None,
        }
    }

    /// ` push misses the goal.`: the strategies among the best that are shown to miss the goal at some point.
    pub(super) fn missed(&self, goals: &Goals) -> Sentence {
        // An answer that changes from point to point names all strategies that are best at some point.
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
        let missed_at = |strategy: usize| {
            let points = self.points.iter().map(|point| point.late.point);
            points.filter(|point| goals.all(*point, strategy) == Met::No).collect()
        };
        let groups = Holding::most_points_first(Holding::groups(named, missed_at));
        let all = self.points.len();
        let more: usize = groups.iter().skip(2).map(|group| group.strategies.len()).sum();
        let misses = groups.iter().take(2).enumerate().fold(Sentence::default(), |misses, (index, missing)| {
            let verb = if missing.strategies.len() == 1 { "misses" } else { "miss" };
            let place = match missing.points.len() {
                some if some == all => Sentence::new(self.everywhere()),
                some if groups.len() > 1 => Sentence::new(format!(" at {some} of the {all} points")),
                _ => Sentence::default().place(self.range(&missing.points)),
            };
            let sentence = misses.text(if index == 0 { " But " } else { ", and " });
            let sentence = sentence.then(self.named(&missing.strategies));
            if index == 0 { sentence.text(format!(" {verb} {goal}")).then(place) } else { sentence.then(place) }
        });
        match (groups.len(), more) {
            (0, _) => misses,
            (_, 0) => misses.text("."),
            (_, more) => misses.text(format!(", and {more} more at some points.")),
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

    /// The distance between the late rates of strategies that are not shown to be worse at any of these points.
    fn apart(&self, strategies: &[usize], points: &[&Standings]) -> Apart {
        let open = points.iter().filter_map(|point| self.open_gap(point, strategies)).reduce(f64::max);
        if let Some(open) = open {
            return Apart::Open(open);
        }
        let shown = |point: &&&Standings| {
            let pairs = &point.late.shown;
            pairs.iter().any(|(one, other)| strategies.contains(one) && strategies.contains(other))
        };
        if !points.iter().any(|point| shown(&point)) {
            return Apart::NotShown;
        }
        Apart::Near(points.iter().map(|point| point.late.gap(strategies)).fold(0.0, f64::max))
    }

    /// The gap between the late rates of strategies at a point, if it is wider than the tolerance.
    fn open_gap(&self, point: &Standings, strategies: &[usize]) -> Option<f64> {
        Some(point.late.gap(strategies)).filter(|gap| *gap > margin(&point.late, self.baseline()))
    }
}

/// `8.7 pp`, without a sign.
fn points_of(gap: f64) -> String {
    format!("{} pp", Unit::None.write(gap * 100.0))
}

/// `; nor are 2 more shown to be worse at some points`: strategies of groups that are not named.
fn not_named(ties: &[Tie]) -> Sentence {
    let (shown, rest) = ties.split_at(ties.len().min(TIES_MAX));
    let is_named = |one: &usize| shown.iter().any(|tie| tie.strategies.contains(one));
    let mut others: Vec<usize> = rest.iter().flat_map(|tie| &tie.strategies).copied().collect();
    others.sort_unstable();
    others.dedup();
    let (again, new): (Vec<usize>, Vec<usize>) = others.into_iter().partition(is_named);
    let are = if new.len() == 1 { "is" } else { "are" };
    match (new.len(), again.is_empty()) {
        (0, true) => Sentence::default(),
        (0, false) => Sentence::new("; nor are some of these shown to be worse at other points"),
        (more, true) => Sentence::new(format!("; nor {are} {more} more shown to be worse at some points")),
        (1, false) => Sentence::new("; nor are another one and some of these shown to be worse at other points"),
        (more, false) => {
            Sentence::new(format!("; nor are {more} more and some of these shown to be worse at other points"))
        }
    }
}
