//! `[goal]`: limits that a strategy must keep, on any measure of `summary.csv`; and whether a result keeps them.

use serde_json::{Map, json};
use toml::{Table, Value};

use super::quantity::parse_duration;
use super::read::{Findings, number, percent};
use super::suggest::nearest;
use super::tree::At;
use draw::figure::Unit;

use crate::measure::{MEASURES, Measure, is_rare, measure_index};
use des::Duration;

/// The key for an upper limit.
const AT_MOST: &str = "at_most";

/// The key for a lower limit.
const AT_LEAST: &str = "at_least";

/// What is accepted under `[goal]`.
pub(crate) const ACCEPTED: &str = "a measure and its limits such as { late_rate = { at_most = 0.001 } }";

/// Which side of the limit is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// The measure must not exceed the limit.
    AtMost,
    /// The measure must not fall below the limit.
    AtLeast,
}

/// One limit on one measure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Goal {
    /// The measure.
    pub measure: Measure,
    /// Which side of the limit is good.
    pub bound: Bound,
    /// The limit, in the measure's unit (a share, seconds or a count).
    pub limit: f64,
}

/// Whether a goal is met, ordered from the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Met {
    /// The whole interval is on the wrong side of the limit.
    No,
    /// The measure has no value, such as the time of recovery where there is no fault.
    Undefined,
    /// The limit is within the interval, or there is no interval.
    Undecided,
    /// The whole interval is on the right side of the limit.
    Yes,
}

impl Met {
    /// In words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::No => "not met",
            Self::Undefined => "not defined",
            Self::Undecided => "undecided",
            Self::Yes => "met",
        }
    }
}

impl Goal {
    /// Judges an estimate by its confidence interval.
    ///
    /// ```
    /// use pushpull::file::{Bound, Goal, Met};
    /// use pushpull::measure::{MEASURES, measure_index};
    /// let measure = MEASURES[measure_index("late_rate").unwrap()];
    /// let goal = Goal { measure, bound: Bound::AtMost, limit: 0.001 };
    /// assert_eq!(goal.judge(Some((0.0, 0.0009))), Met::Yes);
    /// assert_eq!(goal.judge(Some((0.0, 0.0011))), Met::Undecided);
    /// assert_eq!(goal.judge(Some((0.0011, 0.002))), Met::No);
    /// assert_eq!(goal.judge(None), Met::Undecided);
    /// ```
    #[must_use]
    pub fn judge(&self, interval: Option<(f64, f64)>) -> Met {
        let Some((low, high)) = interval else { return Met::Undecided };
        let (met, missed) = match self.bound {
            Bound::AtMost => (high <= self.limit, low > self.limit),
            Bound::AtLeast => (low >= self.limit, high < self.limit),
        };
        match (met, missed) {
            (true, _) => Met::Yes,
            (false, true) => Met::No,
            (false, false) => Met::Undecided,
        }
    }
}

impl Goal {
    /// The limit in words: `at most 0.1 %`.
    #[must_use]
    pub fn limit_in_words(&self) -> String {
        let bound = match self.bound {
            Bound::AtMost => "at most",
            Bound::AtLeast => "at least",
        };
        format!("{bound} {}", self.write(self.limit))
    }

    /// A value of the measure: a rate by weighted losses by its power of ten, as it may be very small.
    #[must_use]
    pub(crate) fn write(&self, value: f64) -> String {
        if is_rare(self.measure.name) && self.measure.unit == "1" {
            format!("{value:e}")
        } else {
            Unit::of(self.measure.unit).write(value)
        }
    }
}

/// The goals of a resolved experiment, in the order of the file. An experiment of another version may have a measure
/// that this one does not know; such a goal is left out.
#[must_use]
pub fn goals(resolved: &Table) -> Vec<Goal> {
    resolved.get("goal").and_then(Value::as_table).map_or_else(Vec::new, of_table)
}

fn of_table(table: &Table) -> Vec<Goal> {
    let mut goals = Vec::new();
    for (name, limits) in table {
        let Some(measure) = measure_index(name).map(|index| MEASURES[index]) else { continue };
        for (key, bound) in [(AT_MOST, Bound::AtMost), (AT_LEAST, Bound::AtLeast)] {
            if let Some(limit) = limits.get(key).and_then(|value| limit(&measure, value)) {
                goals.push(Goal { measure, bound, limit });
            }
        }
    }
    goals
}

/// Reads a `[goal]`, and reports what is wrong with it.
pub(crate) fn read(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<Vec<Goal>> {
    let Some(goals) = value.as_table().filter(|goals| !goals.is_empty()) else {
        out.value(at, value, ACCEPTED);
        return None;
    };
    for (name, limits) in goals {
        let at = at.key(name);
        let Some(measure) = measure_index(name).map(|index| MEASURES[index]) else {
            let meant = nearest(name, MEASURES.iter().map(|measure| measure.name));
            let meant = meant.map_or(String::new(), |name| format!(", did you mean {name}?"));
            let stop = if meant.is_empty() { "." } else { "" };
            out.key(&at, format!("unknown measure{meant}{stop} Accepted: a measure of summary.csv such as late_rate"));
            continue;
        };
        check_limits(&at, &measure, limits, out);
    }
    Some(of_table(goals))
}

fn check_limits(at: &At<'_>, measure: &Measure, value: &Value, out: &mut Findings) {
    let Some(limits) = value.as_table().filter(|limits| !limits.is_empty()) else {
        return out.value(at, value, format_args!("a table with {AT_MOST} or {AT_LEAST}"));
    };
    for (key, value) in limits {
        let at = at.key(key);
        if key != AT_MOST && key != AT_LEAST {
            out.key(&at, format!("unknown key. Accepted here: {AT_MOST}, {AT_LEAST}"));
        } else if limit(measure, value).is_none() {
            out.value(&at, value, accepted_limit(measure));
        }
    }
    let of = |key: &str| limits.get(key).and_then(|value| limit(measure, value));
    if let (Some(most), Some(least)) = (of(AT_MOST), of(AT_LEAST))
        && least > most
    {
        out.text(at, format!("{AT_LEAST} is above {AT_MOST}, so that no value is accepted by both"));
    }
}

/// What is accepted as a limit on a measure.
pub(crate) fn accepted_limit(measure: &Measure) -> &'static str {
    match measure.unit {
        "1" => "a share from 0 to 1, or a percentage such as \"0.1%\"",
        "s" => "a duration such as \"500ms\"",
        _ => "a number of at least 0",
    }
}

/// A limit in the measure's unit; none if the value is not one.
pub(crate) fn limit(measure: &Measure, value: &Value) -> Option<f64> {
    match measure.unit {
        "1" => number(value).or_else(|| percent(value.as_str()?)).filter(|share| (0.0..=1.0).contains(share)),
        "s" => parse_duration(value.as_str()?).ok().map(Duration::as_secs_f64),
        _ => number(value).filter(|count| *count >= 0.0 && count.is_finite()),
    }
}

/// A `[goal]` as it is kept: a percentage as a number.
pub(crate) fn settle(value: &Value) -> Value {
    match value {
        Value::Table(table) => Value::Table(table.iter().map(|(key, value)| (key.clone(), settle(value))).collect()),
        Value::String(text) => percent(text).map_or_else(|| value.clone(), Value::Float),
        other => other.clone(),
    }
}

/// The JSON schema of a `[goal]`.
pub(crate) fn schema() -> serde_json::Value {
    let limits = |measure: &Measure| {
        let limit = match measure.unit {
            "1" => json!({ "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, { "type": "string" }] }),
            "s" => json!({ "$ref": "#/definitions/duration" }),
            _ => json!({ "type": "number", "minimum": 0 }),
        };
        json!({
            "type": "object",
            "description": measure.about,
            "properties": { AT_MOST: limit.clone(), AT_LEAST: limit },
            "minProperties": 1,
            "additionalProperties": false,
        })
    };
    let properties: Map<String, serde_json::Value> =
        MEASURES.iter().map(|measure| (measure.name.to_owned(), limits(measure))).collect();
    json!({ "type": "object", "properties": properties, "minProperties": 1, "additionalProperties": false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    fn plan(goal: &str) -> Result<Plan, String> {
        let text = format!("name = 'small'\n[strategies.push]\npush = {{}}\n[goal]\n{goal}\n");
        Plan::from_table(&text.parse().expect("TOML"), &[]).map_err(|error| error.to_string())
    }

    #[test]
    fn goals_are_read_in_the_units_of_their_measures_and_kept_in_the_resolved_experiment() {
        let plan = plan(
            "late_rate = { at_most = '0.1%' }\ncreate_time_p99_s = { at_most = '500ms' }\n\
             connected = { at_least = 100, at_most = 200 }",
        )
        .expect("valid goals");
        let read: Vec<_> = plan.goals().iter().map(|goal| (goal.measure.name, goal.bound, goal.limit)).collect();
        assert_eq!(
            read,
            [
                ("late_rate", Bound::AtMost, 0.001),
                ("create_time_p99_s", Bound::AtMost, 0.5),
                ("connected", Bound::AtMost, 200.0),
                ("connected", Bound::AtLeast, 100.0),
            ]
        );
        let again = Plan::from_table(&plan.resolved, &[]).expect("a plan from a manifest");
        assert_eq!(again.digest, plan.digest);
    }

    #[test]
    fn wrong_goals_are_refused_with_what_is_accepted() {
        for (goal, message) in [
            ("late_rat = { at_most = 0.1 }", "unknown measure, did you mean late_rate?"),
            ("late_rate = { at_mots = 0.1 }", "unknown key. Accepted here: at_most, at_least"),
            ("late_rate = { at_most = 2 }", "accepted: a share from 0 to 1"),
            ("late_rate = { at_most = '2' }", "accepted: a share from 0 to 1"),
            ("late_rate = {}", "accepted: a table with at_most or at_least"),
            ("late_rate = 0.1", "accepted: a table with at_most or at_least"),
            ("create_time_p99_s = { at_most = 0.5 }", "accepted: a duration such as \"500ms\""),
            ("attempts = { at_least = -1 }", "accepted: a number of at least 0"),
            ("late_rate = { at_least = 0.2, at_most = 0.1 }", "at_least is above at_most"),
            ("", "accepted: a measure and its limits"),
        ] {
            let error = plan(goal).err().expect("refused");
            assert!(error.contains(message), "{goal}: {error}");
        }
    }

    #[test]
    fn an_infinite_value_misses_an_upper_limit_and_meets_a_lower_one() {
        let measure = MEASURES[measure_index("recovery_max_s").expect("a measure")];
        let of = |bound| Goal { measure, bound, limit: 60.0 };
        let never = Some((f64::INFINITY, f64::INFINITY));
        assert_eq!(of(Bound::AtMost).judge(never), Met::No);
        assert_eq!(of(Bound::AtLeast).judge(never), Met::Yes);
        assert_eq!(of(Bound::AtMost).judge(Some((50.0, f64::INFINITY))), Met::Undecided);
    }
}
