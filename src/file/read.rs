//! From TOML values to the model's types, one reader per kind of value; the first thing wrong is reported.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;

use toml::{Table, Value};

use super::data::{ColumnUnit, DataFiles, Measured, Pick, Trace};
use super::problem::{InputPlace, Problem};
use super::quantity::{format_duration, parse_duration, parse_rate};
use super::section::{Backoff, Word, words};
use super::suggest::nearest;
use super::tree::{At, Places, found, render};
use crate::measure::{MEASURES, measure_index};
use crate::model::{Arrivals, GatewayScope, Peak};
use des::{Distribution, Duration};

/// Something wrong at a path, its place in a file not yet looked up.
pub(crate) struct Finding {
    /// The value's dotted path.
    pub(crate) path: String,
    /// Whether the key is wrong rather than its value.
    pub(crate) on_key: bool,
    /// What was found and what is accepted.
    pub(crate) text: String,
}

impl Finding {
    /// The problem that this is, at the place where the value or its key was given.
    pub(crate) fn at(self, places: &Places) -> Problem {
        let Self { path, on_key, text } = self;
        let place = if on_key { places.key(&path) } else { places.value(&path) };
        // what `only` names, `--strategy` has named
        let key =
            if matches!(place, InputPlace::Argument(_)) && path.starts_with("only") { String::new() } else { path };
        let default = !key.is_empty() && !places.given(&key);
        let text = if default { text.replacen("found ", "its default is ", 1) } else { text };
        Problem { place, key, text }
    }
}

/// What was found wrong.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<Finding>,
}

impl Findings {
    /// The value at `at` is not accepted.
    pub(crate) fn value(&mut self, at: &At<'_>, value: &Value, accepted: impl Display) {
        self.text(at, format!("found {}, accepted: {accepted}", found(value)));
    }

    /// Something is wrong with the value at `at`.
    pub(crate) fn text(&mut self, at: &At<'_>, text: String) {
        self.list.push(Finding { path: at.to_string(), on_key: false, text });
    }

    /// Something is wrong with the key at `at`.
    pub(crate) fn key(&mut self, at: &At<'_>, text: String) {
        self.list.push(Finding { path: at.to_string(), on_key: true, text });
    }
}

/// The word for a duration that never ends.
pub(crate) const NEVER: &str = "never";

/// Whether `value` is `"never"`.
pub(crate) fn is_never(value: &Value) -> bool {
    value.as_str() == Some(NEVER)
}

/// A whole number in a closed range.
pub(crate) fn integer(at: &At<'_>, value: &Value, least: u64, most: u64, out: &mut Findings) -> Option<u64> {
    let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
    let number = number.filter(|number| (least..=most).contains(number));
    if number.is_none() {
        out.value(at, value, format_args!("a whole number from {least} to {most}"));
    }
    number
}

/// A number, written with or without a decimal point.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

/// A percentage as a share: `"0.5%"` is 0.005.
pub(crate) fn percent(text: &str) -> Option<f64> {
    let digits = text.strip_suffix('%')?.trim_end();
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == '-') {
        return None;
    }
    // by its decimal point, so that 0.3% is 0.003 to the last bit
    let share = format!("{digits}e-2").parse::<f64>().or_else(|_| digits.parse::<f64>().map(|number| number / 100.0));
    share.ok().filter(|share| share.is_finite())
}

/// A number, or a percentage as its share.
fn share(value: &Value) -> Option<f64> {
    number(value).or_else(|| percent(value.as_str()?))
}

/// A number in [0, 1].
pub(crate) fn probability(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<f64> {
    let probability = share(value).filter(|p| (0.0..=1.0).contains(p));
    if probability.is_none() {
        let percent = if value.is_str() { ", or in percent such as \"0.5%\"" } else { "" };
        out.value(at, value, format_args!("a probability from 0 to 1{percent}"));
    }
    probability
}

/// A number in (0, 1).
pub(crate) fn level(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<f64> {
    let level = share(value).filter(|p| *p > 0.0 && *p < 1.0);
    if level.is_none() {
        out.value(at, value, "a number above 0 and below 1, such as 0.95");
    }
    level
}

/// A number of at least `least`, or above it; at most a billion.
pub(crate) fn real(at: &At<'_>, value: &Value, least: f64, above: bool, out: &mut Findings) -> Option<f64> {
    let number = number(value).filter(|n| *n <= 1e9 && if above { *n > least } else { *n >= least });
    if number.is_none() {
        let word = if above { "above" } else { "of at least" };
        out.value(at, value, format_args!("a number {word} {least}, at most 1e9"));
    }
    number
}

/// What may be written `"never"`: then there is none.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct OrNever<T>(pub(crate) Option<T>);

impl<T> From<OrNever<T>> for Option<T> {
    fn from(read: OrNever<T>) -> Self {
        read.0
    }
}

/// A duration, or `"never"` where it is accepted.
pub(crate) fn span(
    at: &At<'_>,
    value: &Value,
    zero: bool,
    never: bool,
    out: &mut Findings,
) -> Option<OrNever<Duration>> {
    if never && is_never(value) {
        return Some(OrNever(None));
    }
    let accepted = match (zero, never) {
        (true, false) => "a duration",
        (false, false) => "a duration above zero",
        (true, true) => "\"never\" or a duration",
        (false, true) => "\"never\" or a duration above zero",
    };
    let read = value.as_str().map(parse_duration);
    match read {
        Some(Ok(duration)) if zero || duration > Duration::ZERO => return Some(OrNever(Some(duration))),
        Some(Ok(_)) => out.value(at, value, accepted),
        Some(Err(why)) => out.value(at, value, format_args!("{accepted}, such as {}; {why}", example(value))),
        None => out.value(at, value, format_args!("{accepted}, with its unit, such as {}", example(value))),
    }
    None
}

/// A duration that may have been meant by `value`.
fn example(value: &Value) -> String {
    let digits = match value {
        Value::Integer(number) if *number > 0 => number.to_string(),
        Value::Float(number) if *number > 0.0 && *number < 1e9 && *number > 1e-9 => format!("{number}"),
        Value::String(text) if !text.is_empty() && text.len() < 9 && text.chars().all(|c| c.is_ascii_digit()) => {
            text.clone()
        }
        _ => return "\"20ms\" or \"1h30m\" (units: ns us ms s m h d)".to_owned(),
    };
    format!("\"{digits}s\" or \"{digits}ms\" (units: ns us ms s m h d)")
}

/// A rate, per second.
pub(crate) fn rate(at: &At<'_>, value: &Value, zero: bool, out: &mut Findings) -> Option<f64> {
    let accepted = if zero { "a rate" } else { "a rate above zero" };
    let form = "such as \"5/s\", \"300/min\" or \"10/h\"";
    match value.as_str().map(parse_rate) {
        Some(Ok(rate)) if zero || rate > 0.0 => return Some(rate),
        Some(Ok(_)) => out.value(at, value, accepted),
        Some(Err(why)) => out.value(at, value, format_args!("{accepted}, {form}; {why}")),
        None => out.value(at, value, format_args!("{accepted}, {form}")),
    }
    None
}

/// One of a few words.
pub(crate) fn word(at: &At<'_>, value: &Value, words: &[&'static str], out: &mut Findings) -> Option<&'static str> {
    let text = value.as_str().unwrap_or_default();
    let word = words.iter().find(|word| **word == text).copied();
    if word.is_none() {
        let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        let meant = nearest(text, words.iter().copied()).map_or(String::new(), |n| format!("; did you mean {n:?}?"));
        out.value(at, value, format_args!("{}{meant}", quoted.join(", ")));
    }
    word
}

/// `true` or `false`.
pub(crate) fn flag(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<bool> {
    let flag = value.as_bool();
    if flag.is_none() {
        out.value(at, value, "true or false");
    }
    flag
}

/// The name of a measure.
pub(crate) fn measure(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<String> {
    let name = value.as_str().unwrap_or_default();
    if measure_index(name).is_some() {
        return Some(name.to_owned());
    }
    let meant = nearest(name, MEASURES.iter().map(|measure| measure.name));
    let meant = meant.map_or(String::new(), |name| format!("; did you mean {name:?}?"));
    out.value(at, value, format_args!("the name of a column of runs.csv, such as \"stall_rate\"{meant}"));
    None
}

/// The waits of a push: one duration, or `JetStream`'s list of durations above zero.
pub(crate) fn backoff(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<Backoff> {
    const WAITS_MAX: usize = 100;
    match value {
        Value::Array(entries) if entries.is_empty() || entries.len() > WAITS_MAX => {
            out.value(at, value, format_args!("a duration, or a list of 1 to {WAITS_MAX} durations"));
            None
        }
        Value::Array(entries) => {
            let read = |(i, entry)| positive(&at.index(i), entry, false, out);
            entries.iter().enumerate().map(read).collect::<Option<_>>().map(Backoff::Waits)
        }
        _ => positive(at, value, true, out).map(Backoff::Base),
    }
}

/// Which gateways.
pub(crate) fn scope(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<GatewayScope> {
    let accepted = "\"all\", a fraction above 0 and at most 1 such as 0.5, or a list of gateways such as [0, 3]";
    match value {
        Value::String(text) if text == "all" => return Some(GatewayScope::All),
        Value::Float(fraction) if *fraction > 0.0 && *fraction <= 1.0 => {
            return Some(GatewayScope::Fraction(*fraction));
        }
        Value::String(text) if percent(text).is_some_and(|share| share > 0.0 && share <= 1.0) => {
            return percent(text).map(GatewayScope::Fraction);
        }
        Value::Array(entries) if !entries.is_empty() => {
            let read = |(i, entry)| integer(&at.index(i), entry, 0, u64::from(u32::MAX), out);
            let list: Option<Vec<u64>> = entries.iter().enumerate().map(read).collect();
            let mut list: Vec<u32> = list?.into_iter().filter_map(|gateway| u32::try_from(gateway).ok()).collect();
            list.sort_unstable();
            if list.windows(2).any(|pair| pair[0] == pair[1]) {
                out.value(at, value, "a list that names each gateway once");
                return None;
            }
            return Some(GatewayScope::List(list));
        }
        Value::Integer(gateway) => {
            out.value(at, value, format_args!("{accepted} (gateway {gateway} alone: [{gateway}])"));
        }
        _ => out.value(at, value, accepted),
    }
    None
}

/// Implementations of `WireGuard` whose retry timers are known.
pub(crate) const TIMERS: [&str; 2] = [LINUX, BORINGTUN];
pub(crate) const LINUX: &str = "linux";
pub(crate) const BORINGTUN: &str = "boringtun";

/// How an initiation is sent again.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// After a time of this distribution.
    After(Distribution),
    /// As the Linux kernel does it.
    Linux,
    /// As `boringtun` does it.
    Boringtun,
}

/// The timer of initiations.
pub(crate) fn timer(at: &At<'_>, value: &Value, data: &DataFiles, out: &mut Findings) -> Option<Timer> {
    match value.as_str() {
        Some(LINUX) => Some(Timer::Linux),
        Some(BORINGTUN) => Some(Timer::Boringtun),
        Some(text) if !text.starts_with(|first: char| first.is_ascii_digit() || first == '.' || first == '-') => {
            let meant = nearest(text, TIMERS).map_or(String::new(), |name| format!("; did you mean {name:?}?"));
            out.value(at, value, format_args!("\"linux\", \"boringtun\", a duration or a distribution{meant}"));
            None
        }
        _ => distribution(at, value, false, false, data, out)?.0.map(Timer::After),
    }
}

/// The forms of a distribution of a duration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Evenly between two ends.
    Uniform,
    /// By its mean.
    Exponential,
    /// By its median and its 99th percentile.
    Lognormal,
    /// By its least value and its shape.
    Pareto,
    /// Durations of a data file.
    Empirical,
    /// Quantiles of a data file.
    Quantiles,
}

words! { Form {
    Form::Uniform = "uniform",
    Form::Exponential = "exponential",
    Form::Lognormal = "lognormal",
    Form::Pareto = "pareto",
    Form::Empirical = "empirical",
    Form::Quantiles = "quantiles",
} }

/// The processes of arrivals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Process {
    /// At a rate.
    Poisson,
    /// At equal distances.
    Every,
    /// At the times of a data file.
    Trace,
}

words! { Process { Process::Poisson = "poisson", Process::Every = "every", Process::Trace = "trace" } }

/// The parameters of a lognormal and of a Pareto distribution.
pub(crate) const LOGNORMAL: [&str; 2] = ["median", "p99"];
pub(crate) const PARETO: [&str; 2] = ["min", "shape"];

/// What may stand beside the name of a file of durations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BesideDurations {
    /// The column of the durations.
    Column,
    /// Their unit.
    Unit,
    /// The column of their weights.
    Weight,
    /// The column of the quantiles.
    Quantile,
}

words! { BesideDurations {
    BesideDurations::Column = "column",
    BesideDurations::Unit = "unit",
    BesideDurations::Weight = "weight",
    BesideDurations::Quantile = "quantile",
} }

/// What may stand beside the name of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum BesideTrace {
    /// The column of the times.
    Column,
    /// Their unit.
    Unit,
    /// The column of the gateways.
    Gateway,
    /// The time of the file that is time 0.
    Start,
}

words! { BesideTrace {
    BesideTrace::Column = "column",
    BesideTrace::Unit = "unit",
    BesideTrace::Gateway = "gateway",
    BesideTrace::Start = "start",
} }

/// A distribution of a duration, or `"never"` where it is accepted.
pub(crate) fn distribution(
    at: &At<'_>,
    value: &Value,
    zero: bool,
    never: bool,
    data: &DataFiles,
    out: &mut Findings,
) -> Option<OrNever<Distribution>> {
    if never && is_never(value) {
        return Some(OrNever(None));
    }
    let distribution = match value {
        Value::String(_) => Distribution::Constant(span(at, value, zero, never, out)?.0?),
        Value::Table(table) => {
            let is_measured = [Form::Empirical, Form::Quantiles].iter().any(|form| table.contains_key(form.word()));
            let mut rest = Cow::Borrowed(table);
            let beside = if is_measured { taken(rest.to_mut()) } else { Vec::new() };
            let (form, inner) = only_key::<Form>(at, &rest, out)?;
            of_form(at, form, inner, &beside, data, out)?
        }
        _ => {
            let never = if never { "\"never\", " } else { "" };
            let distributions = Form::WORDS.join(", ");
            out.value(
                at,
                value,
                format_args!("{never}a duration such as {}, or a distribution ({distributions})", example(value)),
            );
            return None;
        }
    };
    if !zero && distribution.mean() <= 0.0 {
        out.value(at, value, "a distribution that is not always zero");
        return None;
    }
    Some(OrNever(Some(distribution)))
}

/// Takes what stands beside the name of a file out of its table: each word with its value.
fn taken<W: Word>(table: &mut Table) -> Vec<(W, Value)> {
    W::WORDS.iter().filter_map(|word| Some((W::meant(word)?, table.remove(*word)?))).collect()
}

/// The only entry of a table that names one of several forms.
fn only_key<'a, F: Word>(at: &At<'_>, table: &'a Table, out: &mut Findings) -> Option<(F, &'a Value)> {
    let names = F::WORDS;
    let mut entries = table.iter();
    if let (Some((key, value)), None) = (entries.next(), entries.next()) {
        if let Some(form) = F::meant(key) {
            return Some((form, value));
        }
        let meant = nearest(key, names.iter().copied()).map_or(String::new(), |name| format!(", did you mean {name}?"));
        out.key(&at.key(key), format!("unknown{meant} Accepted here: one of {}", names.join(", ")));
        return None;
    }
    out.value(at, &Value::Table(table.clone()), format_args!("exactly one of {}", names.join(", ")));
    None
}

/// A distribution of this form; `beside`: what stands beside the name of a file.
fn of_form(
    at: &At<'_>,
    form: Form,
    value: &Value,
    beside: &[(BesideDurations, Value)],
    data: &DataFiles,
    out: &mut Findings,
) -> Option<Distribution> {
    let below = at.key(form.word());
    match form {
        Form::Uniform => {
            let Some([low, high]) = value.as_array().map(Vec::as_slice) else {
                out.value(&below, value, "the two ends, such as [\"10ms\", \"30ms\"]");
                return None;
            };
            let (low, high) = (positive(&below.index(0), low, true, out), positive(&below.index(1), high, true, out));
            let (low, high) = (low?, high?);
            if low > high {
                out.value(&below, value, "the smaller end first");
                return None;
            }
            Some(Distribution::Uniform { low: low.as_secs_f64(), high: high.as_secs_f64() })
        }
        Form::Exponential => Some(Distribution::exponential(positive(&below, value, false, out)?.as_secs_f64())),
        Form::Lognormal => {
            let [median, p99] = entries(&below, value, LOGNORMAL, out)?;
            let (m, p) = (below.key(LOGNORMAL[0]), below.key(LOGNORMAL[1]));
            let (median, high) = (positive(&m, median, false, out), positive(&p, p99, false, out));
            let (median, high) = (median?, high?);
            if high < median {
                let most = format_duration(median);
                out.value(&p, p99, format_args!("a duration of at least the median, {most}"));
                return None;
            }
            Some(Distribution::lognormal(median.as_secs_f64(), high.as_secs_f64()))
        }
        Form::Pareto => {
            let [min, shape] = entries(&below, value, PARETO, out)?;
            let min = positive(&below.key(PARETO[0]), min, false, out);
            let shape = real(&below.key(PARETO[1]), shape, 0.0, true, out);
            Some(Distribution::pareto(min?.as_secs_f64(), shape?))
        }
        Form::Empirical => measured(at, form, BesideDurations::Weight, value, beside, data, out),
        Form::Quantiles => measured(at, form, BesideDurations::Quantile, value, beside, data, out),
    }
}

/// A distribution that a file of durations gives; `second` is what its other column is called.
fn measured(
    at: &At<'_>,
    form: Form,
    second: BesideDurations,
    value: &Value,
    beside: &[(BesideDurations, Value)],
    data: &DataFiles,
    out: &mut Findings,
) -> Option<Distribution> {
    let name = form.word();
    let mut sheet = Measured { quantiles: form == Form::Quantiles, column: None, unit: None, beside: None };
    for (option, value) in beside {
        let below = at.key(option.word());
        match option {
            BesideDurations::Column => sheet.column = Some(pick(&below, value, out)?),
            BesideDurations::Unit => sheet.unit = Some(unit(&below, value, 4, out)?),
            BesideDurations::Weight | BesideDurations::Quantile if *option == second => {
                sheet.beside = Some(pick(&below, value, out)?);
            }
            BesideDurations::Weight | BesideDurations::Quantile => {
                let (option, second) = (option.word(), second.word());
                out.key(&below, format!("{name} has no {option}, accepted: column, unit and {second}"));
                return None;
            }
        }
    }
    let at = at.key(name);
    let file = file(&at, value, "durations", out)?;
    data.distribution(file, &sheet).map_err(|why| out.text(&at, why)).ok()
}

/// The name of a data file.
fn file<'a>(at: &At<'_>, value: &'a Value, of: &str, out: &mut Findings) -> Option<&'a str> {
    let file = value.as_str().filter(|name| !name.is_empty());
    if file.is_none() {
        out.value(at, value, format_args!("the name of a file of {of}"));
    }
    file
}

/// A column of a data file.
fn pick(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<Pick> {
    match value {
        Value::String(name) if !name.is_empty() => Some(Pick::Name(name.clone())),
        Value::Integer(number) if (1..=10_000).contains(number) => Some(Pick::Number(usize::try_from(*number).ok()?)),
        _ => {
            out.value(at, value, "the name of a column in the file's header, or its number from 1 to 10000");
            None
        }
    }
}

/// The unit of a column, one of the first `count`.
fn unit(at: &At<'_>, value: &Value, count: usize, out: &mut Findings) -> Option<ColumnUnit> {
    let names: Vec<&'static str> = ColumnUnit::NAMES[..count].iter().map(|(name, _)| *name).collect();
    let name = word(at, value, &names, out)?;
    ColumnUnit::NAMES.iter().find(|(other, _)| *other == name).map(|(_, unit)| *unit)
}

/// A duration that may be zero or not, never absent.
fn positive(at: &At<'_>, value: &Value, zero: bool, out: &mut Findings) -> Option<Duration> {
    span(at, value, zero, false, out)?.0
}

/// The entries of a table that holds exactly these keys.
fn entries<'a, const N: usize>(
    at: &At<'_>,
    value: &'a Value,
    names: [&str; N],
    out: &mut Findings,
) -> Option<[&'a Value; N]> {
    let Some(table) = value.as_table() else {
        out.value(at, value, format_args!("a table with {}", names.join(" and ")));
        return None;
    };
    let mut complete = true;
    for key in table.keys().filter(|key| !names.contains(&key.as_str())) {
        let meant = nearest(key, names).map_or(String::new(), |name| format!(", did you mean {name}?"));
        out.key(&at.key(key), format!("unknown{meant} Accepted here: {}", names.join(", ")));
        complete = false;
    }
    for name in names.iter().filter(|name| !table.contains_key(**name)) {
        out.text(at, format!("{name} is missing; accepted: a table with {}", names.join(" and ")));
        complete = false;
    }
    complete.then(|| names.map(|name| &table[name]))
}

/// When new peers appear.
pub(crate) fn arrivals(at: &At<'_>, value: &Value, data: &DataFiles, out: &mut Findings) -> Option<Arrivals> {
    let Some(table) = value.as_table() else {
        out.value(at, value, "one of { poisson = \"5/s\" }, { every = \"200ms\" }, { trace = \"arrivals.csv\" }");
        return None;
    };
    let mut process = table.clone();
    let peak = process.remove("peak");
    let options = taken::<BesideTrace>(&mut process);
    let (form, inner) = only_key::<Process>(at, &process, out)?;
    let name = form.word();
    let peak = match &peak {
        Some(_) if form != Process::Poisson => {
            out.key(&at.key("peak"), format!("only a Poisson process has a peak, not {name}"));
            return None;
        }
        Some(peak) => Some(read_peak(&at.key("peak"), peak, out)?),
        None => None,
    };
    if let Some((option, _)) = options.first().filter(|_| form != Process::Trace) {
        let option = option.word();
        out.key(&at.key(option), format!("only a trace has a {option}, not {name}"));
        return None;
    }
    let below = at.key(name);
    match form {
        Process::Poisson => Some(Arrivals::poisson(rate(&below, inner, true, out)?, peak)),
        Process::Every => Some(Arrivals::Every(positive(&below, inner, false, out)?)),
        Process::Trace => {
            let trace = trace(at, &options, out)?;
            let file = file(&below, inner, "arrivals", out)?;
            data.trace(file, &trace).map_err(|why| out.text(&below, why)).ok().map(Arrivals::Trace)
        }
    }
}

/// What is said of a trace beside the name of its file.
fn trace(at: &At<'_>, options: &[(BesideTrace, Value)], out: &mut Findings) -> Option<Trace> {
    let mut trace = Trace::default();
    for (option, value) in options {
        let below = at.key(option.word());
        match option {
            BesideTrace::Column => trace.column = Some(pick(&below, value, out)?),
            BesideTrace::Gateway => trace.gateway = Some(pick(&below, value, out)?),
            BesideTrace::Unit => trace.unit = Some(unit(&below, value, 5, out)?),
            BesideTrace::Start => match value {
                Value::String(start) => trace.start = Some(start.clone()),
                Value::Integer(_) | Value::Float(_) | Value::Datetime(_) => trace.start = Some(render(value)),
                Value::Boolean(_) | Value::Array(_) | Value::Table(_) => {
                    out.value(&below, value, "a time as it stands in the file");
                    return None;
                }
            },
        }
    }
    if let (None, Some((option, value))) =
        (trace.unit, options.iter().find(|(option, _)| matches!(option, BesideTrace::Column | BesideTrace::Start)))
    {
        let text = "is given without unit, accepted: beside it unit = one of ns, us, ms, s, iso8601";
        let option = option.word();
        out.key(&at.key(option), format!("{option} = {} {text}", found(value)));
        return None;
    }
    Some(trace)
}

fn read_peak(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<Peak> {
    let [factor, period] = entries(at, value, ["factor", "period"], out)?;
    let factor = real(&at.key("factor"), factor, 1.0, false, out);
    let period = positive(&at.key("period"), period, false, out);
    Some(Peak { factor: factor?, period: period? })
}

/// The names of strategies: a list of texts, shared because every problem with one names them all.
pub(crate) fn names(at: &At<'_>, value: &Value, out: &mut Findings) -> Option<Arc<[String]>> {
    let read = |entry: &Value| entry.as_str().map(str::to_owned);
    let list: Option<Vec<String>> = value.as_array().and_then(|entries| entries.iter().map(read).collect());
    if list.is_none() {
        out.value(at, value, "a list of strategies such as [\"push\", \"jit\"]");
    }
    list.map(Arc::from)
}
