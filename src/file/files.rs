//! Reads a text file that a user named, up to a limit of its size, with clear messages on problems.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::suggest::nearest;

/// The text of a file of at most `bytes_max` bytes.
///
/// # Errors
/// The end of a sentence that starts with the file's name: `is a folder, not a file`.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<String, String> {
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err("is a folder, not a file".to_owned());
    }
    if metadata.len() > bytes_max {
        return Err(format!("{}, it has {} MB", too_large(bytes_max), metadata.len() / 1_000_000));
    }
    // A device or a pipe states no length.
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > bytes_max {
        return Err(too_large(bytes_max));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
        format!("is not UTF-8 text (line {line})")
    })?;
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(text)
}

fn too_large(bytes_max: u64) -> String {
    format!("is too large: accepted: at most {} MiB", bytes_max >> 20)
}

/// The cause in words, without the number that the system gives it.
#[expect(clippy::needless_pass_by_value, reason = "it ends a map_err")]
fn unreadable(error: io::Error) -> String {
    let text = error.to_string();
    format!("cannot be read: {}", text.split(" (os error").next().unwrap_or_default())
}

/// The name of a file like this one; none if this one exists.
pub(crate) fn similar(path: &Path) -> Option<String> {
    if path.exists() {
        return None;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> =
        folder.read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let name = nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(path.with_file_name(name).display().to_string())
}
