//! The curve of an answer, drawn: every point with its interval, what it is compared with, and the root's interval.

use super::answer::Solved;
use crate::decide::search::{Found, Point};
use crate::figure::source_of;
use crate::figure::words;
use draw::figure::{Along, Axis, Entry, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// From this ratio on of largest to smallest, an axis goes by equal factors.
const DECADES: f64 = 30.0;

/// The share of the largest difference below which an axis of differences is even.
const EVEN: f64 = 0.01;

/// The share of an axis that the limit keeps from an end with arrows, so that every arrow stands on its side of the limit.
const FROM_END: f64 = 0.2;

impl Solved<'_> {
    /// The figure.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let strategies = self.question.wanted.strategies();
        let unit = Unit::of(self.measure().unit);
        let unit = if self.question.wanted.limit().is_some() { unit } else { unit.difference() };
        let measure = words(&self.question.measure);
        let y = self.vertical(&measure, unit);
        let mut marks = self.root_marks();
        let limit = self.question.wanted.limit().unwrap_or(0.0);
        if y.scale != Scale::Log && y.scale != Scale::LogZero || limit > 0.0 {
            let label =
                self.question.wanted.limit().map_or_else(|| "no difference".to_owned(), |limit| unit.write(limit));
            marks.push(Mark::Rule { along: Along::Y, at: limit, label });
        }
        let caption = format!(
            "{} Bars are {} intervals.{}{}",
            self.sentence(),
            Unit::Share.write(self.plan.confidence),
            self.arrows(&measure),
            self.shading()
        );
        // A line joins neighbours with a value, and stops before one without.
        let has_value = |point: &Point| self.values(point).0.is_some();
        for part in self.searched.points.chunk_by(|one, other| has_value(one) == has_value(other)) {
            let path = if has_value(&part[0]) { LinePath::Straight } else { LinePath::None };
            let places = part.iter().map(|point| self.drawn(point, unit, &y)).collect();
            marks.push(Mark::Estimates { look: Look::Series(0), along: Along::Y, path, places });
        }
        let series = match strategies[..] {
            [one, other] => format!("{one} − {other}"),
            _ => strategies[0].to_owned(),
        };
        let x = self.axis.drawn(self.plan);
        Figure {
            name: "curve".to_owned(),
            title: format!("{series}: {measure} against {}", self.axis.named(self.plan)),
            subtitle: self.plan.name.clone(),
            caption,
            alternative: self.sentence(),
            source: source_of(&self.plan.name, &self.plan.digest, self.plan.seed, env!("CARGO_PKG_VERSION")),
            panels: vec![Panel { title: String::new(), small: String::new(), x, y, apart: false, marks }],
            legend: vec![Entry { look: Look::Series(0), label: series }],
            at_ends: false,
            numbers: self.numbers(),
        }
    }

    /// How to read points without a value, if there are any.
    fn arrows(&self, measure: &str) -> String {
        if !self.searched.points.iter().any(|point| self.values(point).0.is_none()) {
            return String::new();
        }
        let (runs, limit) = match self.question.wanted.limit() {
            Some(_) => ("runs", "the limit"),
            None => ("pairs of runs", "zero"),
        };
        format!(
            " Arrows: in some runs the {measure} is infinite, so the value has no mean; more than half of the {runs} are \
             above {limit} (arrow up) or below it (arrow down). A hollow point on {limit}: neither."
        )
    }

    /// What is shaded.
    const fn shading(&self) -> &'static str {
        match self.searched.found {
            Found::Root { root: Some(_), .. } => " Shaded: the interval of the crossing.",
            Found::Root { low: Some(_), high: Some(_), .. } | Found::Step { .. } => {
                " Shaded: from the last value on one side to the first on the other."
            }
            Found::Root { low: Some(_), .. } | Found::Root { high: Some(_), .. } => {
                " Shaded: where the crossing may be."
            }
            Found::Several(_) => " Shaded: between two neighbours that show different signs, one for each crossing.",
            Found::Root { .. } | Found::Nowhere { .. } | Found::Undecided | Found::Zero => "",
        }
    }

    /// The interval of the root, shaded, and the root.
    fn root_marks(&self) -> Vec<Mark> {
        let span = |from: f64, to: f64| Mark::Span {
            from: self.axis.number(from),
            to: self.axis.number(to),
            label: String::new(),
        };
        let rule = |at: f64| Mark::Rule { along: Along::X, at: self.axis.number(at), label: self.axis.write(at) };
        match &self.searched.found {
            Found::Root { root, low, high, .. } => {
                let ends = (low.unwrap_or(0.0), high.unwrap_or(self.axis.last()));
                let shaded = (low.is_some() || high.is_some()).then(|| span(ends.0, ends.1));
                shaded.into_iter().chain(root.map(rule)).collect()
            }
            Found::Step { below, above, .. } => vec![span(*below, *above)],
            Found::Several(several) => several.iter().map(|(left, right)| span(*left, *right)).collect(),
            Found::Nowhere { .. } | Found::Undecided | Found::Zero => Vec::new(),
        }
    }

    /// The axis of the measure: by equal factors where its values span decades.
    fn vertical(&self, measure: &str, unit: Unit) -> Axis {
        let limit = self.question.wanted.limit();
        let values = self.searched.points.iter().map(|point| self.values(point));
        let values: Vec<f64> = values
            .flat_map(|(mean, low, high)| [mean, low, high])
            .chain([Some(limit.unwrap_or(0.0))])
            .flatten()
            .collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let means = self.searched.points.iter().filter_map(|point| self.values(point).0).chain(limit);
        let positive = means.clone().filter(|mean| *mean > 0.0).fold(f64::INFINITY, f64::min);
        let largest = low.abs().max(high.abs());
        let (scale, low, high) = if limit.is_some() && high > DECADES * positive {
            let has_zero = means.clone().any(|mean| mean == 0.0);
            (if has_zero { Scale::LogZero } else { Scale::Log }, positive / 2.5, high * 1.5)
        } else if limit.is_none() && largest > 0.0 {
            (Scale::SignedLog { linear: largest * EVEN }, low.min(-largest * EVEN), high.max(largest * EVEN))
        } else {
            let room = (high - low).max(f64::MIN_POSITIVE) * 0.06;
            (Scale::Linear, low.min(0.0), if high > low { high + room } else { low + 1.0 })
        };
        let high = if unit == Unit::Share { high.min(1.0) } else { high };
        let (low, high) = self.with_room_for_arrows(scale == Scale::Linear, (low, high));
        let label = if limit.is_some() { measure.to_owned() } else { format!("difference in {measure}") };
        Axis { label, small: String::new(), unit, scale, low, high, ticks: Vec::new() }
    }

    /// The ends of an axis, so far from the limit that arrows stand on their side of it.
    fn with_room_for_arrows(&self, linear: bool, (low, high): (f64, f64)) -> (f64, f64) {
        // Zero is never near an end of an axis of differences.
        let Some(limit) = self.question.wanted.limit() else { return (low, high) };
        let points = || self.searched.points.iter().filter(|point| self.values(point).0.is_none());
        let (is_above, is_below) =
            (points().any(|point| point.judged.mean > 0.0), points().any(|point| point.judged.mean < 0.0));
        // The end that leaves this share of the axis between the end and the limit.
        let beyond = |other: f64| {
            let share = FROM_END / (1.0 - FROM_END);
            if linear { limit + (limit - other) * share } else { limit * libm::pow(limit / other, share) }
        };
        let high = if is_above { high.max(beyond(low)) } else { high };
        (if is_below { low.min(beyond(high)) } else { low }, high)
    }

    /// A point; where the measure is infinite in some runs there is nothing but a sign, and an arrow at the end of the axis.
    fn drawn(&self, point: &Point, unit: Unit, axis: &Axis) -> Place {
        let (mean, low, high) = self.values(point);
        let told = match (mean, low, high) {
            (Some(mean), Some(low), Some(high)) => unit.with_limits(mean, low, high),
            (Some(mean), ..) => unit.write(mean),
            (None, ..) => {
                let limit = self.question.wanted.limit().map_or_else(|| "zero".to_owned(), |limit| unit.write(limit));
                let side = match point.judged.side() {
                    1 => "more than half are above",
                    -1 => "more than half are below",
                    _ => "no more than half are above or below",
                };
                format!("infinite in some runs, {side} {limit}")
            }
        };
        let is_log = matches!(axis.scale, Scale::Log | Scale::LogZero);
        let (y, kind) = match mean {
            Some(0.0) if is_log => (0.0, Kind::Open),
            Some(mean) => (mean, Kind::Value),
            None => match point.judged.side() {
                1 => (axis.high, Kind::Never),
                -1 => (axis.low, Kind::Never),
                _ => (self.question.wanted.limit().unwrap_or(0.0), Kind::Open),
            },
        };
        let x = self.axis.number(point.at);
        let told = format!("{} = {}: {told}, {} replications", self.axis.key, self.axis.write(point.at), point.n);
        Place { x, y, interval: low.zip(high).filter(|(low, high)| low < high), kind, description: told }
    }

    fn numbers(&self) -> Numbers {
        let mut numbers = Numbers::new([self.axis.key.as_str(), "n", "mean", "low", "high"]);
        for point in &self.searched.points {
            let (mean, low, high) = self.values(point);
            let cell = crate::folder::cell::number;
            numbers.push([self.axis.value(point.at), point.n.to_string(), cell(mean), cell(low), cell(high)]);
        }
        numbers
    }
}
