//! Warnings about keys without effect: a key is given although another key makes it meaningless.
//!
//! A user who writes such a key expects an effect. There is no warning where the other key is swept.

use toml::{Table, Value};

use super::data::DataFiles;
use super::problem::Problem;
use super::read::{self, Findings};
use super::section::{Channel, Experiment, MechanismSection, PullSection, PushSection, Struck};
use super::tree::{At, Places, get, render, walk};
use crate::model::Mechanism;
use des::{Distribution, Duration};

/// Every key that was given in vain, in a complete and valid experiment.
pub(crate) fn warnings(
    experiment: &Experiment,
    tree: &Table,
    swept: &[String],
    places: &Places,
    data: &DataFiles,
) -> Vec<Problem> {
    let mut warner = Warner { experiment, tree, swept, places, data, warnings: Vec::new() };
    experiment.warn(&mut warner);
    warner.quantiles();
    warner.warnings.sort();
    warner.warnings.dedup_by(|a, b| a.key == b.key && a.place == b.place);
    warner.warnings
}

/// An experiment, and what is warned of.
pub(crate) struct Warner<'a> {
    pub(crate) experiment: &'a Experiment,
    tree: &'a Table,
    swept: &'a [String],
    pub(crate) places: &'a Places,
    data: &'a DataFiles,
    warnings: Vec<Problem>,
}

impl<'a> Warner<'a> {
    /// Whether a sweep decides the value at `path`, or a part of it.
    pub(crate) fn is_swept(&self, path: &str) -> bool {
        self.swept.iter().any(|swept| within(path, swept) || within(swept, path))
    }

    /// The value at `path`, if no sweep decides it.
    pub(crate) fn fixed(&self, path: &str) -> Option<&'a Value> {
        get(self.tree, path).filter(|_| !self.is_swept(path))
    }

    /// Whether the value at `path` is this one at every point.
    pub(crate) fn is(&self, path: &str, value: impl Into<Value>) -> bool {
        self.fixed(path) == Some(&value.into())
    }

    pub(crate) fn warn(&mut self, path: &str, text: String) {
        self.warnings.push(Problem { place: self.places.key(path), key: path.to_owned(), text });
    }

    /// Warns of those of `keys`, below `path`, that were given.
    pub(crate) fn vain(&mut self, path: &str, keys: &[&str], why: &str) {
        for key in keys.iter().map(|key| format!("{path}.{key}")).filter(|key| self.places.given(key)) {
            self.warn(&key, format!("has no effect, as {why}"));
        }
    }

    /// Warns of `keys` of the table at `path`, if `decider` has one of `values`.
    pub(crate) fn idle(&mut self, path: &str, keys: &[&str], decider: &str, values: &[impl Into<Value> + Copy]) {
        let Some(value) = self.fixed(&format!("{path}.{decider}")) else { return };
        if values.iter().any(|idle| *value == (*idle).into()) {
            self.vain(path, keys, &format!("{decider} = {}", render(value)));
        }
    }

    /// What was read at `path`, if no sweep decides it.
    pub(crate) fn unswept<T>(&self, path: &str, read: Option<T>) -> Option<T> {
        read.filter(|_| !self.is_swept(path))
    }

    /// The horizon, if no sweep decides it.
    pub(crate) fn horizon(&self) -> Option<Duration> {
        self.unswept("horizon", self.experiment.horizon)
    }

    /// Whether there may be a fault of this target.
    pub(crate) fn has_fault(&self, target: Struck) -> bool {
        self.experiment
            .faults
            .iter()
            .flatten()
            .enumerate()
            .any(|(index, fault)| self.is_swept(&format!("faults.{index}.target")) || fault.target == Some(target))
    }

    /// Whether some strategy has a mechanism of which `is` holds. It also hears whether a sweep decides the mechanism's variant.
    pub(crate) fn has_mechanism(&self, is: impl Fn(&dyn MechanismSection, bool) -> bool) -> bool {
        self.experiment.strategies.iter().any(|(name, strategy)| {
            strategy
                .mechanisms()
                .any(|(mechanism, section)| is(section, self.is_variant_swept(name, mechanism, section)))
        })
    }

    /// Whether some strategy sends anything over a channel.
    pub(crate) fn uses(&self, channel: Channel) -> bool {
        self.has_mechanism(|section, is_swept| section.uses(channel, is_swept))
    }

    /// Whether a sweep decides which variant of a mechanism a strategy uses.
    fn is_variant_swept(&self, strategy: &str, mechanism: Mechanism, section: &dyn MechanismSection) -> bool {
        let path = format!("strategies.{strategy}.{}", mechanism.word());
        self.swept.iter().any(|swept| within(&path, swept))
            || section.variant_keys().iter().any(|key| self.is_swept(&format!("{path}.{key}")))
    }

    /// Whether some strategy pushes in a way of which `is` holds; what a sweep decides may be so.
    pub(crate) fn pushes(&self, is: impl Fn(&PushSection) -> bool) -> bool {
        self.experiment.strategies.iter().any(|(name, strategy)| {
            strategy.push.as_ref().is_some_and(|push| self.is_variant_swept(name, Mechanism::Push, push) || is(push))
        })
    }

    /// Whether some strategy pulls in a way of which `is` holds; what a sweep decides may be so.
    pub(crate) fn pulls(&self, is: impl Fn(&PullSection) -> bool) -> bool {
        self.experiment.strategies.iter().any(|(name, strategy)| {
            strategy.pull.as_ref().is_some_and(|pull| self.is_variant_swept(name, Mechanism::Pull, pull) || is(pull))
        })
    }

    /// Whether some strategy reconciles.
    pub(crate) fn reconciles(&self) -> bool {
        self.experiment.strategies.iter().any(|(_, strategy)| strategy.reconcile.is_some())
    }

    /// Whether some strategy watches.
    pub(crate) fn watches(&self) -> bool {
        self.experiment.strategies.iter().any(|(_, strategy)| strategy.watch.is_some())
    }

    /// Warns of tables of quantiles that leave out an end of the distribution.
    fn quantiles(&mut self) {
        let mut tables = Vec::new();
        for (name, value) in self.tree {
            walk(&mut name.clone(), value, &mut |path, value| {
                if value.get("quantiles").is_some() {
                    tables.push((path.to_owned(), value.clone()));
                }
            });
        }
        for (path, value) in tables {
            let distribution = read::distribution(&At::ROOT, &value, true, false, self.data, &mut Findings::default());
            let Some(Distribution::Quantiles(points)) = distribution.and_then(|distribution| distribution.0) else {
                continue;
            };
            let (first, last) = (points[0].0, points[points.len() - 1].0);
            if first > 0.0 || last < 1.0 {
                let text = "below and above, the values at these ends hold";
                self.warn(&path, format!("the table reaches from quantile {first} to {last}: {text}"));
            }
        }
    }
}

/// Whether `path` is `above`, or lies below it.
fn within(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
