//! The totals of a run: the counts, integrals and distributions from which measures are computed.

use super::outcome::Distributions;
use super::rare::RareTallies;
use super::samples::Samples;
use crate::model::{AttemptKind, Cause, Loss, RequestKind};

/// Indices of the sampled distributions.
pub(super) const WAIT: usize = 0;
pub(super) const CONNECT: usize = 1;
pub(super) const CREATE: usize = 2;
pub(super) const PROPAGATION: usize = 3;

/// Counts of the counted span.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) peers_created: u64,
    /// Attempts that sent an initiation, by kind.
    pub(super) asked: [u64; AttemptKind::ALL.len()],
    pub(super) stalled: [u64; AttemptKind::ALL.len()],
    pub(super) connected: u64,
    pub(super) failed: u64,
    pub(super) create_failed: u64,
    /// Late attempts among those that sent an initiation.
    pub(super) late_asked: u64,
    pub(super) causes: [u64; Cause::ALL.len()],
    pub(super) stale_connects: u64,
    pub(super) versions: u64,
    pub(super) propagated: u64,
    pub(super) never_installed: u64,
    pub(super) revocations: u64,
    pub(super) sent: u64,
    pub(super) redelivered: u64,
    pub(super) duplicates: u64,
    pub(super) lost: [u64; Loss::ALL.len()],
    pub(super) requests: [u64; RequestKind::ALL.len()],
    pub(super) changes: u64,
    pub(super) breaks: u64,
    pub(super) rejected: u64,
    pub(super) refused: u64,
    pub(super) wasted: u64,
    pub(super) served: u64,
    pub(super) waited: i128,
    pub(super) queue_max: u32,
    pub(super) fetches: u64,
    pub(super) not_found: u64,
    pub(super) fetches_failed: u64,
    pub(super) joined: u64,
    pub(super) rate_limited: u64,
    pub(super) negative: u64,
    pub(super) cookies: u64,
    pub(super) installs: u64,
    pub(super) removals: u64,
}

impl Tally {
    /// Attempts that sent an initiation.
    pub(super) fn all_asked(&self) -> u64 {
        self.asked.iter().sum()
    }

    /// All attempts.
    pub(super) fn attempts(&self) -> u64 {
        self.all_asked() + self.create_failed
    }

    /// Attempts that stalled.
    pub(super) fn all_stalled(&self) -> u64 {
        self.stalled.iter().sum()
    }

    /// Late attempts; an attempt whose create failed is late.
    pub(super) fn late(&self) -> u64 {
        self.late_asked + self.create_failed
    }

    /// Versions that could take effect at a gateway.
    pub(super) fn expected(&self) -> u64 {
        self.versions - self.never_installed
    }

    /// Expected versions that did not take effect.
    pub(super) fn unpropagated(&self) -> u64 {
        self.expected().checked_sub(self.propagated).expect("a version propagates at most once")
    }
}

/// Totals of a finished run. Times are in nanoseconds; integrals are over the counted span, in nanoseconds too.
pub(super) struct Totals {
    pub(super) tally: Tally,
    pub(super) distributions: Distributions,
    /// The counted span.
    pub(super) span: i128,
    /// The counted span times the gateways.
    pub(super) gateway_time: i128,
    /// The counted span times the workers of the API.
    pub(super) worker_time: i128,
    /// Installed records.
    pub(super) records: i128,
    /// Installed records of peers that were created in the run.
    pub(super) records_in_run: i128,
    /// Records that no client will use again.
    pub(super) orphans: i128,
    /// Live peers.
    pub(super) live: i128,
    /// Live peers without a record.
    pub(super) missing: i128,
    /// Records of revoked peers.
    pub(super) exposed: i128,
    /// Busy workers.
    pub(super) busy: i128,
    /// Gateways without an open stream.
    pub(super) stream_down: i128,
    /// Largest number of records at any gateway.
    pub(super) table_max: u32,
    /// Longest time to recover from a fault, s; infinite: not recovered; none without a fault.
    pub(super) recovery_s: Option<f64>,
    /// The same run with tagged peers; none without `[rare]`.
    pub(super) rare: Option<RareTallies>,
}

impl Totals {
    /// The values of a distribution.
    pub(super) fn samples(&self, index: usize) -> &Samples {
        &self.distributions.samples[index]
    }

    /// The `numerator`/10,000 quantile of a distribution, s.
    pub(super) fn quantile(&mut self, index: usize, numerator: u64) -> Option<f64> {
        self.distributions.samples[index].quantile_s(numerator, 10_000)
    }
}

/// A count, which is always defined.
#[expect(clippy::unnecessary_wraps, reason = "a measure may be undefined, this one is not")]
pub(super) fn number(count: u64) -> Option<f64> {
    Some(count as f64)
}

/// A part over its whole; undefined if the whole is zero.
pub(super) fn part<N: Into<i128>>(part: N, whole: N) -> Option<f64> {
    let (part, whole) = (part.into(), whole.into());
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A time in nanoseconds divided by `count`, s; undefined if `count` is zero.
pub(super) fn seconds_each<N: Into<i128>>(nanos: N, count: u64) -> Option<f64> {
    (count > 0).then(|| nanos.into() as f64 / 1e9 / count as f64)
}
