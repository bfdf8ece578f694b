//! An answer: its sentence, and its rows in `solve.csv`, `curve.csv` and JSON.

use serde_json::{Value, json};

use super::FewHits;
use super::question::{SolveQuestion, Wanted};
use crate::decide::axis::SearchAxis;
use crate::decide::number;
use crate::decide::search::{Found, Point, Searched};
use crate::decide::wording::{comma, compared, limited};
use crate::figure::words;
use crate::file::{Bound, Goal};
use crate::folder::columns::CsvLines;
use crate::measure::{MEASURES, Measure, measure_index};
use crate::plan::Plan;
use draw::figure::Unit;

/// Places that a sentence names.
const PLACES_MAX: usize = 5;

/// How the answer was found, as `solve.csv` names it.
const METHOD: &str = "interval-inversion";

/// What was asked and what was found.
pub struct Solved<'a> {
    pub(super) plan: &'a Plan,
    pub(super) question: &'a SolveQuestion,
    pub(super) axis: &'a SearchAxis,
    pub(super) searched: Searched,
    /// Where rare losses have too few hits.
    pub(super) few: Option<FewHits>,
    /// At how many places the measure is infinite in every run of both strategies.
    pub(super) never: usize,
}

/// One row of `solve.csv`.
#[derive(Clone, Copy, Default)]
struct AnswerRow {
    root: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    n: Option<u32>,
}

impl Solved<'_> {
    /// Whether the question is answered: an answer of no crossing is one, a budget that ended too early gives none.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.failure().is_none()
    }

    /// Why the question is not answered.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let budget = self.question.budget;
        let found = match &self.searched.found {
            Found::Root { .. } | Found::Step { .. } => self.searched.crossings.max(1),
            Found::Several(several) => several.len(),
            Found::Nowhere { .. } | Found::Undecided | Found::Zero => 0,
        };
        let plural = if found == 1 { "" } else { "s" };
        if let Some(number) = self.question.crossing.filter(|number| *number > found) {
            let accepted = if found == 0 { "no --crossing" } else { "the number of one" };
            return Some(format!("--crossing {number}: found {found} crossing{plural}, accepted: {accepted}"));
        }
        match &self.searched.found {
            Found::Root { precise: false, .. } | Found::Step { precise: false, .. } => {
                Some(self.budget_ended("the precision was reached", "are left"))
            }
            Found::Nowhere { .. } if self.searched.needed.is_some() => {
                Some(self.budget_ended("both ends of the range were decided", "an end may take of them"))
            }
            Found::Several(_) if self.searched.needed.is_some() && self.question.crossing.is_some() => {
                Some(self.budget_ended("the crossing was told from others", "are left"))
            }
            Found::Root { .. } | Found::Step { .. } | Found::Nowhere { .. } | Found::Zero => None,
            Found::Several(_) => {
                Some(format!("there are {found} crossings; --crossing N, from 1, looks for one of them"))
            }
            Found::Undecided if self.is_never() => {
                let measure = words(&self.question.measure);
                let comma = comma(&measure);
                Some(format!(
                    "the {measure}{comma} of both is infinite in every run: another measure, or a range in which it is \
                     finite, can decide"
                ))
            }
            Found::Undecided => {
                let runs = self.question.wanted.strategies().len() as u64;
                let more = self.searched.budget_for_ends(runs).max(budget + 1);
                Some(format!(
                    "the {} runs decide nothing: an end of the range gets more replications from --budget {more} on",
                    self.searched.runs
                ))
            }
        }
    }

    /// Whether the measure is infinite in every run of both strategies, wherever it was looked at.
    const fn is_never(&self) -> bool {
        self.never > 0 && self.never == self.searched.points.len()
    }

    /// That the budget ended before something was known, and which budget the next step needs.
    fn budget_ended(&self, before: &str, than: &str) -> String {
        let (budget, runs) = (self.question.budget, self.searched.runs);
        let likely = match self.searched.likely {
            likely if self.searched.needed.is_some_and(|needed| likely > needed) => {
                format!(", and about {likely} runs are likely to be needed in all")
            }
            _ => String::new(),
        };
        let needed =
            self.searched.needed.map_or(String::new(), |needed| format!(": --budget {needed} goes on{likely}"));
        format!("{runs} of {budget} runs were made before {before}, and the next step takes more than {than}{needed}")
    }

    pub(super) fn measure(&self) -> Measure {
        MEASURES[measure_index(&self.question.measure).expect("a valid question names a measure")]
    }

    /// What one of two signs of the function means.
    fn meaning(&self, sign: i8) -> String {
        let keeps = |strategy: &str, bound: Bound, limit: f64, good: i8| {
            let goal = Goal { measure: self.measure(), bound, limit };
            format!("{strategy} has {}", limited(&goal, sign == good))
        };
        match &self.question.wanted {
            Wanted::AtMost { strategy, limit } => keeps(strategy, Bound::AtMost, *limit, -1),
            Wanted::AtLeast { strategy, limit } => keeps(strategy, Bound::AtLeast, *limit, 1),
            Wanted::Better { strategy, than } => {
                let comma = comma(&words(&self.question.measure));
                format!("{strategy} has {}{comma} than {than}", compared(self.measure(), sign, "a"))
            }
        }
    }

    /// The sign that is asked for.
    const fn wanted_sign(&self) -> i8 {
        match self.question.wanted {
            Wanted::AtMost { .. } | Wanted::Better { .. } => -1,
            Wanted::AtLeast { .. } => 1,
        }
    }

    /// `bus.loss = 0.01`
    fn at(&self, place: f64) -> String {
        format!("{} = {}", self.axis.key, self.axis.write(place))
    }

    fn range(&self) -> String {
        format!("from {} = {}", self.axis.key, self.axis.write_both(0.0, "to", self.axis.last()))
    }

    /// The answer in a sentence or two.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (text, n) = match &self.searched.found {
            Found::Root { root, low, high, rises, n, .. } => (self.of_root(*root, *low, *high, *rises), Some(*n)),
            Found::Step { below, above, rises, n, .. } => (self.of_step(*below, *above, *rises), Some(*n)),
            Found::Nowhere { sign, undecided } => (self.of_nowhere(*sign, undecided), None),
            Found::Several(several) => {
                let ends: Vec<f64> = several.iter().flat_map(|(left, right)| [*left, *right]).collect();
                let written = self.axis.write_alike(&ends);
                let each: Vec<String> =
                    written.chunks(2).map(|ends| format!("between {}", ends.join(" and "))).collect();
                let whether = self.meaning(self.wanted_sign());
                (format!("It changes more than once whether {whether}: {} of {}", each.join(", "), self.axis.key), None)
            }
            Found::Undecided if self.is_never() => (self.of_never(), None),
            Found::Undecided => {
                let whether = self.meaning(self.wanted_sign());
                (format!("Undecided {}: at no value is it shown whether {whether}", self.range()), None)
            }
            Found::Zero => (self.of_zero(), None),
        };
        let (which, within) = self.which();
        let text = format!("{text}{within}{}", self.of_ends());
        let confidence = Unit::Share.write(self.plan.confidence);
        let replications = n.map_or(String::new(), |n| format!("{n} replications, "));
        let mut text = format!("{which}{text} ({confidence}; {replications}{} runs).", self.searched.runs);
        let is_cut = self.searched.needed.is_some();
        match self.searched.found {
            Found::Root { precise: false, .. } | Found::Step { precise: false, .. } if is_cut => {
                text.push_str(" The budget ended before the precision was reached.");
            }
            Found::Nowhere { .. } if is_cut => {
                text.push_str(" The budget ended before both ends of the range were decided.");
            }
            _ => {}
        }
        let is_precise = matches!(
            self.searched.found,
            Found::Root { precise: true, low: Some(_), high: Some(_), .. } | Found::Step { precise: true, .. }
        );
        if let Some(few) = self.few.filter(|_| !is_precise) {
            text.push_str(&few.told());
        }
        text.push_str(&self.of_signs());
        text
    }

    /// `Crossing 1 of 2: ` and ` (up to the next crossing)`, if one of several crossings was searched.
    fn which(&self) -> (String, &'static str) {
        let all = self.searched.crossings;
        match (&self.searched.found, self.question.crossing) {
            (Found::Root { rises, .. } | Found::Step { rises, .. }, Some(number)) if all > 1 => {
                let is_behind = *rises == (self.wanted_sign() > 0);
                let within = if is_behind && number < all {
                    " (up to the next crossing)"
                } else if !is_behind && number > 1 {
                    " (from the crossing before on)"
                } else {
                    ""
                };
                (format!("Crossing {number} of {all}: "), within)
            }
            _ => (String::new(), ""),
        }
    }

    fn of_root(&self, root: Option<f64>, low: Option<f64>, high: Option<f64>, rises: bool) -> String {
        let behind = if rises { 1 } else { -1 };
        match (low, high) {
            (Some(low), Some(high)) => {
                let Some(root) = root else { return self.of_bracket(low, high, rises) };
                let place = format!("{} = {}", self.axis.key, self.axis.with_limits(root, low, high));
                let meaning = self.meaning(self.wanted_sign());
                if self.wanted_sign() == behind {
                    format!("{meaning} from {place} on")
                } else {
                    format!("{meaning} up to {place}")
                }
            }
            (None, Some(high)) => {
                let rest = if high > 0.0 { "; below that it is undecided" } else { "" };
                format!("{} from {} on{rest}", self.meaning(behind), self.at(high))
            }
            (Some(low), None) => {
                let rest = if low < self.axis.last() { "; beyond that it is undecided" } else { "" };
                format!("{} up to {}{rest}", self.meaning(-behind), self.at(low))
            }
            (None, None) => format!("Undecided {}: {}", self.range(), self.meaning(self.wanted_sign())),
        }
    }

    /// The places inside the range from which to its ends nothing is shown; of an open answer that is the answer itself.
    fn undecided_ends(&self) -> (Option<f64>, Option<f64>) {
        match self.searched.found {
            Found::Root { low: Some(_), high: Some(_), .. } | Found::Step { .. } | Found::Several(_) => {
                self.searched.undecided_ends()
            }
            Found::Root { .. } | Found::Nowhere { .. } | Found::Undecided | Found::Zero => (None, None),
        }
    }

    /// `; beyond faults.0.at = 4 m 50 s it is undecided`
    fn of_ends(&self) -> String {
        match self.undecided_ends() {
            (None, None) => String::new(),
            (Some(first), None) => format!("; below {} it is undecided", self.at(first)),
            (None, Some(last)) => format!("; beyond {} it is undecided", self.at(last)),
            (Some(first), Some(last)) => {
                format!("; below {} and beyond {} it is undecided", self.at(first), self.axis.write(last))
            }
        }
    }

    fn of_step(&self, below: f64, above: f64, rises: bool) -> String {
        let text = self.of_neighbours(below, above, rises);
        if above - below > 1.0 { format!("{text}; between them it is undecided") } else { text }
    }

    /// Two values that show different signs, and no root between them.
    fn of_bracket(&self, low: f64, high: f64, rises: bool) -> String {
        let text = self.of_neighbours(low, high, rises);
        let Some((left, right)) = self.searched.bracket() else {
            return format!("{text}; between them it is undecided");
        };
        // A wide bracket may hold most of a change that is steady.
        let is_narrow = matches!(self.searched.found, Found::Root { precise: true, .. });
        let values = [left, right].map(|point| self.values(point).0);
        match values {
            [Some(before), Some(behind)] if is_narrow && self.searched.is_jump(left, right) => {
                let (unit, what) = match self.question.wanted.limit() {
                    Some(_) => (Unit::of(self.measure().unit), words(&self.question.measure)),
                    None => (Unit::of(self.measure().unit).difference(), "difference".to_owned()),
                };
                format!("{text}; between them the {what} jumps from {} to {}", unit.write(before), unit.write(behind))
            }
            _ => text,
        }
    }

    fn of_neighbours(&self, below: f64, above: f64, rises: bool) -> String {
        let meaning = self.meaning(self.wanted_sign());
        let texts = self.axis.write_alike(&[below, above]);
        let (mut below_text, mut above_text) = (texts[0].clone(), texts[1].clone());
        if below_text == above_text {
            (below_text, above_text) = (self.axis.value(below), self.axis.value(above));
        }
        let key = &self.axis.key;
        if rises == (self.wanted_sign() > 0) {
            format!("{meaning} from {key} = {above_text} on, and not at {below_text}")
        } else {
            format!("{meaning} up to {key} = {below_text}, and not at {above_text}")
        }
    }

    fn of_nowhere(&self, sign: i8, undecided: &[f64]) -> String {
        let points = &self.searched.points;
        let shown = points.len() - undecided.len();
        let no = if self.searched.needed.is_some() { "No crossing is shown so far" } else { "No crossing" };
        let text = format!("{no}: {} at {shown} values {}", self.meaning(sign), self.range());
        let is_same = points.windows(2).all(|pair| pair[0].judged == pair[1].judged);
        match undecided {
            [] if is_same => {
                let what = if self.question.wanted.limit().is_some() { "value" } else { "difference" };
                format!("{text}, with the same {what} at each")
            }
            [] => text,
            places => {
                let named = self.axis.write_alike(&places[..places.len().min(PLACES_MAX)]);
                let more = places.len().saturating_sub(PLACES_MAX);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("{text}; it is undecided at {}{more}", named.join(", "))
            }
        }
    }

    /// ` At 3 of 9 values some runs have no finite create time; there the answer speaks of more than half of the runs.`
    fn of_signs(&self) -> String {
        let points = &self.searched.points;
        let by_signs = points.iter().filter(|point| point.judged.by_signs).count();
        if by_signs == 0 || self.is_never() {
            return String::new();
        }
        let never = match self.never {
            0 => String::new(),
            never => format!(", and at {never} of these no run of both has one"),
        };
        format!(
            " At {by_signs} of {} values some runs have no finite {}{never}; there the answer speaks of more than half of \
             the runs.",
            points.len(),
            words(&self.question.measure)
        )
    }

    /// That nothing is decided since the measure is infinite everywhere.
    fn of_never(&self) -> String {
        let (measure, points) = (words(&self.question.measure), self.searched.points.len());
        let both = self.question.wanted.strategies().join(" and ");
        let comma = comma(&measure);
        format!(
            "Undecided {}: the {measure}{comma} of {both} is infinite in every run, at {points} values",
            self.range()
        )
    }

    fn of_zero(&self) -> String {
        let (measure, points, range) = (words(&self.question.measure), self.searched.points.len(), self.range());
        match &self.question.wanted {
            Wanted::Better { strategy, than } => {
                let comma = comma(&measure);
                format!("{strategy} and {than} have the same {measure}{comma} in every run, at {points} values {range}")
            }
            Wanted::AtMost { strategy, limit } | Wanted::AtLeast { strategy, limit } => {
                let limit = Unit::of(self.measure().unit).write(*limit);
                format!("The {measure} of {strategy} is {limit} in every run, at {points} values {range}")
            }
        }
    }

    fn rows(&self) -> Vec<AnswerRow> {
        let place = |place: f64| Some(self.axis.number(place));
        match &self.searched.found {
            Found::Root { root, low, high, n, .. } => vec![AnswerRow {
                root: root.and_then(place),
                low: low.and_then(place),
                high: high.and_then(place),
                n: Some(*n),
            }],
            Found::Step { below, above, n, .. } => {
                vec![AnswerRow { root: None, low: place(*below), high: place(*above), n: Some(*n) }]
            }
            Found::Nowhere { .. } | Found::Undecided | Found::Zero => vec![AnswerRow::default()],
            Found::Several(several) => several
                .iter()
                .map(|(left, right)| AnswerRow { low: place(*left), high: place(*right), ..AnswerRow::default() })
                .collect(),
        }
    }

    /// `solve.csv`.
    #[must_use]
    pub fn csv(&self) -> Vec<u8> {
        let mut lines = CsvLines::new();
        lines.push([
            "key",
            "unit",
            "measure",
            "strategy",
            "against",
            "bound",
            "limit",
            "answer",
            "root",
            "ci_low",
            "ci_high",
            "confidence",
            "replications",
            "points",
            "runs",
            "answered",
            "method",
        ]);
        let strategies = self.question.wanted.strategies();
        let bound = match self.question.wanted {
            Wanted::AtMost { .. } => "at_most",
            Wanted::AtLeast { .. } => "at_least",
            Wanted::Better { .. } => "",
        };
        for row in self.rows() {
            lines.field(&self.axis.key);
            lines.field(self.axis.unit_name());
            lines.field(&self.question.measure);
            lines.field(strategies[0]);
            lines.field(strategies.get(1).copied().unwrap_or_default());
            lines.field(bound);
            lines.number(self.question.wanted.limit());
            lines.field(self.searched.found.kind());
            lines.number(row.root);
            lines.number(row.low);
            lines.number(row.high);
            lines.number(Some(self.plan.confidence));
            lines.field(row.n.map_or(String::new(), |n| n.to_string()));
            lines.whole(self.searched.points.len() as u64);
            lines.whole(self.searched.runs);
            lines.field(self.is_answered().to_string());
            lines.field(METHOD);
            lines.end();
        }
        lines.into_bytes()
    }

    /// The estimate and the limits at a point, in the unit of the measure or its difference; none where infinite.
    pub(super) fn values(&self, point: &Point) -> (Option<f64>, Option<f64>, Option<f64>) {
        let limit = self.question.wanted.limit().unwrap_or(0.0);
        let [mean, low, high] = point.judged.written().map(|value| value.map(|value| value + limit));
        (mean, low, high)
    }

    /// `curve.csv`: every point that was looked at.
    #[must_use]
    pub fn curve(&self) -> Vec<u8> {
        let mut lines = CsvLines::new();
        lines.push(["x", "value", "n", "mean", "ci_low", "ci_high", "sign"]);
        for point in &self.searched.points {
            let (mean, low, high) = self.values(point);
            lines.number(Some(self.axis.number(point.at)));
            lines.field(text::in_csv(&self.axis.value(point.at)).as_ref());
            lines.whole(point.n.into());
            lines.number(mean);
            lines.number(low);
            lines.number(high);
            lines.field(sign(point.judged.sign()));
            lines.end();
        }
        lines.into_bytes()
    }

    /// The answer as one JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        let rows = self.rows();
        let crossings: Vec<Value> = rows
            .iter()
            .filter(|row| row.low.is_some() || row.high.is_some())
            .map(|row| json!({ "root": number(row.root), "ci_low": number(row.low), "ci_high": number(row.high) }))
            .collect();
        let points = self.searched.points.iter().map(|point| {
            let (mean, low, high) = self.values(point);
            json!({
                "x": number(Some(self.axis.number(point.at))),
                "n": point.n,
                "mean": number(mean),
                "ci_low": number(low),
                "ci_high": number(high),
                "sign": point.judged.sign(),
            })
        });
        let place = |place: Option<f64>| number(place.map(|place| self.axis.number(place)));
        let (first, last) = self.undecided_ends();
        json!({
            "experiment": self.plan.name,
            "key": self.axis.key,
            "unit": self.axis.unit_name(),
            "question": self.question,
            "answer": self.searched.found.kind(),
            "answered": self.is_answered(),
            "sentence": self.sentence(),
            "crossings": crossings,
            "undecided_below": place(first),
            "undecided_beyond": place(last),
            "confidence": self.plan.confidence,
            "replications": rows.first().and_then(|row| row.n),
            "runs": self.searched.runs,
            "points": points.collect::<Vec<_>>(),
        })
    }
}

/// A sign as a cell.
const fn sign(sign: i8) -> &'static str {
    match sign {
        1 => "+",
        -1 => "-",
        _ => "0",
    }
}
