//! The nearest valid name for a misspelt one.

/// The name in `names` nearest to `found`, if one is near enough to be meant.
///
/// Near enough: at most a third of the letters differ (adjacent letters swapped count once).
///
/// ```
/// use pushpull::file::nearest;
/// assert_eq!(nearest("los", ["delay", "loss"]), Some("loss"));
/// assert_eq!(nearest("zebra", ["delay", "loss"]), None);
/// ```
pub fn nearest<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let normal = |name: &str| name.to_lowercase().replace('-', "_");
    let wanted = normal(found);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted, &normal(name)), name))
        .filter(|(distance, name)| *distance <= name.len().max(wanted.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The names in `names` that are near enough to `found` to be meant, the nearest first, at most so many.
pub(crate) fn near<'a>(found: &str, names: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<String> {
    let mut left: Vec<&str> = names.into_iter().collect();
    let mut all = Vec::new();
    while all.len() < most
        && let Some(name) = nearest(found, left.iter().copied())
    {
        left.retain(|other| *other != name);
        all.push(name.to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_dashes_do_not_matter() {
        assert_eq!(nearest("Stall-After", ["stall_after", "horizon"]), Some("stall_after"));
    }

    #[test]
    fn the_first_of_equally_near_names_is_taken() {
        assert_eq!(nearest("ab", ["ac", "ad"]), Some("ac"));
    }
}
