//! The price of a strategy: the loads that are higher than under the baseline.

use super::super::best::create_failures;
use super::super::sentence::Sentence;
use super::Teller;
use crate::measure::Load;
use draw::figure::Unit;

/// The share of failed creates from which a median has the remark `without failed creates`.
const CREATES_FAIL_MEDIAN: f64 = 0.05;

/// The share of failed creates from which the median is infinite.
const CREATES_FAIL_HALF: f64 = 0.5;

/// The loads per attempt that the price of a strategy consists of: the name of each, and what carries it.
const LOADS: [(&str, &[Load]); 3] = [
    ("API requests", &[Load::Create, Load::Request]),
    ("bus messages", &[Load::Bus]),
    ("stream messages", &[Load::Stream]),
];

/// The share of a load by which it must differ to be named.
const LOAD_DIFFERS: f64 = 0.05;

impl Teller<'_> {
    /// The loads that are higher under the leading strategy than under the baseline.
    pub(super) fn cost(&self) -> Option<Sentence> {
        let (leader, baseline) = (self.leader?, self.baseline());
        if leader == baseline || self.best.tested == 0 || self.baseline_leads() {
            return None;
        }
        let mean = |strategy: usize, name: &str| self.facts.mean(self.telling, strategy, name).unwrap_or(0.0);
        let load = |strategy: usize, carriers: &[Load]| {
            let sum: f64 = Load::measures(carriers).map(|name| mean(strategy, name)).sum();
            sum / mean(strategy, "attempts").max(1.0)
        };
        let records = [leader, baseline].map(|strategy| mean(strategy, "table_mean"));
        let per_attempt = LOADS.map(|(name, carriers)| {
            (format!("{name} per attempt"), [leader, baseline].map(|strategy| load(strategy, carriers)))
        });
        // The loads that are higher than under the baseline, and those that are lower, with both values.
        let (mut higher, mut lower) = (Vec::new(), Vec::new());
        for (name, [mine, theirs]) in [("records per gateway".to_owned(), records)].into_iter().chain(per_attempt) {
            if (mine - theirs).abs() > LOAD_DIFFERS * mine.max(theirs) {
                let item = (format!("{} {name}", amount(mine)), amount(theirs), "");
                if mine > theirs { higher.push(item) } else { lower.push(item) }
            }
        }
        // The distribution is of the attempts whose create worked.
        let fails = |strategy: usize| create_failures(self.facts, self.telling, strategy);
        let median = |strategy: usize| {
            let never = fails(strategy) >= CREATES_FAIL_HALF;
            let known = self.facts.quantile(self.telling, strategy, "time_to_connect_s", 0.5);
            if never { Some(f64::INFINITY) } else { known }
        };
        if let Some((mine, theirs)) = median(leader).zip(median(baseline))
            && (mine - theirs).abs() > LOAD_DIFFERS * mine.min(theirs)
        {
            let is_part = |strategy| (CREATES_FAIL_MEDIAN..CREATES_FAIL_HALF).contains(&fails(strategy));
            let of = if is_part(leader) || is_part(baseline) { ", without failed creates" } else { "" };
            let own = format!("median to connect {}", Unit::Seconds.write(mine));
            let item = (own, Unit::Seconds.write(theirs), of);
            if mine > theirs { higher.push(item) } else { lower.push(item) }
        }
        // A lower load is no price. It is named only if no load is higher; the report has both.
        let parts = if higher.is_empty() { lower } else { higher };
        if parts.is_empty() {
            return None;
        }
        let lead = Sentence::default().name(self.facts.name(leader)).place_or_there(self.at(self.telling)).text(": ");
        let row = parts.into_iter().enumerate().fold(lead, |row, (index, (own, theirs, of))| match index {
            0 => row.text(format!("{own} (")).name(self.facts.name(baseline)).text(format!(": {theirs}){of}")),
            _ => row.text(format!(", {own} ({theirs}){of}")),
        });
        Some(row.text("."))
    }
}

/// A number with up to three digits.
fn amount(number: f64) -> String {
    let text = Unit::None.write(number);
    if number >= 1000.0 { Unit::Count.write(number) } else { text }
}
