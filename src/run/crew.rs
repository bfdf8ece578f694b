//! Threads for runs: the wanted number, or fewer if the system limits them.

use std::io;
use std::sync::OnceLock;
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Starts `count` threads of `scope` that each do `work`. If the system provides fewer, half of these work: the runs
/// need memory too.
///
/// # Errors
/// If the system provides no thread.
pub(crate) fn crew<'scope, 'env, T: Send + 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    count: usize,
    staff: &'scope OnceLock<usize>,
    work: impl Fn() -> T + Clone + Send + 'scope,
) -> io::Result<Vec<ScopedJoinHandle<'scope, Option<T>>>> {
    let mut threads = Vec::new();
    let mut refused = None;
    for index in 0..count.max(1) {
        let work = work.clone();
        let wait_and_work = move || (index < *staff.wait()).then(work);
        match Builder::new().spawn_scoped(scope, wait_and_work) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    let had = threads.len();
    let _ = staff.set(if refused.is_some() { had.div_ceil(2) } else { had });
    match refused {
        Some(error) if had == 0 => Err(error),
        _ => Ok(threads),
    }
}
