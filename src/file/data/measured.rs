//! Measured durations: values as they were measured, values with weights or counts, tables of quantiles.

use super::sheet::{DataSheet, Pick, ROWS_MAX};
use super::unit::{ColumnUnit, refused, seconds};
use des::Distribution;

/// What an experiment says of a file of durations.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Measured {
    /// Whether it is a table of quantiles.
    pub(crate) quantiles: bool,
    /// The column of values.
    pub(crate) column: Option<Pick>,
    /// Their unit.
    pub(crate) unit: Option<ColumnUnit>,
    /// The column of weights, or of quantiles.
    pub(crate) beside: Option<Pick>,
}

/// Names under which exports have quantiles.
const QUANTILES: [&str; 6] = ["quantile", "percentile", "percent", "q", "p", "%"];

/// Names under which exports have values.
const VALUES: [&str; 6] = ["seconds", "value", "latency", "duration", "time", "values"];

/// Reads a file of durations.
pub(crate) fn read(name: &str, text: &str, form: &Measured) -> Result<Distribution, String> {
    if form.quantiles {
        return match exposition(name, text, form) {
            Some(points) => table(name, points?),
            None => quantiles(name, text, form),
        };
    }
    let sheet = DataSheet::open(name, text, false)?;
    let header = has_header(&sheet, form);
    let column = if header {
        sheet.column(form.column.as_ref(), &["seconds"], "column")?
    } else {
        number(&sheet, form.column.as_ref(), 0)?
    };
    let unit = unit(&sheet, header, column, form.unit);
    let Some(weight) = &form.beside else {
        let mut values = sheet.rows(header, ROWS_MAX, |row| seconds(&row[column], unit))?;
        values.sort_by(f64::total_cmp);
        return Ok(Distribution::Empirical(values.into()));
    };
    let weight = sheet.column(Some(weight), &[], "weight")?;
    let mut values =
        sheet.rows(header, ROWS_MAX, |row| Ok((seconds(&row[column], unit)?, weight_of(&row[weight])?)))?;
    values.retain(|(_, weight)| *weight > 0.0);
    if values.is_empty() {
        return Err(format!("{name}: found weights that are all 0, accepted: at least one above 0"));
    }
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut sum = 0.0;
    for (_, weight) in &mut values {
        sum += *weight;
        *weight = sum;
    }
    Ok(Distribution::Weighted(values.into()))
}

/// Whether the first row is a header: a column is asked for by name, or its cell is no duration.
fn has_header(sheet: &DataSheet<'_>, form: &Measured) -> bool {
    let named = |pick: &Option<Pick>| matches!(pick, Some(Pick::Name(_)));
    if named(&form.column) || named(&form.beside) {
        return true;
    }
    let cells = &sheet.first.1;
    let column = number(sheet, form.column.as_ref(), 0).unwrap_or(0);
    cells.get(column).is_none_or(|cell| {
        seconds(cell, form.unit.or(Some(ColumnUnit::Seconds))).is_err() && seconds(cell, None).is_err()
    })
}

/// A column of a file without a header.
fn number(sheet: &DataSheet<'_>, pick: Option<&Pick>, usual: usize) -> Result<usize, String> {
    match pick {
        Some(pick) => sheet.column(Some(pick), &[], "column"),
        None => Ok(usual),
    }
}

/// The unit of a column: as the experiment says, or as its name does.
fn unit(sheet: &DataSheet<'_>, header: bool, column: usize, said: Option<ColumnUnit>) -> Option<ColumnUnit> {
    said.or_else(|| if header { ColumnUnit::of_column(&sheet.first.1[column]) } else { None })
}

fn weight_of(cell: &str) -> Result<f64, String> {
    let weight = cell.parse::<f64>().ok().filter(|weight| (0.0..=1e15).contains(weight));
    weight.ok_or_else(|| refused(cell, "a weight or a count, from 0 to 1e15"))
}

/// Reads a table of quantiles and values.
fn quantiles(name: &str, text: &str, form: &Measured) -> Result<Distribution, String> {
    let sheet = DataSheet::open(name, text, true)?;
    let header = form.beside.iter().chain(&form.column).any(|pick| matches!(pick, Pick::Name(_)))
        || !sheet
            .first
            .1
            .iter()
            .all(|cell| share(cell).is_ok() || seconds(cell, None).is_ok() || cell.parse::<f64>().is_ok());
    let (quantile, column) = if header {
        let quantile = sheet.column(form.beside.as_ref(), &QUANTILES, "quantile")?;
        (quantile, sheet.column(form.column.as_ref(), &VALUES, "column")?)
    } else {
        (
            sheet.column(Some(form.beside.as_ref().unwrap_or(&Pick::Number(1))), &[], "quantile")?,
            number(&sheet, form.column.as_ref(), 1)?,
        )
    };
    if quantile == column {
        return Err(format!("{name}: found one column for quantiles and values, accepted: one for each"));
    }
    if column >= sheet.first.1.len() {
        return Err(format!(
            "{name}:{}: found one column, accepted: a column of quantiles and one of values",
            sheet.first.0
        ));
    }
    let unit = unit(&sheet, header, column, form.unit);
    let rows = sheet.rows(header, ROWS_MAX, |row| Ok((share(&row[quantile])?, seconds(&row[column], unit)?)))?;
    // the column as a whole decides whether 0.99 means 99 % or 0.99 %
    let percent = rows.iter().any(|((number, percent), _)| !percent && *number > 1.0);
    let points = rows
        .into_iter()
        .map(|((number, is_percent), value)| (if is_percent || percent { number / 100.0 } else { number }, value));
    table(name, points.collect())
}

/// A quantile or a percentile as a number, and whether it is certainly a percentile: `0.99`, `99`, `99%`, `p99`.
fn share(cell: &str) -> Result<(f64, bool), String> {
    let plain = cell.strip_suffix('%').map(str::trim_end).or_else(|| cell.strip_prefix(['p', 'P']));
    let number = plain.unwrap_or(cell).parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number));
    let number = number.ok_or_else(|| refused(cell, "a quantile from 0 to 1, or a percentile from 0 to 100"))?;
    Ok((number, plain.is_some()))
}

/// The distribution of a table of quantiles.
fn table(name: &str, points: Vec<(f64, f64)>) -> Result<Distribution, String> {
    if points.len() < 2 {
        return Err(format!("{name}: found one quantile, accepted: at least two"));
    }
    if let Some(pair) = points.windows(2).find(|pair| pair[0].0 > pair[1].0 || pair[0].1 > pair[1].1) {
        let ((q, value), (next_q, next)) = (pair[0], pair[1]);
        return Err(format!(
            "{name}: found {value} s at the quantile {q} before {next} s at {next_q}, accepted: quantiles and values in \
             ascending order"
        ));
    }
    Ok(Distribution::Quantiles(points.into()))
}

/// Quantiles from a summary as Prometheus exposes it: `name{…,quantile="0.99"} 0.15`; none: the text is something else.
fn exposition(name: &str, text: &str, form: &Measured) -> Option<Result<Vec<(f64, f64)>, String>> {
    if !text.contains("quantile=\"") {
        return None;
    }
    let mut points = Vec::new();
    let mut series = None;
    for (line, text) in (1..).zip(text.lines()) {
        let Some((metric, quantile, value)) = sample(text) else { continue };
        if let Some(Pick::Name(wanted)) = &form.column
            && metric.split('{').next() != Some(wanted)
        {
            continue;
        }
        if *series.get_or_insert_with(|| metric.clone()) != metric {
            let first = series.unwrap_or_default();
            let why =
                format!("{name}:{line}: found {metric} beside {first}, accepted: one summary, or its name in column");
            return Some(Err(why));
        }
        let unit = form.unit.or_else(|| ColumnUnit::of_column(metric.split('{').next().unwrap_or_default()));
        let point = share(quantile).and_then(|(quantile, _)| Ok((quantile, seconds(value, unit)?)));
        match point {
            Ok(point) => points.push(point),
            Err(why) => return Some(Err(format!("{name}:{line}: {why}"))),
        }
    }
    if points.is_empty() {
        return Some(Err(format!(
            "{name}: found no sample with a label quantile, accepted: a summary as Prometheus exposes it"
        )));
    }
    Some(Ok(points))
}

/// A line of a summary: the series without its quantile, the quantile, the value.
fn sample(line: &str) -> Option<(String, &str, &str)> {
    let (before, rest) = line.split_once("quantile=\"").filter(|_| !line.trim_start().starts_with('#'))?;
    let (quantile, rest) = rest.split_once('"')?;
    let (labels, value) = rest.split_once('}')?;
    let series = format!("{}{}", before.trim(), labels.trim_start_matches(','));
    Some((series.trim_end_matches(['{', ',']).to_owned(), quantile, value.split_whitespace().next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Measured {
        Measured { quantiles: false, column: None, unit: None, beside: None }
    }

    fn named(column: &str, unit: Option<ColumnUnit>) -> Measured {
        Measured { column: Some(Pick::Name(column.to_owned())), unit, ..form() }
    }

    #[test]
    fn measured_durations_are_sorted_and_counted_in_seconds() {
        let expected = Ok(Distribution::Empirical([0.1, 0.2, 0.3].into()));
        let ms = Some(ColumnUnit::Milliseconds);
        for (text, form) in [
            ("seconds\n0.3\n0.1\n0.2\n", form()),
            ("latency_ms\n300\n100\n200\n", form()),
            ("id,latency,code\n1,300,200\n2,100,200\n3,200,500\n", named("latency", ms)),
            ("id;latency\n1;300\n2;100\n3;200\n", named("latency", ms)),
            ("id\tlatency_ms\n1\t300\n2\t100\n3\t200\n", named("latency_ms", None)),
            ("300\n100\n200\n", Measured { unit: ms, ..form() }),
            ("1,300\n2,100\n3,200\n", Measured { column: Some(Pick::Number(2)), unit: ms, ..form() }),
            ("0.3s\n100ms\n200000us\n", form()),
        ] {
            assert_eq!(read("a.csv", text, &form), expected, "{text}");
        }
    }

    #[test]
    fn weights_and_counts_are_summed() {
        let form =
            Measured { beside: Some(Pick::Name("count".to_owned())), ..named("ms", Some(ColumnUnit::Milliseconds)) };
        let distribution = read("a.csv", "ms,count\n30,1\n10,2\n20,0\n", &form);
        assert_eq!(distribution, Ok(Distribution::Weighted([(0.010, 2.0), (0.030, 3.0)].into())));
        let complaint = read("a.csv", "ms,count\n30,-1\n", &form).unwrap_err();
        assert_eq!(complaint, "a.csv:2: found \"-1\", accepted: a weight or a count, from 0 to 1e15");
        let complaint = read("a.csv", "ms,count\n30,0\n", &form).unwrap_err();
        assert_eq!(complaint, "a.csv: found weights that are all 0, accepted: at least one above 0");
    }

    /// As `HdrHistogram` prints, and with it wrk2.
    const HGRM: &str = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n       1.000 0.000000000000          1           1.00\n       \
                        2.000 0.500000000000          5           2.00\n       4.000 1.000000000000         10            inf\n#[Mean    =        2.000, StdDeviation   =        1.000]\n";

    #[test]
    fn tables_of_quantiles_are_read_as_tools_write_them() {
        let expected = Ok(Distribution::Quantiles([(0.0, 0.001), (0.5, 0.002), (1.0, 0.004)].into()));
        let ms = Measured { quantiles: true, unit: Some(ColumnUnit::Milliseconds), ..form() };
        let none = Measured { unit: None, ..ms.clone() };
        for (text, form) in [
            (HGRM, &ms),
            ("\"Value\",\"Percentile\",\"TotalCount\",\"1/(1-Percentile)\"\n1,0.0,1,1\n2,0.5,5,2\n4,1.0,10,inf\n", &ms),
            ("quantile,value\n0,1\n0.5,2\n1,4\n", &ms),
            ("percentile;latency\n0;1\n50;2\n100;4\n", &ms),
            ("  0.000%    1.00ms\n 50.000%    2.00ms\n100.000%  4.00ms\n", &none),
            ("p0,1\np50,2\np100,4\n", &ms),
            ("0 1\n0.5 2\n1 4\n", &ms),
            (
                "# TYPE rpc_seconds summary\nrpc_seconds{code=\"200\",quantile=\"0\"} 0.001\nrpc_seconds{code=\"200\",quantile=\"0.5\"} 0.002\n\
              rpc_seconds{code=\"200\",quantile=\"1\"} 0.004\nrpc_seconds_sum{code=\"200\"} 12\nrpc_seconds_count{code=\"200\"} 9\n",
                &none,
            ),
        ] {
            assert_eq!(read("a.csv", text, form), expected, "{text}");
        }
    }

    #[test]
    fn a_table_that_is_none_says_why() {
        let ms = Measured { quantiles: true, unit: Some(ColumnUnit::Milliseconds), ..form() };
        for (text, complaint) in [
            (
                "quantile,value\n0.5,2\n0.9,1\n",
                "a.csv: found 0.002 s at the quantile 0.5 before 0.001 s at 0.9, accepted: quantiles and values in ascending order",
            ),
            ("quantile,value\n0.5,2\n", "a.csv: found one quantile, accepted: at least two"),
            (
                "quantile,value\n-1,2\n",
                "a.csv:2: found \"-1\", accepted: a quantile from 0 to 1, or a percentile from 0 to 100",
            ),
            ("1\n2\n", "a.csv:1: found one column, accepted: a column of quantiles and one of values"),
            (
                "a{quantile=\"0.5\"} 1\nb{quantile=\"0.9\"} 2\n",
                "a.csv:2: found b beside a, accepted: one summary, or its name in column",
            ),
            ("a{quantile=\"0.5\"} NaN\n", "a.csv:1: found \"NaN\", accepted: milliseconds, from 0 to 3153600000000"),
        ] {
            assert_eq!(read("a.csv", text, &ms).unwrap_err(), complaint, "{text}");
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, message) in [
            (
                "second\n1\n",
                "a.csv:2: found \"1\", accepted: a duration with its unit such as 12ms, or a number if the experiment says unit = \"ms\" (ns us ms s)",
            ),
            (
                "id,second\n1,1\n",
                "a.csv:1: found the columns id, second, accepted: one called seconds, or another that the experiment names: column = \"id\"",
            ),
            ("seconds\n", "a.csv: there is no row below the header"),
            ("seconds\n1\n\nx\n", "a.csv:4: found \"x\", accepted: seconds, from 0 to 3153600000"),
            ("seconds\n-1\n", "a.csv:2: found \"-1\", accepted: seconds, from 0 to 3153600000"),
            ("seconds\nnan\n", "a.csv:2: found \"nan\", accepted: seconds, from 0 to 3153600000"),
            ("seconds\n1,2\n", "a.csv:2: a row has as many fields as the header, 1"),
        ] {
            assert_eq!(read("a.csv", text, &form()).unwrap_err(), message);
        }
        let complaint = read("a.csv", "latency_ms,code\n1,2\n", &named("latency", None)).unwrap_err();
        assert!(complaint.contains("did you mean \"latency_ms\"?"), "{complaint}");
    }
}
