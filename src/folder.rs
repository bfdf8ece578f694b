//! The result folder: written while the runs are made, and read back.

pub(crate) mod aside;
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
pub(crate) mod merge;
pub(crate) mod months;
pub(crate) mod pages;
pub mod pairs;
pub(crate) mod parcel;
pub(crate) mod place;
pub mod planned;
pub(crate) mod range;
mod rare;
pub mod reader;
pub(crate) mod results;
pub mod runs;
mod samples;
pub(crate) mod session;
pub(crate) mod shards;
pub(crate) mod sides;
mod store;
pub mod summary;
pub(crate) mod temporary;
pub mod timeseries;

pub use difference::first_differing_line;
pub use error::Error;
pub use results::{GroupSummary, OnPoint, Results};
pub use store::Store;
