//! Result folders as `plot` and `report` read them: manifest and CSV files, all figures, the page, the conclusion.

use std::path::Path;

use pushpull::report::conclusion::{Conclusion, LINES_MAX, WIDTH_MIN};
use draw::Theme;
use pushpull::figure::{Request, figures};
use pushpull::folder::json;
use pushpull::folder::reader::Reader;
use pushpull::report;
use text::is_shown;

use super::{Target, folders};
use crate::bundle::Bundle;
use crate::mutate;
use crate::random::Random;

pub(super) const TARGET: Target = Target { name: "folder", seeds, mutate, run, expects: None };

const FILES: [&str; 7] =
    ["manifest.json", "runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv"];

fn seeds() -> Vec<Vec<u8>> {
    folders().iter().map(|folder| Bundle::of_folder(folder, &FILES).to_bytes()).collect()
}

fn mutate(random: &mut Random, base: &[u8], other: &[u8]) -> Vec<u8> {
    let (mut bundle, other) = (Bundle::from_bytes(base), Bundle::from_bytes(other));
    let which = random.below(bundle.0.len());
    for (index, (name, content)) in bundle.0.iter_mut().enumerate() {
        if index != which && !random.one_in(12) {
            continue;
        }
        *content = match name.as_str() {
            _ if random.one_in(20) => other.get(name).unwrap_or_default().to_vec(),
            "manifest.json" => mutate::json(random, content),
            _ => mutate::csv(random, content),
        };
    }
    bundle.to_bytes()
}

fn run(folder: &Path, input: &[u8]) -> bool {
    Bundle::from_bytes(input).write(folder);
    let _ = json::print(std::iter::once(folder.join("summary.csv").as_path()), &mut std::io::sink());
    let Ok(reader) = Reader::open(folder) else { return false };
    let mut accepted = false;
    for point in [None, Some(0)] {
        if let Ok(figures) = figures(&reader, &Request { point, ..Request::default() }) {
            accepted = true;
            for figure in &figures {
                let svg = draw::svg(figure, Theme::Dark);
                assert!(!svg.contains("NaN"), "a place that is not a number in {}", figure.name);
                assert!(
                    svg.chars().all(|c| is_shown(c) || matches!(c, '\n' | '\t')),
                    "hidden characters in {}",
                    figure.name
                );
            }
            // One picture takes as long as everything else together.
            if let Some(figure) = figures.get(input.len() % 64) {
                std::hint::black_box(draw::png(figure, Theme::Light));
            }
        }
    }
    for page in [report::page(&reader, &[], None), report::sheet(&reader, None)].into_iter().flatten() {
        assert!(page.chars().all(|c| is_shown(c) || matches!(c, '\n' | '\t')), "hidden characters in the page");
    }
    if let Ok(conclusion) = Conclusion::of(&reader) {
        let text = conclusion.text(WIDTH_MIN, "next");
        assert!(text.lines().count() <= LINES_MAX, "a conclusion of too many lines");
    }
    accepted
}
