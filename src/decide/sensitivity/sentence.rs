//! A sensitivity in sentences.

use std::fmt::Write as _;

use super::answer::SensitivityAnswer;
use super::study::{KeyStudy, SensitivityTarget};
use super::tornado::Bars;
use crate::decide::wording::{comma, compared};
use crate::figure::words;
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
        let shown = bars.ends.iter().filter(|bar| bar.change.sign() != 0);
        let size = |value: Option<f64>| value.map_or(0.0, f64::abs);
        let most = shown.max_by(|a, b| size(a.change.mean).total_cmp(&size(b.change.mean)));
        let now = bars.now.mean.map_or_else(|| "undefined".to_owned(), |mean| unit.write(mean));
        let mut text = match most {
            None => format!(
                "At no end of the {groups} ranges is a change of {name} shown: {now} with the values of the file"
            ),
            Some(bar) => format!(
                "Of {groups} uncertain keys {key} changes {name} most: from {now} to {} at {key} = {}",
                bar.there.mean.map_or_else(String::new, |mean| unit.write(mean)),
                bar.value,
                key = self.group(bar.group),
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
        let listed = |keys: &[usize]| keys.iter().map(index).collect::<Vec<_>>().join(", ");
        if most.is_empty() {
            let largest = listed(&others[..others.len().min(LARGEST)]);
            parts.push(format!(
                "Of {} uncertain keys none is shown to account for a tenth of {name}; the largest are {largest}",
                keys.len()
            ));
        } else {
            parts.push(format!("Of {} uncertain keys {name} hangs on {}", keys.len(), listed(&most)));
        }
        match others[..] {
            [] => {}
            _ if most.is_empty() => {}
            [only] => parts.push(format!("{} accounts for {}", self.group(only), share(&keys[only].total))),
            [first, ..] => parts.push(format!("the largest of the others is {}", index(&first))),
        }
        if !never.is_empty() {
            let listed: Vec<String> = never.iter().map(|key| self.group(*key)).collect();
            // With a probability of 95 % at most this share of the ranges moves it.
            let share = Unit::Share.write(libm::round(at_most(rows) * 1e3) / 1e3);
            parts.push(format!(
                "{} never moved it (in {rows} rows; at most {share} of the ranges do)",
                listed.join(", ")
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
        let alone = (0..worth.len())
            .filter_map(|key| saved(&worth[key]).map(|told| (key, told)))
            .max_by(|(a, _), (b, _)| worth[*a].mean.unwrap_or(0.0).total_cmp(&worth[*b].mean.unwrap_or(0.0)))
            .map(|(key, told)| (self.group(key), told));
        let would = format!("before the choice would lower the {measure} by");
        match (found.worth_of_all.as_ref().and_then(saved), alone) {
            (Some(all), Some((key, told))) => {
                let _ = write!(text, " Knowing all keys {would} {all} in the mean, {key} alone by {told}.");
            }
            (Some(all), None) => {
                let _ =
                    write!(text, " Knowing all keys {would} {all} in the mean; no key alone is shown to be worth it.");
            }
            (None, Some((key, told))) => {
                let _ = write!(text, " Knowing {key} {would} {told} in the mean.");
            }
            (None, None) => text.push_str(" Knowing the keys is not shown to be worth anything to the choice."),
        }
        text
    }
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
    fn what_no_row_shows_has_the_limit_of_none_in_so_many() {
        assert!((at_most(64) - 0.0457).abs() < 1e-4);
    }
}
