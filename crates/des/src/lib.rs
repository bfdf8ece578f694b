//! The engine: time, event queue, random streams, distributions, fingerprint.
//!
//! Knows nothing of the domain and does no I/O; it could be published alone.

mod distribution;
mod fingerprint;
mod normal;
mod pool;
mod queue;
mod smooth;
mod stream;
mod time;

pub use distribution::Law;
pub use fingerprint::Fingerprint;
pub use normal::normal_quantile;
pub use pool::Pool;
pub use queue::{EventQueue, Near};
pub use smooth::Smooth;
pub use stream::{Draws, RunKey, Sequence};
pub use time::{Duration, NANOS_PER_SECOND, Span, Time};
