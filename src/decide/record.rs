//! The result folder of a question: its manifest, whether it may be written, and what becomes of what it holds.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::rounds::RUNS;
use super::{Question, all_files};
use crate::folder::manifest::{MANIFEST, Manifest};
use crate::folder::pages::{REPORT, SHEET, is_report};
use crate::folder::place::{Existing, Unusable, drop_parts, is_empty, lock};
use crate::folder::temporary::Temporary;
use crate::folder::{Error, aside, bounded};
use crate::report::answer_page;

/// The most bytes of a manifest.
const BYTES_MAX: u64 = 64 << 20;

/// What `manifest.json` of a question holds: the question, and what that of a run holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The question.
    pub question: Question,
    /// The answer in a sentence; none while runs are missing.
    pub sentence: Option<String>,
    /// Where the answer comes from.
    #[serde(flatten)]
    pub manifest: Manifest,
}

impl Record {
    /// Reads the manifest in `folder`; none if there is none, or if it is that of an experiment.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        if !Manifest::is_of_question(folder) {
            return Ok(None);
        }
        let path = folder.join(MANIFEST);
        let text = bounded::text(&path, BYTES_MAX)?;
        serde_json::from_str(&text).map(Some).map_err(Error::at(&path, "is no manifest of this program"))
    }

    /// The answer as one page, from the files of `folder`.
    ///
    /// # Errors
    /// If the answer is not there, or a file cannot be read.
    pub fn page(&self, folder: &Path) -> Result<String, Error> {
        let path = folder.join(MANIFEST);
        let missing = || Error::new(&path, "is not finished", "run the same command with --resume first");
        let sentence = self.sentence.as_ref().ok_or_else(missing)?;
        let files = |kind: &'static str| self.question.files().iter().copied().filter(move |name| name.ends_with(kind));
        let svgs: Vec<String> =
            files(".svg").map(|figure| bounded::text(&folder.join(figure), BYTES_MAX)).collect::<Result<_, _>>()?;
        let table = files(".csv").next().expect("every answer has a table");
        let path = folder.join(table);
        let lines = bounded::text(&path, BYTES_MAX)?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(lines.as_bytes());
        let cells = |record: csv::StringRecord| record.iter().map(|cell| text::from_csv(cell).into_owned()).collect();
        let rows: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.map(cells))
            .collect::<Result<_, _>>()
            .map_err(Error::at(&path, "cannot read"))?;
        Ok(answer_page(&self.manifest, sentence, &svgs, (table, &rows)))
    }

    /// Writes it into `folder`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        aside::write_json(&folder.join(MANIFEST), self)
    }

    /// What keeps the runs of `self` from being runs for `other`.
    fn differs(&self, other: &Self) -> Option<&'static str> {
        let (one, two) = (&self.manifest, &other.manifest);
        if (&one.version, &one.commit) != (&two.version, &two.commit) {
            Some("it was made by another version")
        } else if one.seed != two.seed {
            Some("its seed is another one")
        } else if one.digest != two.digest || one.experiment.get("uncertain") != two.experiment.get("uncertain") {
            Some("its experiment is another one")
        } else if self.question.at_cost_of(&other.question) != other.question {
            Some("its question is another one")
        } else {
            None
        }
    }
}

/// A folder that may be written, held against other programs until this is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _sign: Temporary,
    _lock: File,
}

impl Folder {
    /// Makes `path` ready for the answer of a question.
    ///
    /// # Errors
    /// If it holds something and `existing` does not allow for it, or the world fails; then nothing was changed.
    pub(crate) fn prepare(path: &Path, record: &Record, existing: Existing) -> Result<Self, Unusable> {
        look(path, record, existing)?;
        fs::create_dir_all(path).map_err(Error::at(path, "cannot make the result folder"))?;
        let (sign, lock) = lock(path)?;
        let folder = Self { path: path.to_owned(), _sign: sign, _lock: lock };
        // Another program may have written it until the lock was ours.
        look(path, record, existing)?;
        drop_parts(path, &|name| {
            all_files().any(|file| file == name) || [RUNS, MANIFEST, REPORT, SHEET].contains(&name)
        })?;
        // What an earlier question left would stand beside the new answer: its files, and pages about it.
        for name in all_files().chain([REPORT, SHEET]) {
            aside::remove(&path.join(name))?;
        }
        if existing == Existing::Overwrite {
            aside::remove(&path.join(RUNS))?;
        }
        record.write(path)?;
        Ok(folder)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether the folder may be written.
fn look(path: &Path, record: &Record, existing: Existing) -> Result<(), Unusable> {
    let refused = |why: &str| Err(Unusable::Refused(format!("{}: {why}", path.display())));
    if fs::symlink_metadata(path).is_ok() && !path.is_dir() {
        return refused("is no folder; --out names the folder that results go into");
    }
    for name in all_files().chain([RUNS, MANIFEST, REPORT, SHEET, ".lock"]) {
        let path = path.join(name);
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            let text = format!("{}: must be a file; remove it, or use another --out", path.display());
            return Err(Unusable::Refused(text));
        }
    }
    let held = Record::read(path)?;
    for page in [REPORT, SHEET].map(|name| path.join(name)) {
        if held.is_some() && existing != Existing::Refuse && page.is_file() && !is_report(&page) {
            let text = format!("{}: not made by pushpull; move it away or use another --out", page.display());
            return Err(Unusable::Refused(text));
        }
    }
    match (held, existing) {
        (Some(held), Existing::Refuse) if held.sentence.is_none() => refused(
            "holds a question that has no answer yet; --resume goes on, --overwrite begins again, --out DIR writes \
             elsewhere",
        ),
        (Some(_), Existing::Refuse) => refused(
            "holds an answer already; --resume makes what is missing, --overwrite replaces it, --out DIR writes elsewhere",
        ),
        (Some(held), Existing::Resume) => match held.differs(record) {
            Some(why) => refused(&format!("cannot resume: {why}; use another --out, or --overwrite")),
            None => Ok(()),
        },
        (None, _) if path.is_dir() && !is_empty(path)? => {
            refused("is not empty and holds no answer of this program; use another --out")
        }
        (Some(_), Existing::Overwrite) | (None, _) => Ok(()),
    }
}
