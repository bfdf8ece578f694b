//! Limits of the numbers: runs that failed, and few replications.

use super::super::sentence::Sentence;
use super::super::standing::{LATE, Standings};
use super::Teller;
use crate::folder::manifest::WantedReplications;

/// Replications below which every interval is wide.
const REPLICATIONS_FEW: u64 = 5;

impl Teller<'_> {
    /// Runs that failed, and few replications.
    pub(super) fn note(&self) -> Option<Sentence> {
        let manifest = self.facts.reader.manifest();
        let mut notes = Vec::new();
        if !manifest.failures.is_empty() {
            let made = manifest.failures.len() as u64 + manifest.runs;
            notes.push(format!("{} of {made} runs failed and are missing.", manifest.failures.len()));
        }
        let row =
            |point: &&Standings| self.facts.summary(point.late.point, self.baseline(), LATE.rate).map(|row| row.n);
        let fewest = self.points.iter().filter_map(row).min();
        if let Some(fewest) = fewest.filter(|fewest| (2..REPLICATIONS_FEW).contains(fewest)) {
            let only = match manifest.replications {
                WantedReplications::Fixed(wanted) if u64::from(wanted) > fewest => {
                    format!("Only {fewest} of {wanted} replications count an attempt")
                }
                WantedReplications::Fixed(_) | WantedReplications::Precision { .. } => {
                    format!("Only {fewest} replications")
                }
            };
            let advice = self.wanted().map_or_else(String::new, |wanted| format!(" (try {wanted})"));
            notes.push(format!("{only}: intervals are wide{advice}."));
        }
        (!notes.is_empty()).then(|| Sentence::new(notes.join(" ")))
    }
}
