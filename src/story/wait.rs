//! The result of an attempt as one number.

use crate::model::AttemptEnd;
use des::{Duration, Time};

/// The time that a client waited for its session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReplyWait {
    /// Time from the first initiation to the session.
    Connected(Duration),
    /// The client gave up without a session.
    Failed,
    /// The client had no peer: its create failed.
    NoPeer,
}

impl ReplyWait {
    /// The wait of an attempt that ended at `at`.
    #[must_use]
    pub fn of(at: Time, end: &AttemptEnd) -> Self {
        if end.connected { Self::Connected(at - end.first_sent) } else { Self::Failed }
    }

    /// Whether the attempt stalled: it failed, or waited longer than `stall_after`.
    #[must_use]
    pub fn is_stall(self, stall_after: Duration) -> bool {
        match self {
            Self::Connected(wait) => wait > stall_after,
            Self::Failed => true,
            Self::NoPeer => false,
        }
    }
}
