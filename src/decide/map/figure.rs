//! The map, drawn: the colour of the winner, hatched where it is undecided, and the line with its intervals.

use super::answer::Mapped;
use super::{Winner, line};
use crate::decide::Answer as _;
use crate::decide::search::Found;
use crate::figure::{capital, source_of, words};
use draw::figure::{Along, Entry, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Unit};

impl Mapped<'_> {
    /// The figure.
    pub(super) fn figure(&self) -> Figure {
        let number = |place: f64, across: bool| if across { self.across.number(place) } else { self.up.number(place) };
        let mut marks: Vec<Mark> = self
            .regimes
            .parts
            .iter()
            .map(|part| Mark::Area {
                look: self.look(part.winner),
                x: (number(part.x.0, true), number(part.x.1, true)),
                y: (number(part.y.0, false), number(part.y.1, false)),
                description: self.label(part.winner),
            })
            .collect();
        let places: Vec<Place> = self.regimes.rows.iter().filter_map(|row| self.root(row.at, &row.found)).collect();
        if !places.is_empty() {
            marks.push(Mark::Estimates { look: Look::Plain, along: Along::X, path: LinePath::Straight, places });
        }
        let measure = words(&self.question.measure);
        let title =
            format!("{} over {} and {}", capital(&measure), self.across.named(self.plan), self.up.named(self.plan));
        let confidence = Unit::Share.write(self.plan.confidence);
        let bars = if self.question.is_line() {
            let is_several = |row: &line::LineRow| matches!(row.found, Found::Several(_));
            let several = if self.regimes.rows.iter().any(is_several) {
                " A row with more than one crossing is hatched as a whole."
            } else {
                ""
            };
            format!(
                "Bars are {confidence} intervals of the line in each row; what lies within is hatched.{several} Between rows \
                 the map is interpolated, and blank where neighbouring rows have different winners."
            )
        } else {
            "Hatched: the corners of a cell have different winners, or no winner is shown.".to_owned()
        };
        Figure {
            name: "map".to_owned(),
            title,
            subtitle: self.plan.name.clone(),
            caption: format!("{} {bars}", self.sentence()),
            alternative: self.sentence(),
            source: source_of(&self.plan.name, &self.plan.digest, self.plan.seed, env!("CARGO_PKG_VERSION")),
            panels: vec![Panel {
                title: String::new(),
                small: String::new(),
                x: self.across.drawn(self.plan),
                y: self.up.drawn(self.plan),
                apart: false,
                marks,
            }],
            legend: self.legend(),
            at_ends: false,
            numbers: self.numbers(),
        }
    }

    /// The root of a row.
    fn root(&self, at: f64, found: &Found) -> Option<Place> {
        let Found::Root { root, low: Some(low), high: Some(high), .. } = *found else { return None };
        let root = root.unwrap_or(f64::midpoint(low, high));
        let told = self.across.with_limits(root, low, high);
        Some(Place {
            x: self.across.number(root),
            y: self.up.number(at),
            interval: Some((self.across.number(low), self.across.number(high))),
            kind: Kind::Value,
            description: format!("{} = {}: {} = {told}", self.up.key, self.up.write(at), self.across.key),
        })
    }

    const fn look(&self, winner: Winner) -> Look {
        match winner {
            Winner::Of(winner) => Look::Series(winner),
            Winner::Same => Look::Series(self.winners()),
            Winner::Undecided => Look::Hatched,
        }
    }

    fn label(&self, winner: Winner) -> String {
        match winner {
            Winner::Of(winner) => self.meaning(winner),
            Winner::Same if self.question.is_line() => self.same_everywhere(),
            Winner::Same => format!("{}: the best, the same", self.tied()),
            Winner::Undecided => "undecided".to_owned(),
        }
    }

    fn legend(&self) -> Vec<Entry> {
        let all = (0..self.winners()).map(Winner::Of).chain([Winner::Same, Winner::Undecided]);
        let is_there = |winner: &Winner| self.regimes.parts.iter().any(|part| part.winner == *winner);
        let there = all.filter(is_there);
        there.map(|winner| Entry { look: self.look(winner), label: self.label(winner) }).collect()
    }

    fn numbers(&self) -> Numbers {
        if self.question.is_line() {
            return self.rows();
        }
        let mut numbers = Numbers::new([self.across.key.as_str(), &self.up.key, "to", "to", "winner"]);
        for part in &self.regimes.parts {
            numbers.push([
                self.across.value(part.x.0),
                self.up.value(part.y.0),
                self.across.value(part.x.1),
                self.up.value(part.y.1),
                match part.winner {
                    Winner::Of(winner) => self.winner(winner).to_owned(),
                    Winner::Same => "same".to_owned(),
                    Winner::Undecided => String::new(),
                },
            ]);
        }
        numbers
    }
    /// The line, row by row.
    fn rows(&self) -> Numbers {
        let mut numbers = Numbers::new([self.up.key.as_str(), &self.across.key, "low", "high"]);
        for row in &self.regimes.rows {
            let limits = match row.found {
                Found::Root { low, high, .. } => [low, high],
                Found::Step { below, above, .. } => [Some(below), Some(above)],
                Found::Nowhere { .. } | Found::Several(_) | Found::Undecided | Found::Zero => [None, None],
            };
            let [low, high] = limits.map(|place| place.map_or_else(String::new, |place| self.across.value(place)));
            let root = self.root(row.at, &row.found).map(|place| place.x);
            numbers.push([self.up.value(row.at), crate::folder::cell::number(root), low, high]);
        }
        numbers
    }
}
