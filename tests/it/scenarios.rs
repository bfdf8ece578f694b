//! Scenarios: a plain one, and random ones, each named by a number.

use des::{Distribution, Duration, RunKey, Sequence, Time};
use pushpull::model::{
    Api, Arrivals, Burst, Bus, BusEffect, Clients, Evict, Exhausted, Fault, FetchSource, GatewayScope, Gateways,
    Handshake, Http, Inflight, PacketPath, Peak, Pull, PullAnswer, PullTransport, Push, PushTransport, RateLimit,
    Reconcile, Replica, Retry, RetryTimer, Scenario, Schedule, Stale, Strategy, Target, TraceArrival, Wait, Watch,
};

/// A duration in milliseconds.
pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A constant distribution in milliseconds.
pub(crate) fn always(millis: u64) -> Distribution {
    Distribution::Constant(ms(millis))
}

/// Sendings in all, base and cap of the backoff in milliseconds.
pub(crate) fn retry(attempts: u32, backoff: u64, backoff_max: u64) -> Retry {
    Retry { attempts, backoff: ms(backoff), backoff_max: ms(backoff_max) }
}

/// A single push by core message, without an acknowledgement.
pub(crate) fn core_push() -> Push {
    Push {
        transport: PushTransport::Core(retry(1, 250, 10_000)),
        wait: Wait::None,
        timeout: always(1_000),
        exhausted: Exhausted::Error,
        refresh_every: None,
        removals: true,
    }
}

/// A pull from the API over HTTP.
pub(crate) fn http_pull(answer: PullAnswer) -> Pull {
    Pull {
        transport: PullTransport::Http,
        source: FetchSource::Primary,
        retry: retry(3, 100, 5_000),
        timeout: ms(5_000),
        identify: Distribution::Constant(Duration::from_micros(200)),
        answer,
        negative_ttl: ms(5_000),
        rate_limit: None,
        concurrency: 0,
        ttl: None,
        stale: Stale::Serve,
        invalidate: false,
    }
}

/// The strategy that only pushes.
pub(crate) fn pushing(push: Push) -> Strategy {
    Strategy { push: Some(push), persists: true, ..Strategy::default() }
}

/// The strategy that only pulls.
pub(crate) fn pulling(pull: Pull) -> Strategy {
    Strategy { pull: Some(pull), ..Strategy::default() }
}

/// Streams with a lifetime of a minute, and an API that keeps all changes and loses none.
pub(crate) fn plain_watch() -> Watch {
    Watch {
        lifetime: Some(always(60_000)),
        history: None,
        forgets: false,
        keepalive: None,
        timeout: ms(5_000),
        backoff: ms(800),
        backoff_max: ms(30_000),
        reset_after: Some(ms(120_000)),
    }
}

/// The strategy that only watches.
pub(crate) fn watching(watch: Watch) -> Strategy {
    Strategy { watch: Some(watch), ..Strategy::default() }
}

/// Two peers a second on four gateways for five minutes; no losses, no scarce resources, constant delays.
pub(crate) fn plain(strategy: Strategy) -> Scenario {
    Scenario {
        horizon: ms(300_000),
        warmup: ms(30_000),
        stall_after: ms(5_000),
        late_after: ms(5_000),
        recovery_window: ms(60_000),
        bin: None,
        events_max: 10_000_000,
        clients: Clients {
            arrivals: Arrivals::poisson(2.0, None),
            session: Distribution::exponential(60.0),
            return_probability: 0.3,
            return_after: Distribution::exponential(60.0),
            update_every: None,
            revoke_after: None,
            existing: 0,
            existing_gateways: GatewayScope::All,
            devices: 0,
            device_first: always(0),
            strangers: 0.0,
            create_timeout: ms(10_000),
            create_attempts: 3,
            handshake: Handshake {
                retry: RetryTimer::alike(always(5_000), ms(333), 20),
                traffic_every: Duration::ZERO,
                rekey_after: ms(120_000),
                reject_after: ms(180_000),
                dead_after: ms(15_000),
                dead_jitter: ms(333),
                patience: None,
            },
        },
        path: PacketPath { delay: always(20), loss: 0.0, setup: always(0) },
        api: Api {
            workers: 8,
            queue_limit: 1_000,
            create_service: always(20),
            fetch_service: always(5),
            list_service: always(20),
            list_entry_service: Duration::from_micros(10),
            client_delay: always(40),
        },
        http: Http { delay: always(40), failure: 0.0, setup_rtts: 0 },
        bus: Bus { delay: always(40), loss: 0.0, burst: None, pending_limit: 500_000, no_responders: false },
        gateways: Gateways {
            count: 4,
            install: always(1),
            install_per_peer: Duration::ZERO,
            remove: always(10),
            reload_per_peer: Duration::from_micros(100),
            handshake_limit: 0,
        },
        replica: Replica { service: always(1), sync_every: ms(1_000), transfer: always(500) },
        faults: Vec::new(),
        strategy,
        rare: None,
    }
}

/// Draws the parts of a random scenario.
struct Dice(Sequence);

impl Dice {
    fn uniform(&mut self) -> f64 {
        self.0.uniform()
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
    fn below(&mut self, bound: u32) -> u32 {
        (self.uniform() * f64::from(bound)) as u32
    }

    /// One of these values.
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        let index = self.below(u32::try_from(of.len()).expect("a short list"));
        of[index as usize].clone()
    }

    fn maybe<T>(&mut self, probability: f64, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(probability).then(|| make(self))
    }

    /// A probability; 0 and 1 are common.
    fn probability(&mut self) -> f64 {
        match self.below(8) {
            0..=2 => 0.0,
            3 => 1.0,
            4 => self.uniform(),
            _ => self.uniform() * 0.2,
        }
    }

    /// Milliseconds up to `max`, spread over the decades, sometimes zero.
    fn span(&mut self, max: u64) -> Duration {
        if self.chance(0.1) {
            return Duration::ZERO;
        }
        Duration::from_secs_f64(max as f64 / 1e3 * libm::exp(-6.0 * self.uniform()))
    }

    /// Like [`Self::span`], never zero.
    fn positive_span(&mut self, max: u64) -> Duration {
        self.span(max) + Duration::from_micros(1_000)
    }

    /// A distribution of a duration with values up to about `max` milliseconds, except for a tail.
    fn distribution(&mut self, max: u64) -> Distribution {
        let typical = self.span(max);
        let seconds = typical.as_secs_f64().max(1e-6);
        match self.below(6) {
            0 | 1 => Distribution::Constant(typical),
            2 => Distribution::Uniform { low: 0.0, high: seconds },
            3 => Distribution::exponential(seconds / 3.0),
            4 => Distribution::lognormal(seconds / 5.0, seconds),
            _ => Distribution::Empirical([0.0, seconds / 2.0, seconds].into()),
        }
    }

    fn retry(&mut self) -> Retry {
        Retry { attempts: self.one(&[1, 1, 2, 3, 7]), backoff: self.span(1_000), backoff_max: self.span(5_000) }
    }

    fn scope(&mut self, gateways: u32) -> GatewayScope {
        match self.below(3) {
            0 => GatewayScope::All,
            1 => GatewayScope::Fraction(self.uniform()),
            _ => GatewayScope::List(vec![self.below(gateways)]),
        }
    }

    fn fault(&mut self, horizon: u64, gateways: u32) -> Fault {
        let target = self.one(&[
            Target::Api(Inflight::Lost),
            Target::Api(Inflight::Reset),
            Target::Http,
            Target::Http,
            Target::Bus(BusEffect::Drop),
            Target::Bus(BusEffect::Delay),
            Target::Path,
            Target::Gateway,
            Target::Gateway,
        ]);
        let schedule = if self.chance(0.6) {
            Schedule::At(Duration::from_secs_f64(horizon as f64 / 1e3 * self.uniform()))
        } else {
            Schedule::Every(Distribution::exponential(horizon as f64 / 1e3 / 5.0))
        };
        Fault { target, schedule, length: self.distribution(horizon / 5), gateways: self.scope(gateways) }
    }

    fn push(&mut self) -> Push {
        let transport = match self.below(5) {
            0 | 1 => PushTransport::Core(self.retry()),
            2 => PushTransport::Http(self.retry()),
            _ => {
                // Unlimited redelivery within milliseconds would overload a slow installer for ever.
                let waits = (0..=self.below(3)).map(|_| self.span(20_000) + ms(1_000)).collect();
                PushTransport::Jetstream { waits, max_deliver: self.one(&[0, 0, 1, 2, 5]) }
            }
        };
        Push {
            transport,
            wait: self.one(&[Wait::None, Wait::Ack]),
            timeout: self.distribution(5_000),
            exhausted: self.one(&[Exhausted::Reply, Exhausted::Error]),
            refresh_every: self.maybe(0.3, |dice| {
                let least = 3.0 + 30.0 * dice.uniform();
                dice.one(&[
                    Distribution::Uniform { low: least, high: 2.0 * least },
                    Distribution::exponential(least),
                    always(5_000),
                ])
            }),
            removals: self.chance(0.8),
        }
    }

    fn pull(&mut self) -> Pull {
        Pull {
            transport: self.one(&[PullTransport::Http, PullTransport::Bus]),
            source: self.one(&[
                FetchSource::Primary,
                FetchSource::Primary,
                FetchSource::Replica { fallback: true },
                FetchSource::Replica { fallback: false },
            ]),
            retry: self.retry(),
            timeout: self.positive_span(5_000),
            identify: self.distribution(10),
            answer: self.one(&[PullAnswer::Retry, PullAnswer::Initiate, PullAnswer::Inline]),
            negative_ttl: self.span(30_000),
            rate_limit: self
                .maybe(0.3, |dice| RateLimit { rate: 0.1 + 10.0 * dice.uniform(), burst: 1 + dice.below(10) }),
            concurrency: self.one(&[0, 0, 1, 2]),
            ttl: self.maybe(0.4, |dice| dice.positive_span(60_000)),
            stale: self.one(&[Stale::Serve, Stale::Block]),
            invalidate: self.chance(0.4),
        }
    }

    /// A watch; each key is sometimes too large to have an effect.
    fn watch(&mut self, horizon: u64) -> Watch {
        Watch {
            lifetime: self.maybe(0.8, |dice| {
                let typical = 0.5 + horizon as f64 / 1e3 * dice.uniform();
                dice.one(&[
                    Distribution::Uniform { low: typical / 2.0, high: typical },
                    Distribution::exponential(typical),
                    Distribution::Constant(Duration::from_secs_f64(typical)),
                ])
            }),
            history: self.maybe(0.7, |dice| dice.positive_span(horizon)),
            forgets: self.chance(0.6),
            keepalive: self.maybe(0.7, |dice| dice.positive_span(horizon / 10)),
            timeout: self.positive_span(10_000) + ms(20),
            // Never zero: a rejected gateway would ask again at once, for ever.
            backoff: self.span(2_000) + ms(10),
            backoff_max: self.span(10_000) + ms(10),
            reset_after: self.maybe(0.7, |dice| dice.span(horizon / 4)),
        }
    }

    fn strategy(&mut self, horizon: u64) -> Strategy {
        let kind = self.below(10);
        let push = (kind < 4).then(|| self.push());
        let pull = (3..7).contains(&kind).then(|| self.pull());
        let reconcile = (kind == 7 || self.chance(0.2)).then(|| Reconcile {
            every: self.positive_span(30_000) + ms(300),
            timeout: self.positive_span(10_000),
            attempts: 1 + self.below(3),
        });
        let watch = (kind >= 8 || self.chance(0.15)).then(|| self.watch(horizon));
        Strategy {
            push,
            pull,
            reconcile,
            watch,
            evict: self.maybe(0.4, |dice| Evict {
                idle_after: dice.span(60_000),
                every: dice.positive_span(20_000) + ms(200),
            }),
            expire: self.maybe(0.25, |dice| {
                let mean = 1.0 + 30.0 * dice.uniform();
                dice.one(&[Distribution::exponential(mean), always(20_000)])
            }),
            persists: self.chance(0.5),
        }
    }

    fn arrivals(&mut self, horizon: u64, gateways: u32) -> Arrivals {
        let rate = 0.2 + 3.0 * self.uniform();
        match self.below(6) {
            0 => {
                let peak = Peak { factor: 1.0 + 3.0 * self.uniform(), period: self.positive_span(horizon) };
                Arrivals::poisson(rate, Some(peak))
            }
            1 => Arrivals::Every(Duration::from_secs_f64(1.0 / rate)),
            2 => {
                // Some at the same instant, some with a gateway of their own.
                let mut times: Vec<u64> = (0..50).map(|_| u64::from(self.below(20)) * horizon / 20).collect();
                times.sort_unstable();
                let trace = times.into_iter().map(|millis| TraceArrival {
                    at: Time::ZERO + ms(millis),
                    gateway: self.maybe(0.5, |dice| dice.below(gateways)),
                });
                Arrivals::Trace(trace.collect())
            }
            3 if self.chance(0.3) => Arrivals::poisson(0.0, None),
            _ => Arrivals::poisson(rate, None),
        }
    }

    fn retry_timer(&mut self) -> RetryTimer {
        let most = self.one(&[20, 20, 1, 2, 7]);
        let jitter = self.one(&[ms(333), Duration::ZERO]);
        match self.below(6) {
            0 => RetryTimer::linux(most),
            1 => RetryTimer::boringtun(most),
            2 => RetryTimer::alike(Distribution::exponential(2.0), jitter, most),
            3 => RetryTimer::alike(always(200), jitter, most),
            _ => RetryTimer::alike(always(5_000), jitter, most),
        }
    }

    fn clients(&mut self, horizon: u64, gateways: u32) -> Clients {
        Clients {
            arrivals: self.arrivals(horizon, gateways),
            session: self.distribution(horizon),
            return_probability: self.probability(),
            // Never zero: a client that came and went at the same instant would do so for ever.
            return_after: self.one(&[
                Distribution::exponential(3.0),
                Distribution::Uniform { low: 0.5, high: 40.0 },
                always(1_000),
            ]),
            update_every: self.maybe(0.4, |dice| {
                let mean = 1.0 + 30.0 * dice.uniform();
                dice.one(&[Distribution::exponential(mean), always(2_000)])
            }),
            revoke_after: self.maybe(0.4, |dice| dice.distribution(horizon)),
            existing: self.one(&[0, 0, 1, 7, 100]),
            existing_gateways: self.one(&[GatewayScope::All, GatewayScope::List(vec![0])]),
            devices: self.one(&[0, 0, 0, 1, 30, 200]),
            device_first: self.distribution(horizon * 2),
            strangers: self.one(&[0.0, 0.0, 0.3, 2.0]),
            create_timeout: self.positive_span(10_000),
            create_attempts: 1 + self.below(4),
            handshake: Handshake {
                retry: self.retry_timer(),
                traffic_every: self.one(&[Duration::ZERO, Duration::ZERO, ms(1), ms(2_500), ms(60_000)]),
                rekey_after: self.one(&[ms(120_000), ms(10_000), ms(300), Duration::MAX]),
                reject_after: self.one(&[ms(180_000), ms(25_000), ms(700), Duration::MAX]),
                dead_after: self.span(20_000),
                dead_jitter: self.one(&[ms(333), Duration::ZERO]),
                patience: self.maybe(0.3, |dice| dice.positive_span(40_000)),
            },
        }
    }
}

/// The random scenario of this number.
pub(crate) fn random(number: u32) -> Scenario {
    let mut dice = Dice(Sequence::new(RunKey { seed: 0xc0_15e7, replication: number }, 1, 0));
    let horizon = dice.one(&[20_000_u64, 60_000, 200_000]);
    let count = dice.one(&[1, 2, 5, 20]);
    let strategy = dice.strategy(horizon);
    Scenario {
        horizon: ms(horizon),
        warmup: ms(dice.one(&[0, horizon / 10, horizon / 2, horizon - 1])),
        stall_after: dice.one(&[ms(5_000), ms(5_000), ms(50), Duration::ZERO]),
        late_after: dice.one(&[ms(5_000), ms(50), Duration::ZERO]),
        recovery_window: dice.positive_span(60_000),
        bin: dice.maybe(0.5, |dice| dice.positive_span(horizon) + ms(100)),
        events_max: 5_000_000,
        clients: dice.clients(horizon, count),
        path: PacketPath {
            delay: dice.distribution(500),
            loss: dice.probability() * 0.5,
            setup: dice.distribution(500),
        },
        api: Api {
            workers: 1 + dice.below(4),
            queue_limit: dice.one(&[0, 1, 10, 1_000]),
            create_service: dice.distribution(2_000),
            fetch_service: dice.distribution(1_000),
            list_service: dice.distribution(1_000),
            list_entry_service: dice.span(10),
            client_delay: dice.distribution(300),
        },
        http: Http { delay: dice.distribution(300), failure: dice.probability(), setup_rtts: dice.below(4) },
        bus: Bus {
            delay: dice.distribution(1_000),
            loss: dice.probability(),
            burst: dice.maybe(0.3, |dice| Burst {
                good: dice.positive_span(60_000),
                bad: dice.positive_span(20_000),
                loss: dice.probability(),
            }),
            pending_limit: dice.one(&[0, 1, 4, 500_000]),
            no_responders: dice.chance(0.5),
        },
        gateways: Gateways {
            count,
            install: dice.distribution(1_000),
            install_per_peer: dice.span(5),
            remove: dice.distribution(500),
            reload_per_peer: dice.span(1_000),
            handshake_limit: dice.one(&[0, 0, 1, 5, 50]),
        },
        replica: Replica {
            service: dice.distribution(100),
            sync_every: dice.positive_span(10_000) + ms(50),
            transfer: dice.distribution(5_000),
        },
        faults: (0..dice.one(&[0, 0, 1, 2, 4])).map(|_| dice.fault(horizon, count)).collect(),
        rare: None,
        strategy,
    }
}
