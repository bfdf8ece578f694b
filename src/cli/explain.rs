//! `pushpull explain`: meaning, accepted values and effect of a key of an experiment file.

use std::io::Write;

use super::args::{ExplainArgs, ExplainFormat};
use super::{Failure, Outcome, screen};
use crate::file::{Explanation, document, explain, explanations, nearest};
use crate::measure::{MEASURES, Measure, measure_index};
use text::beside;

/// Columns before the texts.
const MARGIN: usize = 10;

/// Explains the key that `args` name, or all.
pub(super) fn main(args: &ExplainArgs) -> Outcome {
    let mut out = screen::stdout();
    if args.format == ExplainFormat::Markdown {
        return Ok(out.write_all(document().as_bytes())?);
    }
    let width = screen::columns().unwrap_or(screen::PAGE);
    let Some(key) = &args.key else {
        return all(width, &mut out);
    };
    if key.is_empty() {
        return Err(Failure::Usage("no key is given; pushpull explain lists all keys".to_owned()));
    }
    let name = key.strip_prefix("goal.").unwrap_or(key);
    let known = explain(key);
    // A key may have the name of a measure: `attempts`.
    if let (Some(index), Err(_)) = (measure_index(name), &known) {
        return Ok(out.write_all(measure(&MEASURES[index], width).as_bytes())?);
    }
    let found = known.map_err(|near| {
        let near: Vec<String> = near_measures(name).into_iter().chain(near).collect();
        let meant = match near.as_slice() {
            [] => "pushpull explain lists all keys".to_owned(),
            near => format!("did you mean {}? pushpull explain lists all keys", near.join(", ")),
        };
        Failure::Usage(format!("there is no key and no measure {key}; {meant}"))
    })?;
    for (index, one) in found.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        write!(out, "{gap}{}", full_text(one, width))?;
        // A table is explained with the keys in it.
        if let ([table], true) = (found.as_slice(), one.is_table) {
            let inside = format!("{}.", table.path);
            let below = explanations().into_iter().filter(|below| below.path.starts_with(&inside));
            let below: Vec<String> = below.map(|below| brief(&below, width)).collect();
            if !below.is_empty() {
                write!(out, "\n{}", below.concat())?;
            }
        }
    }
    Ok(())
}

/// Names of measures near a name.
fn near_measures(name: &str) -> Vec<String> {
    nearest(name, MEASURES.iter().map(|measure| measure.name)).into_iter().map(str::to_owned).collect()
}

/// The full text on a measure.
fn measure(one: &Measure, width: usize) -> String {
    let unit = match one.unit {
        "1" => "a share, from 0 to 1",
        "s" => "seconds",
        "count" => "a number",
        other => other,
    };
    let line = |label: &str, text: &str| beside(label, text, width, MARGIN);
    let mut out = format!("{} is a measure, a column of runs.csv\n", one.name);
    out.push_str(&line("  meaning", one.about));
    out.push_str(&line("  unit", unit));
    out.push_str(&line("  goal", &format!("goal.{} = {{ at_most = LIMIT }}, or at_least", one.name)));
    out
}

/// Every key, in short.
fn all(width: usize, out: &mut impl Write) -> Outcome {
    for one in explanations() {
        if one.is_table && !one.path.contains('.') {
            writeln!(out)?;
        }
        write!(out, "{}", brief(&one, width))?;
    }
    Ok(writeln!(out, "\nMore of a key: pushpull explain KEY")?)
}

/// A key and its meaning, on a line where there is room.
fn brief(one: &Explanation, width: usize) -> String {
    const NAME: usize = 36;
    if width < 2 * NAME || one.path.chars().count() + 2 > NAME {
        return format!("{}\n{}", one.path, beside("", one.meaning, width, 4));
    }
    beside(&one.path, one.meaning, width, NAME)
}

/// The full text on a key.
fn full_text(one: &Explanation, width: usize) -> String {
    let line = |label: &str, text: &str| beside(label, text, width, MARGIN);
    let mut out = format!("{}\n", one.path);
    out.push_str(&line("  meaning", one.meaning));
    out.push_str(&line("  accepts", &one.accepts));
    out.push_str(&line("  default", &one.default_text(false)));
    out.push_str(&line("  effect", one.effect));
    out.push_str(&line("  example", one.example));
    out
}
