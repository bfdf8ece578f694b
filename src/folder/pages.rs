//! The pages of a result folder, known by their names and by what they say of themselves.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The name of the report in a result folder.
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
