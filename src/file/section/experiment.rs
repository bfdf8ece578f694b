//! The file as a whole.

use super::super::replications::Replications;
use super::accept::{
    AnyText, ConfidenceLevel, CountOf, FolderName, GoalsKey, ListOf, MapOf, Optional, PositiveSpan, SpanOrZero,
    StrategyNames, TableOf, UncertainKeys, WholeNumber,
};
use super::api::ApiSection;
use super::bus::BusSection;
use super::clients::ClientsSection;
use super::faults::FaultSection;
use super::gateways::GatewaysSection;
use super::http::HttpSection;
use super::output::OutputSection;
use super::path::PathSection;
use super::precision::PrecisionSection;
use super::rare::RareSection;
use super::replica::ReplicaSection;
use super::strategy::StrategySection;
use crate::file::warnings::Warner;
use crate::model::Scenario;

section! {
    /// A whole experiment file, the sweep apart.
    Experiment {
        /// Name of the experiment, also of its result folder.
        name: FolderName,
            effect: "It names the result folder and the report, and changes no result.",
            example: "name = \"incident\"";
        /// The question that it answers.
        description: AnyText = "",
            effect: "The report shows it as the question, and it changes no result.",
            example: "description = \"Does pull cure lost pushes?\"";
        /// Seed of every random stream.
        seed: WholeNumber<0> = 1,
            effect: "All strategies and points share it, so that they face the same clients, delays and losses.",
            example: "seed = 42";
        /// Independent repetitions of each point and strategy.
        replications: Optional<CountOf<1, 1_000_000>> = 20,
            effect: "More replications narrow every interval; a strategy's mean does not depend on their number.",
            example: "replications = 50";
        /// Instead of replications: as many as this precision takes.
        precision: Optional<TableOf<PrecisionSection>>,
            effect: "Each pair of point and strategy is repeated until its measure is precise, so strategies may have different numbers of runs.",
            example: "precision = { measure = \"stall_rate\", relative = 0.05 }";
        /// Span in which peers are created.
        horizon: PositiveSpan = "1h",
            title: "Length of a run",
            effect: "A longer one has more attempts and shows slower effects: growing tables under push, evictions, refreshes.",
            example: "horizon = \"2h\"";
        /// Start of the counted span; below horizon.
        warmup: SpanOrZero = "5m",
            title: "Warm-up",
            effect: "What happens before is not counted. Tables that fill slowly (push, evict) need a longer one; `check --warmup` judges it.",
            example: "warmup = \"10m\"";
        /// A handshake that takes longer has stalled (flyctl's probe).
        stall_after: PositiveSpan = "5s" (published "the probe of flyctl gives up after 5 s (agent/server/server.go)"),
            title: "Wait from which a handshake has stalled",
            effect: "Under pull with answer = \"retry\" every connection of an unknown peer waits for WireGuard's second initiation and so crosses 5s.",
            example: "stall_after = \"15s\"";
        /// An attempt that is not connected so long after its start is late.
        late_after: PositiveSpan = "5s",
            title: "Time after which an attempt is late",
            effect: "It counts from the create on: waiting for an acknowledged push, an API queue and failed creates make attempts late.",
            example: "late_after = \"10s\"";
        /// Width of the sliding window in which recovery is judged.
        recovery_window: PositiveSpan = "1m",
            title: "Window in which recovery is judged",
            effect: "Recovery is reached once a window's stall rate is back; a wider one is surer and later.",
            example: "recovery_window = \"2m\"";
        /// Level of every confidence interval.
        confidence: ConfidenceLevel = 0.95,
            effect: "It sets the width of all intervals and how easily a difference is shown.",
            example: "confidence = 0.99";
        /// The strategy with which the others are compared; default: the first.
        baseline: Optional<AnyText>,
            effect: "Differences, verdicts and the conclusion are relative to this strategy.",
            example: "baseline = \"push\"";
        /// Limits that a strategy must keep, each on a measure of summary.csv.
        goal: Optional<GoalsKey>,
            effect: "It changes no result. The conclusion, the report and the figures say for each strategy and point whether it is met, not met or undecided by the interval; `run --check-goal` exits 3 unless at every point some strategy is shown to meet all goals. Shares as numbers or percentages, times as durations.",
            example: "goal = { late_rate = { at_most = 0.001 }, create_time_p99_s = { at_most = \"500ms\" } }";
        /// Keys whose values nobody knows, each with what it may be.
        uncertain: Optional<UncertainKeys>,
            effect: "It changes no result of a run. `pushpull sensitivity` says which of these keys the measure and the verdict hang on; `init --uncertain` writes the section.",
            example: "uncertain = { \"bus.loss\" = { from = 1e-3, to = 1e-1, log = true } }";
        /// Run only these strategies; default: all.
        only: Optional<StrategyNames>,
            effect: "The others are not run, and results of those that are do not change.",
            example: "only = [\"push\"]";
        /// A run that handles more events is a runaway, and fails.
        events_max: WholeNumber<1> = 10000000000,
            title: "Most events of a run",
            effect: "It changes no result; a run that reaches it is listed as failed.",
            example: "events_max = 100000000";
        /// How clients arrive, stay, come back and change.
        clients: TableOf<ClientsSection> = {},
            title: "Clients",
            effect: "All strategies face the same clients.",
            example: "clients.arrivals = { poisson = \"2/s\" }";
        /// Packets between a client and its gateway, one way.
        path: TableOf<PathSection> = {},
            title: "Path between client and gateway",
            effect: "Initiations and responses travel here. Pull with answer = \"initiate\" needs three packets more after the install.",
            example: "path.loss = 0.01";
        /// The API: one queue before a number of servers.
        api: TableOf<ApiSection> = {},
            title: "The API",
            effect: "Creates, fetches and lists share one queue: what pull and reconcile ask for delays creates.",
            example: "api.workers = 4";
        /// Requests between the API and the gateways.
        http: TableOf<HttpSection> = {},
            title: "HTTP between API and gateways",
            effect: "Pull, reconcile, watch and push over http use it.",
            example: "http.failure = 0.001";
        /// The message bus between the API and the gateways.
        bus: TableOf<BusSection> = {},
            title: "The bus",
            effect: "Push over core and JetStream, pull over the bus and invalidations use it.",
            example: "bus.loss = 0.01";
        /// The gateways, each with one serial installer.
        gateways: TableOf<GatewaysSection> = {},
            title: "The gateways",
            effect: "Each has one installer: pushes, fetched configs, lists and removals wait for each other.",
            example: "gateways.count = 10";
        /// The read replica beside each gateway.
        replica: TableOf<ReplicaSection> = {},
            title: "The read replica",
            effect: "Only pull with source = \"replica\" reads it.",
            example: "replica.transfer = \"1s\"";
        /// What breaks, and when.
        faults: ListOf<FaultSection> = [],
            title: "Faults",
            effect: "The conclusion names a fault that no experiment has tried as its main risk. Recovery is measured from each fault's end.",
            example: "faults = [{ target = \"api\", at = \"15m\", for = \"5m\" }]";
        /// Which of the faults with per_month happens: all, none, or one by its name.
        fault: Optional<AnyText>,
            title: "Fault",
            effect: "Faults without per_month happen all the same. Without it, an experiment with per_month runs none and each of them alone.",
            example: "fault = \"none\"";
        /// The ways to provision that are compared.
        strategies: MapOf<StrategySection>,
            title: "Strategies",
            effect: "A strategy is any combination of push, pull, reconcile, watch, evict and expire.",
            example: "strategies.jit = { pull = {}, evict = {} }";
        /// Stalls too rare to be seen: each run is repeated with losses that are frequent for some peers, and weighted.
        rare: Optional<TableOf<RareSection>>,
            effect: "It adds measures of stalls by lost configs, down to 1e-9, and changes no other. Every strategy has to push over the bus.",
            example: "rare = { every = 50, loss = 0.5 }";
        /// What is written besides the tables.
        output: TableOf<OutputSection> = {},
            effect: "It changes no result of the other files.",
            example: "output.bin = \"10s\"";
    }
}

impl Experiment {
    /// What a run of a strategy simulates; none where a key is wrong.
    pub(crate) fn scenario(&self, strategy: &str) -> Option<Scenario> {
        let (_, strategy) = self.strategies.iter().find(|(name, _)| name == strategy)?;
        Some(Scenario {
            horizon: self.horizon?,
            warmup: self.warmup?,
            stall_after: self.stall_after?,
            late_after: self.late_after?,
            recovery_window: self.recovery_window?,
            bin: self.output.bin?.0,
            events_max: self.events_max?,
            clients: self.clients.whole()?,
            path: self.path.whole()?,
            api: self.api.whole()?,
            http: self.http.whole()?,
            bus: self.bus.whole()?,
            gateways: self.gateways.whole()?,
            replica: self.replica.whole()?,
            faults: self.happening()?.map(FaultSection::whole).collect::<Option<_>>()?,
            strategy: strategy.whole()?,
            rare: super::whole(self.rare.as_ref(), RareSection::whole)?,
        })
    }

    /// The faults that happen; none where the list is wrong.
    fn happening(&self) -> Option<impl Iterator<Item = &FaultSection>> {
        let only = self.fault.iter().flatten().next().map(String::as_str);
        Some(self.faults.as_ref()?.iter().filter(move |fault| fault.happens(only)))
    }

    /// How many replications; none where a key is wrong, or where both or neither of `replications` and `precision` are
    /// given.
    pub(crate) fn replications(&self) -> Option<Replications> {
        match (self.replications, &self.precision) {
            (Some(count), None) => Some(Replications::Fixed(count?)),
            (None, Some(precision)) => precision.whole(),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }

    /// The same with one strategy alone.
    pub(crate) fn alone(&self, strategy: &str) -> Self {
        let strategies = self.strategies.iter().filter(|(name, _)| name == strategy).cloned().collect();
        Self { strategies, ..self.clone() }
    }

    /// Warns of every key that has no effect.
    pub(crate) fn warn(&self, warner: &mut Warner<'_>) {
        if !warner.places.given("seed") {
            warner.warn("seed", "is not given, so it is 1".to_owned());
        }
        if !warner.places.given("only") && self.strategies.len() == 1 && warner.places.given("baseline") {
            warner.warn("baseline", "has no effect, as there is one strategy".to_owned());
        }
        let faults = self.faults.as_deref().unwrap_or_default();
        if !faults.iter().any(|fault| fault.at.is_some()) && warner.places.given("recovery_window") {
            warner.warn("recovery_window", "has no effect, as no fault has a time at which it strikes".to_owned());
        }
        self.clients.warn(warner);
        ApiSection::warn(warner);
        HttpSection::warn(warner);
        BusSection::warn(warner);
        GatewaysSection::warn(warner);
        ReplicaSection::warn(warner);
        for (index, fault) in faults.iter().enumerate() {
            fault.warn(index, warner);
        }
        for (name, strategy) in &self.strategies {
            strategy.warn(&format!("strategies.{name}"), warner);
        }
        if let Some(rare) = &self.rare {
            rare.warn(warner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::data::DataFiles;
    use crate::file::read::Findings;
    use crate::file::section::{Section as _, SectionReader};
    use crate::file::tree::{At, walk};
    use crate::file::validate::{complete, locate};

    const BEFORE: &str = "name = 'x'\nbus.burst = { good = '1m', bad = '1s', loss = 0.5 }\n\
        faults = [{ target = 'api', at = '1m', for = '1s' }, { target = 'bus', every = '1m', for = '1s' }]\n\
        [strategies.all]\npush = {}\npull = { rate_limit = { rate = '1/s', burst = 1 } }\nreconcile = {}\nwatch = {}\n\
        evict = {}\nexpire = {}\npersists = false\n[strategies.other]\npush = {}\n";

    /// The same tables, with other values in each.
    const AFTER: &str = "name = 'x'\nhorizon = '2h'\nevents_max = 1000000000\napi.workers = 3\nhttp.setup_rtts = 2\n\
        path.delay = { lognormal = { median = '1ms', p99 = '2ms' } }\nreplica.transfer = '9ms'\noutput.bin = '1m'\n\
        gateways.count = 7\nbus = { no_responders = true, burst = { good = '1m', bad = '2s', loss = 0.5 } }\n\
        clients.returns.probability = '1%'\nclients.devices.count = 9\nclients.handshake.retry_after = 'linux'\n\
        faults = [{ target = 'api', at = '1m', for = '2s' }, { target = 'http', every = '1m', for = '1s', gateways = [1] }]\n\
        [strategies.all]\npush = { transport = 'jetstream', backoff = ['1s'] }\nreconcile = { attempts = 9 }\n\
        pull = { source = 'replica', ttl = '1m', rate_limit = { rate = '2/s', burst = 1 } }\nwatch = { lifetime = 'never' }\n\
        evict = { every = '3s' }\nexpire = { after = '4s' }\npersists = true\n[strategies.other]\npush = { wait = 'ack' }\n";

    fn table(text: &str) -> toml::Table {
        let mut findings = Findings::default();
        let table = complete(&text.parse().unwrap(), &mut findings);
        assert!(findings.list.is_empty());
        table
    }

    #[test]
    fn keys_that_are_read_again_one_by_one_are_what_the_whole_file_is_read_into() {
        let (data, mut findings) = (DataFiles::default(), Findings::default());
        let (before, after) = (table(BEFORE), table(AFTER));
        let mut reader = SectionReader { whole: &after, data: &data, out: &mut findings };
        let mut experiment = Experiment::read(&At::ROOT, &before, &mut reader);
        let whole = Experiment::read(&At::ROOT, &after, &mut reader);
        assert!(experiment.scenario("all").is_some() && experiment.scenario("all") != whole.scenario("all"));
        let mut paths = Vec::new();
        walk(&mut "strategies".to_owned(), &after["strategies"], &mut |path, _| paths.push(path.to_owned()));
        for (name, value) in after.iter().filter(|(name, _)| *name != "strategies") {
            walk(&mut name.clone(), value, &mut |path, _| paths.push(path.to_owned()));
        }
        let is_key =
            |path: &String| locate(&after, path).is_ok_and(|owner| owner.path == *path && owner.kind.below().is_none());
        paths.retain(is_key);
        assert!(paths.len() > 100 && paths.iter().any(|path| path == "strategies.all.pull.rate_limit.rate"));
        for path in &paths {
            experiment.renew(path, &At::ROOT, &after, &mut reader);
        }
        for strategy in ["all", "other"] {
            assert_eq!(experiment.scenario(strategy), whole.scenario(strategy));
        }
        assert!(findings.list.is_empty());
    }

    #[test]
    fn a_wrong_key_leaves_no_scenario_and_says_so() {
        let data = DataFiles::default();
        for (path, wrong) in [("bus.burst.loss", "2"), ("faults.0.at", "'x'"), ("strategies.all.evict.every", "'0s'")] {
            let mut tree = table(BEFORE);
            let mut findings = Findings::default();
            let value = &format!("x = {wrong}").parse::<toml::Table>().unwrap()["x"];
            assert!(crate::file::tree::set(&mut tree, path, value.clone()));
            let experiment = Experiment::read(
                &At::ROOT,
                &tree,
                &mut SectionReader { whole: &tree, data: &data, out: &mut findings },
            );
            assert!(experiment.scenario("all").is_none(), "{path}");
            assert_eq!(findings.list.iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(), [path]);
        }
    }
}
