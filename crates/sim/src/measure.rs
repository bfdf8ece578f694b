//! From observations to measures: tallies, time-weighted levels, distributions, causes, recovery.
//!
//! This module knows the engine and the model's observations. It contains no actor and no formatting.

pub mod encoding;
mod histogram;
mod level;
mod outcome;
mod rare;
mod ratio;
mod recorder;
mod recovery;
mod sampler;
mod samples;
mod series;
mod stale_age;
mod table;
mod totals;

pub use level::Level;
pub use outcome::{Distributions, RunOutcome, SERIES, SeriesBin, SeriesMeasure};
pub(crate) use rare::RareRecorder;
pub use ratio::{NumberKind, PartOfWhole, Whole};
pub use recorder::Recorder;
pub use samples::{EXACT_MAX, Samples};
pub use stale_age::StaleAge;
pub use table::{DISTRIBUTIONS, Load, MEASURES, Measure, is_rare, measure_index, measures};
