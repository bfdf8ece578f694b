//! `pushpull` simulates how configs reach gateways: pushed ahead over a lossy bus, or pulled on handshake.
//!
//! The modules are declared in the order in which data passes through them. Each uses only those above it.

pub mod file;

pub mod plan;

pub mod run;

pub mod folder;

pub mod figure;

pub mod story;

pub mod report;

pub mod decide;

pub mod explore;

pub mod verify;

#[cfg(not(target_family = "wasm"))]
pub mod cli;

pub use sim::{RunKey, measure, model, simulate, simulate_while};
