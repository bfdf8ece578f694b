//! Counts what is allocated, and stops the thread under test where that is too much.
#![expect(unsafe_code, reason = "an allocator is told of memory by unsafe functions")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// The most that an input may take.
pub(crate) const BYTES_MAX: usize = 1 << 30;

/// Bytes that are allocated, and the most that were since [`begin`].
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// What was taken before the input.
static BEFORE: AtomicUsize = AtomicUsize::new(0);

/// Whether an input wanted too much; the thread under test then waits for its end.
static EXCEEDED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static TESTED: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is handed to the system's allocator as it is; only numbers are noted beside.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's layout, as it is.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's layout, as it is.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's pointer and layout, as they are.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's pointer and layout, as they are.
        unsafe { System.dealloc(old, layout) }
    }
}

fn take(size: usize) {
    let taken = TAKEN.fetch_add(size, Ordering::Relaxed).saturating_add(size);
    PEAK.fetch_max(taken, Ordering::Relaxed);
    if taken.saturating_sub(BEFORE.load(Ordering::Relaxed)) > BYTES_MAX && TESTED.try_with(Cell::get).unwrap_or(false) {
        EXCEEDED.store(true, Ordering::Relaxed);
        loop {
            // The watch ends the process.
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

/// This thread is the one under test.
pub(crate) fn tested() {
    TESTED.set(true);
}

/// An input begins.
pub(crate) fn begin() {
    let taken = TAKEN.load(Ordering::Relaxed);
    BEFORE.store(taken, Ordering::Relaxed);
    PEAK.store(taken, Ordering::Relaxed);
}

/// The most bytes that the input has taken at a time.
pub(crate) fn peak() -> usize {
    PEAK.load(Ordering::Relaxed).saturating_sub(BEFORE.load(Ordering::Relaxed))
}

/// Whether the input wanted more than [`BYTES_MAX`].
pub(crate) fn exceeded() -> bool {
    EXCEEDED.load(Ordering::Relaxed)
}
