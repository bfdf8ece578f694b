//! Result files and what is drawn from them.

pub mod aside;
mod bounded;
pub mod cell;
mod columns;
pub mod compare;
mod difference;
pub mod distributions;
pub mod draw;
mod error;
pub mod figure;
pub mod figures;
pub mod folder;
pub mod foreign;
pub mod json;
pub mod manifest;
pub mod pairs;
mod range;
pub mod reader;
pub mod report;
mod results;
pub mod runs;
mod samples;
mod store;
pub mod summary;
mod table;
pub mod temporary;
pub mod timeseries;
pub mod trace;

pub use difference::first_differing_line;
pub use error::Error;
pub use results::{GroupSummary, OnPoint, Results};
pub use store::Store;
pub use table::Table;
