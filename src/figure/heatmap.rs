//! A measure over two swept keys: a panel for each strategy, a cell for each point.

use super::caption::{capital, confidence, definition, effort, estimate, estimate_cells, failed_creates, stem, words};
use super::selection::beside_about;
use super::swept::{self, Swept, at, head, plain};
use super::{Refusal, Request, row, source};
use crate::folder::reader::{ReadEstimate, Reader, SummaryRow};
use draw::figure::{Axis, Entry, Figure, Look, Mark, Numbers, Panel, Unit};

/// Most panels.
const PANELS_MAX: usize = 12;

/// Steps of the colour scale that the legend shows.
const STEPS: u32 = 5;

/// Draws the measure over the two keys with the most values, at the last values of the others.
pub(super) fn figure(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let keys = swept::axes(reader);
    let [across, up, others @ ..] = keys.as_slice() else {
        return Err(Refusal::Nothing("it takes two keys that are swept independently".to_owned()));
    };
    let measure = request.measure.as_str();
    let rows = reader.summary(|name| name == measure)?;
    let unit = rows.first().map_or(Unit::None, |row| Unit::of(&row.unit));
    let all = reader.points();
    let fixed = &all[request.point.unwrap_or(all.len() - 1)];
    let alike = |point: &[String]| others.iter().all(|key| point[key.column] == fixed[key.column]);
    let points: Vec<usize> = (0..all.len()).filter(|&point| alike(&all[point])).collect();
    let shown = |row: &&SummaryRow| points.contains(&row.group.point) && row.group.strategy < PANELS_MAX;
    let Some(shades) = Shades::new(rows.iter().filter(shown)) else {
        return Err(Refusal::Nothing(format!("{measure} is nowhere above zero")));
    };
    let (x, y) = (across.cells(false), up.cells(true));
    let mut panels = Vec::new();
    for (strategy, name) in reader.strategies().iter().enumerate().take(PANELS_MAX) {
        let marks = points.iter().filter_map(|&point| {
            let row = row(&rows, point, strategy)?;
            let (look, text) = shades.cell(&row.estimate, unit);
            let description = format!("{name}, {}: {}", at(reader, point), estimate(unit, &row.estimate));
            let column = across.index(&all[point]);
            let row = up.values.len() - 1 - up.index(&all[point]);
            Some(Mark::Cell { look, column, row, text, description })
        });
        let marks = marks.collect();
        panels.push(Panel {
            title: name.clone(),
            small: String::new(),
            x: x.clone(),
            y: y.clone(),
            apart: false,
            marks,
        });
    }
    let name = words(measure);
    let mut caption: Vec<String> = definition(reader, measure).into_iter().collect();
    caption.extend(failed_creates(reader, measure, &points)?);
    caption.push(format!("{}.", effort(reader, None, measure)?));
    caption.push("Shades are logarithmic.".to_owned());
    caption.push(format!(
        "Cells without colour: none was seen, and the bound is the upper limit of the {} interval.",
        confidence(reader)
    ));
    if unit == Unit::Share {
        caption.push("Numbers in cells are percent.".to_owned());
    }
    if reader.strategies().len() > PANELS_MAX {
        caption.push(format!("{} more strategies are not shown.", reader.strategies().len() - PANELS_MAX));
    }
    let mut numbers = Numbers::new([across.key.as_str(), &up.key, "strategy", "n", measure, "low", "high"]);
    for row in rows.iter().filter(|row| points.contains(&row.group.point)) {
        let point = &all[row.group.point];
        let place = [plain(&point[across.column]), plain(&point[up.column])];
        numbers.push(place.into_iter().chain(estimate_cells(reader, row)));
    }
    let rest = head(reader, others.iter().map(|key| (key.key.as_str(), fixed[key.column].as_str())));
    let subtitle = beside_about(reader, &rest);
    Ok(Figure {
        name: format!("{}-heatmap", stem(measure)),
        title: format!("{} over {} and {}", capital(&name), across.named(), up.named()),
        subtitle,
        caption: caption.join(" "),
        alternative: alternative(reader, &rows, &points, &name, unit),
        source: source(reader),
        panels,
        legend: shades.legend(unit),
        at_ends: false,
        numbers,
    })
}

impl Swept {
    /// An axis of cells; from the bottom up, numbers grow upwards.
    fn cells(&self, upwards: bool) -> Axis {
        let mut names = self.axis_names();
        if upwards {
            names.reverse();
        }
        Axis { small: self.small(), ..Axis::categories(&self.label(), names) }
    }
}

/// From values to shades, on a logarithmic scale.
struct Shades {
    low: f64,
    high: f64,
}

impl Shades {
    /// The scale of the positive values; none if there are none.
    fn new<'a>(rows: impl Iterator<Item = &'a SummaryRow>) -> Option<Self> {
        let means: Vec<f64> =
            rows.filter_map(|row| row.estimate.mean).filter(|mean| *mean > 0.0 && mean.is_finite()).collect();
        let (low, high) =
            (means.iter().copied().fold(f64::INFINITY, f64::min), means.iter().copied().fold(0.0, f64::max));
        (!means.is_empty()).then_some(Self { low, high })
    }

    fn share(&self, value: f64) -> f64 {
        if self.low < self.high { libm::log(value / self.low) / libm::log(self.high / self.low) } else { 0.0 }
    }

    fn cell(&self, estimate: &ReadEstimate, unit: Unit) -> (Look, String) {
        match (estimate.mean, estimate.high) {
            (None, _) => (Look::Blank, "–".to_owned()),
            (Some(mean), _) if mean.is_infinite() => (Look::Blank, unit.write(mean)),
            (Some(0.0), Some(high)) if high > 0.0 => (Look::Blank, format!("<{}", unit.brief(high))),
            (Some(0.0), _) => (Look::Blank, unit.brief(0.0)),
            (Some(mean), _) => (Look::Shade(self.share(mean)), unit.brief(mean)),
        }
    }

    /// The highest first.
    fn legend(&self, unit: Unit) -> Vec<Entry> {
        let steps = if self.low < self.high { STEPS } else { 1 };
        let steps = (0..steps).rev().map(|step| {
            let share = f64::from(step) / f64::from(STEPS - 1);
            let value = self.low * libm::pow(self.high / self.low, share);
            Entry { look: Look::Shade(share), label: unit.write(value) }
        });
        steps.chain([Entry { look: Look::Blank, label: "none seen".to_owned() }]).collect()
    }
}

fn alternative(reader: &Reader, rows: &[SummaryRow], points: &[usize], name: &str, unit: Unit) -> String {
    let descriptions = reader.strategies().iter().enumerate().map(|(strategy, label)| {
        let means = || points.iter().filter_map(|&point| row(rows, point, strategy)?.estimate.mean);
        let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
        match means().count() {
            0 => format!("{label} undefined"),
            _ => format!("{label} from {} to {}", unit.write(low), unit.write(high)),
        }
    });
    format!("A grid of cells for each strategy, shaded by {name}: {}.", descriptions.collect::<Vec<_>>().join("; "))
}
