//! `pushpull report`: writes the report of a result folder, or the one page that it begins with.

use std::io::{Write, stdout};
use std::path::Path;

use super::args::ReportArgs;
use super::{Failure, Outcome, run, screen, stories};
use crate::decide::Record;
use crate::folder::aside;
use crate::folder::manifest::MANIFEST;
use crate::folder::pages::{REPORT, SHEET, is_report};
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
        if args.conclusion {
            let missing =
                || Failure::Usage(format!("{}: is not finished; run it with --resume first", args.folder.display()));
            return Ok(writeln!(screen::stdout(), "{}", record.sentence.as_ref().ok_or_else(missing)?)?);
        }
        return write(args, &record.page(&args.folder)?, if args.page { SHEET } else { REPORT });
    }
    let reader = Reader::open(&args.folder)?;
    if args.check_goal && Goals::read(&reader)?.is_empty() {
        return Err(run::no_goal(&args.folder));
    }
    if args.conclusion {
        run::conclude(&args.folder, &reader, &mut screen::stdout())?;
        return if args.check_goal { run::check_goal(&reader) } else { Ok(()) };
    }
    let (page, name) = if args.page {
        (report::sheet(&reader)?, SHEET)
    } else {
        (report::page(&reader, &stories::told(&reader)?)?, REPORT)
    };
    write(args, &page, name)?;
    if args.check_goal { run::check_goal(&reader) } else { Ok(()) }
}

/// Writes the page to where it is wanted.
fn write(args: &ReportArgs, page: &str, name: &str) -> Outcome {
    let out = args.out.clone().unwrap_or_else(|| args.folder.join(name));
    if out == Path::new("-") {
        stdout().lock().write_all(page.as_bytes())?;
    } else {
        super::refuse_foreign(&out, is_report)?;
        aside::write(&out, page.as_bytes())?;
        writeln!(screen::stdout(), "{}", out.display())?;
    }
    Ok(())
}
