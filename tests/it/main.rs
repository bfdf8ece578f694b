//! The tests of the program as a whole; each module is one subject.

// Right: compared with independent sources.
mod cases;
mod coverage;
mod months;
mod rare;
mod verification;

// Consistent: balances of every run, changes that must have an effect and changes that must not, edge cases.
mod conservation;
mod edges;
mod metamorphic;
mod watch;

// The same for every way of running, and unchanged.
mod determinism;
mod folders;
mod golden;
mod limits;
mod resume;
mod setups;
mod shards;

// Input and output of the commands.
mod check;
mod conclusion;
mod damaged;
mod errors;
mod experiments;
mod explain;
mod explore;
mod figures;
mod map;
mod mechanisms;
mod mutations;
mod names;
mod plans;
mod report;
mod results;
mod schema;
mod select;
mod sensitivity;
mod slices;
mod solve;
mod stories;
mod trace;

// The tree and its documents.
mod documents;
mod tidy;

// Helpers of the tests.
mod ledger;
mod made_up;
mod program;
mod sandbox;
mod scenarios;
