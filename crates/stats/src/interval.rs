//! An estimate: a value, an interval, and the method of the interval.

/// The method of an interval, as the `method` columns of the result files name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// No interval: fewer than two replications, or an infinite value among them.
    None,
    /// Every replication gave the same finite value, so the interval has zero width. A constant difference is judged by
    /// the exact sign test.
    Constant,
    /// Student's t over replications.
    T,
    /// Student's t over replications on the jackknife's standard error of a ratio of sums.
    Jackknife,
    /// Welch's t over the replications of two independent sides.
    Welch,
    /// Clopper–Pearson on the pooled counts: the replications vary no more than independent trials would.
    ClopperPearson,
    /// Clopper–Pearson on the effective sample size: the replications vary more than independent trials would.
    KornGraubard,
    /// Garwood's exact Poisson limits on the total, possibly widened for overdispersion.
    Garwood,
    /// Exact limits of both sides, combined by the root of the sum of squares.
    Mover,
    /// Limits of the parts of a sum, added: wide unless the parts move together.
    Sum,
    /// Student's t over the quantiles of the replications, about the pooled one.
    Sectioning,
    /// Exact sign test, no interval: some differences are infinite.
    Sign,
}

impl Method {
    /// The name in result files; empty without an interval.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Constant => "constant",
            Self::T => "t",
            Self::Jackknife => "jackknife",
            Self::Welch => "welch",
            Self::ClopperPearson => "clopper-pearson",
            Self::KornGraubard => "korn-graubard",
            Self::Garwood => "garwood",
            Self::Mover => "mover",
            Self::Sum => "sum",
            Self::Sectioning => "sectioning",
            Self::Sign => "sign",
        }
    }
}

/// An estimate over replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Replications in which the measure is defined.
    pub n: usize,
    /// Mean of the replications, or the ratio of their sums; none if `n` is 0, infinite if one replication is.
    pub mean: Option<f64>,
    /// The interval's limits, where there is one.
    pub interval: Option<(f64, f64)>,
    /// How the interval was made.
    pub method: Method,
}

impl Estimate {
    /// An estimate without an interval.
    #[must_use]
    pub const fn bare(n: usize, mean: Option<f64>) -> Self {
        Self { n, mean, interval: None, method: Method::None }
    }

    /// Half the interval's width.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        self.interval.map(|(low, high)| (high - low) / 2.0)
    }

    /// This estimate with the limits cut to [`low`, `high`], the range of the measure.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.interval = self.interval.map(|(a, b)| (a.clamp(low, high), b.clamp(low, high)));
        self
    }
}
