//! `pushpull select`: the best strategies, and the best values of their keys.

use super::args::question::SelectArgs;
use super::{Outcome, decide};
use crate::decide::Question;
use crate::decide::select::{SelectRequest, read};
use crate::plan::Overrides;

/// Answers the question that `args` ask.
pub(super) fn main(args: &SelectArgs) -> Outcome {
    let overrides = Overrides { strategies: args.strategy.clone(), ..args.question.overrides() };
    let asked = SelectRequest {
        best: args.best.clone(),
        and: args.and.clone(),
        subject_to: args.subject_to.clone(),
        within: args.within.clone(),
        confidence: args.confidence,
        budget: args.question.budget,
    };
    let (plan, question) = read(&args.file, &overrides, &asked)?;
    decide::main(&plan, &Question::Select(question), &args.question)
}
