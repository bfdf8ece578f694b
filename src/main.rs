//! The command `pushpull`.

use std::process::ExitCode;

fn main() -> ExitCode {
    pushpull::cli::main()
}
