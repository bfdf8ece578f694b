//! What keys accept, as types: each says what it accepts, and reads it.

use std::fmt::Debug;
use std::sync::Arc;

use toml::{Table, Value};

use super::super::goal::{self, Goal};
use super::super::keys::{Fallback, KeyKind};
use super::super::read::{self, OrNever, is_never};
use super::super::tree::{At, is_bare};
use super::super::validate::{ENTRIES_MAX, NAME_MAX, accepted};
use super::uncertain::Uncertain;
use super::{Section, SectionReader};
use crate::model;
use des::Duration;
use text::abridged;

/// What a key accepts.
pub(crate) trait Accept {
    /// What the table of keys says of it.
    const KIND: KeyKind;

    /// What holds for a key of this kind that has no default.
    const WITHOUT: Fallback = Fallback::Required;

    /// What a value is read into. The default stands where there is no value, or a wrong one.
    type Read: Default + Clone + Debug;

    /// Reads a value; what is wrong is reported.
    fn read(at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) -> Self::Read;

    /// Reads again what lies at a path below the value; none: the value as a whole. A part of a value that has no keys of
    /// its own is read with the value.
    fn renew(read: &mut Self::Read, _path: Option<&str>, at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) {
        *read = Self::read(at, value, reader);
    }
}

impl SectionReader<'_> {
    /// Reads a key of a table; one that must be given and is not is reported.
    pub(crate) fn key<A: Accept>(&mut self, at: &At<'_>, table: &Table, name: &str, default: &Fallback) -> A::Read {
        let at = at.key(name);
        match (table.get(name), default) {
            (Some(value), _) => return A::read(&at, value, self),
            (None, Fallback::Required) => self.out.text(&at, format!("missing, accepted: {}", accepted(&A::KIND))),
            // a table that is complete has all its defaults, apart from one that another key stands for
            (None, Fallback::Absent | Fallback::Value(_)) => {}
        }
        A::Read::default()
    }
}

/// The first name of a path, and the rest.
pub(crate) fn step(path: &str) -> (&str, Option<&str>) {
    path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)))
}

/// Keys whose values have no keys of their own: what each accepts, what that is read into, and how.
macro_rules! values {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $(<$(const $bound:ident: $of:ty),+>)?: $kind:expr => $read:ty,
        |$at:ident, $value:ident, $reader:ident| $body:expr;
    )+) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name $(<$(const $bound: $of),+>)? {}

        impl $(<$(const $bound: $of),+>)? Accept for $name $(<$($bound),+>)? {
            const KIND: KeyKind = $kind;

            type Read = Option<$read>;

            fn read($at: &At<'_>, $value: &Value, $reader: &mut SectionReader<'_>) -> Self::Read {
                $body
            }
        }
    )+};
}

values! {
    /// A name that can also be a folder's.
    FolderName: KeyKind::Name => String,
    |at, value, reader| {
        let name = value.as_str();
        match name {
            Some(name) => check_name(at, name, false, reader),
            None => reader.out.value(at, value, accepted(&Self::KIND)),
        }
        name.map(str::to_owned)
    };

    /// Any text.
    AnyText: KeyKind::Text => String,
    |at, value, reader| {
        if !value.is_str() {
            reader.out.value(at, value, accepted(&Self::KIND));
        }
        value.as_str().map(str::to_owned)
    };

    /// Limits on measures.
    GoalsKey: KeyKind::Goals => Vec<Goal>,
    |at, value, reader| goal::read(at, value, reader.out);

    /// Keys and what their values may be.
    UncertainKeys: KeyKind::Uncertain => Uncertain,
    |at, value, reader| Uncertain::read(at, value, reader.whole, reader.out);

    /// Names of strategies.
    StrategyNames: KeyKind::Names => Arc<[String]>,
    |at, value, reader| read::names(at, value, reader.out);

    /// A whole number in this closed range, below 2^32.
    CountOf<const LEAST: u32, const MOST: u32>: KeyKind::Integer(LEAST as u64, MOST as u64) => u32,
    |at, value, reader| {
        let count = read::integer(at, value, LEAST.into(), MOST.into(), reader.out);
        count.and_then(|count| u32::try_from(count).ok())
    };

    /// A whole number of at least this.
    WholeNumber<const LEAST: u64>: KeyKind::Integer(LEAST, i64::MAX as u64) => u64,
    |at, value, reader| read::integer(at, value, LEAST, i64::MAX as u64, reader.out);

    /// A number in [0, 1].
    Probability: KeyKind::Probability => f64,
    |at, value, reader| read::probability(at, value, reader.out);

    /// A number in (0, 1).
    ConfidenceLevel: KeyKind::Level => f64,
    |at, value, reader| read::level(at, value, reader.out);

    /// A number above zero.
    Positive: KeyKind::Real { least: 0.0, above: true } => f64,
    |at, value, reader| read::real(at, value, 0.0, true, reader.out);

    /// `true` or `false`.
    Flag: KeyKind::Flag => bool,
    |at, value, reader| read::flag(at, value, reader.out);

    /// The name of a measure.
    MeasureName: KeyKind::Measure => String,
    |at, value, reader| read::measure(at, value, reader.out);

    /// A duration, possibly zero.
    SpanOf<const ZERO: bool>: KeyKind::Span { never: false } => Duration,
    |at, value, reader| read::span(at, value, ZERO, false, reader.out)?.0;

    /// A duration above zero, or `"never"`.
    SpanOrNever: KeyKind::Span { never: true } => OrNever<Duration>,
    |at, value, reader| read::span(at, value, false, true, reader.out);

    /// A distribution of a duration, possibly one that is always zero.
    DistributionOf<const ZERO: bool>: KeyKind::Distribution { never: false } => des::Distribution,
    |at, value, reader| read::distribution(at, value, ZERO, false, reader.data, reader.out)?.0;

    /// A distribution of a duration, or `"never"`.
    DistributionOrNeverOf<const ZERO: bool>: KeyKind::Distribution { never: true } => OrNever<des::Distribution>,
    |at, value, reader| read::distribution(at, value, ZERO, true, reader.data, reader.out);

    /// The timer of initiations.
    InitiationTimer: KeyKind::Timer => read::Timer,
    |at, value, reader| read::timer(at, value, reader.data, reader.out);

    /// A rate, possibly zero; per second.
    RateOf<const ZERO: bool>: KeyKind::Rate => f64,
    |at, value, reader| read::rate(at, value, ZERO, reader.out);

    /// The base of a backoff, or the waits of `JetStream`.
    BaseOrWaits: KeyKind::Backoff => Backoff,
    |at, value, reader| read::backoff(at, value, reader.out);

    /// `"all"`, a fraction, or a list of gateways.
    ScopeKey: KeyKind::Scope => model::GatewayScope,
    |at, value, reader| read::scope(at, value, reader.out);

    /// A process of arrivals.
    ArrivalsKey: KeyKind::Arrivals => model::Arrivals,
    |at, value, reader| read::arrivals(at, value, reader.data, reader.out);
}

/// A count of at least one.
pub(crate) type Count = CountOf<1, 1_000_000_000>;
/// A count that may be zero.
pub(crate) type CountOrZero = CountOf<0, 1_000_000_000>;
/// How often something is tried.
pub(crate) type TryCount = CountOf<1, 250>;
/// A duration above zero.
pub(crate) type PositiveSpan = SpanOf<false>;
/// A duration, zero included.
pub(crate) type SpanOrZero = SpanOf<true>;
/// A distribution above zero.
pub(crate) type PositiveDistribution = DistributionOf<false>;
/// A distribution, zero included.
pub(crate) type DistributionOrZero = DistributionOf<true>;
/// A distribution above zero, or `"never"`.
pub(crate) type DistributionOrNever = DistributionOrNeverOf<false>;
/// A distribution, zero included, or `"never"`.
pub(crate) type DistributionOrZeroOrNever = DistributionOrNeverOf<true>;
/// A rate above zero.
pub(crate) type PositiveRate = RateOf<false>;
/// A rate, zero included.
pub(crate) type RateOrZero = RateOf<true>;

/// The backoff of a push.
#[derive(Clone, Debug)]
pub(crate) enum Backoff {
    /// The base of a backoff that doubles.
    Base(Duration),
    /// The waits of `JetStream`, one after the other; never empty.
    Waits(Vec<Duration>),
}

/// A meaning for which a file has a word.
pub(crate) trait Word: Copy + Debug + 'static {
    /// The words, in the order in which messages name them.
    const WORDS: &'static [&'static str];

    /// What a word means.
    fn meant(word: &str) -> Option<Self>;

    /// The word that means this.
    fn word(self) -> &'static str;
}

/// One of a few words.
pub(crate) struct Choice<W>(std::marker::PhantomData<W>);

impl<W: Word> Accept for Choice<W> {
    const KIND: KeyKind = KeyKind::Choice(W::WORDS);

    type Read = Option<W>;

    fn read(at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) -> Self::Read {
        W::meant(read::word(at, value, W::WORDS, reader.out)?)
    }
}

/// A key that may be left out: then there is none.
pub(crate) struct Optional<A>(std::marker::PhantomData<A>);

impl<A: Accept> Accept for Optional<A> {
    const KIND: KeyKind = A::KIND;

    const WITHOUT: Fallback = Fallback::Absent;

    type Read = Option<A::Read>;

    fn read(at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) -> Self::Read {
        Some(A::read(at, value, reader))
    }

    fn renew(read: &mut Self::Read, path: Option<&str>, at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) {
        match read {
            Some(read) => A::renew(read, path, at, value, reader),
            None => *read = Self::read(at, value, reader),
        }
    }
}

/// A table with the keys of a section.
pub(crate) struct TableOf<S>(std::marker::PhantomData<S>);

impl<S: Section + Clone + Debug> Accept for TableOf<S> {
    const KIND: KeyKind = KeyKind::Table(S::KEYS);

    type Read = S;

    fn read(at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) -> Self::Read {
        if let Value::Table(table) = value {
            return S::read(at, table, reader);
        }
        reader.out.value(at, value, accepted(&Self::KIND));
        S::default()
    }

    fn renew(read: &mut Self::Read, path: Option<&str>, at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) {
        match path {
            Some(path) => value.as_table().into_iter().for_each(|table| read.renew(path, at, table, reader)),
            None => *read = Self::read(at, value, reader),
        }
    }
}

/// `"never"`, or a table with the keys of a section.
pub(crate) struct NeverOr<S>(std::marker::PhantomData<S>);

impl<S: Section + Clone + Debug> Accept for NeverOr<S> {
    const KIND: KeyKind = KeyKind::NeverOr(S::KEYS);

    type Read = Option<OrNever<S>>;

    fn read(at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) -> Self::Read {
        match value {
            Value::Table(table) => Some(OrNever(Some(S::read(at, table, reader)))),
            value if is_never(value) => Some(OrNever(None)),
            value => {
                reader.out.value(at, value, accepted(&Self::KIND));
                None
            }
        }
    }

    fn renew(read: &mut Self::Read, path: Option<&str>, at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) {
        let Some(path) = path else {
            *read = Self::read(at, value, reader);
            return;
        };
        if let (Some(OrNever(Some(section))), Value::Table(table)) = (read, value) {
            section.renew(path, at, table, reader);
        }
    }
}

/// A list of tables with the keys of a section.
pub(crate) struct ListOf<S>(std::marker::PhantomData<S>);

impl<S: Section + Clone + Debug> Accept for ListOf<S> {
    const KIND: KeyKind = KeyKind::List(S::KEYS);

    type Read = Option<Vec<S>>;

    fn read(at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) -> Self::Read {
        const EXAMPLE: &str = "{ target = \"api\", at = \"10m\", for = \"30s\" }";
        let Some(entries) = value.as_array().filter(|entries| entries.len() <= ENTRIES_MAX) else {
            reader.out.value(at, value, accepted(&Self::KIND));
            return None;
        };
        let one = |(index, entry)| entry_of(&at.index(index), entry, EXAMPLE, reader);
        Some(entries.iter().enumerate().map(one).collect())
    }

    fn renew(read: &mut Self::Read, path: Option<&str>, at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) {
        let Some((index, Some(path))) = path.map(step) else {
            *read = Self::read(at, value, reader);
            return;
        };
        if let (Some(entries), Ok(index)) = (read, index.parse::<usize>())
            && let (Some(section), Some(Value::Table(table))) = (entries.get_mut(index), value.get(index))
        {
            section.renew(path, &at.index(index), table, reader);
        }
    }
}

/// Tables with the keys of a section, each under a name of its own.
pub(crate) struct MapOf<S>(std::marker::PhantomData<S>);

impl<S: Section + Clone + Debug> Accept for MapOf<S> {
    const KIND: KeyKind = KeyKind::Map(S::KEYS);

    /// In the order of the file.
    type Read = Vec<(String, S)>;

    fn read(at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) -> Self::Read {
        const EXAMPLE: &str = "mechanisms such as { push = {} }";
        let Some(table) = value.as_table() else {
            reader.out.value(at, value, accepted(&Self::KIND));
            return Vec::new();
        };
        if table.is_empty() || table.len() > ENTRIES_MAX {
            reader.out.text(at, format!("found {} strategies, accepted: 1 to {ENTRIES_MAX}", table.len()));
        }
        let one = |(name, entry): (&String, &Value)| {
            let below = at.key(name);
            check_name(&below, name, true, reader);
            (name.clone(), entry_of(&below, entry, EXAMPLE, reader))
        };
        table.iter().map(one).collect()
    }

    fn renew(read: &mut Self::Read, path: Option<&str>, at: &At<'_>, value: &Value, reader: &mut SectionReader<'_>) {
        let Some((name, Some(path))) = path.map(step) else {
            *read = Self::read(at, value, reader);
            return;
        };
        // a strategy that was left out is not looked at
        let section = read.iter_mut().find(|(other, _)| other == name);
        if let (Some((_, section)), Some(Value::Table(table))) = (section, value.get(name)) {
            section.renew(path, &at.key(name), table, reader);
        }
    }
}

/// One of several tables with the same keys.
fn entry_of<S: Section>(at: &At<'_>, entry: &Value, example: &str, reader: &mut SectionReader<'_>) -> S {
    if let Value::Table(table) = entry {
        return S::read(at, table, reader);
    }
    reader.out.value(at, entry, format_args!("a table of {example}"));
    S::default()
}

/// A name that is also a folder's, a column's or a part of a path.
fn check_name(at: &At<'_>, name: &str, on_key: bool, reader: &mut SectionReader<'_>) {
    if is_bare(name) && !name.starts_with('-') && name.len() <= NAME_MAX {
        return;
    }
    let accepted = format!("letters, digits, - and _, not starting with -, at most {NAME_MAX} of them");
    let text = format!("found {:?}, accepted: a name of {accepted}", abridged(name, NAME_MAX));
    if on_key { reader.out.key(at, text) } else { reader.out.text(at, text) }
}
