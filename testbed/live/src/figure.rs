//! A figure of a scenario: the measured waits and the band in which the model expects them.

use draw::figure::{
    Along, Axis, Entry, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Source, Unit,
};

use crate::compare::{Comparison, Row};
use crate::measure::Z;

/// Times at which the shares are drawn.
const PLACES: u32 = 120;

/// The share of sorted waits that are longer.
fn longer(waits: &[f64], than: f64) -> f64 {
    let below = waits.partition_point(|wait| *wait <= than);
    (waits.len() - below) as f64 / waits.len() as f64
}

fn place(x: f64, y: f64, interval: Option<(f64, f64)>, description: String) -> Place {
    Place { x, y, interval, kind: Kind::Bare, description }
}

/// What a figure shows of a comparison.
struct Shown<'a> {
    name: String,
    title: &'static str,
    caption: String,
    /// Of the axes.
    labels: [&'static str; 2],
    /// What a point says before "longer than".
    words: &'static str,
    measured: &'a [f64],
    predicted: &'a [f64],
}

/// Draws the waits of a comparison.
pub(crate) fn figure(comparison: &Comparison) -> Figure {
    let attempts = comparison.attempts;
    let shown = Shown {
        name: comparison.name.clone(),
        title: "How long handshakes wait: real parts and model",
        caption: format!(
            "{attempts} attempts on real parts. Each line is the share of attempts whose first initiation waited longer than \
             the time below the line for a session. The band is chance alone: it holds what the model expects of as many \
             attempts, with a confidence of 99.9 % at each time. The verdicts of the table add a margin, so the line may \
             leave the band where they agree."
        ),
        labels: ["handshake wait", "share of attempts that wait longer"],
        words: "wait",
        measured: &comparison.measured_waits,
        predicted: &comparison.predicted_waits,
    };
    draw_shares(comparison, shown)
}

/// Draws how long versions take to their gateway; none: it was not measured.
pub(crate) fn propagation(comparison: &Comparison) -> Option<Figure> {
    let versions = comparison.measured_propagations.len();
    let kinds = if comparison.changes { "creates, updates and revocations" } else { "creates" };
    let shown = Shown {
        name: format!("{}-versions", comparison.name),
        title: "How long versions take to their gateway: real parts and model",
        caption: format!(
            "{versions} versions on real parts: {kinds}. Each line is the share of versions that took longer than the time \
             below the line from their commit to their install or removal, or never arrived. The band is chance alone: it \
             holds what the model expects of as many versions, with a confidence of 99.9 % at each time. The verdicts of the \
             table add a margin."
        ),
        labels: ["commit to install", "share of versions that take longer"],
        words: "take",
        measured: &comparison.measured_propagations,
        predicted: &comparison.predicted_propagations,
    };
    (versions > 0).then(|| draw_shares(comparison, shown))
}

fn draw_shares(comparison: &Comparison, shown: Shown<'_>) -> Figure {
    let Comparison { name, description, .. } = comparison;
    let Shown { measured: measured_times, predicted: predicted_times, words, .. } = shown;
    let count = measured_times.len() as f64;
    let finite = || measured_times.iter().chain(predicted_times).copied().filter(|wait| wait.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min).max(1e-4) / 1.1;
    let high = (finite().fold(0.0, f64::max) * 1.1).max(low * 10.0);
    let floor = 0.7 / count.max(1.0);
    let mut measured = Vec::new();
    let mut predicted = Vec::new();
    let mut numbers = Numbers::new(["wait_s", "real parts: share", "model: share", "low", "high"]);
    for step in 0..=PLACES {
        let wait = low * (high / low).powf(f64::from(step) / f64::from(PLACES));
        let (real, model) = (longer(measured_times, wait), longer(predicted_times, wait));
        let (least, most) = stats::proportion::wilson(model * count, count, Z);
        let at = Unit::Seconds.write(wait);
        if real > 0.0 {
            let words = format!("real parts: {:.2} % {words} longer than {at}", real * 100.0);
            measured.push(place(wait, real, None, words));
        }
        if model > floor {
            let words = format!("model: {:.2} % {words} longer than {at}", model * 100.0);
            predicted.push(place(wait, model, Some((least.max(floor), most)), words));
        }
        numbers.push([wait, real, model, least, most].map(|value| format!("{value:.6}")));
    }
    let axis = |label: &str, unit, low, high| Axis {
        label: label.to_owned(),
        small: String::new(),
        unit,
        scale: Scale::Log,
        low,
        high,
        ticks: Vec::new(),
    };
    let marks = vec![
        Mark::Band { look: Look::Series(1), places: predicted, wide: 0.0 },
        Mark::Estimates { look: Look::Series(0), along: Along::Y, path: LinePath::Straight, places: measured },
    ];
    let entry = |series, label: &str| Entry { look: Look::Series(series), label: label.to_owned() };
    Figure {
        name: shown.name.clone(),
        title: shown.title.to_owned(),
        subtitle: format!("{name}: {description}"),
        caption: shown.caption,
        alternative: comparison.rows.iter().map(Row::sentence).collect::<Vec<_>>().join(" "),
        source: Source {
            line: format!("{name} · testbed/scenarios/{name}.toml"),
            namespace: "pushpull-testbed",
            attributes: vec![("experiment", name.clone())],
            texts: vec![("pushpull-testbed", name.clone())],
        },
        panels: vec![Panel {
            title: String::new(),
            small: String::new(),
            x: axis(shown.labels[0], Unit::Seconds, low, high),
            y: axis(shown.labels[1], Unit::Share, floor, 1.0),
            apart: false,
            marks,
        }],
        legend: vec![entry(0, "real parts"), entry(1, "model")],
        at_ends: false,
        numbers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_waits_longer_counts_those_that_never_connected() {
        let waits = [0.1, 0.2, 0.3, f64::INFINITY];
        let shares = [0.05, 0.2, 5.0].map(|than| longer(&waits, than));
        assert_eq!(shares.map(|share| format!("{share}")), ["1", "0.5", "0.25"]);
    }

    #[test]
    fn a_figure_of_made_up_waits_can_be_drawn() {
        let comparison = Comparison::made_up();
        assert_eq!(draw::check(&figure(&comparison)), Ok(()));
        assert_eq!(draw::check(&propagation(&comparison).expect("versions")), Ok(()));
    }
}
