//! The report of a result folder: one HTML page for a design review, which opens offline and can be mailed.
//!
//! It begins with a sheet that also stands alone and prints on one page: the question, the conclusion, one figure, the
//! main risk, how to reproduce. Then come the comparison with its verdicts, the figures with their numbers, stories of
//! stalled clients, every parameter, what is assumed, and what it cannot say. Everything is read from the folder by
//! [`Reader`], and stories from runs that are replayed, so a report can be made again at any time, with the same bytes. The page holds its own styles and script, asks nothing of any server, and is complete without the script,
//! which sorts tables and switches between points.
//!
//! [`Reader`]: crate::folder::reader::Reader

mod assumptions;
mod comparison;
pub mod conclusion;
mod page;
mod parameters;
mod price;
pub mod printed;
mod sanity;
mod stories;
mod table;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub use page::{page, sheet};
pub use sanity::Sanity;
pub use stories::{Found, Telling, found};
pub use table::Table;

/// Its name in a result folder.
pub const REPORT: &str = "report.html";

/// The name of the one page in a result folder.
pub const SHEET: &str = "page.html";

/// What the template says of every page near its start.
const MARK: &str = "<meta name=\"generator\" content=\"pushpull ";

/// The bytes at the start of a page in which the mark stands.
const HEAD_BYTES: u64 = 4096;

/// Whether the file is a report that this program wrote, by what it says of itself.
#[must_use]
pub fn is_report(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && head.windows(MARK.len()).any(|bytes| bytes == MARK.as_bytes())
}
