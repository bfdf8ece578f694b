//! `pushpull init` and `pushpull schema`: a file to start from, and its schema.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};

use super::args::InitArgs;
use super::{Failure, Outcome, screen};
use crate::file;
use crate::plan::uncertain::block;
use crate::plan::{Overrides, Plan};

/// The starting file; it is one of the project's own experiments, so it stays valid.
const START: &str = include_str!("../../experiments/start.toml");

/// Writes a commented experiment file. Never replaces a file.
pub(super) fn init(args: &InitArgs) -> Outcome {
    let path = &args.file;
    if args.uncertain {
        let overrides = Overrides { strategies: args.strategy.clone(), ..Overrides::default() };
        let block = block(&Plan::read(path, &overrides)?);
        io::stdout().write_all(block.as_bytes())?;
        let shown = path.display();
        writeln!(screen::stderr(), "Next: append it to {shown}, set each range, then pushpull sensitivity {shown}")?;
        return Ok(());
    }
    if path.as_os_str() == "-" {
        return Ok(io::stdout().write_all(START.as_bytes())?);
    }
    let shown = path.display();
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::Usage(format!("{shown} exists, accepted: the name of a new file, or - for the screen"))
        }
        _ => Failure::world(format_args!("cannot write {shown}"), error),
    })?;
    file.write_all(START.as_bytes()).map_err(|error| Failure::world(format_args!("cannot write {shown}"), error))?;
    writeln!(screen::stdout(), "{shown}")?;
    writeln!(screen::stderr(), "Next: pushpull check {shown}, then pushpull run {shown}")?;
    Ok(())
}

/// Prints the JSON schema of experiment files.
pub(super) fn schema() -> Outcome {
    let text = serde_json::to_string_pretty(&file::schema()).map_err(|error| Failure::world("schema", error))?;
    writeln!(io::stdout(), "{text}")?;
    Ok(())
}
