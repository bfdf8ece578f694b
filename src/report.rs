//! The report of a result folder: one HTML page for a design review, which opens offline and can be mailed.
//!
//! It begins with a sheet that also stands alone and prints on one page: the question, the conclusion, one figure, the
//! main risk, how to reproduce. Then come the comparison with its verdicts, the figures with their numbers, stories of
//! stalled clients, every parameter, what is assumed, and what it cannot say. Everything is read from the folder by
//! [`Reader`], and stories from runs that are replayed, so a report can be made again at any time, with the same bytes. The page holds its own styles and script, asks nothing of any server, and is complete without the script,
//! which sorts tables and switches between points.
//!
//! [`Reader`]: crate::folder::reader::Reader

mod answer;
mod assumptions;
mod comparison;
pub mod conclusion;
mod goals;
mod months;
mod page;
mod parameters;
mod price;
pub mod printed;
mod rare;
mod sanity;
mod stories;
mod table;

pub use answer::answer_page;
pub use page::{page, sheet};
pub use sanity::Sanity;
pub use stories::{StalledRun, Telling, found};
pub use table::Table;
