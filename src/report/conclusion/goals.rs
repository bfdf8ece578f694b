//! The goals of an experiment: which strategy meets them, and where.

use super::best::sort_by_mechanisms;
use super::facts::Facts;
use super::holding::Holding;
use super::place::{self, NamedPoints};
use super::sentence::Sentence;
use crate::figure::words;
use crate::file::{Bound, Goal, Met, goals};
use crate::folder::error::Error;
use crate::folder::reader::{ReadEstimate, Reader, SummaryRow};
use draw::figure::Unit;

/// Letters of a place in a row of places. A longer place is given by its number of points.
const PLACE_MAX: usize = 40;

/// Strategies that are named in a row.
const NAMES_MAX: usize = 4;

/// Groups of strategies that meet the goals at different points and are named.
const GROUPS_MAX: usize = 4;

/// The share of failed creates above which there is a caution on a goal that does not count them.
const CREATES_FAIL: f64 = 0.001;

/// The measures of the share of failed creates: its numerator and its denominator.
const CREATES: [&str; 2] = ["create_failed", "attempts_first"];

/// Whether each strategy meets each goal at each point.
#[derive(Debug)]
pub struct Goals {
    /// The goals, in the order of the file; none if the experiment has no `[goal]`.
    pub(crate) limits: Vec<Goal>,
    /// By point, strategy and goal.
    met: Vec<Vec<Vec<Met>>>,
    /// The share of creates that fail, by point and strategy.
    failing: Vec<Vec<f64>>,
    /// Whether there are values and none of them has an interval, as with one replication.
    pub(crate) has_no_interval: bool,
}

impl Goals {
    /// Judges a result folder.
    ///
    /// # Errors
    /// If `summary.csv` cannot be read.
    pub fn read(reader: &Reader) -> Result<Self, Error> {
        let goals = goals(&reader.manifest().experiment);
        let is_read = |name: &str| CREATES.contains(&name) || goals.iter().any(|goal| goal.measure.name == name);
        let rows = reader.summary(is_read)?;
        let estimate = |point: usize, strategy: usize, measure: &str| {
            let own = |row: &&SummaryRow| {
                row.group.point == point && row.group.strategy == strategy && row.measure == measure
            };
            // Rows are in the order of points and strategies.
            let first = rows.partition_point(|row| (row.group.point, row.group.strategy) < (point, strategy));
            rows[first..].iter().take_while(|row| row.group.point == point).find(own).map(|row| row.estimate)
        };
        Ok(Self::judge(goals, reader, estimate))
    }

    /// No goals, for a folder that is not judged.
    pub(super) fn none(reader: &Reader) -> Self {
        Self::judge(Vec::new(), reader, |_, _, _| None)
    }

    /// Judges numbers that have been read.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let goals = goals(&facts.reader.manifest().experiment);
        let estimate = |point: usize, strategy: usize, measure: &str| {
            facts.summary(point, strategy, measure).map(|row| row.estimate)
        };
        Self::judge(goals, facts.reader, estimate)
    }

    fn judge(goals: Vec<Goal>, reader: &Reader, estimate: impl Fn(usize, usize, &str) -> Option<ReadEstimate>) -> Self {
        let (mut values, mut intervals) = (0_usize, 0_usize);
        let mut one = |point: usize, strategy: usize, goal: &Goal| {
            let known = estimate(point, strategy, goal.measure.name);
            let Some(ReadEstimate { mean: Some(mean), low, high }) = known else { return Met::Undefined };
            // An infinite mean has no interval. The true value is infinite as well.
            let interval = low.zip(high).or_else(|| mean.is_infinite().then_some((mean, mean)));
            values += 1;
            intervals += usize::from(interval.is_some());
            goal.judge(interval)
        };
        let (points, strategies) = (reader.points().len(), reader.strategies().len());
        let mut met = Vec::new();
        for point in 0..points {
            let mut of = |strategy| goals.iter().map(|goal| one(point, strategy, goal)).collect();
            met.push((0..strategies).map(&mut of).collect());
        }
        let failing = |point: usize, strategy: usize| {
            let [failed, first] = CREATES.map(|name| estimate(point, strategy, name).and_then(|known| known.mean));
            failed.zip(first.filter(|first| *first > 0.0)).map_or(0.0, |(failed, first)| failed / first)
        };
        let failing = (0..points).map(|point| (0..strategies).map(|strategy| failing(point, strategy)).collect());
        Self { met, failing: failing.collect(), has_no_interval: values > 0 && intervals == 0, limits: goals }
    }

    /// Whether a strategy meets a goal at a point.
    pub(crate) fn met(&self, point: usize, strategy: usize, goal: usize) -> Met {
        self.met[point][strategy][goal]
    }

    /// Whether a strategy meets all goals at a point.
    pub(crate) fn all(&self, point: usize, strategy: usize) -> Met {
        self.met[point][strategy].iter().copied().min().unwrap_or(Met::Yes)
    }

    /// The share of creates that fail where a strategy meets a goal whose measure leaves failed creates out; none where
    /// hardly any fails.
    pub(crate) fn left_out(&self, point: usize, strategy: usize, goal: usize) -> Option<f64> {
        let share = self.failing[point][strategy];
        let is_apart = leaves_out_failed_creates(&self.limits[goal]) && self.met(point, strategy, goal) == Met::Yes;
        (is_apart && share > CREATES_FAIL).then_some(share)
    }

    /// Whether some strategy meets all goals at a point.
    fn any(&self, point: usize) -> Met {
        (0..self.met[point].len()).map(|strategy| self.all(point, strategy)).max().unwrap_or(Met::No)
    }

    /// The verdict on a goal at a point for the strategy that comes closest to it.
    fn any_of(&self, point: usize, goal: usize) -> Met {
        self.met[point].iter().map(|goals| goals[goal]).max().unwrap_or(Met::No)
    }

    /// Points at which this is the best verdict of all strategies.
    fn points(&self, met: Met) -> Vec<usize> {
        (0..self.met.len()).filter(|point| self.any(*point) == met).collect()
    }

    /// Whether there is any goal.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.limits.is_empty()
    }

    /// The reason why a check of the goals fails: the points at which no strategy is shown to meet all goals. None if the
    /// check passes.
    #[must_use]
    pub fn failure(&self, reader: &Reader) -> Option<String> {
        let parts = self.short(reader, true);
        let parts: Vec<String> = parts.iter().map(Sentence::to_string).collect();
        (!parts.is_empty()).then(|| format!("goal ({}): {}", self.in_words(), parts.join("; ")))
    }

    /// A caution about goals that are met and do not count failed creates. None if hardly any create fails.
    #[must_use]
    pub fn caution(&self, reader: &Reader) -> Option<String> {
        let mut measures: Vec<String> = Vec::new();
        // Of each strategy: the highest share of failed creates where it meets such a goal.
        let mut shares: Vec<(usize, f64)> = Vec::new();
        for strategy in 0..reader.strategies().len() {
            let mut highest = 0.0_f64;
            for point in 0..self.met.len() {
                for (goal, limit) in self.limits.iter().enumerate() {
                    let Some(share) = self.left_out(point, strategy, goal) else { continue };
                    highest = highest.max(share);
                    let name = words(limit.measure.name);
                    if !measures.contains(&name) {
                        measures.push(name);
                    }
                }
            }
            if highest > 0.0 {
                shares.push((strategy, highest));
            }
        }
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        if shares.is_empty() {
            return None;
        }
        let named = shares.iter().take(NAMES_MAX);
        let named = named
            .map(|(strategy, share)| format!("{} under {}", Unit::Share.write(*share), reader.strategies()[*strategy]));
        let more = match shares.len().saturating_sub(NAMES_MAX) {
            0 => String::new(),
            more => format!(", not more under {more} more"),
        };
        let met = match (self.limits.len(), measures.len()) {
            (1, _) => "the goal is met".to_owned(),
            (_, 1) => format!("the goal on {} is met", measures[0]),
            _ => "one of these goals is met".to_owned(),
        };
        let most = if self.met.len() > 1 {
            format!("the most creates that fail where {met}")
        } else {
            "creates that fail".to_owned()
        };
        let (measures, named) = (measures.join(" and "), named.collect::<Vec<_>>().join(", "));
        Some(format!("failed creates are not counted in {measures}; {most}: {named}{more}"))
    }

    /// The goals in words: `late rate at most 0.1 %`.
    pub(crate) fn in_words(&self) -> String {
        let limits: Vec<String> = self.limits.iter().map(goal_in_words).collect();
        limits.join("; ")
    }

    /// The points at which no strategy meets all goals, and the goals that fail there. `missed`: for an undecided goal also
    /// the strategies that miss it. Goals with the same verdicts for all strategies share a sentence.
    fn short(&self, reader: &Reader, missed: bool) -> Vec<Sentence> {
        let mut parts = Vec::new();
        for met in [Met::No, Met::Undefined, Met::Undecided] {
            let mut points = self.points(met);
            if points.is_empty() {
                continue;
            }
            if let [_] = self.limits.as_slice() {
                parts.push(self.lacks(reader, met, (Some(0), missed), ("", false), &points));
                continue;
            }
            let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
            for goal in 0..self.limits.len() {
                let is_so = |point: &usize| self.any_of(*point, goal) == met;
                let here: Vec<usize> = points.iter().copied().filter(is_so).collect();
                match groups.iter_mut().find(|(alike, at)| *at == here && self.is_alike(alike[0], goal, &here)) {
                    Some((alike, _)) => alike.push(goal),
                    None if here.is_empty() => {}
                    None => groups.push((vec![goal], here)),
                }
            }
            for (alike, here) in &groups {
                let what: Vec<String> = alike.iter().map(|goal| self.short_name(*goal)).collect();
                let what = format!("the goal{} on {}", if what.len() > 1 { "s" } else { "" }, what.join(" and "));
                parts.push(self.lacks(reader, met, (Some(alike[0]), true), (&what, alike.len() > 1), here));
            }
            // Points at which each goal is met by some strategy, but no strategy meets all goals.
            let one_fails = |point: usize| (0..self.limits.len()).any(|goal| self.any_of(point, goal) == met);
            points.retain(|point| !one_fails(*point));
            if let Some(first) = points.first() {
                let which = self.each(reader, *first, met);
                // The reasons at the first point, which may be those at all points.
                let is_alike = points.iter().all(|point| self.each(reader, *point, met) == which);
                let at = if is_alike { Sentence::default() } else { Sentence::at(place(reader, &[*first])).text(": ") };
                let part = self.lacks(reader, met, (None, true), ("all of them", true), &points);
                parts.push(part.text(" (").then(at).text(format!("{which})")));
            }
        }
        parts
    }

    /// `late rate`, or `late rate at most 1 %` where several goals are on it.
    fn short_name(&self, goal: usize) -> String {
        let limit = &self.limits[goal];
        let of_measure = self.limits.iter().filter(|other| other.measure.name == limit.measure.name);
        if of_measure.count() > 1 { goal_in_words(limit) } else { words(limit.measure.name) }
    }

    /// Whether two goals have the same verdicts for every strategy at these points, and the same words fit both.
    fn is_alike(&self, one: usize, other: usize, points: &[usize]) -> bool {
        let stands = |point: &usize| self.met[*point].iter().all(|goals| goals[one] == goals[other]);
        points.iter().all(stands) && is_never_shown(&self.limits[one]) == is_never_shown(&self.limits[other])
    }

    /// The sentence for points at which `met` is the best verdict on `what`; empty: the only goal. If the verdict is
    /// undecided, strategies that miss the goal are named as well, so that no miss is hidden. `goal`: the goal of the
    /// sentence, none for all goals. `missed`: whether strategies that miss the goal are named.
    fn lacks(
        &self,
        reader: &Reader,
        met: Met,
        (goal, missed): (Option<usize>, bool),
        (what, are_several): (&str, bool),
        points: &[usize],
    ) -> Sentence {
        let is = match (what.is_empty(), are_several) {
            (true, _) => String::new(),
            (false, true) if goal.is_none() => format!("whether {what} are met is "),
            (false, false) => format!("{what} is "),
            (false, true) => format!("{what} are "),
        };
        let them = if are_several { "them" } else { "it" };
        let place = place_of(reader, points, met);
        match met {
            Met::No if what.is_empty() => Sentence::new("no strategy meets it").then(place),
            Met::No => Sentence::new(format!("no strategy meets {what}")).then(place),
            Met::Undefined => {
                let all = &|_: usize, _: usize| true;
                let missed = self.standing(reader, (Met::No, "by "), goal, points, all);
                let unknown = self.standing(reader, (Met::Undefined, "for "), goal, points, all);
                // If the measure is undefined for all strategies, none is named.
                match missed.zip(unknown) {
                    Some((missed, unknown)) => {
                        Sentence::new(format!("{is}not defined ")).then(unknown).text("; not met ").then(missed)
                    }
                    None => Sentence::new(format!("{is}not defined")).then(place),
                }
            }
            Met::Undecided if self.has_no_interval => {
                let sentence = Sentence::new(format!("{is}undecided")).then(place);
                sentence.text(", because one replication gives no interval")
            }
            Met::Undecided => {
                let all = &|_: usize, _: usize| true;
                let open = self.standing(reader, (Met::Undecided, "for "), goal, points, all);
                let missed = self.standing(reader, (Met::No, "by "), goal, points, all).filter(|_| missed);
                let unknown = self.standing(reader, (Met::Undefined, "for "), goal, points, all);
                let is_never = match goal {
                    Some(goal) => is_never_shown(&self.limits[goal]),
                    None => self.limits.iter().any(is_never_shown),
                };
                let (never, settle) = if is_never {
                    (format!("(no number of replications can show {them} met) "), "")
                } else {
                    (String::new(), ", which more replications may settle")
                };
                let mut sentence =
                    Sentence::new(format!("{is}undecided {never}")).then(open.unwrap_or_default()).text(settle);
                for (lead, part) in [("; not met ", missed), ("; not defined ", unknown)] {
                    if let Some(part) = part {
                        sentence = sentence.text(lead).then(part);
                    }
                }
                sentence
            }
            Met::Yes => Sentence::new(format!("{is}met")).then(place),
        }
    }

    /// Strategies with this verdict on a goal at some of these points, in groups with their places. `is_asked` selects points
    /// and strategies. None if no strategy has the verdict.
    fn standing(
        &self,
        reader: &Reader,
        (met, of): (Met, &str),
        goal: Option<usize>,
        points: &[usize],
        is_asked: &dyn Fn(usize, usize) -> bool,
    ) -> Option<Sentence> {
        let stands = |point: usize, strategy: usize| match goal {
            Some(goal) => self.met(point, strategy, goal),
            None => self.all(point, strategy),
        };
        let groups = Holding::groups(0..reader.strategies().len(), |strategy| {
            let is_so = |point: &usize| is_asked(*point, strategy) && stands(*point, strategy) == met;
            points.iter().copied().filter(is_so).collect()
        });
        let mut groups = Holding::most_points_first(groups);
        let more: usize = groups.iter().skip(GROUPS_MAX).map(|group| group.strategies.len()).sum();
        groups.truncate(GROUPS_MAX);
        let of_all = |strategies: &[usize]| strategies.len() == reader.strategies().len() && strategies.len() > 1;
        let parts = groups.iter().enumerate().map(|(index, Holding { strategies, points: at })| {
            let who = if of_all(strategies) { Sentence::new("every strategy") } else { names(reader, strategies) };
            let lead = if index == 0 { "" } else { ", " };
            let place = place_of(reader, at, Met::Undecided);
            let place = if place.letters() > PLACE_MAX {
                Sentence::new(format!(" at {} of the {} points", at.len(), reader.points().len()))
            } else {
                place
            };
            Sentence::new(format!("{lead}{of}")).then(who).then(place)
        });
        let sentence = parts.reduce(Sentence::then)?;
        Some(if more > 0 { sentence.text(format!(", {of}{more} more at some points")) } else { sentence })
    }

    /// Which goals each strategy fails at a point: `push: late rate; pull: attempts`.
    fn each(&self, reader: &Reader, point: usize, met: Met) -> String {
        let mut groups: Vec<(Vec<usize>, Vec<&str>)> = Vec::new();
        for (strategy, name) in reader.strategies().iter().enumerate() {
            let fails = (0..self.limits.len()).filter(|goal| self.met(point, strategy, *goal) <= met);
            let fails: Vec<usize> = fails.collect();
            match groups.iter_mut().find(|group| group.0 == fails) {
                Some(group) => group.1.push(name),
                None => groups.push((fails, vec![name])),
            }
        }
        let verb = if met == Met::No { "misses" } else { "is not shown to meet" };
        let verbs = if met == Met::No { "miss" } else { "are not shown to meet" };
        let parts = groups.iter().take(GROUPS_MAX).map(|(fails, names)| {
            let goals: Vec<String> = fails.iter().map(|goal| words(self.limits[*goal].measure.name)).collect();
            let (named, more) = (&names[..names.len().min(NAMES_MAX)], names.len().saturating_sub(NAMES_MAX));
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let verb = if names.len() == 1 { verb } else { verbs };
            format!("{}{more} {verb} {}", named.join(", "), goals.join(" and "))
        });
        parts.collect::<Vec<_>>().join("; ")
    }

    /// Strategies that meet all goals at the same points, with these points: first those that together cover every point
    /// at which some strategy does, then the others, the most points first.
    fn meeting(&self, reader: &Reader) -> (Vec<Holding>, usize) {
        let mut groups = Holding::groups(0..reader.strategies().len(), |strategy| {
            (0..self.met.len()).filter(|point| self.all(*point, strategy) == Met::Yes).collect()
        });
        for group in &mut groups {
            sort_by_mechanisms(reader, &mut group.strategies);
        }
        Holding::cover_first(groups, self.points(Met::Yes))
    }

    /// Which strategies meet all goals, and at which points no strategy does. `best` are the strategies that the answer names.
    /// If exactly these meet the goals together, the sentence does not repeat their names.
    pub(crate) fn sentence(&self, reader: &Reader, best: &[usize]) -> Option<Sentence> {
        if self.is_empty() {
            return None;
        }
        let points = self.met.len();
        let upper = crate::figure::capital(&self.in_words());
        let mut sentence = Sentence::new(format!("{upper}: ")).whole();
        let (groups, needed) = self.meeting(reader);
        let shown = groups.len().min(needed.max(GROUPS_MAX));
        for (index, Holding { strategies, points: meets }) in groups[..shown].iter().enumerate() {
            let lead = match (index, self.limits.len()) {
                (0, 1) => "met by ",
                (0, _) => "all met by ",
                _ => ", by ",
            };
            let at = place_of(reader, meets, Met::Yes);
            let is_best =
                best.len() > 1 && best.len() == strategies.len() && best.iter().all(|one| strategies.contains(one));
            let who = if is_best { Sentence::new("all the best") } else { names(reader, strategies) };
            sentence = sentence.text(lead).then(who).then(at);
        }
        let more: usize = groups[shown..].iter().map(|group| group.strategies.len()).sum();
        if more > 0 {
            sentence = sentence.text(format!(", by {more} more at some points"));
        }
        // Strategies that do not meet a single goal are named together, at whatever points.
        let is_single = self.limits.len() == 1;
        for (index, part) in self.short(reader, !is_single).into_iter().enumerate() {
            sentence = sentence.text(if index == 0 && groups.is_empty() { "" } else { "; " }).then(part);
        }
        // Strategies that meet the goals at no point, at points where another strategy meets them. The points where no strategy
        // meets them are named already.
        let meets = |strategy: usize| (0..points).any(|point| self.all(point, strategy) == Met::Yes);
        let is_elsewhere = |point: usize, strategy: usize| self.any(point) == Met::Yes && !meets(strategy);
        let is_open = |point: usize| is_single && self.any(point) == Met::Undecided;
        let all: Vec<usize> = (0..points).collect();
        // If another strategy meets the goals at some point and this one nowhere, all points are named at which this one
        // misses them.
        let is_beaten = |one: usize| all.iter().any(|point| is_elsewhere(*point, one));
        let missed =
            self.standing(reader, (Met::No, "by "), None, &all, &|point, one| is_open(point) || is_beaten(one));
        let undefined = self.standing(reader, (Met::Undefined, "for "), None, &all, &is_elsewhere);
        let undecided = self.standing(reader, (Met::Undecided, "for "), None, &all, &is_elsewhere);
        for (lead, part) in [("; not met ", missed), ("; not defined ", undefined), ("; undecided ", undecided)] {
            if let Some(part) = part {
                sentence = sentence.text(lead).then(part);
            }
        }
        let caution =
            self.caution(reader).map_or_else(String::new, |caution| format!(" {}.", crate::figure::capital(&caution)));
        Some(sentence.text(".").text(caution))
    }
}

/// Whether no number of replications can show that a goal is met: the upper limit of a count is never zero.
fn is_never_shown(goal: &Goal) -> bool {
    goal.bound == Bound::AtMost && goal.limit <= 0.0
}

/// Whether failed creates make a goal easier to meet, because its measure counts only attempts that sent an initiation.
fn leaves_out_failed_creates(goal: &Goal) -> bool {
    let name = goal.measure.name;
    let is_of_attempts = ["stalled", "cause_", "handshake_wait_", "time_to_connect_", "create_time_"];
    let is_apart = ["stall_rate", "failed", "failure_rate", "recovery_max_s"].contains(&name)
        || is_of_attempts.iter().any(|prefix| name.starts_with(prefix));
    goal.bound == Bound::AtMost && is_apart
}

/// A goal in words: `late rate at most 0.1 %`.
pub(crate) fn goal_in_words(goal: &Goal) -> String {
    let words = words(goal.measure.name);
    let comma = if words.contains(',') { "," } else { "" };
    format!("{words}{comma} {}", goal.limit_in_words())
}

/// As many names as fit a sentence.
fn names(reader: &Reader, strategies: &[usize]) -> Sentence {
    let names: Vec<&str> = strategies.iter().map(|strategy| reader.strategies()[*strategy].as_str()).collect();
    Sentence::default().few_names(&names)
}

/// The place of `no strategy meets it`, `undecided` or `not defined`. All points together are counted, not named.
fn place_of(reader: &Reader, points: &[usize], met: Met) -> Sentence {
    match (points.len(), met) {
        (some, _) if some < reader.points().len() => Sentence::default().place(place(reader, points)),
        (all, Met::No | Met::Undefined) => Sentence::new(place::anywhere(all)),
        (all, Met::Undecided | Met::Yes) => Sentence::new(place::everywhere(all)),
    }
}

/// `at bus.loss = 0.1`, `from bus.loss = 0.01 to 0.1`, `at points 0 to 2 and 7`; no words if there is one point.
fn place(reader: &Reader, points: &[usize]) -> NamedPoints {
    if reader.points().len() == 1 { NamedPoints::default() } else { place::points(reader, points) }
}
