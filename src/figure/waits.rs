//! How long handshakes wait: the share of attempts that wait longer than a time, on logarithmic axes.

use super::caption::{cell, effort, failed_creates, few};
use super::selection::place as subtitle;
use super::{Refusal, Request, row, source, strategies, swept};
use crate::file::parse_duration;
use crate::folder::reader::{DistributionRow, Reader, SummaryRow};
use des::Duration;
use draw::figure::{Along, Axis, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// The distribution that is drawn.
const MEASURE: &str = "handshake_wait_s";

/// A measure of that distribution: of the same attempts.
const OF_WAITS: &str = "handshake_wait_mean_s";

/// Draws the complementary distribution of handshake waits at one point.
pub(super) fn figure(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let point = request.one_point(reader);
    let mut rows = reader.distributions(|name| name == MEASURE)?;
    rows.retain(|row| row.group.point == point);
    let failures = reader.summary(|name| name == "failure_rate")?;
    let stalls = reader.summary(|name| name == "stall_rate")?;
    if rows.iter().all(|row| row.value.is_none_or(f64::is_infinite)) {
        let at = swept::at(reader, point);
        let at = if at.is_empty() { at } else { format!(" at {at}") };
        return Err(Refusal::Nothing(format!("no attempt connected{at}")));
    }
    let (mut x, y) = axes(&rows);
    let mut marks = Vec::new();
    let stall = reader.setting("stall_after").and_then(toml::Value::as_str);
    let stall = stall.and_then(|text| parse_duration(text).ok()).map(Duration::as_secs_f64);
    // The threshold belongs to the figure, also where every wait is on one side of it.
    let stall = stall.filter(|at| *at > 0.0);
    if let Some(at) = stall {
        (x.low, x.high) = (x.low.min(at / 1.3), x.high.max(at * 1.6));
    }
    if let Some(at) = stall {
        let label = format!("stalled after {}", Unit::Seconds.write(at));
        marks.push(Mark::Rule { along: Along::X, at, label });
    }
    let mut never = Vec::new();
    let mut exact = Vec::new();
    for (strategy, name) in reader.strategies().iter().enumerate() {
        let own: Vec<&DistributionRow> = rows.iter().filter(|row| row.group.strategy == strategy).collect();
        let floor = floor(&failures, point, strategy);
        if floor.is_some() {
            never.push(name.as_str());
        }
        let stalled = row(&stalls, point, strategy).and_then(|row| row.estimate.mean);
        let known = stall.zip(stalled);
        exact.extend(known.map(|(at, share)| (strategy, at, share)));
        marks.extend(curve(&own, Look::Series(strategy), name, (floor, known), &x));
    }
    let mut caption = vec![format!("{}.", effort(reader, Some(point), OF_WAITS)?)];
    let line = "Each line: the share of attempts whose first initiation had to wait longer than the time below it for a session; it is level from one known share to the next, and ends at the longest wait.";
    caption.push(line.to_owned());
    caption.extend(failed_creates(reader, OF_WAITS, &[point])?);
    if !exact.is_empty() {
        caption.push("Where a line meets the threshold it is exact: the stall rate.".to_owned());
    }
    if !never.is_empty() {
        caption.push(format!("A level end is the share that never connected ({}).", few(&never, "strategies")));
    }
    caption.extend(request.why_this_point(reader));
    let mut numbers = Numbers::new(["strategy", "attempts", "share that waits longer", "wait_s"]);
    for row in &rows {
        let share = beyond(row);
        numbers.push([
            reader.strategies()[row.group.strategy].clone(),
            row.count.to_string(),
            cell(Some(share)),
            cell(row.value),
        ]);
    }
    for (strategy, at, share) in exact {
        let count = rows.iter().find(|row| row.group.strategy == strategy).map_or(0, |row| row.count);
        let name = reader.strategies()[strategy].clone();
        numbers.push([name, count.to_string(), cell(Some(share)), cell(Some(at))]);
    }
    Ok(Figure {
        name: request.point.map_or_else(|| "waits".to_owned(), |point| format!("waits-point-{point}")),
        title: "How long handshakes wait".to_owned(),
        subtitle: subtitle(reader, point),
        caption: caption.join(" "),
        alternative: alternative(reader, &rows, &failures, point),
        source: source(reader),
        panels: vec![Panel { title: String::new(), small: String::new(), x, y, apart: false, marks }],
        legend: strategies(reader),
        at_ends: false,
        numbers,
    })
}

/// The share of attempts beyond a quantile; of the longest wait, one attempt.
#[expect(clippy::float_cmp, reason = "the quantile 1 is written exactly")]
fn beyond(row: &DistributionRow) -> f64 {
    if row.quantile == 1.0 { 1.0 / row.count as f64 } else { 1.0 - row.quantile }
}

/// The share of attempts that never connected; none if all did.
fn floor(failures: &[SummaryRow], point: usize, strategy: usize) -> Option<f64> {
    row(failures, point, strategy)?.estimate.mean.filter(|share| *share > 0.0)
}

fn axes(rows: &[DistributionRow]) -> (Axis, Axis) {
    let waits = || rows.iter().filter_map(|row| row.value).filter(|value| value.is_finite() && *value > 0.0);
    let low = waits().fold(f64::INFINITY, f64::min) / 1.3;
    let high = (waits().fold(0.0, f64::max) * 1.6).max(low * 10.0);
    let most = rows.iter().map(|row| row.count).max().unwrap_or(1);
    let x = Axis {
        small: String::new(),
        label: "handshake wait".to_owned(),
        unit: Unit::Seconds,
        scale: Scale::Log,
        low,
        high,
        ticks: Vec::new(),
    };
    let y = Axis {
        small: String::new(),
        label: "share of attempts that wait longer".to_owned(),
        unit: Unit::Share,
        scale: Scale::Log,
        low: 0.7 / most as f64,
        high: 1.0,
        ticks: Vec::new(),
    };
    (x, y)
}

/// A strategy's line, and the floor of those that never connected; `known` is a time at which the share is known.
fn curve(
    rows: &[&DistributionRow],
    look: Look,
    name: &str,
    (floor, known): (Option<f64>, Option<(f64, f64)>),
    x: &Axis,
) -> Vec<Mark> {
    let finite = rows.iter().filter_map(|row| Some((row.value.filter(|value| value.is_finite())?, beyond(row))));
    let place = |(wait, share): (f64, f64)| Place {
        x: wait.max(x.low),
        y: share,
        interval: None,
        kind: Kind::Bare,
        description: format!("{name}: {} wait longer than {}", Unit::Share.write(share), Unit::Seconds.write(wait)),
    };
    let mut places: Vec<Place> = finite.map(place).collect();
    if let Some((at, share)) = known.filter(|&(at, _)| places.last().is_some_and(|last| at < last.x)) {
        let next = places.partition_point(|place| place.x <= at);
        let mut exact = place((at, share));
        exact.kind = Kind::Value;
        if share > 0.0 {
            // rounding of waits and quantiles does not let the line rise
            for before in &mut places[..next] {
                before.y = before.y.max(share);
            }
            for after in &mut places[next..] {
                after.y = after.y.min(share);
            }
            places.insert(next, exact);
        }
    }
    let mut marks = Vec::new();
    // behind the last known quantile a line with a floor goes on to the share at the threshold, and then to the floor
    if let (Some((at, share)), Some(_), Some(last)) = (known, floor, places.last().cloned())
        && at > last.x
    {
        let share = share.min(last.y);
        places.push(Place { y: share, kind: Kind::Bare, ..last });
        places.push(Place { kind: Kind::Value, ..place((at, share)) });
    }
    if let (Some(share), Some(last)) = (floor, places.last().cloned()) {
        let description = format!("{name}: {} never connected", Unit::Share.write(share));
        places.push(Place { y: share.min(last.y), kind: Kind::Bare, description: description.clone(), ..last });
        marks.push(Mark::Floor { look, x: last.x, y: share.min(last.y), description });
    }
    // a few markers distinguish the lines, where the shares pass powers of ten
    let mut next = 0.5;
    for place in &mut places {
        if place.y <= next {
            place.kind = Kind::Value;
            while place.y <= next {
                next /= 10.0;
            }
        }
    }
    marks.insert(0, Mark::Estimates { look, along: Along::Y, path: LinePath::Steps, places });
    marks
}

fn alternative(reader: &Reader, rows: &[DistributionRow], failures: &[SummaryRow], point: usize) -> String {
    let descriptions = reader.strategies().iter().enumerate().map(|(strategy, name)| {
        let at = |quantile: f64| {
            let found =
                rows.iter().find(|row| row.group.strategy == strategy && (row.quantile - quantile).abs() < 1e-9);
            found.and_then(|row| row.value).map_or_else(|| "–".to_owned(), |value| Unit::Seconds.write(value))
        };
        let never = floor(failures, point, strategy);
        let never = never
            .map_or_else(|| "all connect".to_owned(), |share| format!("{} never connect", Unit::Share.write(share)));
        format!("{name}: median {}, 99th percentile {}, {never}", at(0.5), at(0.99))
    });
    let descriptions: Vec<String> = descriptions.collect();
    format!("Share of attempts whose handshake waits longer than a time, by strategy. {}.", descriptions.join("; "))
}
