//! Opens files of a result folder with bounds on their size, so that a wrong file causes an error and does not fill
//! memory.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::error::Error;

/// Maximum size of a CSV file, bytes.
const FILE_BYTES_MAX: u64 = 16 << 30;

/// Maximum length of a line of a CSV file, bytes.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// A file, on the disk or in memory, with a limit on the bytes read; the limit can be raised.
pub(crate) struct Bounded {
    body: BoundedBody,
    left: u64,
}

enum BoundedBody {
    File(BufReader<File>),
    Held(Cursor<Arc<[u8]>>),
}

impl Bounded {
    /// Raises the limit by one line.
    pub(crate) const fn next_line(&mut self) {
        self.left = LINE_BYTES_MAX;
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let cause = format!("a line is longer than {LINE_BYTES_MAX} bytes, the most that is accepted");
            return Err(io::Error::new(io::ErrorKind::InvalidData, cause));
        }
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let room = &mut buffer[..wanted];
        let read = match &mut self.body {
            BoundedBody::File(file) => file.read(room)?,
            BoundedBody::Held(bytes) => bytes.read(room)?,
        };
        self.left -= read as u64;
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.body {
            BoundedBody::File(file) => file.seek(to),
            BoundedBody::Held(bytes) => bytes.seek(to),
        }
    }
}

/// Opens a CSV file. The caller calls [`Bounded::next_line`] before each line.
///
/// # Errors
/// If it cannot be read, is not a regular file, or is too large.
pub(crate) fn csv(path: &Path) -> Result<csv::Reader<Bounded>, Error> {
    file(path).map(of)
}

/// The same without a parser.
///
/// # Errors
/// As [`csv`].
pub(crate) fn file(path: &Path) -> Result<Bounded, Error> {
    let file = open(path, FILE_BYTES_MAX)?;
    Ok(Bounded { body: BoundedBody::File(BufReader::new(file)), left: LINE_BYTES_MAX })
}

/// The same of a CSV file in memory.
pub(crate) fn held(bytes: Arc<[u8]>) -> csv::Reader<Bounded> {
    of(Bounded { body: BoundedBody::Held(Cursor::new(bytes)), left: LINE_BYTES_MAX })
}

fn of(bounded: Bounded) -> csv::Reader<Bounded> {
    csv::ReaderBuilder::new().from_reader(bounded)
}

/// Opens a file of at most `most` bytes.
///
/// # Errors
/// If it cannot be read, is not a regular file, or is too large.
pub(crate) fn open(path: &Path, most: u64) -> Result<File, Error> {
    // Reading a pipe could block, and a device has no end.
    let metadata = std::fs::metadata(path).map_err(Error::at(path, "cannot read"))?;
    if !metadata.is_file() {
        return Err(Error::new(path, "cannot read", "found no plain file, accepted: a file"));
    }
    if metadata.len() > most {
        let cause = format!("found {} bytes, accepted: at most {most}", metadata.len());
        return Err(Error::new(path, "cannot read", cause));
    }
    File::open(path).map_err(Error::at(path, "cannot read"))
}

/// The text of a file of at most `most` bytes.
///
/// # Errors
/// If it cannot be read, is too large, or is not UTF-8.
pub(crate) fn text(path: &Path, most: u64) -> Result<String, Error> {
    let mut text = String::new();
    open(path, most)?.take(most).read_to_string(&mut text).map_err(Error::at(path, "cannot read"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_an_end_is_refused_with_the_bound() {
        let path = std::env::temp_dir().join(format!("pushpull-bounded-{}", std::process::id()));
        std::fs::write(&path, format!("a,b\n1,\"{}", "x".repeat(5 << 20))).unwrap();
        let mut reader = csv(&path).unwrap();
        reader.headers().unwrap();
        reader.get_mut().next_line();
        let error = reader.read_record(&mut csv::StringRecord::new()).unwrap_err().to_string();
        assert!(error.contains("longer than 4194304 bytes"), "{error}");
        assert!(text(&path, 100).unwrap_err().to_string().contains("accepted: at most 100"));
        std::fs::remove_file(&path).unwrap();
        assert!(open(Path::new("/"), 1).unwrap_err().to_string().contains("no plain file"));
    }
}
