//! What a run simulates: the API, the bus, gateways and clients, and the mechanisms by which configs reach gateways.

mod actor;
mod detail;
mod draws;
mod event;
mod field;
mod id;
mod look_ahead;
mod mechanism;
mod observation;
mod peer;
mod scenario;
mod variant;
mod words;
mod world;

pub use detail::*;
pub use field::FieldValue;
pub use id::{FaultId, GatewayId, PeerId, RequestSlot, Version};
pub use mechanism::{Mechanism, MechanismTraits};
pub use observation::*;
pub use scenario::*;
pub use variant::Variant;
pub use words::*;
pub use world::{RunEnd, SLICE, run};
