//! How an attempt went, in one number.

use crate::model::AttemptEnd;
use des::{Duration, Time};

/// How long a client waited for its session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wait {
    /// From its first initiation to its session.
    Connected(Duration),
    /// It had none, and gave up.
    Failed,
    /// It had no peer to connect with: its create failed.
    NoPeer,
}

impl Wait {
    /// That of an attempt that ended at `at`.
    #[must_use]
    pub fn of(at: Time, end: &AttemptEnd) -> Self {
        if end.connected { Self::Connected(at - end.first_sent) } else { Self::Failed }
    }

    /// Whether it is a stall, where longer waits than `stall_after` are.
    #[must_use]
    pub fn is_stall(self, stall_after: Duration) -> bool {
        match self {
            Self::Connected(wait) => wait > stall_after,
            Self::Failed => true,
            Self::NoPeer => false,
        }
    }
}
