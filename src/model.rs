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
mod id;
mod look_ahead;
mod mechanism;
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
mod words;
mod world;

pub use detail::*;
pub use id::{FaultId, GatewayId, PeerId, RequestSlot};
pub use mechanism::Mechanism;
pub use observation::*;
pub use scenario::*;
pub use setup::Variant;
pub use words::*;
pub use world::{RunEnd, SLICE, run};
