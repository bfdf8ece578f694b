//! Runs: one simulated run, the runs of a plan on several threads, and forecasts of their cost.

mod catch;
mod crew;
mod double_check;
mod estimate;
mod memory;
mod month;
mod options;
mod pilot;
mod rare;
pub(crate) mod row;
mod runner;
mod warmup;

pub use catch::catching;
pub(crate) use crew::crew;
pub use double_check::{Differing, DoubleCheck, differing};
pub use estimate::Estimator;
pub use memory::{Memory, memory};
pub use month::{COUNTED, Faulty, Monthly, monthly};
pub use options::{RunOptions, Simulate};
pub use pilot::{Forecast, Pilot, forecast, mean_seconds};
pub use rare::{HITS_MIN, RareCheck, RareStanding, WEIGHT_NEAR, rare_checks};
pub use row::{Row, RunPool};
pub use runner::{Ending, RunFailure, Runner, Sink, Stored, is_precise};
pub(crate) use runner::{first_stage, next_stage};
pub use sim::{simulate, simulate_while};
pub use warmup::{Advice, NoThread, PILOTS, advise};
