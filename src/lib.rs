//! `pushpull` simulates how configs reach gateways: pushed ahead over a lossy bus, or pulled on handshake.

pub mod cli;
pub mod engine;
pub mod experiment;
pub mod metrics;
pub mod model;
pub mod output;
pub mod signaling;
mod simulate;
pub mod stats;
pub mod text;
pub mod trace;
pub mod verify;

pub use engine::RunKey;
pub use simulate::{simulate, simulate_while};
