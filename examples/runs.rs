//! A figure of your own with `plotters`: every run of a result folder as a point, by strategy.
//!
//! ```text
//! cargo run --release --example runs -- results/incident stall_rate runs.svg
//! ```
//!
//! The program's own figures show means and intervals. This one shows what lies behind them: the single runs.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;
use pushpull::folder::reader::Reader;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, measure, file] = arguments.as_slice() else {
        eprintln!("usage: runs FOLDER MEASURE FILE.svg");
        std::process::exit(2);
    };
    if let Err(error) = draw(Path::new(folder), measure, Path::new(file)) {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

/// Draws the runs in which the measure is defined and finite.
fn draw(folder: &Path, measure: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let reader = Reader::open(folder)?;
    let mut points: Vec<(usize, usize, f64)> = Vec::new();
    for run in reader.runs(|name| name == measure)? {
        let value = run.measures.first().copied().flatten().filter(|value| value.is_finite());
        points.extend(value.map(|value| (run.group.strategy, run.group.point, value)));
    }
    let most = points.iter().map(|point| point.2).fold(0.0, f64::max);
    if points.is_empty() {
        return Err(format!("{}: no run has a value of {measure}", folder.display()).into());
    }
    let names = reader.strategies();
    let area = SVGBackend::new(file, (960, 540)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(format!("{measure} of every run"), ("sans-serif", 24))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(72)
        .build_cartesian_2d((0..names.len()).into_segmented(), 0.0..most * 1.05 + f64::MIN_POSITIVE)?;
    let name = |at: &SegmentValue<usize>| match at {
        SegmentValue::CenterOf(strategy) => names.get(*strategy).cloned().unwrap_or_default(),
        _ => String::new(),
    };
    chart.configure_mesh().disable_x_mesh().x_labels(names.len()).x_label_formatter(&name).y_desc(measure).draw()?;
    chart.draw_series(points.iter().map(|&(strategy, point, value)| {
        Circle::new((SegmentValue::CenterOf(strategy), value), 3, Palette99::pick(point).mix(0.6).filled())
    }))?;
    area.present()?;
    Ok(())
}
