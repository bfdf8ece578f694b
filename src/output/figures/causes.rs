//! Why attempts stalled: the shares of the causes, stacked, a bar for each strategy.

use super::caption::{effort, many};
use super::selection::{place, selected};
use super::swept::at;
use super::{Refusal, Request, about, row, source};
use crate::output::figure::{Axis, Entry, Figure, Look, Mark, Numbers, Panel, Scale, Tick, Unit};
use crate::output::reader::{Reader, SummaryRow};

/// Causes: their measures, and what they are called.
const CAUSES: [(&str, &str); 8] = [
    ("cause_config_lost", "config lost"),
    ("cause_config_late", "config late"),
    ("cause_pull_late", "pull late"),
    ("cause_pull_failed", "pull failed"),
    ("cause_path_loss", "packet lost"),
    ("cause_gateway_down", "gateway down"),
    ("cause_config_removed", "config removed"),
    ("cause_handshake_limit", "handshake limit"),
];

/// Draws the causes, a panel for each point.
pub(super) fn figure(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let rows = reader.summary(|name| name == "stalled" || CAUSES.iter().any(|(measure, _)| *measure == name))?;
    let chosen = selected(reader, request);
    let of = |measure: &str| -> Vec<SummaryRow> { rows.iter().filter(|row| row.measure == measure).cloned().collect() };
    let stalled = of("stalled");
    let causes: Vec<Vec<SummaryRow>> = CAUSES.iter().map(|(measure, _)| of(measure)).collect();
    let mean = |rows: &[SummaryRow], point: usize, strategy: usize| {
        row(rows, point, strategy).map_or(0.0, |row| row.estimate.mean.unwrap_or(0.0) * row.n as f64)
    };
    let groups = || chosen.points.iter().flat_map(|&point| (0..reader.strategies().len()).map(move |s| (point, s)));
    if groups().all(|(point, strategy)| mean(&stalled, point, strategy) == 0.0) {
        return Err(Refusal::Nothing("no attempt stalled".to_owned()));
    }
    let seen: Vec<usize> = (0..CAUSES.len())
        .filter(|&cause| groups().any(|(point, strategy)| mean(&causes[cause], point, strategy) > 0.0))
        .collect();
    let single = chosen.points.len() == 1;
    let mut numbers = Numbers::new(["point", "strategy", "cause", "stalls", "share"]);
    let mut panels = Vec::new();
    let mut told_all = Vec::new();
    for &point in &chosen.points {
        let mut marks = Vec::new();
        for (strategy, name) in reader.strategies().iter().enumerate() {
            let all = mean(&stalled, point, strategy).round();
            let mut from = 0.0;
            let mut largest: Option<(f64, &str)> = None;
            for &cause in &seen {
                let count = mean(&causes[cause], point, strategy).round();
                if count == 0.0 {
                    continue;
                }
                let (share, label) = (count / all, CAUSES[cause].1);
                let text = Unit::Share.write(share);
                let told = format!("{name}: {label} {text} of {} stalls", Unit::Count.write(all));
                marks.push(Mark::Bar { look: Look::Cause(cause), row: strategy, from, to: from + share, text, told });
                numbers.push([
                    point.to_string(),
                    name.clone(),
                    label.to_owned(),
                    format!("{count}"),
                    crate::output::cell::number(Some(share)),
                ]);
                from += share;
                if largest.is_none_or(|(other, _)| share > other) {
                    largest = Some((share, label));
                }
            }
            let text = if all == 0.0 { "no stall".to_owned() } else { many(all) };
            marks.push(Mark::Note { x: from, y: strategy as f64, text });
            if let Some((share, label)) = largest {
                let at = if single { String::new() } else { format!(" at {}", at(reader, point)) };
                told_all.push(format!("{name}{at}: {}, most of it {label} ({})", many(all), Unit::Share.write(share)));
            }
        }
        let title = if single { String::new() } else { at(reader, point) };
        let y = Axis::categories("", reader.strategies().to_vec());
        panels.push(Panel { title, x: axis(), y, apart: false, marks });
    }
    let effort = effort(reader, chosen.points.first().copied().filter(|_| single))?;
    let mut caption = vec![format!("{effort}.")];
    let about_causes = "A cause is decided at the fate of an attempt's first initiation; behind each bar stands the number of stalls over all replications.";
    caption.push(about_causes.to_owned());
    caption.extend(chosen.note);
    Ok(Figure {
        name: request.point.map_or_else(|| "causes".to_owned(), |point| format!("causes-point-{point}")),
        title: "Why attempts stalled".to_owned(),
        subtitle: if single { place(reader, chosen.points[0]) } else { about(reader) },
        caption: caption.join(" "),
        alternative: format!("Bars of the shares of the causes of stalls, by strategy. {}.", told_all.join("; ")),
        source: source(reader),
        panels,
        legend: seen
            .iter()
            .map(|&cause| Entry { look: Look::Cause(cause), label: CAUSES[cause].1.to_owned() })
            .collect(),
        at_ends: false,
        numbers,
    })
}

/// Shares, with room for a number behind the bars.
fn axis() -> Axis {
    let tick = |share: f64| Tick { value: share, label: Unit::Share.tick(share) };
    Axis {
        label: "share of the stalls".to_owned(),
        unit: Unit::Share,
        scale: Scale::Linear,
        low: 0.0,
        high: 1.3,
        ticks: [0.0, 0.5, 1.0].map(tick).to_vec(),
    }
}
