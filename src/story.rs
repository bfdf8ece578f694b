//! The history of one peer, and the change that would have prevented a stall.
//!
//! A run is replayed, which gives the same run: first to select the peers ([`Attempts`]), then to record every fact
//! about these peers ([`Tape`]). A [`Story`] is one attempt from a tape; [`why`] gives the reason of a stall. The
//! change that would have prevented the stall is not guessed: the same peer's attempt is replayed under changed
//! experiments ([`changes`]). Common random numbers make it the same client under the same conditions.
//!
//! [`crate::story::write`] draws stories.

mod attempt;
mod attempts;
mod change;
mod close;
mod fact;
mod length;
mod replay;
mod summary;
mod tape;
mod wait;
mod why;
pub mod write;

pub use attempt::{Story, stories};
pub use attempts::{Attempts, Ended};
pub use change::{Change, Trial, attempt_in, changes, try_until_saved, verdict};
pub use close::{closing, first_stalled};
pub use fact::{Fact, TapeEntry};
pub use length::length;
pub use replay::{Witness, replay};
pub use summary::summary;
pub use tape::Tape;
pub use wait::ReplyWait;
pub use why::why;
