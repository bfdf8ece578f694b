//! A measure over time, through the faults; and the size of the gateways' tables.

use super::caption::{CREATES_FAIL, capital, cell, confidence, effort, failed_creates, few, list, stem, words};
use super::faults::{PointFault, RESTARTS, faults, unfinished};
use super::selection::place;
use super::swept::DECADES;
use super::{MEASURE, Refusal, Request, row, source};
use crate::file::parse_duration;
use crate::folder::reader::{Reader, SeriesRow, SummaryRow};
use crate::measure::SERIES;
use des::Duration;
use draw::figure::{Along, Axis, Entry, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// Measures of the series, where they are not shares.
const COUNTS: [&str; 9] = [
    "attempts",
    "attempts_started",
    "late",
    "stalled",
    "connected",
    "table_mean",
    "stale_records",
    "fetches",
    "bus_sent",
];

/// The measure whose return to its level before a fault is the recovery.
const RECOVERS: &str = "stall_rate";

/// A scheduled fault.
struct FaultSpan {
    from: f64,
    to: f64,
    label: String,
}

impl FaultSpan {
    fn mark(&self) -> Mark {
        Mark::Span { from: self.from, to: self.to, label: self.label.clone() }
    }
}

/// Draws the measure over time at one point.
pub(super) fn figure(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let point = request.one_point(reader);
    let faults = faults(reader, point);
    let windows = windows(&faults);
    let recoveries = reader.summary(|name| name == "recovery_max_s")?;
    let rows = rows(reader, &request.measure, point)?;
    let of_stalls = request.measure == RECOVERS;
    let through = if windows.is_empty() { "over time" } else { "through the fault" };
    let through = if windows.len() > 1 { "through the faults" } else { through };
    let range = range(&windows, &recoveries, point, bin(reader, &rows));
    let figure = draw(reader, &rows, &request.measure, point, range)?;
    let spans = windows.iter().map(FaultSpan::mark).collect();
    let mut figure = behind(figure, spans);
    let mut remarks: Vec<Remark> =
        reader.strategies().iter().map(|_| Remark { of_stalls, ..Remark::default() }).collect();
    if faults.iter().any(PointFault::is_scheduled) && !faults.iter().any(PointFault::hides_recovery) {
        let resolution = resolution(reader, &rows);
        for (strategy, remark) in remarks.iter_mut().enumerate() {
            let mean = row(&recoveries, point, strategy).and_then(|row| row.estimate.mean);
            remark.recovery = mean.map(|mean| MeanRecovery { mean, resolution });
        }
        mark_recoveries(&mut figure, &rows, &remarks, &windows);
    }
    // A late rate has the failed creates in it, and shows them.
    let failed = failed_creates(reader, &request.measure, &[point])?;
    if failed.is_some() || request.measure == MEASURE {
        add_failing_creates(&mut remarks, reader, point)?;
    }
    let said: Vec<String> = remarks.iter().map(Remark::words).collect();
    let labels: Vec<String> =
        figure.legend.iter().zip(&said).map(|(entry, words)| labelled(&entry.label, words)).collect();
    if said.iter().any(|words| !words.is_empty()) {
        figure.alternative = format!("{} Recovery: {}.", figure.alternative, labels.join("; "));
    }
    if is_common(&said) {
        // How many creates failed stands in a sentence of its own, where there is one.
        let common = if failed.is_some() { remarks[0].recovery_words() } else { said[0].clone() };
        if !common.is_empty() {
            figure.caption = format!("{} Under every strategy: {common}.", figure.caption);
        }
    } else {
        for (entry, label) in figure.legend.iter_mut().zip(labels) {
            entry.label = label;
        }
    }
    let window = seconds(reader.setting("recovery_window"));
    let is_marked = |mark: &Mark| matches!(mark, Mark::Estimates { .. });
    let marked = figure.panels[0].marks.iter().any(is_marked);
    for meaning in meanings(&remarks, &windows, window, marked) {
        figure.caption = format!("{} {meaning}", figure.caption);
    }
    if windows.iter().any(|window| window.label == RESTARTS) {
        figure.caption = format!("{} {AGAIN}", figure.caption);
    }
    if let Some(failed) = failed {
        figure.caption = format!("{} {failed}", figure.caption);
        figure.alternative = format!("{} {failed}", figure.alternative);
    }
    for (is_so, text) in [
        (faults.iter().any(PointFault::is_random), "Faults at random times are not shaded."),
        (faults.iter().any(|fault| !fault.strikes()), "A fault at or after the end of the run never strikes in it."),
    ] {
        if is_so {
            figure.caption = format!("{} {text}", figure.caption);
        }
    }
    let end = rows.iter().map(|row| row.start).fold(0.0, f64::max) + bin(reader, &rows);
    let unfinished = unfinished(&faults).map(|text| format!("{text}."));
    for text in unfinished.into_iter().chain(part(&figure.panels[0].x, end)) {
        figure.caption = format!("{} {text}", figure.caption);
    }
    figure.caption.extend(request.why_this_point(reader).map(|why| format!(" {why}")));
    let name = named(request, &format!("{}-timeline", stem(&request.measure)));
    let title = format!("{} {through}", capital(&words(&request.measure)));
    Ok(apart(Figure { name, title, ..figure }, reader.strategies()))
}

/// The sentence of a figure that ends before the run does; none if it shows all of the time after its beginning.
fn part(time: &Axis, end: f64) -> Option<String> {
    let write = |at: f64| Unit::Seconds.write(at);
    (time.high < end).then(|| format!("The figure ends at {}, the run at {}.", write(time.high), write(end)))
}

/// Puts marks behind those of a figure of one panel.
fn behind(mut figure: Figure, marks: Vec<Mark>) -> Figure {
    figure.panels[0].marks.splice(0..0, marks);
    figure
}

/// The effect of a gateway's restart on a rate.
const AGAIN: &str = "Clients of a gateway that restarts connect again: these attempts count too, so a rate can fall \
                     while as many attempts are late.";

/// The most panels of lines that would cover each other.
const PANELS_MAX: usize = 6;

/// Lines that are nowhere further apart cover each other, as a share of the axis.
const COVERS: f64 = 0.03;

/// Gives lines that cover each other a panel of their own, with the names above: in one panel with the others, nobody
/// sees which lines lie below. The figure stays as it is where no lines do so, or where the panels would be too many.
fn apart(mut figure: Figure, names: &[String]) -> Figure {
    let mut lines: Vec<Vec<(f64, f64)>> = vec![Vec::new(); names.len()];
    for mark in &figure.panels[0].marks {
        if let Mark::Band { look: Look::Series(strategy), places, .. } = mark {
            lines[*strategy].extend(places.iter().map(|place| (place.x, figure.panels[0].y.share(place.y))));
        }
    }
    let covers = |one: usize, other: usize| {
        let near = |(a, b): (&(f64, f64), &(f64, f64))| a.0.to_bits() == b.0.to_bits() && (a.1 - b.1).abs() <= COVERS;
        lines[one].len() == lines[other].len() && lines[one].iter().zip(&lines[other]).all(near)
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for strategy in 0..names.len() {
        match groups.iter_mut().find(|group| covers(group[0], strategy)) {
            Some(group) => group.push(strategy),
            None => groups.push(vec![strategy]),
        }
    }
    if groups.len() < 2 || groups.len() == names.len() || groups.len() > PANELS_MAX {
        return figure;
    }
    let whole = figure.panels.remove(0);
    let is_in = |group: &[usize], mark: &Mark| match mark {
        Mark::Band { look: Look::Series(strategy), .. } | Mark::Estimates { look: Look::Series(strategy), .. } => {
            group.contains(strategy)
        }
        _ => true,
    };
    figure.panels.extend(groups.iter().map(|group| {
        let own: Vec<&str> = group.iter().map(|strategy| names[*strategy].as_str()).collect();
        let marks = whole.marks.iter().filter(|mark| is_in(group, mark)).cloned().collect();
        Panel { title: few(&own, "strategies"), marks, ..whole.clone() }
    }));
    let warmup = whole.marks.iter().any(|mark| matches!(mark, Mark::Rule { along: Along::X, .. }));
    // narrow panels leave no room for the label of the line
    let warmup = if warmup { " Dashed upright line: the end of the warm-up." } else { "" };
    figure.caption = format!(
        "{} Lines in one panel are nowhere further apart than {} of the axis.{warmup}",
        figure.caption,
        Unit::Share.write(COVERS)
    );
    figure
}

/// `push: back in 3 min`; the name alone where there is nothing to say of it.
fn labelled(name: &str, words: &str) -> String {
    if words.is_empty() { name.to_owned() } else { format!("{name}: {words}") }
}

/// Whether the legend would say the same of every one of several strategies.
fn is_common(words: &[String]) -> bool {
    words.len() > 1 && !words[0].is_empty() && words.iter().all(|other| *other == words[0])
}

/// When the stall rate is back after a fault.
#[derive(Clone, Copy, PartialEq, Debug)]
struct MeanRecovery {
    /// The mean time, s; infinite if the rate is in some replication not back before the end of the run.
    mean: f64,
    /// The shortest time that can be judged, s.
    resolution: f64,
}

impl MeanRecovery {
    fn is_at_once(self) -> bool {
        self.mean <= self.resolution
    }

    /// `back in 3 min`; `back at once` where the time is too short to be judged.
    fn words(self) -> String {
        match self.mean {
            mean if mean.is_infinite() => "not back".to_owned(),
            _ if self.is_at_once() => "back at once".to_owned(),
            mean => format!("back in {}", Unit::Seconds.write(mean)),
        }
    }
}

/// What the legend says of a strategy beside its name.
#[derive(Clone, Copy, Debug, Default)]
struct Remark {
    /// Whether the figure is of stalls.
    of_stalls: bool,
    recovery: Option<MeanRecovery>,
    /// The share of creates that fail, if some do.
    failing: Option<f64>,
}

impl Remark {
    /// The recovery that is named. That the stall rate was back at once says nothing where creates fail.
    fn named_recovery(&self) -> Option<MeanRecovery> {
        self.recovery.filter(|recovery| self.failing.is_none() || !recovery.is_at_once())
    }

    /// `back in 3 min`, `stalls back in 3 min`; empty if no recovery is named.
    fn recovery_words(&self) -> String {
        let whose = if self.of_stalls { "" } else { "stalls " };
        self.named_recovery().map_or_else(String::new, |recovery| format!("{whose}{}", recovery.words()))
    }

    /// `back in 3 min, creates fail`, `17 % of creates fail`; empty if there is nothing to say.
    fn words(&self) -> String {
        match (self.recovery_words(), self.failing) {
            (recovery, None) => recovery,
            (recovery, Some(share)) if recovery.is_empty() => format!("{} of creates fail", Unit::Share.write(share)),
            (recovery, Some(_)) => format!("{recovery}, creates fail"),
        }
    }
}

/// The meanings of the words of recovery in the legend, and of the hollow marks on the lines.
fn meanings(remarks: &[Remark], windows: &[FaultSpan], window: Option<f64>, marked: bool) -> Vec<String> {
    let has = |is: fn(MeanRecovery) -> bool| remarks.iter().filter_map(Remark::named_recovery).any(is);
    let since = if windows.len() == 1 { "the fault" } else { "the faults that overlap" };
    let longest = if outages(windows).len() > 1 { ", of several outages the longest" } else { "" };
    let window = window.map(|span| Unit::Seconds.write(span));
    let mut meanings = Vec::new();
    if has(|recovery| recovery.mean.is_finite() && !recovery.is_at_once()) {
        meanings.push(format!("Back in: the mean time from the end of {since}{longest}."));
    }
    if let Some(span) = window.as_ref().filter(|_| has(MeanRecovery::is_at_once)) {
        meanings.push(format!(
            "Back at once: within {span} and a bin, so stalls ended with the fault or were never above that band at \
             its end."
        ));
    }
    if has(|recovery| recovery.mean.is_infinite()) {
        meanings.push("Not back: in some replication not before the end of the run.".to_owned());
    }
    if marked {
        meanings.push("Hollow marks: the mean time at which stalls are back.".to_owned());
    }
    if !meanings.is_empty() {
        let over = window.map_or_else(String::new, |span| format!(" of the last {span}"));
        let what = format!("Stalls are back when the stall rate{over} is within the 99 % band of its value before.");
        meanings.insert(0, what);
    }
    meanings
}

/// Marks on each line when the strategy was back, in a figure of stalls with one outage.
fn mark_recoveries(figure: &mut Figure, rows: &[SeriesRow], remarks: &[Remark], windows: &[FaultSpan]) {
    let outages = outages(windows);
    let [(_, end)] = outages.as_slice() else { return };
    for (strategy, remark) in remarks.iter().enumerate().filter(|(_, remark)| remark.of_stalls) {
        let Some(recovery) = remark.recovery.filter(|recovery| recovery.mean.is_finite()) else { continue };
        let (x, mean) = (end + recovery.mean, recovery.mean);
        let above = |y: &f64| highest_before(rows, strategy, windows).is_some_and(|highest| *y > highest);
        // Without a time to come back, a mark belongs where the line is not above its level before the fault.
        if let Some(y) = level(rows, strategy, x).filter(|y| mean > 0.0 || !above(y)) {
            let description = labelled(&figure.legend[strategy].label, &recovery.words());
            let places = vec![Place { x, y, interval: None, kind: Kind::Open, description }];
            let look = Look::Series(strategy);
            figure.panels[0].marks.push(Mark::Estimates { look, along: Along::Y, path: LinePath::None, places });
        }
    }
}

/// The longest recovery that says no more than that stalls ended with the fault, s: the window over which a recovery is
/// judged, and a bin.
fn resolution(reader: &Reader, rows: &[SeriesRow]) -> f64 {
    seconds(reader.setting("recovery_window")).map_or(0.0, |window| window + bin(reader, rows))
}

/// The highest upper limit of a strategy's line before the first fault; none if no bin is before it.
fn highest_before(rows: &[SeriesRow], strategy: usize, windows: &[FaultSpan]) -> Option<f64> {
    let first = windows.iter().map(|window| window.from).fold(f64::INFINITY, f64::min);
    let mut before: Vec<&SeriesRow> =
        rows.iter().filter(|row| row.group.strategy == strategy && row.start < first).collect();
    // The bin in which the fault begins is no longer before it.
    before.pop();
    before.iter().filter_map(|row| row.estimate.high.or(row.estimate.mean)).reduce(f64::max)
}

/// Adds the shares of failed creates, which the lines do not show.
fn add_failing_creates(remarks: &mut [Remark], reader: &Reader, point: usize) -> Result<(), Refusal> {
    let rows = reader.summary(|name| name == "create_failed" || name == "attempts_first")?;
    let mean = |measure: &str, strategy: usize| {
        let own =
            |row: &&SummaryRow| row.measure == measure && row.group.point == point && row.group.strategy == strategy;
        rows.iter().find(own).and_then(|row| row.estimate.mean).unwrap_or(0.0)
    };
    for (strategy, remark) in remarks.iter_mut().enumerate() {
        let (failed, all) = (mean("create_failed", strategy), mean("attempts_first", strategy));
        if failed > all * CREATES_FAIL {
            remark.failing = Some(failed / all);
        }
    }
    Ok(())
}

/// Beginning and end of each outage: faults that overlap or touch are one.
fn outages(windows: &[FaultSpan]) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = windows.iter().map(|window| (window.from, window.to)).collect();
    spans.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut outages: Vec<(f64, f64)> = Vec::new();
    for (from, to) in spans {
        match outages.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => outages.push((from, to)),
        }
    }
    outages
}

/// Draws the mean number of records of a gateway over time at one point.
pub(super) fn table_size(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let point = request.one_point(reader);
    let rows = rows(reader, "table_mean", point)?;
    let figure = draw(reader, &rows, "table_mean", point, (0.0, f64::INFINITY))?;
    let mut figure = behind(figure, windows(&faults(reader, point)).iter().map(FaultSpan::mark).collect());
    "records of a gateway, mean over the gateways".clone_into(&mut figure.panels[0].y.label);
    figure.caption.extend(request.why_this_point(reader).map(|why| format!(" {why}")));
    let title = "Size of the gateways' tables over time".to_owned();
    Ok(Figure { name: named(request, "table-size"), title, ..figure })
}

fn named(request: &Request, name: &str) -> String {
    request.point.map_or_else(|| name.to_owned(), |point| format!("{name}-point-{point}"))
}

fn rows(reader: &Reader, measure: &str, point: usize) -> Result<Vec<SeriesRow>, Refusal> {
    if !reader.has_series() {
        let why = "there is no timeseries.csv; the experiment needs [output] with bin = \"10s\"";
        return Err(Refusal::Nothing(why.to_owned()));
    }
    if !SERIES.iter().any(|series| series.name == measure) {
        let names: Vec<&str> = SERIES.iter().map(|series| series.name).collect();
        return Err(Refusal::Nothing(format!("timeseries.csv has no {measure}; it has {}", list(&names))));
    }
    let mut rows = reader.series(|name| name == measure)?;
    if rows.is_empty() {
        return Err(Refusal::Nothing(format!("timeseries.csv has no {measure}: another version of pushpull wrote it")));
    }
    rows.retain(|row| row.group.point == point);
    if rows.iter().all(|row| row.estimate.mean.is_none()) {
        return Err(Refusal::Nothing(format!("timeseries.csv has no values of {measure} at point {point}")));
    }
    Ok(rows)
}

/// Lines and bands of all strategies within a range of time.
fn draw(
    reader: &Reader,
    rows: &[SeriesRow],
    measure: &str,
    point: usize,
    range: (f64, f64),
) -> Result<Figure, Refusal> {
    let bin = bin(reader, rows);
    let shown: Vec<&SeriesRow> = rows
        .iter()
        .filter(|row| row.start + bin > range.0 && row.start <= range.1 && row.estimate.mean.is_some())
        .collect();
    let (first, last) = shown
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(first, last), row| (first.min(row.start), last.max(row.start + bin)));
    let unit = if COUNTS.contains(&measure) || measure == "api_queue_mean" { Unit::Count } else { Unit::Share };
    let y = vertical(&shown, measure, unit);
    let x = Axis {
        small: String::new(),
        label: "time".to_owned(),
        unit: Unit::Seconds,
        scale: Scale::Linear,
        low: first,
        high: last,
        ticks: Vec::new(),
    };
    let mut marks = Vec::new();
    if let Some(warmup) = seconds(reader.setting("warmup")).filter(|warmup| *warmup > first && *warmup < last) {
        marks.push(Mark::Rule { along: Along::X, at: warmup, label: "end of the warm-up".to_owned() });
    }
    let mut numbers = Numbers::new(["strategy", "t_s", measure, "low", "high"]);
    let mut peaks = Vec::new();
    for (strategy, name) in reader.strategies().iter().enumerate() {
        let mut runs: Vec<Vec<Place>> = Vec::new();
        let mut before = f64::NEG_INFINITY;
        let (mut highest, mut when) = (f64::NEG_INFINITY, 0.0);
        for row in shown.iter().filter(|row| row.group.strategy == strategy) {
            let Some(mean) = row.estimate.mean else { continue };
            let description = format!(
                "{name}, {}: {}",
                Unit::Seconds.write(row.start),
                super::caption::estimate(unit, &row.estimate)
            );
            let place = Place {
                x: row.start + bin / 2.0,
                y: mean,
                interval: row.estimate.low.zip(row.estimate.high),
                kind: Kind::Bare,
                description,
            };
            if row.start - before > bin * 1.5 {
                runs.push(Vec::new());
            }
            runs.last_mut().expect("a run was begun").push(place);
            before = row.start;
            if mean > highest {
                (highest, when) = (mean, row.start);
            }
            numbers.push([
                name.clone(),
                cell(Some(row.start)),
                cell(Some(mean)),
                cell(row.estimate.low),
                cell(row.estimate.high),
            ]);
        }
        if highest.is_finite() {
            peaks.push(format!("{name} at most {} at {}", unit.write(highest), Unit::Seconds.write(when)));
        }
        marks.extend(runs.into_iter().map(|places| Mark::Band { look: Look::Series(strategy), places, wide: bin }));
    }
    let names = reader.strategies().iter().enumerate();
    let bare = if shown.iter().any(|row| row.estimate.low.is_none() || row.estimate.high.is_none()) {
        " A line without a band: too few attempts for an interval."
    } else {
        ""
    };
    Ok(Figure {
        name: String::new(),
        title: String::new(),
        subtitle: place(reader, point),
        caption: format!(
            "{}. Lines: means over the replications, in bins of {}; bands: {} intervals of the mean.{bare}",
            effort(reader, Some(point), measure)?,
            Unit::Seconds.write(bin),
            confidence(reader)
        ),
        alternative: format!("Lines of {} over time, by strategy: {}.", words(measure), peaks.join("; ")),
        source: source(reader),
        panels: vec![Panel { title: String::new(), small: String::new(), x, y, apart: false, marks }],
        legend: names.map(|(index, name)| Entry { look: Look::Series(index), label: name.clone() }).collect(),
        at_ends: false,
        numbers,
    })
}

/// From zero to the highest limit, or by equal factors where the levels of the strategies are decades apart.
fn vertical(rows: &[&SeriesRow], measure: &str, unit: Unit) -> Axis {
    let highest = rows.iter().filter_map(|row| row.estimate.high.or(row.estimate.mean)).fold(0.0, f64::max);
    let (label, ticks) = (words(measure), Vec::new());
    let mut levels = std::collections::BTreeMap::new();
    for row in rows {
        let level: &mut f64 = levels.entry(row.group.strategy).or_default();
        *level = level.max(row.estimate.mean.unwrap_or(0.0));
    }
    let lowest = levels.values().copied().filter(|level| *level > 0.0).fold(f64::INFINITY, f64::min);
    if unit == Unit::Count && highest / lowest >= DECADES {
        return Axis {
            small: String::new(),
            label,
            unit,
            scale: Scale::Log,
            low: (lowest / 20.0).max(highest * 1e-6),
            high: highest * 1.3,
            ticks,
        };
    }
    let high = if highest > 0.0 { highest * 1.05 } else { 1.0 };
    let high = if unit == Unit::Share { high.min(1.0) } else { high };
    Axis { small: String::new(), label, unit, scale: Scale::Linear, low: 0.0, high, ticks }
}

/// Width of a bin, s.
fn bin(reader: &Reader, rows: &[SeriesRow]) -> f64 {
    let starts = || rows.iter().map(|row| row.start);
    let second = starts().filter(|start| *start > 0.0).fold(f64::INFINITY, f64::min);
    let known = seconds(reader.setting("output.bin"));
    known.or_else(|| second.is_finite().then_some(second)).unwrap_or(1.0)
}

/// A strategy's level at a time.
fn level(rows: &[SeriesRow], strategy: usize, at: f64) -> Option<f64> {
    let own = rows.iter().filter(|row| row.group.strategy == strategy && row.start <= at);
    own.filter_map(|row| row.estimate.mean).next_back()
}

/// Bins that are shown at least on both sides of the faults.
const BINS_BESIDE: f64 = 6.0;

/// The range of time that is shown: some time before the faults, the faults, and the recoveries.
fn range(windows: &[FaultSpan], recoveries: &[SummaryRow], point: usize, bin: f64) -> (f64, f64) {
    let first = windows.iter().map(|window| window.from).fold(f64::INFINITY, f64::min);
    let last = windows.iter().map(|window| window.to).fold(0.0, f64::max);
    if windows.is_empty() {
        return (0.0, f64::INFINITY);
    }
    let here = recoveries.iter().filter(|row| row.group.point == point).filter_map(|row| row.estimate.mean);
    let back = here.filter(|mean| mean.is_finite()).fold(0.0, f64::max);
    let room = ((last - first + back) * 0.3).max(bin * BINS_BESIDE);
    ((first - room).max(0.0), last + back + room)
}

/// The scheduled faults of fixed length that strike at a point.
fn windows(faults: &[PointFault]) -> Vec<FaultSpan> {
    let span = |fault: &PointFault| {
        let (from, to) = fault.span()?;
        Some(FaultSpan { from, to, label: fault.label().to_owned() })
    };
    faults.iter().filter_map(span).collect()
}

fn seconds(value: Option<&toml::Value>) -> Option<f64> {
    parse_duration(value?.as_str()?).ok().map(Duration::as_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_whose_creates_fail_is_not_said_to_be_back_at_once() {
        let remark = |mean: Option<f64>| {
            let recovery = mean.map(|mean| MeanRecovery { mean, resolution: 10.0 });
            let remark = Remark { of_stalls: true, recovery, failing: Some(0.17) };
            (remark.words(), remark.recovery_words())
        };
        let texts = |words: &str, recovery: &str| (words.to_owned(), recovery.to_owned());
        assert_eq!(remark(Some(0.0)), texts("17 % of creates fail", ""));
        assert_eq!(remark(Some(20.0)), texts("back in 20 s, creates fail", "back in 20 s"));
        assert_eq!(remark(None), texts("17 % of creates fail", ""));
    }

    #[test]
    fn a_figure_that_ends_before_the_run_says_so() {
        let time = Axis { low: 0.0, high: 432.0, unit: Unit::Seconds, ..Axis::categories("time", Vec::new()) };
        assert_eq!(part(&time, 1200.0).as_deref(), Some("The figure ends at 7.2 min, the run at 20 min."));
        assert_eq!(part(&time, 432.0), None);
    }

    #[test]
    fn a_recovery_within_the_window_is_at_once() {
        let back = |mean, resolution| MeanRecovery { mean, resolution }.words();
        assert_eq!(back(0.0, 0.0), "back at once");
        assert_eq!(back(59.8, 70.0), "back at once");
        assert_eq!(back(90.0, 70.0), "back in 90 s");
        assert_eq!(back(f64::INFINITY, 70.0), "not back");
    }
}
