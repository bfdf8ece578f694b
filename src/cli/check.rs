//! `pushpull check`: the runs of an experiment, and every default in effect.
//!
//! The output is itself an experiment file with the same meaning. Everything else is in its comments.

use std::fmt::Write as _;
use std::io::Write;

use super::args::CheckArgs;
use super::{Outcome, forecast, machine, plan, screen, warmup};
use crate::decide::sensitivity::{Depth, runs};
use crate::plan::{Plan, Replications, SettingLine, ValueOrigin, WantedPrecision, expectations, listing};
use crate::report::printed::wrap;
use crate::run::memory;
use text::on_one_line;

/// The most points that are listed one by one.
const POINTS_SHOWN: usize = 12;

/// Columns of a setting before its mark, where the terminal is wide enough.
const MARK_COLUMN: usize = 59;

/// Columns of the longest mark and the space before it.
const MARK_WIDTH: usize = 12;

/// Reads, validates, prints.
pub(super) fn main(args: &CheckArgs) -> Outcome {
    let plan = plan::read(&args.experiment)?;
    screen::stdout().write_all(describe(&plan).as_bytes())?;
    super::warn(&plan);
    for expected in expectations(&plan) {
        screen::stderr().warning(&expected)?;
    }
    if args.warmup {
        screen::stdout().write_all(format!("\n{}", warmup::describe(&plan)?).as_bytes())?;
    }
    Ok(())
}

/// The whole text, as wide as the terminal.
fn describe(plan: &Plan) -> String {
    describe_within(plan, screen::columns().unwrap_or(usize::MAX))
}

/// The whole text for a terminal of `width` columns.
fn describe_within(plan: &Plan, width: usize) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        for part in beside_label(line, width.saturating_sub(2)) {
            let _ = writeln!(text, "{}", format!("# {part}").trim_end());
        }
    };
    line(&format!("{}: {}", plan.name, on_one_line(&plan.description)));
    line("");
    let names: Vec<String> =
        plan.strategies.iter().enumerate().map(|(index, name)| mark_baseline(plan, index, name)).collect();
    line(&format!("strategies  {}: {}", names.len(), names.join(", ")));
    line(&format!("points      {}", plan.points.len()));
    for (index, values) in plan.points.iter().enumerate().take(shown(plan.points.len())) {
        line(&format!("            {index}: {}", describe_point(&plan.keys, values)));
    }
    if plan.points.len() > POINTS_SHOWN {
        let last = plan.points.len() - 1;
        line("            …");
        line(&format!("            {last}: {}", describe_point(&plan.keys, &plan.points[last])));
    }
    line(&format!("runs        {}", describe_runs(plan)));
    line(&format!("memory      {}", describe_memory(plan)));
    for (name, value) in forecast::lines(plan) {
        line(&format!("{name:<12}{value}"));
    }
    for (name, text) in uncertain(plan) {
        line(&format!("{name:<12}{text}"));
    }
    line(&format!("digest      {}", plan.digest));
    line("");
    line(
        "Each value below is given by the file or the command line, or else marked: default (a setting of the experiment),",
    );
    line("published (a default with a published source), assumed (a default that nobody has published: vary it).");
    text.push('\n');
    for entry in listing(plan) {
        match entry {
            SettingLine::Header(header) => {
                let _ = writeln!(text, "\n{header}");
            }
            SettingLine::Setting { key, value, origin, .. } => {
                let setting = format!("{key} = {value}");
                let mark = match origin {
                    ValueOrigin::Given => "",
                    ValueOrigin::Default => "# default",
                    ValueOrigin::Published => "# published",
                    ValueOrigin::Assumed => "# assumed",
                };
                let column = MARK_COLUMN.min(width.saturating_sub(MARK_WIDTH));
                let _ = writeln!(text, "{}", format!("{setting:<column$} {mark}").trim_end());
            }
        }
    }
    text
}

/// The ranges of uncertain keys, the expected cost of `pushpull sensitivity`, and keys that no strategy reads.
fn uncertain(plan: &Plan) -> Vec<(&'static str, String)> {
    let (Some(screen), Some(indices)) = (runs(plan, Depth::Screen), runs(plan, Depth::Indices)) else {
        return Vec::new();
    };
    let keys = &plan.uncertain.keys;
    let count = keys.len();
    let plural = if count == 1 { "key" } else { "keys" };
    let takes = format!("{count} {plural}; pushpull sensitivity takes at most {screen} runs, with --indices {indices}");
    let mut lines = vec![("uncertain", takes)];
    if let Some([screen, indices]) = forecast::of_sensitivity(plan, [screen, indices]) {
        lines.push(("processor", format!("sensitivity: {screen}; with --indices {indices}")));
    }
    for key in keys {
        let unread = plan.unread(&key.path).map_or_else(String::new, |why| format!("; no strategy reads it, as {why}"));
        lines.push(("", format!("{}: {}{unread}", key.path, key.describe())));
    }
    let together = plan.uncertain.groups.iter().enumerate().filter(|(_, keys)| keys.len() > 1);
    lines.extend(together.map(|(group, _)| ("", format!("{} vary together", plan.uncertain.name(group)))));
    lines
}

/// A line in lines no longer than `width`; what follows the first stands behind the label, if it has one.
fn beside_label(line: &str, width: usize) -> Vec<String> {
    let is_labelled = line.chars().nth(LABEL - 1) == Some(' ') && line.chars().count() > LABEL;
    let split = line.char_indices().nth(LABEL).map_or(line.len(), |(at, _)| at);
    let (label, rest) = if is_labelled { line.split_at(split) } else { ("", line) };
    let parts = wrap(rest, width.saturating_sub(label.len()).max(LABEL)).into_iter().enumerate();
    let before = |index| if index == 0 { label.to_owned() } else { " ".repeat(label.len()) };
    parts.map(|(index, part)| format!("{}{part}", before(index))).collect()
}

/// Columns of a label and the space behind it.
const LABEL: usize = 12;

/// How many of the points are listed.
fn shown(points: usize) -> usize {
    if points > POINTS_SHOWN { POINTS_SHOWN - 2 } else { points }
}

fn describe_memory(plan: &Plan) -> String {
    let asked = memory(plan);
    let (one, more) = (machine::size(asked.with(1)), machine::size(asked.run));
    format!("about {one} with one run at a time, {more} for each more; most for {}", asked.key)
}

fn mark_baseline(plan: &Plan, index: usize, name: &str) -> String {
    if index == plan.baseline { format!("{name} (baseline)") } else { name.to_owned() }
}

fn describe_point(keys: &[String], values: &[String]) -> String {
    if keys.is_empty() {
        return "nothing is swept".to_owned();
    }
    keys.iter().zip(values).map(|(key, value)| format!("{key} = {}", on_one_line(value))).collect::<Vec<_>>().join(", ")
}

fn describe_runs(plan: &Plan) -> String {
    let (points, strategies) = (plan.points.len(), plan.strategies.len());
    let plural = |count: usize, word: &str, words: &str| format!("{count} {}", if count == 1 { word } else { words });
    let (points_text, strategies_text) =
        (plural(points, "point", "points"), plural(strategies, "strategy", "strategies"));
    let product = |replications: u32| points as u128 * strategies as u128 * u128::from(replications);
    match &plan.replications {
        Replications::Fixed(n) => {
            format!("{}: {points_text} × {strategies_text} × {n} replications", product(*n))
        }
        Replications::Precision { measure, target, at_most } => {
            let target = match target {
                WantedPrecision::Relative(share) => format!("{share} of its mean"),
                WantedPrecision::Absolute(width) => format!("{width}"),
            };
            let most = product(*at_most);
            format!(
                "at most {most}: {points_text} × {strategies_text} × at most {at_most} replications, \
                 until the half-width of {measure} is {target}"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_settings_stand_within_a_narrow_terminal() {
        let text = "name = 'small'\nhorizon = '1h'\nwarmup = '5m'\n[strategies.push]\npush = {}\n";
        let plan = Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment");
        let column = |width: usize| {
            let text = describe_within(&plan, width);
            let marks = ["# default", "# published", "# assumed"];
            let is_marked = |line: &&str| !line.starts_with('#') && marks.iter().any(|mark| line.ends_with(mark));
            let marked = text.lines().filter(is_marked).map(|line| line.find('#').unwrap_or(0));
            marked.fold((0, usize::MAX), |(count, least), column| (count + 1, least.min(column)))
        };
        let (many, wide) = column(usize::MAX);
        assert!(many > 20 && wide == 60, "{many} marks from {wide}");
        assert_eq!(column(60), (many, 49), "the longest mark ends at column 60");
    }

    #[test]
    fn a_long_line_goes_on_behind_its_label() {
        let line = format!("{:<LABEL$}840: 6 points × 7 strategies × 20 replications", "runs");
        let parts = beside_label(&line, 40);
        assert_eq!(parts, ["runs        840: 6 points × 7 strategies", "            × 20 replications"]);
        assert_eq!(beside_label(&line, usize::MAX), [line]);
        assert_eq!(beside_label("a description that is longer", 20), ["a description that", "is longer"]);
    }
}
