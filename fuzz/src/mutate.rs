//! Mutations of an input that keep some of its structure: bytes, lines and values of TOML, cells of CSV, values of
//! JSON.

use crate::random::Random;

/// Values that replace others.
const VALUES: &[&str] = &[
    "0",
    "-1",
    "1",
    "1e308",
    "-0.0",
    "nan",
    "inf",
    "-inf",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "\"\"",
    "\"never\"",
    "\"0s\"",
    "\"1ns\"",
    "\"36500d\"",
    "\"36501d\"",
    "\"1e9s\"",
    "\"1h60m\"",
    "\"1d1h1m1s1ms1us1ns\"",
    "\"5/s\"",
    "\"1e9/s\"",
    "\"1e-300/s\"",
    "\"0.5%\"",
    "\"100%\"",
    "{}",
    "[]",
    "[[]]",
    "{ exponential = \"1ns\" }",
    "{ exponential = \"36500d\" }",
    "{ pareto = { min = \"1ns\", shape = 0.0001 } }",
    "{ pareto = { min = \"36500d\", shape = 1e-300 } }",
    "{ uniform = [\"2s\", \"1s\"] }",
    "{ uniform = [\"0s\", \"36500d\"] }",
    "{ lognormal = { median = \"1ns\", p99 = \"36500d\" } }",
    "{ empirical = \"d.csv\" }",
    "{ empirical = \"/dev/zero\" }",
    "{ empirical = \"nope.csv\" }",
    "{ empirical = \"..\" }",
    "{ trace = \"t.csv\" }",
    "{ every = \"1ns\" }",
    "{ every = \"1s\" }",
    "{ poisson = \"5/s\", peak = { factor = 1e9, period = \"1ns\" } }",
    "true",
    "false",
    "1979-05-27",
    "1979-05-27T07:32:00Z",
    "{ from = 1e-4, to = 1e-1, steps = 7, log = true }",
    "{ from = 0, to = 1, steps = 3000 }",
    "{ from = \"1s\", to = \"1h\", steps = 3, log = true }",
    "{ from = 1, to = 0 }",
    "[0.0, 0.1]",
    "[\"1s\", \"2s\"]",
    "[\"never\", \"1s\"]",
    "[0, 65535, 65536, 4294967295, 4294967296]",
    "0.5",
    "1.0000001",
    "1e-320",
    "\"all\"",
    "\"core\"",
    "\"jetstream\"",
    "\"http\"",
    "\"ack\"",
    "\"replica\"",
    "\"block\"",
    "\"inline\"",
    "\"retry\"",
    "\"\\u202e\"",
    "\"a\\u0000b\"",
    "\"=1+1.csv\"",
    "'''\n'''",
    "0x7fffffffffffffff",
    "1_000",
    "2-",
    "55-000",
    "3-",
    "12:",
    "2024-13-45",
    "{ rate = \"1e9/s\", burst = 1000000000 }",
    "{ good = \"1ns\", bad = \"1ns\", loss = 1 }",
];

/// Lines that are inserted.
const LINES: &[&str] = &[
    "[[sweep]]",
    "[[sweep]]\n\"bus.loss\" = [0.0, 0.1]",
    "[[sweep]]\nsobol = 64\n\"path.loss\" = { from = 1e-4, to = 1e-1, log = true }",
    "[[sweep]]\nlatin_hypercube = 100\n\"clients.session.exponential\" = { from = \"1m\", to = \"1h\" }",
    "[[sweep]]\ncsv = \"p.csv\"",
    "where = \"bus.loss < 0.1 or path.loss >= 0.001\"",
    "where = \"((((((\"",
    "where = \"not not not bus.loss = 1 and\"",
    "where = \"bus.loss < 1e309\"",
    "[[faults]]\ntarget = \"bus\"\nat = \"10m\"\nfor = \"30s\"\neffect = \"delay\"",
    "[[faults]]\ntarget = \"gateway\"\nevery = \"1ns\"\nfor = \"0s\"",
    "[[faults]]\ntarget = \"path\"\nevery = { exponential = \"1m\" }\nfor = \"1s\"\ngateways = 0.0000001",
    "[strategies.x]\npush = {}",
    "[strategies.x]\npull = { ttl = \"1s\", stale = \"block\", invalidate = true, source = \"replica\" }",
    "[strategies.\"a b\"]\npush={}",
    "precision = { measure = \"stall_rate\", relative = 0.05, at_most = 500 }",
    "only = [\"push\"]",
    "baseline = \"jit\"",
    "events_max = 1",
    "[output]\nbin = \"1ns\"",
    "[clients]\nexisting = 100000000",
    "[gateways]\ncount = 65536",
    "sweep = []",
    "sweep = {}",
    "faults = {}",
    "faults = [\"1s\", \"2s\"]",
    "strategies = []",
    "bus.loss = 1",
    "seed = -1",
    "[[sweep]]\n\"gateways.count\" = [1, 65536]\n\"faults.0.for\" = [\"1s\", \"2s\"]",
    "[[sweep]]\n\"strategies.push.push.attempts\" = [1, 2]",
    "[[sweep]]\n\"clients.arrivals.poisson\" = [\"1/s\", \"2/s\"]",
    "[[sweep]]\n\"bus.burst\" = [\"never\", { good = \"1s\", bad = \"1s\", loss = 0.5 }]",
];

/// Cells of CSV files.
const CELLS: &[&str] = &[
    "",
    "0",
    "-1",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1e308",
    "1e-308",
    "-1e308",
    "1e-100",
    "1e30",
    "18446744073709551615",
    "18446744073709551616",
    "4294967295",
    "x",
    "\"",
    "\"a,b\"",
    "push",
    "jit",
    "stall_rate",
    "handshake_wait_s",
    "<script>",
    "\u{202e}",
    "\u{1b}[2J",
    "é",
    "1.",
    "0.5",
    "1.5",
    "2",
    "9007199254740993",
    "9007199254740992",
    "5e-324",
    "1e18",
    "lower",
    "higher",
    "=1+1",
    "'=1",
    "\\u{1b}",
    "0000000000000000",
    "s",
    "1",
    "count",
    "2024-01-31T00:00:00Z",
    "1706659200000",
];

/// Values of JSON.
const JSON: &[&str] = &[
    "null",
    "0",
    "-1",
    "1e400",
    "\"\"",
    "[]",
    "{}",
    "true",
    "\"1/0\"",
    "\"0/0\"",
    "\"1/4000000000\"",
    "1e308",
    "\"<script>\"",
    "5.0",
    "0.0",
    "1.0",
    "\"never\"",
    "18446744073709551615",
    "\"\\u202e\"",
    "\"36500d\"",
    "0.95",
    "\"1ns\"",
];

/// Mutates a TOML text; lines may be taken from `other`.
pub(crate) fn toml(random: &mut Random, base: &[u8], other: &[u8]) -> Vec<u8> {
    let (mut text, other) = (lossy(base), lossy(other));
    for _ in 0..=times(random) {
        text = toml_once(random, &text, &other);
    }
    if random.one_in(12) { bytes(random, text.as_bytes()) } else { text.into_bytes() }
}

/// Number of changes beyond the first: zero half of the time.
fn times(random: &mut Random) -> usize {
    if random.one_in(2) { 0 } else { random.below(5) }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn toml_once(random: &mut Random, text: &str, other: &str) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let (count, at) = (lines.len(), random.below(text.split('\n').count()));
    match random.below(14) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(random.below(count), lines[at].clone()),
        2 => lines.swap(at, random.below(count)),
        3 => {
            let others: Vec<&str> = other.split('\n').collect();
            let from = random.below(others.len());
            for line in others.iter().skip(from).take(1 + random.below(8)) {
                lines.insert(random.below(lines.len()), (*line).to_owned());
            }
        }
        4..=7 => {
            let settings: Vec<usize> = (0..count).filter(|index| lines[*index].contains('=')).collect();
            if settings.is_empty() {
                return text.to_owned();
            }
            let line = &mut lines[settings[random.below(settings.len())]];
            *line = value_replaced(random, line);
        }
        8 | 9 => lines.insert(random.below(count + 1), random.pick(LINES).to_owned()),
        10 => {
            let part = random.pick(&["9", "00", "-", ".", "e9", "e-9", "99999999999999999999", ""]);
            return spliced(random, text, |c| c.is_ascii_digit(), part);
        }
        11 => {
            let parts = &[
                "\"", "[", "]", "{", "}", "=", "\n", ",", ".", "#", "\\", "\0", "é", "\u{202e}", "-", "0", "'", "\r",
                "\u{feff}", "\t",
            ];
            let part = random.pick(parts);
            return spliced(random, text, |_| true, part);
        }
        12 => {
            let (part, times) =
                (random.pick(&["[", "{a=", "a.", "[[", "\"", "not ", "(", "{ a = ["]), random.pick(&[&2, &50, &1000]));
            return spliced(random, text, |_| true, &part.repeat(*times));
        }
        _ => {
            let letters: Vec<char> = text.chars().collect();
            let from = random.below(letters.len());
            let part: String = letters[from..(from + random.below(80)).min(letters.len())].iter().collect();
            return spliced(random, text, |_| true, &part);
        }
    }
    lines.join("\n")
}

/// A line with another value after one of its equal signs.
fn value_replaced(random: &mut Random, line: &str) -> String {
    let places: Vec<usize> = line.match_indices('=').map(|(at, _)| at).collect();
    let at = places[random.below(places.len())] + 1;
    // To the end of the value, or to the end of the line.
    let end = if places.len() == 1 || random.one_in(3) {
        line.len()
    } else {
        line[at..].find([',', '}']).map_or(line.len(), |end| at + end)
    };
    format!("{} {}{}", &line[..at], random.pick(VALUES), &line[end..])
}

/// A text in which `part` replaces a character that `fits`.
fn spliced(random: &mut Random, text: &str, fits: impl Fn(char) -> bool, part: &str) -> String {
    let places: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| fits(*c)).collect();
    if places.is_empty() {
        return part.to_owned();
    }
    let (at, c) = places[random.below(places.len())];
    let end = if random.one_in(2) { at + c.len_utf8() } else { at };
    format!("{}{part}{}", &text[..at], &text[end..])
}

/// Mutates bytes.
pub(crate) fn bytes(random: &mut Random, base: &[u8]) -> Vec<u8> {
    let mut bytes = base.to_vec();
    for _ in 0..=times(random) {
        if bytes.is_empty() {
            bytes.push(random.byte());
        }
        let at = random.below(bytes.len());
        let end = (at + random.below(64)).min(bytes.len());
        match random.below(9) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.byte(),
            2 if random.one_in(4) => bytes.truncate(at),
            3 => drop(bytes.remove(at)),
            4 => bytes.insert(at, random.byte()),
            5 => drop(bytes.drain(at..end)),
            6 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            7 => {
                let byte = *random.pick(&[&0xff, &0, &0x80, &0x7f]);
                bytes[at..end.min(at + 10)].fill(byte);
            }
            _ => bytes[at] = bytes[at].wrapping_add(if random.one_in(2) { 1 } else { 255 }),
        }
    }
    bytes
}

/// Mutates cells, columns and lines of a CSV file.
pub(crate) fn csv(random: &mut Random, base: &[u8]) -> Vec<u8> {
    if random.one_in(6) {
        return bytes(random, base);
    }
    let text = lossy(base);
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for _ in 0..=times(random) {
        let (count, at) = (lines.len(), random.below(lines.len()));
        match random.below(9) {
            0 if count > 1 => drop(lines.remove(at)),
            1 => lines.insert(random.below(count), lines[at].clone()),
            2 => lines.swap(at, random.below(count)),
            3 => {
                let (column, cell, from) = (random.below(14), random.pick(CELLS), random.below(2));
                for line in lines.iter_mut().skip(from) {
                    let mut cells: Vec<&str> = line.split(',').collect();
                    if let Some(place) = cells.get_mut(column) {
                        *place = cell;
                        *line = cells.join(",");
                    }
                }
            }
            4 if random.one_in(3) => lines.truncate(1 + random.below(4)),
            _ => {
                let mut cells: Vec<String> = lines[at].split(',').map(str::to_owned).collect();
                let column = random.below(cells.len());
                match random.below(10) {
                    0 => drop(cells.remove(column)),
                    // A slightly different number: in range, but inconsistent with another cell.
                    1..=3 => {
                        if let Ok(number) = cells[column].parse::<f64>() {
                            let factor = random.pick(&[&0.0, &0.5, &0.999, &1.001, &2.0, &1e6, &1e-6, &-1.0]);
                            cells[column] = (number * factor).to_string();
                        }
                    }
                    4 => {
                        let line = random.below(count);
                        let from = lines[line].split(',').nth(column).unwrap_or_default().to_owned();
                        cells[column] = from;
                    }
                    _ => random.pick(CELLS).clone_into(&mut cells[column]),
                }
                lines[at] = cells.join(",");
            }
        }
    }
    lines.join("\n").into_bytes()
}

/// Mutates a JSON file with one value per line.
pub(crate) fn json(random: &mut Random, base: &[u8]) -> Vec<u8> {
    if random.one_in(6) {
        return bytes(random, base);
    }
    let mut lines: Vec<String> = lossy(base).split('\n').map(str::to_owned).collect();
    for _ in 0..=times(random) {
        let at = random.below(lines.len());
        if let Some(colon) = lines[at].find(": ") {
            let comma = if lines[at].ends_with(',') { "," } else { "" };
            lines[at] = format!("{}: {}{comma}", &lines[at][..colon], random.pick(JSON));
        } else if random.one_in(4) && lines.len() > 1 {
            lines.remove(at);
        }
    }
    lines.join("\n").into_bytes()
}
