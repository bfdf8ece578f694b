//! `pushpull completions` and `pushpull man`: written from the same description of the arguments as `--help`.

use std::io::{self, Write};

use clap::CommandFactory;

use super::Outcome;
use super::args::{Arguments, CompletionsArgs};

/// Prints a completion script.
pub(super) fn completions(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "pushpull", &mut script);
    io::stdout().write_all(&script)?;
    Ok(())
}

/// Prints the manual: the page of the program, then one page for each command.
pub(super) fn man() -> Outcome {
    let mut command = Arguments::command();
    command.build();
    let mut pages = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut pages)?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        clap_mangen::Man::new(below.clone()).render(&mut pages)?;
    }
    io::stdout().write_all(&pages)?;
    Ok(())
}
