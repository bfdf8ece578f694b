//! The engine: time, event queue, random streams, distributions, fingerprint.
//!
//! Knows nothing of the domain and does no I/O; it could be published alone.

mod distribution;
mod time;

pub use distribution::{Law, normal_quantile};
pub use time::{Duration, NANOS_PER_SECOND, Time};
