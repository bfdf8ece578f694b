//! Cost of one run for each mechanism, measures included: `cargo bench --bench mechanisms` in `benches/micro` gives
//! milliseconds per run and events per second; with `-- --test`, it only checks that they run.

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use pushpull::plan::{Overrides, Plan};
use des::RunKey;
use pushpull::run::simulate;

fn main() {
    let mut criterion =
        Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3)).configure_from_args();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("mechanisms.toml");
    let plan = Plan::read(&file, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
    let key = RunKey { seed: plan.seed, replication: 0 };
    let mut group = criterion.benchmark_group("run");
    for (point, suffix) in ["", ", restart"].into_iter().enumerate() {
        for (strategy, name) in plan.strategies.iter().enumerate() {
            let scenario = plan.scenario(point, strategy);
            group.throughput(Throughput::Elements(simulate(&scenario, key).events));
            group.bench_function(format!("{name}{suffix}"), |bencher| bencher.iter(|| simulate(&scenario, key)));
        }
    }
    group.finish();
    criterion.final_summary();
}
