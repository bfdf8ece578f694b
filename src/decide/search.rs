//! Where a noisy function changes its sign, by inversion of its confidence intervals.
//!
//! Five points over the range, with few replications, show how often the sign changes. If it changes once, three curves
//! are followed through zero: the mean, and the lower and the upper limit of its interval. The root is where the mean is
//! zero; its interval is where the interval of the function holds zero. A crossing is bracketed, and interpolated inside
//! a gap that is narrow beside the interval of the root. If that interval is too wide, the next stage looks at the root
//! and at both of its limits with more replications; runs are extended, never made again.
//!
//! The search is a function of the values alone. It knows nothing of runs, so it does not matter how these are made.

use stats::stopping::{FIRST, next_stage};

/// Points of the first look at the range.
const LOOK: usize = 5;

/// The widest gap that is interpolated, as a share of the half-width of the root's interval. It is above [`REACH`], so
/// that the three points of a new stage are enough if they lie well.
const GAP: f64 = 1.25;

/// How far from the root a new stage expects the limits of its interval, as a share of the half-width that is expected.
const REACH: f64 = 1.1;

/// The share that is taken of the replications that the wanted half-width seems to need: they are seldom too few.
const CAUTION: f64 = 0.8;

/// The narrowest gap that is asked for, as a share of the wanted half-width: a function without noise has no interval.
const FINEST: f64 = 0.125;

/// How far a place may be from the best one if it has replications already, as a share of the distance to its neighbours.
const NEAR: f64 = 0.3;

/// How far from an interpolated crossing the next point is, as a share of the gap that is wanted.
const BESIDE: f64 = 0.4;

/// The least distance of a point from the ends of its gap, as a share of the gap.
const EDGE: f64 = 0.05;

/// How often a gap in which both limits cross is halved further: no place in it is undecided, so the function may jump.
const HALVINGS: u32 = 4;

/// A bracket is a jump if more than this share of the change over its surroundings is inside it.
const JUMP: f64 = 0.5;

/// How far these surroundings reach to either side, in widths of the bracket.
const AROUND: f64 = 3.0;

/// The factor by which the number of replications grows at most from one stage to the next.
const GROWTH_MAX: f64 = 10.0;

/// The share of the budget that may go into the sign at one end of the range.
const END_SHARE: u64 = 20;

/// The function at a point, as far as it is known: the estimate and the limits of its interval. They are infinite where
/// the interval has no limit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Judged {
    /// The estimate.
    pub mean: f64,
    /// The lower limit.
    pub low: f64,
    /// The upper limit.
    pub high: f64,
    /// Whether some runs have no finite value: the sign that most runs show then stands for the mean and its interval.
    pub by_signs: bool,
}

impl Judged {
    /// An estimate with its limits.
    pub(super) const fn within(mean: f64, low: f64, high: f64) -> Self {
        Self { mean, low, high, by_signs: false }
    }

    /// The sign that the interval shows: −1, 1, or 0 if it holds zero.
    #[must_use]
    pub fn sign(&self) -> i8 {
        i8::from(self.low > 0.0) - i8::from(self.high < 0.0)
    }

    /// The side of zero on which the estimate is: −1, 1, or 0 if it is on neither.
    pub(super) fn side(&self) -> i8 {
        i8::from(self.mean > 0.0) - i8::from(self.mean < 0.0)
    }

    /// The estimate and the limits that a table can show: none where signs stand for them, or where they are infinite.
    pub(super) fn written(&self) -> [Option<f64>; 3] {
        [self.mean, self.low, self.high].map(|value| Some(value).filter(|value| value.is_finite() && !self.by_signs))
    }

    /// An estimate without limits.
    pub(super) const fn unlimited(mean: f64) -> Self {
        Self::within(mean, f64::NEG_INFINITY, f64::INFINITY)
    }

    /// Whether it is exactly zero, without noise.
    fn is_zero(&self) -> bool {
        self.low == 0.0 && self.high == 0.0
    }

    /// The same function with the other sign.
    pub(super) fn negated(&self) -> Self {
        Self { mean: -self.mean, low: -self.high, high: -self.low, ..*self }
    }
}

/// What can be asked: the function at places of the range.
pub trait Oracle {
    /// Why it cannot be asked.
    type Error;

    /// The function at these places, each from the first `n` replications.
    ///
    /// # Errors
    /// If runs cannot be made.
    fn judge(&mut self, places: &[f64], n: u32) -> Result<Vec<Judged>, Self::Error>;
}

/// What is wanted, and at what cost.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The last place; the first is 0.
    pub last: f64,
    /// Whether only whole numbers are places.
    pub whole: bool,
    /// Wanted half-width of the root's interval, as a difference of places; whole places need none.
    pub half_width: f64,
    /// The most runs.
    pub budget: u64,
    /// Runs of one replication of one point.
    pub runs: u64,
    /// Which of several crossings is wanted, from 1.
    pub crossing: Option<usize>,
}

/// A point that was looked at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// Its place.
    pub at: f64,
    /// Replications.
    pub n: u32,
    /// The function there.
    pub judged: Judged,
}

impl Point {
    fn is_at(&self, at: f64) -> bool {
        self.at.total_cmp(&at).is_eq()
    }
}

/// What was found.
#[derive(Clone, PartialEq, Debug)]
pub enum Found {
    /// One crossing. `rises` says whether the function is above zero behind it.
    Root {
        /// The root; none if the estimate does not change its sign, or if nothing is known but a bracket.
        root: Option<f64>,
        /// The lower limit of the root's interval; none: the interval holds the start of the range.
        low: Option<f64>,
        /// The upper limit; none: the interval holds the end of the range.
        high: Option<f64>,
        /// Whether the function is above zero behind the root.
        rises: bool,
        /// Replications of the points that gave the interval.
        n: u32,
        /// Whether the interval is as narrow as wanted.
        precise: bool,
    },
    /// Between two whole places: the last that shows one sign, and the first that shows the other.
    Step {
        /// The last place before the change.
        below: f64,
        /// The first place behind the change.
        above: f64,
        /// Whether the function is above zero behind it.
        rises: bool,
        /// Replications of the points between.
        n: u32,
        /// Whether no place is left between them.
        precise: bool,
    },
    /// The sign is the same wherever it is shown.
    Nowhere {
        /// The sign.
        sign: i8,
        /// Places at which it is not shown.
        undecided: Vec<f64>,
    },
    /// More than one crossing: each between two places that show different signs.
    Several(Vec<(f64, f64)>),
    /// No sign is shown anywhere.
    Undecided,
    /// The function is zero without noise wherever it was looked at.
    Zero,
}

impl Found {
    /// As a word of `solve.csv` and `line.csv`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Root { root: None, low: Some(_), high: Some(_), .. } => "bracket",
            Self::Root { low: Some(_), high: Some(_), .. } => "crossing",
            Self::Root { .. } => "open",
            Self::Step { .. } => "step",
            Self::Nowhere { .. } => "none",
            Self::Several(_) => "several",
            Self::Undecided => "undecided",
            Self::Zero => "same",
        }
    }
}

/// The outcome of a search.
#[derive(Clone, PartialEq, Debug)]
pub struct Searched {
    /// What was found.
    pub found: Found,
    /// Every point that was looked at, ascending.
    pub points: Vec<Point>,
    /// Runs that it took.
    pub runs: u64,
    /// The crossings that the points showed when one of them was chosen.
    pub crossings: usize,
    /// If the budget ended before the search did: the budget with which it goes on.
    pub needed: Option<u64>,
    /// The runs after which the precision is likely to be reached, as far as that is known; else 0.
    pub likely: u64,
}

impl Searched {
    /// The two neighbouring points that show different signs, if the answer lies between such points. This is no
    /// interval of a root: no place between them was looked at.
    #[must_use]
    pub fn bracket(&self) -> Option<(&Point, &Point)> {
        let Found::Root { low: Some(low), high: Some(high), .. } = self.found else { return None };
        let pairs = self.points.windows(2).map(|pair| (&pair[0], &pair[1]));
        let mut pairs = pairs.filter(|(left, right)| left.is_at(low) && right.is_at(high));
        pairs.find(|(left, right)| left.judged.sign() * right.judged.sign() < 0)
    }

    /// The first and the last place that show a sign, each only if the end of the range on its side shows none.
    #[must_use]
    pub fn undecided_ends(&self) -> (Option<f64>, Option<f64>) {
        let is_shown = |point: &&Point| point.judged.sign() != 0;
        let (first, last) = (self.points.iter().find(is_shown), self.points.iter().rfind(is_shown));
        let inside = |shown: Option<&Point>, end: Option<&Point>| {
            shown.zip(end).filter(|(shown, end)| !shown.is_at(end.at)).map(|(shown, _)| shown.at)
        };
        (inside(first, self.points.first()), inside(last, self.points.last()))
    }

    /// Whether the function jumps in a bracket: most of its change around the bracket is inside.
    #[must_use]
    pub fn is_jump(&self, left: &Point, right: &Point) -> bool {
        let reach = (right.at - left.at) * AROUND;
        let before = self.points.iter().rfind(|point| point.at <= left.at - reach).or(self.points.first());
        let behind = self.points.iter().find(|point| point.at >= right.at + reach).or(self.points.last());
        let around = before.zip(behind).map(|(before, behind)| behind.judged.mean - before.judged.mean);
        around.is_some_and(|around| (right.judged.mean - left.judged.mean).abs() > JUMP * around.abs())
    }

    /// Whether neither end of the range shows a sign, and one of them may with more replications.
    fn is_open_at_both_ends(&self) -> bool {
        let ends = || self.points.first().into_iter().chain(self.points.last());
        ends().all(|point| point.judged.sign() == 0) && ends().any(|point| !point.judged.is_zero())
    }

    /// The budget of which an end of the range may take its next replications; `runs` are those of one replication.
    #[must_use]
    pub fn budget_for_ends(&self, runs: u64) -> u64 {
        let ends = self.points.first().into_iter().chain(self.points.last());
        let n = ends.map(|point| point.n).min().unwrap_or(0);
        u64::from(more_for_end(n).unwrap_or(u32::MAX)) * runs * END_SHARE
    }
}

/// The replications of an undecided end of the range after `n`: two stages on.
fn more_for_end(n: u32) -> Option<u32> {
    next_stage(n, u32::MAX).and_then(|next| next_stage(next, u32::MAX))
}

/// The first stage after `n` that has at least `wanted` replications.
fn stage_of(n: u32, wanted: f64) -> u32 {
    let mut stages = std::iter::successors(next_stage(n, u32::MAX), |next| next_stage(*next, u32::MAX));
    stages.find(|next| f64::from(*next) >= wanted).unwrap_or(u32::MAX)
}

/// Why a search ends early.
enum Stop<E> {
    /// With all runs that the next step needs.
    Budget(u64),
    Failed(E),
}

/// Searches the range.
///
/// # Errors
/// If the oracle fails.
pub fn search<O: Oracle>(oracle: &mut O, rules: Rules) -> Result<Searched, O::Error> {
    let mut search = Search { oracle, rules, points: Vec::new(), runs: 0, crossings: 0, so_far: None, likely: 0 };
    let (found, needed) = match search.find() {
        Ok(found) => (found, None),
        Err(Stop::Budget(needed)) => {
            let so_far = search.so_far.clone();
            let found = so_far.map_or_else(|| search.shown(), |(window, found)| search.agreeing(window, found));
            (found, Some(needed))
        }
        Err(Stop::Failed(error)) => return Err(error),
    };
    let Search { points, runs, crossings, likely, .. } = search;
    let mut searched = Searched { found, points, runs, crossings, needed, likely };
    if matches!(searched.found, Found::Nowhere { .. }) && searched.is_open_at_both_ends() {
        searched.needed = Some(searched.budget_for_ends(rules.runs).max(rules.budget + 1));
    }
    Ok(searched)
}

struct Search<'a, O: Oracle> {
    oracle: &'a mut O,
    rules: Rules,
    /// Ascending by place.
    points: Vec<Point>,
    runs: u64,
    /// The crossings of which one is searched.
    crossings: usize,
    /// The answer of the last whole stage, and where it was searched.
    so_far: Option<(Window, Found)>,
    /// Runs after which the precision is likely to be reached, as far as that is known.
    likely: u64,
}

/// A part of the range in which one crossing is looked for.
#[derive(Clone, Copy)]
struct Window {
    from: f64,
    to: f64,
    rises: bool,
}

impl Window {
    /// The sign behind the crossing.
    const fn behind(self) -> i8 {
        if self.rises { 1 } else { -1 }
    }
}

/// A curve that is followed, for a function that rises.
#[derive(Clone, Copy)]
struct Curve {
    of: fn(&Judged) -> f64,
    /// Whether the curve has crossed where it has this value. A limit of exactly zero shows no sign.
    is_above: fn(f64) -> bool,
}

/// The upper limit crosses first.
const CURVES: [Curve; 3] = [
    Curve { of: |judged| judged.high, is_above: |high| high >= 0.0 },
    Curve { of: |judged| judged.mean, is_above: |mean| mean > 0.0 },
    Curve { of: |judged| judged.low, is_above: |low| low > 0.0 },
];

/// Where a curve crosses zero from below.
#[derive(Clone, Copy)]
enum Edge {
    /// Between two places, with the values there.
    Between((f64, f64), (f64, f64)),
    /// It has crossed at the start.
    Before,
    /// It has not crossed at the end.
    Behind,
}

impl Edge {
    fn gap(self) -> f64 {
        match self {
            Self::Between(left, right) => right.0 - left.0,
            Self::Before | Self::Behind => 0.0,
        }
    }

    /// Whether it is between finite values, so that its place can be interpolated.
    fn is_finite(self) -> bool {
        matches!(self, Self::Between((_, left), (_, right)) if left.is_finite() && right.is_finite())
    }

    /// Whether one of the values that it is between is exactly zero.
    fn is_beside_zero(self) -> bool {
        matches!(self, Self::Between((_, left), (_, right)) if left == 0.0 || right == 0.0)
    }

    /// A place within the gap that makes it narrower: the middle, or a place so near to the interpolated crossing that
    /// the gap that is left is likely to be narrow enough. The two in turn at least halve it.
    fn within(self, window: Window, gap_max: f64, halve: bool) -> f64 {
        let Self::Between((a, left), (b, right)) = self else { return self.place(window) };
        let middle = f64::midpoint(a, b);
        if halve || !(left.is_finite() && right.is_finite()) {
            return middle;
        }
        let place = self.place(window);
        let beyond = if place > middle { -BESIDE } else { BESIDE };
        (place + beyond * gap_max).clamp(a + (b - a) * EDGE, b - (b - a) * EDGE)
    }

    /// The place of the crossing: interpolated, or the end of the window.
    fn place(self, window: Window) -> f64 {
        match self {
            Self::Before => window.from,
            Self::Behind => window.to,
            Self::Between((a, left), (b, right)) if left.is_finite() && right.is_finite() => {
                a + (b - a) * (-left / (right - left))
            }
            Self::Between(left, right) => f64::midpoint(left.0, right.0),
        }
    }
}

impl<O: Oracle> Search<'_, O> {
    fn find(&mut self) -> Result<Found, Stop<O::Error>> {
        let last = self.rules.last;
        let steps = (LOOK - 1) as f64;
        let look: Vec<f64> = (0..LOOK).map(|step| self.place(last * step as f64 / steps)).collect();
        self.look(&look, FIRST)?;
        if self.points.iter().all(|point| point.judged.is_zero()) {
            return Ok(Found::Zero);
        }
        // Also if there is a crossing: an end that shows no sign may hide another, unless it is zero without noise.
        let has_change = !self.changes(0.0, last).is_empty();
        for end in [0.0, last] {
            let is_zero = self.points.iter().any(|point| point.is_at(end) && point.judged.is_zero());
            if !(has_change && is_zero) {
                self.decide_end(end)?;
            }
        }
        let changes = self.changes(0.0, last);
        self.crossings = changes.len();
        match (&changes[..], self.chosen(&changes)) {
            ([], _) => self.without_change(),
            ([_], Some((left, right))) => self.between(0.0, last, self.rises(left, right)),
            (_, Some((left, right))) => self.between(left, right, self.rises(left, right)),
            (_, None) => Ok(self.shown()),
        }
    }

    /// The change that is searched: the only one, or that whose number is wanted.
    fn chosen(&self, changes: &[(f64, f64)]) -> Option<(f64, f64)> {
        match (changes, self.rules.crossing) {
            (_, Some(number)) => changes.get(number.checked_sub(1)?).copied(),
            ([only], None) => Some(*only),
            (_, None) => None,
        }
    }

    /// The answer that the signs of the points give alone.
    fn shown(&self) -> Found {
        let changes = self.changes(0.0, self.rules.last);
        // Of a single change there is one answer, also if another number was wanted. If there are more changes than when
        // one of them was chosen, its number is not known.
        let only = if let [only] = changes[..] { Some(only) } else { None };
        let chosen = self.chosen(&changes).filter(|_| changes.len() <= self.crossings.max(1));
        match chosen.or(only) {
            Some((left, right)) => {
                let ends = self.points.iter().filter(|point| point.is_at(left) || point.is_at(right));
                let n = ends.map(|point| point.n).min().unwrap_or(0);
                let rises = self.rises(left, right);
                let precise = self.is_precise(left, right);
                if self.rules.whole {
                    Found::Step { below: left, above: right, rises, n, precise }
                } else {
                    Found::Root { root: None, low: Some(left), high: Some(right), rises, n, precise }
                }
            }
            None if changes.is_empty() => self.same_sign(),
            None => Found::Several(changes),
        }
    }

    /// Whether these limits are as near to each other as wanted.
    fn is_precise(&self, low: f64, high: f64) -> bool {
        if self.rules.whole { high - low <= 1.0 } else { (high - low) / 2.0 <= self.rules.half_width }
    }

    /// The crossing of a stage as far as every sign that is shown allows: its limits end at the nearest points that show
    /// a sign. If the points speak against it, the answer that their signs give.
    fn agreeing(&self, window: Window, found: Found) -> Found {
        let behind = window.behind();
        let places = |sign: i8| self.points(window.from, window.to).filter(move |point| point.judged.sign() == sign);
        let (left, right) = (places(-behind).last().map(|point| point.at), places(behind).next().map(|point| point.at));
        match found {
            Found::Root { root, low, high, rises, n, precise } => {
                let low = low.into_iter().chain(left).reduce(f64::max);
                let high = high.into_iter().chain(right).reduce(f64::min);
                let (Some(from), Some(to)) = (low, high) else {
                    return Found::Root { root, low, high, rises, n, precise };
                };
                // The estimates of more replications have to agree with the root as well.
                let speaks_against = |root: f64, point: &Point| {
                    point.n > n && point.judged.mean * f64::from(behind) * (point.at - root) < 0.0
                };
                let holds = |root: f64| {
                    from < root && root < to && !self.points(from, to).any(|point| speaks_against(root, point))
                };
                if from >= to || !root.is_none_or(holds) {
                    return self.shown();
                }
                Found::Root { root, low, high, rises, n, precise: precise || self.is_precise(from, to) }
            }
            Found::Step { below, above, rises, n, .. } => {
                let (below, above) =
                    (left.map_or(below, |left| left.max(below)), right.map_or(above, |right| right.min(above)));
                if below >= above {
                    return self.shown();
                }
                Found::Step { below, above, rises, n, precise: self.is_precise(below, above) }
            }
            found => found,
        }
    }

    /// The places of fewer than `n` replications that show another sign than a crossing between these limits allows.
    fn doubtful(&self, window: Window, low: f64, high: f64, n: u32) -> Vec<f64> {
        let allowed = |at: f64| match at {
            at if at <= low => -window.behind(),
            at if at >= high => window.behind(),
            _ => 0,
        };
        let is_doubtful = |point: &&Point| {
            let sign = point.judged.sign();
            point.n < n && sign != 0 && sign != allowed(point.at)
        };
        self.points(window.from, window.to).filter(is_doubtful).map(|point| point.at).collect()
    }

    /// The sign, if all points that show one show the same.
    fn same_sign(&self) -> Found {
        let shown = self.points.iter().map(|point| point.judged.sign()).find(|sign| *sign != 0);
        let hidden = self.points.iter().filter(|point| point.judged.sign() == 0);
        shown
            .map_or(Found::Undecided, |sign| Found::Nowhere { sign, undecided: hidden.map(|point| point.at).collect() })
    }

    /// The nearest place that there is.
    fn place(&self, at: f64) -> f64 {
        if self.rules.whole { at.round() } else { at }
    }

    /// Has at least `n` replications of each of these places.
    fn look(&mut self, places: &[f64], n: u32) -> Result<(), Stop<O::Error>> {
        let mut missing: Vec<f64> = Vec::new();
        let mut replications = 0;
        for &at in places {
            let made = self.points.iter().find(|point| point.is_at(at)).map_or(0, |point| point.n);
            if made < n && !missing.contains(&at) {
                missing.push(at);
                replications += u64::from(n - made);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let runs = self.runs + replications * self.rules.runs;
        if runs > self.rules.budget {
            return Err(Stop::Budget(runs));
        }
        let judged = self.oracle.judge(&missing, n).map_err(Stop::Failed)?;
        self.runs = runs;
        for (at, judged) in missing.into_iter().zip(judged) {
            let place = self.points.partition_point(|point| point.at < at);
            let point = Point { at, n, judged };
            match self.points.get_mut(place).filter(|point| point.is_at(at)) {
                Some(known) => *known = point,
                None => self.points.insert(place, point),
            }
        }
        Ok(())
    }

    /// The nearest point with fewer than `n` replications that is no farther than `distance`, else the place itself:
    /// replications are cheaper to add than to begin.
    fn near(&self, at: f64, distance: f64, n: u32) -> f64 {
        let fewer = self.points.iter().filter(|point| point.n < n && (point.at - at).abs() <= distance);
        let nearest = fewer.min_by(|one, other| (one.at - at).abs().total_cmp(&(other.at - at).abs()));
        nearest.map_or(at, |point| point.at)
    }

    /// The points of a window.
    fn points(&self, from: f64, to: f64) -> impl Iterator<Item = &Point> {
        self.points.iter().filter(move |point| (from..=to).contains(&point.at))
    }

    fn sign(&self, at: f64) -> i8 {
        self.points.iter().find(|point| point.is_at(at)).map_or(0, |point| point.judged.sign())
    }

    /// Pairs of neighbouring places that show different signs; what lies between shows none.
    fn changes(&self, from: f64, to: f64) -> Vec<(f64, f64)> {
        let shown: Vec<&Point> = self.points(from, to).filter(|point| point.judged.sign() != 0).collect();
        let pairs = shown.windows(2).filter(|pair| pair[0].judged.sign() != pair[1].judged.sign());
        pairs.map(|pair| (pair[0].at, pair[1].at)).collect()
    }

    /// Whether the function is above zero behind a change.
    fn rises(&self, left: f64, right: f64) -> bool {
        self.sign(right) > self.sign(left)
    }

    /// Adds replications at an end of the range until it shows a sign, for a part of the budget.
    fn decide_end(&mut self, at: f64) -> Result<(), Stop<O::Error>> {
        let mut n = FIRST;
        while self.sign(at) == 0 {
            let Some(next) = more_for_end(n) else { break };
            if u64::from(next) * self.rules.runs > self.rules.budget / END_SHARE {
                break;
            }
            n = next;
            self.look(&[at], n)?;
        }
        Ok(())
    }

    /// No change of sign is shown.
    fn without_change(&mut self) -> Result<Found, Stop<O::Error>> {
        let last = self.rules.last;
        let (first, end) = (self.sign(0.0), self.sign(last));
        match (first, end) {
            // One end only: where does the sign begin to be shown?
            (0, end) if end != 0 => self.open(end > 0),
            (first, 0) if first != 0 => self.open(first < 0),
            _ => Ok(self.same_sign()),
        }
    }

    /// The interval of a crossing of which only one side is shown.
    fn open(&mut self, rises: bool) -> Result<Found, Stop<O::Error>> {
        let window = Window { from: 0.0, to: self.rules.last, rises };
        if !self.rules.whole {
            return self.stage(window, FIRST, true);
        }
        // The first place that shows the sign, or the last.
        let (mut left, mut right) = (window.from, window.to);
        let wanted = self.sign(if self.sign(left) == 0 { right } else { left });
        let shown_right = self.sign(right) != 0;
        while right - left > 1.0 {
            let middle = self.place(f64::midpoint(left, right));
            self.look(&[middle], FIRST)?;
            if (self.sign(middle) == wanted) == shown_right {
                right = middle;
            } else {
                left = middle;
            }
        }
        let (low, high) = if shown_right { (None, Some(right)) } else { (Some(left), None) };
        Ok(Found::Root { root: None, low, high, rises, n: FIRST, precise: true })
    }

    /// One crossing within a window whose ends show different signs.
    fn between(&mut self, from: f64, to: f64, rises: bool) -> Result<Found, Stop<O::Error>> {
        let window = Window { from, to, rises };
        if self.rules.whole { self.steps(window) } else { self.stages(window) }
    }

    /// The same for a key that is not a whole number.
    fn stages(&mut self, window: Window) -> Result<Found, Stop<O::Error>> {
        let mut n = FIRST;
        loop {
            let found = self.stage(window, n, false)?;
            self.so_far = Some((window, found.clone()));
            let Found::Root { root, low, high, precise, .. } = found else { return Ok(found) };
            let (left, right) = (low.unwrap_or(window.from), high.unwrap_or(window.to));
            let half = (right - left) / 2.0;
            if precise {
                // A sign that few replications showed wrongly is no crossing.
                let doubtful = self.doubtful(window, left, right, n);
                if doubtful.is_empty() {
                    return Ok(self.agreeing(window, found));
                }
                self.look(&doubtful, n)?;
                continue;
            }
            let squared = half / self.rules.half_width * (half / self.rules.half_width);
            let wanted = CAUTION * f64::from(n) * squared;
            self.likely = self.runs + LOOK as u64 * self.rules.runs * u64::from(stage_of(n, wanted / CAUTION));
            let wanted = wanted.min(GROWTH_MAX * f64::from(n));
            let next = stage_of(n, wanted);
            let reach = half * libm::sqrt(f64::from(n) / f64::from(next)) * REACH;
            let middle = root.unwrap_or(f64::midpoint(left, right));
            let places = [middle - reach, middle, middle + reach];
            let places = places.map(|at| self.near(at.clamp(window.from, window.to), NEAR * reach, next));
            self.look(&places, next)?;
            n = next;
        }
    }

    /// The crossing with `n` replications. If the interval is open at an end of the range anyway, the other limit is
    /// found to the wanted half-width.
    fn stage(&mut self, window: Window, n: u32, is_open: bool) -> Result<Found, Stop<O::Error>> {
        let mut is_halved = false;
        let mut halvings = 0;
        loop {
            let mut edges = [Edge::Before; 3];
            for (edge, curve) in edges.iter_mut().zip(CURVES) {
                *edge = self.edge(window, curve, n)?;
            }
            let places = edges.map(|edge| edge.place(window));
            let half = ((places[2] - places[0]) / 2.0).max(0.0);
            let finest = FINEST * self.rules.half_width;
            let gap_max = if is_open { self.rules.half_width } else { GAP * half.max(finest) };
            let widest = edges.into_iter().filter(|edge| edge.gap() > gap_max);
            let widest = widest.max_by(|one, other| one.gap().total_cmp(&other.gap()));
            if let Some(edge) = widest {
                let place = edge.within(window, gap_max, is_halved);
                self.look(&[self.near(place, NEAR * gap_max, n)], n)?;
                is_halved = !is_halved;
                continue;
            }
            if let [Edge::Between(left, right), _, Edge::Between(other, _)] = edges
                && left.0.total_cmp(&other.0).is_eq()
            {
                let rises = window.rises;
                let found = Found::Root { root: None, low: Some(left.0), high: Some(right.0), rises, n, precise: true };
                if halvings == HALVINGS {
                    return Ok(found);
                }
                self.so_far = Some((window, found));
                halvings += 1;
                self.look(&[f64::midpoint(left.0, right.0)], n)?;
                continue;
            }
            let limit = |edge: Edge, outer: fn(f64, f64) -> f64, is_low: bool| match edge {
                // Without noise, beside an exact zero, or between values of which only signs are known, nothing is known
                // but the gap.
                Edge::Between(left, right) if half < finest || !edge.is_finite() || edge.is_beside_zero() => {
                    Some(outer(left.0, right.0))
                }
                Edge::Between(..) => Some(edge.place(window)),
                Edge::Before => (!is_low).then_some(window.from),
                Edge::Behind => is_low.then_some(window.to),
            };
            let (low, high) = (limit(edges[0], f64::min, true), limit(edges[2], f64::max, false));
            let is_before = |point: &Point| point.n >= n && point.judged.side() == -window.behind();
            let has_root = edges[1].is_finite() && self.points(window.from, window.to).any(is_before);
            let root = has_root.then_some(places[1]);
            let precise = is_open || self.is_precise(low.unwrap_or(window.from), high.unwrap_or(window.to));
            return Ok(Found::Root { root, low, high, rises: window.rises, n, precise });
        }
    }

    /// Where a curve crosses zero, between two points of at least `n` replications.
    fn edge(&mut self, window: Window, curve: Curve, n: u32) -> Result<Edge, Stop<O::Error>> {
        let mut step = (window.to - window.from) * 0.05;
        loop {
            let of = |point: &Point| {
                let judged = if window.rises { point.judged } else { point.judged.negated() };
                (point.at, (curve.of)(&judged))
            };
            let known: Vec<(f64, f64)> =
                self.points(window.from, window.to).filter(|point| point.n >= n).map(of).collect();
            let (Some(first), Some(end)) = (known.first().copied(), known.last().copied()) else {
                self.look(&[window.from, window.to], n)?;
                continue;
            };
            // The gap in the middle, if noise makes several.
            let is_above = |place: &(f64, f64)| (curve.is_above)(place.1);
            let rising: Vec<_> = known.windows(2).filter(|pair| !is_above(&pair[0]) && is_above(&pair[1])).collect();
            if let Some(pair) = rising.get(rising.len() / 2) {
                return Ok(Edge::Between(pair[0], pair[1]));
            }
            let next = if is_above(&first) && first.0 > window.from {
                (first.0 - step).max(window.from)
            } else if !is_above(&end) && end.0 < window.to {
                (end.0 + step).min(window.to)
            } else {
                return Ok(if is_above(&first) { Edge::Before } else { Edge::Behind });
            };
            self.look(&[next], n)?;
            step *= 2.0;
        }
    }

    /// One crossing over whole places: the last that shows one sign and the first that shows the other.
    fn steps(&mut self, window: Window) -> Result<Found, Stop<O::Error>> {
        let behind = window.behind();
        let (mut below, mut above) = (window.from, window.to);
        let mut n = FIRST;
        loop {
            above = self.bisect(below, above, n, |sign| sign == behind)?;
            below = self.bisect(below, above, n, |sign| sign != -behind)? - 1.0;
            let precise = self.is_precise(below, above);
            let found = Found::Step { below, above, rises: window.rises, n, precise };
            self.so_far = Some((window, found.clone()));
            if precise {
                let doubtful = self.doubtful(window, below, above, n);
                if doubtful.is_empty() {
                    return Ok(self.agreeing(window, found));
                }
                self.look(&doubtful, n)?;
                (below, above) = (window.from, window.to);
                continue;
            }
            n = next_stage(n, u32::MAX).and_then(|next| next_stage(next, u32::MAX)).unwrap_or(u32::MAX);
        }
    }

    /// The first whole place whose sign fulfils a condition; `right` is known to, `left` is known not to.
    fn bisect(
        &mut self,
        mut left: f64,
        mut right: f64,
        n: u32,
        is_behind: impl Fn(i8) -> bool,
    ) -> Result<f64, Stop<O::Error>> {
        while right - left > 1.0 {
            let middle = self.place(f64::midpoint(left, right));
            self.look(&[middle], n)?;
            if is_behind(self.sign(middle)) {
                right = middle;
            } else {
                left = middle;
            }
        }
        Ok(right)
    }
}

#[cfg(test)]
mod tests;
