//! The best candidates: in a sentence, in `select.csv`, in JSON.

use serde_json::{Value, json};

use super::question::SelectQuestion;
use super::{ANSWER, Candidate, FIGURE};
use crate::decide::Answer;
use crate::decide::eliminate::{CandidateStanding, Eliminated};
use crate::decide::number;
use crate::decide::search::Judged;
use crate::decide::solve::REFUSED;
use crate::decide::wording::{comma, estimated, lowest};
use crate::figure::words;
use crate::file::Goal;
use crate::folder::columns::CsvLines;
use crate::measure::{MEASURES, Measure};
use crate::plan::Plan;
use crate::report::conclusion::write::plural;
use crate::run::HITS_MIN;
use draw::figure::Unit;

/// Candidates that a sentence names.
const NAMED_MAX: usize = 5;

/// What was asked and what was found.
pub(super) struct Selected<'a> {
    pub(super) plan: &'a Plan,
    pub(super) question: &'a SelectQuestion,
    pub(super) candidates: &'a [Candidate],
    pub(super) limits: &'a [Goal],
    pub(super) eliminated: Eliminated,
    /// For each candidate, the measures that are to be low, then those with limits.
    pub(super) estimates: Vec<Vec<Option<Judged>>>,
    /// For each candidate, in how many runs each measure that is to be low is infinite.
    pub(super) infinite: Vec<Vec<usize>>,
    /// For each candidate, the hits of rare losses if they are too few for an interval.
    pub(super) few: Vec<Option<f64>>,
}

impl Selected<'_> {
    /// The measures that are to be low.
    pub(super) fn objectives(&self) -> Vec<Measure> {
        self.question.objectives().into_iter().map(|index| MEASURES[index]).collect()
    }

    /// `push-retry with push.timeout = 200ms, attempts = 2`; the common beginning of its own keys is left out.
    pub(super) fn name(&self, index: usize) -> String {
        let candidate = &self.candidates[index];
        let strategy = &self.plan.strategies[candidate.strategy];
        let prefix = format!("strategies.{strategy}.");
        let keys = self.plan.candidates().0;
        let own = keys.iter().zip(&candidate.point).zip(&candidate.own).filter(|(_, own)| **own);
        let settings: Vec<String> =
            own.map(|((key, value), _)| format!("{} = {value}", key.strip_prefix(&prefix).unwrap_or(key))).collect();
        if settings.is_empty() { strategy.clone() } else { format!("{strategy} with {}", settings.join(", ")) }
    }

    /// Those that are left, the best first.
    pub(super) fn left(&self) -> Vec<usize> {
        let mut left: Vec<usize> =
            (0..self.candidates.len()).filter(|index| self.eliminated.candidates[*index].0.is_left()).collect();
        left.sort_by(|one, other| self.order(*one).partial_cmp(&self.order(*other)).expect("no estimate is NaN"));
        left
    }

    /// By standing, then by the first measure.
    pub(super) fn order(&self, index: usize) -> (CandidateStanding, f64, usize) {
        let mean = self.estimates[index][0].map_or(f64::INFINITY, |judged| judged.mean);
        (self.eliminated.candidates[index].0, mean, index)
    }

    /// `stall rate of 0.12 % [0.1, 0.15]`
    pub(super) fn told(&self, index: usize, objective: usize) -> String {
        let measure = self.objectives()[objective];
        match (self.infinite[index][objective], self.estimates[index][objective]) {
            (_, None) => "undefined".to_owned(),
            (0, Some(judged)) => estimated(measure, judged),
            (infinite, Some(_)) => format!("infinite in {infinite} of {} runs", self.eliminated.candidates[index].1),
        }
    }

    fn count(&self, standing: CandidateStanding) -> usize {
        self.eliminated.candidates.iter().filter(|candidate| candidate.0 == standing).count()
    }

    /// Whether the first or another measure that is to be low is undefined in all runs of every candidate.
    fn are_all_without_value(&self) -> bool {
        let objectives = self.objectives().len();
        self.estimates.iter().all(|estimates| estimates[..objectives].iter().any(Option::is_none))
    }

    /// ` Limits: create time, 99th percentile, of at most 500 ms.`
    fn limits_in_words(&self) -> String {
        let limits: Vec<String> = self
            .limits
            .iter()
            .map(|goal| {
                let measure = words(goal.measure.name);
                format!("{measure}{} of {}", comma(&measure), goal.limit_in_words())
            })
            .collect();
        if limits.is_empty() { String::new() } else { format!(" Limits: {}.", limits.join("; ")) }
    }

    /// How many that are left are undecided, and how many of these are not shown to keep the limits.
    fn undecided(&self) -> (usize, usize) {
        let is_undecided = |index: &usize| self.eliminated.candidates[*index].0 == CandidateStanding::Undecided;
        let undecided: Vec<usize> = (0..self.candidates.len()).filter(is_undecided).collect();
        let near = undecided.iter().filter(|index| !self.eliminated.kept[**index]).count();
        (undecided.len(), near)
    }

    /// ` Of push-retry the value is undefined in all runs.`; of all with a standing.
    fn without_value(&self, standing: CandidateStanding, why: &str) -> String {
        let is_of = |index: &usize| self.eliminated.candidates[*index].0 == standing;
        let of: Vec<usize> = (0..self.candidates.len()).filter(is_of).collect();
        if of.is_empty() {
            return String::new();
        }
        format!(" Of {} the value is {why}.", self.listed(&of))
    }

    /// `push, pull and 2 more`
    fn listed(&self, indices: &[usize]) -> String {
        let names: Vec<String> = indices.iter().take(NAMED_MAX).map(|index| self.name(*index)).collect();
        let more = indices.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names.join(", "))
    }

    /// ` The recovery time of 4 candidates is undefined in all runs, so no limit on it is kept.`
    fn limits_without_value(&self) -> String {
        let first = self.objectives().len();
        let told = self.limits.iter().enumerate().filter_map(|(place, goal)| {
            let is_without = |index: &usize| {
                self.eliminated.candidates[*index].0 == CandidateStanding::Infeasible
                    && self.estimates[*index][first + place].is_none()
            };
            let without = (0..self.candidates.len()).filter(is_without).count();
            let of = plural(without, "candidate", "candidates");
            let measure = words(goal.measure.name);
            let text = format!(
                " The {measure}{} of {of} is undefined in all runs, so a limit on it is not kept.",
                comma(&measure)
            );
            (without > 0).then_some(text)
        });
        told.collect()
    }

    /// Candidates of which an objective is infinite in some runs.
    fn infinite(&self) -> Vec<usize> {
        (0..self.candidates.len()).filter(|index| self.infinite[*index].iter().any(|runs| *runs > 0)).collect()
    }

    /// How candidates without a finite mean are compared.
    fn by_pairs(&self) -> String {
        let infinite = self.infinite();
        if infinite.is_empty() {
            return String::new();
        }
        let is_infinite = |place: &usize| self.infinite.iter().any(|runs| runs[*place] > 0);
        let measures: Vec<String> = (0..self.objectives().len())
            .filter(is_infinite)
            .map(|place| words(self.objectives()[place].name))
            .collect();
        let measures = measures.join(" or ");
        format!(
            " In some runs of {} the {measures}{} is infinite: a candidate is then lower if it is lower in more than half of \
             the pairs of runs.",
            self.listed(&infinite),
            comma(&measures)
        )
    }

    fn names(&self, indices: &[usize]) -> String {
        let named: Vec<String> = indices
            .iter()
            .take(NAMED_MAX)
            .map(|index| {
                let told: Vec<String> =
                    (0..self.objectives().len()).map(|objective| self.told(*index, objective)).collect();
                let few = self.few[*index]
                    .map_or(String::new(), |hits| format!(" (of {hits} hits; an interval takes {HITS_MIN})"));
                format!("{}: {}{few}", self.name(*index), told.join(" and "))
            })
            .collect();
        let more = indices.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{}{more}", named.join("; "))
    }
}

impl Answer for Selected<'_> {
    fn sentence(&self) -> String {
        let left = self.left();
        // Of a candidate without a value nothing is said.
        let all = self.candidates.len() - self.count(CandidateStanding::Undefined);
        let measures: Vec<String> = self.objectives().iter().map(|measure| words(measure.name)).collect();
        let measures = measures.join(" and ");
        let within = if self.limits.is_empty() { "" } else { " within the limits" };
        let lowest: Vec<String> = self.objectives().iter().map(|measure| lowest(*measure)).collect();
        let lowest = lowest.join(" and ");
        // The comma that closes the last name, before words that go on.
        let close = self.objectives().last().map_or("", |measure| comma(&words(measure.name)));
        let within = if within.is_empty() { String::new() } else { format!("{close}{within}") };
        let text = match (left.len(), self.objectives().len(), self.eliminated.decided) {
            (0, ..) if self.are_all_without_value() => {
                let is_nowhere = |place: &usize| self.estimates.iter().all(|estimates| estimates[*place].is_none());
                let nowhere: Vec<String> = (0..self.objectives().len())
                    .filter(is_nowhere)
                    .map(|place| words(self.objectives()[place].name))
                    .collect();
                let measures = if nowhere.is_empty() { measures } else { nowhere.join(" and ") };
                format!("None of {} candidates has a value of {measures}", self.candidates.len())
            }
            (0, ..) if all < self.candidates.len() && all == self.count(CandidateStanding::Infeasible) => format!(
                "Undecided: of {} candidates {all} break a limit, and the others have no value of {measures}",
                self.candidates.len()
            ),
            (0, ..) => format!("None of {all} candidates is left{}", within.trim_start_matches(close)),
            (1, 1, true) => {
                format!("Of {all} candidates one has {lowest}{within}: {}", self.names(&left))
            }
            (count, 1, true) if count == all => {
                format!("All {all} candidates are as good in {measures}{within}: {}", self.names(&left))
            }
            (count, 1, true) => {
                format!("Of {all} candidates {count} are as good, with {lowest}{within}: {}", self.names(&left))
            }
            (count, 1, false) => {
                format!("Of {all} candidates {count} may have {lowest}{within}: {}", self.names(&left))
            }
            (count, _, true) => {
                format!(
                    "Of {all} candidates the Pareto front of {measures}{} has {count}: {}",
                    if within.is_empty() { close } else { &within },
                    self.names(&left)
                )
            }
            (count, _, false) => format!(
                "Of {all} candidates {count} may be on the Pareto front of {measures}{within}: {}",
                self.names(&left)
            ),
        };
        let confidence = Unit::Share.write(self.question.confidence);
        let limits = self.limits_in_words();
        let mut text = format!("{text} ({confidence}; {} runs).{limits}", self.eliminated.runs);
        text.push_str(&self.limits_without_value());
        text.push_str(&self.without_value(CandidateStanding::Undefined, "undefined in all runs"));
        text.push_str(&self.without_value(CandidateStanding::Refused, REFUSED));
        text.push_str(&self.by_pairs());
        let near = self.undecided().1;
        if near > 0 {
            let keep = if near == 1 { "it keeps" } else { "they keep" };
            let open = format!(" Of {near} it is undecided whether {keep} the limits.");
            text.push_str(&open);
        }
        let halved = self.count(CandidateStanding::Halved);
        if halved > 0 {
            let compared = self.eliminated.compared;
            let note = format!(" The confidence is among the {compared} that halving left; {halved} were left out.");
            text.push_str(&note);
        }
        text
    }

    fn failure(&self) -> Option<String> {
        let has_none = self.are_all_without_value();
        if has_none || self.left().is_empty() && self.count(CandidateStanding::Undefined) > 0 {
            let which = if has_none { "" } else { " that is not shown to break a limit" };
            return Some(format!(
                "no candidate{which} has a value: another measure, or runs in which it is defined, can decide"
            ));
        }
        if self.eliminated.decided {
            return None;
        }
        let refused = self.count(CandidateStanding::Refused);
        if refused > 0 {
            let of = plural(refused, "candidate", "candidates");
            return Some(format!(
                "the best is not known while the value of {of} is refused: a larger rare.every tags fewer peers, a \
                 lower rare.loss lets more of their messages through"
            ));
        }
        let (undecided, near) = self.undecided();
        let budget = self.question.budget;
        let mut text = format!(
            "{} of {budget} runs left {} undecided",
            self.eliminated.runs,
            plural(undecided, "candidate", "candidates")
        );
        if let Some(needed) = self.eliminated.needed {
            let hint = format!(", and the next stage takes more than are left: --budget {needed} allows for it");
            text.push_str(&hint);
        }
        if near > 0 {
            let hint = format!(
                "; {} so near a limit that it is undecided whether it is kept: another limit or a larger --budget \
                 settles that, and --within does not",
                plural(near, "is", "are")
            );
            text.push_str(&hint);
        }
        let is_few = |index: &usize| self.few[*index].is_some();
        if self.left().iter().any(is_few) {
            text.push_str("; more runs, a smaller rare.every or a larger rare.loss give more hits");
        } else if undecided > near && self.infinite().iter().any(|index| self.left().contains(index)) {
            text.push_str(
                "; without a finite value in every run two candidates are never shown to be as good: a measure that is \
                 finite can tell",
            );
        } else if undecided > near {
            let larger = if self.question.within.iter().any(|within| *within > 0.0) { "a larger " } else { "" };
            let hint = format!("; {larger}--within D says which difference does not matter");
            text.push_str(&hint);
        }
        Some(text)
    }

    fn json(&self) -> Value {
        let (objectives, keys) = (self.objectives(), self.plan.candidates().0);
        let candidates = (0..self.candidates.len()).map(|index| {
            let candidate = &self.candidates[index];
            let (standing, n) = self.eliminated.candidates[index];
            let own = keys.iter().zip(&candidate.point).zip(&candidate.own).filter(|(_, own)| **own);
            let settings: serde_json::Map<String, Value> =
                own.map(|((key, value), _)| (key.clone(), Value::String(value.clone()))).collect();
            let names =
                objectives.iter().map(|measure| measure.name).chain(self.limits.iter().map(|goal| goal.measure.name));
            let estimates: serde_json::Map<String, Value> = names
                .zip(&self.estimates[index])
                .map(|(name, judged)| {
                    let value = judged.map_or(Value::Null, |judged| {
                        json!({
                            "mean": number(Some(judged.mean)),
                            "ci_low": number(Some(judged.low)),
                            "ci_high": number(Some(judged.high)),
                        })
                    });
                    (name.to_owned(), value)
                })
                .collect();
            json!({
                "strategy": self.plan.strategies[candidate.strategy],
                "settings": settings,
                "standing": standing.word(),
                "n": n,
                "measures": estimates,
            })
        });
        json!({
            "experiment": self.plan.name,
            "question": self.question,
            "answered": self.failure().is_none(),
            "sentence": self.sentence(),
            "left": self.left(),
            "runs": self.eliminated.runs,
            "candidates": candidates.collect::<Vec<_>>(),
        })
    }

    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        vec![(ANSWER, self.csv()), (FIGURE, draw::svg(&self.figure(), draw::Theme::Light).into_bytes())]
    }
}

impl Selected<'_> {
    /// `select.csv`: every candidate, in canonical order.
    fn csv(&self) -> Vec<u8> {
        let mut lines = CsvLines::new();
        let keys = self.plan.candidates().0;
        let measures: Vec<&str> = self
            .objectives()
            .iter()
            .map(|measure| measure.name)
            .chain(self.limits.iter().map(|goal| goal.measure.name))
            .collect();
        let head =
            ["candidate"].into_iter().chain(keys.iter().map(String::as_str)).chain(["strategy", "n", "standing"]);
        let head: Vec<String> = head.map(str::to_owned).chain(columns(&measures)).collect();
        lines.push(head.iter().map(String::as_str));
        for (index, candidate) in self.candidates.iter().enumerate() {
            let (standing, n) = self.eliminated.candidates[index];
            lines.whole(index as u64);
            for (value, own) in candidate.point.iter().zip(&candidate.own) {
                lines.field(text::in_csv(if *own { value } else { "" }).as_ref());
            }
            lines.field(&self.plan.strategies[candidate.strategy]);
            lines.whole(n.into());
            lines.field(standing.word());
            for (place, judged) in self.estimates[index].iter().enumerate() {
                if measures[..place].contains(&measures[place]) {
                    continue;
                }
                lines.number(judged.map(|judged| judged.mean));
                lines.number(judged.map(|judged| judged.low).filter(|low| low.is_finite()));
                lines.number(judged.map(|judged| judged.high).filter(|high| high.is_finite()));
            }
            lines.end();
        }
        lines.into_bytes()
    }
}

/// The columns of each measure; a measure that is both low and limited has one group.
fn columns(measures: &[&str]) -> Vec<String> {
    let mut columns = Vec::new();
    for (place, name) in measures.iter().enumerate() {
        if !measures[..place].contains(name) {
            columns.extend([(*name).to_owned(), format!("{name}_low"), format!("{name}_high")]);
        }
    }
    columns
}
