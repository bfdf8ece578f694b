//! `distributions.csv`: quantiles of the distributions, pooled over the replications of a group.

use std::sync::LazyLock;

use super::cell;
use super::columns::{self, CsvLines};
use crate::measure::{DISTRIBUTIONS, Distributions};
use crate::plan::Group;
use crate::plan::Plan;
use crate::run::{Estimator, Row};

/// Quantiles other than the hundredths, in ten thousandths.
const FINE: [u64; 19] = [
    9_910, 9_920, 9_930, 9_940, 9_950, 9_960, 9_970, 9_980, 9_990, 9_991, 9_992, 9_993, 9_994, 9_995, 9_996, 9_997,
    9_998, 9_999, 10_000,
];

/// The quantiles that `count` values support, as numerators over 10,000: at least the weight of one value on either
/// side.
///
/// ```
/// use pushpull::folder::distributions::supported;
/// assert_eq!(supported(4).collect::<Vec<_>>(), [0, 2_500, 2_600, 2_700, 2_800, 2_900, 3_000, 3_100, 3_200, 3_300,
///     3_400, 3_500, 3_600, 3_700, 3_800, 3_900, 4_000, 4_100, 4_200, 4_300, 4_400, 4_500, 4_600, 4_700, 4_800,
///     4_900, 5_000, 5_100, 5_200, 5_300, 5_400, 5_500, 5_600, 5_700, 5_800, 5_900, 6_000, 6_100, 6_200, 6_300,
///     6_400, 6_500, 6_600, 6_700, 6_800, 6_900, 7_000, 7_100, 7_200, 7_300, 7_400, 7_500, 10_000]);
/// assert!(supported(999).all(|quantile| quantile != 9_990));
/// assert!(supported(1_000).any(|quantile| quantile == 9_990));
/// ```
pub fn supported(count: u64) -> impl Iterator<Item = u64> {
    QUANTILES.iter().map(|quantile| quantile.0).filter(move |&quantile| is_supported(quantile, count))
}

fn is_supported(q: u64, count: u64) -> bool {
    count > 0 && (q == 0 || q == 10_000 || q.min(10_000 - q).saturating_mul(count) >= 10_000)
}

/// All quantiles with their texts.
static QUANTILES: LazyLock<Vec<(u64, String)>> = LazyLock::new(|| {
    let all = (0..=99).map(|hundredth| hundredth * 100).chain(FINE);
    all.map(|quantile| (quantile, cell::number(Some(quantile as f64 / 10_000.0)))).collect()
});

/// The header.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    columns::header(plan, &["measure", "count", "quantile", "value", "ci_low", "ci_high"])
}

/// The lines of a group. A quantile has an interval if each run's own quantile is one of the measures of `rows`.
#[must_use]
pub fn lines(
    plan: &Plan,
    group: Group,
    rows: &[Row],
    distributions: &mut Distributions,
    estimator: &mut Estimator,
) -> Vec<u8> {
    distributions.sort();
    let mut lines = CsvLines::new();
    let shared = columns::shared(plan, group);
    for (index, name) in DISTRIBUTIONS.iter().enumerate() {
        let count = distributions.count(index);
        for (quantile, text) in QUANTILES.iter().filter(|quantile| is_supported(quantile.0, count)) {
            let quantile = *quantile;
            let value = distributions.quantile_s(index, quantile, 10_000);
            let estimate = value.and_then(|value| estimator.quantile(rows, index, quantile, value));
            let limits = estimate.and_then(|estimate| estimate.interval);
            lines.begin(&shared);
            lines.field(name);
            lines.whole(count);
            lines.field(text);
            lines.number(value);
            lines.limits(limits);
            lines.end();
        }
    }
    lines.into_bytes()
}
