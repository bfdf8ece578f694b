//! The goals of an experiment: which strategy meets them, and where.

use super::best::sort_by_mechanisms;
use super::facts::Facts;
use super::sentence::Sentence;
use crate::figure::words;
use crate::file::{Goal, Met, goals};
use crate::folder::error::Error;
use crate::folder::reader::{Estimate, Reader, SummaryRow};

/// Strategies that are named in a row.
const NAMES_MAX: usize = 4;

/// How every strategy stands to every goal at every point.
#[derive(Debug)]
pub struct Goals {
    /// The goals, in the order of the file; none if the experiment has no `[goal]`.
    pub(crate) goals: Vec<Goal>,
    /// By point, strategy and goal.
    met: Vec<Vec<Vec<Met>>>,
}

impl Goals {
    /// Judges a result folder.
    ///
    /// # Errors
    /// If `summary.csv` cannot be read.
    pub fn read(reader: &Reader) -> Result<Self, Error> {
        let goals = goals(&reader.manifest().experiment);
        let rows = reader.summary(|name| goals.iter().any(|goal| goal.measure.name == name))?;
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

    /// Where nothing is judged.
    pub(super) fn none(reader: &Reader) -> Self {
        Self::judge(Vec::new(), reader, |_, _, _| None)
    }

    /// The same from what has been read.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let goals = goals(&facts.reader.manifest().experiment);
        let estimate = |point: usize, strategy: usize, measure: &str| {
            facts.summary(point, strategy, measure).map(|row| row.estimate)
        };
        Self::judge(goals, facts.reader, estimate)
    }

    fn judge(goals: Vec<Goal>, reader: &Reader, estimate: impl Fn(usize, usize, &str) -> Option<Estimate>) -> Self {
        let one = |point: usize, strategy: usize, goal: &Goal| {
            let Some(Estimate { mean, low, high }) = estimate(point, strategy, goal.measure.name) else {
                return Met::Undecided;
            };
            // A mean that is infinite has no interval, and is infinite in truth, too.
            let infinite = mean.filter(|mean| mean.is_infinite()).map(|mean| (mean, mean));
            goal.judge(low.zip(high).or(infinite))
        };
        let met = (0..reader.points().len()).map(|point| {
            let of = |strategy| goals.iter().map(|goal| one(point, strategy, goal)).collect();
            (0..reader.strategies().len()).map(of).collect()
        });
        Self { met: met.collect(), goals }
    }

    /// Whether a strategy meets a goal at a point.
    pub(crate) fn met(&self, point: usize, strategy: usize, goal: usize) -> Met {
        self.met[point][strategy][goal]
    }

    /// Whether a strategy meets all goals at a point.
    pub(crate) fn all(&self, point: usize, strategy: usize) -> Met {
        self.met[point][strategy].iter().copied().min().unwrap_or(Met::Yes)
    }

    /// Whether some strategy meets all goals at a point.
    fn any(&self, point: usize) -> Met {
        (0..self.met[point].len()).map(|strategy| self.all(point, strategy)).max().unwrap_or(Met::No)
    }

    /// Points at which the best of all strategies stands so.
    fn points(&self, met: Met) -> Vec<usize> {
        (0..self.met.len()).filter(|point| self.any(*point) == met).collect()
    }

    /// Whether there is any goal.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.goals.is_empty()
    }

    /// Why a check of the goals fails: the points at which no strategy is shown to meet all of them. None: it passes.
    #[must_use]
    pub fn failure(&self, reader: &Reader) -> Option<String> {
        let (missed, open) = (self.points(Met::No), self.points(Met::Undecided));
        let mut parts = Vec::new();
        if !missed.is_empty() {
            parts.push(format!("no strategy meets it{}", place(reader, &missed)));
        }
        if !open.is_empty() {
            parts.push(format!("undecided{}, which more replications may settle", place(reader, &open)));
        }
        (!parts.is_empty()).then(|| format!("goal ({}): {}", self.told(), parts.join("; ")))
    }

    /// The goals in words: `late rate at most 0.1 %`.
    pub(crate) fn told(&self) -> String {
        let told: Vec<String> = self.goals.iter().map(told).collect();
        told.join("; ")
    }

    /// Which strategies meet all goals, and where none does.
    pub(super) fn sentence(&self, facts: &Facts<'_>) -> Option<Sentence> {
        if self.is_empty() {
            return None;
        }
        let points = self.met.len();
        let upper = crate::figure::capital(&self.told());
        let those = if self.goals.len() == 1 { "" } else { "all " };
        let sentence = Sentence::new(format!("{upper}: "));
        let meets = |strategy: usize| -> Vec<usize> {
            (0..points).filter(|point| self.all(*point, strategy) == Met::Yes).collect()
        };
        let strategies: Vec<usize> = (0..facts.reader.strategies().len()).collect();
        let most = strategies.iter().map(|strategy| meets(*strategy).len()).max().unwrap_or(0);
        let (missed, open) = (self.points(Met::No), self.points(Met::Undecided));
        let mut sentence = if most == 0 {
            sentence
        } else {
            let same = meets(*strategies.iter().find(|strategy| meets(**strategy).len() == most)?);
            let mut named: Vec<usize> = strategies.into_iter().filter(|strategy| meets(*strategy) == same).collect();
            sort_by_mechanisms(facts, &mut named);
            let at = if same.len() == points { everywhere(points) } else { place(facts.reader, &same) };
            sentence.text(format!("{those}met by ")).then(names(facts, &named)).text(at)
        };
        let mut glue = if most == 0 { "" } else { "; " };
        for (points, what) in [(missed, "no strategy meets it"), (open, "not decided by the intervals")] {
            if !points.is_empty() {
                let what =
                    if self.goals.len() > 1 { what.replace("meets it", "meets all of them") } else { what.to_owned() };
                sentence = sentence.text(format!("{glue}{what}{}", place(facts.reader, &points)));
                glue = "; ";
            }
        }
        Some(sentence.text("."))
    }
}

/// A goal in words: `late rate at most 0.1 %`.
pub(crate) fn told(goal: &Goal) -> String {
    let words = words(goal.measure.name);
    let comma = if words.contains(',') { "," } else { "" };
    format!("{words}{comma} {}", goal.limit_in_words())
}

/// Names, no more than fit a sentence.
fn names(facts: &Facts<'_>, strategies: &[usize]) -> Sentence {
    let names = facts.names(strategies);
    if names.len() <= NAMES_MAX {
        return Sentence::default().names(&names);
    }
    let first = Sentence::default().name(names[0]);
    let row = names[1..NAMES_MAX - 1].iter().fold(first, |row, name| row.text(", ").name(name));
    row.text(format!(" and {} more", names.len() - (NAMES_MAX - 1)))
}

/// ` at both points`, ` at each of the 6 points`; nothing if there is one.
fn everywhere(points: usize) -> String {
    match points {
        1 => String::new(),
        2 => " at both points".to_owned(),
        points => format!(" at each of the {points} points"),
    }
}

/// ` at bus.loss = 0.1`, ` from bus.loss = 0.01 to 0.1`, ` at points 0 to 2 and 7`; nothing if there is one point.
fn place(reader: &Reader, points: &[usize]) -> String {
    if reader.points().len() == 1 { String::new() } else { format!(" {}", super::place::points(reader, points)) }
}
