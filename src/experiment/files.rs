//! Reading a text file that a person named: never more of it than is sensible, and a clear word on what is wrong.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The text of a file of at most `bytes_max` bytes.
///
/// # Errors
/// The end of a sentence that starts with the file's name: `is a folder, not a file`.
pub(super) fn read_text(path: &Path, bytes_max: u64) -> Result<String, String> {
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let metadata = file.metadata().map_err(|error| format!("cannot be read: {error}"))?;
    if metadata.is_dir() {
        return Err("is a folder, not a file".to_owned());
    }
    if metadata.len() > bytes_max {
        return Err(too_large(&format!("{} MB", metadata.len() / 1_000_000), bytes_max));
    }
    // A device or a pipe states no length.
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > bytes_max {
        return Err(too_large("more", bytes_max));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("is not UTF-8 text (line {line})")
    })?;
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(text)
}

fn too_large(found: &str, bytes_max: u64) -> String {
    format!("is too large: found {found}, accepted: at most {} MiB", bytes_max >> 20)
}
