//! The search over functions whose roots are known.

use super::*;
use crate::decide::synthetic::{ATTEMPTS, draws};
use std::convert::Infallible;

use stats::ratio::Ratio;
use stats::{Student, proportion};

const RULES: Rules = Rules { last: 1.0, whole: false, half_width: 0.02, budget: 20_000, runs: 1, crossing: None };

/// A function without noise.
struct Exact<F>(F);

impl<F: Fn(f64) -> f64> Oracle for Exact<F> {
    type Error = Infallible;

    fn judge(&mut self, places: &[f64], _n: u32) -> Result<Vec<Judged>, Infallible> {
        let judged = |at: &f64| self.0(*at);
        Ok(places.iter().map(judged).map(|mean| Judged::within(mean, mean, mean)).collect())
    }
}

/// A function whose interval is ± `noise` over the square root of the number of replications.
struct Blurred<F>(F, f64);

impl<F: Fn(f64) -> f64> Oracle for Blurred<F> {
    type Error = Infallible;

    fn judge(&mut self, places: &[f64], n: u32) -> Result<Vec<Judged>, Infallible> {
        let half = self.1 / libm::sqrt(f64::from(n));
        let judged = |mean: f64| Judged::within(mean, mean - half, mean + half);
        Ok(places.iter().map(|at| judged(self.0(*at))).collect())
    }
}

fn found(oracle: &mut impl Oracle<Error = Infallible>, rules: Rules) -> Searched {
    search(oracle, rules).unwrap_or_else(|never| match never {})
}

fn limits(found: &Found) -> (f64, f64, bool) {
    let Found::Root { low: Some(low), high: Some(high), rises, .. } = found else { panic!("{found:?}") };
    (*low, *high, *rises)
}

#[test]
fn a_function_that_is_zero_everywhere_ends_the_search_at_once() {
    let searched = found(&mut Exact(|_| 0.0), RULES);
    assert_eq!((searched.found, searched.points.len(), searched.needed), (Found::Zero, LOOK, None));
}

#[test]
fn a_root_of_a_function_without_noise_is_between_two_near_places() {
    for (root, slope) in [(0.3, 1.0), (0.7123, -2.0), (0.9999, 1.0)] {
        let searched = found(&mut Exact(|at: f64| slope * (at - root)), RULES);
        let (low, high, rises) = limits(&searched.found);
        assert!(low <= root && root <= high && high - low <= 2.0 * RULES.half_width, "{low} {high}");
        assert_eq!(rises, slope > 0.0);
        assert!(searched.runs <= 200, "{}", searched.runs);
    }
}

#[test]
fn more_replications_follow_until_the_interval_is_as_narrow_as_wanted() {
    let searched = found(&mut Blurred(|at: f64| 0.4 - at, 0.5), RULES);
    let (low, high, rises) = limits(&searched.found);
    // ± 0.5/√n ≤ 0.02 from n = 625 on
    let Found::Root { n, root, precise, .. } = searched.found else { panic!("no root") };
    assert!((625..1_600).contains(&n) && precise && !rises, "{n}");
    assert!((root.expect("a root") - 0.4).abs() < 1e-9);
    assert!(((high - low) / 2.0 - 0.5 / libm::sqrt(f64::from(n))).abs() < 1e-9, "{low} {high}");
}

#[test]
fn a_budget_that_ends_too_early_leaves_the_interval_so_far() {
    let searched = found(&mut Blurred(|at: f64| at - 0.4, 0.5), Rules { budget: 2_000, ..RULES });
    let Found::Root { low: Some(low), high: Some(high), precise, .. } = searched.found else { panic!("no root") };
    assert!(!precise && searched.runs <= 2_000 && low < 0.4 && 0.4 < high && high - low > 0.04);
}

#[test]
fn a_budget_that_ends_in_the_first_stage_leaves_what_the_points_show() {
    for budget in [50, 60, 70] {
        let rules = Rules { budget, half_width: 1e-3, ..RULES };
        let searched = found(&mut Blurred(|at: f64| at - 0.4, 0.5), rules);
        let Found::Root { root: None, low: Some(low), high: Some(high), rises: true, precise: false, .. } =
            searched.found
        else {
            panic!("{searched:?}")
        };
        assert!(
            low < 0.4 && 0.4 < high && searched.needed.is_some_and(|needed| needed > budget) && searched.runs <= budget,
            "{low} {high}"
        );
    }
    let rules = Rules { last: 99.0, whole: true, budget: 50, ..RULES };
    let searched = found(&mut Exact(|at: f64| 41.5 - at), rules);
    let step = Found::Step { below: 25.0, above: 50.0, rises: false, n: 10, precise: false };
    assert_eq!((searched.found, searched.needed.is_some()), (step, true));
    // One end shows a sign, and no run is left to look where it begins.
    let searched = found(&mut Blurred(|at: f64| (at - 0.1).max(0.0), 0.5), Rules { budget: 50, ..RULES });
    assert_eq!(searched.found, Found::Nowhere { sign: 1, undecided: vec![0.0, 0.25] });
    assert!(searched.needed.is_some());
}

#[test]
fn a_jump_is_bracketed_and_not_interpolated() {
    let jump = |at: f64| if at < 0.437 { -0.228 } else { 0.934 };
    let searched = found(&mut Blurred(jump, 0.1), RULES);
    let (left, right) = searched.bracket().expect("a bracket");
    assert!(left.at < 0.437 && 0.437 <= right.at && right.at - left.at < 2e-4, "{left:?} {right:?}");
    assert!(searched.is_jump(left, right));
    assert!(matches!(searched.found, Found::Root { root: None, precise: true, .. }), "{searched:?}");
    // A function without noise that is steep but does not jump has a bracket as well.
    let searched = found(&mut Exact(|at: f64| 50.0 * (at * at - 0.191)), RULES);
    let (left, right) = searched.bracket().expect("a bracket");
    assert!(!searched.is_jump(left, right));
    // With noise the limits of the interval cross at places of their own.
    let searched = found(&mut Blurred(|at: f64| 0.4 - at, 0.5), RULES);
    assert_eq!(searched.bracket(), None);
}

#[test]
fn a_crossing_that_is_not_there_is_not_searched() {
    let searched = found(&mut Exact(|at: f64| at - 0.3), Rules { crossing: Some(2), ..RULES });
    let Found::Root { root: None, low, high, .. } = searched.found else { panic!("{searched:?}") };
    assert_eq!((low, high, searched.crossings, searched.runs), (Some(0.25), Some(0.5), 1, 50));
}

#[test]
fn without_a_crossing_the_sign_is_the_answer() {
    let searched = found(&mut Exact(|_| -1.0), RULES);
    assert_eq!(searched.found, Found::Nowhere { sign: -1, undecided: Vec::new() });
    assert_eq!((searched.runs, searched.points.len()), (50, 5));
}

#[test]
fn nothing_is_claimed_where_nothing_is_shown() {
    let searched = found(&mut Blurred(|at: f64| at - 0.5, 1e6), RULES);
    assert_eq!(searched.found, Found::Undecided);
    assert!(searched.runs <= RULES.budget / 5, "{}", searched.runs);
}

#[test]
fn an_interval_may_be_open_at_an_end_of_the_range() {
    // At the start the function is zero for ever.
    let searched = found(&mut Blurred(|at: f64| (at - 0.1).max(0.0), 0.5), RULES);
    let Found::Root { low: None, high: Some(high), rises: true, precise: true, .. } = searched.found else {
        panic!("{searched:?}")
    };
    // 0.1 + 0.5/√10
    assert!((high - 0.258).abs() < 0.02, "{high}");
    let searched = found(&mut Blurred(|at: f64| (0.9 - at).max(0.0), 0.5), RULES);
    assert!(matches!(searched.found, Found::Root { low: Some(_), high: None, rises: false, .. }), "{searched:?}");
}

#[test]
fn several_crossings_are_all_named_and_one_can_be_chosen() {
    let wave = |at: f64| libm::cos(4.0 * std::f64::consts::PI * at + 0.3);
    let searched = found(&mut Exact(wave), RULES);
    let Found::Several(several) = &searched.found else { panic!("{searched:?}") };
    assert_eq!(several[..], [(0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0)]);
    let searched = found(&mut Exact(wave), Rules { crossing: Some(2), ..RULES });
    let (low, high, rises) = limits(&searched.found);
    let root = (1.5 - 0.3 / std::f64::consts::PI) / 4.0;
    assert!(low <= root && root <= high && rises, "{low} {high}");
}

#[test]
fn whole_numbers_are_told_by_the_last_and_the_first() {
    let rules = Rules { last: 99.0, whole: true, ..RULES };
    let searched = found(&mut Blurred(|at: f64| at - 41.5, 3.0), rules);
    assert!(
        matches!(searched.found, Found::Step { below: 41.0, above: 42.0, rises: true, precise: true, n } if n > 10),
        "{searched:?}"
    );
    // At 41 it is zero for ever.
    let searched = found(&mut Blurred(|at: f64| 41.0 - at, 3.0), Rules { budget: 2_000, ..rules });
    assert!(
        matches!(searched.found, Found::Step { below: 40.0, above: 42.0, rises: false, precise: false, .. }),
        "{searched:?}"
    );
    let searched = found(&mut Exact(|at: f64| at - 0.5), Rules { last: 1.0, ..rules });
    assert!(matches!(searched.found, Found::Step { below: 0.0, above: 1.0, .. }), "{searched:?}");
}

/// Attempts that are lost each with probability p, from 1e-5 to 0.1 by equal factors. The same attempts at every p.
struct Lossy {
    seed: u64,
    /// The draws of each replication, ascending.
    draws: Vec<Vec<f64>>,
    share: f64,
}

impl Oracle for Lossy {
    type Error = Infallible;

    fn judge(&mut self, places: &[f64], n: u32) -> Result<Vec<Judged>, Infallible> {
        while self.draws.len() < n as usize {
            self.draws.push(draws(self.seed, self.draws.len(), 0.1));
        }
        let wholes = vec![ATTEMPTS as f64; n as usize];
        let judged = places.iter().map(|at| {
            let p = 1e-5 * libm::pow(1e4, *at);
            let lost = |draws: &Vec<f64>| draws.partition_point(|draw| *draw < p) as f64;
            let parts: Vec<f64> = self.draws[..n as usize].iter().map(lost).collect();
            let estimate = proportion::estimate(&Ratio { parts: &parts, wholes: &wholes }, &mut Student::new(0.95));
            let (low, high) = estimate.interval.expect("an interval");
            let mean = estimate.mean.expect("a mean");
            Judged::within(mean - self.share, low - self.share, high - self.share)
        });
        Ok(judged.collect())
    }
}

/// How many of so many intervals hold the root, and the runs of a search.
fn coverage(share: f64, precision: f64, seeds: u64) -> (u64, f64) {
    let root = libm::log(share / 1e-5) / libm::log(1e4);
    let rules = Rules { half_width: libm::log1p(precision) / libm::log(1e4), ..RULES };
    let (mut held, mut runs) = (0, 0);
    for seed in 0..seeds {
        let searched = found(&mut Lossy { seed, draws: Vec::new(), share }, rules);
        let (low, high, _) = limits(&searched.found);
        held += u64::from(low <= root && root <= high);
        runs += searched.runs;
    }
    (held, runs as f64 / seeds as f64)
}

#[test]
fn intervals_hold_the_root_as_often_as_they_say() {
    let (held, runs) = coverage(0.01, 0.2, 100);
    assert!(held >= 90 && runs <= 130.0, "{held} of 100, {runs} runs");
}

#[test]
#[ignore = "a long check"]
fn a_thousand_intervals_hold_the_root_as_often_as_they_say() {
    for (share, precision) in [(0.01, 0.2), (0.01, 0.1), (0.001, 0.2)] {
        let (held, runs) = coverage(share, precision, 1_000);
        println!("limit {share}, precision {precision}: {held} of 1000, {runs:.0} runs");
        assert!(held >= 930, "{share} {precision}: {held} of 1000, {runs} runs");
    }
}

#[test]
fn an_end_that_shows_no_sign_gets_more_replications_and_is_told_if_it_still_shows_none() {
    // Behind 0.9 the function comes near to zero.
    let hump = |end: f64| move |at: f64| if at < 0.9 { at - 0.3 } else { end };
    let searched = found(&mut Blurred(hump(0.0), 0.5), RULES);
    let (low, high, rises) = limits(&searched.found);
    assert!(low < 0.3 && 0.3 < high && rises, "{searched:?}");
    assert_eq!(searched.undecided_ends(), (None, Some(0.75)));
    let end = searched.points.last().expect("points");
    assert!(end.n > FIRST && u64::from(end.n) <= RULES.budget / END_SHARE, "{end:?}");
    // An end that is zero without noise gets no more.
    let searched = found(&mut Exact(hump(0.0)), RULES);
    assert_eq!(searched.undecided_ends(), (None, Some(0.75)));
    assert_eq!(searched.points.last().expect("points").n, FIRST);
    // More replications show that it crosses zero again.
    let searched = found(&mut Blurred(hump(-0.05), 0.5), RULES);
    assert!(matches!(&searched.found, Found::Several(several) if several.len() == 2), "{searched:?}");
    let searched = found(&mut Blurred(|at: f64| 0.3 - at, 0.5), RULES);
    assert_eq!(searched.undecided_ends(), (None, None));
}

/// Whether the signs of all points are those that an answer claims: none within its limits, one on each side of them.
fn agrees(searched: &Searched) -> bool {
    let (low, high, rises) = match searched.found {
        Found::Root { root, low, high, rises, .. } => {
            let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
            if !root.is_none_or(|root| low < root && root < high) {
                return false;
            }
            (low, high, rises)
        }
        Found::Step { below, above, rises, .. } => (below, above, rises),
        _ => return true,
    };
    let behind = if rises { 1 } else { -1 };
    searched.points.iter().all(|point| match point.judged.sign() {
        0 => true,
        sign if sign == behind => point.at >= high,
        _ => point.at <= low,
    })
}

#[test]
fn an_answer_agrees_with_every_sign_that_is_shown_whenever_the_budget_ends() {
    let (mut roots, mut brackets) = (0, 0);
    for seed in 0..40 {
        for budget in [60, 80, 100, 150, 250, 400, 600, 1_000, 2_000, 20_000] {
            let rules = Rules { half_width: libm::log1p(0.1) / libm::log(1e4), budget, ..RULES };
            let searched = found(&mut Lossy { seed, draws: Vec::new(), share: 0.01 }, rules);
            assert!(agrees(&searched), "seed {seed}, budget {budget}: {searched:?}");
            match searched.found {
                Found::Root { root: Some(_), .. } => roots += 1,
                Found::Root { root: None, .. } => brackets += 1,
                _ => {}
            }
        }
    }
    assert!(roots > 100 && brackets > 50, "{roots} {brackets}");
    // Whole numbers: the draws decide at every place.
    for seed in 0..40 {
        for budget in [60, 100, 200, 500, 2_000] {
            let mut oracle = WholeLossy(Lossy { seed, draws: Vec::new(), share: 0.01 });
            let searched = found(&mut oracle, Rules { last: 60.0, whole: true, budget, ..RULES });
            assert!(agrees(&searched), "seed {seed}, budget {budget}: {searched:?}");
        }
    }
}

/// The same at sixty-one places.
struct WholeLossy(Lossy);

impl Oracle for WholeLossy {
    type Error = Infallible;

    fn judge(&mut self, places: &[f64], n: u32) -> Result<Vec<Judged>, Infallible> {
        self.0.judge(&places.iter().map(|at| at / 60.0).collect::<Vec<_>>(), n)
    }
}

/// One function with few replications, another with more.
struct Corrected<F, G>(F, G);

impl<F: Fn(f64) -> f64, G: Fn(f64) -> f64> Oracle for Corrected<F, G> {
    type Error = Infallible;

    fn judge(&mut self, places: &[f64], n: u32) -> Result<Vec<Judged>, Infallible> {
        let half = 0.3 / libm::sqrt(f64::from(n));
        let mean = |at: f64| if n <= FIRST { self.0(at) } else { self.1(at) };
        Ok(places.iter().map(|at| Judged::within(mean(*at), mean(*at) - half, mean(*at) + half)).collect())
    }
}

#[test]
fn more_replications_that_speak_against_a_root_leave_a_bracket() {
    // Ten replications show 0.5, more show 0.3.
    let mut oracle = Corrected(|at: f64| at - 0.5, |at: f64| at - 0.3);
    let whole = found(&mut oracle, RULES);
    let Found::Root { root: Some(root), precise: true, .. } = whole.found else { panic!("{whole:?}") };
    assert!((root - 0.3).abs() < 0.01 && agrees(&whole), "{root}");
    let mut bracketed = 0;
    for budget in (90..whole.runs).step_by(20) {
        let searched = found(&mut oracle, Rules { budget, ..RULES });
        assert!(agrees(&searched), "budget {budget}: {searched:?}");
        let has_more = searched.points.iter().any(|point| point.n > FIRST);
        bracketed += u32::from(has_more && matches!(searched.found, Found::Root { root: None, .. }));
    }
    assert!(bracketed > 0);
}
