//! `rare.csv`: what the checks of `[rare]` compare, with a verdict. An estimate with a difference is not shown.

use super::columns::{self, CsvLines};
use super::compare;
use crate::plan::{Group, Plan};
use crate::run::{Estimator, Row, rare_checks};
use stats::Difference;

/// The header.
pub(super) fn header(plan: &Plan) -> Vec<u8> {
    let names: Vec<&str> = ["against"].into_iter().chain(compare::COLUMNS).collect();
    columns::header(plan, &names)
}

/// A group's lines.
pub(super) fn lines(plan: &Plan, group: Group, rows: &[Row], estimator: &mut Estimator) -> Vec<u8> {
    let mut lines = CsvLines::new();
    let shared = columns::shared(plan, group);
    let checks = rare_checks(estimator, rows);
    let family: Vec<Difference> = checks.iter().map(|check| check.difference).collect();
    for (check, judged) in checks.iter().zip(compare::judge(estimator, family)) {
        lines.begin(&shared);
        lines.field(check.against.name);
        compare::write(&mut lines, &check.measure, &judged);
    }
    lines.into_bytes()
}
