//! `pushpull report`: writes the report of a result folder, or only its first page.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use super::args::ReportArgs;
use super::{Failure, Outcome, decide, explore, reproduce, run, screen, stories};
use crate::decide::Record;
use crate::folder::aside;
use crate::folder::manifest::MANIFEST;
use crate::folder::pages::{EXPLORER, REPORT, SHEET};
use crate::folder::reader::Reader;
use crate::report;
use crate::report::conclusion::Goals;

/// Writes the report of the folder that `args` names.
pub(super) fn main(args: &ReportArgs) -> Outcome {
    if !args.folder.join(MANIFEST).exists() {
        let folder = args.folder.display();
        return Err(Failure::Usage(format!("{folder}: is no result folder, it has no {MANIFEST}")));
    }
    if let Some(record) = Record::read(&args.folder)? {
        if args.check_goal {
            let folder = args.folder.display();
            return Err(Failure::Usage(format!("{folder}: --check-goal is about the results of pushpull run")));
        }
        if args.explore {
            let folder = args.folder.display();
            return Err(Failure::Usage(format!(
                "{folder}: --explore is about the results of pushpull run; pushpull explore FILE writes the page of an experiment"
            )));
        }
        if args.conclusion {
            let missing =
                || Failure::Usage(format!("{}: is not finished; run it with --resume first", args.folder.display()));
            let sentence = record.sentence.as_ref().ok_or_else(missing)?;
            return Ok(decide::write_sentence(&mut screen::stdout(), sentence)?);
        }
        let out = out(args);
        super::refuse_page(&out)?;
        return write(&out, &record.page(&args.folder)?);
    }
    let reader = Reader::open(&args.folder)?;
    if args.check_goal && Goals::read(&reader)?.is_empty() {
        return Err(run::no_goal(&args.folder));
    }
    if args.conclusion {
        run::conclude(&args.folder, &reader, &mut screen::stdout())?;
        run::warn(&reader.manifest().warnings)?;
        return if args.check_goal { run::check_goal(&reader) } else { Ok(()) };
    }
    let out = out(args);
    let explorer = if args.explore { Some(explorer(args, &reader, &out)?) } else { None };
    let link = explorer.as_ref().map(|(path, _)| link(path));
    super::refuse_page(&out)?;
    let page = if args.page {
        report::sheet(&reader, link.as_deref())?
    } else {
        report::page(&reader, &stories::all(&reader)?, link.as_deref())?
    };
    if let Some((path, explorer)) = &explorer {
        write(path, explorer)?;
    }
    write(&out, &page)?;
    if args.check_goal { run::check_goal(&reader) } else { Ok(()) }
}

/// The place of the page.
fn out(args: &ReportArgs) -> PathBuf {
    let name = if args.page { SHEET } else { REPORT };
    args.out.clone().unwrap_or_else(|| args.folder.join(name))
}

/// The explorer's page of the folder's experiment, and its place beside the report: `explorer.html`, and
/// `NAME-explorer.html` beside a report that has a name of its own.
fn explorer(args: &ReportArgs, reader: &Reader, out: &Path) -> Result<(PathBuf, String), Failure> {
    if out == Path::new("-") {
        return Err(Failure::Usage("--explore writes a file beside the report; --out names a file, not -".to_owned()));
    }
    let path = match &args.out {
        None => args.folder.join(EXPLORER),
        Some(out) => {
            let mut name = out.file_stem().unwrap_or_default().to_owned();
            name.push(format!("-{EXPLORER}"));
            out.with_file_name(name)
        }
    };
    super::refuse_page(&path)?;
    let manifest = reader.manifest();
    reproduce::warn_of_another_build(manifest);
    let page =
        explore::of_table(&manifest.experiment, &manifest.data, args.budget).map_err(|failure| match failure {
            Failure::Input(_) => {
                let folder = args.folder.display();
                Failure::Failed(format!("{folder}: {MANIFEST}: its experiment cannot be run by this version"))
            }
            other => other,
        })?;
    Ok((path, page))
}

/// The address of a file in the same folder.
fn link(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let letter = |byte: &u8| match byte {
        b'.' | b'-' | b'_' => char::from(*byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    name.iter().map(letter).collect()
}

/// Writes a page to its place.
fn write(out: &Path, page: &str) -> Outcome {
    if out == Path::new("-") {
        return Ok(stdout().lock().write_all(page.as_bytes())?);
    }
    aside::write(out, page.as_bytes())?;
    Ok(writeln!(screen::stdout(), "{}", out.display())?)
}
