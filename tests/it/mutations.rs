//! Mutations of the shipped experiment files, data files and arguments never make the reader panic.
//!
//! An accepted file must also be consistent: its scenarios can be built, and the experiment in a manifest gives the
//! same plan. `PUSHPULL_MUTATIONS=100000` makes more mutations, `PUSHPULL_MUTATIONS_SEED=7` makes others.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pushpull::plan::{Overrides, Plan, listing};

use crate::program::{folder, shipped};

/// Values that are valid for some keys and invalid for others.
const VALUES: &[&str] = &[
    "0",
    "1",
    "-1",
    "2-",
    "3-",
    "55-000",
    "12:",
    "2024-13-45",
    "2024-01-31T12:00:00Z",
    "1e400",
    "nan",
    "inf",
    "0.5",
    "\"0.5%\"",
    "\"-1%\"",
    "\"%\"",
    "1e-300",
    "9223372036854775807",
    "99999999999999999999",
    "0x7f",
    "true",
    "\"never\"",
    "\"1s\"",
    "\"0s\"",
    "\"1ns\"",
    "\"36500d\"",
    "\"99999999d\"",
    "\"5/s\"",
    "\"1e9/s\"",
    "\"\"",
    "''",
    "'''a\nb'''",
    "\"\\u001b[2J\"",
    "\"\\u202e\"",
    "[]",
    "[[]]",
    "{}",
    "[1, 2]",
    "[\"1s\", \"2s\"]",
    "{ exponential = \"1s\" }",
    "{ exponential = \"0s\" }",
    "{ uniform = [\"1s\"] }",
    "{ pareto = { min = \"1ns\", shape = 1e-9 } }",
    "{ lognormal = { median = \"1s\", p99 = \"1s\" } }",
    "{ empirical = \"d.csv\" }",
    "{ empirical = \"d.csv\", column = 3, unit = \"ms\" }",
    "{ empirical = \"none.csv\" }",
    "{ quantiles = \"q.csv\", unit = \"ms\" }",
    "{ trace = \"t.csv\" }",
    "{ trace = \"c.csv\", unit = \"iso8601\", gateway = \"gw\" }",
    "{ trace = \"c.csv\", column = 1, unit = \"ns\", start = 2024-01-01 }",
    "{ poisson = \"1/s\", peak = { factor = 1e9, period = \"1ns\" } }",
    "{ from = 0, to = 1, steps = 3 }",
    "{ from = \"1ms\", to = \"1s\", steps = 3, log = true }",
    "{ rate = \"1/s\", burst = 1 }",
    "\"core\"",
    "\"jetstream\"",
    "\"replica\"",
    "\"all\"",
    "[0, 0]",
    "[4000000000]",
];

/// Lines that change the meaning of the lines after them.
const LINES: &[&str] = &[
    "[[sweep]]",
    "[sweep]",
    "[[faults]]",
    "[strategies.x]",
    "[strategies]",
    "faults = [\"1s\"]",
    "bus = 5",
    "strategies.x = 1",
    "\"faults.0.for\" = [\"1s\"]",
    "\"strategies.x.persists\" = [true, false]",
    "\"bus.burst.loss\" = [0, 1]",
    "csv = \"p.csv\"",
    "sobol = 4",
    "latin_hypercube = 3",
    "where = \"bus.loss < 0.1\"",
    "where = \"not (((\"",
    "a.b.c.d = 1",
    "\"a b\" = 1",
    "[a.b",
    "\u{0}",
    "é = 1",
];

/// A generator of this test alone, so that a number always names the same input.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 17
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0) % n.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// Changes a text in a few places: lines moved, values replaced, characters removed or added.
fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=dice.below(4) {
        if lines.is_empty() {
            lines.push(String::new());
        }
        let line = dice.below(lines.len());
        match dice.below(9) {
            0 => drop(lines.remove(line)),
            1 => lines.insert(dice.below(lines.len()), lines[line].clone()),
            2 => {
                let with = dice.below(lines.len());
                lines.swap(line, with);
            }
            3 | 4 => {
                let settings: Vec<usize> = (0..lines.len()).filter(|line| lines[*line].contains('=')).collect();
                if let Some(&setting) = settings.get(dice.below(settings.len())) {
                    let key = lines[setting].split('=').next().unwrap_or_default();
                    lines[setting] = format!("{key}= {}", dice.pick(VALUES));
                }
            }
            5 => lines.insert(line, dice.pick(LINES).to_owned()),
            6 => {
                let from: Vec<&str> = other.lines().collect();
                lines.insert(line, from[dice.below(from.len())].to_owned());
            }
            7 => {
                let mut letters: Vec<char> = lines[line].chars().collect();
                if !letters.is_empty() {
                    let letter = dice.below(letters.len());
                    letters.remove(letter);
                }
                lines[line] = letters.into_iter().collect();
            }
            _ => {
                let mut letters: Vec<char> = lines[line].chars().collect();
                let place = dice.below(letters.len() + 1);
                letters.insert(
                    place,
                    dice.pick(&["-", "9", ".", "\"", "{", "]", ",", "%", "\u{202e}", ";", "\t", "e"])
                        .chars()
                        .next()
                        .unwrap(),
                );
                lines[line] = letters.into_iter().collect();
            }
        }
    }
    lines.join("\n")
}

/// Reads a plan and, if it is valid, everything derived from it before a run.
fn read(file: &Path, overrides: &Overrides) -> Option<bool> {
    catch_unwind(AssertUnwindSafe(|| match Plan::read(file, overrides) {
        Ok(plan) => {
            assert!(!listing(&plan).is_empty());
            for point in [0, plan.points.len() - 1] {
                for strategy in 0..plan.strategies.len().min(3) {
                    let _ = plan.scenario(point, strategy);
                }
            }
            if plan.points.len() < 1_000 {
                let json = serde_json::to_string(&plan.resolved).unwrap();
                let resolved: toml::Table = serde_json::from_str(&json).unwrap();
                let again = Plan::from_table(&resolved, &plan.data).unwrap_or_else(|error| panic!("rebuilt: {error}"));
                assert_eq!((again.digest, again.points), (plan.digest, plan.points));
            }
            true
        }
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && text.len() < 100_000, "a message of {} bytes", text.len());
            assert!(text.chars().all(|c| c == '\n' || text::is_shown(c)), "{text:?}");
            false
        }
    }))
    .ok()
}

fn variable(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn no_file_and_no_argument_makes_the_reader_panic() {
    let folder = folder("mutations");
    let data = [
        ("d.csv", "seconds,weight,ms\n0.1,1,100\n0.2,3,200\n# between\n3,0,3000\n"),
        ("q.csv", "percentile;value\n0;1\n50;2\n99.9;7\n"),
        ("t.csv", "t_s,gateway\n1,0\n2,\n\n300,1\n"),
        ("c.csv", "gw\ttimestamp\n0\t2024-01-31T12:00:00Z\n\t2024-01-31T12:00:01.5+00:00\n"),
        ("p.csv", "bus.loss,bus.delay,path.delay\n0,1ms,1s\n1%,2ms,\"{ exponential = \"\"1s\"\" }\"\n"),
    ];
    let own = "name = 'a'\nseed = 1\n[clients]\narrivals = { trace = 'c.csv', unit = 'iso8601', column = 'timestamp', gateway = 'gw' }\n\
               session = { empirical = 'd.csv', column = 'ms', unit = 'ms', weight = 'weight' }\n[path]\ndelay = { quantiles = 'q.csv', unit = 'ms' }\n\
               [strategies.x]\npush = {}\n[[sweep]]\ncsv = 'p.csv'\n";
    let mut corpus: Vec<String> = shipped().iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    corpus.extend([own; 4].map(str::to_owned));
    let (seed, count) = (variable("PUSHPULL_MUTATIONS_SEED", 1), variable("PUSHPULL_MUTATIONS", 3_000));
    let mut dice = Dice(seed);
    let (mut accepted, mut refused) = (0, 0);
    let file = folder.join("a.toml");
    for number in 0..count {
        let (text, other) = (&corpus[dice.below(corpus.len())], &corpus[dice.below(corpus.len())]);
        let mut overrides = Overrides::default();
        let mut text = text.clone();
        let changed = dice.below(data.len());
        for (index, (name, content)) in data.iter().enumerate() {
            let mutated = number % 3 == 1 && index == changed;
            let content = if mutated { mutate(content, content, &mut dice) } else { (*content).to_owned() };
            fs::write(folder.join(name), content).unwrap();
        }
        match number % 3 {
            0 => text = mutate(&text, other, &mut dice),
            1 => text = own.to_owned(),
            _ => {
                let keys = [
                    "bus.loss",
                    "bus.delay",
                    "faults",
                    "faults.0.for",
                    "clients.arrivals",
                    "strategies.push",
                    "strategies.push.push",
                    "sweep",
                    "bus",
                    "a.b",
                    "",
                    "seed",
                    "bus.\u{1b}",
                ];
                let value = dice.pick(VALUES);
                overrides.set.push(format!("{}={value}", dice.pick(&keys)));
                overrides.vary.push(format!("{}={},{}", dice.pick(&keys), dice.pick(VALUES), dice.pick(VALUES)));
            }
        }
        fs::write(&file, &text).unwrap();
        match read(&file, &overrides) {
            Some(true) => accepted += 1,
            Some(false) => refused += 1,
            None => {
                let left: Vec<String> = data
                    .iter()
                    .map(|(name, _)| format!("{name}:\n{}", fs::read_to_string(folder.join(name)).unwrap()))
                    .collect();
                panic!("input {number} of seed {seed}: {overrides:?}\n{text}\n{}", left.join("\n"));
            }
        }
    }
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
}
