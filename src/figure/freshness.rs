//! Freshness against cost: how stale records are, and how many messages and requests that takes, with the Pareto front.

use std::collections::BTreeMap;

use super::caption::{bars, cell, definition, effort, list, stem, words};
use super::sweep::{axis, combinations, place, zeros};
use super::swept::{self, DECADES, Swept};
use super::{Refusal, Request, about, source, strategies};
use crate::file::parse_duration;
use crate::file::section::{Transport, Word as _};
use crate::folder::reader::{Reader, SummaryRow};
use crate::measure::Load;
use crate::plan::Group;
use des::Duration;
use draw::figure::{Along, Axis, Entry, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// Measures of freshness; the first is drawn unless another of them is asked for.
const FRESHNESS: [&str; 6] = [
    "stale_fraction",
    "stale_age_mean_s",
    "stale_connect_fraction",
    "propagation_mean_s",
    "propagation_p99_s",
    "revoked_exposure_mean_s",
];

/// Most panels.
const PANELS_MAX: usize = 6;

/// Draws a place for each point and strategy; a panel for each combination of the keys that are no strategy's.
pub(super) fn figure(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let measure = FRESHNESS.into_iter().find(|name| *name == request.measure).unwrap_or(FRESHNESS[0]);
    let (rows, left_out) = rows(reader, measure)?;
    let costs = costs(reader)?;
    let unit = Unit::of(&rows[0].unit);
    let (of_strategies, of_world): (Vec<Swept>, Vec<Swept>) =
        swept::axes(reader).into_iter().partition(|key| key.key.starts_with("strategies."));
    // one key orders its points; several do not
    let joined = matches!(of_strategies.as_slice(), [only] if only.free.is_empty());
    let groups = combinations(reader, &of_world);
    let x = horizontal(&costs);
    let y = axis(&rows, measure, unit);
    let mut numbers =
        Numbers::new(["point", "strategy", "messages and requests per second", measure, "low", "high", "front"]);
    let mut panels = Vec::new();
    let mut fronts = Vec::new();
    for (head, points) in groups.iter().take(PANELS_MAX) {
        let here = |row: &&SummaryRow| points.contains(&row.group.point);
        let front = front(rows.iter().filter(here), &costs);
        let mut marks = vec![front_line(&front, &costs, &y)];
        for (strategy, name) in reader.strategies().iter().enumerate() {
            let own = rows.iter().filter(here).filter(|row| row.group.strategy == strategy);
            let mut places: Vec<Place> = Vec::new();
            for row in own {
                let Some(&cost) = costs.get(&row.group) else { continue };
                let at = swept::at(reader, row.group.point);
                let description = format!(
                    "{name}{}{at}: {} at {} a second",
                    if at.is_empty() { "" } else { ", " },
                    super::caption::estimate(unit, &row.estimate),
                    Unit::None.write(cost)
                );
                places.extend(place(row, cost, &y, description));
            }
            let path = if joined { LinePath::Straight } else { LinePath::None };
            places.dedup_by(|one, other| one.x.to_bits() == other.x.to_bits() && one.y.to_bits() == other.y.to_bits());
            marks.push(Mark::Estimates { look: Look::Series(strategy), along: Along::Y, path, places });
        }
        for row in rows.iter().filter(here) {
            let on_front = front.iter().any(|member| member.group == row.group);
            numbers.push([
                row.group.point.to_string(),
                reader.strategies()[row.group.strategy].clone(),
                cell(costs.get(&row.group).copied()),
                cell(row.estimate.mean),
                cell(row.estimate.low),
                cell(row.estimate.high),
                if on_front { "yes" } else { "no" }.to_owned(),
            ]);
        }
        let mut names: Vec<&str> = front.iter().map(|row| reader.strategies()[row.group.strategy].as_str()).collect();
        names.dedup();
        let at = if head.words.is_empty() { String::new() } else { format!(" at {}", head.words) };
        fronts.push(format!("{}{at}", names.join(", ")));
        let (title, small) = (head.words.clone(), head.small.clone());
        panels.push(Panel { title, small, x: x.clone(), y: y.clone(), apart: false, marks });
    }
    let mut caption: Vec<String> = definition(reader, measure).into_iter().collect();
    caption.push(format!("{}.", effort(reader, None, measure)?));
    caption.push(format!(
        "{} Cost: messages over the bus and on streams, fetches, lists and requests to watch (each counted once, however long). For whatever lies above the Pareto front, something is both fresher and cheaper.",
        bars(reader, &rows)
    ));
    if !left_out.is_empty() {
        caption.push(format!("Left out: {}. No measure counts pushes over HTTP.", list(&left_out)));
    }
    caption.extend(zeros(&panels));
    if joined {
        let names: Vec<String> = of_strategies.iter().map(Swept::small).collect();
        caption.push(format!("Lines join the values of {}.", names.join(", ")));
    }
    if groups.len() > PANELS_MAX {
        caption.push(format!("{} more combinations are not shown.", groups.len() - PANELS_MAX));
    }
    let is_shown = |index: usize| rows.iter().any(|row| row.group.strategy == index);
    let shown =
        strategies(reader).into_iter().enumerate().filter(|(index, _)| is_shown(*index)).map(|(_, entry)| entry);
    let front_entry = Entry { look: Look::Plain, label: "Pareto front".to_owned() };
    Ok(Figure {
        name: if measure == FRESHNESS[0] { "freshness".to_owned() } else { format!("freshness-{}", stem(measure)) },
        title: format!("Freshness against cost: {}", words(measure)),
        subtitle: about(reader),
        caption: caption.join(" "),
        alternative: format!(
            "Places of strategies by cost and {}; lower left is better. On the Pareto front, from cheap to fresh: {}.",
            words(measure),
            fronts.join("; ")
        ),
        source: source(reader),
        panels,
        legend: shown.chain([front_entry]).collect(),
        at_ends: false,
        numbers,
    })
}

/// The rows that have a place: those whose cost is counted; and the names of the strategies that are left out.
fn rows<'a>(reader: &'a Reader, measure: &str) -> Result<(Vec<SummaryRow>, Vec<&'a str>), Refusal> {
    let mut rows = reader.summary(|name| name == measure)?;
    rows.retain(|row| row.estimate.mean.is_some());
    if rows.iter().all(|row| row.estimate.mean == Some(0.0)) {
        return Err(Refusal::Nothing("no record was ever stale; configs do not change in this experiment".to_owned()));
    }
    let is_left_out =
        |strategy: usize| rows.iter().any(|row| row.group.strategy == strategy && pushes_over_http(reader, row.group));
    let names = reader.strategies().iter().enumerate();
    let left_out: Vec<&str> = names.filter(|(index, _)| is_left_out(*index)).map(|(_, name)| name.as_str()).collect();
    rows.retain(|row| !pushes_over_http(reader, row.group));
    if rows.is_empty() {
        return Err(Refusal::Nothing("no measure counts pushes over HTTP, so no cost is known".to_owned()));
    }
    Ok((rows, left_out))
}

/// Whether a strategy pushes over HTTP at a point: no measure counts these pushes.
fn pushes_over_http(reader: &Reader, group: Group) -> bool {
    let key = format!("strategies.{}.push.transport", reader.strategies()[group.strategy]);
    let transport = match reader.keys().iter().position(|swept| *swept == key) {
        Some(place) => Some(reader.points()[group.point][place].as_str()),
        None => reader.setting(&key).and_then(toml::Value::as_str),
    };
    transport == Some(Transport::Http.word())
}

/// Messages and requests per second of the counted span, for each point and strategy.
fn costs(reader: &Reader) -> Result<BTreeMap<Group, f64>, Refusal> {
    let time = |key: &str| {
        let text = reader.setting(key).and_then(toml::Value::as_str)?;
        parse_duration(text).ok().map(Duration::as_secs_f64)
    };
    let span = time("horizon").zip(time("warmup")).map(|(horizon, warmup)| horizon - warmup);
    let span = span.filter(|span| *span > 0.0).ok_or_else(|| Refusal::Nothing("the span is not known".to_owned()))?;
    let mut costs = BTreeMap::new();
    let measures: Vec<&str> = Load::measures(&Load::OF_MECHANISMS).collect();
    let rows = reader.summary(|name| measures.contains(&name))?;
    for row in rows.into_iter().filter(|row| !pushes_over_http(reader, row.group)) {
        *costs.entry(row.group).or_insert(0.0) += row.estimate.mean.unwrap_or(0.0) / span;
    }
    Ok(costs)
}

/// The Pareto front: places for which no other is both cheaper and fresher, from cheap to fresh.
fn front<'a>(rows: impl Iterator<Item = &'a SummaryRow>, costs: &BTreeMap<Group, f64>) -> Vec<&'a SummaryRow> {
    let mut all: Vec<(f64, f64, &SummaryRow)> =
        rows.filter_map(|row| Some((*costs.get(&row.group)?, row.estimate.mean?, row))).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let mut freshest = f64::INFINITY;
    let mut front = Vec::new();
    for (_, stale, row) in all {
        if stale < freshest {
            freshest = stale;
            front.push(row);
        }
    }
    front
}

fn front_line(front: &[&SummaryRow], costs: &BTreeMap<Group, f64>, y: &Axis) -> Mark {
    let places = front.iter().filter_map(|row| {
        let cost = costs.get(&row.group)?;
        let place = place(row, *cost, y, String::new())?;
        Some(Place { interval: None, kind: Kind::Bare, ..place })
    });
    Mark::Estimates { look: Look::Plain, along: Along::Y, path: LinePath::Steps, places: places.collect() }
}

fn horizontal(costs: &BTreeMap<Group, f64>) -> Axis {
    let highest = costs.values().copied().fold(0.0, f64::max);
    let lowest = costs.values().copied().filter(|cost| *cost > 0.0).fold(f64::INFINITY, f64::min);
    let zero = costs.values().any(|cost| *cost == 0.0);
    let label = "messages and API requests of gateways per second".to_owned();
    let (unit, ticks) = (Unit::None, Vec::new());
    if highest / lowest >= DECADES {
        let scale = if zero { Scale::LogZero } else { Scale::Log };
        return Axis { small: String::new(), label, unit, scale, low: lowest / 1.3, high: highest * 1.3, ticks };
    }
    let high = if highest > 0.0 { highest * 1.08 } else { 1.0 };
    Axis { small: String::new(), label, unit, scale: Scale::Linear, low: 0.0, high, ticks }
}
