//! Paired differences from the baseline as a forest plot: a row for each strategy, a line at zero.

use super::caption::{brief, cell, confidence, definition, failed_creates, stem, words};
use super::selection::{place, selected};
use super::swept::{DECADES, Head, at, head_at};
use super::{Refusal, Request, about, source};
use crate::folder::reader::{CompareRow, Reader};
use draw::figure::{Along, Axis, Entry, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// Most decades on each side of zero.
const DECADES_MAX: f64 = 4.0;

/// Draws the differences of the measure, a panel for each point.
pub(super) fn figure(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let measure = request.measure.as_str();
    let rows = reader.compare(|name| name == measure)?;
    let chosen = selected(reader, request);
    let shown: Vec<&CompareRow> = rows.iter().filter(|row| chosen.points.contains(&row.group.point)).collect();
    if shown.iter().all(|row| row.difference.mean.is_none()) {
        let why = match reader.strategies().len() {
            0 | 1 => "it takes two strategies".to_owned(),
            _ => format!("{} has no value, as nothing was counted for it", words(measure)),
        };
        return Err(Refusal::Nothing(format!("there are no differences: {why}")));
    }
    let unit = Unit::of(&shown[0].unit).difference();
    let baseline = shown[0].baseline.clone();
    let others: Vec<usize> = (0..reader.strategies().len())
        .filter(|&strategy| shown.iter().any(|row| row.group.strategy == strategy))
        .collect();
    let x = axis(&shown, unit, &baseline);
    let names = others.iter().map(|&strategy| reader.strategies()[strategy].clone()).collect();
    let y = Axis::categories("", names);
    let single = chosen.points.len() == 1;
    let mut panels = Vec::new();
    let mut legend = Vec::new();
    for &point in &chosen.points {
        let mut marks = vec![Mark::Rule { along: Along::X, at: 0.0, label: String::new() }];
        for (index, &strategy) in others.iter().enumerate() {
            let row = shown.iter().find(|row| row.group.point == point && row.group.strategy == strategy);
            let Some(&row) = row else { continue };
            let description = description(reader, row, unit);
            if let Some(place) = estimate(row, index as f64, &x, &description) {
                if single {
                    let label = interval(row, unit);
                    legend.push(Entry { look: Look::Series(strategy), label });
                }
                let look = Look::Series(strategy);
                marks.push(Mark::Estimates { look, along: Along::X, path: LinePath::None, places: vec![place] });
            }
        }
        let Head { words, small } = if single { Head::default() } else { place_title(reader, point) };
        panels.push(Panel { title: words, small, x: x.clone(), y: y.clone(), apart: false, marks });
    }
    let pairs = shown.iter().map(|row| row.n).max().unwrap_or(0);
    let mut caption: Vec<String> = definition(reader, measure).into_iter().collect();
    caption.extend(failed_creates(reader, measure, &chosen.points)?);
    caption.push(match pairs {
        0 | 1 => format!("Differences to {baseline} in one replication, which gives no interval and shows nothing."),
        pairs => format!(
            "Differences to {baseline}, paired over {pairs} replications; bars are {} intervals, as wide as judging the strategies of a point together (Holm) takes. Filled marks: the difference is shown, and the bar leaves out zero; hollow marks: it is not.",
            confidence(reader),
        ),
    });
    if shown.iter().any(|row| row.difference.mean.is_some_and(f64::is_infinite)) {
        caption.push("Marks with an arrow: the difference is infinite.".to_owned());
    }
    caption.extend(chosen.note);
    let mut numbers =
        Numbers::new(["point", "strategy", "baseline", "pairs", "difference", "low", "high", "adjusted p", "verdict"]);
    for row in &shown {
        numbers.push([
            row.group.point.to_string(),
            reader.strategies()[row.group.strategy].clone(),
            row.baseline.clone(),
            row.n.to_string(),
            cell(row.difference.mean),
            cell(row.difference.low),
            cell(row.difference.high),
            cell(row.p_adjusted),
            row.verdict.clone(),
        ]);
    }
    let alternative: Vec<String> = shown.iter().map(|row| description(reader, row, unit)).collect();
    let name = format!("{}-differences", stem(measure));
    Ok(Figure {
        name: request.point.map_or(name.clone(), |point| format!("{name}-point-{point}")),
        title: format!("Difference in {} to {baseline}", words(measure)),
        subtitle: if single { place(reader, chosen.points[0]) } else { about(reader) },
        caption: caption.join(" "),
        alternative: format!(
            "A row for each strategy with its difference to {baseline} and a line at zero. {}.",
            alternative.join("; ")
        ),
        source: source(reader),
        panels,
        legend,
        at_ends: single,
        numbers,
    })
}

fn place_title(reader: &Reader, point: usize) -> Head {
    let head = head_at(reader, point);
    if head.words.is_empty() { Head { words: "all runs".to_owned(), ..head } } else { head }
}

/// `push-retry at bus.loss = 0.1: −8.65 pp [−8.80, −8.49], lower`
fn description(reader: &Reader, row: &CompareRow, unit: Unit) -> String {
    let at = at(reader, row.group.point);
    let at = if at.is_empty() { at } else { format!(" at {at}") };
    let verdict = if row.verdict.is_empty() { "not tested" } else { &row.verdict };
    format!("{}{at}: {}, {verdict}", reader.strategies()[row.group.strategy], interval(row, unit))
}

fn interval(row: &CompareRow, unit: Unit) -> String {
    super::caption::estimate(unit, &row.difference)
}

fn estimate(row: &CompareRow, y: f64, x: &Axis, description: &str) -> Option<Place> {
    let mean = row.difference.mean?;
    let shown = matches!(row.verdict.as_str(), "lower" | "higher");
    let (at, kind) = match mean {
        mean if mean == f64::INFINITY => (x.high, Kind::Never),
        mean if mean.is_infinite() => (x.low, Kind::Never),
        mean if shown => (mean, Kind::Value),
        mean => (mean, Kind::Open),
    };
    let interval = row.difference.low.zip(row.difference.high).filter(|(low, high)| low < high);
    Some(Place { x: at, y, interval, kind, description: description.to_owned() })
}

/// From the lowest to the highest limit, zero included; by equal factors where the differences span decades.
fn axis(rows: &[&CompareRow], unit: Unit, baseline: &str) -> Axis {
    let limits =
        || rows.iter().flat_map(|row| [row.difference.mean, row.difference.low, row.difference.high]).flatten();
    let limits = || limits().filter(|value| value.is_finite());
    let (low, high) = (limits().fold(0.0, f64::min), limits().fold(0.0, f64::max));
    let largest = high.max(-low);
    let sizes = rows.iter().filter_map(|row| row.difference.mean).map(f64::abs);
    let smallest = sizes.filter(|size| *size > 0.0 && size.is_finite()).fold(f64::INFINITY, f64::min);
    let baseline = brief(baseline);
    let label = format!("difference to {baseline}: lower is left of the line, higher is right");
    let ticks = Vec::new();
    if largest == 0.0 {
        return Axis { small: String::new(), label, unit, scale: Scale::Linear, low: -1.0, high: 1.0, ticks };
    }
    if largest / smallest >= DECADES {
        let linear = libm::exp10(libm::floor(libm::log10(smallest))).max(largest * libm::exp10(-DECADES_MAX));
        // behind the last power of ten there is room for half of its label
        let end = |value: f64| {
            let size = value.abs().max(linear) * 1.7;
            let last = libm::exp10(libm::floor(libm::log10(size)));
            size.max(last * 2.2).copysign(value)
        };
        let low = if low < 0.0 { end(low) } else { -linear };
        let high = if high > 0.0 { end(high) } else { linear };
        return Axis { small: String::new(), label, unit, scale: Scale::SignedLog { linear }, low, high, ticks };
    }
    let room = (high - low) * 0.06;
    Axis { small: String::new(), label, unit, scale: Scale::Linear, low: low - room, high: high + room, ticks }
}
