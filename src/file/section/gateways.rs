//! `[gateways]`: the gateways, each with one serial installer.

use super::accept::{CountOf, CountOrZero, DistributionOrZero, SpanOrZero};
use super::{ConfigChanges, Struck};
use crate::file::read::NEVER;
use crate::file::warnings::Warner;

section! {
    /// The gateways, each with one serial installer.
    GatewaysSection means model::Gateways {
        /// How many ("dozens").
        count: CountOf<1, 65_536> = 30 (published "\"dozens\" of gateways worldwide (https://fly.io/blog/jit-wireguard-peers/)"),
            title: "Gateways",
            effect: "The fewer there are, the more clients each serves: longer tables, and more clients hit by a restart.",
            example: "gateways.count = 10";
        /// Service of an install, before the table's share.
        install: DistributionOrZero = "1ms" (assumed),
            title: "Time to install a record",
            effect: "A push installs before the client comes; under pull the client waits for it.",
            example: "gateways.install = \"5ms\"";
        /// Service added per record in the table.
        install_per_peer: SpanOrZero = "0s" (assumed),
            title: "Time to install a record, per record in the table",
            effect: "Long tables, as under push without evict, slow every install.",
            example: "gateways.install_per_peer = \"10ns\"";
        /// Service of a removal.
        remove: DistributionOrZero = "10ms" (assumed),
            title: "Time to remove a record",
            effect: "Removals of evict, reconcile and revocations delay installs behind them.",
            example: "gateways.remove = \"20ms\"";
        /// Time per record to reload a table after a restart.
        reload_per_peer: SpanOrZero = "100us" (assumed),
            title: "Time to reload a record after a restart",
            effect: "After a restart a gateway whose table persists is down until it is loaded: long under push, short under pull.",
            example: "gateways.reload_per_peer = \"500us\"";
        /// Initiations a second above which a gateway answers with a cookie; 0: no limit.
        handshake_limit: CountOrZero = 0,
            title: "Initiations a second without a cookie, at most",
            effect: "Under every strategy a client above it waits for its next initiation; rekeys count, too. boringtun answers with cookies above 100 a second.",
            example: "gateways.handshake_limit = 100";
    }
}

impl GatewaysSection {
    /// Warns of its keys that have no effect.
    pub(super) fn warn(warner: &mut Warner<'_>) {
        let changes = ConfigChanges {
            update: !warner.is("clients.update_every", NEVER),
            revoke: !warner.is("clients.revoke_after", NEVER),
        };
        if !warner.has_mechanism(|section, _| section.removes(changes)) {
            warner.vain("gateways", &["remove"], "no strategy removes a record");
        }
        if !warner.has_fault(Struck::Gateway) {
            warner.vain("gateways", &["reload_per_peer"], "no fault has target = \"gateway\"");
        }
    }
}
