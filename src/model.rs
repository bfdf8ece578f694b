//! What a run simulates.

mod scenario;

pub use scenario::*;
