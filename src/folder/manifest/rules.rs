//! The rules for a manifest that a run has written.

use std::borrow::Cow;

use super::{Manifest, Share, WantedReplications};
use text::on_lines;

/// Maximum length of a name or a version, letters.
const WORD_MAX: usize = 200;

impl Manifest {
    /// Violations of the rules: for each the key, the value found, and the accepted values.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut refuse = |key: &str, found: &dyn std::fmt::Debug, accepted: &str| {
            let found: String = format!("{found:?}").chars().take(WORD_MAX).collect();
            problems.push(format!("{key}: found {found}, accepted: {accepted}"));
        };
        for (key, digest) in [("digest", &self.digest), ("runs_digest", &self.runs_digest)] {
            if digest.len() > 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                refuse(key, digest, "at most 64 hexadecimal digits");
            }
        }
        for (key, word) in [("version", &self.version), ("commit", &self.commit)] {
            if word.chars().count() > WORD_MAX {
                refuse(key, word, &format!("at most {WORD_MAX} letters"));
            }
        }
        if let Some(shard) = &self.shard
            && Share::parse(shard).is_none()
        {
            refuse("shard", shard, "I/N with I from 1 to N, or the same of round R");
        }
        if self.jobs == 0 {
            refuse("jobs", &self.jobs, "at least 1");
        }
        self.check_replications(&mut refuse);
        if let Some(confidence) = self.experiment.get("confidence") {
            let value = confidence.as_float().or_else(|| confidence.as_integer().map(|value| value as f64));
            if !value.is_some_and(|value| value > 0.0 && value < 1.0) {
                refuse("experiment.confidence", confidence, "a number between 0 and 1");
            }
        }
        for key in ["name", "description", "baseline", "horizon", "warmup", "stall_after"] {
            if let Some(value) = self.experiment.get(key)
                && !value.is_str()
            {
                refuse(&format!("experiment.{key}"), value, "a text");
            }
        }
        problems
    }

    /// The manifest with printable texts, so that users of the folder need not escape characters again.
    pub(crate) fn shown(mut self) -> Self {
        let texts = [&mut self.version, &mut self.commit, &mut self.compiler, &mut self.platform];
        let of_failures = self.failures.iter_mut().flat_map(|run| [&mut run.strategy, &mut run.message]);
        let of_groups = self.imprecise.iter_mut().map(|group| &mut group.strategy);
        for text in
            texts.into_iter().chain(&mut self.command).chain(&mut self.warnings).chain(of_failures).chain(of_groups)
        {
            show(text);
        }
        self.experiment = shown_table(std::mem::take(&mut self.experiment));
        self
    }

    fn check_replications(&self, refuse: &mut impl FnMut(&str, &dyn std::fmt::Debug, &str)) {
        match &self.replications {
            WantedReplications::Fixed(0) => refuse("replications", &0, "at least 1"),
            WantedReplications::Fixed(_) => {}
            WantedReplications::Precision { relative, absolute, at_most, .. } => {
                let positive = |target: &Option<f64>| target.is_none_or(|target| target > 0.0 && target.is_finite());
                if relative.is_some() == absolute.is_some() || !positive(relative) || !positive(absolute) {
                    refuse("replications", &(relative, absolute), "relative or absolute, a number above 0");
                }
                if *at_most == 0 {
                    refuse("replications.at_most", at_most, "at least 1");
                }
            }
        }
    }
}

fn show(text: &mut String) {
    if let Cow::Owned(shown) = on_lines(text) {
        *text = shown;
    }
}

fn shown_table(table: toml::Table) -> toml::Table {
    let pairs = table.into_iter().map(|(mut key, mut value)| {
        show(&mut key);
        show_value(&mut value);
        (key, value)
    });
    pairs.collect()
}

fn show_value(value: &mut toml::Value) {
    match value {
        toml::Value::String(text) => show(text),
        toml::Value::Array(values) => values.iter_mut().for_each(show_value),
        toml::Value::Table(table) => *table = shown_table(std::mem::take(table)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(change: impl FnOnce(&mut serde_json::Value)) -> Vec<String> {
        let mut json = serde_json::json!({
            "version": "0.1.0", "commit": "", "compiler": "", "platform": "", "command": [], "jobs": 1, "started": "",
            "ended": "", "seed": 1, "digest": "0a", "runs_digest": "0a", "shard": null, "runs": 2, "events": 2,
            "failures": [], "double_checked": 0, "imprecise": [], "replications": 1,
            "experiment": { "confidence": 0.9 }, "data": [],
        });
        change(&mut json);
        serde_json::from_value::<Manifest>(json).expect("a manifest by its types").problems()
    }

    #[test]
    fn what_no_run_writes_is_refused_with_what_is_accepted() {
        assert!(manifest(|_| {}).is_empty());
        for confidence in [0.0, 1.0, 5.0, -0.5] {
            let problems = manifest(|json| json["experiment"]["confidence"] = confidence.into());
            assert!(problems[0].contains("accepted: a number between 0 and 1"), "{problems:?}");
        }
        assert!(manifest(|json| json["experiment"]["confidence"] = "x".into())[0].contains("confidence"));
        for shard in ["0/2", "3/2", "1", "+1/2", "1/99999999999"] {
            let problems = manifest(|json| json["shard"] = shard.into());
            assert!(problems[0].contains("I/N"), "{shard}: {problems:?}");
        }
        let problems = manifest(|json| {
            json["digest"] = "é".into();
            json["replications"] = 0.into();
        });
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
