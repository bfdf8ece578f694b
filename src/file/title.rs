//! Titles of keys on axes and in headlines: a few words for each key that can be swept.

use super::keys::{FILE, Key, KeyKind};
use super::section::{Struck, Word as _};

/// What a key is called, its first letter a capital; for a part of its value, the part behind a comma. None if there is
/// no such key.
///
/// ```
/// use pushpull::file::title;
/// assert_eq!(title("bus.loss").as_deref(), Some("Message loss on the bus"));
/// assert_eq!(title("strategies.jit.pull.timeout").as_deref(), Some("Wait for the reply to a fetch"));
/// assert_eq!(title("bus.delay.lognormal.p99").as_deref(), Some("Message delay on the bus, p99"));
/// assert_eq!(title("bus.los"), None);
/// ```
#[must_use]
pub fn title(path: &str) -> Option<String> {
    let found = find(path)?;
    let text = found.key.title?;
    let part = found.rest.last().copied().filter(|part| !FORMS.contains(part));
    Some(part.map_or_else(|| text.to_owned(), |part| format!("{text}, {}", part.replace('_', " "))))
}

/// The same where a fault has this target: its name in the place of `the fault`.
///
/// ```
/// use pushpull::file::title_of_fault;
/// assert_eq!(title_of_fault("faults.0.for", "api").as_deref(), Some("Length of the API outage"));
/// assert_eq!(title_of_fault("faults.0.at", "gateway").as_deref(), Some("When the gateway restart strikes"));
/// ```
#[must_use]
pub fn title_of_fault(path: &str, target: &str) -> Option<String> {
    let name = match Struck::meant(target)? {
        Struck::Api => "the API outage",
        Struck::Bus => "the bus fault",
        Struck::Http => "the HTTP outage",
        Struck::Path => "the path outage",
        Struck::Gateway => "the gateway restart",
    };
    Some(title(path)?.replace("the fault", name))
}

/// Whether the values of a key are probabilities.
///
/// ```
/// use pushpull::file::is_probability;
/// assert!(is_probability("bus.loss") && !is_probability("api.workers"));
/// ```
#[must_use]
pub fn is_probability(path: &str) -> bool {
    find(path).is_some_and(|found| found.rest.is_empty() && matches!(found.key.kind, KeyKind::Probability))
}

/// Parts that say which distribution holds, and not which number of it.
const FORMS: [&str; 5] = ["exponential", "poisson", "uniform", "empirical", "quantiles"];

/// What is known of the key that `path` names, or whose value it names a part of, and whether it names the whole value.
pub(crate) fn known(path: &str) -> Option<(&'static Key, bool)> {
    find(path).map(|found| (found.key, found.rest.is_empty()))
}

/// A key, and the part of its value.
struct FoundKey<'a> {
    key: &'static Key,
    rest: Vec<&'a str>,
}

/// The key that `path` names, or whose value it names a part of.
fn find(path: &str) -> Option<FoundKey<'_>> {
    let mut words = path.split('.');
    let mut keys: &'static [Key] = FILE;
    loop {
        let word = words.next()?;
        let key = keys.iter().find(|key| key.name == word)?;
        let mut ahead = words.clone();
        let named = matches!(key.kind, KeyKind::List(_) | KeyKind::Map(_));
        match (key.kind.below(), ahead.next()) {
            (Some(inner), Some(_)) => {
                if named {
                    words.next();
                    if ahead.next().is_none() {
                        return Some(FoundKey { key, rest: Vec::new() });
                    }
                }
                keys = inner;
            }
            _ => return Some(FoundKey { key, rest: words.collect() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each key and those below it, with a path of a file that leads there.
    fn all(keys: &'static [Key], before: &str, into: &mut Vec<(String, &'static Key)>) {
        for key in keys {
            let path = format!("{before}{}", key.name);
            let named = if matches!(key.kind, KeyKind::List(_) | KeyKind::Map(_)) { ".0." } else { "." };
            all(key.kind.below().unwrap_or_default(), &format!("{path}{named}"), into);
            into.push((path, key));
        }
    }

    #[test]
    fn a_title_is_short_and_is_found_by_the_path_of_its_key() {
        let mut keys = Vec::new();
        all(FILE, "", &mut keys);
        for (path, key) in &keys {
            assert_eq!(title(path).as_deref(), key.title, "{path}");
            let Some(text) = key.title else { continue };
            assert!(text.chars().count() <= 60 && text.starts_with(char::is_uppercase), "{path}: {text}");
        }
    }

    #[test]
    fn every_key_that_can_be_swept_has_a_title() {
        let swept = FILE.iter().filter(|key| key.title.is_some());
        for key in swept.flat_map(|key| key.kind.below().unwrap_or_default()) {
            assert!(key.title.is_some(), "{}", key.name);
        }
        let fixed: Vec<&str> = FILE.iter().filter(|key| key.title.is_none()).map(|key| key.name).collect();
        let names = "name description seed replications precision confidence baseline goal uncertain only rare output";
        assert_eq!(fixed.join(" "), names);
    }
}
