//! The candidates, drawn: a row for each with its interval, or two measures against each other.

use std::fmt::Write as _;

use super::answer::Selected;
use crate::decide::Answer as _;
use crate::decide::eliminate::CandidateStanding;
use crate::figure::{capital, cut_bars, source_of, words};
use crate::folder::cell::number;
use draw::figure::{Along, Axis, Entry, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// Rows of the figure.
const ROWS_MAX: usize = 24;

/// From this ratio on of largest to smallest, an axis goes by equal factors.
const DECADES: f64 = 30.0;

/// The length of the horizontal axis of two measures, in that of the points.
const ROOM_FOR_NAMES: f64 = 1.2;

/// Where a candidate stands on an axis, how it is marked, and its interval.
type OnAxis = (f64, Kind, Option<(f64, f64)>);

impl Selected<'_> {
    /// The figure.
    pub(super) fn figure(&self) -> Figure {
        let mut order: Vec<usize> =
            (0..self.candidates.len()).filter(|index| self.estimates[*index][0].is_some()).collect();
        order.sort_by(|one, other| self.order(*one).partial_cmp(&self.order(*other)).expect("no estimate is NaN"));
        let left_out = order.len().saturating_sub(ROWS_MAX);
        let panel = if self.objectives().len() == 1 {
            order.truncate(ROWS_MAX);
            self.rows(&order)
        } else {
            self.front(&order)
        };
        let confidence = Unit::Share.write(self.question.confidence);
        let mut caption = format!("{} Bars are {confidence} intervals of each candidate alone.", self.sentence());
        if self.objectives().len() == 1 && left_out > 0 {
            let _ = write!(caption, " {left_out} more candidates are in select.csv.");
        }
        caption.extend(cut_bars(std::slice::from_ref(&panel)).map(|told| format!(" {told}")));
        let measures: Vec<String> = self.objectives().iter().map(|measure| words(measure.name)).collect();
        Figure {
            name: "candidates".to_owned(),
            title: format!("Candidates by {}", measures.join(" and ")),
            subtitle: self.plan.name.clone(),
            caption,
            alternative: self.sentence(),
            source: source_of(&self.plan.name, &self.plan.digest, self.plan.seed, env!("CARGO_PKG_VERSION")),
            panels: vec![panel],
            legend: self.legend(&order),
            at_ends: false,
            numbers: self.numbers(&order),
        }
    }

    fn standing(&self, index: usize) -> CandidateStanding {
        self.eliminated.candidates[index].0
    }

    fn legend(&self, order: &[usize]) -> Vec<Entry> {
        let best = if self.objectives().len() == 1 { "best, or as good" } else { "on the Pareto front, or as good" };
        let entries = [
            (0, best, [CandidateStanding::Best, CandidateStanding::Within, CandidateStanding::Best]),
            (1, "undecided", [CandidateStanding::Undecided, CandidateStanding::Refused, CandidateStanding::Undecided]),
            (
                2,
                "shown to be worse",
                [CandidateStanding::Worse, CandidateStanding::Undefined, CandidateStanding::Halved],
            ),
            (3, "breaks a limit", [CandidateStanding::Infeasible; 3]),
        ];
        let is_there =
            |standings: &[CandidateStanding]| order.iter().any(|index| standings.contains(&self.standing(*index)));
        let entries = entries.into_iter().filter(|(_, _, standings)| is_there(standings));
        entries.map(|(index, label, _)| Entry { look: Look::Series(index), label: label.to_owned() }).collect()
    }

    const fn look(standing: CandidateStanding) -> Look {
        Look::Series(match standing {
            CandidateStanding::Best | CandidateStanding::Within => 0,
            CandidateStanding::Undecided | CandidateStanding::Refused => 1,
            CandidateStanding::Worse | CandidateStanding::Undefined | CandidateStanding::Halved => 2,
            CandidateStanding::Infeasible => 3,
        })
    }

    /// A row for each candidate.
    fn rows(&self, order: &[usize]) -> Panel {
        let x = self.axis(0, order);
        let keys = self.plan.candidates().0.iter().map(|key| key.rsplit('.').next().unwrap_or(key));
        let label = keys.collect::<Vec<_>>().join(", ");
        let y = Axis::categories(&label, order.iter().map(|index| self.brief(*index)).collect());
        let marks = order.iter().enumerate().filter_map(|(row, index)| {
            let (at, kind, interval) = self.place(*index, 0, &x)?;
            let description =
                format!("{}: {}, {}", self.name(*index), self.told(*index, 0), self.standing(*index).word());
            let place = Place { x: at, y: row as f64, interval, kind, description };
            Some(Mark::Estimates {
                look: Self::look(self.standing(*index)),
                along: Along::X,
                path: LinePath::None,
                places: vec![place],
            })
        });
        let marks = marks.collect();
        Panel { title: String::new(), small: String::new(), x, y, apart: false, marks }
    }

    /// `push-retry: 200ms, 2`; without the strategy where there is one.
    fn brief(&self, index: usize) -> String {
        let candidate = &self.candidates[index];
        let own = candidate.point.iter().zip(&candidate.own).filter(|(_, own)| **own);
        let values: Vec<&str> = own.map(|(value, _)| value.as_str()).collect();
        let strategy = &self.plan.strategies[candidate.strategy];
        match (self.plan.strategies.len(), values.is_empty()) {
            (_, true) => strategy.clone(),
            (1, false) => values.join(", "),
            (_, false) => format!("{strategy}: {}", values.join(", ")),
        }
    }

    /// The first measure along, the second up.
    fn front(&self, order: &[usize]) -> Panel {
        let (mut x, y) = (self.axis(0, order), self.axis(1, order));
        // Room for the name of the rightmost point.
        x.high = match x.scale {
            Scale::Linear => x.high * ROOM_FOR_NAMES,
            _ => x.high * libm::pow(x.high / x.low, ROOM_FOR_NAMES - 1.0),
        };
        if x.unit == Unit::Share {
            x.high = x.high.min(1.0);
        }
        let mut named: Vec<(f64, f64, Vec<String>)> = Vec::new();
        let mut marks: Vec<Mark> = Vec::new();
        for &index in order.iter().rev() {
            let (Some((across, kind, aside)), Some((up, _, interval))) =
                (self.place(index, 0, &x), self.place(index, 1, &y))
            else {
                continue;
            };
            let told = [self.told(index, 0), self.told(index, 1)].join(" and ");
            let description = format!("{}: {told}, {}", self.name(index), self.standing(index).word());
            let place = |interval, description| Place { x: across, y: up, interval, kind, description };
            let look = Self::look(self.standing(index));
            for (along, interval, told) in [(Along::X, aside, String::new()), (Along::Y, interval, description)] {
                marks.push(Mark::Estimates { look, along, path: LinePath::None, places: vec![place(interval, told)] });
            }
            // Candidates at one place have one label.
            if self.standing(index).is_left() {
                // Behind the bar, which would strike the name through.
                let behind = aside.map_or(across, |(_, high)| high.clamp(across, x.high.max(across)));
                match named.iter_mut().find(|(x, y, _)| (*x, *y) == (behind, up)) {
                    Some((.., names)) => names.insert(0, self.brief(index)),
                    None => named.push((behind, up, vec![self.brief(index)])),
                }
            }
        }
        if named.len() <= ROWS_MAX {
            marks.extend(named.into_iter().map(|(x, y, names)| Mark::Note { x, y, text: names.join(", ") }));
        }
        Panel { title: String::new(), small: String::new(), x, y, apart: false, marks }
    }

    /// The axis of a measure: by equal factors where its values span decades.
    fn axis(&self, objective: usize, order: &[usize]) -> Axis {
        let measure = self.objectives()[objective];
        let judged = || order.iter().filter_map(|index| self.estimates[*index][objective]);
        let means = || judged().map(|judged| judged.mean).filter(|mean| mean.is_finite());
        let limits = judged().flat_map(|judged| [judged.mean, judged.high]).filter(|value| value.is_finite());
        let high = limits.fold(0.0, f64::max);
        let positive = means().filter(|mean| *mean > 0.0).fold(f64::INFINITY, f64::min);
        let unit = Unit::of(measure.unit);
        let (scale, low, high) = if high > DECADES * positive {
            let scale = if means().any(|mean| mean == 0.0) { Scale::LogZero } else { Scale::Log };
            (scale, positive / 2.5, high * 1.5)
        } else {
            (Scale::Linear, 0.0, if high > 0.0 { high * 1.06 } else { 1.0 })
        };
        let high = if unit == Unit::Share { high.min(1.0) } else { high };
        Axis { label: capital(&words(measure.name)), small: String::new(), unit, scale, low, high, ticks: Vec::new() }
    }

    /// Where a candidate stands on an axis, how it is marked, and its interval.
    fn place(&self, index: usize, objective: usize, axis: &Axis) -> Option<OnAxis> {
        let judged = self.estimates[index][objective]?;
        let is_log = matches!(axis.scale, Scale::Log | Scale::LogZero);
        let (at, kind) = match judged.mean {
            mean if mean.is_infinite() => (axis.high, Kind::Never),
            mean if mean == 0.0 && is_log => (0.0, Kind::Open),
            mean => (mean, Kind::Value),
        };
        let finite = judged.low.is_finite() && judged.high.is_finite() && judged.low < judged.high;
        Some((at, kind, finite.then_some((judged.low, judged.high))))
    }

    fn numbers(&self, order: &[usize]) -> Numbers {
        let names: Vec<&str> = self.objectives().iter().map(|measure| measure.name).collect();
        let mut numbers = Numbers::new(["candidate", "standing", "n"].into_iter().chain(names));
        for &index in order {
            let (standing, n) = self.eliminated.candidates[index];
            let means =
                (0..self.objectives().len()).map(|objective| number(self.estimates[index][objective].map(|j| j.mean)));
            numbers.push([self.name(index), standing.word().to_owned(), n.to_string()].into_iter().chain(means));
        }
        numbers
    }
}
