//! The page of an experiment: one HTML file that holds the experiment, the program as a WebAssembly module, and a script.

use std::fmt;

use serde_json::{Value, json};

use super::knob::{KnobReason, knobs};
use super::run::{fits, within};
use super::view;
use crate::file::tree::render;
use crate::file::{DataFile, InputError};
use crate::plan::{Overrides, Plan, Replications};
use draw::Theme;
use text::{in_html, in_json};

/// The module, compressed; none in a program that was built without the feature `explorer`.
#[cfg(all(feature = "explorer", not(target_family = "wasm")))]
pub const MODULE: Option<&[u8]> = Some(include_bytes!("../../crates/explorer/explorer.wasm.gz"));
/// The module, compressed; none in a program that was built without the feature `explorer`.
#[cfg(not(all(feature = "explorer", not(target_family = "wasm"))))]
pub const MODULE: Option<&[u8]> = None;

/// The most bytes of data files in a page.
const DATA_BYTES_MAX: usize = 2_000_000;

/// The most replications that a page begins with, unless the command line asks for more.
const REPLICATIONS_FIRST: u32 = 20;

/// The most replications of a page; its field accepts as many.
const REPLICATIONS_MAX: u32 = 1000;

/// Digits of a digest in a name.
const ID_DIGITS: usize = 8;

/// What a page is made of, apart from the module.
#[derive(Debug)]
pub struct PageContents {
    name: String,
    description: String,
    json: Value,
}

/// Why an experiment does not fit into a page.
#[derive(Debug)]
pub enum UnfitForPage {
    /// A part of it is wrong.
    Input(InputError),
    /// It is too large, and what to do.
    Large(String),
}

impl From<InputError> for UnfitForPage {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl fmt::Display for UnfitForPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Large(text) => f.write_str(text),
        }
    }
}

/// What a page of `plan` is made of. `file` is the name of the experiment file, `text` its contents, and `overrides` what
/// the command line changes in it. A run of the page may have `budget` events.
///
/// # Errors
/// If the data files or the runs are too large for a page.
pub fn contents(
    plan: &Plan,
    file: &str,
    text: &str,
    overrides: &Overrides,
    budget: u64,
) -> Result<PageContents, UnfitForPage> {
    let bytes: usize = plan.data.iter().map(|file| file.text.len()).sum();
    if bytes > DATA_BYTES_MAX {
        let largest = plan.data.iter().max_by_key(|file| file.text.len()).map_or("", |file| file.name.as_str());
        return Err(UnfitForPage::Large(format!(
            "the data files have {bytes} bytes, accepted for a page: at most {DATA_BYTES_MAX}; shorten {largest}"
        )));
    }
    // In the middle of a sweep, where there is something to see.
    let point = plan.points.len() / 2;
    let knobs = knobs(plan, point);
    let replications = match plan.replications {
        Replications::Fixed(count) | Replications::Precision { at_most: count, .. } => count,
    };
    if let Some(asked) = overrides.replications.filter(|asked| *asked > REPLICATIONS_MAX) {
        return Err(UnfitForPage::Large(format!(
            "--replications {asked}: accepted for a page: at most {REPLICATIONS_MAX}"
        )));
    }
    let replications = match overrides.replications {
        Some(asked) => asked,
        None => replications.min(REPLICATIONS_FIRST),
    };
    let swept = knobs.iter().filter(|knob| knob.reason == KnobReason::Swept);
    let mut start = Overrides { vary: Vec::new(), replications: Some(replications), ..overrides.clone() };
    start.set.extend(swept.map(|knob| format!("{}={}", knob.path, knob.value)));
    affordable(&Plan::from_text(file, text, &plan.data, &start)?, budget)?;
    // The page has a file of its own: the one that was read may lie elsewhere or change. Other texts have other names, so
    // a file that was saved before stays what it is.
    let saved = format!("{}-{}.toml", plan.name, &digest(text, &plan.data)[..ID_DIGITS]);
    // Addresses name the experiment that they change, as the command line changed it.
    let id = format!("{}-{}", plan.name, &plan.digest[..ID_DIGITS]);
    let json = json!({
        "version": env!("CARGO_PKG_VERSION"), "id": id, "file": saved, "text": text, "data": plan.data,
        "base": {
            "set": overrides.set, "vary": overrides.vary, "strategies": overrides.strategies,
            "seed": overrides.seed.map(|seed| seed.to_string()), "rare": overrides.rare,
        },
        "strategies": plan.strategies, "baseline": plan.strategies[plan.baseline], "seed": plan.seed.to_string(),
        "replications": replications, "budget": budget, "knobs": knobs, "columns": view::columns(),
    });
    Ok(PageContents { name: plan.name.clone(), description: plan.description.clone(), json })
}

/// BLAKE3 of the text of an experiment file and of its data files, 64 hex digits.
fn digest(text: &str, data: &[DataFile]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(text.as_bytes());
    for file in data {
        // A zero byte is in no text, so that the parts stay apart.
        hasher.update(format!("\0{}\0{}", file.name, file.digest).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Refuses a plan with a run of more memory or more events than a page affords.
fn affordable(plan: &Plan, budget: u64) -> Result<(), UnfitForPage> {
    fits(plan).map_err(UnfitForPage::Large)?;
    for (strategy, name) in plan.strategies.iter().enumerate() {
        if within(plan, (0, strategy), 0, budget).is_none() {
            return Err(UnfitForPage::Large(format!(
                "a run of {name} has more than {budget} events, the most that a page accepts; allow more with \
                 --budget, or shorten the runs with --set horizon, which is {}",
                plan.resolved.get("horizon").map_or_else(String::new, render)
            )));
        }
    }
    Ok(())
}

/// The page, with a module as [`MODULE`] has it.
#[must_use]
pub fn page(contents: &PageContents, module: &[u8]) -> String {
    // In a script element only `<` could end or open anything. Hidden characters are escaped as JSON has them, so that the
    // script reads the experiment as it was written.
    let json = contents.json.to_string().replace('<', "\\u003c");
    let data = in_json(&json);
    let mut out = String::with_capacity(module.len() * 2);
    for (index, part) in include_str!("page.html").split('§').enumerate() {
        // Texts and the names of their places take turns.
        if index % 2 == 0 {
            out.push_str(part);
            continue;
        }
        match part {
            "version" => out.push_str(env!("CARGO_PKG_VERSION")),
            "name" => escape(&mut out, &contents.name),
            "description" => escape(&mut out, &contents.description),
            "light" => out.push_str(&draw::style(Theme::Light)),
            "dark" => out.push_str(&draw::style(Theme::Dark)),
            "style" => out.push_str(include_str!("page.css")),
            "data" => out.push_str(&data),
            "module" => base64(&mut out, module),
            "worker" => out.push_str(include_str!("worker.js")),
            "script" => out.push_str(include_str!("page.js")),
            other => unreachable!("the template has no place {other}"),
        }
    }
    in_html(&out).into_owned()
}

fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
}

/// Bytes as letters, six bits each.
fn base64(out: &mut String, bytes: &[u8]) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            let letter = LETTERS[((bits >> (18 - 6 * place)) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"small\"\ndescription = \"a </script> & b\"\nseed = 1\nhorizon = \"20s\"\nwarmup = \"0s\"\n\
                        [strategies.a]\npush = {}\n[[sweep]]\n\"bus.loss\" = [0.0, 0.1]\n";

    fn plan() -> Plan {
        Plan::from_text("small.toml", TEXT, &[], &Overrides::default()).expect("a valid experiment")
    }

    #[test]
    fn nothing_of_an_experiment_ends_the_script_that_holds_it() {
        let contents = contents(&plan(), "small.toml", TEXT, &Overrides::default(), 1_000_000).expect("it is small");
        let page = page(&contents, b"module");
        assert_eq!(page.matches("</script>").count(), page.matches("<script").count());
        assert!(page.contains("a &lt;/script> &amp; b") && page.contains("bW9kdWxl"));
        assert!(!page.contains("http://") || page.contains("http://www.w3.org"), "it asks nothing of any server");
    }

    #[test]
    fn hidden_characters_of_an_experiment_come_back_from_its_page() {
        let text = format!("{TEXT}# a\u{fe0f} \u{ad} \u{200b} \u{1f468}\u{200d}\u{1f469} \u{feff} \u{e0001}\n");
        let contents = contents(&plan(), "small.toml", &text, &Overrides::default(), 1_000_000).expect("it is small");
        let page = page(&contents, b"module");
        let (_, rest) = page.split_once("id=\"data\">").expect("the data");
        let held: Value = serde_json::from_str(rest.split_once("</script>").expect("an end").0).expect("JSON");
        assert_eq!(held["text"], text);
        assert!(page.chars().all(|c| text::is_shown(c) || c == '\n'), "nothing of the page is hidden");
    }

    #[test]
    fn a_run_above_the_budget_is_refused_with_what_to_do() {
        let refused = contents(&plan(), "small.toml", TEXT, &Overrides::default(), 10).expect_err("too many events");
        assert!(
            refused.to_string().contains("the most that a page accepts") && refused.to_string().contains("20s"),
            "{refused}"
        );
    }

    #[test]
    fn bytes_are_written_as_everybody_reads_them() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            let mut out = String::new();
            base64(&mut out, bytes.as_bytes());
            assert_eq!(out, text);
        }
    }
}
