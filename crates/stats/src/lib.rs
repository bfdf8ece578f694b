//! Statistics of simulation output: intervals, paired differences, proportions, quantiles, stopping rules.
//!
//! The crate knows nothing of the domain. The unit of observation is the replication: values inside one run depend on
//! each other, so every interval here is based on the spread *between* replications. For small counts, exact
//! distributions replace the normal one.
//!
//! | question | method | module |
//! |---|---|---|
//! | mean of a measure | Student's t over replications | [`mean`] |
//! | a ratio of sums | the jackknife over replications | [`ratio`] |
//! | a proportion, rare or not | Clopper–Pearson on the effective sample size (Korn–Graubard) | [`proportion`] |
//! | few events per run | Garwood's exact Poisson limits, widened for overdispersion | [`count`] |
//! | a quantile of pooled values | sectioning: t about the pooled quantile | [`quantile`] |
//! | a difference under common random numbers | t on paired differences, or the jackknife; exact limits where counts are small | [`paired`] |
//! | a difference between independent runs | Welch's t; exact limits where counts are small | [`unpaired`] |
//! | several alternatives against one baseline | Holm's step-down adjustment, and intervals that agree with it | [`holm`] |
//! | which inputs a noisy function depends on | indices from products over different replications; t over scrambled blocks | [`sobol`] |
//! | what knowing an input is worth to a choice | regression of the difference on the input; the jackknife over blocks | [`worth`] |
//! | how many replications | half-width at fixed stages | [`stopping`] |
//! | how long a warm-up | MSER-5 | [`mser`] |
//!
//! Every transcendental function comes from `libm`, so that results are the same on every platform.

pub mod count;
mod difference;
pub mod holm;
mod interval;
pub mod mean;
pub mod mser;
pub mod paired;
pub mod proportion;
pub mod quantile;
#[cfg(test)]
mod random;
pub mod ratio;
pub mod sobol;
mod special;
pub mod stopping;
mod student;
pub mod unpaired;
pub mod worth;

pub use difference::Difference;
pub use interval::{Estimate, Method};
pub use student::Student;
