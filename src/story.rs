//! What happened to one peer, and which change would have saved it.
//!
//! A run is replayed, which gives the same run again: first to find whose story to tell ([`Attempts`]), then to record
//! everything that concerned them ([`Tape`]). A [`Story`] is one attempt out of a tape; [`why`] says what held it up.
//! What would have saved it is not guessed: the same peer's attempt is replayed under changed experiments
//! ([`changes`]), where common random numbers make it the same client on the same day.
//!
//! How a story is drawn stands in [`crate::story::write`].

mod attempts;
mod change;
mod fact;
mod length;
mod replay;
mod story;
mod summary;
mod tape;
mod wait;
mod why;
pub mod write;

pub use attempts::{Attempts, Ended};
pub use change::{Change, Trial, attempt_in, changes, try_until_saved, verdict};
pub use fact::{Entry, Fact};
pub use length::length;
pub use replay::{Witness, replay};
pub use story::{Story, stories};
pub use summary::summary;
pub use tape::Tape;
pub use wait::Wait;
pub use why::why;
