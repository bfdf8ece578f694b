//! The tests of the program as a whole; each module is one subject.

// Right: against what we did not write.
mod coverage;
mod signaling;
mod verification;

// The same, however it is run.
mod determinism;
mod resume;
mod shards;

// What the commands read, write and say.
mod check;
mod errors;
mod experiments;
mod figures;
mod plans;
mod results;
mod schema;
mod stories;
mod trace;

// The tree and its documents.
mod documents;

// What tests share.
mod program;
mod sandbox;
