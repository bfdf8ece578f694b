//! What a run simulates.

mod api;
mod bus;
mod client;
mod detail;
mod event;
mod evict;
mod expire;
mod fault;
mod gateway;
mod jetstream;
mod look_ahead;
mod observation;
mod peer;
mod pull;
mod purpose;
mod push;
mod reconcile;
mod replica;
mod scenario;
mod setup;
mod stranger;
mod watch;
mod world;

pub use detail::*;
pub use observation::*;
pub use scenario::*;
pub use setup::Variant;
pub use world::{RunEnd, SLICE, run};
