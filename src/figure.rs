//! Figures of a result folder: the kinds, and the code that makes each from the folder.
//!
//! Every figure is made from the rows of the folder's CSV files and its manifest, so it can be drawn again without
//! running anything. A figure for which the folder holds no numbers is not drawn. If a user asks for it, a message gives the reason.

mod caption;
mod causes;
mod design;
mod differences;
mod faults;
mod freshness;
mod goals;
mod heatmap;
mod rates;
mod selection;
mod sweep;
mod swept;
mod timeline;
mod waits;

pub(crate) use self::caption::{capital, creates_that_fail, cut_bars, estimate, list, omits_failed_creates, words};
pub(crate) use self::faults::{PointFault, faults, unfinished};
pub(crate) use self::rates::rates;
use std::fmt;

use crate::file::nearest;
use crate::folder::error::Error;
use crate::folder::pages::{KEYWORD, NAMESPACE};
use crate::folder::reader::{Reader, SummaryRow};
use crate::plan::Group;
use draw::figure::{Entry, Figure, Look, Source};

/// The kinds of figures, in the order in which they are drawn.
pub const KINDS: [FigureKind; 8] = [
    FigureKind {
        name: "sweep",
        about: "a measure against a swept key, with intervals",
        of_a_point: false,
        sheet: Some(0),
        draw: sweep::figure,
    },
    FigureKind {
        name: "heatmap",
        about: "a measure over two swept keys, a cell for each point",
        of_a_point: false,
        sheet: Some(2),
        draw: heatmap::figure,
    },
    FigureKind {
        name: "waits",
        about: "how long handshakes wait, and how many never end",
        of_a_point: true,
        sheet: Some(1),
        draw: waits::figure,
    },
    FigureKind {
        name: "differences",
        about: "paired differences to the baseline, with intervals",
        of_a_point: false,
        sheet: Some(3),
        draw: differences::figure,
    },
    FigureKind {
        name: "causes",
        about: "why attempts stalled, as rates and shares",
        of_a_point: false,
        sheet: None,
        draw: causes::figure,
    },
    FigureKind {
        name: "timeline",
        about: "a measure over time, through the faults",
        of_a_point: true,
        sheet: None,
        draw: timeline::figure,
    },
    FigureKind {
        name: "freshness",
        about: "staleness against messages and requests, with the Pareto front",
        of_a_point: false,
        sheet: None,
        draw: freshness::figure,
    },
    FigureKind {
        name: "table-size",
        about: "records of a gateway over time",
        of_a_point: true,
        sheet: None,
        draw: timeline::table_size,
    },
];

/// A kind of figure.
#[derive(Clone, Copy)]
pub struct FigureKind {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Whether it shows one point. The report draws such a figure for each point that it shows.
    pub of_a_point: bool,
    /// Its rank, if it can be the one figure of the sheet: the first kind that can be drawn is shown.
    pub sheet: Option<u8>,
    draw: fn(&Reader, &Request) -> Result<Figure, Refusal>,
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Names of kinds; empty: all that fit.
    pub kinds: Vec<String>,
    /// The measure of those figures that show any one.
    pub measure: String,
    /// The point of figures that show one point. None: [`telling`](Self::telling), or several points.
    pub point: Option<usize>,
    /// The point that the conclusion is about: the default for figures of one point. None: the last.
    pub telling: Option<usize>,
}

/// The measure of figures that show any one, unless another is asked for: the one by which strategies are judged.
pub const MEASURE: &str = "late_rate";

impl Default for Request {
    fn default() -> Self {
        Self { kinds: Vec::new(), measure: MEASURE.to_owned(), point: None, telling: None }
    }
}

impl Request {
    /// The point of a figure that shows one.
    fn one_point(&self, reader: &Reader) -> usize {
        self.point.or(self.telling).unwrap_or(reader.points().len() - 1)
    }

    /// Why a figure shows this point, where several could be shown and none was asked for.
    fn why_this_point(&self, reader: &Reader) -> Option<String> {
        let last = reader.points().len() - 1;
        let why = if self.telling.is_some() { "that the conclusion is about" } else { "that is last" };
        let sentence = || {
            format!("Of points 0 to {last}, this is point {}, {why}; --point N draws another.", self.one_point(reader))
        };
        (self.point.is_none() && last > 0).then(sentence)
    }
}

/// Why there is no figure.
#[derive(Debug)]
pub enum Refusal {
    /// What was asked for does not exist.
    Unknown(String),
    /// The folder holds nothing for it.
    Nothing(String),
    /// A file cannot be read.
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) | Self::Nothing(text) => f.write_str(text),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// The figures that are asked for; if none is named, all that the folder holds numbers for.
///
/// # Errors
/// If a name is unknown, if the folder holds nothing for a figure that is named (or for any at all), or if a file
/// cannot be read.
pub fn figures(reader: &Reader, request: &Request) -> Result<Vec<Figure>, Refusal> {
    check(reader, request)?;
    let mut figures = Vec::new();
    let mut reasons = Vec::new();
    for kind in KINDS {
        let named = request.kinds.iter().any(|name| name == kind.name);
        if !named && !request.kinds.is_empty() {
            continue;
        }
        match (kind.draw)(reader, request) {
            Ok(figure) => figures.push(figure),
            Err(Refusal::Nothing(why)) if named => return Err(Refusal::Nothing(format!("{}: {why}", kind.name))),
            Err(Refusal::Nothing(why)) => reasons.push(format!("{}: {why}", kind.name)),
            Err(refusal) => return Err(refusal),
        }
    }
    if figures.is_empty() {
        return Err(Refusal::Nothing(format!("there is nothing to draw:\n  {}", reasons.join("\n  "))));
    }
    Ok(figures)
}

/// Refuses names of figures and measures and numbers of points that do not exist.
fn check(reader: &Reader, request: &Request) -> Result<(), Refusal> {
    let meant = |near: Option<&str>| near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    for name in &request.kinds {
        let names = KINDS.map(|kind| kind.name);
        if !names.contains(&name.as_str()) {
            let near = meant(nearest(name, names));
            let name = caption::brief(name);
            return Err(Refusal::Unknown(format!("there is no figure {name}; there are {}{near}", names.join(", "))));
        }
    }
    let measures = reader.run_measures()?;
    if !measures.contains(&request.measure) {
        let near = nearest(&request.measure, measures.iter().map(String::as_str));
        let near = near.map_or_else(|| format!("; there are {}", measures.join(", ")), |near| meant(Some(near)));
        let name = caption::brief(&request.measure);
        return Err(Refusal::Unknown(format!("there is no measure {name} in these results{near}")));
    }
    match request.point {
        Some(point) if point >= reader.points().len() => {
            let last = reader.points().len() - 1;
            Err(Refusal::Unknown(format!("there is no point {point}; the last is {last}")))
        }
        _ => Ok(()),
    }
}

/// Where the numbers come from.
fn source(reader: &Reader) -> Source {
    let manifest = reader.manifest();
    let name = reader.setting("name").and_then(toml::Value::as_str).unwrap_or("experiment");
    source_of(name, &manifest.digest, manifest.seed, &manifest.version)
}

/// The same of an experiment by its name, the digest of its resolved file, its seed, and the version that ran it.
pub(crate) fn source_of(name: &str, digest: &str, seed: u64, version: &str) -> Source {
    let short = digest.get(..16).unwrap_or(digest);
    Source {
        line: format!("{name} · experiment {short} · seed {seed} · pushpull {version}"),
        namespace: NAMESPACE,
        attributes: vec![
            ("experiment", name.to_owned()),
            ("experiment-digest", digest.to_owned()),
            ("seed", seed.to_string()),
            ("version", version.to_owned()),
        ],
        texts: vec![(KEYWORD, digest.to_owned())],
    }
}

/// A line of the legend for each strategy.
fn strategies(reader: &Reader) -> Vec<Entry> {
    let names = reader.strategies().iter().enumerate();
    names.map(|(index, name)| Entry { look: Look::Series(index), label: name.clone() }).collect()
}

/// `name: description` of the experiment.
fn about(reader: &Reader) -> String {
    let text = |key: &str| reader.setting(key).and_then(toml::Value::as_str).unwrap_or_default();
    match (text("name"), text("description")) {
        (name, "") => name.to_owned(),
        (name, description) => format!("{name}: {description}"),
    }
}

/// The row of a point and strategy, in rows of one measure: they are in canonical order.
fn row(rows: &[SummaryRow], point: usize, strategy: usize) -> Option<&SummaryRow> {
    let index = rows.binary_search_by_key(&Group { point, strategy }, |row| row.group).ok()?;
    Some(&rows[index])
}

#[cfg(test)]
mod tests;
