//! From an experiment file to runs.

mod plan;

pub use plan::{Plan, Replications, Target};
