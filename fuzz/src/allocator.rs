//! Counts allocated bytes, and stops the thread under test above a limit.
#![expect(unsafe_code, reason = "an allocator is told of memory by unsafe functions")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Maximum number of bytes for one input.
pub(crate) const BYTES_MAX: usize = 1 << 30;

/// Allocated bytes, and their maximum since [`begin`].
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// Bytes allocated before the input.
static BEFORE: AtomicUsize = AtomicUsize::new(0);

/// Whether an input exceeded the limit. The thread under test then waits until the process ends.
static EXCEEDED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static TESTED: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is passed unchanged to the system's allocator; the counters are separate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's layout, unchanged.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's layout, unchanged.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's pointer and layout, unchanged.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's pointer and layout, unchanged.
        unsafe { System.dealloc(old, layout) }
    }
}

fn take(size: usize) {
    let taken = TAKEN.fetch_add(size, Ordering::Relaxed).saturating_add(size);
    PEAK.fetch_max(taken, Ordering::Relaxed);
    if taken.saturating_sub(BEFORE.load(Ordering::Relaxed)) > BYTES_MAX && TESTED.try_with(Cell::get).unwrap_or(false) {
        EXCEEDED.store(true, Ordering::Relaxed);
        loop {
            // The watch thread ends the process.
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

/// Marks this thread as the one under test.
pub(crate) fn tested() {
    TESTED.set(true);
}

/// Starts the counting for an input.
pub(crate) fn begin() {
    let taken = TAKEN.load(Ordering::Relaxed);
    BEFORE.store(taken, Ordering::Relaxed);
    PEAK.store(taken, Ordering::Relaxed);
}

/// Maximum number of bytes that the input had allocated at one time.
pub(crate) fn peak() -> usize {
    PEAK.load(Ordering::Relaxed).saturating_sub(BEFORE.load(Ordering::Relaxed))
}

/// Whether the input needed more than [`BYTES_MAX`].
pub(crate) fn exceeded() -> bool {
    EXCEEDED.load(Ordering::Relaxed)
}
