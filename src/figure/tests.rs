//! Figures of a small folder that is written by hand, and what holds for every figure.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::*;
use crate::folder::reader::ReadEstimate;
use draw::Theme;
use draw::figure::{Kind, LinePath, Mark, Panel, Place, Scale, Unit};

/// A result folder with two swept keys, a fault and stale records.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const LOSSES: [&str; 3] = ["0.0", "0.01", "0.1"];
const DELAYS: [&str; 2] = ["20ms", "{ exponential = \"40ms\" }"];

impl Folder {
    /// Writes the folder with these strategies, whose levels differ by decades; the last one never stalls.
    fn new(name: &str, strategies: &[&str]) -> Self {
        let path = std::env::temp_dir().join(format!("pushpull-figures-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let mut files = Files::default();
        let mut point = 0;
        for loss in LOSSES {
            for delay in DELAYS {
                for (index, strategy) in strategies.iter().enumerate() {
                    let zero = index + 1 == strategies.len();
                    let level = if zero {
                        0.0
                    } else {
                        0.3 / libm::exp10(index.min(12) as f64) * (1.0 + f64::from(point)) / 6.0
                    };
                    files.group(&format!("{point},{loss},{},{strategy}", quoted(delay)), index, level, strategies[0]);
                }
                point += 1;
            }
        }
        files.write(&path);
        fs::write(path.join("manifest.json"), MANIFEST).unwrap();
        Self(path)
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.0).unwrap()
    }
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

const MANIFEST: &str = r#"{"version":"0.1.0","commit":"","compiler":"","platform":"","command":[],"jobs":1,"started":"",
"ended":"","seed":1,"digest":"0123456789abcdef0123","runs_digest":"d","shard":null,"runs":2,"events":2,"failures":[],
"double_checked":0,"imprecise":[],"replications":2,"data":[],"experiment":{"name":"small",
"description":"What does a figure show of <names> & \"quotes\", and of a description so long that it does not fit into one line below the headline?",
"confidence":0.95,"horizon":"10m","warmup":"1m","stall_after":"5s","baseline":"push","output":{"bin":"30s"},
"faults":[{"target":"api","at":"4m","for":"1m"}]}}"#;

/// The lines of each file.
#[derive(Default)]
struct Files {
    runs: String,
    summary: String,
    compare: String,
    distributions: String,
    series: String,
}

impl Files {
    fn group(&mut self, key: &str, index: usize, level: f64, baseline: &str) {
        for replication in 0..2 {
            let _ = writeln!(self.runs, "{key},{replication},00000000000000ff,10,1000,{level},1");
        }
        let mut summary = |measure: &str, unit: &str, mean: f64, high: f64| {
            let _ = writeln!(self.summary, "{key},{measure},{unit},2,{mean},{},{high},t", mean * 0.8);
        };
        summary("attempts", "count", 1000.0, 1000.0);
        summary("stall_rate", "1", level, level * 1.2 + 1e-5);
        summary("failure_rate", "1", level / 2.0, level);
        summary("stalled", "count", level * 1000.0, level * 1200.0);
        summary("cause_config_lost", "count", level * 600.0, level * 1200.0);
        summary("cause_pull_late", "count", level * 400.0, level * 1200.0);
        summary("stale_fraction", "1", level / 3.0, level);
        summary("bus_sent", "count", 1000.0 * (index + 1) as f64, 1200.0 * (index + 1) as f64);
        let back = if index == 0 { "inf".to_owned() } else { format!("{}", 10 * index) };
        let _ = writeln!(self.summary, "{key},recovery_max_s,s,2,{back},,,t");
        if index > 0 {
            let difference = level - 0.1;
            let verdict = if index.is_multiple_of(2) { "no difference shown" } else { "lower" };
            let _ = writeln!(
                self.compare,
                "{key},{baseline},stall_rate,1,2,{difference},{},{},0.01,{verdict},t",
                difference - 0.01,
                difference + 0.01
            );
        }
        for (quantile, wait) in [("0", 0.01), ("0.5", 0.05), ("0.99", 0.4 + index.min(5) as f64)] {
            let _ = writeln!(self.distributions, "{key},handshake_wait_s,2000,{quantile},{wait}");
        }
        let last = if level > 0.0 { "inf" } else { "6" };
        let _ = writeln!(self.distributions, "{key},handshake_wait_s,2000,1,{last}");
        for bin in 0..20 {
            let hit = (8..10).contains(&bin) && index > 0;
            let rate = if hit { 0.9 } else { level };
            let time = bin * 30;
            let _ = writeln!(self.series, "{key},{time},stall_rate,{rate},{},{}", rate * 0.9, (rate * 1.1).min(1.0));
            let size = libm::exp10(index.min(12) as f64) * f64::from(bin + 1);
            let _ = writeln!(self.series, "{key},{time},table_mean,{size},{},{}", size * 0.9, size * 1.1);
        }
    }

    fn write(&self, folder: &std::path::Path) {
        let files = [
            ("runs.csv", "replication,fingerprint,events,attempts,stall_rate,stale_fraction", &self.runs),
            ("summary.csv", "measure,unit,n,mean,ci_low,ci_high,method", &self.summary),
            (
                "compare.csv",
                "baseline,measure,unit,n,difference,ci_low,ci_high,p_adjusted,verdict,method",
                &self.compare,
            ),
            ("distributions.csv", "measure,count,quantile,value", &self.distributions),
            ("timeseries.csv", "t_s,measure,mean,ci_low,ci_high", &self.series),
        ];
        for (name, columns, lines) in files {
            fs::write(folder.join(name), format!("point,bus.loss,http.delay,strategy,{columns}\n{lines}")).unwrap();
        }
    }
}

/// The folders that are written by hand have stall rates.
fn asked() -> Request {
    Request { measure: "stall_rate".to_owned(), ..Request::default() }
}

fn drawn(folder: &Folder, kind: &str) -> Figure {
    let request = Request { kinds: vec![kind.to_owned()], ..asked() };
    figures(&folder.reader(), &request).unwrap().remove(0)
}

fn places(figure: &Figure) -> Vec<&Place> {
    let marks = figure.panels.iter().flat_map(|panel| &panel.marks);
    marks
        .flat_map(|mark| match mark {
            Mark::Estimates { places, .. } | Mark::Band { places, .. } => places.as_slice(),
            _ => &[],
        })
        .collect()
}

#[test]
fn a_folder_with_everything_has_every_figure() {
    let folder = Folder::new("all", &["push", "push-retry", "pull"]);
    let all = figures(&folder.reader(), &asked()).unwrap();
    assert_eq!(all.len(), KINDS.len());
    // A name is that of the kind, with the measure before it if the figure shows one; a sweep is named by its measure.
    for (figure, kind) in all.iter().zip(KINDS) {
        let wanted = if kind.name == "sweep" { "stall-rate" } else { kind.name };
        assert!(figure.name.ends_with(wanted), "{}: {}", kind.name, figure.name);
    }
    for figure in &all {
        assert!(figure.alternative.len() > 40 && figure.alternative.ends_with('.'), "{}", figure.alternative);
        assert!(!figure.numbers.rows().is_empty(), "{} has no numbers", figure.name);
        assert!(!figure.title.is_empty() && !figure.caption.is_empty(), "{}", figure.name);
        assert!(figure.caption.contains("replications"), "{}", figure.caption);
    }
}

#[test]
fn names_and_words_of_any_length_stay_on_the_canvas_and_off_each_other() {
    let long = "a-strategy-whose-name-somebody-made-far-too-long-to-be-read-on-a-slide";
    let many: Vec<String> = (0..13).map(|index| format!("strategy-{index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (name, strategies) in [("few", &["push", "pull"][..]), ("long", &["push", long, "pull"]), ("many", &many)] {
        let folder = Folder::new(name, strategies);
        let mut all = figures(&folder.reader(), &asked()).unwrap();
        let one = Request { point: Some(1), ..asked() };
        all.extend(figures(&folder.reader(), &one).unwrap());
        for figure in &all {
            draw::check(figure).unwrap_or_else(|why| panic!("{name}: {}: {why}", figure.name));
        }
    }
}

/// Names of strategies that differ at their end, in their middle, and only far inside.
fn long_names(count: usize) -> [Vec<String>; 3] {
    let more = "with-more-words-to-overflow-the-legend-of-the-figure";
    [
        (0..count)
            .map(|index| format!("jetstream-ack-wait-30s-max-deliver-5-backoff-1s-5s-30s-variant-{index}"))
            .collect(),
        (0..count).map(|index| format!("a-rather-long-strategy-name-number-{index}-{more}")).collect(),
        (0..count).map(|index| format!("{}-{index:04}-{}", "w".repeat(47), "W".repeat(47))).collect(),
    ]
}

#[test]
fn any_number_of_strategies_with_long_names_stays_beside_the_panels() {
    for count in [1, 2, 6, 50, 130] {
        for (kind, names) in long_names(count).iter().enumerate() {
            let strategies: Vec<&str> = names.iter().map(String::as_str).collect();
            let folder = Folder::new(&format!("count-{count}-{kind}"), &strategies);
            let mut all = figures(&folder.reader(), &asked()).unwrap();
            let one = Request { point: Some(1), ..asked() };
            all.extend(figures(&folder.reader(), &one).unwrap());
            for figure in &all {
                draw::check(figure).unwrap_or_else(|why| panic!("{count}, kind {kind}: {}: {why}", figure.name));
            }
        }
    }
}

#[test]
fn shortened_names_in_legends_and_rows_differ() {
    for names in long_names(50) {
        let strategies: Vec<&str> = names.iter().map(String::as_str).collect();
        let folder = Folder::new("differ", &strategies);
        for kind in ["sweep", "waits", "causes", "differences"] {
            let figure = drawn(&folder, kind);
            let words = draw::words(&figure);
            let short: Vec<&String> = words.iter().filter(|word| word.contains('…') && word.len() < 60).collect();
            assert!(short.len() >= 49, "{kind}: {words:?}");
            for (index, word) in short.iter().enumerate() {
                // a row is named once for each row of panels
                let again = short[..index].iter().filter(|other| **other == *word).count();
                assert!(again < 2, "{kind}: {word} again");
            }
        }
    }
}

#[test]
fn a_rate_of_zero_stands_at_the_foot_of_the_axis_below_every_other_rate() {
    let folder = Folder::new("zero", &["push", "push-retry", "pull"]);
    let figure = drawn(&folder, "sweep");
    let zeros: Vec<&Place> = places(&figure).into_iter().filter(|place| place.kind == Kind::Open).collect();
    assert_eq!(zeros.len(), LOSSES.len() * DELAYS.len());
    assert!(zeros.iter().all(|place| place.y == 0.0 && place.description.starts_with("pull, ")));
    assert!(
        zeros.iter().all(|place| place.interval.is_some_and(|(low, high)| low == 0.0 && (high - 1e-5).abs() < 1e-12))
    );
    assert!(figure.panels.iter().all(|panel| panel.y.scale == Scale::LogZero));
    assert!(figure.caption.contains("none was seen; the bar ends at the interval's upper limit"), "{}", figure.caption);
    let figure = drawn(&folder, "heatmap");
    let texts: Vec<&str> = figure.panels[2]
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Cell { text, .. } = mark { Some(text.as_str()) } else { None })
        .collect();
    assert_eq!(texts, ["<0.001"; 6]);
}

#[test]
fn a_limit_next_to_zero_does_not_stretch_a_logarithmic_axis() {
    let row = |mean: f64, high: f64| {
        let estimate = ReadEstimate { mean: Some(mean), low: Some(0.0), high: Some(high) };
        let (group, measure, unit) = (Group { point: 0, strategy: 0 }, "late_rate".to_owned(), "1".to_owned());
        SummaryRow { group, measure, unit, n: 20, estimate }
    };
    let axis = sweep::axis(&[row(0.2, 0.21), row(0.001, 0.002), row(0.0, 1e-192)], "late_rate", Unit::Share);
    assert!(axis.scale == Scale::LogZero && (axis.low - 0.0004).abs() < 1e-9, "{axis:?}");
}

#[test]
fn a_bar_that_the_axis_cuts_is_reported_in_the_caption() {
    let folder = Folder::new("cut", &["push", "push-retry", "pull"]);
    let of = |kind: &str| drawn(&folder, kind);
    let sentence = "A bar that ends in an arrowhead is longer than drawn.";
    assert!(!of("sweep").caption.contains(sentence) && !of("sweep").panels.iter().any(Panel::cuts_a_bar));
    // The lower limit is nearer to zero than the logarithmic axis begins.
    let path = folder.0.join("summary.csv");
    let lines = fs::read_to_string(&path).unwrap();
    let lines = lines.lines().map(|line| match line.split_once(",push-retry,stall_rate,1,2,") {
        Some((key, rest)) => {
            let cells: Vec<&str> = rest.split(',').collect();
            format!("{key},push-retry,stall_rate,1,2,{},1e-9,{},t\n", cells[0], cells[2])
        }
        None => format!("{line}\n"),
    });
    let lines: String = lines.collect();
    fs::write(&path, lines).unwrap();
    assert!(of("sweep").caption.contains(sentence) && of("sweep").panels.iter().all(Panel::cuts_a_bar));
}

#[test]
fn the_head_of_a_panel_takes_two_lines_before_it_is_cut() {
    let folder = Folder::new("heads", &["push", "push-retry", "pull"]);
    redesign(&folder, ["1", "2", "3", "4", "5", "6"].map(|value| (value, "20ms")));
    for name in ["runs.csv", "summary.csv", "compare.csv", "distributions.csv", "timeseries.csv"] {
        let path = folder.0.join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("bus.loss,http.delay", "gateways.count,bus.delay", 1)).unwrap();
    }
    let figure = drawn(&folder, "differences");
    draw::check(&figure).unwrap();
    let words = draw::words(&figure);
    for head in ["Gateways = 1,", "Message delay on the bus = 20ms"] {
        assert!(words.iter().any(|word| word == head), "{head:?} is not in {words:?}");
    }
    assert!(!words.iter().any(|word| word.contains('…') && word.contains("Gateways")), "{words:?}");
}

#[test]
fn a_goal_is_a_line_with_its_limit_within_the_axis() {
    let folder = Folder::new("goal", &["push", "push-retry", "pull"]);
    let goal = r#""goal":{"stall_rate":{"at_most":0.9},"late_rate":{"at_most":0.1}},"faults":["#;
    fs::write(folder.0.join("manifest.json"), MANIFEST.replace(r#""faults":["#, goal)).unwrap();
    let figure = drawn(&folder, "sweep");
    for panel in &figure.panels {
        let rules = panel.marks.iter().filter(|mark| matches!(mark, Mark::Rule { .. })).count();
        assert_eq!(rules, 1, "the goal on another measure has no line here");
        assert!(
            matches!(&panel.marks[0], Mark::Rule { at, label, .. } if (*at - 0.9).abs() < 1e-9 && label == "goal: at most 90 %"),
            "{:?}",
            panel.marks[0]
        );
        assert!(panel.y.high >= 0.9);
    }
}

#[test]
fn the_threshold_of_a_stall_is_drawn_also_where_every_wait_is_shorter() {
    let folder = Folder::new("threshold", &["push", "pull"]);
    let manifest = MANIFEST.replace(r#""stall_after":"5s""#, r#""stall_after":"10h""#);
    fs::write(folder.0.join("manifest.json"), manifest).unwrap();
    let figure = drawn(&folder, "waits");
    let panel = &figure.panels[0];
    let is_threshold = |mark: &Mark| matches!(mark, Mark::Rule { at, label, .. } if (*at - 36_000.0).abs() < 1e-6 && label == "stalled after 10 h");
    assert!(panel.marks.iter().any(is_threshold) && panel.x.high > 36_000.0, "{:?}", panel.x);
}

#[test]
fn what_never_connected_is_a_floor() {
    let folder = Folder::new("floor", &["push", "pull"]);
    let figure = drawn(&folder, "waits");
    let floors: Vec<f64> = figure.panels[0]
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Floor { y, .. } = mark { Some(*y) } else { None })
        .collect();
    // half of the stall rate of the last point, 0.3, but no more than is left above the last finite quantile, 0.01
    assert_eq!(floors.len(), 1);
    assert!((floors[0] - 0.01).abs() < 1e-12, "{floors:?}");
    assert!(figure.caption.contains("never connected (push)"), "{}", figure.caption);
    let longest = places(&figure).into_iter().rfind(|place| place.description.starts_with("pull")).unwrap();
    assert!((longest.x - 6.0).abs() < 1e-12 && (longest.y - 1.0 / 2000.0).abs() < 1e-12, "{longest:?}");
}

#[test]
fn a_difference_that_is_not_shown_is_hollow() {
    let folder = Folder::new("forest", &["push", "push-retry", "pull"]);
    let figure = drawn(&folder, "differences");
    assert_eq!(figure.panels.len(), 6);
    let kinds: Vec<Kind> = places(&figure).into_iter().map(|place| place.kind).collect();
    assert_eq!(kinds[..4], [Kind::Value, Kind::Open, Kind::Value, Kind::Open]);
    assert!(figure.panels.iter().all(|panel| matches!(panel.marks[0], Mark::Rule { at, .. } if at == 0.0)));
}

/// The right ends of a strategy's bars.
fn ends(panel: &Panel, strategy: usize) -> Vec<f64> {
    let end = |mark: &Mark| match mark {
        Mark::Bar { row, to, .. } if *row == strategy => Some(*to),
        _ => None,
    };
    panel.marks.iter().filter_map(end).collect()
}

#[test]
fn rates_of_causes_sum_to_the_stall_rate() {
    let folder = Folder::new("causes", &["push", "push-retry", "pull"]);
    let figure = drawn(&folder, "causes");
    for (point, panel) in figure.panels.iter().enumerate() {
        let rate = 0.3 * (1.0 + point as f64) / 6.0;
        let ends = ends(panel, 0);
        assert!((ends[0] - 0.6 * rate).abs() < 1e-9 && (ends[1] - rate).abs() < 1e-9, "{ends:?}");
        let notes = panel.marks.iter().filter_map(|mark| match mark {
            Mark::Note { text, .. } => Some(text.as_str()),
            _ => None,
        });
        let notes: Vec<&str> = notes.collect();
        let description = format!("{} · {}", Unit::Share.write(rate), Unit::Count.write(rate * 2000.0));
        assert!(notes[0].starts_with(&description), "{description} in {notes:?}");
        assert!(notes[1].ends_with(", most config lost"), "a bar too short for its causes: {notes:?}");
        assert_eq!(notes[2], "no stall");
    }
}

#[test]
fn the_causes_of_one_point_are_also_shares_of_its_stalls() {
    let folder = Folder::new("shares", &["push", "push-retry", "pull"]);
    let one = Request { kinds: vec!["causes".to_owned()], point: Some(3), ..asked() };
    let figure = figures(&folder.reader(), &one).unwrap().remove(0);
    assert_eq!(figure.panels.len(), 2);
    for strategy in [0, 1] {
        let ends = ends(&figure.panels[1], strategy);
        assert!((ends[0] - 0.6).abs() < 1e-9 && (ends[1] - 1.0).abs() < 1e-9, "{ends:?}");
    }
}

/// A strategy's places on its line.
fn line_of(figure: &Figure, strategy: usize) -> &[Place] {
    let found = figure.panels[0].marks.iter().find_map(|mark| match mark {
        Mark::Estimates { look, places, .. } if *look == Look::Series(strategy) => Some(places.as_slice()),
        _ => None,
    });
    found.expect("a line")
}

#[test]
fn a_wait_is_exact_at_the_threshold() {
    let folder = Folder::new("threshold", &["push", "push-retry", "pull"]);
    // the second strategy's waits: one in a hundred is above 1.4 s, and all connect within 30 s
    let path = folder.0.join("distributions.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("push-retry,handshake_wait_s,2000,1,inf", "push-retry,handshake_wait_s,2000,1,30"))
        .unwrap();
    let figure = drawn(&folder, "waits");
    let is_five = |value: f64| (value - 5.0).abs() < 1e-12;
    let rule = figure.panels[0].marks.iter().any(|mark| matches!(mark, Mark::Rule { at, .. } if is_five(*at)));
    assert!(rule);
    // the last point's stall rates are 0.3, which cannot be above the quantile before, and 0.03
    let at = |strategy: usize| line_of(&figure, strategy).iter().find(|place| is_five(place.x)).expect("a place");
    assert_eq!((at(0).kind, at(1).kind), (Kind::Value, Kind::Value));
    assert!((at(0).y - 0.01).abs() < 1e-12 && (at(1).y - 0.03).abs() < 1e-12, "{:?}", [at(0), at(1)]);
    assert!(at(1).description.starts_with("push-retry: 3 % wait longer than 5 s"), "{}", at(1).description);
    for strategy in [0, 1, 2] {
        let line = line_of(&figure, strategy);
        assert!(line.windows(2).all(|pair| pair[0].x <= pair[1].x && pair[0].y >= pair[1].y), "{line:?}");
    }
    let numbers = figure.numbers.rows();
    assert!(numbers.iter().any(|row| row[0] == "push-retry" && row[2] == "0.03" && row[3] == "5"), "{numbers:?}");
}

/// Gives the points of a folder other values of the two keys.
fn redesign(folder: &Folder, values: [(&str, &str); 6]) {
    for name in ["runs.csv", "summary.csv", "compare.csv", "distributions.csv", "timeseries.csv"] {
        let path = folder.0.join(name);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        let mut new = format!("{}\n", lines.next().unwrap());
        for line in lines {
            let cells: Vec<&str> = line.splitn(4, ',').collect();
            let (loss, delay) = values[cells[0].parse::<usize>().unwrap()];
            let _ = writeln!(new, "{},{loss},{delay},{}", cells[0], cells[3]);
        }
        fs::write(path, new).unwrap();
    }
}

#[test]
fn the_points_of_a_design_are_not_joined() {
    let folder = Folder::new("design", &["push", "push-retry", "pull"]);
    let losses = ["0.001", "0.0021234567", "0.01", "0.02", "0.05", "0.1"];
    let scattered = ["30ms", "10ms", "50ms", "20ms", "60ms", "40ms"];
    redesign(&folder, std::array::from_fn(|point| (losses[point], scattered[point])));
    let figure = drawn(&folder, "sweep");
    let titles: Vec<&str> = figure.panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(titles, ["Message loss on the bus (log scale)", "Delay of HTTP between API and gateways"]);
    let small: Vec<&str> = figure.panels.iter().map(|panel| panel.small.as_str()).collect();
    assert_eq!(small, ["bus.loss", "http.delay"]);
    for mark in figure.panels.iter().flat_map(|panel| &panel.marks) {
        let Mark::Estimates { path, places, .. } = mark else { continue };
        assert_eq!((*path, places.len()), (LinePath::None, 6));
    }
    draw::check(&figure).unwrap();
    let labels: Vec<&str> = figure.panels[0].x.ticks.iter().map(|tick| tick.label.as_str()).collect();
    assert_eq!(labels[1], "0.212 %");
    assert_eq!(figure.numbers.rows()[3][1], "0.0021234567");
    // keys that grow together are one axis
    let rising = ["10ms", "20ms", "30ms", "40ms", "50ms", "60ms"];
    redesign(&folder, std::array::from_fn(|point| (losses[point], rising[point])));
    let figure = drawn(&folder, "sweep");
    assert_eq!(figure.panels.len(), 1);
    assert_eq!(figure.title, "Stall rate against message loss on the bus");
    assert_eq!(figure.panels[0].x.label, "Message loss on the bus");
    assert_eq!(figure.panels[0].x.small, "bus.loss (another key varies with it)");
    let joined = |mark: &Mark| matches!(mark, Mark::Estimates { path: LinePath::Straight, .. });
    assert!(figure.panels[0].marks.iter().all(joined));
    assert!(draw::words(&figure).iter().any(|word| word == "bus.loss (another key varies with it)"));
}

#[test]
fn a_timeline_shades_the_fault_and_marks_the_recovery() {
    let folder = Folder::new("timeline", &["push", "push-retry", "pull"]);
    let figure = drawn(&folder, "timeline");
    let marks = &figure.panels[0].marks;
    assert!(
        matches!(&marks[0], Mark::Span { from, to, label } if (*from, *to) == (240.0, 300.0) && label == "API down")
    );
    let all = figure.panels.iter().flat_map(|panel| &panel.marks);
    let marked =
        all.filter_map(|mark| if let Mark::Estimates { places, .. } = mark { Some(places[0].x) } else { None });
    assert_eq!(marked.collect::<Vec<_>>(), [310.0, 320.0]);
    let labels: Vec<&str> = figure.legend.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(labels, ["push: not back", "push-retry: back in 10 s", "pull: back in 20 s"]);
    assert!(figure.caption.contains("Hollow marks: the mean time at which stalls are back."), "{}", figure.caption);
}

#[test]
fn hollow_marks_are_explained_also_where_creates_fail_under_every_strategy_and_that_is_said_once() {
    let folder = Folder::new("explained", &["push", "push-retry", "pull"]);
    failing(&folder);
    let path = folder.0.join("summary.csv");
    let text = fs::read_to_string(&path).unwrap().replace("create_failed,count,2,1,", "create_failed,count,2,170,");
    let alike = ["inf", "10", "20"].map(|other| format!("recovery_max_s,s,2,{other},"));
    let text = alike.iter().fold(text, |text, other| text.replace(other, "recovery_max_s,s,2,5,"));
    fs::write(&path, text).unwrap();
    let manifest = MANIFEST.replace(r#""warmup":"1m""#, r#""warmup":"1m","recovery_window":"15s""#);
    fs::write(folder.0.join("manifest.json"), manifest).unwrap();
    let figure = drawn(&folder, "timeline");
    let marks = places(&figure).iter().filter(|place| place.kind == Kind::Open).count();
    assert!(marks > 0, "no mark is hollow");
    for wanted in ["Stalls are back when the stall rate", "Hollow marks: the mean time at which stalls are back."] {
        assert!(figure.caption.contains(wanted), "{wanted:?} is not in {}", figure.caption);
    }
    assert_eq!(figure.caption.matches("17 %").count(), 1, "{}", figure.caption);
}

#[test]
fn a_recovery_within_the_window_is_reported_as_at_once() {
    let folder = Folder::new("window", &["push", "push-retry", "pull"]);
    let manifest = MANIFEST.replace(r#""warmup":"1m""#, r#""warmup":"1m","recovery_window":"15s""#);
    fs::write(folder.0.join("manifest.json"), manifest.replace(r#""bin":"30s""#, r#""bin":"1s""#)).unwrap();
    let figure = drawn(&folder, "timeline");
    let labels: Vec<&str> = figure.legend.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(labels, ["push: not back", "push-retry: back at once", "pull: back in 20 s"]);
    assert!(figure.caption.contains("Back at once: within 15 s and a bin"), "{}", figure.caption);
}

#[test]
fn no_mark_says_back_at_the_peak_of_a_line() {
    let folder = Folder::new("peak", &["push", "push-retry", "pull"]);
    // The rate of push-retry is still at 90 % at the end of the fault, 300 s; that of pull is not.
    let path = folder.0.join("timeseries.csv");
    let mut lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    for line in lines.iter_mut().filter(|line| line.contains(",push-retry,300,stall_rate,")) {
        let key = line.split("stall_rate").next().unwrap();
        *line = format!("{key}stall_rate,0.9,0.8,1");
    }
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    let path = folder.0.join("summary.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("recovery_max_s,s,2,10,", "recovery_max_s,s,2,0,").replace("s,2,20,", "s,2,0,"))
        .unwrap();
    let figure = drawn(&folder, "timeline");
    let marked: Vec<&str> = places(&figure)
        .iter()
        .filter(|place| place.kind == Kind::Open)
        .map(|place| place.description.as_str())
        .collect();
    assert_eq!(marked, ["pull: back at once"]);
}

/// Adds failed creates to the summary: 170 of 1000 under push-retry, 1 of 1000 under the others.
fn failing(folder: &Folder) {
    let path = folder.0.join("summary.csv");
    let mut text = String::new();
    for line in fs::read_to_string(&path).unwrap().lines() {
        let _ = writeln!(text, "{line}");
        if let Some(key) = line.strip_suffix(",attempts,count,2,1000,800,1000,t") {
            let failed = if key.ends_with("push-retry") { 170 } else { 1 };
            let _ = writeln!(text, "{key},attempts_first,count,2,1000,,,t\n{key},create_failed,count,2,{failed},,,t");
        }
    }
    fs::write(path, text).unwrap();
}

#[test]
fn a_figure_without_failed_creates_says_so() {
    let folder = Folder::new("failing", &["push", "push-retry", "pull"]);
    let caption = |kind: &str| drawn(&folder, kind).caption;
    assert!(!caption("sweep").contains("creates"), "{}", caption("sweep"));
    failing(&folder);
    for kind in ["sweep", "heatmap", "differences", "causes"] {
        let caption_text = caption(kind);
        assert!(
            caption_text.contains("Up to 17 % of creates failed under push-retry and are not in this figure."),
            "{caption_text}"
        );
    }
    for kind in ["waits", "timeline"] {
        let caption_text = caption(kind);
        assert!(
            caption_text.contains(" 17 % of creates failed under push-retry and are not in this figure."),
            "{caption_text}"
        );
    }
    let labels: Vec<String> = drawn(&folder, "timeline").legend.into_iter().map(|entry| entry.label).collect();
    assert_eq!(labels, ["push: not back", "push-retry: back in 10 s, creates fail", "pull: back in 20 s"]);
}

#[test]
fn a_measure_without_a_series_is_refused_with_those_that_have_one() {
    let folder = Folder::new("no-series", &["push", "pull"]);
    let path = folder.0.join("runs.csv");
    let text = fs::read_to_string(&path).unwrap();
    let refusal = |measure: &str| {
        fs::write(&path, text.replace(",stale_fraction", &format!(",{measure}"))).unwrap();
        let request = Request { kinds: vec!["timeline".to_owned()], measure: measure.to_owned(), ..asked() };
        figures(&folder.reader(), &request).unwrap_err().to_string()
    };
    let error = refusal("failure_rate");
    assert!(error.starts_with("timeline: timeseries.csv has no failure_rate; it has attempts, stalled"), "{error}");
    assert_eq!(refusal("late_rate"), "timeline: timeseries.csv has no late_rate: another version of pushpull wrote it");
}

/// Adds late rates to the series and the summary: those of stalls, and 1 under push-retry during the outage.
fn late(folder: &Folder) {
    let rewrite = |name: &str, change: &dyn Fn(&str) -> String| {
        let path = folder.0.join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.lines().map(change).collect::<String>()).unwrap();
    };
    rewrite("runs.csv", &|line| line.replace(",stale_fraction", ",late_rate") + "\n");
    rewrite("timeseries.csv", &|line| {
        let mut late = line.replace("stall_rate", "late_rate");
        if let Some((key, _)) = late.split_once(",late_rate,").filter(|(key, _)| key.contains("push-retry,2")) {
            late = format!("{key},late_rate,1,0.9,1");
        }
        if line.contains("stall_rate") { format!("{line}\n{late}\n") } else { format!("{line}\n") }
    });
}

#[test]
fn a_timeline_of_late_attempts_does_not_call_failing_creates_a_recovery() {
    let folder = Folder::new("late", &["push", "push-retry", "pull"]);
    failing(&folder);
    late(&folder);
    let path = folder.0.join("summary.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("recovery_max_s,s,2,10,", "recovery_max_s,s,2,0,")).unwrap();
    let request = Request { kinds: vec!["timeline".to_owned()], ..Request::default() };
    let figure = figures(&folder.reader(), &request).unwrap().remove(0);
    assert_eq!(figure.name, "late-rate-timeline");
    let labels: Vec<&str> = figure.legend.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(labels, ["push: stalls not back", "push-retry: 17 % of creates fail", "pull: stalls back in 20 s"]);
    let is_mark = |mark: &Mark| matches!(mark, Mark::Estimates { .. });
    let mut marks = figure.panels.iter().flat_map(|panel| &panel.marks);
    assert!(!marks.any(is_mark), "a recovery of stalls is no place on a line of late attempts");
    assert!(
        figure.caption.contains("Stalls are back when the stall rate is within the 99 % band of its value before."),
        "{}",
        figure.caption
    );
    assert!(!figure.caption.contains("not in this figure"), "{}", figure.caption);
}

/// Writes the level of a strategy's line at every time of the series into the folder.
fn level(folder: &Folder, strategy: &str, mean: &str) {
    let path = folder.0.join("timeseries.csv");
    let text = fs::read_to_string(&path).unwrap();
    let rewritten = text.lines().map(|line| {
        let own = line.contains(&format!(",{strategy},")).then(|| line.split_once(",stall_rate,")).flatten();
        own.map_or_else(|| format!("{line}\n"), |(key, _)| format!("{key},stall_rate,{mean}\n"))
    });
    let rewritten: String = rewritten.collect();
    fs::write(&path, rewritten).unwrap();
}

#[test]
fn lines_of_a_timeline_that_cover_each_other_have_a_panel_of_their_own() {
    let folder = Folder::new("covered", &["push", "push-retry", "pull"]);
    level(&folder, "push", "0.5,0.4,0.6");
    level(&folder, "push-retry", "0.1,0,0.2");
    level(&folder, "pull", "0.51,0.41,0.61");
    let figure = drawn(&folder, "timeline");
    let titles: Vec<&str> = figure.panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(titles, ["push and pull", "push-retry"]);
    for panel in &figure.panels {
        assert!(matches!(panel.marks[0], Mark::Span { .. }), "each panel shows the fault");
    }
    let lines = figure.panels.iter().map(|panel| {
        let is_line = |mark: &&Mark| matches!(mark, Mark::Band { .. });
        panel.marks.iter().filter(is_line).count()
    });
    assert_eq!(lines.collect::<Vec<_>>(), [2, 1]);
    assert!(figure.caption.contains("nowhere further apart than 3 %"), "{}", figure.caption);
    draw::check(&figure).unwrap();
    // lines that do not cover each other stay in one panel, and so do lines that are all alike
    level(&folder, "pull", "0.9,0.8,1");
    assert_eq!(drawn(&folder, "timeline").panels.len(), 1);
    for strategy in ["push", "push-retry", "pull"] {
        level(&folder, strategy, "0.5,0.4,0.6");
    }
    assert_eq!(drawn(&folder, "timeline").panels.len(), 1);
}

#[test]
fn what_a_timeline_says_of_every_strategy_is_said_once() {
    let folder = Folder::new("common", &["push", "push-retry", "pull"]);
    let path = folder.0.join("summary.csv");
    let text = fs::read_to_string(&path).unwrap();
    let alike = ["inf", "10"].map(|other| format!("recovery_max_s,s,2,{other},"));
    let text = alike.iter().fold(text, |text, other| text.replace(other, "recovery_max_s,s,2,20,"));
    fs::write(&path, text).unwrap();
    let figure = drawn(&folder, "timeline");
    let labels: Vec<&str> = figure.legend.iter().map(|entry| entry.label.as_str()).collect();
    assert_eq!(labels, ["push", "push-retry", "pull"]);
    assert!(figure.caption.contains("Under every strategy: back in 20 s."), "{}", figure.caption);
}

#[test]
fn a_timeline_says_that_a_restart_adds_attempts() {
    let folder = Folder::new("again", &["push", "pull"]);
    let fault = r#""faults":[{"target":"api","at":"4m","for":"1m"}]"#;
    assert!(!drawn(&folder, "timeline").caption.contains("connect again"));
    let restart = r#""faults":[{"target":"gateway","at":"4m","for":"1m"}]"#;
    fs::write(folder.0.join("manifest.json"), MANIFEST.replace(fault, restart)).unwrap();
    let caption = drawn(&folder, "timeline").caption;
    assert!(caption.contains("Clients of a gateway that restarts connect again"), "{caption}");
}

#[test]
fn a_figure_of_one_point_shows_the_telling_one_and_says_so() {
    let folder = Folder::new("telling", &["push", "push-retry", "pull"]);
    for kind in ["waits", "timeline", "table-size"] {
        let with = |point, telling| {
            let request = Request { kinds: vec![kind.to_owned()], point, telling, ..asked() };
            figures(&folder.reader(), &request).unwrap().remove(0)
        };
        let telling = with(None, Some(2));
        assert_eq!(
            (&telling.subtitle, &telling.numbers.digest()),
            (&with(Some(2), None).subtitle, &with(Some(2), None).numbers.digest())
        );
        let why = "Of points 0 to 5, this is point 2, that the conclusion is about; --point N draws another.";
        assert!(telling.caption.contains(why), "{}", telling.caption);
        assert!(with(None, None).caption.contains("this is point 5, that is last"));
        assert!(!with(Some(2), Some(1)).caption.contains("this is point"));
    }
}

#[test]
fn a_recovery_is_marked_behind_the_last_fault_that_overlaps() {
    let folder = Folder::new("overlap", &["push", "push-retry", "pull"]);
    let faults =
        r#""faults":[{"target":"api","at":"4m","for":"1m"},{"target":"bus","effect":"drop","at":"270s","for":"90s"}]"#;
    let one = r#""faults":[{"target":"api","at":"4m","for":"1m"}]"#;
    fs::write(folder.0.join("manifest.json"), MANIFEST.replace(one, faults)).unwrap();
    let figure = drawn(&folder, "timeline");
    let marked = figure.panels.iter().flat_map(|panel| &panel.marks).filter_map(|mark| match mark {
        Mark::Estimates { places, .. } => Some((places[0].x, places[0].kind)),
        _ => None,
    });
    // the faults end at 300 s and 360 s
    assert_eq!(marked.collect::<Vec<_>>(), [(370.0, Kind::Open), (380.0, Kind::Open)]);
    assert!(
        figure.caption.contains("Back in: the mean time from the end of the faults that overlap."),
        "{}",
        figure.caption
    );
}

#[test]
fn the_front_has_what_nothing_is_cheaper_and_fresher_than() {
    let folder = Folder::new("front", &["push", "push-retry", "pull"]);
    let figure = drawn(&folder, "freshness");
    // cost grows and staleness falls from strategy to strategy: all are on the front, at the lowest of their levels
    let front: Vec<&[String]> = figure
        .numbers
        .rows()
        .iter()
        .map(Vec::as_slice)
        .filter(|row| row.last().is_some_and(|cell| cell == "yes"))
        .collect();
    let names: Vec<&str> = front.iter().map(|row| row[1].as_str()).collect();
    assert!(names.starts_with(&["push", "push-retry", "pull"]), "{names:?}");
    let pulls = figure.numbers.rows().iter().filter(|row| row[1] == "pull");
    assert!(pulls.clone().count() == 6 && pulls.clone().any(|row| row[6] == "yes"));
}

#[test]
fn what_is_sent_on_streams_costs_as_much_as_what_is_sent_over_the_bus() {
    let folder = Folder::new("streams", &["push", "watch"]);
    let before = drawn(&folder, "freshness");
    let path = folder.0.join("summary.csv");
    let summary = fs::read_to_string(&path).unwrap();
    assert!(summary.contains(",watch,bus_sent,"));
    fs::write(path, summary.replace(",watch,bus_sent,", ",watch,watch_events,")).unwrap();
    assert_eq!(drawn(&folder, "freshness").numbers.rows(), before.numbers.rows());
}

#[test]
fn a_strategy_whose_pushes_no_measure_counts_has_no_place_beside_its_cost() {
    let folder = Folder::new("uncounted", &["push", "pull"]);
    let strategies = r#""strategies":{"push":{"push":{"transport":"http"}}},"faults":"#;
    fs::write(folder.0.join("manifest.json"), MANIFEST.replace(r#""faults":"#, strategies)).unwrap();
    let figure = drawn(&folder, "freshness");
    assert!(figure.numbers.rows().iter().all(|row| row[1] == "pull"));
    assert!(figure.legend.iter().all(|entry| entry.label != "push"));
    assert!(figure.caption.contains("Left out: push. No measure counts pushes over HTTP."), "{}", figure.caption);
}

#[test]
fn drawing_twice_gives_the_same_bytes() {
    let folder = Folder::new("twice", &["push", "pull"]);
    let (one, other) = (drawn(&folder, "sweep"), drawn(&folder, "sweep"));
    assert_eq!(draw::svg(&one, Theme::Dark), draw::svg(&other, Theme::Dark));
    assert!(draw::png(&one, Theme::Light) == draw::png(&other, Theme::Light));
    assert_ne!(draw::svg(&one, Theme::Dark), draw::svg(&one, Theme::Light));
}

#[test]
fn an_element_of_a_page_takes_its_colours_from_the_page() {
    let folder = Folder::new("element", &["push", "pull"]);
    let element = draw::element(&drawn(&folder, "sweep"));
    assert!(element.starts_with("<svg ") && !element.contains("<metadata"));
    assert!(element.contains("stroke=\"var(--figure-hue-0)\"") && !element.contains("stroke=\"#0072b2\""));
    for property in element.split("var(").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(draw::style(Theme::Light).contains(&format!("{property}: #")), "{property}");
    }
}

#[test]
fn names_that_do_not_exist_are_refused_with_the_nearest() {
    let folder = Folder::new("names", &["push", "pull"]);
    let ask = |request: Request| figures(&folder.reader(), &request).unwrap_err().to_string();
    let error = ask(Request { kinds: vec!["diferences".to_owned()], ..asked() });
    assert!(error.contains("no figure diferences") && error.ends_with("did you mean differences?"), "{error}");
    let error = ask(Request { measure: "stal_rate".to_owned(), ..asked() });
    assert!(error.ends_with("did you mean stall_rate?"), "{error}");
    let error = ask(Request { point: Some(6), ..asked() });
    assert!(error.contains("no point 6; the last is 5"), "{error}");
}

/// The caption and the legend of a timeline of a folder with other faults.
fn through(name: &str, faults: &str) -> (Figure, String) {
    let folder = Folder::new(name, &["push", "pull"]);
    let changed = MANIFEST.replace(r#""at":"4m","for":"1m""#, faults);
    fs::write(folder.0.join("manifest.json"), changed).unwrap();
    let figure = drawn(&folder, "timeline");
    let legend: Vec<String> = figure.legend.iter().map(|entry| entry.label.clone()).collect();
    (figure, legend.join("; "))
}

#[test]
fn a_fault_that_never_strikes_is_not_shaded_and_has_no_recovery() {
    let shaded = |figure: &Figure| {
        figure.panels.iter().flat_map(|panel| &panel.marks).any(|mark| matches!(mark, Mark::Span { .. }))
    };
    let (figure, legend) = through("timeline-outside", r#""at":"10m","for":"1m""#);
    assert!(!shaded(&figure) && figure.title.ends_with("over time"), "{}", figure.title);
    assert!(figure.caption.contains("never strikes in it"), "{}", figure.caption);
    assert_eq!(legend, "push; pull");
    // Of faults that are run one by one, a point has only its own.
    let (figure, _) = through("timeline-alone", r#""at":"4m","for":"1m","per_month":2.0"#);
    assert!(shaded(&figure), "{}", figure.caption);
    let (figure, _) =
        through("timeline-none", r#""at":"4m","for":"1m","per_month":2.0}],"fault":"none","more":[{"x":1"#);
    assert!(!shaded(&figure), "{}", figure.caption);
    // One that outlasts the run is shaded, and whether stalls come back is not seen.
    let (figure, legend) = through("timeline-open", r#""at":"4m","for":"1h""#);
    assert!(
        shaded(&figure) && figure.caption.contains("before a recovery from the fault can be seen"),
        "{}",
        figure.caption
    );
    assert_eq!(legend, "push; pull");
}
