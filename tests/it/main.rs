//! The tests of the program as a whole; each module is one subject.

// Right: against what we did not write.
mod cases;
mod coverage;
mod verification;

// Consistent: what adds up in every run, what must change and what must not, and the edges.
mod conservation;
mod edges;
mod metamorphic;
mod watch;

// The same, however it is run; and as it was.
mod determinism;
mod folders;
mod golden;
mod limits;
mod resume;
mod setups;
mod shards;

// What the commands read, write and say.
mod check;
mod conclusion;
mod damaged;
mod errors;
mod experiments;
mod explain;
mod figures;
mod mechanisms;
mod mutations;
mod names;
mod plans;
mod report;
mod results;
mod schema;
mod slices;
mod solve;
mod stories;
mod trace;

// The tree and its documents.
mod documents;
mod tidy;

// What tests share.
mod ledger;
mod made_up;
mod program;
mod sandbox;
mod scenarios;
