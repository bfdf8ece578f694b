//! SIGINT, SIGTERM and SIGHUP: the program ends within a second in any state.
//!
//! Most commands end at once, and their temporary files are removed. A command that has called [`orderly`] sees a flag, and
//! ends by itself after it has written all finished results. It does not wait for the runs under way, which may take hours,
//! and no run looks at a clock or a flag. If the command has not ended after [`PATIENCE`], for example because the disk
//! hangs, it is ended like any other. A second signal ends it without that wait.

use std::io::{self, Write, stderr, stdin};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{Failure, Outcome, PASSING};
use crate::folder::temporary;

/// The longest time of an orderly end.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether a signal has come.
static STOP: AtomicBool = AtomicBool::new(false);

/// Whether a command reads [`STOP`].
static ORDERLY: AtomicBool = AtomicBool::new(false);

/// Installs the handling of signals that the module's documentation describes.
pub(super) fn install() -> Outcome {
    ctrlc::set_handler(received).map_err(|error| match error {
        ctrlc::Error::System(cause) => Failure::world("cannot start the thread that waits for signals", cause),
        other => Failure::world("cannot wait for signals", other),
    })
}

/// Treats the end of stdin like a signal. The program that started this one keeps the other end open. The system closes
/// that end when the other program ends in any way.
pub(super) fn end_with_stdin() -> Outcome {
    let wait = || {
        let _ = io::copy(&mut stdin().lock(), &mut io::sink());
        received();
    };
    match thread::Builder::new().spawn(wait) {
        Ok(_) => Ok(()),
        Err(cause) => Err(Failure::world("cannot start the thread that waits for the end of stdin", cause)),
    }
}

/// A flag that a signal sets. A command that asks for the flag must end soon after it is set.
pub(super) fn orderly() -> &'static AtomicBool {
    ORDERLY.store(true, Ordering::Relaxed);
    &STOP
}

/// Runs in a thread that waits for signals or for the end of stdin, so it does nothing that could hold up the next one.
fn received() {
    if STOP.swap(true, Ordering::Relaxed) {
        end_at_once();
    }
    let end = || {
        if ORDERLY.load(Ordering::Relaxed) {
            thread::sleep(PATIENCE);
        }
        temporary::remove_all();
        exit(PASSING.into());
    };
    if thread::Builder::new().spawn(end).is_err() {
        end_at_once();
    }
}

/// Ends the program. Waits at most a moment for a thread that is working on temporary files.
fn end_at_once() -> ! {
    for _ in 0..20 {
        if temporary::try_remove_all() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    exit(PASSING.into())
}

/// Ends the program after all results are written, without waiting for its threads.
pub(super) fn conclude(why: &str) -> ! {
    let _ = writeln!(stderr(), "error: {why}");
    temporary::remove_all();
    exit(PASSING.into())
}
