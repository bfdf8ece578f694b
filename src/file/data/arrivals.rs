//! Traces of arrivals: when clients came, and to which gateway.

use super::sheet::{DataSheet, Pick, ROWS_MAX};
use super::unit::{ColumnUnit, instant, refused, seconds};
use crate::model::TraceArrival;
use des::{Duration, Time};

use super::super::quantity::DURATION_MAX;

/// What an experiment says of a trace.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Trace {
    /// The column of times.
    pub(crate) column: Option<Pick>,
    /// Their unit. Without one the times are seconds from the start of the run, under the header `t_s`.
    pub(crate) unit: Option<ColumnUnit>,
    /// The column of gateways.
    pub(crate) gateway: Option<Pick>,
    /// The time that is the start of the run; without it, the first row's.
    pub(crate) start: Option<String>,
}

/// Reads a trace.
pub(crate) fn read(name: &str, text: &str, form: &Trace) -> Result<std::sync::Arc<[TraceArrival]>, String> {
    let sheet = DataSheet::open(name, text, false)?;
    let Some(unit) = form.unit else { return from_the_start(name, &sheet, form) };
    let named = |pick: &Option<Pick>| matches!(pick, Some(Pick::Name(_)));
    let first = match &form.column {
        Some(Pick::Number(number)) => sheet.first.1.get(*number - 1),
        _ => sheet.first.1.first(),
    };
    let header = named(&form.column) || named(&form.gateway) || first.is_none_or(|cell| instant(cell, unit).is_err());
    let column = match (&form.column, header) {
        (None, false) => 0,
        (pick, _) => sheet.column(pick.as_ref(), &["timestamp", "time", "t"], "column")?,
    };
    let gateway = form.gateway.as_ref().map(|pick| sheet.column(Some(pick), &[], "gateway")).transpose()?;
    let mut origin = form.start.as_ref().map(|start| instant(start, unit)).transpose()?;
    let most = i128::from(DURATION_MAX.as_nanos());
    let mut last = 0;
    let arrivals = sheet.rows(header, ROWS_MAX, |row| {
        let cell = &row[column];
        let time = instant(cell, unit)?;
        let after = time - *origin.get_or_insert(time);
        if after < 0 && last == 0 {
            return Err(refused(
                cell,
                format_args!("a time at or after the start, {}", form.start.as_deref().unwrap_or("the first row")),
            ));
        }
        if after < last {
            return Err(refused(cell, "times in ascending order"));
        }
        last = after;
        let nanos = u64::try_from(after).ok().filter(|_| after <= most);
        let nanos = nanos.ok_or_else(|| refused(cell, "a time at most 36500 days after the start"))?;
        Ok(TraceArrival { at: Time::from_nanos(nanos), gateway: gateway_of(gateway.map(|column| &row[column]))? })
    })?;
    Ok(arrivals.into())
}

/// A trace of seconds from the start of the run.
fn from_the_start(name: &str, sheet: &DataSheet<'_>, form: &Trace) -> Result<std::sync::Arc<[TraceArrival]>, String> {
    let (line, cells) = &sheet.first;
    let column = cells.iter().position(|cell| cell == "t_s");
    let (Some(column), None) = (column, &form.column) else {
        return Err(format!(
            "{name}:{line}: found the columns {}, accepted: t_s, seconds from the start of the run; or others with their \
             unit: column = {:?}, unit = \"iso8601\" (ns us ms s iso8601)",
            cells.join(", "),
            cells[0]
        ));
    };
    let gateway = match &form.gateway {
        Some(pick) => Some(sheet.column(Some(pick), &[], "gateway")?),
        None => cells.iter().position(|cell| cell == "gateway"),
    };
    let mut last = Time::ZERO;
    let arrivals = sheet.rows(true, ROWS_MAX, |row| {
        let at = Time::ZERO + Duration::from_secs_f64(seconds(&row[column], Some(ColumnUnit::Seconds))?);
        if at < last {
            return Err(refused(&row[column], "times in ascending order"));
        }
        last = at;
        Ok(TraceArrival { at, gateway: gateway_of(gateway.map(|column| &row[column]))? })
    })?;
    Ok(arrivals.into())
}

fn gateway_of(cell: Option<&str>) -> Result<Option<u32>, String> {
    match cell {
        None | Some("") => Ok(None),
        Some(cell) => Ok(Some(cell.parse().map_err(|_| refused(cell, "a gateway, from 0, or nothing"))?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_may_leave_gateways_open() {
        let trace = read("t.csv", "t_s,gateway\n0.5,3\n0.5,\n", &Trace::default()).unwrap();
        assert_eq!(trace[0], TraceArrival { at: Time::from_nanos(500_000_000), gateway: Some(3) });
        assert_eq!(trace[1].gateway, None);
    }

    #[test]
    fn clock_times_count_from_the_first_row_or_from_the_start() {
        let form = |unit, start: Option<&str>| Trace {
            column: Some(Pick::Name("timestamp".to_owned())),
            unit: Some(unit),
            gateway: Some(Pick::Name("gw".to_owned())),
            start: start.map(str::to_owned),
        };
        let nanos = |text: &str, form: &Trace| -> Vec<u64> {
            let trace = read("t.csv", text, form).unwrap();
            assert_eq!(trace[0].gateway, Some(1));
            trace.iter().map(|arrival| (arrival.at - Time::ZERO).as_nanos()).collect()
        };
        let clock = "gw,timestamp\n1,2024-01-31T23:59:59Z\n0,2024-02-01T00:00:00.5Z\n";
        assert_eq!(nanos(clock, &form(ColumnUnit::Iso8601, None)), [0, 1_500_000_000]);
        assert_eq!(
            nanos(clock, &form(ColumnUnit::Iso8601, Some("2024-01-31T23:59:58Z"))),
            [1_000_000_000, 2_500_000_000]
        );
        let unix = "gw;timestamp\n1;1706745599000\n;1706745600500\n";
        assert_eq!(nanos(unix, &form(ColumnUnit::Milliseconds, None)), [0, 1_500_000_000]);
        assert_eq!(nanos(unix, &form(ColumnUnit::Milliseconds, Some("1706745598000"))), [1_000_000_000, 2_500_000_000]);
        let complaint = read("t.csv", clock, &form(ColumnUnit::Iso8601, Some("2024-02-01T00:00:00Z"))).unwrap_err();
        assert_eq!(
            complaint,
            "t.csv:2: found \"2024-01-31T23:59:59Z\", accepted: a time at or after the start, 2024-02-01T00:00:00Z"
        );
    }

    #[test]
    fn a_trace_without_a_header_has_its_times_in_the_first_column() {
        let form = Trace { unit: Some(ColumnUnit::Seconds), ..Trace::default() };
        let trace = read("t.csv", "1706745599\n1706745600.25\n", &form).unwrap();
        assert_eq!(trace[1].at, Time::from_nanos(1_250_000_000));
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, message) in [
            ("t_s\n2\n1\n", "t.csv:3: found \"1\", accepted: times in ascending order"),
            ("t_s,gateway\n2,-1\n", "t.csv:2: found \"-1\", accepted: a gateway, from 0, or nothing"),
            (
                "timestamp\n2\n",
                "t.csv:1: found the columns timestamp, accepted: t_s, seconds from the start of the run; or others with \
                 their unit: column = \"timestamp\", unit = \"iso8601\" (ns us ms s iso8601)",
            ),
        ] {
            assert_eq!(read("t.csv", text, &Trace::default()).unwrap_err(), message);
        }
    }
}
