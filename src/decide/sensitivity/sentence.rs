//! A sensitivity in sentences.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::answer::SensitivityAnswer;
use super::study::{KeyStudy, SensitivityTarget};
use super::tornado::{Bar, Bars};
use crate::decide::wording::{comma, compared};
use crate::figure::{list, words};
use draw::figure::Unit;
use stats::Estimate;

/// The least total index of a key that a target is said to hang on.
const MATTERS: f64 = 0.1;

/// Keys that are named where none is shown to matter.
const LARGEST: usize = 2;

/// The share of chance, and the half-width of an index, from which on there are too few rows.
const NOISE: f64 = 0.5;
const WIDE: f64 = 0.3;

impl SensitivityAnswer<'_> {
    /// What a target is called: `the stall rate of push`, `the difference in stall rate between pull and push`.
    pub(super) fn name(&self, target: SensitivityTarget) -> String {
        let strategies = &self.of.plan.strategies;
        let (measure, strategy) = (words(&self.of.question.measure), &strategies[target.strategy]);
        let comma = comma(&measure);
        match target.against {
            None => format!("the {measure}{comma} of {strategy}"),
            Some(against) => {
                format!("the difference in {measure}{comma} between {strategy} and {}", strategies[against])
            }
        }
    }

    /// The unit of a target.
    pub(super) fn unit(&self, target: SensitivityTarget) -> Unit {
        let unit = Unit::of(self.of.measure().unit);
        if target.against.is_some() { unit.difference() } else { unit }
    }

    /// The answer in sentences, a line for each target that was asked for.
    pub(super) fn sentence(&self) -> String {
        let lines: Vec<String> = if let Some(study) = &self.study {
            study.asked().iter().map(|found| self.of_study(found)).collect()
        } else {
            let has_differences = self.tornado.0.iter().any(|bars| bars.target.against.is_some());
            let asked = self.tornado.0.iter().filter(|bars| bars.target.against.is_some() == has_differences);
            asked.map(|bars| self.of_ends(bars)).collect()
        };
        let mut text = lines.join("\n");
        if let Some(few) = self.few.filter(|_| self.study.is_none()) {
            text.push_str(&few.told());
        }
        if !self.precise {
            text.push_str("\nThe budget ended before the precision was reached.");
        }
        text
    }

    fn confidence(&self) -> String {
        format!("{}; {} runs", Unit::Share.write(self.of.plan.confidence), self.runs)
    }

    /// Which key changes a target most, and where the choice turns.
    fn of_ends(&self, bars: &Bars) -> String {
        let (name, unit) = (self.name(bars.target), self.unit(bars.target));
        let groups = self.of.design.groups();
        let now = bars.now.mean.map_or_else(|| "undefined".to_owned(), |mean| unit.write(mean));
        let most = most(bars);
        let to = |bar: &&Bar| {
            let there = bar.there.mean.map_or_else(String::new, |mean| unit.write(mean));
            format!("{there} at {} = {}", self.group(bar.group), bar.value)
        };
        let ends = listed(&most.iter().map(to).collect::<Vec<_>>());
        let keys: Vec<String> = most.iter().map(|bar| self.group(bar.group)).collect();
        let mut text = match keys.as_slice() {
            [] => {
                format!(
                    "At no end of the {groups} ranges is a change of {name} shown: {now} with the values of the file"
                )
            }
            [key] => format!("Of {groups} uncertain keys {key} changes {name} most: from {now} to {ends}"),
            keys => format!(
                "Of {groups} uncertain keys {} change {name} most, and none of them is shown to change it more than the \
                 others: from {now} to {ends}",
                listed(keys)
            ),
        };
        let _ = write!(text, " ({}).", self.confidence());
        if bars.target.against.is_some() {
            text.push_str(&self.of_verdict(bars));
        }
        text
    }

    /// At which ends the comparison is another one than with the values of the file.
    fn of_verdict(&self, bars: &Bars) -> String {
        let ends = |sign: i8| -> String {
            let own = bars.ends.iter().filter(|bar| bar.there.sign() == sign && bar.change.sign() != 0);
            own.map(|bar| format!("{} = {}", self.group(bar.group), bar.value)).collect::<Vec<_>>().join(", ")
        };
        let now = bars.now.sign();
        if now != 0 {
            return match ends(-now).as_str() {
                "" => " At no end of a range is the opposite sign shown.".to_owned(),
                turned => format!(" Its sign turns at {turned}."),
            };
        }
        let strategy = &self.of.plan.strategies[bars.target.strategy];
        let told = [1, -1].map(|sign| (compared(self.of.measure(), sign, "the"), ends(sign))).into_iter();
        let told: Vec<String> =
            told.filter(|(_, at)| !at.is_empty()).map(|(which, at)| format!("{which} at {at}")).collect();
        if told.is_empty() {
            return " No difference is shown, with the values of the file or at any end.".to_owned();
        }
        format!(" With the values of the file no difference is shown; {strategy} has {}.", told.join(", and "))
    }

    /// What a target hangs on.
    fn of_study(&self, found: &KeyStudy) -> String {
        let (name, keys) = (self.name(found.target), &found.effects.keys);
        let rows = found.effects.rows;
        let never: Vec<usize> = (0..keys.len()).filter(|key| keys[*key].moved == 0).collect();
        if never.len() == keys.len() {
            return format!(
                "None of {} uncertain keys moved {name} in {rows} rows ({}).",
                keys.len(),
                self.confidence()
            );
        }
        let size = |key: usize| keys[key].total.mean.unwrap_or(0.0);
        let mut order: Vec<usize> = (0..keys.len()).filter(|key| keys[*key].moved > 0).collect();
        order.sort_by(|a, b| size(*b).total_cmp(&size(*a)));
        let matters =
            |key: &usize| size(*key) >= MATTERS && keys[*key].total.interval.is_some_and(|(low, _)| low > 0.0);
        let (most, others): (Vec<usize>, Vec<usize>) = order.into_iter().partition(matters);
        let index = |key: &usize| format!("{} (total index {})", self.group(*key), share(&keys[*key].total));
        let mut parts = Vec::new();
        let indices = |keys: &[usize]| keys.iter().map(index).collect::<Vec<_>>().join(", ");
        if most.is_empty() {
            let largest = indices(&others[..others.len().min(LARGEST)]);
            parts.push(format!(
                "Of {} uncertain keys none is shown to account for a tenth of {name}; the largest are {largest}",
                keys.len()
            ));
        } else {
            parts.push(format!("Of {} uncertain keys {name} hangs on {}", keys.len(), indices(&most)));
        }
        match others[..] {
            [] => {}
            _ if most.is_empty() => {}
            [only] => parts.push(format!("{} accounts for {}", self.group(only), share(&keys[only].total))),
            [first, ..] => parts.push(format!("the largest of the others is {}", index(&first))),
        }
        if !never.is_empty() {
            let never: Vec<String> = never.iter().map(|key| self.group(*key)).collect();
            // With a probability of 95 % at most this share of the ranges moves it.
            let share = Unit::Share.write(libm::round(at_most(rows) * 1e3) / 1e3);
            parts.push(format!(
                "{} never moved it (in {rows} rows; at most {share} of the ranges do)",
                never.join(", ")
            ));
        }
        let mut text = format!("{} ({}).", parts.join("; "), self.confidence());
        text.push_str(&self.of_choice(found));
        if let Some(noise) = found.effects.noise_share().filter(|noise| *noise > NOISE)
            && keys.iter().any(|key| key.total.half_width().is_none_or(|half| half > WIDE))
        {
            let percent = Unit::Share.write(libm::round(noise * 100.0) / 100.0);
            let _ = write!(
                text,
                " {percent} of a run's variance is chance: too rare for {rows} rows; raise horizon or --rows."
            );
        }
        text
    }

    /// Who has the lower measure over the ranges, and what knowing a key would save.
    fn of_choice(&self, found: &KeyStudy) -> String {
        let (Some([above, below, same]), Some(worth)) = (&found.shares, &found.worth) else { return String::new() };
        let most = at_most(found.effects.rows);
        let percent = |share: &Estimate| {
            let round = |value: f64| libm::round(value * 1e3) / 1e3;
            let mean = round(share.mean.unwrap_or(0.0));
            // What no row has may still be in a part of the ranges.
            let (low, high) = match share.interval.filter(|(low, high)| low < high) {
                Some(limits) => limits,
                None if mean == 0.0 => (0.0, most),
                None => (mean - most, mean),
            };
            Unit::Share.with_limits(mean, round(low), round(high))
        };
        let strategy = &self.of.plan.strategies[found.target.strategy];
        let measure = words(&self.of.question.measure);
        let (less, equal) =
            if self.of.measure().unit == "count" { ("fewer", "as many") } else { ("the lower", "the same") };
        let mut text = format!(
            " Over the ranges, chance of two runs included, {strategy} has {} in {}, {less} in {}, {equal} in {}.",
            compared(self.of.measure(), 1, "the"),
            percent(above),
            percent(below),
            percent(same)
        );
        if above.mean == Some(0.0) || below.mean == Some(0.0) {
            text.push_str(" In no row would knowing the keys change the choice.");
            return text;
        }
        let saved = |worth: &Estimate| {
            let (mean, (low, high)) = (worth.mean?, worth.interval.filter(|(low, _)| *low > 0.0)?);
            Some(self.unit(found.target).with_limits(mean, low, high).replace('+', ""))
        };
        let shown = (0..worth.len()).filter(|key| saved(&worth[*key]).is_some());
        let values = shown.map(|key| (key, worth[key].mean, worth[key].interval)).collect();
        let told = |key: usize| saved(&worth[key]).map(|told| format!("{} alone by {told}", self.group(key)));
        let alone: Vec<String> = as_large(values).into_iter().filter_map(told).collect();
        let would = format!("before the choice would lower the {measure} by");
        match (found.worth_of_all.as_ref().and_then(saved), alone.as_slice()) {
            (Some(all), []) => {
                let _ =
                    write!(text, " Knowing all keys {would} {all} in the mean; no key alone is shown to be worth it.");
            }
            (Some(all), alone) => {
                let _ = write!(text, " Knowing all keys {would} {all} in the mean, {}.", listed(alone));
            }
            (None, [_, ..]) => {
                let _ = write!(text, " Knowing a key {would}, in the mean: {}.", listed(&alone));
            }
            (None, []) => text.push_str(" Knowing the keys is not shown to be worth anything to the choice."),
        }
        text
    }
}

/// The end of each group that changes a target most, for the groups of which none is shown to change it more than another.
fn most(bars: &Bars) -> Vec<&Bar> {
    let mut furthest: BTreeMap<usize, &Bar> = BTreeMap::new();
    let size = |bar: &Bar| bar.change.mean.map_or(0.0, f64::abs);
    for bar in bars.ends.iter().filter(|bar| bar.change.sign() != 0) {
        let known = furthest.entry(bar.group).or_insert(bar);
        if size(bar) > size(known) {
            *known = bar;
        }
    }
    let value = |(group, bar): (&usize, &&Bar)| {
        let turned = |(low, high): (f64, f64)| if bar.change.sign() < 0 { (-high, -low) } else { (low, high) };
        (*group, bar.change.mean.map(f64::abs), bar.change.interval.map(turned))
    };
    as_large(furthest.iter().map(value).collect()).into_iter().map(|group| furthest[&group]).collect()
}

/// What is ranked, by index: its value and its interval.
type RankedValue = (usize, Option<f64>, Option<(f64, f64)>);

/// The largest value and those within its interval, whose own intervals hold the largest: largest first, equal ones in order.
fn as_large(mut values: Vec<RankedValue>) -> Vec<usize> {
    values.sort_by(|(_, a, _), (_, b, _)| b.unwrap_or(0.0).total_cmp(&a.unwrap_or(0.0)));
    let Some(&(_, Some(largest), within)) = values.first() else { return Vec::new() };
    let holds =
        |interval: Option<(f64, f64)>, value: f64| interval.is_some_and(|(low, high)| low <= value && value <= high);
    let alike = |mean: Option<f64>, own: Option<(f64, f64)>| {
        mean.is_some_and(|mean| mean.total_cmp(&largest).is_eq() || holds(within, mean) && holds(own, largest))
    };
    values.iter().filter(|(_, mean, own)| alike(*mean, *own)).map(|(key, ..)| *key).collect()
}

/// Words in a row.
fn listed(words: &[String]) -> String {
    list(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The largest share of the ranges that none of so many rows may have met, with a confidence of 95 %.
fn at_most(rows: usize) -> f64 {
    1.0 - libm::pow(0.05, 1.0 / rows as f64)
}

/// A share of a variance: `0.45 ± 0.16`; `at least 0.74` where the estimate exceeds the whole by chance.
fn share(estimate: &Estimate) -> String {
    match (estimate.mean, estimate.half_width()) {
        (Some(mean), Some(half)) if mean > 1.0 => format!("at least {:.2}", (mean - half).clamp(0.0, 1.0)),
        (Some(mean), Some(half)) if mean + half < 0.005 => "below 0.01".to_owned(),
        (Some(mean), Some(half)) => format!("{mean:.2} ± {half:.2}"),
        (Some(mean), None) => format!("{:.2}", mean.min(1.0)),
        (None, _) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stats::Method;

    #[test]
    fn a_share_above_the_whole_is_told_by_its_lower_limit() {
        let of = |mean: f64, half: f64| {
            let interval = Some((mean - half, mean + half));
            share(&Estimate { n: 8, mean: Some(mean), interval, method: Method::T })
        };
        assert_eq!(of(1.28, 0.29), "at least 0.99");
        assert_eq!(of(1.28, 0.1), "at least 1.00");
        assert_eq!(of(0.45, 0.16), "0.45 ± 0.16");
    }

    #[test]
    fn values_that_are_not_shown_to_differ_from_the_largest_are_named_with_it() {
        let near = |mean: f64| (Some(mean), Some((mean - 0.1, mean + 0.1)));
        let values = |means: [f64; 4]| (0..4).map(|key| (key, near(means[key]).0, near(means[key]).1)).collect();
        assert_eq!(as_large(values([0.5, 1.0, 0.95, 1.0])), [1, 3, 2]);
        assert_eq!(as_large(values([0.5, 1.0, 0.7, 0.8])), [1]);
        // Without a width, equal values are alike and no others.
        assert_eq!(
            as_large(vec![(0, Some(1.0), Some((1.0, 1.0))), (1, Some(1.0), None), (2, Some(0.9), None)]),
            [0, 1]
        );
        assert!(as_large(Vec::new()).is_empty());
    }

    #[test]
    fn what_no_row_shows_has_the_limit_of_none_in_so_many() {
        assert!((at_most(64) - 0.0457).abs() < 1e-4);
    }
}
