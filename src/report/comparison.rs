//! The comparison: for each point a table of the strategies, and one of every measure; and a table over all points.

use serde::Serialize;

use crate::figure::faults;
use crate::folder::reader::ReadEstimate;
use crate::measure::{Load, MEASURES};
use crate::model::Cause;
use crate::report::conclusion::Conclusion;
use crate::report::conclusion::best::create_failures;
use crate::report::conclusion::facts::Facts;
use crate::report::conclusion::standing::{AgainstBaseline, LATE, STALL, Standing, Standings, highest};
use crate::report::conclusion::write;
use draw::figure::Unit;

/// Points that are shown one by one; of more, as many evenly spread over them.
const POINTS_MAX: usize = 40;

/// Points, and what they have in common.
#[derive(Serialize, Debug)]
pub(super) struct ComparisonSection {
    columns: Vec<ComparedColumn>,
    points: Vec<ComparedPoint>,
    /// Points of the experiment.
    total: usize,
    /// How the strategies do over all points; none if there is one point.
    over_all: Option<OverAll>,
}

impl ComparisonSection {
    /// The points that are shown.
    pub(super) fn points(&self) -> impl Iterator<Item = usize> {
        self.points.iter().map(|point| point.index)
    }

    /// The shown point that is nearest to another.
    pub(super) fn nearest(&self, wanted: usize) -> usize {
        self.points().min_by_key(|point| point.abs_diff(wanted)).unwrap_or(0)
    }
}

/// A column of the table of a point.
#[derive(Serialize, Debug)]
struct ComparedColumn {
    label: &'static str,
    about: &'static str,
}

#[derive(Serialize, Debug)]
struct ComparedPoint {
    index: usize,
    /// `bus.loss = 0.1`; empty if nothing is swept.
    label: String,
    rows: Vec<ComparedRow>,
    /// Every measure; empty where there are too many points.
    measures: Vec<ComparedMeasure>,
}

#[derive(Serialize, Debug)]
struct ComparedRow {
    strategy: String,
    is_baseline: bool,
    /// `best`, `not worse`; empty for others.
    standing: &'static str,
    cells: Vec<ComparedCell>,
}

#[derive(Serialize, Debug)]
struct ComparedMeasure {
    name: &'static str,
    about: &'static str,
    cells: Vec<ComparedCell>,
}

#[derive(Serialize, Debug)]
struct OverAll {
    rows: Vec<Over>,
}

#[derive(Serialize, Debug)]
struct Over {
    strategy: String,
    is_baseline: bool,
    cells: Vec<ComparedCell>,
}

/// A cell of a table.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct ComparedCell {
    /// The text.
    text: String,
    /// An interval or a remark, in small print.
    note: String,
    /// A second value that belongs to it, in small print, too.
    second: String,
    /// The number that the column is sorted by, as in the files; empty if undefined.
    key: String,
    /// The text on hovering.
    hover: String,
    /// The style of its verdict: `lower`, `higher`, `same`, or none.
    verdict: &'static str,
}

impl ComparedCell {
    /// A value by itself.
    fn value(unit: Unit, value: Option<f64>) -> Self {
        Self { text: write::value(unit, value), key: write::exact(value), ..Self::default() }
    }

    /// A value with its interval.
    ///
    /// A count of zero in all runs stands by itself: what a strategy never does, such as sending, has no chance in it.
    pub(super) fn estimate(unit: Unit, ReadEstimate { mean, low, high }: ReadEstimate) -> Self {
        let is_bare = mean == Some(0.0) && (unit == Unit::Count || high == Some(0.0));
        Self {
            text: write::value(unit, mean),
            note: if is_bare { String::new() } else { write::limits(unit, mean, low, high) },
            key: write::exact(mean),
            hover: exactly(mean, low, high),
            ..Self::default()
        }
    }

    /// The same with the difference from the baseline, which has the verdict.
    fn beside(self, difference: Self) -> Self {
        let second = [difference.text, difference.note].join(" ");
        let hover = format!("{}; difference: {}", self.hover, difference.hover);
        Self { second: second.trim_end().to_owned(), hover, verdict: difference.verdict, ..self }
    }

    /// The same, if the measure is the time of recovery: with the share of failed creates, which a recovery does not
    /// count, where that is not small; and without a value where the run ends too soon after a fault.
    pub(super) fn of_recovery(self, facts: &Facts<'_>, point: usize, strategy: usize, measure: &str) -> Self {
        if measure != "recovery_max_s" {
            return self;
        }
        if facts.mean(point, strategy, measure).is_some_and(f64::is_infinite)
            && let faults = faults(facts.reader, point)
            && let Some(fault) = faults.iter().find(|fault| fault.hides_recovery())
        {
            let which = if faults.len() == 1 { "the fault".to_owned() } else { fault.named() };
            let note = format!("the run ends before it can be seen: {which}");
            return Self { text: write::UNDEFINED.to_owned(), note, ..Self::default() };
        }
        let share = create_failures(facts, point, strategy);
        if share <= CREATES_FAIL {
            return self;
        }
        let failing = format!("{} of creates fail", Unit::Share.write(share));
        let note = if self.note.is_empty() { failing } else { format!("{}; {failing}", self.note) };
        Self { note, ..self }
    }

    /// The same with a verdict.
    pub(super) fn with_verdict(self, verdict: &'static str) -> Self {
        Self { verdict, ..self }
    }
}

/// The numbers as the files have them.
fn exactly(mean: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    match (mean, low.zip(high)) {
        (None, _) => "undefined".to_owned(),
        (mean, None) => format!("{}, no interval", write::exact(mean)),
        (mean, Some(_)) => {
            format!("{}, interval {} to {}", write::exact(mean), write::exact(low), write::exact(high))
        }
    }
}

/// How a verdict of `compare.csv` looks.
pub(super) fn verdict(text: &str) -> &'static str {
    match text {
        "lower" => "lower",
        "higher" => "higher",
        "" => "",
        _ => "same",
    }
}

/// How the verdict on a measure of a strategy looks beside its value. Where only one of it and the baseline is infinite
/// they are not alike, and no difference can be tested: nothing is said.
pub(super) fn verdict_beside(facts: &Facts<'_>, point: usize, strategy: usize, measure: &str) -> &'static str {
    let is_infinite = |strategy: usize| facts.mean(point, strategy, measure).is_some_and(f64::is_infinite);
    let looks = facts.compare(point, strategy, measure).map_or("", |row| verdict(&row.verdict));
    if looks == "same" && is_infinite(strategy) != is_infinite(facts.baseline()) { "" } else { looks }
}

/// The comparison at every point that is shown.
pub(super) fn comparison(facts: &Facts<'_>, conclusion: &Conclusion) -> ComparisonSection {
    let reader = facts.reader;
    let total = reader.points().len();
    let shown: Vec<usize> = if total <= POINTS_MAX {
        (0..total).collect()
    } else {
        (0..POINTS_MAX).map(|index| index * (total - 1) / (POINTS_MAX - 1)).collect()
    };
    let optional = OptionalMeasure::of(facts);
    let points = shown.into_iter().map(|point| ComparedPoint {
        index: point,
        label: reader.describe(point),
        rows: rows(facts, point, conclusion, &optional),
        measures: if facts.all { measures(facts, point) } else { Vec::new() },
    });
    ComparisonSection {
        columns: columns(&optional),
        points: points.collect(),
        total,
        over_all: (total > 1 && !conclusion.standings.is_empty()).then(|| over_all(facts, conclusion)),
    }
}

/// The share of creates that may fail without a word beside a recovery.
const CREATES_FAIL: f64 = 0.001;

/// Columns that stand there only where they say something: measure, heading, meaning.
const OPTIONAL: [(&str, &str, &str); 3] = [
    ("stale_fraction", "Out of date", "Stale record-time over record-time"),
    ("revoked_exposure_mean_s", "Revoked stays", "Mean time that a record stayed installed after its revocation"),
    (
        "recovery_max_s",
        "Stalls back",
        "Longest time from the end of a fault until the stall rate was back, mean over the runs; failed creates are no stalls",
    ),
];

/// Which columns say something.
struct OptionalMeasure {
    differences: bool,
    measures: Vec<(&'static str, &'static str, &'static str)>,
}

impl OptionalMeasure {
    fn of(facts: &Facts<'_>) -> Self {
        let reader = facts.reader;
        let any = |measure: &str| {
            (0..reader.points().len()).any(|point| {
                (0..reader.strategies().len())
                    .any(|strategy| facts.mean(point, strategy, measure).is_some_and(|mean| mean != 0.0))
            })
        };
        Self {
            differences: reader.strategies().len() > 1,
            measures: OPTIONAL.into_iter().filter(|(measure, ..)| any(measure)).collect(),
        }
    }
}

fn columns(optional: &OptionalMeasure) -> Vec<ComparedColumn> {
    let column = |label, about| ComparedColumn { label, about };
    let [late, stall] = if optional.differences {
        [
            "Not connected late_after after the start of the attempt, failed creates among them, over attempts; below: less \
             that of the baseline, as in compare.csv",
            "Stalled over attempts that sent an initiation; below: less that of the baseline, as in compare.csv",
        ]
    } else {
        [
            "Not connected late_after after the start of the attempt, failed creates among them, over attempts",
            "Stalled over attempts that sent an initiation",
        ]
    };
    let mut columns = vec![
        column("Late rate", late),
        column("Stall rate", stall),
        column("Main cause", "The cause of most stalls, and its share of them"),
        column("Never connected", "Failed over attempts that sent an initiation"),
        column(
            "Wait",
            "Handshake wait, pooled over the runs: median and 99th percentile; attempts that failed are infinite",
        ),
        column("Connect", "Time to connect, the create included, pooled over the runs: median and 99th percentile"),
    ];
    columns.extend(optional.measures.iter().map(|(_, label, about)| column(label, about)));
    columns.extend([
        column("Messages", "Messages sent over the bus and on the streams of watch, per attempt"),
        column("API requests", "Creates, fetches, lists and watches that reached the API, per attempt"),
        column("Records", "Time-averaged records per gateway"),
    ]);
    columns
}

fn rows(facts: &Facts<'_>, point: usize, conclusion: &Conclusion, optional: &OptionalMeasure) -> Vec<ComparedRow> {
    let reader = facts.reader;
    let baseline = facts.baseline();
    let standings = conclusion.standings.get(point);
    (0..reader.strategies().len())
        .map(|strategy| ComparedRow {
            strategy: facts.name(strategy).to_owned(),
            is_baseline: strategy == baseline && optional.differences,
            standing: match (conclusion.best[point].contains(&strategy), conclusion.shown[point]) {
                (true, true) if optional.differences => "best",
                (true, false) if optional.differences => "not worse",
                _ => "",
            },
            cells: cells(facts, point, standings, strategy, optional),
        })
        .collect()
}

fn cells(
    facts: &Facts<'_>,
    point: usize,
    standings: Option<&Standings>,
    strategy: usize,
    optional: &OptionalMeasure,
) -> Vec<ComparedCell> {
    let (late, stall) = (standings.map(|at| &at.late), standings.map(|at| &at.stall));
    let judged = |standing: Option<&Standing>, measure: &str| {
        let cell = rate(facts, point, standing, measure, strategy);
        match facts.compare(point, strategy, measure) {
            Some(_) => cell.beside(difference(facts, point, strategy, measure)),
            None => cell,
        }
    };
    let wait = |name: &str| {
        let [median, most] = [0.5, 0.99].map(|quantile| facts.quantile(point, strategy, name, quantile));
        let second = most.map_or_else(String::new, |most| format!("p99 {}", Unit::Seconds.write(most)));
        ComparedCell { second, ..ComparedCell::value(Unit::Seconds, median) }
    };
    let mut cells = vec![
        judged(late, LATE.rate),
        judged(stall, STALL.rate),
        main_cause(facts, point, strategy),
        ComparedCell::estimate(Unit::Share, facts.estimate(point, strategy, "failure_rate")),
        wait("handshake_wait_s"),
        wait("time_to_connect_s"),
    ];
    cells.extend(optional.measures.iter().map(|(measure, ..)| {
        let cell = ComparedCell::estimate(Facts::unit(measure), facts.estimate(point, strategy, measure));
        cell.of_recovery(facts, point, strategy, measure)
    }));
    cells.extend([
        per_attempt(facts, point, strategy, &[Load::Bus, Load::Stream]),
        per_attempt(facts, point, strategy, &[Load::Create, Load::Request]),
        ComparedCell {
            note: String::new(),
            ..ComparedCell::estimate(Unit::Count, facts.estimate(point, strategy, "table_mean"))
        },
    ]);
    cells
}

/// A rate that strategies are judged by; where there was no event, its upper limit.
fn rate(facts: &Facts<'_>, point: usize, standing: Option<&Standing>, measure: &str, strategy: usize) -> ComparedCell {
    let estimate = facts.estimate(point, strategy, measure);
    let cell = ComparedCell::estimate(Unit::Share, estimate);
    match standing.and_then(|standing| standing.rate(strategy)) {
        Some(rate) if rate.events == 0 => ComparedCell {
            text: format!("0 of {}", write::count(rate.trials)),
            note: rate.limits.map_or_else(String::new, |limits| format!("at most {}", Unit::Share.write(limits.1))),
            ..cell
        },
        Some(rate) => {
            let (events, trials) = (write::count(rate.events), write::count(rate.trials));
            ComparedCell { hover: format!("{}; {events} of {trials} attempts", cell.hover), ..cell }
        }
        None => cell,
    }
}

fn difference(facts: &Facts<'_>, point: usize, strategy: usize, measure: &str) -> ComparedCell {
    match facts.compare(point, strategy, measure) {
        None => ComparedCell::value(Unit::None, None),
        Some(row) => {
            let cell = ComparedCell::estimate(Unit::SharePoints, row.difference);
            let p =
                row.p_adjusted.map_or_else(String::new, |p| format!("; adjusted p-value {}", write::exact(Some(p))));
            ComparedCell { hover: format!("{}{p}", cell.hover), ..cell.with_verdict(verdict(&row.verdict)) }
        }
    }
}

/// The cause of most stalls, and its share of them.
fn main_cause(facts: &Facts<'_>, point: usize, strategy: usize) -> ComparedCell {
    let causes: Vec<(&str, f64)> = Cause::ALL
        .iter()
        .map(|cause| (cause.label(), facts.mean(point, strategy, cause.column()).unwrap_or(0.0)))
        .collect();
    let total: f64 = causes.iter().map(|cause| cause.1).sum();
    if total <= 0.0 {
        return ComparedCell::value(Unit::None, None);
    }
    let main = causes.iter().fold(("", 0.0), |main, cause| if cause.1 > main.1 { *cause } else { main });
    let shares: Vec<String> = causes
        .iter()
        .filter(|cause| cause.1 > 0.0)
        .map(|(name, number)| format!("{name} {}", Unit::Share.write(number / total)))
        .collect();
    ComparedCell {
        text: main.0.to_owned(),
        note: Unit::Share.write(main.1 / total),
        key: main.0.to_owned(),
        hover: shares.join(", "),
        ..ComparedCell::default()
    }
}

/// Means of counts over the mean number of attempts.
fn per_attempt(facts: &Facts<'_>, point: usize, strategy: usize, carriers: &[Load]) -> ComparedCell {
    let attempts = facts.mean(point, strategy, "attempts").filter(|attempts| *attempts > 0.0);
    let sum: Option<f64> = Load::measures(carriers).map(|measure| facts.mean(point, strategy, measure)).sum();
    let ratio = sum.zip(attempts).map(|(sum, attempts)| sum / attempts);
    ComparedCell {
        hover: ratio.map_or_else(String::new, |ratio| format!("{ratio}")),
        ..ComparedCell::value(Unit::Count, ratio)
    }
}

/// Every measure of a point, those left out that are undefined for all strategies.
fn measures(facts: &Facts<'_>, point: usize) -> Vec<ComparedMeasure> {
    let strategies = 0..facts.reader.strategies().len();
    MEASURES
        .iter()
        .filter(|measure| strategies.clone().any(|strategy| facts.mean(point, strategy, measure.name).is_some()))
        .map(|measure| ComparedMeasure {
            name: measure.name,
            about: measure.about,
            cells: strategies
                .clone()
                .map(|strategy| {
                    let estimate = facts.estimate(point, strategy, measure.name);
                    let cell = ComparedCell::estimate(Unit::of(measure.unit), estimate);
                    let looks = verdict_beside(facts, point, strategy, measure.name);
                    // there are thousands of these cells: texts on hovering would double the page
                    ComparedCell { hover: String::new(), ..cell.with_verdict(looks) }
                })
                .collect(),
        })
        .collect()
}

/// The range of each strategy's rate of late attempts, at how many points it is among the best, and at how many it is
/// below, above or beside the baseline.
fn over_all(facts: &Facts<'_>, conclusion: &Conclusion) -> OverAll {
    let baseline = facts.baseline();
    let standings = || conclusion.standings.iter().map(|at| &at.late);
    let whole = |number: usize| ComparedCell::value(Unit::Count, Some(number as f64));
    let row = |strategy: usize| {
        let rates = || standings().filter_map(|standing| Some((standing, standing.mean(strategy)?)));
        let place = |found: Option<(&Standing, f64)>| {
            let Some((standing, _)) = found else { return ComparedCell::value(Unit::Share, None) };
            let cell = rate(facts, standing.point, Some(standing), LATE.rate, strategy);
            ComparedCell { note: facts.reader.describe(standing.point), verdict: "", ..cell }
        };
        let count = |verdict| standings().filter(|standing| standing.verdict(strategy) == Some(verdict)).count();
        let mut cells = vec![
            place(rates().min_by(|a, b| a.1.total_cmp(&b.1))),
            place(highest(rates(), |rate| rate.1)),
            whole(conclusion.best.iter().filter(|best| best.contains(&strategy)).count()),
        ];
        for verdict in [AgainstBaseline::Lower, AgainstBaseline::NotShown, AgainstBaseline::Higher] {
            cells.push(if strategy == baseline {
                ComparedCell::value(Unit::None, None)
            } else {
                whole(count(verdict))
            });
        }
        Over { strategy: facts.name(strategy).to_owned(), is_baseline: strategy == baseline, cells }
    };
    OverAll { rows: (0..facts.reader.strategies().len()).map(row).collect() }
}
