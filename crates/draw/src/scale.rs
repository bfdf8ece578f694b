//! From values to places along an axis, and the ticks there.

use crate::figure::{Axis, Scale, Tick, Unit};

/// Place of zero on a scale with a place for zero, as a share of the axis.
const ZERO: f64 = 0.055;

/// Where the axis is broken.
const BREAK: f64 = 0.11;

/// Where the positive values begin.
const POSITIVE: f64 = 0.165;

/// The most ticks of an even axis.
const TICKS_MAX: usize = 200;

/// A tick of an axis.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct TickMark {
    pub value: f64,
    /// Empty: a small tick without a label.
    pub label: String,
}

/// The place of `value`, as a share of the axis; values beyond an end are placed at that end.
pub(super) fn share(axis: &Axis, value: f64) -> f64 {
    let share = match &axis.scale {
        Scale::Linear | Scale::Categories(_) => (value - axis.low) / (axis.high - axis.low),
        Scale::Log => log_share(axis, value),
        Scale::LogZero if value <= 0.0 => ZERO,
        Scale::LogZero => POSITIVE + (1.0 - POSITIVE) * log_share(axis, value).max(0.0),
        Scale::SignedLog { linear } => {
            let at = |value: f64| signed_log(value, *linear);
            (at(value) - at(axis.low)) / (at(axis.high) - at(axis.low))
        }
    };
    // On an axis of zero length all values are at the start.
    if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
}

/// Where the axis is broken; none if it has no break.
pub(super) fn broken(axis: &Axis) -> Option<f64> {
    matches!(axis.scale, Scale::LogZero).then_some(BREAK)
}

fn log_share(axis: &Axis, value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    libm::log(value / axis.low) / libm::log(axis.high / axis.low)
}

fn signed_log(value: f64, linear: f64) -> f64 {
    let size = value.abs() / linear;
    let place = if size <= 1.0 { size } else { 1.0 + libm::log10(size) };
    place.copysign(value)
}

/// The ticks of an axis with room for about `count` labels.
pub(super) fn ticks(axis: &Axis, count: f64) -> Vec<TickMark> {
    if !axis.ticks.is_empty() {
        return axis
            .ticks
            .iter()
            .map(|Tick { value, label }| TickMark { value: *value, label: label.clone() })
            .collect();
    }
    if !has_length(axis) {
        return Vec::new();
    }
    match &axis.scale {
        Scale::Linear => linear(axis, count),
        Scale::Categories(names) => names
            .iter()
            .enumerate()
            .map(|(index, name)| TickMark { value: index as f64, label: name.clone() })
            .collect(),
        Scale::Log => log(axis, count),
        Scale::LogZero => {
            let zero = TickMark { value: 0.0, label: axis.unit.tick(0.0) };
            [zero].into_iter().chain(log(axis, count - 1.0)).collect()
        }
        Scale::SignedLog { linear } => signed(axis, *linear, count),
    }
}

/// Whether the axis is long enough for its ticks to be different floats, so that their number is finite.
fn has_length(axis: &Axis) -> bool {
    let (low, high) = (axis.low, axis.high);
    match axis.scale {
        Scale::Linear | Scale::Categories(_) => {
            (high - low).is_finite() && high - low > low.abs().max(high.abs()) * 1e-12
        }
        Scale::Log | Scale::LogZero => low >= f64::MIN_POSITIVE && high.is_finite() && low < high,
        Scale::SignedLog { linear } => linear >= f64::MIN_POSITIVE && low.is_finite() && high.is_finite() && low < high,
    }
}

/// Round values at even distances.
fn linear(axis: &Axis, count: f64) -> Vec<TickMark> {
    let span = axis.high - axis.low;
    let (base, name): (f64, &dyn Fn(f64) -> String) = match axis.unit {
        // A time axis has one unit throughout.
        Unit::Seconds if axis.high >= 7200.0 => (3600.0, &|value| format!("{} h", Unit::None.write(value / 3600.0))),
        Unit::Seconds if axis.high >= 120.0 => (60.0, &|value| format!("{} min", Unit::None.write(value / 60.0))),
        Unit::Share => (0.01, &|value| axis.unit.tick(value)),
        _ => (1.0, &|value| axis.unit.tick(value)),
    };
    let step = round_step(span / base / count.max(2.0)) * base;
    let first = (axis.low / step - 1e-9).ceil();
    let steps = (0..).map(|index| (first + f64::from(index)) * step);
    // A sum that should be zero may leave a rounding error.
    let clean = |value: f64| if value.abs() < step * 1e-9 { 0.0 } else { value };
    let within = steps.take(TICKS_MAX).map(clean).take_while(|value| *value <= axis.high + step * 1e-9);
    within.map(|value| TickMark { value, label: name(value) }).collect()
}

/// The next of 1, 2, 5, 10, … from `raw` on.
fn round_step(raw: f64) -> f64 {
    let power = libm::exp10(libm::floor(libm::log10(raw)));
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= raw * 0.999).unwrap_or(raw)
}

#[expect(clippy::cast_possible_truncation, reason = "powers of ten within f64")]
fn log(axis: &Axis, count: f64) -> Vec<TickMark> {
    let (low, high) = (libm::log10(axis.low), libm::log10(axis.high));
    let decades = high - low;
    let (first, last) = (libm::floor(low) as i32, libm::ceil(high) as i32);
    let every = (decades / count.max(1.0)).ceil().max(1.0) as i32;
    // With few decades there is room for labels between the powers of ten.
    let named: &[i32] = match decades {
        decades if decades < 0.7 && count > 5.0 => &[1, 2, 3, 4, 5, 6, 7, 8],
        decades if decades * 3.0 < count && decades < 2.5 => &[1, 2, 5],
        _ => &[1],
    };
    let mut marks = Vec::new();
    for power in first..=last {
        for factor in 1..10 {
            let value = f64::from(factor) * power_of_ten(power);
            if value < axis.low * 0.999 || value > axis.high * 1.001 {
                continue;
            }
            let shown = named.contains(&factor) && (factor > 1 || power % every == 0);
            marks.push(TickMark { value, label: if shown { axis.unit.tick(value) } else { String::new() } });
        }
    }
    marks
}

/// Zero, and powers of ten on both sides of it.
#[expect(clippy::cast_possible_truncation, reason = "powers of ten within f64")]
fn signed(axis: &Axis, linear: f64, count: f64) -> Vec<TickMark> {
    let largest = axis.low.abs().max(axis.high.abs());
    let first = libm::ceil(libm::log10(linear) - 1e-9) as i32;
    let last = libm::floor(libm::log10(largest) + 1e-9) as i32;
    let within = |factors: &[i32]| {
        let sizes = (first - 1..=last + 1)
            .flat_map(|power| factors.iter().map(move |factor| f64::from(*factor) * power_of_ten(power)));
        let mut values: Vec<f64> =
            sizes.filter(|size| *size >= linear * 0.999).flat_map(|size| [-size, size]).collect();
        values.push(0.0);
        values.retain(|value| (axis.low..=axis.high).contains(value));
        values.sort_by(f64::total_cmp);
        values
    };
    let values = within(&[1]);
    if values.len() < 3 {
        // Less than a decade on either side.
        let values = within(&[1, 2, 5]);
        return values.into_iter().map(|value| TickMark { value, label: axis.unit.tick(value) }).collect();
    }
    let every = (values.len() as f64 / count.max(3.0)).ceil().max(1.0) as i32;
    let shown = |value: f64| value == 0.0 || (last - libm::round(libm::log10(value.abs())) as i32) % every == 0;
    let name = |value: f64| if shown(value) { axis.unit.tick(value) } else { String::new() };
    values.into_iter().map(|value| TickMark { value, label: name(value) }).collect()
}

/// The float nearest to the decimal; a power computed in floats may differ.
fn power_of_ten(power: i32) -> f64 {
    format!("1e{power}").parse().expect("it is a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, unit: Unit, low: f64, high: f64) -> Axis {
        Axis { small: String::new(), label: String::new(), unit, scale, low, high, ticks: Vec::new() }
    }

    fn labels(axis: &Axis, count: f64) -> Vec<String> {
        ticks(axis, count).into_iter().map(|mark| mark.label).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            labels(&axis(Scale::Linear, Unit::Share, 0.0, 1.0), 6.0),
            ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
        );
        assert_eq!(
            labels(&axis(Scale::Linear, Unit::Seconds, 0.0, 600.0), 6.0),
            ["0 min", "2 min", "4 min", "6 min", "8 min", "10 min"]
        );
        assert_eq!(
            labels(&axis(Scale::Log, Unit::Share, 1e-5, 1.0), 8.0),
            ["0.001 %", "0.01 %", "0.1 %", "1 %", "10 %", "100 %"]
        );
        assert_eq!(
            labels(&axis(Scale::Log, Unit::Seconds, 0.01, 0.3), 12.0),
            ["10 ms", "20 ms", "50 ms", "100 ms", "200 ms"]
        );
        let signed = axis(Scale::SignedLog { linear: 0.01 }, Unit::SharePoints, -0.2, 1.0);
        assert_eq!(labels(&signed, 9.0), ["−10", "−1", "0", "+1", "+10", "+100"]);
        let signed = axis(Scale::SignedLog { linear: 0.002 }, Unit::SharePoints, -0.008, 0.002);
        assert_eq!(labels(&signed, 9.0), ["−0.5", "−0.2", "0", "+0.2"]);
    }

    #[test]
    fn an_axis_without_a_length_has_no_ticks_and_an_endless_one_neither() {
        for scale in [Scale::Linear, Scale::Log, Scale::LogZero, Scale::SignedLog { linear: 1.0 }] {
            for (low, high) in [(1.0, 1.0), (1.0, f64::INFINITY), (0.0, f64::INFINITY), (f64::NAN, 1.0), (2.0, 1.0)] {
                let axis = axis(scale.clone(), Unit::None, low, high);
                assert!(ticks(&axis, 8.0).is_empty(), "{axis:?}");
                assert!((0.0..=1.0).contains(&share(&axis, 1.0)));
            }
        }
        for scale in [Scale::Linear, Scale::Log] {
            assert!(ticks(&axis(scale, Unit::Seconds, 1e-300, 1e300), 8.0).len() < 6000);
        }
    }

    #[test]
    fn zero_has_a_place_of_its_own_before_the_break() {
        let axis = axis(Scale::LogZero, Unit::None, 0.001, 0.1);
        assert!(share(&axis, 0.0) < BREAK && share(&axis, 0.001) > BREAK);
        assert!((share(&axis, 0.1) - 1.0).abs() < 1e-12);
        assert_eq!(labels(&axis, 8.0)[0], "0");
    }

    #[test]
    fn a_signed_scale_is_even_around_zero_and_odd() {
        let axis = axis(Scale::SignedLog { linear: 1.0 }, Unit::None, -100.0, 100.0);
        assert!((share(&axis, 0.0) - 0.5).abs() < 1e-12);
        assert!((share(&axis, 10.0) + share(&axis, -10.0) - 1.0).abs() < 1e-12);
        assert!((share(&axis, 0.5) - 0.5 - (share(&axis, 1.0) - 0.5) / 2.0).abs() < 1e-12);
    }
}
