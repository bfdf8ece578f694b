//! What is measured of a run, measured or simulated: one code for both.

use std::collections::BTreeMap;

use des::{RunKey, Time};
use pushpull::model::{AttemptKind, Observation, PeerId, PeerView, RequestKind, Scenario};
use pushpull::story::{Fact, Witness, replay};

use crate::clock::length;

/// Normal quantile of a two-sided interval of 99.9 %.
pub(crate) const Z: f64 = 3.290_526_731_491_894;

/// One attempt, s.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    /// Of a first attempt: from the first create request to the reply.
    pub(crate) create: Option<f64>,
    /// From the first initiation to the session; infinite: there was none.
    pub(crate) wait: f64,
    /// Whether the gateway's record was stale when the session began.
    pub(crate) stale: bool,
}

/// What a peer's record is at a moment, as time averages distinguish it.
#[derive(Clone, Copy, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a level of its own")]
pub(crate) struct RecordState {
    /// Its gateway holds it.
    pub(crate) held: bool,
    /// It is held, and its version is not the API's.
    pub(crate) stale: bool,
    /// The peer is created, neither revoked nor abandoned.
    pub(crate) live: bool,
    /// It is held, and the peer was revoked in the counted span.
    pub(crate) exposed: bool,
}

/// How long a peer's record was in a state in the counted span, s.
#[derive(Clone, Copy, Default)]
struct RecordTimes {
    held: f64,
    stale: f64,
    live: f64,
    missing: f64,
    exposed: f64,
}

/// The records of a run's peers over the counted span.
pub(crate) struct Records {
    span: (f64, f64),
    now: BTreeMap<u32, (f64, RecordState)>,
    times: BTreeMap<u32, RecordTimes>,
}

impl Records {
    /// Records over a span, s.
    pub(crate) fn new(span: (f64, f64)) -> Self {
        Self { span, now: BTreeMap::new(), times: BTreeMap::new() }
    }

    /// From `at` on the peer's record is in this state. The calls for one peer come in order of time.
    pub(crate) fn set(&mut self, peer: u32, at: f64, state: RecordState) {
        let (start, end) = self.span;
        let at = at.clamp(start, end);
        let (since, before) = self.now.insert(peer, (at, state)).unwrap_or((start, RecordState::default()));
        let took = at - since;
        let times = self.times.entry(peer).or_default();
        let add = |is: bool| if is { took } else { 0.0 };
        times.held += add(before.held);
        times.stale += add(before.stale);
        times.live += add(before.live);
        times.missing += add(before.live && !before.held);
        times.exposed += add(before.exposed);
    }

    /// The span has ended.
    fn finish(mut self) -> Vec<RecordTimes> {
        let peers: Vec<u32> = self.now.keys().copied().collect();
        for peer in peers {
            self.set(peer, self.span.1, RecordState::default());
        }
        self.times.into_values().collect()
    }
}

/// A gateway's stream in the counted span.
#[derive(Clone, Copy, Default)]
pub(crate) struct StreamTimes {
    /// Requests to watch and to list.
    pub(crate) watches: f64,
    pub(crate) lists: f64,
    /// Time with an open stream, s.
    pub(crate) open: f64,
}

/// Everything that was seen of runs of one experiment.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Counted attempts that sent an initiation.
    pub(crate) attempts: Vec<Attempt>,
    /// First attempts whose create failed.
    pub(crate) create_failed: u64,
    /// Versions that were to reach their gateway, and the times from commit to install of those that did, s.
    pub(crate) versions: u64,
    pub(crate) propagations: Vec<f64>,
    /// Revocations.
    pub(crate) revocations: u64,
    /// For each peer how long its record was in which state.
    records: Vec<RecordTimes>,
    /// For each gateway of each run its stream.
    pub(crate) streams: Vec<StreamTimes>,
    runs: u32,
}

/// How a measure is written, and within which margin a prediction agrees.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// A share of attempts or versions. Margin: a point.
    Share,
    /// A share of time. Margin: the greater of 0.2 points and 5 %.
    TimeShare,
    /// A time, s. Margin: the greater of 2 ms and 5 %.
    Seconds,
    /// A count in a run. Margin: 5 %.
    Count,
}

/// A measure with its interval of 99.9 %.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    /// The column of `runs.csv`.
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) unit: Unit,
}

/// The counted span of a scenario, s.
pub(crate) fn span(scenario: &Scenario) -> (f64, f64) {
    (length(scenario.warmup).as_secs_f64(), length(scenario.horizon).as_secs_f64())
}

/// Whether peers change in the course of a run.
pub(crate) fn changes(scenario: &Scenario) -> bool {
    scenario.clients.update_every.is_some() || scenario.clients.revoke_after.is_some()
}

/// What a simulated run has shown so far.
struct Simulated {
    seen: Seen,
    records: Records,
    span: (f64, f64),
    /// When each gateway's stream was opened; none: it is not open.
    opened: Vec<Option<f64>>,
}

impl Simulated {
    fn counted(&self, at: f64) -> bool {
        self.span.0 <= at && at < self.span.1
    }

    fn stream_ended(&mut self, gateway: usize, at: f64) {
        if let Some(opened) = self.opened[gateway].take() {
            let (start, end) = self.span;
            self.seen.streams[gateway].open += at.clamp(start, end) - opened.clamp(start, end);
        }
    }

    fn peer_changed(&mut self, peer: PeerId, at: f64, view: &PeerView) {
        let exposed = view.record_in_run()
            && view.revoked != Time::NEVER
            && self.counted((view.revoked - Time::ZERO).as_secs_f64());
        let state = RecordState { held: view.record_in_run(), stale: view.stale(), live: view.live(), exposed };
        self.records.set(peer.get(), at, state);
    }
}

impl Witness for Simulated {
    fn fact(&mut self, now: Time, fact: Fact) {
        let Fact::Observed(observation) = fact else { return };
        let at = (now - Time::ZERO).as_secs_f64();
        match observation {
            Observation::AttemptEnded(end) if end.counted => {
                let wait = if end.connected { (now - end.first_sent).as_secs_f64() } else { f64::INFINITY };
                let create = (end.kind == AttemptKind::First).then(|| end.create_time.as_secs_f64());
                self.seen.attempts.push(Attempt { create, wait, stale: end.connected && end.stale });
            }
            Observation::CreateFailed { .. } if self.counted(at) => self.seen.create_failed += 1,
            Observation::VersionCommitted { .. } if self.counted(at) => self.seen.versions += 1,
            Observation::PeerRevoked { installed, .. } if self.counted(at) => {
                self.seen.revocations += 1;
                self.seen.versions -= u64::from(!installed);
            }
            Observation::VersionPropagated { committed, .. }
                if self.counted((committed - Time::ZERO).as_secs_f64()) =>
            {
                self.seen.propagations.push((now - committed).as_secs_f64());
            }
            Observation::PeerChanged { peer, after, .. } => self.peer_changed(peer, at, &after),
            // Which gateway asks is not reported. Only their sum counts.
            Observation::RequestArrived { kind: RequestKind::Watch, .. } if self.counted(at) => {
                self.seen.streams[0].watches += 1.0;
            }
            Observation::RequestArrived { kind: RequestKind::Relist, .. } if self.counted(at) => {
                self.seen.streams[0].lists += 1.0;
            }
            Observation::StreamOpened { gateway } => self.opened[gateway.index()] = Some(at),
            Observation::StreamEnded { gateway, .. } => self.stream_ended(gateway.index(), at),
            _ => {}
        }
    }
}

impl Seen {
    /// What is seen of one simulated run.
    pub(crate) fn simulate(scenario: &Scenario, key: RunKey) -> Self {
        let span = span(scenario);
        let gateways = scenario.gateways.count as usize;
        let seen = Self::of_gateways(gateways);
        let mut simulated = Simulated { seen, records: Records::new(span), span, opened: vec![None; gateways] };
        replay(scenario, key, &mut simulated);
        for gateway in 0..gateways {
            simulated.stream_ended(gateway, span.1);
        }
        simulated.seen.of_run(simulated.records)
    }

    /// Nothing yet of a run with so many gateways.
    pub(crate) fn of_gateways(gateways: usize) -> Self {
        Self { streams: vec![StreamTimes::default(); gateways], runs: 1, ..Self::default() }
    }

    /// The same run with its peers' records.
    pub(crate) fn of_run(self, records: Records) -> Self {
        Self { records: records.finish(), ..self }
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.attempts.extend(&other.attempts);
        self.create_failed += other.create_failed;
        self.versions += other.versions;
        self.propagations.extend(&other.propagations);
        self.revocations += other.revocations;
        self.records.extend(&other.records);
        self.streams.extend(&other.streams);
        self.runs += other.runs;
    }

    /// All waits in order, s.
    pub(crate) fn waits(&self) -> Vec<f64> {
        sorted(self.attempts.iter().map(|attempt| attempt.wait))
    }

    /// The times from commit to install of all versions in order, s; infinite: none arrived. Empty where neither peers change
    /// nor gateways watch.
    pub(crate) fn propagations(&self, scenario: &Scenario) -> Vec<f64> {
        if !changes(scenario) && scenario.strategy.watch.is_none() {
            return Vec::new();
        }
        let mut times = sorted(self.propagations.iter().copied());
        times.resize(usize::try_from(self.versions).expect("few").max(times.len()), f64::INFINITY);
        times
    }

    /// Everything that can be measured of an experiment's runs; empty if there are no attempts.
    pub(crate) fn measures(&self, scenario: &Scenario) -> Vec<Measured> {
        if self.attempts.is_empty() {
            return Vec::new();
        }
        let [stall_after, late_after] =
            [scenario.stall_after, scenario.late_after].map(|after| length(after).as_secs_f64());
        let mut measures = self.of_attempts(stall_after, late_after);
        let watches = scenario.strategy.watch.is_some();
        if changes(scenario) || watches {
            measures.extend(self.of_versions());
        }
        if changes(scenario) {
            measures.extend(self.of_staleness());
        }
        if watches {
            measures.extend(self.of_streams(span(scenario)));
        }
        measures
    }

    fn of_attempts(&self, stall_after: f64, late_after: f64) -> Vec<Measured> {
        let waits = self.waits();
        let totals = sorted(self.attempts.iter().map(|attempt| attempt.create.unwrap_or(0.0) + attempt.wait));
        let waiting = |holds: &dyn Fn(f64) -> bool| waits.iter().filter(|wait| holds(**wait)).count();
        let failed = usize::try_from(self.create_failed).expect("few");
        let late = totals.iter().filter(|total| **total > late_after).count() + failed;
        let creates: Vec<f64> = self.attempts.iter().filter_map(|attempt| attempt.create).collect();
        let mut measures = vec![
            share("stall_rate", waiting(&|wait| wait > stall_after), waits.len()),
            share("failure_rate", waiting(&f64::is_infinite), waits.len()),
            share("late_rate", late, waits.len() + failed),
            quantile("handshake_wait_p50_s", &waits, 0.5),
            quantile("handshake_wait_p90_s", &waits, 0.9),
            quantile("handshake_wait_p99_s", &waits, 0.99),
            quantile("time_to_connect_p50_s", &totals, 0.5),
        ];
        if !creates.is_empty() {
            measures.push(mean("create_time_mean_s", &creates, Unit::Seconds, 0.0));
        }
        measures
    }

    fn of_versions(&self) -> Vec<Measured> {
        let times = sorted(self.propagations.iter().copied());
        let versions = usize::try_from(self.versions).expect("few");
        let mut measures = Vec::new();
        if !times.is_empty() {
            measures.push(quantile("propagation_p50_s", &times, 0.5));
            measures.push(quantile("propagation_p99_s", &times, 0.99));
            measures.push(share("unpropagated_fraction", versions.saturating_sub(times.len()), versions));
        }
        let missing = self.records.iter().map(|times| (times.missing, times.live));
        measures.push(ratio("missing_fraction", missing, Unit::TimeShare));
        measures
    }

    fn of_staleness(&self) -> Vec<Measured> {
        let connected = self.attempts.iter().filter(|attempt| attempt.wait.is_finite()).count();
        let stale = self.attempts.iter().filter(|attempt| attempt.stale).count();
        let mut measures = vec![
            ratio("stale_fraction", self.records.iter().map(|times| (times.stale, times.held)), Unit::TimeShare),
            share("stale_connect_fraction", stale, connected),
        ];
        if self.revocations > 0 {
            // Peers that were revoked without a record count, with nothing.
            let mut exposed: Vec<f64> =
                self.records.iter().map(|times| times.exposed).filter(|exposed| *exposed > 0.0).collect();
            exposed.resize(usize::try_from(self.revocations).expect("few").max(exposed.len()), 0.0);
            measures.push(mean("revoked_exposure_mean_s", &exposed, Unit::Seconds, 0.0));
        }
        measures
    }

    fn of_streams(&self, (start, end): (f64, f64)) -> Vec<Measured> {
        let in_a_run = self.streams.len() as f64 / f64::from(self.runs);
        let count = |name, of: &dyn Fn(&StreamTimes) -> f64| {
            let counts: Vec<f64> = self.streams.iter().map(|stream| of(stream) * in_a_run).collect();
            // Counts of gateways are whole numbers: their variance is at least that of rounding.
            mean(name, &counts, Unit::Count, in_a_run * in_a_run / 12.0)
        };
        let down = self.streams.iter().map(|stream| (end - start - stream.open, end - start));
        vec![
            count("api_watches", &|stream| stream.watches),
            count("relists", &|stream| stream.lists),
            ratio("stream_down_fraction", down, Unit::TimeShare),
        ]
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// A share of independent things, with Wilson's interval. A limit at 0 or 1 is exact: the formula rounds there.
fn share(name: &'static str, found: usize, of: usize) -> Measured {
    let of = of.max(1);
    let (low, high) = stats::proportion::wilson(found as f64, of as f64, Z);
    let low = if found == 0 { 0.0 } else { low };
    let high = if found == of { 1.0 } else { high };
    Measured { name, value: found as f64 / of as f64, low, high, unit: Unit::Share }
}

/// The factor of a standard error in an interval of 99.9 % from so many independent values.
fn factor(values: usize) -> f64 {
    stats::Student::new(0.999).quantile((values as f64 - 1.0).max(1.0))
}

/// A mean of independent values, whose variance is at least `floor`.
fn mean(name: &'static str, values: &[f64], unit: Unit, floor: f64) -> Measured {
    let (mean, variance) = stats::mean::moments(values);
    let half = factor(values.len()) * (variance.max(floor) / values.len() as f64).sqrt();
    Measured { name, value: mean, low: (mean - half).max(0.0), high: mean + half, unit }
}

/// A sum over a sum. Each pair of parts is of an independent peer or gateway.
fn ratio(name: &'static str, parts: impl Iterator<Item = (f64, f64)> + Clone, unit: Unit) -> Measured {
    let (above, below) = parts.clone().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    let value = if below > 0.0 { above / below } else { 0.0 };
    let squares: f64 = parts.clone().map(|(above, below)| (above - value * below).powi(2)).sum();
    let half = if below > 0.0 { factor(parts.count()) * squares.sqrt() / below } else { 0.0 };
    Measured { name, value, low: (value - half).max(0.0), high: (value + half).min(1.0), unit }
}

/// A quantile of sorted values, with the interval of its order statistics.
fn quantile(name: &'static str, sorted: &[f64], p: f64) -> Measured {
    let n = sorted.len() as f64;
    let half = Z * (n * p * (1.0 - p)).sqrt();
    let at = |place: f64| sorted[(place.max(1.0) as usize).min(sorted.len()) - 1];
    let (low, high) = (at((n * p - half).floor()), at((n * p + half).ceil() + 1.0));
    Measured { name, value: at((n * p).ceil()), low, high, unit: Unit::Seconds }
}

/// Whether a prediction lies in the interval itself.
pub(crate) fn is_inside(measured: &Measured, predicted: f64) -> bool {
    // Rounding.
    let slack = 1e-9;
    let both_never = measured.high.is_infinite() && predicted.is_infinite();
    both_never || (measured.low - slack <= predicted && predicted <= measured.high + slack)
}

/// Whether a prediction lies in the interval, widened by the margin of its unit.
pub(crate) fn agrees(measured: &Measured, predicted: f64) -> bool {
    let part = measured.value * 0.05;
    let margin = match measured.unit {
        Unit::Share => 0.01,
        // 0.2 points, or 2 ms.
        Unit::TimeShare | Unit::Seconds => part.max(0.002),
        Unit::Count => part,
    };
    let both_never = measured.high.is_infinite() && predicted.is_infinite();
    both_never || (measured.low - margin <= predicted && predicted <= measured.high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(waits: impl IntoIterator<Item = f64>) -> Seen {
        let attempts = waits.into_iter().map(|wait| Attempt { create: Some(0.1), wait, stale: false }).collect();
        Seen { attempts, runs: 1, ..Seen::default() }
    }

    fn find(measures: &[Measured], name: &str) -> Measured {
        *measures.iter().find(|measured| measured.name == name).expect("a measure")
    }

    #[test]
    fn shares_and_quantiles_of_known_waits_are_right() {
        let waits = (1..=1000).map(|n| if n > 970 { f64::INFINITY } else { f64::from(n) / 1000.0 });
        let measures = seen(waits).of_attempts(5.0, 10.0);
        assert!((find(&measures, "stall_rate").value - 0.03).abs() < 1e-12);
        assert!((find(&measures, "failure_rate").value - 0.03).abs() < 1e-12);
        assert!((find(&measures, "late_rate").value - 0.03).abs() < 1e-12);
        let median = find(&measures, "handshake_wait_p50_s");
        assert!(median.low < 0.5 && 0.5 < median.high && (median.value - 0.5).abs() < 1e-12);
        assert!((find(&measures, "create_time_mean_s").value - 0.1).abs() < 1e-12);
    }

    #[test]
    fn the_interval_of_none_begins_at_0_and_that_of_all_ends_at_1() {
        for of in 1..6000 {
            assert_eq!(share("stall_rate", 0, of).low.to_bits(), 0.0_f64.to_bits(), "of {of}");
            assert_eq!(share("stall_rate", of, of).high.to_bits(), 1.0_f64.to_bits(), "of {of}");
        }
    }

    #[test]
    fn a_prediction_far_outside_the_interval_disagrees() {
        let measures = seen((0..1000).map(|n| if n < 30 { 6.0 } else { 0.04 })).of_attempts(5.0, 10.0);
        let stalls = find(&measures, "stall_rate");
        assert!(agrees(&stalls, 0.03) && agrees(&stalls, 0.04) && !agrees(&stalls, 0.12) && !agrees(&stalls, 0.0));
        let median = find(&measures, "handshake_wait_p50_s");
        assert!(agrees(&median, 0.041) && !agrees(&median, 0.05));
        assert!(is_inside(&median, 0.04) && !is_inside(&median, 0.041));
    }

    #[test]
    fn failed_creates_are_late_and_do_not_wait() {
        let mut seen = seen((0..99).map(|_| 0.04));
        seen.create_failed = 1;
        let measures = seen.of_attempts(5.0, 10.0);
        assert!((find(&measures, "late_rate").value - 0.01).abs() < 1e-12);
        assert_eq!(find(&measures, "stall_rate").value.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn records_count_in_the_span_alone() {
        let mut records = Records::new((10.0, 20.0));
        let held = RecordState { held: true, live: true, ..RecordState::default() };
        records.set(0, 5.0, RecordState { live: true, ..RecordState::default() });
        records.set(0, 12.0, held);
        records.set(0, 15.0, RecordState { stale: true, ..held });
        records.set(0, 16.0, held);
        records.set(0, 30.0, RecordState::default());
        let [times] = records.finish()[..] else { panic!("one peer") };
        let all = [times.held, times.stale, times.live, times.missing, times.exposed];
        assert_eq!(all.map(|time| format!("{time}")), ["8", "1", "10", "2", "0"]);
    }

    #[test]
    fn a_ratio_of_equal_peers_is_exact_and_of_unequal_ones_is_not() {
        let same = ratio("stale_fraction", [(1.0, 4.0); 50].into_iter(), Unit::TimeShare);
        assert!((same.value - 0.25).abs() < 1e-12 && same.high - same.low < 1e-9);
        let mixed = ratio("stale_fraction", (0..50).map(|n| (f64::from(n % 2), 4.0)), Unit::TimeShare);
        assert!((mixed.value - 0.125).abs() < 1e-12 && mixed.low < 0.08 && mixed.high > 0.17);
    }
}
