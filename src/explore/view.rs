//! The page's view of the runs so far: the statistics of a result folder, written into memory and read back, and the
//! conclusion and figures drawn from them.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::figure::{Refusal, Request, capital, estimate, figures, rates, words};
use crate::folder::compare::Comparison;
use crate::folder::manifest::Manifest;
use crate::folder::reader::{CompareRow, DistributionRow, HeldFiles, Reader, SummaryRow};
use crate::folder::sides::Sides;
use crate::folder::{GroupSummary, OnPoint, runs};
use crate::plan::{Group, Plan};
use crate::report::Sanity;
use crate::report::conclusion::Conclusion;
use crate::run::{Row, RunPool};
use draw::figure::{Figure, Unit};

/// The measures of the page's table.
const SHOWN: [&str; 7] = [
    "late_rate",
    "stall_rate",
    "failure_rate",
    "handshake_wait_p50_s",
    "handshake_wait_p99_s",
    "missing_fraction",
    "stale_fraction",
];

/// Quantiles of the table that are estimated from all attempts of a group, as `pushpull run` prints them: the measure, its
/// distribution, and the quantile. The estimate of the measure itself is the mean of one quantile a run.
const POOLED: [(&str, &str, f64); 2] =
    [("handshake_wait_p50_s", "handshake_wait_s", 0.5), ("handshake_wait_p99_s", "handshake_wait_s", 0.99)];

/// The measures whose differences to the baseline are shown.
const COMPARED: [&str; 2] = ["late_rate", "stall_rate"];

/// A figure that the page wants.
#[derive(Clone, PartialEq, Eq, Deserialize, Debug)]
pub(super) struct WantedFigure {
    /// `rates`, or a kind of `pushpull plot`.
    kind: String,
    /// Its measure, where it shows any one.
    measure: String,
    /// Its point, where it shows one.
    point: usize,
}

/// Warnings of each finished point.
struct PageWarnings(Sanity);

impl OnPoint for PageWarnings {
    fn point(&mut self, groups: &mut [GroupSummary], compared: &[(usize, Vec<Comparison>)]) {
        self.0.push(groups, compared);
    }
}

/// The results of the first `complete` replications; `of` gives the runs of a group with their pool.
pub(super) fn view(
    plan: &Plan,
    wanted: &[WantedFigure],
    complete: u32,
    of: impl Fn(Group) -> (Vec<Row>, RunPool),
) -> Result<Value, String> {
    let mut gathered = PageWarnings(Sanity::new(plan));
    let reader = read(plan, &mut gathered, of).map_err(|error| error.to_string())?;
    let conclusion = Conclusion::of(&reader).map_err(|error| error.to_string())?;
    let drawn: Vec<Value> = wanted.iter().map(|wanted| drawn(&reader, wanted)).collect();
    let manifest = reader.manifest();
    Ok(json!({
        "complete": complete, "runs": manifest.runs, "events": manifest.events,
        "conclusion": conclusion.lines,
        "goals": conclusion.goals.sentence(&reader, &[]).map(|sentence| sentence.to_string()),
        "warnings": gathered.0.warnings(plan),
        "telling": conclusion.telling,
        "points": points(&reader).map_err(|error| error.to_string())?,
        "figures": drawn,
    }))
}

/// The files of a result folder in memory.
fn read(
    plan: &Plan,
    gathered: &mut PageWarnings,
    of: impl Fn(Group) -> (Vec<Row>, RunPool),
) -> Result<Reader, crate::folder::Error> {
    let mut manifest = Manifest::begin(plan, None, 1, Vec::new(), String::new());
    manifest.ended = Some(String::new());
    let mut lines = runs::header(plan);
    let mut sides = Sides::new(plan, |_| Ok(Vec::new()), gathered)?;
    for point in 0..plan.points.len() {
        for strategy in 0..plan.strategies.len() {
            let group = Group { point, strategy };
            let (rows, pool) = of(group);
            manifest.runs += rows.len() as u64;
            manifest.events += rows.iter().map(|row| row.events).sum::<u64>();
            lines.extend(runs::lines(plan, &rows));
            sides.group(group, rows, pool)?;
        }
    }
    let mut files: HeldFiles = sides.finish()?.into_iter().map(|(name, lines)| (name, lines.into())).collect();
    files.insert("runs.csv", lines.into());
    Reader::held(manifest, files)
}

/// Each point: its values, and for each strategy the measures of the table.
fn points(reader: &Reader) -> Result<Vec<Value>, crate::folder::Error> {
    let summary = reader.summary(|name| SHOWN.contains(&name))?;
    let compare = reader.compare(|name| COMPARED.contains(&name))?;
    let distributions = reader.distributions(|name| POOLED.iter().any(|(_, of, _)| *of == name))?;
    let pooled = |group: Group, (_, name, quantile): (&str, &str, f64)| {
        let is_it = |row: &&DistributionRow| {
            row.group == group && row.measure == name && (row.quantile - quantile).abs() < 1e-9
        };
        let value = distributions.iter().find(is_it).and_then(|row| row.value);
        json!({ "text": value.map_or_else(|| "–".to_owned(), |value| Unit::Seconds.write(value)), "mean": value })
    };
    let point = |point: usize| {
        let strategies = reader.strategies().iter().enumerate().map(|(strategy, name)| {
            let group = Group { point, strategy };
            let measures = SHOWN.map(|measure| {
                if let Some(of) = POOLED.iter().find(|(name, ..)| *name == measure) {
                    return pooled(group, *of);
                }
                let row = summary.iter().find(|row| row.group == group && row.measure == measure);
                row.map_or(Value::Null, estimated)
            });
            let differences = COMPARED.map(|measure| {
                let row = compare.iter().find(|row| row.group == group && row.measure == measure);
                row.map_or(Value::Null, compared)
            });
            json!({ "name": name, "measures": measures, "differences": differences })
        });
        json!({ "place": reader.describe(point), "strategies": strategies.collect::<Vec<_>>() })
    };
    Ok((0..reader.points().len()).map(point).collect())
}

fn estimated(row: &SummaryRow) -> Value {
    json!({ "text": estimate(Unit::of(&row.unit), &row.estimate), "mean": row.estimate.mean })
}

fn compared(row: &CompareRow) -> Value {
    let unit = Unit::of(&row.unit).difference();
    json!({ "text": estimate(unit, &row.difference), "mean": row.difference.mean, "verdict": row.verdict })
}

/// A figure as an element of the page, or why there is none.
fn drawn(reader: &Reader, wanted: &WantedFigure) -> Value {
    match figure(reader, wanted) {
        Ok(figure) => json!({
            "name": figure.name, "title": figure.title, "caption": figure.caption, "svg": draw::element(&figure),
        }),
        // The page has the figure's name above.
        Err(why) => {
            let why = why.to_string();
            json!({ "none": why.strip_prefix(&format!("{}: ", wanted.kind)).unwrap_or(&why) })
        }
    }
}

fn figure(reader: &Reader, wanted: &WantedFigure) -> Result<Figure, Refusal> {
    if wanted.kind == "rates" {
        return rates(reader, &wanted.measure, wanted.point);
    }
    let request = Request {
        kinds: vec![wanted.kind.clone()],
        measure: wanted.measure.clone(),
        point: Some(wanted.point),
        ..Request::default()
    };
    figures(reader, &request)?.pop().ok_or_else(|| Refusal::Nothing("there is no such figure".to_owned()))
}

/// What the columns of the page's table are called, and which of them are differences.
pub(super) fn columns() -> Value {
    json!({ "measures": SHOWN.map(|name| capital(&words(name))), "differences": COMPARED.map(|name| capital(&words(name))) })
}
