//! A difference: value, p-value, and an interval at any level. The interval excludes zero exactly if the p-value is
//! below 1 − level.

use crate::count::{garwood_high, garwood_low};
use crate::proportion::{clopper_pearson_high, clopper_pearson_low};
use crate::{Method, Student, student};

/// A difference, `mine` − `theirs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Pairs whose difference is defined: two infinite values have none.
    pub n: usize,
    /// Mean of the differences, or the difference of the ratios of sums. Infinite if one difference is; none if there
    /// is no difference, or if infinities of both signs meet.
    pub mean: Option<f64>,
    /// The two-sided p-value of no difference.
    pub p_value: Option<f64>,
    /// Sign of the difference according to the test: −1, 0 or 1.
    pub sign: i8,
    /// How interval and p-value were made.
    pub method: Method,
    pub(super) limits: Limits,
    /// The largest possible difference: 1 between shares, else infinite.
    pub(super) most: f64,
}

/// How the limits of a difference are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limits {
    /// No limits.
    None,
    /// All differences are the same: the exact sign test shows a difference at any level above this one.
    Constant(f64),
    /// Student's t with a standard error and degrees of freedom.
    T { error: f64, df: f64 },
    /// The exact limits of both sides, combined by the root of the sum of squares.
    Mover { mine: Side, theirs: Side },
}

/// One side of a comparison with few events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Side {
    /// Effective events among effective trials.
    Proportion { events: f64, trials: f64 },
    /// Effective events, and the contribution of one event to the mean.
    Count { events: f64, scale: f64 },
}

impl Side {
    pub(super) fn value(self) -> f64 {
        match self {
            Self::Proportion { events, trials } => events / trials,
            Self::Count { events, scale } => events * scale,
        }
    }

    /// Distance from the value down to the exact lower limit.
    fn below(self, alpha: f64) -> f64 {
        let low = match self {
            Self::Proportion { events, trials } => clopper_pearson_low(events.min(trials), trials, alpha),
            Self::Count { events, scale } => garwood_low(events, alpha) * scale,
        };
        self.value() - low
    }

    /// Distance from the value up to the exact upper limit.
    fn above(self, alpha: f64) -> f64 {
        let high = match self {
            Self::Proportion { events, trials } => clopper_pearson_high(events.min(trials), trials, alpha),
            Self::Count { events, scale } => garwood_high(events, alpha) * scale,
        };
        high - self.value()
    }
}

impl Difference {
    /// A difference with a value only: no interval, no p-value.
    pub(super) const fn bare(n: usize, mean: Option<f64>) -> Self {
        Self { n, mean, p_value: None, sign: 0, method: Method::None, limits: Limits::None, most: f64::INFINITY }
    }

    /// A difference with Student's t.
    pub(super) fn t(n: usize, mean: f64, error: f64, df: f64, method: Method) -> Self {
        Self {
            n,
            mean: Some(mean),
            p_value: Some(student::p_value(mean / error, df)),
            sign: sign(mean),
            method,
            limits: Limits::T { error, df },
            most: f64::INFINITY,
        }
    }

    /// A difference from the exact limits of both sides, by the root of the sum of squares: G. Y. Zou and A. Donner,
    /// "Construction of confidence limits about effect measures: a general approach", Statistics in Medicine 27 (2008)
    /// 1693–1702.
    pub(super) fn mover(n: usize, mine: Side, theirs: Side) -> Self {
        let mean = mine.value() - theirs.value();
        Self {
            n,
            mean: Some(mean),
            p_value: Some(mover_p_value(mine, theirs)),
            sign: sign(mean),
            method: Method::Mover,
            limits: Limits::Mover { mine, theirs },
            most: f64::INFINITY,
        }
    }

    /// Marks a difference of two shares, which lies within ± 1.
    pub(super) fn of_shares(self) -> Self {
        Self { most: 1.0, ..self }
    }

    /// The interval at the level of `student`, if there is one.
    ///
    /// The interval excludes zero exactly if the p-value is below 1 − level: for every method here the p-value is the
    /// level at which the interval touches zero. If rounding contradicts the p-value, the limit next to zero is
    /// corrected.
    pub fn interval(&self, student: &mut Student) -> Option<(f64, f64)> {
        let (mean, p_value) = self.mean.zip(self.p_value)?;
        let alpha = student.alpha();
        let (low, high) = match self.limits {
            Limits::None => return None,
            Limits::Constant(least) => return (least < alpha).then_some((mean, mean)),
            Limits::T { error, df } => {
                let half = student.quantile(df) * error;
                (mean - half, mean + half)
            }
            Limits::Mover { mine, theirs } => (mover_low(mine, theirs, alpha), -mover_low(theirs, mine, alpha)),
        };
        let (low, high) = (low.max(-self.most), high.min(self.most));
        Some(if p_value < alpha {
            let nearest = mean * f64::EPSILON;
            if mean > 0.0 { (low.max(nearest), high) } else { (low, high.min(nearest)) }
        } else {
            (low.min(0.0), high.max(0.0))
        })
    }
}

/// The lower limit of `mine` − `theirs`.
fn mover_low(mine: Side, theirs: Side, alpha: f64) -> f64 {
    mine.value() - theirs.value() - libm::hypot(mine.below(alpha), theirs.above(alpha))
}

/// Upper end of the search for a p-value, which is 1e-109 there. With so few events no p-value is smaller.
const DISTANCE_MAX: f64 = 22.4;

/// The α at which the interval touches zero.
///
/// Searched on √(−2 ln α), where limits move almost linearly, by false position with the Illinois rule inside a
/// bracket.
fn mover_p_value(mine: Side, theirs: Side) -> f64 {
    let difference = mine.value() - theirs.value();
    if difference == 0.0 {
        return 1.0;
    }
    let (more, less) = if difference > 0.0 { (mine, theirs) } else { (theirs, mine) };
    let alpha = |distance: f64| libm::exp(-distance * distance / 2.0);
    // Positive if the interval excludes zero.
    let beyond = |distance: f64| mover_low(more, less, alpha(distance));
    let (mut near, mut above) = (0.0, beyond(0.0));
    if above <= 0.0 {
        return 1.0;
    }
    let mut far = 2.8;
    let mut below = beyond(far);
    while below > 0.0 {
        (near, above) = (far, below);
        far *= 2.0;
        if far > DISTANCE_MAX {
            return alpha(DISTANCE_MAX);
        }
        below = beyond(far);
    }
    let mut last_above = None;
    while far - near > 1e-10 {
        let middle = near + (far - near) * above / (above - below);
        if middle <= near || middle >= far {
            break;
        }
        let value = beyond(middle);
        let is_above = value > 0.0;
        let (kept, other) = if is_above {
            (near, above) = (middle, value);
            (&mut below, above)
        } else {
            (far, below) = (middle, value);
            (&mut above, below)
        };
        // Illinois rule: the value at an end that is kept twice is reduced.
        if last_above == Some(is_above) {
            *kept /= 2.0;
        }
        last_above = Some(is_above);
        if other.abs() <= 1e-12 * difference.abs() {
            break;
        }
    }
    alpha(near)
}

pub(super) fn sign(value: f64) -> i8 {
    i8::from(value > 0.0) - i8::from(value < 0.0)
}
