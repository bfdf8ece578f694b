//! The map: in a sentence, in `map.csv` and `line.csv`, in JSON.

use serde_json::{Value, json};

use super::question::MapQuestion;
use super::{FIGURE, LINE, Looked, POINTS, Regimes, Winner, line};
use crate::decide::axis::SearchAxis;
use crate::decide::search::Found;
use crate::decide::solve::{FewHits, REFUSED};
use crate::decide::wording::{comma, compared, limited, lowest};
use crate::decide::{Answer, number};
use crate::figure::{capital, words};
use crate::file::{Bound, Goal};
use crate::folder::columns::CsvLines;
use crate::measure::{MEASURES, Measure, measure_index};
use crate::plan::Plan;
use crate::report::conclusion::write::plural;
use draw::figure::Unit;

/// What was asked and what was found.
pub(super) struct Mapped<'a> {
    pub(super) plan: &'a Plan,
    pub(super) question: &'a MapQuestion,
    pub(super) across: &'a SearchAxis,
    pub(super) up: &'a SearchAxis,
    pub(super) regimes: Regimes,
    pub(super) runs: u64,
}

/// Shares of the map.
struct Shares {
    /// Of each winner.
    winners: Vec<f64>,
    /// Where all are the same in every run.
    same: f64,
    /// Where nobody is shown to win.
    undecided: f64,
}

impl Mapped<'_> {
    pub(super) fn measure(&self) -> Measure {
        MEASURES[measure_index(&self.question.measure).expect("a valid question names a measure")]
    }

    /// A winner: a strategy, or whether the limit of one is kept.
    pub(super) fn winner(&self, winner: usize) -> &str {
        match (self.question.limit, winner) {
            (Some(_), 0) => "kept",
            (Some(_), _) => "broken",
            (None, winner) => &self.question.strategies[winner],
        }
    }

    /// What a winner means, in words.
    pub(super) fn meaning(&self, winner: usize) -> String {
        match self.question.limit {
            Some(limit) => {
                let goal = Goal { measure: self.measure(), bound: Bound::AtMost, limit };
                format!("{} has {}", self.question.strategies[0], limited(&goal, winner == 0))
            }
            None if self.question.is_line() => {
                format!("{} has {}", self.winner(winner), compared(self.measure(), -1, "the"))
            }
            None => format!("{} has {}", self.winner(winner), lowest(self.measure())),
        }
    }

    /// How many may win: the strategies, or that a limit is kept or broken.
    pub(super) const fn winners(&self) -> usize {
        if self.question.limit.is_some() { 2 } else { self.question.strategies.len() }
    }

    fn shares(&self) -> Shares {
        let mut shares = Shares { winners: vec![0.0; self.winners()], same: 0.0, undecided: 0.0 };
        let whole = self.across.last() * self.up.last();
        for part in &self.regimes.parts {
            let share = (part.x.1 - part.x.0) * (part.y.1 - part.y.0) / whole;
            match part.winner {
                Winner::Of(winner) => shares.winners[winner] += share,
                Winner::Same => shares.same += share,
                Winner::Undecided => {}
            }
        }
        // Also what lies between rows with different winners.
        shares.undecided = (1.0 - shares.winners.iter().sum::<f64>() - shares.same).max(0.0);
        shares
    }

    /// The line, as its ends.
    fn of_line(&self) -> String {
        let crossed: Vec<&line::LineRow> = self.regimes.rows.iter().filter(|row| row.is_crossed()).collect();
        let place = |row: &line::LineRow| {
            let text = match row.found {
                Found::Root { root: Some(root), low: Some(low), high: Some(high), .. } => {
                    format!("= {}", self.across.with_limits(root, low, high))
                }
                Found::Root { low: Some(low), high: Some(high), .. } | Found::Step { below: low, above: high, .. } => {
                    format!("between {}", self.across.write_both(low, "and", high))
                }
                Found::Root { .. } | Found::Nowhere { .. } | Found::Several(_) | Found::Undecided | Found::Zero => {
                    String::new()
                }
            };
            format!("{text} at {} = {}", self.up.key, self.up.write(row.at))
        };
        let (rows, key) = (self.regimes.rows.len(), &self.across.key);
        // Left of the line, where the function has the sign that it has not behind it.
        let rises = |row: &&line::LineRow| {
            matches!(row.found, Found::Root { rises: true, .. } | Found::Step { rises: true, .. })
        };
        let upward = crossed.iter().filter(|row| rises(row)).count();
        let below = if upward == 0 || upward == crossed.len() {
            format!("At a lower {key}, {}", self.meaning(usize::from(upward == 0)))
        } else {
            "Which side is which changes from row to row".to_owned()
        };
        let others = self.of_other_rows();
        let is_several = |row: &line::LineRow| matches!(row.found, Found::Several(_));
        let has_several = self.regimes.rows.iter().any(is_several);
        match crossed[..] {
            [] if self.regimes.rows.iter().all(|row| row.found == Found::Zero) => {
                let (across, up) = (self.across, self.up);
                format!(
                    "{}, at {} points from {key} = {} and from {} = {}",
                    self.same_everywhere(),
                    self.regimes.points.len(),
                    across.write_both(0.0, "to", across.last()),
                    up.key,
                    up.write_both(0.0, "to", up.last())
                )
            }
            [] if has_several => format!("No row of {rows} has a single crossing of {key}: {others}"),
            [] => format!("No crossing of {key} is shown in {rows} rows of {}: {others}", self.up.key),
            [only] if has_several => {
                format!("Of {rows} rows one has a single crossing: {key} {}. {below}; {others}", place(only))
            }
            [only] => format!("The only crossing in {rows} rows is {key} {}. {below}; {others}", place(only)),
            [first, .., last] => {
                let others = if others.is_empty() { others } else { format!("; {others}") };
                let (from, to) = (place(first), place(last));
                let to = to.strip_prefix("= ").unwrap_or(&to);
                format!("The line goes from {key} {from} to {to}. {below}{others}")
            }
        }
    }

    /// What holds in the rows without a crossing, and where an end is undecided: `without a crossing, in 2 rows, push has the lower stall rate`.
    fn of_other_rows(&self) -> String {
        let rows = &self.regimes.rows;
        let with_sign = |wanted: i8, everywhere: bool| {
            let is = |row: &&line::LineRow| match &row.found {
                Found::Nowhere { sign, undecided } => *sign == wanted && undecided.is_empty() == everywhere,
                _ => false,
            };
            rows.iter().filter(is).count()
        };
        let several = rows.iter().filter(|row| matches!(row.found, Found::Several(_))).count();
        let undecided = rows.iter().filter(|row| matches!(row.found, Found::Undecided)).count() + with_sign(0, false);
        let same = rows.iter().filter(|row| matches!(row.found, Found::Zero)).count();
        let ends = rows.iter().filter(|row| row.has_undecided_end()).count();
        // A measure's name that has a comma ends with one, unless a limit stands behind it.
        let comma = if self.question.limit.is_some() { "" } else { comma(&words(&self.question.measure)) };
        let won = |winner: usize| format!("{}{comma} at any {}", self.meaning(winner), self.across.key);
        let some = |winner: usize| format!("{}{comma} wherever this is decided", self.meaning(winner));
        let open = |sign: i8, above: bool| rows.iter().filter(|row| row.open_side() == Some((sign, above))).count();
        let part = |winner: usize, above: bool| {
            let (shown, hidden) = if above { ("high", "low") } else { ("low", "high") };
            let meaning = self.meaning(winner);
            format!("{meaning}{comma} at a {shown} {}, and at a {hidden} one it is undecided", self.across.key)
        };
        let parts = [
            (open(-1, true), part(0, true)),
            (open(1, true), part(1, true)),
            (open(-1, false), part(0, false)),
            (open(1, false), part(1, false)),
            (with_sign(-1, true), won(0)),
            (with_sign(1, true), won(1)),
            (with_sign(-1, false), some(0)),
            (with_sign(1, false), some(1)),
            (several, "there is more than one crossing".to_owned()),
            (same, self.same_everywhere()),
            (undecided, "nothing is shown".to_owned()),
            (ends, format!("an end of the range of {} is undecided", self.across.key)),
        ];
        let told = parts.iter().filter(|(count, _)| *count > 0);
        told.map(|(count, what)| format!("in {count} of {} rows {what}", rows.len())).collect::<Vec<_>>().join("; ")
    }

    /// `push and push2 have the same stall rate in every run`
    pub(super) fn same_everywhere(&self) -> String {
        let measure = words(&self.question.measure);
        match self.question.limit {
            Some(limit) => {
                let limit = Unit::of(self.measure().unit).write(limit);
                format!("the {measure} of {} is {limit} in every run", self.question.strategies[0])
            }
            None if self.question.is_line() => {
                let comma = comma(&measure);
                format!("{} have the same {measure}{comma} in every run", self.question.strategies.join(" and "))
            }
            None => format!("{} have {}, the same in every run", self.tied(), lowest(self.measure())),
        }
    }

    /// The strategies that share the first place, if it is one set.
    pub(super) fn tied(&self) -> String {
        let only = self.regimes.ties.first().filter(|_| self.regimes.ties.len() == 1);
        let names = |tie: &Vec<usize>| tie.iter().map(|index| self.winner(*index)).collect::<Vec<_>>().join(" and ");
        only.map_or_else(|| "the best".to_owned(), names)
    }

    /// ` At 3 of 25 points some runs have no finite create time; there a strategy wins in more than half of the pairs of runs.`
    fn of_signs(&self) -> String {
        let (by_signs, points) = (self.regimes.by_signs, self.regimes.points.len());
        if by_signs == 0 {
            return String::new();
        }
        let measure = words(&self.question.measure);
        let rule = match self.question.limit {
            Some(_) => "the limit is kept or broken in more than half of the runs",
            None => "the winner has the lower one in more than half of the pairs of runs",
        };
        format!(" At {by_signs} of {points} points some runs have no finite {measure}; there {rule}.")
    }

    /// What the map does not know: ` At 2 points the value of a strategy is undefined in all runs.`
    fn unknown(&self) -> String {
        let told = |points: usize, why: &str| match points {
            0 => String::new(),
            points => format!(" At {} the value of a strategy is {why}.", plural(points, "point", "points")),
        };
        let few: String = self.regimes.few.iter().copied().reduce(FewHits::with).map_or(String::new(), FewHits::told);
        let undefined = told(self.regimes.undefined, "undefined in all runs");
        format!("{}{undefined}{}{few}", self.of_signs(), told(self.regimes.refused, REFUSED))
    }

    fn of_grid(&self) -> String {
        let shares = self.shares();
        let won: Vec<String> = shares
            .winners
            .iter()
            .enumerate()
            .filter(|(_, share)| **share > 0.0)
            .map(|(index, share)| format!("{} in {}", self.winner(index), Unit::Share.write(*share)))
            .collect();
        let won = if won.is_empty() { "no strategy anywhere".to_owned() } else { won.join(", ") };
        let lowest = lowest(self.measure());
        let same = if shares.same > 0.0 {
            format!("in {} {}; ", Unit::Share.write(shares.same), self.same_everywhere())
        } else {
            String::new()
        };
        format!(
            "{} over {} and {}: {won} of the map; {same}{} is undecided",
            capital(&format!("{}{}", lowest.trim_start_matches("the "), comma(&lowest))),
            self.across.key,
            self.up.key,
            Unit::Share.write(shares.undecided)
        )
    }

    /// The points, ascending by the second key, then by the first.
    fn points(&self) -> Vec<&Looked> {
        let mut points: Vec<&Looked> = self.regimes.points.iter().collect();
        points.sort_by(|one, other| one.at.1.total_cmp(&other.at.1).then(one.at.0.total_cmp(&other.at.0)));
        points
    }

    fn points_csv(&self) -> Vec<u8> {
        let mut lines = CsvLines::new();
        lines.push([
            self.across.key.as_str(),
            &self.up.key,
            "winner",
            "runner_up",
            "difference",
            "ci_low",
            "ci_high",
            "n",
            "leader",
        ]);
        for point in self.points() {
            let [mean, low, high] = point.difference.written();
            lines.field(text::in_csv(&self.across.value(point.at.0)).as_ref());
            lines.field(text::in_csv(&self.up.value(point.at.1)).as_ref());
            lines.field(point.winner.map_or("", |winner| self.winner(winner)));
            lines.field(point.runner_up.map_or("", |winner| self.winner(winner)));
            lines.number(mean);
            lines.number(low);
            lines.number(high);
            lines.whole(point.n.into());
            lines.field(point.leader.map_or("", |leader| self.winner(leader)));
            lines.end();
        }
        lines.into_bytes()
    }

    fn line_csv(&self) -> Vec<u8> {
        let mut lines = CsvLines::new();
        lines.push([self.up.key.as_str(), "answer", &self.across.key, "ci_low", "ci_high", "n"]);
        for row in &self.regimes.rows {
            let number = |place: f64| self.across.number(place);
            lines.field(text::in_csv(&self.up.value(row.at)).as_ref());
            let (root, low, high, n) = match &row.found {
                Found::Root { root, low, high, n, .. } => (*root, *low, *high, Some(*n)),
                Found::Step { below, above, n, .. } => (None, Some(*below), Some(*above), Some(*n)),
                Found::Nowhere { .. } | Found::Several(_) | Found::Undecided | Found::Zero => (None, None, None, None),
            };
            lines.field(row.found.kind());
            lines.number(root.map(number));
            lines.number(low.map(number));
            lines.number(high.map(number));
            lines.field(n.map_or(String::new(), |n: u32| n.to_string()));
            lines.end();
        }
        lines.into_bytes()
    }
}

impl Answer for Mapped<'_> {
    fn sentence(&self) -> String {
        let text = if self.question.is_line() { self.of_line() } else { self.of_grid() };
        let confidence = Unit::Share.write(self.plan.confidence);
        format!("{text} ({confidence} at each point; {} runs).{}", self.runs, self.unknown())
    }

    fn failure(&self) -> Option<String> {
        if self.regimes.undefined > 0 && self.regimes.undefined == self.regimes.points.len() {
            return Some("no point has a value of each strategy: another measure can decide".to_owned());
        }
        let budget = self.question.budget;
        (!self.regimes.complete).then(|| {
            let (runs, needed) = (self.runs, self.regimes.needed);
            format!(
                "{runs} of {budget} runs were made, and the next step takes more than its share of those that are left: \
                 about --budget {needed} is needed"
            )
        })
    }

    fn json(&self) -> Value {
        let points = self.points().into_iter().map(|point| {
            let [mean, low, high] = point.difference.written();
            json!({
                "x": self.across.value(point.at.0),
                "y": self.up.value(point.at.1),
                "winner": point.winner.map(|winner| self.winner(winner)),
                "runner_up": point.runner_up.map(|winner| self.winner(winner)),
                "difference": number(mean),
                "ci_low": number(low),
                "ci_high": number(high),
                "n": point.n,
                "leader": point.leader.map(|leader| self.winner(leader)),
            })
        });
        let shares = self.shares();
        let winners: serde_json::Map<String, Value> = shares
            .winners
            .iter()
            .enumerate()
            .map(|(index, share)| (self.winner(index).to_owned(), number(Some(*share))))
            .collect();
        json!({
            "experiment": self.plan.name,
            "question": self.question,
            "answered": self.regimes.complete,
            "sentence": self.sentence(),
            "shares": winners,
            "same": number(Some(shares.same)),
            "undecided": number(Some(shares.undecided)),
            "runs": self.runs,
            "points": points.collect::<Vec<_>>(),
        })
    }

    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let figure = draw::svg(&self.figure(), draw::Theme::Light).into_bytes();
        let mut files = vec![(POINTS, self.points_csv()), (FIGURE, figure)];
        if self.question.is_line() {
            files.insert(1, (LINE, self.line_csv()));
        }
        files
    }
}
