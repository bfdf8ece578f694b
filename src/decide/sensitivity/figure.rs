//! A sensitivity as figures: the ends of each range, and the indices.

use super::answer::SensitivityAnswer;
use super::study::{KeyStudy, Study};
use super::tornado::{Bar, Bars};
use crate::figure::source_of;
use crate::figure::words;
use draw::figure::{Along, Axis, Entry, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// The most panels of a figure.
const PANELS_MAX: usize = 6;

/// The share of the axis below which a bar may have no room for its value, and what the value needs behind the bars.
const SHORT: f64 = 0.1;
const ROOM_FOR_WORDS: f64 = 0.2;

/// The lower and the upper end; total and first-order index.
const FIRST: Look = Look::Part(0);
const SECOND: Look = Look::Part(1);

impl SensitivityAnswer<'_> {
    fn frame(
        &self,
        name: &str,
        title: String,
        caption: String,
        panels: Vec<Panel>,
        legend: Vec<Entry>,
        numbers: Numbers,
    ) -> Figure {
        let plan = self.of.plan;
        Figure {
            name: name.to_owned(),
            title,
            subtitle: plan.name.clone(),
            caption,
            alternative: self.sentence(),
            source: source_of(&plan.name, &plan.digest, plan.seed, env!("CARGO_PKG_VERSION")),
            panels,
            legend,
            at_ends: false,
            numbers,
        }
    }

    /// A headline of a panel, if there are several.
    fn headline(&self, target: super::study::SensitivityTarget, several: bool) -> String {
        let names = &self.of.plan.strategies;
        match (several, target.against) {
            (false, _) => String::new(),
            (true, None) => names[target.strategy].clone(),
            (true, Some(against)) => format!("{} − {}", names[target.strategy], names[against]),
        }
    }

    /// The ends of each range.
    pub(super) fn tornado_figure(&self) -> Figure {
        let has_differences = self.tornado.0.iter().any(|bars| bars.target.against.is_some());
        let asked: Vec<&Bars> = self
            .tornado
            .0
            .iter()
            .filter(|bars| bars.target.against.is_some() == has_differences)
            .take(PANELS_MAX)
            .collect();
        let mut panels: Vec<Panel> = asked.iter().map(|bars| self.tornado_panel(bars, asked.len() > 1)).collect();
        // One scale, so that bars of different panels can be compared.
        let low = panels.iter().map(|panel| panel.x.low).fold(0.0, f64::min);
        let high = panels.iter().map(|panel| panel.x.high).fold(0.0, f64::max);
        for panel in &mut panels {
            (panel.x.low, panel.x.high) = (low, high);
        }
        let mut numbers = Numbers::new(["target", "key", "value", "mean", "change", "low", "high", "adjusted p"]);
        let cell = crate::folder::cell::number;
        for bars in &asked {
            for bar in &bars.ends {
                numbers.push([
                    self.name(bars.target),
                    self.group(bar.group),
                    bar.value.clone(),
                    cell(bar.there.mean),
                    cell(bar.change.mean),
                    cell(bar.change.interval.map(|limits| limits.0)),
                    cell(bar.change.interval.map(|limits| limits.1)),
                    cell(bar.p_adjusted),
                ]);
            }
        }
        let measure = words(&self.of.question.measure);
        let what = if has_differences { "difference in " } else { "" };
        let zero = if has_differences { " A bar across the line at zero turns the comparison." } else { "" };
        let caption = format!(
            "Each key at the ends of its range, all else as in the file. Bars begin at the value of the file (dashed). An end \
             without a bar shows no change ({}, paired over {} replications, Holm's adjustment over all ends).{zero}",
            Unit::Share.write(self.of.plan.confidence),
            super::tornado::REPLICATIONS,
        );
        let legend =
            vec![Entry { look: FIRST, label: "from".to_owned() }, Entry { look: SECOND, label: "to".to_owned() }];
        self.frame("tornado", format!("What moves the {what}{measure}"), caption, panels, legend, numbers)
    }

    fn tornado_panel(&self, bars: &Bars, several: bool) -> Panel {
        let unit = self.unit(bars.target);
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        let now = finite(bars.now.mean).unwrap_or(0.0);
        let reach = |group: usize| {
            let own = bars.ends.iter().filter(move |bar| bar.group == group);
            own.filter_map(|bar| finite(bar.there.mean)).map(|there| (there - now).abs()).fold(0.0, f64::max)
        };
        let mut order: Vec<usize> = (0..self.of.design.groups()).collect();
        order.sort_by(|a, b| reach(*b).total_cmp(&reach(*a)));
        let mut marks = Vec::new();
        let mut ends = vec![now, 0.0];
        let mut turning: Vec<(usize, f64, f64, String)> = Vec::new();
        for (row, group) in order.iter().enumerate() {
            let shown = |bar: &&Bar| bar.group == *group && bar.change.sign() != 0;
            let mut own: Vec<(usize, &Bar)> = bars.ends.iter().filter(|bar| bar.group == *group).enumerate().collect();
            own.retain(|(_, bar)| shown(bar));
            // The longer one behind.
            let length = |bar: &Bar| finite(bar.there.mean).map_or(0.0, |there| (there - now).abs());
            own.sort_by(|(_, a), (_, b)| length(b).total_cmp(&length(a)));
            let behind = own.iter().filter_map(|(_, bar)| finite(bar.there.mean)).fold(now.max(0.0), f64::max);
            for (place, bar) in own {
                let Some(there) = finite(bar.there.mean) else { continue };
                ends.push(there);
                let look = if place == 0 { FIRST } else { SECOND };
                let value = unit.write(there);
                let turns = if bar.flips { ", the comparison turns" } else { "" };
                let description = format!("{} = {}: {value}{turns}", self.group(*group), bar.value);
                let (from, to) = (now.min(there), now.max(there));
                if bar.flips {
                    turning.push((row, behind, to - from, bar.value.clone()));
                }
                marks.push(Mark::Bar { look, row, from, to, text: bar.value.clone(), description });
            }
        }
        let (low, high) = (ends.iter().copied().fold(0.0, f64::min), ends.iter().copied().fold(0.0, f64::max));
        let room = if high > low { (high - low) * 0.08 } else { 1.0 };
        // The value of a turning bar without room for words stands behind the bars of its row.
        turning.retain(|(_, _, length, _)| *length < (high - low) * SHORT);
        let beyond = if turning.is_empty() { room } else { (high - low) * ROOM_FOR_WORDS };
        for (row, x, _, value) in turning {
            marks.push(Mark::Note { x, y: row as f64, text: format!("turns at {value}") });
        }
        let measure = words(&self.of.question.measure);
        let label = if bars.target.against.is_some() { format!("difference in {measure}") } else { measure };
        marks.push(Mark::Rule { along: Along::X, at: now, label: unit.write(now) });
        if bars.target.against.is_some() {
            marks.push(Mark::Rule { along: Along::X, at: 0.0, label: String::new() });
        }
        let low = if low < 0.0 { low - room } else { low };
        let x = Axis {
            label,
            small: String::new(),
            unit,
            scale: Scale::Linear,
            low,
            high: high + beyond,
            ticks: Vec::new(),
        };
        let names = order.iter().map(|group| self.group(*group)).collect();
        let title = self.headline(bars.target, several);
        Panel { title, small: String::new(), x, y: Axis::categories("", names), apart: false, marks }
    }

    /// The indices.
    pub(super) fn indices_figure(&self, study: &Study) -> Figure {
        let asked = study.asked();
        let asked: Vec<&KeyStudy> = asked.into_iter().take(PANELS_MAX).collect();
        let panels = asked.iter().map(|found| self.indices_panel(found, asked.len() > 1)).collect();
        let mut numbers = Numbers::new(["target", "key", "total", "low", "high", "first", "low", "high"]);
        let cell = crate::folder::cell::number;
        for found in &asked {
            for (group, effect) in found.effects.keys.iter().enumerate() {
                let limits = |interval: Option<(f64, f64)>| [cell(interval.map(|l| l.0)), cell(interval.map(|l| l.1))];
                let [low, high] = limits(effect.total.interval);
                let first = effect.first;
                let [first_low, first_high] = limits(first.and_then(|first| first.interval));
                let mean = cell(first.and_then(|first| first.mean));
                let total = cell(effect.total.mean);
                numbers.push([
                    self.name(found.target),
                    self.group(group),
                    total,
                    low,
                    high,
                    mean,
                    first_low,
                    first_high,
                ]);
            }
        }
        let has_first = asked.iter().any(|found| found.effects.keys.iter().any(|key| key.first.is_some()));
        let mut legend = vec![Entry { look: FIRST, label: "total index".to_owned() }];
        if has_first {
            legend.push(Entry { look: SECOND, label: "first-order index".to_owned() });
        }
        let measure = words(&self.of.question.measure);
        let is_difference = asked.iter().any(|found| found.target.against.is_some());
        let what = if is_difference { "difference in " } else { "" };
        let rows = asked.first().map_or(0, |found| found.effects.rows);
        let alone = if has_first { " First-order index: the share that the key explains alone." } else { "" };
        let caption = format!(
            "Total index: the share of the variance over the ranges that remains when all other keys are known.{alone} Lines \
             are {} intervals from {rows} rows in {} blocks. What exceeds the whole by chance is drawn as the whole.",
            Unit::Share.write(self.of.plan.confidence),
            super::BLOCKS,
        );
        self.frame("indices", format!("What the {what}{measure} hangs on"), caption, panels, legend, numbers)
    }

    fn indices_panel(&self, found: &KeyStudy, several: bool) -> Panel {
        let keys = &found.effects.keys;
        let mut order: Vec<usize> = (0..keys.len()).collect();
        let total = |key: usize| keys[key].total.mean.unwrap_or(0.0);
        order.sort_by(|a, b| total(*b).total_cmp(&total(*a)));
        let mut marks = Vec::new();
        let mut places = Vec::new();
        for (row, key) in order.iter().enumerate() {
            let effect = &keys[*key];
            let name = self.group(*key);
            let bars = [(FIRST, "total index", Some(effect.total)), (SECOND, "first-order index", effect.first)];
            for (look, what, estimate) in bars {
                let Some(mean) = estimate.and_then(|estimate| estimate.mean).filter(|mean| *mean > 0.0) else {
                    continue;
                };
                marks.push(Mark::Bar {
                    look,
                    row,
                    from: 0.0,
                    to: mean.min(1.0),
                    text: String::new(),
                    description: format!("{name}: {what} {mean:.2}"),
                });
            }
            if effect.moved == 0 {
                marks.push(Mark::Note { x: 0.0, y: row as f64, text: "never moved it".to_owned() });
            } else if let Some((low, high)) = effect.total.interval {
                let description = format!("{name}: total index from {low:.2} to {high:.2}");
                let interval = Some((low.clamp(0.0, 1.0), high.min(1.0))).filter(|(low, high)| low < high);
                places.push(Place {
                    x: total(*key).clamp(0.0, 1.0),
                    y: row as f64,
                    interval,
                    kind: Kind::Open,
                    description,
                });
            }
        }
        marks.push(Mark::Estimates { look: Look::Plain, along: Along::X, path: LinePath::None, places });
        let label = "share of the variance over the ranges".to_owned();
        let x = Axis {
            label,
            small: String::new(),
            unit: Unit::None,
            scale: Scale::Linear,
            low: 0.0,
            high: 1.0,
            ticks: Vec::new(),
        };
        let names = order.iter().map(|key| self.group(*key)).collect();
        let title = self.headline(found.target, several);
        Panel { title, small: String::new(), x, y: Axis::categories("", names), apart: false, marks }
    }
}
