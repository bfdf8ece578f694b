//! Verification: the model in special cases with a closed form.
//!
//! A [`Case`] is a small experiment, read and run like any other, with questions and their closed forms. [`examine`]
//! runs cases and judges every answer. [`cases`] are the cases of `pushpull verify`. `docs/verification.md` derives
//! each formula and lists what is not covered.
//!
//! | cases | file |
//! |---|---|
//! | retry grid, path loss, patience | `handshake` |
//! | push at most once and acknowledged, over bus and HTTP | `push` |
//! | redelivery by the stream | `jetstream` |
//! | the answers of pull, retries of fetches | `pull` |
//! | installer, API, slow consumers, limited fetches | `queues` |
//! | Gilbert–Elliott loss | `bursts` |
//! | table size and orphans | `table` |
//! | reconcile, refresh and expiry | `soft_state` |
//! | staleness and age of information under push | `staleness` |
//! | time to live, eviction, invalidation, negative entries | `caches` |
//! | lag of the read replica | `replica` |
//! | streams: order, lifetime, cuts, resuming and listing, a herd after an outage; devices | `watch` |
//! | timers of Linux and boringtun, resets, answers of an empty bus, cookies | `implementations` |
//! | reload and herd after a restart, what a fault of bus or API costs | `faults` |
//! | common random numbers | `pairing` |

mod bursts;
mod caches;
mod case;
mod faults;
mod formula;
mod handshake;
mod implementations;
mod jetstream;
mod log;
mod pairing;
mod pull;
mod push;
mod queues;
mod rekey;
mod replica;
mod report;
mod soft_state;
mod staleness;
mod table;
mod watch;

pub use case::{Case, Combine, HERE, Run, Trials, point, strategy};
pub use log::{Log, Message, Propagation};
pub use report::{CaseMethod, Effort, FAMILY_ALPHA, Report, VerifiedRow, examine, runs};

/// Every case, in the order of the table.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        handshake::cases(),
        rekey::cases(),
        push::cases(),
        jetstream::cases(),
        pull::cases(),
        queues::cases(),
        bursts::cases(),
        table::cases(),
        soft_state::cases(),
        staleness::cases(),
        caches::cases(),
        replica::cases(),
        watch::cases(),
        implementations::cases(),
        faults::cases(),
        pairing::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
