//! The tests of the program as a whole; each module is one subject.

mod check;
mod coverage;
mod documents;
mod errors;
mod experiments;
mod plans;
mod program;
mod schema;

mod determinism;
mod results;
mod resume;
mod sandbox;
mod shards;
mod signaling;
