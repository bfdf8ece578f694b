//! `pushpull map`: the best strategy at each place over two keys.

use super::args::question::MapArgs;
use super::{Outcome, decide};
use crate::decide::Question;
use crate::decide::map::{MapRequest, read};
use crate::plan::Overrides;

/// Answers the question that `args` ask.
pub(super) fn main(args: &MapArgs) -> Outcome {
    let overrides = Overrides { strategies: args.strategy.clone(), ..args.question.overrides_at(args.confidence) };
    let asked = MapRequest {
        across: args.across.clone(),
        up: args.up.clone(),
        at_most: args.at_most.clone(),
        measure: args.measure.clone(),
        rows: args.rows.map(usize::from),
        depth: args.depth,
        precision: args.precision,
        budget: args.question.budget,
    };
    let (plan, question) = read(&args.file, &overrides, &asked)?;
    decide::main(&plan, &Question::Map(question), &args.question)
}
