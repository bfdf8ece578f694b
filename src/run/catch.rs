//! Catches a panic of one run, with its place, instead of letting it print and end the program.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static CAUGHT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What `run` returns, or the message and the place of its panic: `attempt to divide by zero (src/x.rs:3:5)`.
///
/// # Errors
/// If `run` panics.
pub fn catching<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                return previous(info);
            }
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied();
            let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            let message = text.unwrap_or("a panic without a message");
            let place = info.location().map(|place| format!(" ({place})")).unwrap_or_default();
            CAUGHT.replace(format!("{message}{place}"));
        }));
    });
    CATCHING.set(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    CATCHING.set(false);
    result.map_err(|_| CAUGHT.take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_reported_with_its_place() {
        let caught = catching(|| assert_eq!(1 + 1, 3, "sums are {}", "off")).expect_err("it panics");
        assert!(caught.contains("sums are off") && caught.contains("catch.rs:"), "{caught}");
        assert_eq!(catching(|| 7), Ok(7));
    }
}
