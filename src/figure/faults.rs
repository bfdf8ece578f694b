//! The faults of a point, from the folder's experiment: when each begins and ends, and whether it strikes in the run.

use toml::Value;

use super::caption::list;
use super::swept::plain;
use crate::file::parse_duration;
use crate::file::section::{ALL_FAULTS, Struck, Word as _};
use crate::folder::reader::Reader;
use des::Duration;
use draw::figure::Unit;

/// The words of a gateway's fault.
pub(super) const RESTARTS: &str = "gateway restarts";

/// A fault that happens at a point.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct PointFault {
    /// What it strikes.
    pub(crate) target: Struck,
    /// Whether the bus holds messages instead of dropping them.
    delays: bool,
    /// When it begins, s; none: at random times.
    at: Option<f64>,
    /// When it ends, s; none where its length is random, too.
    to: Option<f64>,
    /// The end of the run, s.
    horizon: f64,
    /// How long stalls must be normal before the recovery from it counts, s.
    window: f64,
}

impl PointFault {
    /// Whether it begins before the end of the run.
    pub(crate) fn strikes(&self) -> bool {
        self.at.is_none_or(|at| at < self.horizon)
    }

    /// Whether it begins in the run, and the run ends before a recovery from it can be seen: `recovery_window` after its
    /// end at the earliest.
    pub(crate) fn hides_recovery(&self) -> bool {
        self.strikes() && self.to.is_some_and(|to| to >= self.horizon || to + self.window > self.horizon)
    }

    /// What it does and since when: `API down from 4 min on`.
    pub(crate) fn named(&self) -> String {
        let from =
            self.at.map_or_else(|| "at random times".to_owned(), |at| format!("from {} on", Unit::Seconds.write(at)));
        format!("{} {from}", self.label())
    }

    /// Beginning and end, s, if both are known and it strikes.
    pub(super) fn span(&self) -> Option<(f64, f64)> {
        self.at.zip(self.to).filter(|_| self.strikes())
    }

    /// Whether it strikes at a known time, so that the recovery from it is judged.
    pub(super) fn is_scheduled(&self) -> bool {
        self.at.is_some() && self.strikes()
    }

    /// Whether it comes at random times.
    pub(super) const fn is_random(&self) -> bool {
        self.at.is_none()
    }

    /// `API down`, `gateway restarts`.
    pub(super) const fn label(&self) -> &'static str {
        match self.target {
            Struck::Api => "API down",
            Struck::Bus if self.delays => "bus holds messages",
            Struck::Bus => "bus drops messages",
            Struck::Http => "link to the API cut",
            Struck::Path => "paths down",
            Struck::Gateway => RESTARTS,
        }
    }
}

/// That the run ends too soon after some faults, as a sentence without its full stop; none if there are no such faults.
pub(crate) fn unfinished(faults: &[PointFault]) -> Option<String> {
    let own: Vec<&PointFault> = faults.iter().filter(|fault| fault.hides_recovery()).collect();
    let named: Vec<String> = own.iter().map(|fault| fault.named()).collect();
    let named = list(&named.iter().map(String::as_str).collect::<Vec<_>>());
    match (own.len(), faults.len()) {
        (0, _) => None,
        (1, 1) => Some("The run ends before a recovery from the fault can be seen".to_owned()),
        (1, _) => Some(format!("The run ends before a recovery from a fault ({named}) can be seen")),
        _ => Some(format!("The run ends before a recovery from some faults ({named}) can be seen")),
    }
}

/// The faults that happen at a point, in the order of the file.
pub(crate) fn faults(reader: &Reader, point: usize) -> Vec<PointFault> {
    let horizon = seconds(reader, point, "horizon").unwrap_or(f64::INFINITY);
    let window = seconds(reader, point, "recovery_window").unwrap_or(0.0);
    let only = value(reader, point, "fault");
    let happens = |index: usize| {
        let key = |name: &str| value(reader, point, &format!("faults.{index}.{name}"));
        let called = key("name").or_else(|| key("target"));
        key("per_month").is_none() || only.is_none() || only.as_deref() == Some(ALL_FAULTS) || only == called
    };
    let count = reader.setting("faults").and_then(Value::as_array).map_or(0, Vec::len);
    let fault = |index: usize| {
        let key = |name: &str| value(reader, point, &format!("faults.{index}.{name}"));
        let time = |name: &str| seconds(reader, point, &format!("faults.{index}.{name}"));
        let target = key("target")?;
        let at = time("at");
        Some(PointFault {
            target: Struck::meant(&target)?,
            delays: key("effect").as_deref() == Some("delay"),
            at,
            to: at.zip(time("for")).map(|(at, length)| at + length),
            horizon,
            window,
        })
    };
    (0..count).filter(|index| happens(*index)).filter_map(fault).collect()
}

/// The value of a key at a point, swept or not, without quotes; none if there is none.
fn value(reader: &Reader, point: usize, path: &str) -> Option<String> {
    let swept = reader.keys().iter().position(|name| name == path);
    let swept = swept.map(|column| plain(&reader.points()[point][column]));
    let fixed = || {
        let (list, rest) = path.split_once('.').map_or((path, None), |(list, rest)| (list, Some(rest)));
        let Some((index, key)) = rest.and_then(|rest| rest.split_once('.')) else { return reader.setting(path) };
        reader.setting(list)?.as_array()?.get(index.parse::<usize>().ok()?)?.get(key)
    };
    swept.or_else(|| fixed().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
}

/// A fixed time at a point, s; none for a random one.
fn seconds(reader: &Reader, point: usize, path: &str) -> Option<f64> {
    parse_duration(&value(reader, point, path)?).ok().map(Duration::as_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(target: Struck, at: f64, to: f64) -> PointFault {
        PointFault { target, delays: false, at: Some(at), to: Some(to), horizon: 600.0, window: 60.0 }
    }

    #[test]
    fn a_fault_that_outlasts_the_run_is_named_where_there_are_several() {
        let (over, late) = (fault(Struck::Api, 60.0, 120.0), fault(Struck::Bus, 570.0, 630.0));
        let sentence = |faults: &[PointFault]| unfinished(faults).unwrap_or_default();
        assert_eq!(sentence(std::slice::from_ref(&over)), "");
        assert!(sentence(std::slice::from_ref(&late)).starts_with("The run ends before a recovery from the fault"));
        assert!(sentence(&[over, late.clone()]).contains("from a fault (bus drops messages from 9.5 min on) can"));
        let both = sentence(&[fault(Struck::Path, 590.0, 700.0), late]);
        assert!(
            both.contains("from some faults (paths down from 9.83 min on and bus drops messages from 9.5 min on)"),
            "{both}"
        );
    }

    #[test]
    fn no_recovery_is_seen_from_a_fault_that_ends_with_the_run_or_less_than_the_window_before() {
        let hides = |to: f64| fault(Struck::Bus, 500.0, to).hides_recovery();
        assert_eq!([540.0, 541.0, 599.0, 600.0, 700.0].map(hides), [false, true, true, true, true]);
        let no_window = PointFault { window: 0.0, ..fault(Struck::Bus, 500.0, 600.0) };
        assert!(no_window.hides_recovery());
    }
}
