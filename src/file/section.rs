//! The tables of an experiment file, each a type of its own that is read once.
//!
//! One row of the macro `section!` makes a key: its field, how it is read, its default, its place in the schema, in
//! `pushpull explain` and on an axis. A field holds what was read, or nothing where the value is wrong, which has been
//! reported. Beside its rows each section says what it means to the model.

use toml::Table;

use super::data::DataFiles;
use super::keys::{self, Key};
use super::read::Findings;
use super::steps::StepCount;
use super::tree::At;
use super::warnings::Warner;

/// What reading needs beside the file, and what it reports.
pub(crate) struct SectionReader<'a> {
    /// The complete experiment, in which `[uncertain]` finds its keys. No key that a sweep changes asks for it.
    pub(crate) whole: &'a Table,
    /// The data files that values name.
    pub(crate) data: &'a DataFiles,
    /// What is wrong.
    pub(crate) out: &'a mut Findings,
}

/// A table of the file.
pub(crate) trait Section: Default {
    /// Its keys, in the order of the file.
    const KEYS: &'static [Key];

    /// Reads a table in which every default is written out.
    fn read(at: &At<'_>, table: &Table, reader: &mut SectionReader<'_>) -> Self;

    /// Reads again what lies at `path`, a key of this table or of one below it.
    fn renew(&mut self, path: &str, at: &At<'_>, table: &Table, reader: &mut SectionReader<'_>);
}

/// The section of a mechanism: what the checks of an experiment ask of it.
pub(crate) trait MechanismSection {
    /// Warns of keys of the section at `path` that have no effect.
    fn warn(&self, path: &str, warner: &mut Warner<'_>);

    /// Counts what it does again and again, so that a run that would never end is refused.
    fn count_steps(&self, at: &At<'_>, steps: &mut StepCount<'_, '_>);

    /// Whether it sends anything over a channel. `is_swept`: a sweep decides which of its variants is used.
    fn uses(&self, channel: Channel, is_swept: bool) -> bool;

    /// Its keys that decide which of its variants is used.
    fn variant_keys(&self) -> &'static [&'static str];

    /// Whether it has gateways' installers remove records, where configs change so.
    fn removes(&self, changes: ConfigChanges) -> bool;
}

/// What carries configs and requests between the API and the gateways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Channel {
    Bus,
    Http,
}

/// How the configs of an experiment change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigChanges {
    /// By updates.
    pub(crate) update: bool,
    /// By revocations.
    pub(crate) revoke: bool,
}

/// The source of a default that nobody has published.
const NOBODY: &str = "nobody has published a figure; vary it before relying on it";

/// The source of `WireGuard`'s constants.
const WHITEPAPER: &str =
    "WireGuard's constants, the same in Linux (messages.h) and in wireguard-go (device/constants.go)";

/// The source of a watch's backoff.
const REFLECTOR: &str = "the reflector of Kubernetes' client-go (tools/cache/reflector.go)";

/// The source of delays between regions.
const REGIONS: &str = "round trips between cloud regions as published (80.6 ms from Virginia to Ireland), halved";

/// The name of a key: that of its field, unless Rust reserves the word.
macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

/// A key's default, or what holds without one.
macro_rules! default {
    ($accepted:ty) => {
        <$accepted as super::accept::Accept>::WITHOUT
    };
    ($accepted:ty, $default:tt) => {
        super::keys::Fallback::Value(stringify!($default))
    };
}

/// Where a default comes from.
macro_rules! basis {
    () => {
        (super::keys::Basis::Choice, "")
    };
    (assumed) => {
        (super::keys::Basis::Assumed, super::NOBODY)
    };
    (published $source:expr) => {
        (super::keys::Basis::Published, $source)
    };
}

/// The title of a key that can be swept.
macro_rules! title {
    () => {
        None
    };
    ($title:literal) => {
        Some($title)
    };
}

/// A table of the file as a type, one row for each key:
///
/// ```text
/// /// What the key means, in a sentence.
/// name: Accepted = default (published "where the default comes from"),
///     title: "What it is called on an axis; left out where a key cannot be swept",
///     effect: "What it does to each mechanism.",
///     example: "A line of a file";
/// ```
///
/// `Accepted` is one of the types in `accept.rs`. The default is TOML; a key without one must be given, unless it is
/// `Optional`. A default that is a setting of the experiment needs no source; others are `published` or `assumed`: nobody has
/// published a figure. A section that `means` a type of the model has the same fields; another says in a function `whole`
/// what it means.
macro_rules! section {
    ($(#[doc = $doc:literal])+ $section:ident means model::$model:ident { $(
        #[doc = $about:literal]
        $field:ident $(as $name:literal)?: $accepted:ty $(= $default:tt $(($basis:ident $($source:expr)?))?)?,
            $(title: $title:literal,)?
            effect: $effect:literal,
            example: $example:literal;
    )+ }) => {
        section! { $(#[doc = $doc])+ $section { $(
            #[doc = $about]
            $field $(as $name)?: $accepted $(= $default $(($basis $($source)?))?)?,
                $(title: $title,)?
                effect: $effect,
                example: $example;
        )+ } }

        impl $section {
            /// What it means to the model; none where a key is wrong.
            pub(crate) fn whole(&self) -> Option<crate::model::$model> {
                Some(crate::model::$model { $($field: Clone::clone(&self.$field)?.into(),)+ })
            }
        }
    };
    ($(#[doc = $doc:literal])+ $section:ident { $(
        #[doc = $about:literal]
        $field:ident $(as $name:literal)?: $accepted:ty $(= $default:tt $(($basis:ident $($source:expr)?))?)?,
            $(title: $title:literal,)?
            effect: $effect:literal,
            example: $example:literal;
    )+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Default, Debug)]
        pub(crate) struct $section {
            $(pub(crate) $field: <$accepted as super::accept::Accept>::Read,)+
        }

        impl super::Section for $section {
            const KEYS: &'static [super::keys::Key] = &[$(super::keys::Key {
                name: name!($field $($name)?),
                kind: <$accepted as super::accept::Accept>::KIND,
                default: default!($accepted $(, $default)?),
                basis: basis!($($($basis $($source)?)?)?).0,
                source: basis!($($($basis $($source)?)?)?).1,
                about: $about.trim_ascii_start(),
                title: title!($($title)?),
                effect: $effect,
                example: $example,
            }),+];

            fn read(at: &super::At<'_>, table: &super::Table, reader: &mut super::SectionReader<'_>) -> Self {
                Self { $($field: reader.key::<$accepted>(
                    at,
                    table,
                    name!($field $($name)?),
                    &default!($accepted $(, $default)?),
                ),)+ }
            }

            fn renew(&mut self, path: &str, at: &super::At<'_>, table: &super::Table, reader: &mut super::SectionReader<'_>) {
                let (name, rest) = super::accept::step(path);
                let Some(value) = table.get(name) else { return };
                let at = at.key(name);
                match name {
                    $(name!($field $($name)?) => <$accepted as super::accept::Accept>::renew(&mut self.$field, rest, &at, value, reader),)+
                    _ => {}
                }
            }
        }
    };
}

/// What the words of a key mean, one row for each word. A word without a meaning, and a meaning without a word, do not
/// compile. `Word` has to be in scope.
macro_rules! words {
    ($meaning:ty { $($one:path = $word:literal),+ $(,)? }) => {
        impl Word for $meaning {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn meant(word: &str) -> Option<Self> {
                match word {
                    $($word => Some($one),)+
                    _ => None,
                }
            }

            fn word(self) -> &'static str {
                match self {
                    $($one => $word,)+
                }
            }
        }
    };
}

pub(crate) use words;

mod accept;
mod api;
mod bus;
mod clients;
mod evict;
mod experiment;
mod expire;
mod faults;
mod gateways;
mod http;
mod output;
mod path;
mod precision;
mod pull;
mod push;
mod rare;
mod reconcile;
mod replica;
mod strategy;
pub(crate) mod uncertain;
mod watch;

pub(crate) use accept::{Backoff, Word};
pub(crate) use experiment::Experiment;
pub(crate) use faults::{ALL_FAULTS, FaultSection, MONTH, NO_FAULT, Struck};
pub(crate) use pull::{FetchOrigin, PullSection};
pub(crate) use push::{PushSection, Transport};
pub(crate) use strategy::StrategySection;

/// What a part that may be left out means; none where a key of it is wrong.
#[expect(clippy::option_option, reason = "wrong, left out, or there")]
fn whole<S, M>(section: Option<&S>, meaning: impl FnOnce(&S) -> Option<M>) -> Option<Option<M>> {
    match section {
        Some(section) => meaning(section).map(Some),
        None => Some(None),
    }
}
