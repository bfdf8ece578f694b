//! Cost of single parts of the engine: `cargo bench --bench parts` in `benches/micro` gives nanoseconds; with `--
//! --test`, it only checks that they run.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use des::{Draws, Duration, EventQueue, Distribution, RunKey, Sequence, Time};

const KEY: RunKey = RunKey { seed: 1, replication: 0 };

/// Hold model: the first of N events is taken and pushed back an exponential time (mean 1 s) later.
fn queue(criterion: &mut Criterion) {
    let (draws, gap) = (Draws::new(KEY, 1), Distribution::exponential(1.0));
    let gaps: Vec<Duration> = (0..1 << 16).map(|instance| draws.duration(instance, 0, &gap)).collect();
    let mut gaps = gaps.into_iter().cycle();
    let mut next = move || gaps.next().expect("a cycle has no end");
    let mut group = criterion.benchmark_group("queue/hold");
    group.throughput(Throughput::Elements(1));
    for pending in [1_000_u64, 100_000, 1_000_000] {
        let mut queue = EventQueue::new();
        for event in 0..pending {
            queue.push(Time::ZERO + next(), event);
        }
        let mut hold = || {
            let (now, event) = queue.pop().expect("as many as before");
            queue.push(now + next(), event);
            event
        };
        // Warm up to the steady state.
        for _ in 0..3 * pending {
            hold();
        }
        group.bench_function(BenchmarkId::from_parameter(pending), |bencher| bencher.iter(&mut hold));
    }
}

fn draws(criterion: &mut Criterion) {
    let draws = Draws::new(KEY, 1);
    let mut sequence = Sequence::new(KEY, 1, 0);
    let mut peer = 0_u32;
    let mut next = move || {
        peer = peer.wrapping_add(1);
        peer
    };
    let mut group = criterion.benchmark_group("draw");
    group.throughput(Throughput::Elements(1));
    group.bench_function("key", |bencher| bencher.iter(|| Draws::new(KEY, next())));
    group.bench_function("bits", |bencher| bencher.iter(|| draws.bits(next(), 0)));
    group.bench_function("unit", |bencher| bencher.iter(|| draws.uniform(next(), 0)));
    group.bench_function("unit, sequence", |bencher| bencher.iter(|| sequence.uniform()));
    let distributions = [
        ("uniform", Distribution::Uniform { low: 0.040, high: 0.115 }),
        ("exponential", Distribution::exponential(0.020)),
        ("lognormal", Distribution::lognormal(0.020, 0.100)),
        ("pareto", Distribution::pareto(0.020, 1.5)),
        ("empirical", Distribution::Empirical((0..1000).map(|n| f64::from(n * n) * 1e-6).collect())),
    ];
    for (name, distribution) in distributions {
        group.bench_function(name, |bencher| bencher.iter(|| draws.duration(next(), 0, black_box(&distribution))));
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    queue(&mut criterion);
    draws(&mut criterion);
    criterion.final_summary();
}
