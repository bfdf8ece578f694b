//! Several comparisons at once: Holm's step-down adjustment.
//!
//! S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979)
//! 65–70.

/// The adjusted p-values of one family, in the given order. Comparing each with α keeps the probability of any false
/// claim in the family at most α, for every dependence between the tests.
///
/// The i-th smallest of m, from 0, is multiplied by m − i, and never falls below its predecessor.
///
/// ```
/// let adjusted = stats::holm::adjust(&[0.01, 0.04, 0.03]);
/// assert_eq!(adjusted, [0.03, 0.06, 0.06]); // 0.01·3; 0.03·2; max(0.04·1, 0.06)
/// ```
#[must_use]
pub fn adjust(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        largest = largest.max(p_values[index] * (p_values.len() - rank) as f64).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

/// For each difference of a family, the probability α′ outside its interval. An interval at that level excludes zero
/// exactly if the adjusted p-value is below `alpha`.
///
/// The level is Bonferroni's α/m, at which all intervals of the family hold together with probability 1 − α. If only a
/// later step of Holm's shows a difference, the level is that of the step, α/(m − i) for the i-th smallest p-value from
/// 0: at α/m its interval would include zero. A difference that is not shown has p ≥ α/m.
///
/// ```
/// let levels = stats::holm::levels(&[0.01, 0.04, 0.03], 0.05);
/// assert_eq!(levels, [0.05 / 3.0; 3]); // only the first is shown, and by Bonferroni too
/// let levels = stats::holm::levels(&[0.01, 0.04, 0.02], 0.05);
/// assert_eq!(levels, [0.05 / 3.0, 0.05, 0.05 / 2.0]); // all are shown, the last two by later steps
/// ```
#[must_use]
pub fn levels(p_values: &[f64], alpha: f64) -> Vec<f64> {
    let adjusted = adjust(p_values);
    let joint = alpha / p_values.len() as f64;
    let below = |p: f64| p_values.iter().filter(|other| **other < p).count();
    let level = |(&p, &adjusted): (&f64, &f64)| {
        if adjusted < alpha && p >= joint { alpha / (p_values.len() - below(p)) as f64 } else { joint }
    };
    p_values.iter().zip(&adjusted).map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_agree_with_r() {
        // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")
        let adjusted = adjust(&[0.05, 0.01, 0.04, 0.02, 0.03]);
        for (got, expected) in adjusted.iter().zip([0.09, 0.05, 0.09, 0.08, 0.09]) {
            assert!((got - expected).abs() < 1e-12, "{adjusted:?}");
        }
    }

    #[test]
    fn one_comparison_is_left_as_it_is_and_none_exceeds_one() {
        assert_eq!(adjust(&[0.2]), [0.2]);
        assert_eq!(adjust(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(adjust(&[]).is_empty());
    }

    #[test]
    fn a_level_is_above_the_p_value_exactly_where_the_difference_is_shown() {
        // Grids of three p-values, ties among them.
        let grid = [0.001, 0.016, 0.017, 0.02, 0.025, 0.03, 0.049, 0.05, 0.2];
        for a in grid {
            for b in grid {
                for c in grid {
                    let p_values = [a, b, c];
                    let (adjusted, levels) = (adjust(&p_values), levels(&p_values, 0.05));
                    for index in 0..3 {
                        let (shown, excluded) = (adjusted[index] < 0.05, p_values[index] < levels[index]);
                        assert_eq!(shown, excluded, "{p_values:?}: {adjusted:?}, {levels:?}");
                    }
                }
            }
        }
    }
}
