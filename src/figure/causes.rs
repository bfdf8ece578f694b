//! Why attempts stalled: the rates of the causes, stacked, a bar for each strategy; for one point, beside them the
//! causes' shares of the stalls.

use super::caption::{cell, effort, failed_creates, many};
use super::selection::{place, selected};
use super::swept::{Head, at, head_at};
use super::{Refusal, Request, about, row, source};
use crate::folder::reader::{Reader, SummaryRow};
use crate::model::Cause;
use draw::figure::{Axis, Entry, Figure, Look, Mark, Numbers, Panel, Scale, Tick, Unit};

/// Causes in the order in which bars are stacked. A new cause does not compile before it has its place.
const CAUSES: [Cause; Cause::ALL.len()] = [
    Cause::ConfigLost,
    Cause::ConfigLate,
    Cause::PullLate,
    Cause::PullFailed,
    Cause::PathLoss,
    Cause::GatewayDown,
    Cause::ConfigRemoved,
    Cause::HandshakeLimit,
];

/// The stalls of a point and strategy.
struct Stalls {
    point: usize,
    strategy: usize,
    /// All of them, over all replications.
    count: f64,
    /// Attempts that sent an initiation.
    attempts: f64,
    /// Those of each cause in [`CAUSES`].
    causes: [f64; CAUSES.len()],
}

impl Stalls {
    /// The whole of which a count is drawn as a share: the attempts, or the stalls.
    fn share(&self, count: f64, of: Of) -> f64 {
        let whole = match of {
            Of::Attempts => self.attempts,
            Of::Stalls => self.count,
        };
        if whole > 0.0 { count / whole } else { 0.0 }
    }

    /// The cause of most of them; none if there are none.
    fn most(&self) -> Option<usize> {
        let larger = |one: usize, other: usize| if self.causes[other] > self.causes[one] { other } else { one };
        (0..CAUSES.len()).reduce(larger).filter(|&cause| self.causes[cause] > 0.0)
    }

    /// `1.19 % · 640`, `0.394 % · 1 stall`, `no stall`
    fn note(&self) -> String {
        match self.count {
            0.0 => "no stall".to_owned(),
            1.0 => format!("{} · 1 stall", self.rate()),
            count => format!("{} · {}", self.rate(), many(count)),
        }
    }

    /// `1.19 % · 640 stalls, most config late`, `0.394 % · 1 stall, config late`
    fn note_of(&self, cause: usize) -> String {
        let (what, most) = if self.count < 2.0 { ("", "") } else { (" stalls", "most ") };
        format!("{}{what}, {most}{}", self.note(), CAUSES[cause].label())
    }

    /// `1.19 %`
    fn rate(&self) -> String {
        Unit::Share.write(self.share(self.count, Of::Attempts))
    }
}

/// The share of an axis below which a bar is too short to see causes in it.
const SHORT: f64 = 0.12;

/// What bars are shares of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Attempts,
    Stalls,
}

/// Draws the causes, a panel for each point.
pub(super) fn figure(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let chosen = selected(reader, request);
    let all = read(reader, &chosen.points)?;
    if all.iter().all(|stalls| stalls.count == 0.0) {
        return Err(Refusal::Nothing("no attempt stalled".to_owned()));
    }
    let seen: Vec<usize> =
        (0..CAUSES.len()).filter(|&cause| all.iter().any(|stalls| stalls.causes[cause] > 0.0)).collect();
    let single = chosen.points.len() == 1;
    let highest = all.iter().map(|stalls| stalls.share(stalls.count, Of::Attempts)).fold(0.0, f64::max);
    let mut panels = Vec::new();
    for &point in &chosen.points {
        let here: Vec<&Stalls> = all.iter().filter(|stalls| stalls.point == point).collect();
        if single {
            let rates = panel(reader, &here, &seen, Of::Attempts, axis(Of::Attempts, highest, ""));
            let shares = panel(reader, &here, &seen, Of::Stalls, axis(Of::Stalls, 1.0, ""));
            panels.push(Panel { title: "Share of the attempts that sent an initiation".to_owned(), ..rates });
            panels.push(Panel { title: "Share of the stalls".to_owned(), ..shares });
        } else {
            let x = axis(Of::Attempts, highest, "stalls, as a share of the attempts that sent an initiation");
            let Head { words, small } = head_at(reader, point);
            panels.push(Panel { title: words, small, ..panel(reader, &here, &seen, Of::Attempts, x) });
        }
    }
    let effort = effort(reader, chosen.points.first().copied().filter(|_| single), "stall_rate")?;
    let mut caption = vec![format!("{effort}.")];
    let about_causes = "A cause is decided at the fate of an attempt's first initiation. Behind each bar: the stall rate and the number of stalls over all replications.";
    caption.push(about_causes.to_owned());
    caption.extend(failed_creates(reader, "stall_rate", &chosen.points)?);
    caption.extend(chosen.note);
    Ok(Figure {
        name: request.point.map_or_else(|| "causes".to_owned(), |point| format!("causes-point-{point}")),
        title: "Why attempts stalled".to_owned(),
        subtitle: if single { place(reader, chosen.points[0]) } else { about(reader) },
        caption: caption.join(" "),
        alternative: alternative(reader, &all, single),
        source: source(reader),
        panels,
        legend: seen
            .iter()
            .map(|&cause| Entry { look: Look::Part(cause), label: CAUSES[cause].label().to_owned() })
            .collect(),
        at_ends: false,
        numbers: numbers(reader, &all),
    })
}

/// The stalls of each strategy at these points.
fn read(reader: &Reader, points: &[usize]) -> Result<Vec<Stalls>, Refusal> {
    let wanted = |name: &str| {
        ["stalled", "attempts", "create_failed"].contains(&name) || CAUSES.iter().any(|cause| cause.column() == name)
    };
    let rows = reader.summary(wanted)?;
    let of = |measure: &str| -> Vec<SummaryRow> { rows.iter().filter(|row| row.measure == measure).cloned().collect() };
    let (stalled, attempts, unsent) = (of("stalled"), of("attempts"), of("create_failed"));
    let causes = CAUSES.map(|cause| of(cause.column()));
    let total = |rows: &[SummaryRow], point: usize, strategy: usize| {
        row(rows, point, strategy).map_or(0.0, |row| row.estimate.mean.unwrap_or(0.0) * row.n as f64).round()
    };
    let mut all = Vec::new();
    for &point in points {
        for strategy in 0..reader.strategies().len() {
            all.push(Stalls {
                point,
                strategy,
                count: total(&stalled, point, strategy),
                attempts: total(&attempts, point, strategy) - total(&unsent, point, strategy),
                causes: std::array::from_fn(|cause| total(&causes[cause], point, strategy)),
            });
        }
    }
    Ok(all)
}

/// A bar for each strategy.
fn panel(reader: &Reader, all: &[&Stalls], seen: &[usize], of: Of, x: Axis) -> Panel {
    let mut marks = Vec::new();
    for stalls in all {
        let name = &reader.strategies()[stalls.strategy];
        let mut from = 0.0;
        for &cause in seen.iter().filter(|&&cause| stalls.causes[cause] > 0.0) {
            let count = stalls.causes[cause];
            let share = stalls.share(count, of);
            let text = Unit::Share.write(share);
            let description = format!(
                "{name}: {}, {} of {} stalls, {} of the attempts",
                CAUSES[cause].label(),
                Unit::Count.write(count),
                Unit::Count.write(stalls.count),
                Unit::Share.write(stalls.share(count, Of::Attempts))
            );
            marks.push(Mark::Bar {
                look: Look::Part(cause),
                row: stalls.strategy,
                from,
                to: from + share,
                text,
                description,
            });
            from += share;
        }
        if of == Of::Attempts {
            // in a short bar no cause can be seen
            let most = stalls.most().filter(|_| from < x.high * SHORT);
            let text = most.map_or_else(|| stalls.note(), |cause| stalls.note_of(cause));
            marks.push(Mark::Note { x: from, y: stalls.strategy as f64, text });
        }
    }
    let y = Axis::categories("", reader.strategies().to_vec());
    Panel { title: String::new(), small: String::new(), x, y, apart: false, marks }
}

fn numbers(reader: &Reader, all: &[Stalls]) -> Numbers {
    let mut numbers = Numbers::new(["point", "strategy", "cause", "stalls", "share", "rate"]);
    for stalls in all {
        for (cause, kind) in CAUSES.iter().enumerate().filter(|(cause, _)| stalls.causes[*cause] > 0.0) {
            let count = stalls.causes[cause];
            numbers.push([
                stalls.point.to_string(),
                reader.strategies()[stalls.strategy].clone(),
                kind.label().to_owned(),
                format!("{count}"),
                cell(Some(stalls.share(count, Of::Stalls))),
                cell(Some(stalls.share(count, Of::Attempts))),
            ]);
        }
    }
    numbers
}

fn alternative(reader: &Reader, all: &[Stalls], single: bool) -> String {
    let descriptions = all.iter().filter_map(|stalls| {
        let most = stalls.most()?;
        let name = &reader.strategies()[stalls.strategy];
        let at = if single { String::new() } else { format!(" at {}", at(reader, stalls.point)) };
        let share = Unit::Share.write(stalls.share(stalls.causes[most], Of::Stalls));
        Some(format!("{name}{at}: {} ({share})", stalls.note_of(most)))
    });
    let descriptions: Vec<String> = descriptions.collect();
    format!(
        "Bars of the rates of the causes of stalls, by strategy, with the stall rate and the number of stalls. {}.",
        descriptions.join("; ")
    )
}

/// From zero, with room for words behind the bars of rates. An axis that reaches beyond 100 % has no tick there.
fn axis(of: Of, highest: f64, label: &str) -> Axis {
    let tick = |share: f64| Tick { value: share, label: Unit::Share.tick(share) };
    let high = match of {
        Of::Attempts => highest * 1.6,
        Of::Stalls => 1.0,
    };
    let ticks = if high < 1.0 { Vec::new() } else { [0.0, 0.5, 1.0].map(tick).to_vec() };
    Axis {
        small: String::new(),
        label: label.to_owned(),
        unit: Unit::Share,
        scale: Scale::Linear,
        low: 0.0,
        high,
        ticks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tick_of_a_share_is_above_the_whole() {
        for highest in [0.63, 0.95, 1.0] {
            let axis = axis(Of::Attempts, highest, "");
            assert!(axis.high > 1.0, "words behind a bar have room: {axis:?}");
            assert_eq!(axis.ticks.last().map(|tick| tick.label.as_str()), Some("100 %"), "{axis:?}");
        }
        let below = axis(Of::Attempts, 0.3, "");
        assert!(below.ticks.is_empty() && below.high < 1.0, "round ticks up to the end: {below:?}");
    }

    #[test]
    fn a_note_says_what_its_number_counts() {
        let of = |count: f64| {
            let causes = std::array::from_fn(|cause| if CAUSES[cause] == Cause::ConfigLate { count } else { 0.0 });
            Stalls { point: 0, strategy: 0, count, attempts: 1000.0, causes }
        };
        let most = of(51.0).most().unwrap();
        assert_eq!(of(51.0).note_of(most), "5.1 % · 51 stalls, most config late");
        assert_eq!(of(1.0).note_of(most), "0.1 % · 1 stall, config late");
        assert_eq!(of(1.0).note(), "0.1 % · 1 stall");
        assert_eq!(of(0.0).note(), "no stall");
    }
}
