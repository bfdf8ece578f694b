//! The result folder: written while the runs are made, and read back.

pub mod aside;
pub(crate) mod bounded;
pub mod cell;
pub(crate) mod columns;
pub mod compare;
pub(crate) mod diff;
mod difference;
pub mod distributions;
pub(crate) mod error;
pub mod foreign;
pub mod json;
pub mod manifest;
pub mod merge;
pub mod pages;
pub mod pairs;
pub mod place;
pub(crate) mod range;
pub mod reader;
pub(crate) mod results;
pub mod runs;
mod samples;
pub mod session;
mod store;
pub mod summary;
pub mod temporary;
pub mod timeseries;

pub use difference::first_differing_line;
pub use error::Error;
pub use results::{GroupSummary, OnPoint, Results};
pub use store::Store;
