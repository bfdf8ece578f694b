//! `pushpull sensitivity`: the uncertain keys on which a measure and the choice of a strategy depend.

use super::args::question::SensitivityArgs;
use super::{Outcome, decide};
use crate::decide::Question;
use crate::decide::sensitivity::{Depth, SensitivityRequest, read};
use crate::plan::Overrides;

/// Answers the question that `args` ask.
pub(super) fn main(args: &SensitivityArgs) -> Outcome {
    let depth = match (args.tornado, args.indices) {
        (true, _) => Depth::Tornado,
        (false, true) => Depth::Indices,
        (false, false) => Depth::Screen,
    };
    let asked = SensitivityRequest {
        measure: args.measure.clone(),
        against: args.against.clone(),
        depth,
        rows: args.rows,
        precision: args.precision,
        budget: args.question.budget,
    };
    let overrides = Overrides { strategies: args.strategy.clone(), ..args.question.overrides_at(args.confidence) };
    let (plan, question) = read(&args.file, &overrides, &asked)?;
    decide::main(&plan, &Question::Sensitivity(question), &args.question)
}
