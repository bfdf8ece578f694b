//! A measure of every strategy at one point: a row for each strategy, with its interval, and the goals as lines.

use super::caption::{bars, capital, cell, cut_bars, definition, effort, estimate, failed_creates, stem, words};
use super::goals;
use super::selection::place;
use super::sweep;
use super::{Refusal, source};
use crate::folder::reader::Reader;
use draw::figure::{Along, Axis, Entry, Figure, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// Draws the measure at `point`.
///
/// # Errors
/// If it is undefined for every strategy, or a file cannot be read.
pub(crate) fn rates(reader: &Reader, measure: &str, point: usize) -> Result<Figure, Refusal> {
    let mut rows = reader.summary(|name| name == measure)?;
    rows.retain(|row| row.group.point == point);
    if rows.iter().all(|row| row.estimate.mean.is_none()) {
        return Err(Refusal::Nothing(format!("{measure} is undefined for every strategy")));
    }
    let unit = rows.first().map_or(Unit::None, |row| Unit::of(&row.unit));
    let goals = goals::of(reader, measure);
    let x = goals::within(sweep::axis(&rows, measure, unit), &goals);
    let logarithmic = matches!(x.scale, Scale::Log | Scale::LogZero);
    let mut marks: Vec<Mark> = Vec::new();
    for goal in goals.iter().filter(|goal| goal.limit > 0.0 || !logarithmic) {
        marks.push(Mark::Rule { along: Along::X, at: goal.limit, label: format!("goal: {}", goal.limit_in_words()) });
    }
    let mut legend = Vec::new();
    let mut numbers = Numbers::new(["strategy", "n", measure, "low", "high"]);
    let mut descriptions = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let name = &reader.strategies()[row.group.strategy];
        let label = estimate(unit, &row.estimate);
        let description = format!("{name}: {label}");
        let look = Look::Series(row.group.strategy);
        if let Some(at) = sweep::place(row, index as f64, &x, description.clone()) {
            let at = Place { x: at.y, y: at.x, ..at };
            marks.push(Mark::Estimates { look, along: Along::X, path: LinePath::None, places: vec![at] });
            legend.push(Entry { look, label });
        }
        descriptions.push(description);
        let cells = [row.estimate.mean, row.estimate.low, row.estimate.high].map(cell);
        let [mean, low, high] = cells;
        numbers.push([name.clone(), row.n.to_string(), mean, low, high]);
    }
    let names = rows.iter().map(|row| reader.strategies()[row.group.strategy].clone()).collect();
    let y = Axis::categories("", names);
    let panel = Panel { title: String::new(), small: String::new(), x, y, apart: false, marks };
    let mut caption: Vec<String> = definition(reader, measure).into_iter().collect();
    caption.extend(failed_creates(reader, measure, &[point])?);
    caption.push(format!("{}. {}", effort(reader, Some(point), measure)?, bars(reader, &rows)));
    caption.extend(sweep::zeros(std::slice::from_ref(&panel)));
    caption.extend(cut_bars(std::slice::from_ref(&panel)));
    Ok(Figure {
        name: format!("{}-rates", stem(measure)),
        title: format!("{} of each strategy", capital(&words(measure))),
        subtitle: place(reader, point),
        caption: caption.join(" "),
        alternative: format!("A row for each strategy with its {}. {}.", words(measure), descriptions.join("; ")),
        source: source(reader),
        panels: vec![panel],
        legend,
        at_ends: true,
        numbers,
    })
}
