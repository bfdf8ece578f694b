//! Words that captions and labels have in common.

use super::{Refusal, row};
use crate::file::parse_duration;
use crate::folder::reader::{ReadEstimate, Reader, SummaryRow};
use crate::measure::{MEASURES, measure_index};
use draw::figure::{Panel, Unit};

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
    // a rate that is named by its cause, or by whose rate it is
    let named = match &*name {
        "stall rate rare" => "rate of stalls by lost configs",
        "stall rate rare half" => "rate of stalls by lost configs with half the tags",
        "stall rate other" => "rate of stalls by other causes",
        "stall rate untagged" => "stall rate of untagged peers",
        "stall rate untagged half" => "stall rate of untagged peers with half the tags",
        name => name,
    };
    let name = named.to_owned();
    // a count that is named by what its attempts are
    if matches!(&*name, "connected" | "failed" | "stalled" | "late") {
        return format!("{name} attempts");
    }
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

/// The definition of a measure, with its thresholds; none for an unknown measure.
pub(super) fn definition(reader: &Reader, measure: &str) -> Option<String> {
    let span = |key: &str| {
        let span = reader.setting(key).and_then(toml::Value::as_str).unwrap_or(key);
        parse_duration(span).map_or_else(|_| span.to_owned(), |time| Unit::Seconds.write(time.as_secs_f64()))
    };
    sentence(measure, &span("stall_after"), &span("late_after"))
}

/// The definition of a measure with the thresholds of a stalled and of a late attempt.
fn sentence(measure: &str, stall: &str, late: &str) -> Option<String> {
    let about = MEASURES[measure_index(measure)?].about;
    let stalled = format!("without a session {stall} after the first initiation, or for good");
    let text = match measure {
        "stall_rate" => format!("the share of the attempts that sent an initiation and were {stalled}."),
        "failure_rate" => "the share of the attempts that sent an initiation and never had a session.".to_owned(),
        "late_rate" => format!(
            "the share of all attempts that were not connected within {late} of the start of the attempt, failed creates included."
        ),
        _ => match (whole(measure), about.strip_prefix("Its ")) {
            (Some(whole), Some(of)) => match of.split_once(';') {
                Some((part, rest)) => format!("{part} of {whole};{rest}"),
                None => format!("{} of {whole}.", of.trim_end_matches('.')),
            },
            _ => about.replace("stall_after", stall).replace("late_after", late),
        },
    };
    let more = if about.to_lowercase().contains("stall") && !text.contains(stall) {
        format!(" Stalled: {stalled}.")
    } else if about.to_lowercase().contains("stale") && !text.contains("superseded") {
        " A record is stale once its version is superseded.".to_owned()
    } else {
        String::new()
    };
    Some(format!("{}: {text}{more}", capital(&words(measure))))
}

/// The times of which a measure is a quantile or the maximum; none if it is neither.
fn whole(measure: &str) -> Option<&'static str> {
    let of = |start: &str| measure.starts_with(start);
    match measure {
        _ if of("create_time_") => Some("the time from the create request to the reply"),
        _ if of("handshake_wait_") => Some("the time from the first initiation to the session"),
        _ if of("time_to_connect_") => Some("the time from the start of the attempt to the session"),
        _ if of("propagation_") => Some("the time from the commit of a version to its install or removal"),
        _ => None,
    }
}

/// The share of creates that may fail without a word.
pub(super) const CREATES_FAIL: f64 = 0.001;

/// Whether a measure is of attempts that sent an initiation, so that failed creates are not in it.
pub(crate) fn omits_failed_creates(measure: &str) -> bool {
    let starts = ["stalled", "cause_", "create_time_", "handshake_wait_", "time_to_connect_"];
    matches!(measure, "stall_rate" | "stall_rate_rare" | "failure_rate" | "failed" | "recovery_max_s")
        || starts.iter().any(|start| measure.starts_with(start))
}

/// `17 % of creates failed under push-retry and are not in this figure.`; none where hardly any failed at these points,
/// and none for a measure that counts them.
pub(super) fn failed_creates(reader: &Reader, measure: &str, points: &[usize]) -> Result<Option<String>, Refusal> {
    if !omits_failed_creates(measure) {
        return Ok(None);
    }
    let rows = reader.summary(|name| name == "create_failed" || name == "attempts_first")?;
    let (failed, first): (Vec<SummaryRow>, Vec<SummaryRow>) =
        rows.into_iter().partition(|row| row.measure == "create_failed");
    let share = |point: usize, strategy: usize| {
        let failed = row(&failed, point, strategy)?.estimate.mean?;
        let first = row(&first, point, strategy)?.estimate.mean?;
        (failed > first * CREATES_FAIL).then(|| failed / first)
    };
    let mut failing: Vec<(f64, &str)> = Vec::new();
    for (strategy, name) in reader.strategies().iter().enumerate() {
        let most = points.iter().filter_map(|&point| share(point, strategy)).reduce(f64::max);
        failing.extend(most.map(|most| (most, name.as_str())));
    }
    if failing.is_empty() {
        return Ok(None);
    }
    let said = shares(&failing, reader.strategies().len(), if points.len() > 1 { "up to " } else { "" });
    Ok(Some(not_in_the_figure(&said)))
}

/// The sentence of the shares of failed creates, with a comma behind a list of them.
fn not_in_the_figure(said: &str) -> String {
    let comma = if said.contains(", ") { "," } else { "" };
    format!("{}{comma} and are not in this figure.", capital(said))
}

/// `up to 17 % of creates failed under push-retry`, of places: a strategy, its failed creates, and its first attempts. None
/// where hardly any failed.
pub(crate) fn creates_that_fail(places: &[(&str, f64, f64)]) -> Option<String> {
    let mut failing: Vec<(f64, &str)> = Vec::new();
    let mut is_one = true;
    let mut strategies = 0;
    for (index, (name, ..)) in places.iter().enumerate() {
        if places[..index].iter().any(|(other, ..)| other == name) {
            is_one = false;
            continue;
        }
        strategies += 1;
        let here = places.iter().filter(|(other, failed, first)| other == name && *failed > first * CREATES_FAIL);
        failing.extend(here.map(|(_, failed, first)| failed / first).reduce(f64::max).map(|most| (most, *name)));
    }
    (!failing.is_empty()).then(|| shares(&failing, strategies, if is_one { "" } else { "up to " }))
}

/// The most shares that are named one by one.
const SHARES_MAX: usize = 3;

/// `88.9 % of creates failed under watch and pull, 0.394 % under push`: each share with the strategies that have it. Of
/// more than a few shares, the ends: `17 % (pull) to 88.9 % (watch) of creates failed under push, jit, pull and watch`,
/// `under every strategy` where these are all.
fn shares(failing: &[(f64, &str)], strategies: usize, up_to: &str) -> String {
    let mut sorted = failing.to_vec();
    sorted.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (share, name) in &sorted {
        let text = Unit::Share.write(*share);
        match groups.last_mut() {
            Some((last, names)) if *last == text => names.push(name),
            _ => groups.push((text, vec![name])),
        }
    }
    for (_, names) in &mut groups {
        names.sort_by_key(|name| failing.iter().position(|(_, other)| other == name));
    }
    let under = |names: &[&str]| match names.len() {
        all if all == strategies && all > 1 => "under every strategy".to_owned(),
        _ => format!("under {}", few(names, "strategies")),
    };
    if let ([(highest, most), .., (lowest, least)], true) = (groups.as_slice(), groups.len() > SHARES_MAX) {
        let names: Vec<&str> = failing.iter().map(|(_, name)| *name).collect();
        let at = if up_to.is_empty() { "" } else { ", at the worst point of each" };
        return format!(
            "{lowest} ({}) to {highest} ({}) of creates failed {}{at}",
            few(least, "strategies"),
            few(most, "strategies"),
            under(&names)
        );
    }
    let mut parts = Vec::new();
    for (share, names) in &groups {
        let of = if parts.is_empty() { " of creates failed" } else { "" };
        parts.push(format!("{up_to}{share}{of} {}", under(names)));
    }
    parts.join(", ")
}

/// `95 %`
pub(super) fn confidence(reader: &Reader) -> String {
    Unit::Share.write(reader.confidence())
}

/// `1.19 % [1.14, 1.24]`; what is undefined is –.
pub(crate) fn estimate(unit: Unit, estimate: &ReadEstimate) -> String {
    match (estimate.mean, estimate.low, estimate.high) {
        (Some(mean), Some(low), Some(high)) => unit.with_limits(mean, low, high),
        (mean, ..) => mean.map_or_else(|| "–".to_owned(), |mean| unit.write(mean)),
    }
}

/// The meaning of the bars of estimates. One replication gives no bars.
pub(super) fn bars(reader: &Reader, rows: &[SummaryRow]) -> String {
    if rows.iter().all(|row| row.n <= 1) {
        "One replication gives no intervals.".to_owned()
    } else {
        format!("Bars are {} intervals.", confidence(reader))
    }
}

/// The meaning of an arrowhead at the end of a bar, if there is one.
pub(crate) fn cut_bars(panels: &[Panel]) -> Option<String> {
    let is_cut = panels.iter().any(Panel::cuts_a_bar);
    is_cut.then(|| "A bar that ends in an arrowhead is longer than drawn.".to_owned())
}

/// `20 replications of each point and strategy, 1.51 million attempts in all`, from `runs.csv`. Where creates failed and
/// the measure does not count them: `… attempts that sent an initiation`.
pub(super) fn effort(reader: &Reader, point: Option<usize>, measure: &str) -> Result<String, Refusal> {
    let counts = |name: &str| name == "attempts" || name == "create_failed";
    let names: Vec<String> = reader.run_measures()?.into_iter().filter(|name| counts(name)).collect();
    let runs = reader.runs(counts)?;
    let here = |group: &crate::plan::Group| point.is_none_or(|point| group.point == point);
    let mut groups: Vec<(crate::plan::Group, u64)> = Vec::new();
    let (mut attempts, mut unsent) = (0.0, 0.0);
    for run in runs.iter().filter(|run| here(&run.group)) {
        for (name, count) in names.iter().zip(&run.measures) {
            let total = if name == "attempts" { &mut attempts } else { &mut unsent };
            *total += count.unwrap_or(0.0);
        }
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
    let counted = if unsent > 0.0 && omits_failed_creates(measure) {
        format!("{} attempts that sent an initiation", many(attempts - unsent))
    } else {
        format!("{} attempts in all", many(attempts))
    };
    Ok(format!("{replications} {several} of {what}, {counted}"))
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

/// An estimate in a figure's table: strategy, replications, mean and interval.
pub(super) fn estimate_cells(reader: &Reader, row: &SummaryRow) -> [String; 5] {
    let estimate = &row.estimate;
    [
        reader.strategies()[row.group.strategy].clone(),
        row.n.to_string(),
        cell(estimate.mean),
        cell(estimate.low),
        cell(estimate.high),
    ]
}

/// `push`, `push and pull`, `push, jit and pull`
pub(crate) fn list(names: &[&str]) -> String {
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
        assert_eq!(words("late"), "late attempts");
        assert_eq!(words("handshake_wait_p999_s"), "handshake wait, 99.9th percentile");
        assert_eq!(words("api_wait_mean_s"), "API wait, mean");
        assert_eq!(stem("handshake_wait_p99_s"), "handshake-wait-p99");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(many(1_514_000.0), "1.51 million");
    }

    #[test]
    fn each_share_of_failed_creates_stands_with_its_strategies() {
        let failing = [(0.003_94, "pull"), (0.889, "watch"), (0.889_04, "watch-pull"), (0.003_94, "push")];
        assert_eq!(
            shares(&failing, 5, "up to "),
            "up to 88.9 % of creates failed under watch and watch-pull, up to 0.394 % under pull and push"
        );
        assert_eq!(shares(&[(0.17, "push")], 1, ""), "17 % of creates failed under push");
        let many = [(0.1, "a"), (0.2, "b"), (0.4, "d"), (0.3, "c")];
        assert_eq!(shares(&many, 4, ""), "10 % (a) to 40 % (d) of creates failed under every strategy");
        assert_eq!(shares(&many, 5, ""), "10 % (a) to 40 % (d) of creates failed under a, b, d and c");
        assert_eq!(
            not_in_the_figure(&shares(&many, 4, "up to ")),
            "10 % (a) to 40 % (d) of creates failed under every strategy, at the worst point of each, and are not in this \
             figure."
        );
        assert_eq!(
            not_in_the_figure("17 % of creates failed under push"),
            "17 % of creates failed under push and are not in this figure."
        );
    }

    #[test]
    fn a_caption_defines_every_measure_with_its_threshold() {
        let text_of = |measure: &str| sentence(measure, "4 s", "7 s").expect("a measure");
        assert_eq!(
            text_of("late_rate"),
            "Late rate: the share of all attempts that were not connected within 7 s of the start of the attempt, failed \
             creates included."
        );
        assert_eq!(
            text_of("handshake_wait_p99_s"),
            "Handshake wait, 99th percentile: 99th percentile of the time from the first initiation to the session; \
             attempts that failed count as infinite."
        );
        assert_eq!(
            text_of("stalled_first"),
            "Stalled first: Stalled first attempts. Stalled: without a session 4 s after the first initiation, or for good."
        );
        for name in MEASURES.iter().map(|measure| measure.name) {
            let text_of = text_of(name);
            assert!(text_of.ends_with('.') && !text_of.contains('_'), "{text_of}");
            assert!(!text_of.contains(": Its ") && !text_of.contains(" over attempts"), "{text_of}");
        }
    }
}
