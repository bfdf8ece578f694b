//! Counts which edges of the program an input passes, and how often, with the counters of LLVM's `SanitizerCoverage`.
//! `run.sh` enables them. Without them, inputs are mutated without guidance.
#![expect(unsafe_code, reason = "the counters are announced by a function of a fixed name, as a range of addresses")]

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

static START: AtomicPtr<u8> = AtomicPtr::new(null_mut());
static STOP: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// Called before `main`, once per unit of code, with the range of its counters.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, stop: *mut u8) {
    if START.load(Ordering::Relaxed).is_null() {
        START.store(start, Ordering::Relaxed);
        STOP.store(stop, Ordering::Relaxed);
    }
}

/// Called with the addresses of the edges, which are not used here.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_pcs_init(_start: *const usize, _stop: *const usize) {}

/// The edges passed so far.
pub(crate) struct Coverage {
    /// For each edge, a set of bits: the classes of counts that inputs reached.
    seen: Vec<u8>,
}

impl Coverage {
    pub(crate) fn new() -> Self {
        Self { seen: vec![0; counters().len()] }
    }

    /// Number of edges.
    pub(crate) fn edges(&self) -> usize {
        self.seen.len()
    }

    /// Number of edges passed.
    pub(crate) fn passed(&self) -> usize {
        self.seen.iter().filter(|seen| **seen > 0).count()
    }

    /// Resets the counters of the last input.
    pub(crate) fn begin(&self) {
        counters().fill(0);
    }

    /// Adds the edges that the input has passed. Returns whether some are new.
    pub(crate) fn end(&mut self) -> bool {
        let mut new = false;
        // Most edges are not passed: eight counters at a time are skipped if zero.
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

/// The class of a count, as one of eight bits.
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

/// The counters; empty if the program was built without them.
fn counters() -> &'static mut [u8] {
    let (start, stop) = (START.load(Ordering::Relaxed), STOP.load(Ordering::Relaxed));
    if start.is_null() {
        return &mut [];
    }
    // SAFETY: the program's own units announced the range. Only the thread under test reads it, between inputs, while
    // no other thread of the program runs instrumented code under test.
    unsafe { std::slice::from_raw_parts_mut(start, stop as usize - start as usize) }
}
