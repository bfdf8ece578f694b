//! `[strategies.NAME]`: one way to provision, any combination of mechanisms.

use super::accept::{Flag, Optional, TableOf};
use super::evict::EvictSection;
use super::expire::ExpireSection;
use super::pull::PullSection;
use super::push::PushSection;
use super::reconcile::ReconcileSection;
use super::watch::WatchSection;
use super::{MechanismSection, Struck, whole};
use crate::file::warnings::Warner;
use crate::model::{self, Mechanism};

section! {
    /// One way to provision, any combination of mechanisms.
    StrategySection {
        /// The API sends each change to the peer's gateway.
        push: Optional<TableOf<PushSection>>,
            title: "Push",
            effect: "A config is there before its client comes, if the message arrives. A loss is repaired by retries, refreshes, reconcile or pull, or not at all.",
            example: "strategies.ahead.push = { transport = \"core\" }";
        /// An initiation from an unknown peer makes the gateway fetch its config.
        pull: Optional<TableOf<PullSection>>,
            title: "Pull",
            effect: "A lost message is no loss, but every connection of an unknown peer waits for a fetch and needs the API.",
            example: "strategies.jit.pull = { answer = \"initiate\" }";
        /// Each gateway compares its table with the API's list.
        reconcile: Optional<TableOf<ReconcileSection>>,
            title: "Reconciliation",
            effect: "It repairs what a push lost, and installs by itself where nothing pushes; each list loads the API.",
            example: "strategies.listed = { push = {}, reconcile = { every = \"1m\" } }";
        /// Each gateway lists its peers, then holds a stream of changes.
        watch: Optional<TableOf<WatchSection>>,
            title: "Watch",
            effect: "Nothing is lost on an open stream; what came while it was broken is resumed from the history, or listed anew.",
            example: "strategies.watched.watch = {}";
        /// Each gateway removes idle records.
        evict: Optional<TableOf<EvictSection>>,
            title: "Eviction",
            effect: "It keeps tables short. Pull fetches a returning peer again; under push alone such a peer stalls.",
            example: "strategies.jit = { pull = {}, evict = { idle_after = \"10m\" } }";
        /// A gateway drops records that nothing has confirmed for a while.
        expire: Optional<TableOf<ExpireSection>>,
            title: "Expiry",
            effect: "With push.refresh_every it is soft state: what is no longer refreshed goes by itself.",
            example: "strategies.soft = { push = { refresh_every = \"1m\" }, expire = { after = \"3m\" } }";
        /// Whether the table survives a restart; default: if it pushes or reconciles.
        persists: Optional<Flag>,
            title: "Whether the table survives a restart",
            effect: "After a restart a table that persists is loaded again before the gateway is up; one that does not is fetched, listed or lost.",
            example: "strategies.cached = { pull = {}, persists = true }";
    }
}

impl StrategySection {
    /// What it means to the model; none where a key is wrong.
    pub(super) fn whole(&self) -> Option<model::Strategy> {
        let mut strategy = model::Strategy {
            push: whole(self.push.as_ref(), PushSection::whole)?,
            pull: whole(self.pull.as_ref(), PullSection::whole)?,
            reconcile: whole(self.reconcile.as_ref(), ReconcileSection::whole)?,
            watch: whole(self.watch.as_ref(), WatchSection::whole)?,
            evict: whole(self.evict.as_ref(), EvictSection::whole)?,
            expire: whole(self.expire.as_ref(), ExpireSection::whole)?,
            persists: false,
        };
        strategy.persists = match self.persists {
            Some(persists) => persists?,
            None => Self::has_persisting(|mechanism| mechanism.is_used(&strategy)),
        };
        Some(strategy)
    }

    /// Whether `has` holds of a mechanism under which a table survives a restart, unless the strategy says otherwise.
    pub(crate) fn has_persisting(has: impl Fn(Mechanism) -> bool) -> bool {
        Mechanism::ALL.iter().any(|mechanism| mechanism.traits().persists && has(*mechanism))
    }

    /// The mechanisms that it has, with their sections.
    pub(crate) fn mechanisms(&self) -> impl Iterator<Item = (Mechanism, &dyn MechanismSection)> {
        fn of<S: MechanismSection>(section: Option<&S>) -> Option<&dyn MechanismSection> {
            section.map(|section| section as &dyn MechanismSection)
        }
        Mechanism::ALL.iter().filter_map(|&mechanism| {
            let section = match mechanism {
                Mechanism::Push => of(self.push.as_ref()),
                Mechanism::Pull => of(self.pull.as_ref()),
                Mechanism::Reconcile => of(self.reconcile.as_ref()),
                Mechanism::Watch => of(self.watch.as_ref()),
                Mechanism::Evict => of(self.evict.as_ref()),
                Mechanism::Expire => of(self.expire.as_ref()),
            };
            section.map(|section| (mechanism, section))
        })
    }

    /// Warns of keys of the strategy at `path` that have no effect.
    pub(super) fn warn(&self, path: &str, warner: &mut Warner<'_>) {
        for (mechanism, section) in self.mechanisms() {
            section.warn(&format!("{path}.{}", mechanism.word()), warner);
        }
        let path = format!("{path}.persists");
        if !warner.places.given(&path) || warner.has_fault(Struck::Gateway) {
            return;
        }
        if self.watch.is_some() {
            let text = "has no effect, as no gateway restarts, and what exists at time 0 is installed under a watch";
            warner.warn(&path, text.to_owned());
        } else if warner.is("clients.existing", 0) && warner.is("clients.devices.count", 0) {
            let text = "has no effect, as no gateway restarts, and clients.existing and clients.devices.count are 0";
            warner.warn(&path, text.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::section::Section as _;

    #[test]
    fn the_key_names_the_mechanisms_under_which_a_table_survives_a_restart() {
        let about = StrategySection::KEYS.iter().find(|key| key.name == "persists").unwrap().about;
        for mechanism in Mechanism::ALL {
            assert_eq!(about.contains(mechanism.word()), mechanism.traits().persists, "{about}");
        }
    }
}
