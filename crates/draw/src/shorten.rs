//! Labels shortened to a room so that different labels stay different.

use std::collections::BTreeMap;

use crate::font::Weight;

/// `labels`, each no wider than `room`. Labels that are too wide lose letters in the middle. If this makes some labels
/// alike, the letters in which they differ are kept. If that is impossible, they are numbered.
pub(super) fn distinct(weight: Weight, labels: &[&str], size: f64, room: f64) -> Vec<String> {
    let mut short: Vec<String> = labels.iter().map(|label| middle(weight, label, size, room)).collect();
    for group in alike(labels, &short) {
        let letters: Vec<Vec<char>> = group.iter().map(|&index| labels[index].chars().collect()).collect();
        let (before, after) = shared(&letters);
        for (&index, letters) in group.iter().zip(&letters) {
            short[index] = around(weight, letters, before, letters.len() - after, size, room);
        }
    }
    // The result may equal another label, or there is no room for the letters that differ.
    for group in alike(labels, &short) {
        for index in group {
            let number = format!("{}: ", index + 1);
            let left = room - weight.width(&number, size);
            short[index] = number + &middle(weight, labels[index], size, left);
        }
    }
    short
}

/// Groups of different labels that are alike after shortening.
fn alike(labels: &[&str], short: &[String]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, label) in short.iter().enumerate() {
        groups.entry(label).or_default().push(index);
    }
    groups.into_values().filter(|group| group.iter().any(|&index| labels[index] != labels[group[0]])).collect()
}

/// The number of letters that all texts share at the beginning, and at the end of what follows.
fn shared(texts: &[Vec<char>]) -> (usize, usize) {
    let (first, shortest) = (&texts[0], texts.iter().map(Vec::len).min().unwrap_or(0));
    let same = |at: &dyn Fn(&Vec<char>) -> char| texts.iter().all(|text| at(text) == at(first));
    let before = (0..shortest).take_while(|&index| same(&|text| text[index])).count();
    let after = (0..shortest - before).take_while(|&index| same(&|text| text[text.len() - 1 - index])).count();
    (before, after)
}

/// `text` with … instead of letters in the middle, as long as `room` allows.
pub(super) fn middle(weight: Weight, text: &str, size: f64, room: f64) -> String {
    if weight.width(text, size) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |kept: usize| {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        letters[..head].iter().chain(['…'].iter()).chain(&letters[letters.len() - tail..]).collect::<String>()
    };
    widest(letters.len(), |kept| Some(cut(kept)).filter(|cut| weight.width(cut, size) <= room)).unwrap_or_default()
}

/// The letters from `from` to `to` and as many around them as fit into `room`, with … where letters are left out.
fn around(weight: Weight, letters: &[char], from: usize, to: usize, size: f64, room: f64) -> String {
    let cut = |more: usize| {
        let (start, end) = (from.saturating_sub(more), (to + more).min(letters.len()));
        let mut text = String::new();
        text.extend((start > 0).then_some('…'));
        text.extend(&letters[start..end]);
        text.extend((end < letters.len()).then_some('…'));
        text
    };
    let fits = |more: usize| Some(cut(more)).filter(|cut| weight.width(cut, size) <= room);
    widest(letters.len() + 1, fits).unwrap_or_else(|| middle(weight, &cut(0), size, room))
}

/// The result of `made` for the largest number below `end` that gives one. `made` gives a result for all smaller
/// numbers.
fn widest(end: usize, made: impl Fn(usize) -> Option<String>) -> Option<String> {
    let (mut known, mut refused) = (None, end);
    let mut at = 0;
    while at < refused {
        if let Some(text) = made(at) {
            known = Some((at, text));
        } else {
            refused = at;
        }
        let next = known.as_ref().map_or(refused, |(good, _)| good + 1);
        at = next.max(usize::midpoint(next.saturating_sub(1), refused));
    }
    known.map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(labels: &[&str], room: f64) -> Vec<String> {
        let short = distinct(Weight::Regular, labels, 16.0, room);
        for label in &short {
            assert!(Weight::Regular.width(label, 16.0) <= room, "{label} is too wide");
        }
        for (index, label) in short.iter().enumerate() {
            assert!(!short[..index].contains(label), "{label} twice");
        }
        short
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(shortened(&["push", "pull"], 100.0), ["push", "pull"]);
    }

    #[test]
    fn labels_that_differ_at_their_end_keep_it() {
        let labels = ["jetstream-ack-wait-30s-backoff-1s-variant-0", "jetstream-ack-wait-30s-backoff-1s-variant-1"];
        let short = shortened(&labels, 200.0);
        assert!(short[0].starts_with("jetstream") && short[0].ends_with("variant-0"), "{short:?}");
    }

    #[test]
    fn labels_that_differ_in_their_middle_keep_that() {
        let names: Vec<String> =
            (0..50).map(|index| format!("a-rather-long-name-number-{index}-with-more-words-behind-it")).collect();
        let labels: Vec<&str> = names.iter().map(String::as_str).collect();
        let short = shortened(&labels, 200.0);
        assert!(short[37].contains("37-with") && short[37].starts_with('…') && short[37].ends_with('…'), "{short:?}");
    }

    #[test]
    fn labels_that_nothing_tells_apart_in_the_room_are_numbered() {
        let long = "x".repeat(100);
        let names = [format!("a{long}b{long}c"), format!("a{long}c{long}b"), format!("b{long}a{long}a")];
        let labels: Vec<&str> = names.iter().map(String::as_str).collect();
        shortened(&labels, 60.0);
    }
}
