//! The pages and figures of a result folder, identified by name and by a mark in the file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The name of the report in a result folder.
pub(crate) const REPORT: &str = "report.html";

/// The name of the page in a result folder.
pub(crate) const SHEET: &str = "page.html";

/// The name of the explorer's page in a result folder.
pub(crate) const EXPLORER: &str = "explorer.html";

/// The pages that the program writes into a result folder.
pub(crate) const PAGES: [&str; 3] = [REPORT, SHEET, EXPLORER];

/// Namespace of the metadata of a figure as SVG.
pub(crate) const NAMESPACE: &str = "urn:pushpull:figure";

/// Keyword of the text in a figure as PNG that contains the experiment's digest.
pub(crate) const KEYWORD: &str = "Experiment digest";

/// The mark that the template writes near the start of every page.
const MARK: &str = "<meta name=\"generator\" content=\"pushpull ";

/// Number of bytes at the start of a page that contain the mark.
const HEAD_BYTES: u64 = 4096;

/// Whether the file is a report written by this program, according to its mark.
#[must_use]
pub(crate) fn is_report(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && head.windows(MARK.len()).any(|bytes| bytes == MARK.as_bytes())
}

/// Whether the file is a figure drawn by this program, according to its metadata.
#[must_use]
pub(crate) fn is_figure(path: &Path) -> bool {
    draw::is_figure(path, (NAMESPACE, KEYWORD))
}
