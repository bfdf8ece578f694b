//! One value, several spellings: `0` and `0.0`, `"1m"` and `"60s"`, `"60/min"` and `"1/s"`, `"1%"` and `0.01`.

use toml::Value;

use super::goal;
use super::keys::KeyKind;
use super::quantity::{parse_duration, parse_rate};
use super::read::{Findings, number, percent, scope};
use super::tree::{At, render};

/// A value as it is kept: a percentage that is accepted as a number, so that every result shows a number; a time as text.
pub(crate) fn settle(kind: &KeyKind, value: &Value) -> Value {
    match (kind, value) {
        (KeyKind::Probability | KeyKind::Level | KeyKind::Scope, Value::String(text)) => {
            let accepted = |share: &f64| match kind {
                KeyKind::Level => *share > 0.0 && *share < 1.0,
                KeyKind::Scope => *share > 0.0 && *share <= 1.0,
                _ => (0.0..=1.0).contains(share),
            };
            percent(text).filter(accepted).map_or_else(|| value.clone(), Value::Float)
        }
        // a time of a trace may stand without quotes, but a manifest has no such type
        (KeyKind::Arrivals, Value::Table(table)) if table.get("start").is_some_and(Value::is_datetime) => {
            let mut table = table.clone();
            if let Some(Value::Datetime(start)) = table.get("start") {
                let start = Value::String(start.to_string());
                table.insert("start".to_owned(), start);
            }
            Value::Table(table)
        }
        (KeyKind::Goals, value) => goal::settle(value),
        _ => value.clone(),
    }
}

/// A text that two values have in common exactly if they mean the same.
pub(crate) fn meaning(kind: &KeyKind, value: &Value) -> String {
    match kind {
        KeyKind::Name | KeyKind::Text | KeyKind::Names | KeyKind::Choice(_) | KeyKind::Measure => render(value),
        KeyKind::Scope => scope(&At::ROOT, value, &mut Findings::default())
            .map_or_else(|| render(value), |scope| format!("{scope:?}").replace("Fraction(1.0)", "All")),
        _ => plain(value),
    }
}

/// The meaning of a value that holds quantities, whatever its form.
fn plain(value: &Value) -> String {
    if let Some(x) = number(value) {
        // adding zero makes one of the two zeros
        return format!("{:?}", x + 0.0);
    }
    match value {
        Value::String(text) => match (parse_duration(text), parse_rate(text), percent(text)) {
            (Ok(duration), _, _) => format!("{}ns", duration.as_nanos()),
            (_, Ok(rate), _) => format!("{:?}/s", rate + 0.0),
            (_, _, Some(share)) => format!("{share:?}"),
            _ => render(value),
        },
        Value::Array(values) => format!("[{}]", values.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            if let (1, Some([low, high])) =
                (table.len(), table.get("uniform").and_then(Value::as_array).map(Vec::as_slice))
                && plain(low) == plain(high)
            {
                return plain(low);
            }
            let mut pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{key:?} = {}", plain(value))).collect();
            pairs.sort();
            format!("{{{}}}", pairs.join(", "))
        }
        _ => render(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_value_have_one_meaning() {
        let distribution = KeyKind::Distribution { never: true };
        for (kind, one, other, same) in [
            (&KeyKind::Probability, "0", "0.0", true),
            (&KeyKind::Probability, "-0.0", "0", true),
            (&KeyKind::Probability, "0.1", "1e-1", true),
            (&KeyKind::Probability, "0.01", "'1%'", true),
            (&KeyKind::Probability, "0.01", "'1.5%'", false),
            (&distribution, "'1m'", "'60s'", true),
            (&distribution, "'1m'", "'61s'", false),
            (&distribution, "'0.5s'", "'500ms'", true),
            (&distribution, "'never'", "'1s'", false),
            (&distribution, "{ exponential = '1m' }", "{ exponential = '60s' }", true),
            (&distribution, "{ exponential = '1m' }", "'60s'", false),
            (&distribution, "{ uniform = ['1s', '1000ms'] }", "'1s'", true),
            (
                &distribution,
                "{ lognormal = { median = '1s', p99 = '1m' } }",
                "{ lognormal = { p99 = '60s', median = '1s' } }",
                true,
            ),
            (&KeyKind::Rate, "'60/min'", "'1/s'", true),
            (&KeyKind::Rate, "'60/min'", "'60/s'", false),
            (&KeyKind::Backoff, "['1s', '1m']", "['1000ms', '60s']", true),
            (&KeyKind::Scope, "[0, 3]", "[3, 0]", true),
            (&KeyKind::Scope, "1.0", "'all'", true),
            (&KeyKind::Arrivals, "{ poisson = '60/min' }", "{ poisson = '1/s' }", true),
            (&KeyKind::Integer(0, 9), "3", "3", true),
            (&KeyKind::Flag, "true", "false", false),
            (&KeyKind::Choice(&["1m", "60s"]), "'1m'", "'60s'", false),
        ] {
            let table: toml::Table = format!("a = {one}\nb = {other}").parse().unwrap();
            assert_eq!(meaning(kind, &table["a"]) == meaning(kind, &table["b"]), same, "{one} {other}");
        }
    }
}
