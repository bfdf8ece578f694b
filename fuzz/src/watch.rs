//! Ends the process if an input exceeds its time or memory.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::{allocator, worker};

/// Maximum processor time of an input, s.
const SECONDS_MAX: f64 = 2.0;

/// Maximum elapsed time of an input, so that an input that blocks is detected.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Number of the present input; 0: none.
static UNDER_WAY: AtomicU64 = AtomicU64::new(0);

/// File with the processor time of the thread under test.
static THREAD: Mutex<String> = Mutex::new(String::new());

/// Whether the watch has ended the process on purpose.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Watches the calling thread; called once.
pub(crate) fn start(target: &'static str) {
    let thread = std::fs::read_link("/proc/thread-self").map(|path| format!("/proc/{}/schedstat", path.display()));
    *THREAD.lock().expect("nobody else holds it") = thread.unwrap_or_default();
    std::thread::spawn(move || watch(target));
}

/// Begins an input.
pub(crate) fn begin(number: u64) {
    UNDER_WAY.store(number, Ordering::Relaxed);
}

/// Ends the input.
pub(crate) fn end() {
    UNDER_WAY.store(0, Ordering::Relaxed);
}

fn watch(target: &'static str) {
    let thread = THREAD.lock().expect("nobody else holds it").clone();
    let (mut number, mut since, mut processor) = (0, Instant::now(), 0.0);
    loop {
        std::thread::sleep(Duration::from_millis(50));
        if allocator::exceeded() {
            fail(target, &format!("takes more than {} bytes", allocator::BYTES_MAX));
        }
        let now = UNDER_WAY.load(Ordering::Relaxed);
        let used = seconds(&thread);
        if now != number {
            (number, since, processor) = (now, Instant::now(), used);
        } else if number > 0 && (used - processor > SECONDS_MAX || since.elapsed() > WAIT_MAX) {
            fail(target, &format!("takes more than {SECONDS_MAX} s"));
        }
    }
}

/// Processor time of a thread, s.
fn seconds(thread: &str) -> f64 {
    let text = std::fs::read_to_string(thread).unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Saves the present input, reports the failure, and ends the process.
fn fail(target: &str, what: &str) -> ! {
    if !ENDING.swap(true, Ordering::Relaxed) {
        let input = std::fs::read(worker::current(target)).unwrap_or_default();
        eprintln!("{target}: an input {what}: {}", worker::save(target, &input).display());
    }
    std::process::exit(1)
}
