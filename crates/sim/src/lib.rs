//! One run: from a scenario and a key to the measures of `runs.csv`.
//!
//! The modules are declared in the order in which data passes through them. Each uses only those above it.

pub mod model;

pub mod measure;

mod simulate;

pub use des::RunKey;
pub use simulate::{simulate, simulate_while};
