//! Several files as one input.

use std::path::Path;

/// Begins the header of each file: this text, the name, a space, the length, and a line feed.
const MARK: &str = "file ";

/// Files with their names.
#[derive(Clone, Default)]
pub(crate) struct Bundle(pub(crate) Vec<(String, Vec<u8>)>);

impl Bundle {
    /// The files of a folder with one of these names.
    pub(crate) fn of_folder(folder: &Path, names: &[&str]) -> Self {
        let read = |name: &&str| Some(((*name).to_owned(), std::fs::read(folder.join(name)).ok()?));
        Self(names.iter().filter_map(read).collect())
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, content) in &self.0 {
            bytes.extend_from_slice(format!("{MARK}{name} {}\n", content.len()).as_bytes());
            bytes.extend_from_slice(content);
        }
        bytes
    }

    /// Reads as many files as are valid; bytes that are not a bundle give no files.
    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Self {
        let mut files = Vec::new();
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (head, rest) = (&bytes[..end], &bytes[end + 1..]);
            let head = std::str::from_utf8(head).ok().and_then(|head| head.strip_prefix(MARK)?.split_once(' '));
            let Some((name, Ok(length))) = head.map(|(name, length)| (name, length.parse::<usize>())) else { break };
            if name.is_empty() || name.contains(['/', '\0']) || name.starts_with('.') {
                break;
            }
            let (content, rest) = rest.split_at(length.min(rest.len()));
            files.push((name.to_owned(), content.to_vec()));
            bytes = rest;
        }
        Self(files)
    }

    /// Writes the files into a folder and removes all others.
    pub(crate) fn write(&self, folder: &Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if !self.0.iter().any(|(name, _)| *name == *entry.file_name().to_string_lossy()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        for (name, content) in &self.0 {
            std::fs::write(folder.join(name), content).expect("a file can be written");
        }
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Vec<u8>> {
        self.0.iter_mut().find(|(known, _)| known == name).map(|(_, content)| content)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, content)| content.as_slice())
    }
}
