//! Words that captions and labels have in common.

use super::Refusal;
use crate::file::parse_duration;
use crate::folder::reader::{Estimate, Reader};
use crate::measure::{MEASURES, measure_index};
use draw::figure::Unit;

/// A measure's name in words, without the unit: `handshake wait, 99th percentile`.
///
/// ```text
/// stall_rate → stall rate; handshake_wait_p999_s → handshake wait, 99.9th percentile
/// ```
pub(crate) fn words(measure: &str) -> String {
    let name = measure.strip_suffix("_s").unwrap_or(measure);
    let (name, part) = match name.rsplit_once('_') {
        Some((name, "p50")) => (name, ", median"),
        Some((name, "p90")) => (name, ", 90th percentile"),
        Some((name, "p99")) => (name, ", 99th percentile"),
        Some((name, "p999")) => (name, ", 99.9th percentile"),
        Some((name, "mean")) => (name, ", mean"),
        Some((name, "max")) => (name, ", maximum"),
        _ => (name, ""),
    };
    let name = name.replace('_', " ");
    // names of systems keep their capitals
    let name = name.strip_prefix("api ").map_or_else(|| name.clone(), |rest| format!("API {rest}"));
    format!("{name}{part}")
}

/// A measure's name as part of a file's: `handshake-wait-p99`.
pub(super) fn stem(measure: &str) -> String {
    measure.strip_suffix("_s").unwrap_or(measure).replace('_', "-")
}

/// A text that begins with a capital letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a measure is, as a sentence; none if it is not known.
pub(super) fn definition(reader: &Reader, measure: &str) -> Option<String> {
    let span = |key: &str| {
        let span = reader.setting(key).and_then(toml::Value::as_str).unwrap_or(key);
        parse_duration(span).map_or_else(|_| span.to_owned(), |time| Unit::Seconds.write(time.as_secs_f64()))
    };
    let stall = span("stall_after");
    if measure == "stall_rate" {
        return Some(format!("Stalled: without a session {stall} after the first initiation, or for good."));
    }
    let about = MEASURES[measure_index(measure)?]
        .about
        .replace("stall_after", &stall)
        .replace("late_after", &span("late_after"));
    Some(format!("{}: {about}", capital(&words(measure))))
}

/// `95 %`
pub(super) fn confidence(reader: &Reader) -> String {
    Unit::Share.write(reader.confidence())
}

/// `1.19 % [1.14, 1.24]`; what is undefined is –.
pub(super) fn estimate(unit: Unit, estimate: &Estimate) -> String {
    match (estimate.mean, estimate.low, estimate.high) {
        (Some(mean), Some(low), Some(high)) => unit.with_limits(mean, low, high),
        (mean, ..) => mean.map_or_else(|| "–".to_owned(), |mean| unit.write(mean)),
    }
}

/// `20 replications of each point and strategy, 1.51 million attempts`, from `runs.csv`.
pub(super) fn effort(reader: &Reader, point: Option<usize>) -> Result<String, Refusal> {
    let runs = reader.runs(|measure| measure == "attempts")?;
    let here = |group: &crate::plan::Group| point.is_none_or(|point| group.point == point);
    let mut groups: Vec<(crate::plan::Group, u64)> = Vec::new();
    let mut attempts = 0.0;
    for run in runs.iter().filter(|run| here(&run.group)) {
        attempts += run.measures.first().copied().flatten().unwrap_or(0.0);
        match groups.last_mut() {
            Some((group, count)) if *group == run.group => *count += 1,
            _ => groups.push((run.group, 1)),
        }
    }
    let least = groups.iter().map(|group| group.1).min().unwrap_or(0);
    let most = groups.iter().map(|group| group.1).max().unwrap_or(0);
    let replications = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let several = if most == 1 { "replication" } else { "replications" };
    let what = if point.is_some() || reader.points().len() == 1 { "each strategy" } else { "each point and strategy" };
    Ok(format!("{replications} {several} of {what}, {} attempts in all", many(attempts)))
}

/// `1.51 million`, `640,000`
pub(super) fn many(count: f64) -> String {
    match count {
        count if count >= 999_500.0 => format!("{} million", Unit::None.write(count / 1e6)),
        count => Unit::Count.write(count),
    }
}

/// A number as a table has it: the shortest decimal that reads back; empty if undefined.
pub(super) fn cell(value: Option<f64>) -> String {
    crate::folder::cell::number(value)
}

/// `push`, `push and pull`, `push, jit and pull`
pub(super) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Names in a list, or how many there are where they would fill a line.
pub(super) fn few(names: &[&str], what: &str) -> String {
    let all = list(names);
    if all.chars().count() <= LIST_MAX { all } else { format!("{} {what}", names.len()) }
}

/// The most letters of names in a caption.
const LIST_MAX: usize = 120;

/// A name as a sentence or a label repeats it: a long one without its middle.
pub(super) fn brief(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= NAME_MAX {
        return name.to_owned();
    }
    let (head, tail) = (NAME_MAX / 2, NAME_MAX - NAME_MAX / 2 - 1);
    letters[..head].iter().chain(['…'].iter()).chain(&letters[letters.len() - tail..]).collect()
}

/// The most letters of a name that is repeated.
const NAME_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_have_names_in_words() {
        assert_eq!(words("stall_rate"), "stall rate");
        assert_eq!(words("handshake_wait_p999_s"), "handshake wait, 99.9th percentile");
        assert_eq!(words("api_wait_mean_s"), "API wait, mean");
        assert_eq!(stem("handshake_wait_p99_s"), "handshake-wait-p99");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(many(1_514_000.0), "1.51 million");
    }
}
