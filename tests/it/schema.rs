//! The JSON schema accepts what the program accepts, and refuses most of what it refuses.

use serde_json::Value;

use crate::program::{folder, pushpull, shipped};

/// Whether `value` meets `schema`. Supports the keywords of JSON Schema (draft 7) that this schema uses, and no others.
fn meets(value: &Value, schema: &Value, root: &Value) -> bool {
    let Value::Object(keywords) = schema else { return schema.as_bool().expect("a schema is an object or a truth") };
    keywords.iter().all(|(keyword, argument)| match keyword.as_str() {
        "$schema" | "title" | "description" | "default" | "definitions" | "properties" => true,
        "$ref" => {
            let pointer = argument.as_str().unwrap().strip_prefix('#').unwrap();
            meets(value, root.pointer(pointer).expect("a reference leads somewhere"), root)
        }
        "allOf" => argument.as_array().unwrap().iter().all(|schema| meets(value, schema, root)),
        "anyOf" => argument.as_array().unwrap().iter().any(|schema| meets(value, schema, root)),
        "const" => value == argument,
        "enum" => argument.as_array().unwrap().contains(value),
        "type" => match argument {
            Value::String(name) => is(value, name),
            names => names.as_array().unwrap().iter().any(|name| is(value, name.as_str().unwrap())),
        },
        "minimum" => value.as_f64().is_none_or(|x| x >= argument.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|x| x <= argument.as_f64().unwrap()),
        "exclusiveMinimum" => value.as_f64().is_none_or(|x| x > argument.as_f64().unwrap()),
        "exclusiveMaximum" => value.as_f64().is_none_or(|x| x < argument.as_f64().unwrap()),
        "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= argument.as_u64().unwrap()),
        "maxItems" => value.as_array().is_none_or(|list| list.len() as u64 <= argument.as_u64().unwrap()),
        "uniqueItems" => value.as_array().is_none_or(|list| (1..list.len()).all(|i| !list[..i].contains(&list[i]))),
        "items" => value.as_array().is_none_or(|list| list.iter().all(|item| meets(item, argument, root))),
        "minProperties" => value.as_object().is_none_or(|table| table.len() as u64 >= argument.as_u64().unwrap()),
        "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= argument.as_u64().unwrap()),
        "required" => value.as_object().is_none_or(|table| {
            argument.as_array().unwrap().iter().all(|name| table.contains_key(name.as_str().unwrap()))
        }),
        "propertyNames" => value
            .as_object()
            .is_none_or(|table| table.keys().all(|key| meets(&Value::from(key.as_str()), argument, root))),
        "additionalProperties" => value.as_object().is_none_or(|table| {
            table.iter().all(|(key, value)| match schema["properties"].get(key) {
                Some(property) => meets(value, property, root),
                None => meets(value, argument, root),
            })
        }),
        // Duration, rate, name: distinguished by their possible errors.
        "pattern" => value.as_str().is_none_or(|text| matches_pattern(text, argument.as_str().unwrap())),
        other => panic!("the test does not know the keyword {other}"),
    })
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the test does not know the type {other}"),
    }
}

/// The four patterns of the schema, by the program's own readers.
fn matches_pattern(text: &str, pattern: &str) -> bool {
    if pattern.ends_with("%$") {
        text.strip_suffix('%').is_some_and(|digits| digits.trim_end().parse::<f64>().is_ok())
    } else if pattern.contains("ms|s|m|h|d") {
        pushpull::file::parse_duration(text).is_ok()
    } else if pattern.contains("min|h|d") {
        pushpull::file::parse_rate(text).is_ok()
    } else {
        assert!(pattern.starts_with("^[A-Za-z0-9_]"), "{pattern}");
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    }
}

fn schema() -> Value {
    let printed = pushpull(&folder("schema"), &["schema"]);
    assert_eq!(printed.code, Some(0));
    serde_json::from_str(&printed.out).expect("the schema is JSON")
}

fn parse(text: &str) -> Value {
    serde_json::to_value(text.parse::<toml::Table>().expect("TOML")).unwrap()
}

#[test]
fn every_shipped_experiment_meets_the_schema() {
    let schema = schema();
    for file in shipped() {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(meets(&parse(&text), &schema, &schema), "{}", file.display());
    }
}

#[test]
fn a_complete_experiment_meets_the_schema() {
    let schema = schema();
    for file in shipped() {
        let printed = pushpull(&folder("schema-complete"), &["check", file.to_str().unwrap()]);
        assert!(meets(&parse(&printed.out), &schema, &schema), "{}", file.display());
    }
}

#[test]
fn the_schema_accepts_every_form_of_a_data_file() {
    let schema = schema();
    let good = "name = 'a'\n[strategies.push]\npush = {}\n";
    for lines in [
        "[bus]\nloss = '0.5%'",
        "[bus]\ndelay = { empirical = 'a.csv', column = 'latency_ms', unit = 'ms', weight = 'count' }",
        "[bus]\ndelay = { quantiles = 'a.hgrm', column = 2, quantile = 1, unit = 'us' }",
        "[clients]\narrivals = { trace = 'a.csv', column = 'timestamp', unit = 'iso8601', gateway = 'gw', start = '2024-01-01T00:00:00Z' }",
    ] {
        assert!(meets(&parse(&format!("{good}{lines}")), &schema, &schema), "{lines}");
    }
}

#[test]
fn the_schema_refuses_what_the_program_refuses() {
    let schema = schema();
    let good = "name = 'a'\nseed = 1\n[strategies.push]\npush = {}\n";
    assert!(meets(&parse(good), &schema, &schema));
    for lines in [
        "[bus]\nlos = 0.1",
        "[bus]\nloss = 1.2",
        "[bus]\ndelay = 20",
        "[bus]\ndelay = { exponental = '1s' }",
        "[bus]\nburst = { good = '1s' }",
        "[clients]\narrivals = { poisson = '5' }",
        "[gateways]\ncount = 0",
        "[bus]\nloss = 'x%'",
        "[bus]\ndelay = { exponential = '1s', unit = 'ms' }",
        "[bus]\ndelay = { empirical = 'a.csv', unit = 'h' }",
        "[clients]\narrivals = { poisson = '1/s', start = 3 }",
        "[strategies.x]\npul = {}",
        "[strategies.x]\npush = { transport = 'smoke' }",
        "[[faults]]\ntarget = 'bus'",
        "[[sweep]]\n'bus.loss' = 0.1",
        "[sweep]\n'bus.loss' = [0.1]",
    ] {
        assert!(!meets(&parse(&format!("{good}{lines}")), &schema, &schema), "{lines}");
    }
    assert!(!meets(&parse("seed = 1\n[strategies.push]\npush = {}"), &schema, &schema), "a name is missing");
}
