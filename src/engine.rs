//! The engine: time, event queue, random streams, distributions, fingerprint.
//!
//! Knows nothing of the domain and does no I/O; it could be published alone.

mod distribution;
mod fingerprint;
mod pool;
mod queue;
mod stream;
mod time;

pub use distribution::{Law, normal_quantile};
pub use fingerprint::Fingerprint;
pub use pool::Pool;
pub use queue::EventQueue;
pub use stream::{Draws, RunKey, Sequence};
pub use time::{Duration, NANOS_PER_SECOND, Time};
