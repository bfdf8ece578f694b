//! A kernel for deterministic discrete-event simulation: integer time, an event queue, named random streams,
//! distributions.
//!
//! A model owns its state and a loop. It takes the next event from an [`EventQueue`], handles it in a `match`, and
//! pushes the events that follow from it:
//!
//! ```
//! use des::{Duration, EventQueue, Fingerprint, Time};
//!
//! #[derive(Clone, Copy, Debug, PartialEq)]
//! enum Event {
//!     Ping,
//!     Pong,
//! }
//!
//! let mut queue = EventQueue::new();
//! let mut history = Fingerprint::new();
//! queue.push(Time::ZERO, Event::Ping);
//! let mut pongs = 0;
//! while let Some((now, event)) = queue.pop_before(Time::from_nanos(1_000_000_000)) {
//!     history.add(now.as_nanos(), event as u64);
//!     match event {
//!         Event::Ping => queue.push(now + Duration::from_millis(20), Event::Pong),
//!         Event::Pong => {
//!             pongs += 1;
//!             queue.push(now + Duration::from_millis(80), Event::Ping);
//!         }
//!     }
//! }
//! assert_eq!(pongs, 10);
//! ```
//!
//! # Time
//!
//! [`Time`] and [`Duration`] count whole nanoseconds, so sums are exact and order is total. Floats appear only where
//! durations are drawn or reported.
//!
//! # Order
//!
//! [`EventQueue`] gives events by time; events at equal times keep the order of pushing. So a run has one history,
//! whatever the sizes of the buffers. There is no peek and no deletion: an outdated event is ignored when it arrives.
//!
//! # Chance
//!
//! Every draw has a name. The [`RunKey`] is the seed and the replication; a *purpose* is one use of random numbers,
//! such as "service times"; an *instance* is the owner of the draw, such as a customer; an *index* counts the draws of
//! one instance. [`Draws`] computes the value of a name directly, without state. A [`Sequence`] reads one purpose in
//! order, for processes that never end. Two models that use the same names get the same values.
//!
//! ```
//! use des::{Distribution, Draws, RunKey};
//!
//! let key = RunKey { seed: 7, replication: 0 };
//! let service = Draws::new(key, 1);
//! let distribution = Distribution::lognormal(0.020, 0.100);
//! let first = service.duration(17, 0, &distribution);
//! let _another = service.duration(18, 0, &distribution);
//! assert_eq!(service.duration(17, 0, &distribution), first);
//! ```
//!
//! # Checking
//!
//! A [`Fingerprint`] takes in every event. Two runs with the same fingerprint had the same history.
//!
//! The crate does no I/O, reads no clock, and iterates over nothing in hash order.

mod distribution;
mod fingerprint;
mod normal;
mod pool;
mod queue;
mod smooth;
mod stream;
mod time;

pub use distribution::Distribution;
pub use fingerprint::Fingerprint;
pub use normal::normal_quantile;
pub use pool::Pool;
pub use queue::{EventQueue, Near};
pub use smooth::Smooth;
pub use stream::{Draws, RunKey, Sequence};
pub use time::{Duration, NANOS_PER_SECOND, Span, Time};
