//! Which edges of the program an input passes, and how often: the counters that LLVM's `SanitizerCoverage` adds where
//! `run.sh` asks for it. Without them there is nothing to see, and inputs are changed without guidance.
#![expect(unsafe_code, reason = "the counters are announced by a function of a fixed name, as a range of addresses")]

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

static START: AtomicPtr<u8> = AtomicPtr::new(null_mut());
static STOP: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// Called before `main`, once for each unit of code, with the range of all counters of the program.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, stop: *mut u8) {
    if START.load(Ordering::Relaxed).is_null() {
        START.store(start, Ordering::Relaxed);
        STOP.store(stop, Ordering::Relaxed);
    }
}

/// Called with the addresses of the edges, which nobody here asks for.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_pcs_init(_start: *const usize, _stop: *const usize) {}

/// What has been passed so far.
pub(crate) struct Coverage {
    /// For each edge, a bit for each class of how often one input passed it.
    seen: Vec<u8>,
}

impl Coverage {
    pub(crate) fn new() -> Self {
        Self { seen: vec![0; counters().len()] }
    }

    /// How many edges there are.
    pub(crate) fn edges(&self) -> usize {
        self.seen.len()
    }

    /// How many edges have been passed.
    pub(crate) fn passed(&self) -> usize {
        self.seen.iter().filter(|seen| **seen > 0).count()
    }

    /// Forgets the last input.
    pub(crate) fn begin(&self) {
        counters().fill(0);
    }

    /// Takes in what the input has passed; whether some of it is new.
    pub(crate) fn end(&mut self) -> bool {
        let mut new = false;
        // Most edges are not passed: eight at a time are left out at a glance.
        for (seen, counts) in self.seen.chunks_mut(8).zip(counters().chunks(8)) {
            if counts.iter().all(|count| *count == 0) {
                continue;
            }
            for (seen, count) in seen.iter_mut().zip(counts).filter(|(_, count)| **count > 0) {
                let class = class(*count);
                new |= *seen & class == 0;
                *seen |= class;
            }
        }
        new
    }
}

/// How often, as one of eight bits.
fn class(count: u8) -> u8 {
    match count {
        0 | 1 => 1,
        2 => 2,
        3 => 4,
        4..=7 => 8,
        8..=15 => 16,
        16..=31 => 32,
        32..=127 => 64,
        _ => 128,
    }
}

/// The counters; none where the program was built without.
fn counters() -> &'static mut [u8] {
    let (start, stop) = (START.load(Ordering::Relaxed), STOP.load(Ordering::Relaxed));
    if start.is_null() {
        return &mut [];
    }
    // SAFETY: the range was announced by the program's own units; only the thread under test looks at it, between inputs,
    // while no other thread of the program runs instrumented code that matters.
    unsafe { std::slice::from_raw_parts_mut(start, stop as usize - start as usize) }
}
