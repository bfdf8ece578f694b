//! The JSON schema of an experiment file, for editors: completion, meanings on hover, and marks under what is wrong.
//!
//! Written in draft 7, which TOML editors understand. It has the rules of each key by itself. `check` has the
//! rules that concern several keys.

use serde_json::{Map, Value, json};

use super::data::ColumnUnit;
use super::goal;
use super::keys::{FILE, Fallback, Key, KeyKind};
use super::read::{BesideDurations, Form, LOGNORMAL, NEVER, PARETO, TIMERS};
use super::section::Word as _;
use super::section::uncertain;
use super::validate::{NAME_MAX, default_value};
use crate::measure::MEASURES;

/// The most points of an experiment.
pub(crate) const POINTS_MAX: usize = 1_000_000;

/// The most points of a Sobol' design: what the library's sequence is defined for.
pub(crate) const SOBOL_POINTS_MAX: usize = 1 << 16;

/// The schema.
#[must_use]
pub fn schema() -> Value {
    let mut file = table(FILE);
    file["properties"]["sweep"] =
        json!({ "type": "array", "description": SWEEP, "items": { "$ref": "#/definitions/block" } });
    file["properties"]["tune"] =
        json!({ "type": "array", "description": TUNE, "items": { "$ref": "#/definitions/block" } });
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "pushpull experiment",
        "description": "An experiment: a model of a fleet, strategies to compare, keys to sweep.",
    });
    if let (Value::Object(schema), Value::Object(file)) = (&mut schema, file) {
        schema.extend(file);
        schema.insert("definitions".to_owned(), definitions());
    }
    schema
}

const TUNE: &str =
    "Keys whose values are candidates of `select`, with the syntax of a sweep. `run` keeps the file's own values.";

const SWEEP: &str = "Keys to vary. Keys in one block vary together; blocks are crossed.";

/// What is referred to by name.
fn definitions() -> Value {
    let duration = json!({ "$ref": "#/definitions/duration" });
    let distributions: Vec<Value> = Form::WORDS
        .iter()
        .filter_map(|name| {
            let inner = match Form::meant(name)? {
                Form::Uniform => json!({ "type": "array", "items": duration, "minItems": 2, "maxItems": 2 }),
                Form::Exponential => duration.clone(),
                Form::Lognormal => object(&LOGNORMAL.map(|name| (name, duration.clone())), &LOGNORMAL),
                Form::Pareto => object(
                    &[(PARETO[0], duration.clone()), (PARETO[1], json!({ "type": "number", "exclusiveMinimum": 0 }))],
                    &PARETO,
                ),
                Form::Empirical => {
                    let about = "A file with a column of durations: seconds, or the one named beside it.";
                    return Some(measured(name, about, BesideDurations::Weight));
                }
                Form::Quantiles => {
                    let about = "A file with a column of quantiles or percentiles and one of durations.";
                    return Some(measured(name, about, BesideDurations::Quantile));
                }
            };
            Some(object(&[(*name, inner)], &[*name]))
        })
        .collect();
    let end = json!({ "type": ["number", "string"] });
    let peak = object(
        &[("factor", json!({ "type": "number", "minimum": 1 })), ("period", duration.clone())],
        &["factor", "period"],
    );
    let rate = json!({ "$ref": "#/definitions/rate" });
    let count = |most: usize| json!({ "type": "integer", "minimum": 1, "maximum": most });
    json!({
        "duration": { "type": "string", "pattern": r"^((\d+(\.\d+)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d))+$" },
        "rate": { "type": "string", "pattern": r"^[+0-9.][0-9.eE+-]*\s*/\s*(s|min|h|d)$" },
        "law": { "anyOf": [duration, { "anyOf": distributions }] },
        "scope": { "anyOf": [
            { "const": "all" },
            { "type": "number", "exclusiveMinimum": 0, "maximum": 1 },
            { "type": "string", "pattern": PERCENT },
            { "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 1, "uniqueItems": true },
        ] },
        "arrivals": { "anyOf": [
            object(&[("poisson", rate), ("peak", peak)], &["poisson"]),
            object(&[("every", json!({ "$ref": "#/definitions/duration" }))], &["every"]),
            object(
                &[
                    ("trace", json!({ "type": "string", "description": "A file of arrivals: t_s and optionally gateway, or the columns named beside it." })),
                    ("column", column()),
                    ("unit", units(5)),
                    ("gateway", column()),
                    ("start", json!({ "type": ["string", "number"] })),
                ],
                &["trace"],
            ),
        ] },
        "range": object(
            &[("from", end.clone()), ("to", end), ("steps", json!({ "type": "integer", "minimum": 2 })), ("log", json!({ "type": "boolean" }))],
            &["from", "to"],
        ),
        "values": { "anyOf": [
            { "type": "array", "minItems": 1 },
            { "$ref": "#/definitions/range" },
            { "type": "object", "additionalProperties": { "$ref": "#/definitions/values" } },
        ] },
        "block": {
            "type": "object",
            "description": SWEEP,
            "properties": {
                "where": { "type": "string", "description": "Only points that meet this: \"bus.loss <= 0.1 and gateways.count > 10\"." },
                "csv": { "type": "string", "description": "A CSV file whose header names the keys and whose rows are their values." },
                "latin_hypercube": count(POINTS_MAX),
                "sobol": count(SOBOL_POINTS_MAX),
            },
            "additionalProperties": { "$ref": "#/definitions/values" },
        },
    })
}

/// A column of a data file, by name or number.
fn column() -> Value {
    json!({ "anyOf": [{ "type": "string" }, { "type": "integer", "minimum": 1, "maximum": 10_000 }] })
}

/// The first `count` units of a column.
fn units(count: usize) -> Value {
    json!({ "enum": ColumnUnit::NAMES[..count].iter().map(|(name, _)| *name).collect::<Vec<_>>() })
}

/// A distribution from a data file with a column beside that of durations.
fn measured(name: &str, about: &str, beside: BesideDurations) -> Value {
    let file = json!({ "type": "string", "description": about });
    let (column_key, unit_key) = (BesideDurations::Column.word(), BesideDurations::Unit.word());
    object(&[(name, file), (column_key, column()), (unit_key, units(4)), (beside.word(), column())], &[name])
}

/// An object with exactly these properties.
fn object(properties: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// A table with these keys.
fn table(keys: &'static [Key]) -> Value {
    let properties: Vec<(&str, Value)> = keys.iter().map(|key| (key.name, property(key))).collect();
    let required: Vec<&str> =
        keys.iter().filter(|key| matches!(key.default, Fallback::Required)).map(|key| key.name).collect();
    object(&properties, &required)
}

/// A key: what it accepts, what it means, its default.
fn property(key: &'static Key) -> Value {
    let mut schema = kind(&key.kind);
    schema["description"] = json!(format!("{} {}", key.about, key.effect));
    if let Fallback::Value(text) = key.default {
        schema["default"] = json!(default_value(text));
    }
    schema
}

fn kind(kind: &'static KeyKind) -> Value {
    let reference = |name: &str| json!({ "allOf": [{ "$ref": format!("#/definitions/{name}") }] });
    let or_never = |never: bool, name: &str| {
        let reference = json!({ "$ref": format!("#/definitions/{name}") });
        if never { json!({ "anyOf": [{ "const": NEVER }, reference] }) } else { json!({ "allOf": [reference] }) }
    };
    match kind {
        KeyKind::Name => json!({ "type": "string", "pattern": NAME_PATTERN, "maxLength": NAME_MAX }),
        KeyKind::Text => json!({ "type": "string" }),
        KeyKind::Names => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        KeyKind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        KeyKind::Probability => {
            json!({ "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, { "type": "string", "pattern": PERCENT }] })
        }
        KeyKind::Level => json!({ "anyOf": [
            { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 },
            { "type": "string", "pattern": PERCENT },
        ] }),
        KeyKind::Real { least, above: true } => json!({ "type": "number", "exclusiveMinimum": least }),
        KeyKind::Real { least, above: false } => json!({ "type": "number", "minimum": least }),
        KeyKind::Flag => json!({ "type": "boolean" }),
        KeyKind::Choice(words) => json!({ "enum": words }),
        KeyKind::Measure => json!({ "enum": MEASURES.iter().map(|measure| measure.name).collect::<Vec<_>>() }),
        KeyKind::Goals => goal::schema(),
        KeyKind::Uncertain => uncertain::schema(),
        KeyKind::Span { never } => or_never(*never, "duration"),
        KeyKind::Distribution { never } => or_never(*never, "law"),
        KeyKind::Timer => json!({ "anyOf": [{ "enum": TIMERS }, { "$ref": "#/definitions/law" }] }),
        KeyKind::Rate => reference("rate"),
        KeyKind::Backoff => {
            let duration = json!({ "$ref": "#/definitions/duration" });
            json!({ "anyOf": [duration, { "type": "array", "items": duration, "minItems": 1 }] })
        }
        KeyKind::Scope => reference("scope"),
        KeyKind::Arrivals => reference("arrivals"),
        KeyKind::Table(keys) => table(keys),
        KeyKind::NeverOr(keys) => json!({ "anyOf": [{ "const": NEVER }, table(keys)] }),
        KeyKind::List(keys) => json!({ "type": "array", "items": table(keys) }),
        KeyKind::Map(keys) => json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "pattern": NAME_PATTERN, "maxLength": NAME_MAX },
            "additionalProperties": table(keys),
        }),
    }
}

/// A percentage, as a regular expression.
const PERCENT: &str = r"^(\d+(\.\d*)?|\.\d+)\s*%$";

/// A name, as a regular expression.
const NAME_PATTERN: &str = "^[A-Za-z0-9_][A-Za-z0-9_-]*$";
