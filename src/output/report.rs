//! The report of a result folder: one HTML page for a design review, which opens offline and can be mailed.
//!
//! The answer comes first, in sentences that are built from the numbers; then the question, the comparison with its
//! verdicts, the figures with their numbers, every parameter, what is assumed, how to reproduce, and what it cannot
//! say. Everything is read from the folder by [`Reader`], so a report can be made again at any time, with the same
//! bytes. The page holds its own styles and script, asks nothing of any server, and is complete without the script,
//! which sorts tables and switches between points.
//!
//! [`Reader`]: super::reader::Reader

mod answer;
mod assumptions;
mod comparison;
mod facts;
mod page;
mod parameters;
mod price;
mod sentence;
mod standing;
mod write;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub use page::page;

/// Its name in a result folder.
pub const REPORT: &str = "report.html";

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
