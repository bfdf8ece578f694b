//! The page: all texts and tables, put into the template.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::assumptions::{Assumptions, assumptions};
use super::comparison::{ComparisonSection, comparison};
use super::goals::{GoalTable, goals};
use super::months::{self, MonthSection};
use super::parameters::{Parameters, parameters};
use super::price::{Price, price};
use super::rare::{self, RareTable};
use super::stories::Telling;
use crate::figure::{self, FigureKind, KINDS, Refusal, Request};
use crate::folder::error::Error;
use crate::folder::manifest::{FailedRun, Manifest, WantedReplications};
use crate::folder::reader::Reader;
use crate::report::conclusion::facts::Facts;
use crate::report::conclusion::sentence::Sentence;
use crate::report::conclusion::write::plural;
use crate::report::conclusion::{Conclusion, ConclusionLine};
use draw::Theme;
use draw::figure::Figure;
use text::{in_html, with_units};

/// Failed runs that are listed.
const FAILURES_MAX: usize = 5;

/// Points up to which each has figures of its own.
const POINTS_DRAWN: usize = 8;

/// All that the template of the sheet names.
#[derive(Serialize)]
struct Sheet<'a> {
    head: PageHead<'a>,
    trouble: RunTrouble,
    conclusion: Vec<ConclusionLine>,
    goals: Option<GoalTable>,
    risk: Option<Sentence>,
    /// The file of the explorer's page, beside this one.
    explorer: Option<&'a str>,
    /// The points that the conclusion or the risk names by their numbers.
    numbered: Vec<Numbered>,
    /// The figure of the sheet.
    main: Option<Shown>,
    /// How much smaller the sheet is printed, so that it stays one of paper: 1, or less where it has many words.
    fit: f64,
    style: String,
}

/// All that the template of the report names.
#[derive(Serialize)]
struct Page<'a> {
    #[serde(flatten)]
    sheet: Sheet<'a>,
    /// The point that is printed where there are many.
    telling: usize,
    stories: &'a [Telling],
    months: Option<MonthSection>,
    rare: Option<RareTable>,
    price: Option<Price>,
    comparison: ComparisonSection,
    figures: Vec<Shown>,
    /// For each shown point, the figures of it alone; empty where they are among the others.
    point_figures: Vec<Vec<Shown>>,
    parameters: Parameters,
    assumptions: Assumptions,
    script: &'static str,
}

/// A figure with its numbers.
#[derive(Serialize)]
struct Shown {
    name: String,
    title: String,
    subtitle: String,
    caption: String,
    svg: String,
    /// The legend for narrow screens: samples and their meanings.
    legend: Vec<(String, String)>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The page's head.
#[derive(Serialize)]
struct PageHead<'a> {
    name: &'a str,
    description: &'a str,
    digest: &'a str,
    version: &'a str,
    commit: &'a str,
    compiler: &'a str,
    platform: &'a str,
    seed: u64,
    command: String,
    runs: String,
    /// Confidence of the intervals: `95 %`.
    confidence: String,
    baseline: &'a str,
    strategies: &'a [String],
    keys: &'a [String],
}

/// Runs that failed, and warnings about the results.
#[derive(Serialize)]
struct RunTrouble {
    notes: Vec<String>,
    failures: Vec<String>,
    /// The warnings of the run.
    warnings: Vec<String>,
    /// Warnings that have no room on the sheet.
    more: Vec<String>,
}

impl RunTrouble {
    /// Letters on the sheet.
    fn letters(&self) -> usize {
        let all = self.notes.iter().chain(&self.failures).chain(&self.warnings);
        all.map(|text| text.chars().count()).sum()
    }
}

/// Warnings on the sheet.
const WARNINGS_MAX: usize = 4;

/// The report of a result folder as one HTML page, with the stories of its runs. `explorer` is the file
/// of the explorer's page beside it.
///
/// # Errors
/// If a file of the folder cannot be read.
///
/// # Panics
/// If the template is wrong.
pub fn page(reader: &Reader, stories: &[Telling], explorer: Option<&str>) -> Result<String, Error> {
    let facts = Facts::read(reader)?;
    let conclusion = Conclusion::drawn(&facts)?;
    let comparison = comparison(&facts, &conclusion);
    let (figures, point_figures) = figures(reader, &comparison, conclusion.telling)?;
    let page = Page {
        telling: comparison.nearest(conclusion.telling),
        stories,
        months: months::section(&facts),
        rare: rare::section(&facts),
        price: price(&facts, &conclusion),
        sheet: Sheet::of(reader, conclusion, explorer)?,
        comparison,
        figures,
        point_figures,
        parameters: parameters(&facts),
        assumptions: assumptions(&facts),
        script: include_str!("page.js"),
    };
    Ok(rendered("page", &page))
}

/// The one page that is mailed: question, conclusion, one figure, the main risk, how to reproduce. `explorer` is the file
/// of the explorer's page beside it.
///
/// # Errors
/// If a file of the folder cannot be read.
///
/// # Panics
/// If the template is wrong.
pub fn sheet(reader: &Reader, explorer: Option<&str>) -> Result<String, Error> {
    Ok(rendered("one", &Sheet::of(reader, Conclusion::of(reader)?, explorer)?))
}

/// Points and their values: neighbours that differ in one key stand together.
#[derive(Serialize)]
struct Numbered {
    /// `Point 3`, `Points 3 to 6`; the spaces do not break.
    points: String,
    /// `gateways = 10, faults.0.for = 1m, 2m, 5m`.
    values: String,
}

/// Points with numbers up to which each stands alone.
const NUMBERED_ALONE: usize = 8;

/// The values of points that are named by their numbers.
fn explained(reader: &Reader, named: &[usize]) -> Vec<Numbered> {
    let (keys, points) = (reader.keys(), reader.points());
    let differing = |a: usize, b: usize| -> Vec<usize> {
        (0..keys.len()).filter(|key| points[a][*key] != points[b][*key]).collect()
    };
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for &point in named {
        let joins = |run: &Vec<usize>| {
            let (first, last) = (run[0], run[run.len() - 1]);
            let own = differing(first, point);
            last + 1 == point && own.len() == 1 && (first == last || differing(first, last) == own)
        };
        match runs.last_mut() {
            Some(run) if named.len() > NUMBERED_ALONE && joins(run) => run.push(point),
            _ => runs.push(vec![point]),
        }
    }
    let explain = |run: Vec<usize>| match run.as_slice() {
        [first, .., last] => {
            let varied = differing(*first, *last)[0];
            let fixed = (0..keys.len()).filter(|key| *key != varied);
            let mut all: Vec<String> = fixed.map(|key| format!("{} = {}", keys[key], points[*first][key])).collect();
            let row: Vec<&str> = run.iter().map(|point| points[*point][varied].as_str()).collect();
            all.push(format!("{} = {}", keys[varied], row.join(", ")));
            let values = all.join(", ");
            Numbered { points: format!("Points\u{a0}{first}\u{a0}to\u{a0}{last}"), values }
        }
        alone => Numbered { points: format!("Point\u{a0}{}", alone[0]), values: reader.describe(alone[0]) },
    };
    runs.into_iter().map(explain).collect()
}

impl<'a> Sheet<'a> {
    fn of(reader: &'a Reader, conclusion: Conclusion, explorer: Option<&'a str>) -> Result<Self, Error> {
        let said = conclusion.lines.iter().map(|line| &line.sentence).chain(&conclusion.risk);
        let mut named: Vec<usize> = said.flat_map(Sentence::numbered).collect();
        named.sort_unstable();
        named.dedup();
        let numbered = explained(reader, &named);
        let legend: usize = numbered.iter().map(|one| one.points.len() + one.values.len()).sum();
        let (trouble, goals) = (trouble(reader.manifest()), goals(reader, &conclusion.goals));
        let large: usize = conclusion.lines.iter().map(|line| line.sentence.letters()).sum();
        let large = large + goals.as_ref().map_or(0, GoalTable::letters);
        let small = conclusion.risk.as_ref().map_or(0, Sentence::letters) + trouble.letters() + legend;
        Ok(Self {
            fit: fit(large, small),
            numbered,
            head: head(reader),
            trouble,
            main: main_figure(reader, conclusion.telling)?,
            goals,
            conclusion: conclusion.lines,
            risk: conclusion.risk,
            explorer,
            style: style(),
        })
    }
}

/// The part of a sheet that its figure takes at any size, and the part that headings and the space between parts take.
const SHEET_FIGURE: f64 = 0.17;
const SHEET_HEADINGS: f64 = 0.39;

/// Letters of the conclusion and the goals that fill a sheet, and the room of a letter elsewhere beside one of those.
const SHEET_LETTERS: f64 = 3700.0;
const SMALL_LETTER: f64 = 0.56;

/// The part of a sheet that is filled at most, so that other fonts have room.
const SHEET_FULL: f64 = 0.95;

/// The least size of a sheet's text: 5 points.
const FIT_MIN: f64 = 0.55;

/// How much smaller than usual a sheet with so many letters is printed. Measured on Letter, the shorter of the two papers, with
/// the browser's own sans serif. At a size of z, a sheet has 1/z² times as much room for text, and 1/z times as much for
/// headings and spaces.
fn fit(large: usize, small: usize) -> f64 {
    let text = (large as f64 + SMALL_LETTER * small as f64) / SHEET_LETTERS;
    let room = SHEET_FULL - SHEET_FIGURE;
    if SHEET_HEADINGS + text <= room {
        return 1.0;
    }
    let root = libm::sqrt(SHEET_HEADINGS * SHEET_HEADINGS + 4.0 * text * room);
    let size = (root - SHEET_HEADINGS) / (2.0 * text);
    (libm::floor(size * 20.0) / 20.0).max(FIT_MIN)
}

/// A template with all that it names.
pub(super) fn rendered(name: &str, page: &impl Serialize) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, text) in [
        ("table", include_str!("table.html")),
        ("head", include_str!("head.html")),
        ("sheet", include_str!("sheet.html")),
        ("one", include_str!("one.html")),
        ("page", include_str!("page.html")),
        ("answer", include_str!("answer.html")),
    ] {
        environment.add_template(name, text).expect("the template is right");
    }
    let template = environment.get_template(name).expect("it was added");
    let html = template.render(Serde(page)).expect("the template has all that it names");
    in_html(&html).into_owned()
}

/// The one figure of the sheet: the first kind in the order of the sheet that can be drawn, for the judging measure. A
/// figure of one point shows the point of the gain.
fn main_figure(reader: &Reader, telling: usize) -> Result<Option<Shown>, Error> {
    let mut kinds: Vec<FigureKind> = KINDS.into_iter().filter(|kind| kind.sheet.is_some()).collect();
    kinds.sort_by_key(|kind| kind.sheet);
    for kind in kinds {
        let point = kind.of_a_point.then_some(telling);
        let request = Request { kinds: vec![kind.name.to_owned()], point, ..Request::default() };
        match figure::figures(reader, &request) {
            Ok(mut figures) => {
                // The report may show the same figure again, under its own name.
                let figure = figures.pop().map(|figure| Figure { name: "main".to_owned(), ..figure });
                return Ok(figure.as_ref().map(Shown::new));
            }
            Err(Refusal::Failed(error)) => return Err(error),
            Err(Refusal::Nothing(_) | Refusal::Unknown(_)) => {}
        }
    }
    Ok(None)
}

/// The figures that the folder holds numbers for: those of all points, and for each shown point those of it alone.
fn figures(
    reader: &Reader,
    comparison: &ComparisonSection,
    telling: usize,
) -> Result<(Vec<Shown>, Vec<Vec<Shown>>), Error> {
    let names = |kinds: Vec<FigureKind>| kinds.iter().map(|kind| kind.name.to_owned()).collect();
    let points: Vec<usize> = comparison.points().collect();
    if points.len() < 2 || points.len() > POINTS_DRAWN {
        let request = Request { kinds: names(KINDS.to_vec()), telling: Some(telling), ..Request::default() };
        return Ok((drawn(reader, &request)?, Vec::new()));
    }
    let (of_point, of_all) = KINDS.into_iter().partition(|kind| kind.of_a_point);
    let of_all = drawn(reader, &Request { kinds: names(of_all), ..Request::default() })?;
    let of_point: Vec<String> = names(of_point);
    let of_points = points
        .into_iter()
        .map(|point| drawn(reader, &Request { kinds: of_point.clone(), point: Some(point), ..Request::default() }));
    Ok((of_all, of_points.collect::<Result<_, _>>()?))
}

/// Each kind that is asked for, where there are numbers for it.
fn drawn(reader: &Reader, request: &Request) -> Result<Vec<Shown>, Error> {
    let mut shown = Vec::new();
    for kind in &request.kinds {
        match figure::figures(reader, &Request { kinds: vec![kind.clone()], ..request.clone() }) {
            Ok(figures) => shown.extend(figures.iter().map(Shown::new)),
            Err(Refusal::Failed(error)) => return Err(error),
            Err(Refusal::Nothing(_) | Refusal::Unknown(_)) => {}
        }
    }
    Ok(shown)
}

impl Shown {
    fn new(figure: &Figure) -> Self {
        Self {
            name: figure.name.clone(),
            title: figure.title.clone(),
            subtitle: figure.subtitle.clone(),
            caption: with_units(&figure.caption),
            svg: draw::element(figure),
            legend: draw::legend(figure),
            columns: figure.numbers.columns().to_vec(),
            rows: figure.numbers.rows().iter().map(|row| row.iter().map(|cell| readable(cell)).collect()).collect(),
        }
    }
}

/// A cell of a figure's numbers as a person reads it: a number with six significant digits. The files have all of them.
fn readable(cell: &str) -> String {
    let is_long = cell.len() > DIGITS_MAX
        && cell.contains('.')
        && cell.bytes().all(|byte| byte.is_ascii_digit() || b".-+e".contains(&byte));
    match cell.parse::<f64>().ok().filter(|number| is_long && number.is_finite()) {
        Some(number) => {
            let rounded = format!("{number:.*e}", DIGITS_MAX - 1).parse().unwrap_or(number);
            crate::folder::cell::number(Some(rounded))
        }
        None => cell.to_owned(),
    }
}

/// Significant digits of a number on the page.
const DIGITS_MAX: usize = 6;

/// The style sheet, and the colours of the figures in either theme.
pub(super) fn style() -> String {
    let (light, dark) = (draw::style(Theme::Light), draw::style(Theme::Dark));
    format!(
        "{}:root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n",
        include_str!("page.css")
    )
}

fn head(reader: &Reader) -> PageHead<'_> {
    let manifest = reader.manifest();
    let text = |path: &str| reader.setting(path).and_then(toml::Value::as_str).unwrap_or_default();
    let points = plural(reader.points().len(), "point", "points");
    let strategies = plural(reader.strategies().len(), "strategy", "strategies");
    let runs = plural(usize::try_from(manifest.runs).unwrap_or(usize::MAX), "run", "runs");
    let replications = match &manifest.replications {
        WantedReplications::Fixed(count) => plural(*count as usize, "replication", "replications"),
        wanted @ WantedReplications::Precision { .. } => wanted.to_string(),
    };
    PageHead {
        name: text("name"),
        description: text("description"),
        digest: &manifest.digest,
        version: &manifest.version,
        commit: &manifest.commit,
        compiler: &manifest.compiler,
        platform: &manifest.platform,
        seed: manifest.seed,
        command: command(&manifest.command),
        runs: format!("{runs}: {points} × {strategies} × {replications}"),
        confidence: draw::figure::Unit::Share.write(reader.confidence()),
        baseline: reader.baseline(),
        strategies: reader.strategies(),
        keys: reader.keys(),
    }
}

/// Options of a command that change no result, and whether each takes a value: they are the author's, not the reader's.
const OWN: [(&str, bool); 12] = [
    ("--out", true),
    ("--overwrite", false),
    ("--resume", false),
    ("--jobs", true),
    ("--progress", true),
    ("--quiet", false),
    ("--json", false),
    ("--fail-fast", false),
    ("--end-with-stdin", false),
    ("--no-double-check", false),
    ("--check-goal", false),
    ("--shard", true),
];

/// The command without what concerns only the one who gave it.
fn for_readers(words: &[String]) -> Vec<&String> {
    let mut kept = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        match OWN.iter().find(|(own, _)| *own == name) {
            Some((_, true)) if name.len() == word.len() => drop(rest.next()),
            Some(_) => {}
            None => kept.push(word),
        }
    }
    kept
}

/// The command as one would type it.
pub(super) fn command(words: &[String]) -> String {
    let quoted = |word: &&String| {
        let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-=,:%+".contains(c));
        if plain { (*word).clone() } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    let words = for_readers(words);
    let rest = words.iter().skip(1).map(quoted);
    std::iter::once("pushpull".to_owned()).chain(rest).collect::<Vec<_>>().join(" ")
}

fn trouble(manifest: &Manifest) -> RunTrouble {
    let mut notes = Vec::new();
    let failures = &manifest.failures;
    if !failures.is_empty() {
        let made = failures.len() as u64 + manifest.runs;
        notes.push(format!("{} of {made} runs failed. What follows rests on the others.", failures.len()));
    }
    if let [first, ..] = manifest.imprecise.as_slice() {
        let groups = plural(manifest.imprecise.len(), "pair of point and strategy", "pairs of point and strategy");
        notes.push(format!(
            "The wanted precision was not reached for {groups}, the first of them point {}, {}, after {} replications.",
            first.point, first.strategy, first.replications
        ));
    }
    let line = |run: &FailedRun| {
        format!("point {}, {}, replication {}: {}", run.point, run.strategy, run.replication, run.message)
    };
    let mut listed: Vec<String> = failures.iter().take(FAILURES_MAX).map(line).collect();
    if failures.len() > FAILURES_MAX {
        listed.push(format!("and {} more, all in manifest.json", failures.len() - FAILURES_MAX));
    }
    let mut warnings: Vec<String> = manifest.warnings.iter().map(|warning| with_units(warning)).collect();
    let more = warnings.split_off(warnings.len().min(WARNINGS_MAX));
    RunTrouble { notes, failures: listed, warnings, more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_figure_have_the_digits_that_a_person_reads() {
        for (cell, read) in [
            ("0.0037921880925293893", "0.00379219"),
            ("7498.1", "7498.1"),
            ("1234567", "1234567"),
            ("-0.00000123456789", "-1.23457e-6"),
            ("inf", "inf"),
            ("20ms and more", "20ms and more"),
            ("", ""),
        ] {
            assert_eq!(readable(cell), read, "{cell}");
        }
    }

    #[test]
    fn a_sheet_with_many_words_is_printed_smaller() {
        assert!((fit(800, 300) - 1.0).abs() < 1e-9, "a usual sheet has its usual size");
        let sizes: Vec<f64> = [1000, 2000, 3000, 4000].map(|letters| fit(letters, 600)).to_vec();
        assert!(sizes.is_sorted_by(|one, other| one > other), "{sizes:?}");
        for (letters, size) in [1000.0, 2000.0, 3000.0, 4000.0].into_iter().zip(sizes) {
            let text = (letters + 600.0 * SMALL_LETTER) / SHEET_LETTERS;
            assert!(
                SHEET_FIGURE + SHEET_HEADINGS * size + text * size * size <= SHEET_FULL,
                "{letters} letters at {size}"
            );
        }
    }

    #[test]
    fn the_command_to_reproduce_leaves_out_where_the_author_put_the_results() {
        let of = |line: &str| command(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(
            of("/usr/bin/pushpull run a.toml --out results/a --overwrite --set bus.loss=0.1 --jobs=2 --seed 7"),
            "pushpull run a.toml --set bus.loss=0.1 --seed 7"
        );
    }
}
