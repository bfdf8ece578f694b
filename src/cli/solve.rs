//! `pushpull solve`: the value of a key up to which a strategy keeps a limit, or is better than another strategy.

use super::args::question::SolveArgs;
use super::{Outcome, decide};
use crate::decide::Question;
use crate::decide::solve::{SolveRequest, read};

/// Answers the question that `args` ask.
pub(super) fn main(args: &SolveArgs) -> Outcome {
    let (plan, question) = read(&args.file, &args.question.overrides_at(args.confidence), &asked(args))?;
    decide::main(&plan, &Question::Solve(question), &args.question)
}

fn asked(args: &SolveArgs) -> SolveRequest {
    SolveRequest {
        range: args.range.clone(),
        strategy: args.strategy.clone(),
        at_most: args.at_most.clone(),
        at_least: args.at_least.clone(),
        better: args.better.clone(),
        than: args.than.clone(),
        measure: args.measure.clone(),
        precision: args.precision,
        budget: args.question.budget,
        crossing: args.crossing.map(usize::from),
    }
}
