//! Several comparisons at once: Holm's step-down adjustment.
//!
//! S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979) 65–70.

/// The adjusted p-values of one family, in the given order: comparing each with α keeps the probability of any false
/// claim in the family at most α, whatever the dependence between the tests.
///
/// The i-th smallest of m, from 0, is multiplied by m − i, and never falls below its predecessor.
///
/// ```
/// let adjusted = pushpull::stats::holm::adjust(&[0.01, 0.04, 0.03]);
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
}
