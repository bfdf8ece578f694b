//! Code shared by all engines: generator, distributions, workloads and answers, so that only the engine differs.
//!
//! * **hold**: N items, each of which waits an exponential time (mean 1 s), again and again;
//! * **mm1**: one server, load 0.8, service mean 1 s; the mean wait is ρ/(1 − ρ) = 4 s;
//! * **push**: clients arrive at 1000/s; the API takes lognormal(80 ms, σ 0.5); the config is lost with probability
//!   0.01 or arrives lognormal(15 ms, σ 0.8) later; the client's initiation arrives lognormal(40 ms, σ 0.4) after the
//!   API's reply and, unanswered, again each 5 s, 18 times in all. An answer takes lognormal(40 ms, σ 0.4) back.
//!   P(stall) = p + (1 − p)·P(config later than initiation) = 0.01 + 0.99·Φ(−ln(40/15)/√(0.8² + 0.4²)) = 0.1450.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Initiations of a client.
pub const TRIES: u8 = 18;
/// Time between two initiations, s.
pub const RETRY: f64 = 5.0;
/// Clients per second.
pub const RATE: f64 = 1000.0;
/// Load of the single server.
pub const LOAD: f64 = 0.8;

/// The task of a command line.
pub struct Task {
    pub workload: String,
    /// Events (hold), customers (mm1) or clients (push).
    pub size: u64,
    /// Number of pending items (hold).
    pub pending: u64,
    pub seed: u64,
}

impl Task {
    /// `PROGRAM hold|mm1|push SIZE [PENDING] [SEED]`
    pub fn from_arguments() -> Self {
        let mut arguments = std::env::args().skip(1);
        let workload = arguments.next().expect("a workload: hold, mm1 or push");
        let mut number = |default| arguments.next().map_or(default, |text| text.parse().expect("a number"));
        Self { workload, size: number(100_000), pending: number(1000), seed: number(1) }
    }
}

/// The draws.
pub struct Draws(Xoshiro256PlusPlus);

impl Default for Draws {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Draws {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub fn exponential(&mut self, mean: f64) -> f64 {
        let unit: f64 = Exp1.sample(&mut self.0);
        unit * mean
    }

    fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        let normal: f64 = StandardNormal.sample(&mut self.0);
        median * (sigma * normal).exp()
    }

    pub fn api(&mut self) -> f64 {
        self.lognormal(0.080, 0.5)
    }

    pub fn bus(&mut self) -> f64 {
        self.lognormal(0.015, 0.8)
    }

    pub fn path(&mut self) -> f64 {
        self.lognormal(0.040, 0.4)
    }

    pub fn lost(&mut self) -> bool {
        self.0.random::<f64>() < 0.01
    }
}

/// Seconds as nanoseconds.
pub fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9 + 0.5) as u64
}

/// The answer of a workload: a number with a known theoretical value.
#[derive(Default)]
pub struct Answer {
    pub count: u64,
    pub sum: f64,
    pub stalled: u64,
    pub failed: u64,
}

impl Answer {
    /// A client connected `wait` seconds after its first initiation.
    pub fn connected(&mut self, wait: f64) {
        self.count += 1;
        self.sum += wait;
        self.stalled += u64::from(wait > RETRY);
    }

    pub fn failed(&mut self) {
        self.failed += 1;
        self.stalled += 1;
    }

    /// `mean stall_rate`, or the mean alone.
    pub fn print(&self, task: &Task) {
        let mean = self.sum / self.count as f64;
        match task.workload.as_str() {
            "push" => println!("{mean} {}", self.stalled as f64 / (self.count + self.failed) as f64),
            _ => println!("{mean}"),
        }
    }
}
