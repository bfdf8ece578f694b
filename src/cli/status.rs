//! `pushpull status`: the progress of the shards of a result folder.

use std::fmt::Write as _;
use std::io::Write;

use super::args::StatusArgs;
use super::{Failure, Outcome, screen};
use crate::folder::manifest::Manifest;
use crate::folder::shards::{self, PLAN, ShardsStanding};

/// Prints it.
pub(super) fn main(args: &StatusArgs) -> Outcome {
    let folder = shards::beside(&args.folder);
    if !folder.join(PLAN).is_file() {
        let (folder, shards) = (args.folder.display(), folder.display());
        return Err(Failure::Usage(format!("{folder}: no shards in {shards}; run --on ENGINE makes them")));
    }
    let standing = shards::standing(&folder)?;
    let whole = if args.folder == folder { shards::merged_of(&folder) } else { Some(args.folder.clone()) };
    let whole = whole.map(|whole| Manifest::read(&whole)).transpose()?.flatten();
    let merged = whole.is_some_and(|whole| whole.ended.is_some());
    let mut out = screen::stdout();
    if args.json {
        let mut value = serde_json::to_value(&standing).expect("numbers");
        value["merged"] = merged.into();
        writeln!(out, "{value}")?;
    } else {
        writeln!(out, "{}: {}", args.folder.display(), summary(&standing, merged))?;
    }
    Ok(())
}

/// `5 of 8 shards finished, 1 begun; 320 of 512 runs; not merged`
fn summary(standing: &ShardsStanding, merged: bool) -> String {
    let ShardsStanding { shards, finished, begun, failed, runs_total, runs, failures } = standing;
    let of = |total: Option<String>| total.map_or_else(String::new, |total| format!(" of {total}"));
    let mut text = format!("{finished}{} shards finished, {begun} begun", of(shards.map(|count| count.to_string())));
    if *failed > 0 {
        let _ = write!(text, ", {failed} failed");
    }
    let _ = write!(text, "; {runs}{} runs", of(runs_total.map(|total| total.to_string())));
    if *failures > 0 {
        let _ = write!(text, ", {failures} failed");
    }
    text + if merged { "; merged" } else { "; not merged" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let known = ShardsStanding {
            shards: Some(8),
            finished: 5,
            begun: 1,
            runs_total: Some(512),
            runs: 320,
            ..ShardsStanding::default()
        };
        assert_eq!(summary(&known, false), "5 of 8 shards finished, 1 begun; 320 of 512 runs; not merged");
        let unknown = ShardsStanding { shards: None, runs_total: None, failed: 3, failures: 2, ..known };
        assert_eq!(summary(&unknown, true), "5 shards finished, 1 begun, 3 failed; 320 runs, 2 failed; merged");
    }
}
