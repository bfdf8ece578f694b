//! The conclusion of a result folder, in a few sentences: what `run` prints at its end, and what the report begins with.
//!
//! Which strategies are best, by how much, at what price, and what fails. Strategies are judged by late attempts, which
//! count from the create on, and then by stalls: a strategy that moves the waiting into the create, or lets creates
//! fail, stalls less and is not better. The answer is a set: strategies that are not shown to be worse, or are worse by
//! so little that it does not matter (`NEAR` and `NEAR_SHARE` in `best.rs`), are named together, the one with fewer
//! mechanisms first. They are called best only where each is shown to be better than all others.
//!
//! Every sentence says what is shown and no more. Everything is read from the folder by [`Reader`]. A new subject is one
//! more [`Subject`] with its label, its turn to give way in `fit.rs`, and its sentence, called in `lines.rs`.

pub(crate) mod best;
pub(crate) mod facts;
mod fit;
pub(crate) mod goals;
mod holding;
mod lines;
pub(crate) mod month;
pub(crate) mod place;
pub(crate) mod rare;
mod risk;
pub(crate) mod sentence;
pub(crate) mod standing;
pub(crate) mod write;

use serde::Serialize;

use self::best::Best;
use self::facts::Facts;
pub use self::goals::Goals;
use self::sentence::Sentence;
use self::standing::{Standings, standings};
use crate::folder::error::Error;
use crate::folder::reader::Reader;

/// The most lines of a conclusion on a terminal of [`WIDTH_MIN`] columns or more, unless the answer itself is longer.
pub const LINES_MAX: usize = 10;

/// Columns from which [`LINES_MAX`] holds.
pub const WIDTH_MIN: usize = 80;

/// Runs up to which a conclusion is drawn: all of them are read.
const RUNS_MAX: u64 = 1_000_000;

/// Points × strategies up to which a conclusion is drawn.
const GROUPS_MAX: usize = 50_000;

/// The subject of a sentence, in the order of the sentences.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// Which strategies are best.
    Answer,
    /// Which strategies meet the goals.
    Goal,
    /// By how much.
    Gain,
    /// At what price.
    Cost,
    /// Creates that fail.
    Creates,
    /// Strategies that only seem good.
    Beware,
    /// Strategies that are worse than the baseline.
    Worse,
    /// How fresh records are.
    Fresh,
    /// Attempts that never connect.
    Never,
    /// Stalls too rare to be counted.
    Rare,
    /// A month, by how often each fault comes.
    Month,
    /// Limits of the numbers.
    Note,
}

impl Subject {
    /// All, in their order.
    const ALL: [Self; 12] = [
        Self::Answer,
        Self::Goal,
        Self::Gain,
        Self::Cost,
        Self::Creates,
        Self::Beware,
        Self::Worse,
        Self::Fresh,
        Self::Never,
        Self::Month,
        Self::Rare,
        Self::Note,
    ];

    /// The label before the sentence.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Goal => "goal",
            Self::Gain => "gain",
            Self::Cost => "cost",
            Self::Creates => "creates",
            Self::Beware => "beware",
            Self::Worse => "worse",
            Self::Fresh => "fresh",
            Self::Never => "never",
            Self::Rare => "rare",
            Self::Month => "month",
            Self::Note => "note",
        }
    }
}

/// A line of the conclusion.
#[derive(Clone, Serialize, Debug)]
pub(crate) struct ConclusionLine {
    /// The subject.
    #[serde(skip)]
    pub(crate) subject: Subject,
    /// The label of the subject.
    pub(crate) label: &'static str,
    /// The sentence.
    pub(crate) sentence: Sentence,
    /// The same without `there`, for where the sentence on the gain, which names that place, is left out. None: there is no
    /// `there` in such a sentence.
    #[serde(skip)]
    pub(crate) alone: Option<Sentence>,
}

impl ConclusionLine {
    pub(crate) fn new(subject: Subject, sentence: Sentence) -> Self {
        Self { subject, label: subject.label(), sentence, alone: None }
    }
}

/// The conclusion.
#[derive(Debug)]
pub struct Conclusion {
    pub(crate) lines: Vec<ConclusionLine>,
    /// Strategies that are among the best at most points.
    pub(crate) leaders: Vec<usize>,
    /// The point of the sentences on gain and price.
    pub(crate) telling: usize,
    /// Of each point: the strategies that are not shown to be worse; none where nothing could be tested.
    pub(crate) best: Vec<Vec<usize>>,
    /// Of each point: whether each of them is shown to be better than every other one.
    pub(crate) shown: Vec<bool>,
    /// The rates and verdicts of each point; none where there is too much to judge.
    pub(crate) standings: Vec<Standings>,
    /// Whether the strategies meet the goals.
    pub(crate) goals: Goals,
    /// The main risk.
    pub(crate) risk: Option<Sentence>,
}

impl Conclusion {
    /// The conclusion of a result folder.
    ///
    /// # Errors
    /// If a file of the folder cannot be read.
    pub fn of(reader: &Reader) -> Result<Self, Error> {
        // Files of that size are not even read.
        Self::of_too_much(reader).map_or_else(|| Self::drawn(&Facts::read_named(reader)?), Ok)
    }

    /// The point that it is about: where the first of the best strategies gains most over the baseline.
    #[must_use]
    pub const fn telling(&self) -> usize {
        self.telling
    }

    /// The conclusion of a folder with more runs, points and strategies than are judged; none for any other.
    fn of_too_much(reader: &Reader) -> Option<Self> {
        let points = reader.points().len();
        let is_too_much = reader.manifest().runs > RUNS_MAX || points * reader.strategies().len() > GROUPS_MAX;
        let text = "There is too much to judge in a few sentences: see compare.csv.";
        is_too_much.then(|| Self {
            lines: vec![ConclusionLine::new(Subject::Answer, Sentence::new(text))],
            leaders: Vec::new(),
            telling: 0,
            best: vec![Vec::new(); points],
            shown: vec![false; points],
            standings: Vec::new(),
            goals: Goals::none(reader),
            risk: None,
        })
    }

    /// The same from what has been read.
    ///
    /// # Errors
    /// If `runs.csv` cannot be read.
    pub(crate) fn drawn(facts: &Facts<'_>) -> Result<Self, Error> {
        if let Some(conclusion) = Self::of_too_much(facts.reader) {
            return Ok(conclusion);
        }
        let standings = standings(facts)?;
        let best = Best::of(facts, &standings);
        let (leader, telling) = lines::telling(facts, &standings, &best);
        let goals = Goals::of(facts);
        let (lines, telling) = lines::lines(facts, &standings, &best, &goals, (leader, telling));
        let risk = risk::risk(facts, &standings, &best, leader);
        let beat = |(point, set): (&Standings, &Vec<usize>)| !set.is_empty() && best::beat(facts, point, set);
        let shown = standings.iter().zip(&best.at).map(beat).collect();
        Ok(Self { lines, leaders: best.leaders, telling, best: best.at, shown, standings, goals, risk })
    }

    /// The conclusion as lines for a terminal of `width` columns, with `next` as the last line.
    ///
    /// From [`WIDTH_MIN`] columns on there are at most [`LINES_MAX`] lines. To fit, sentences that matter less are left to
    /// the report first. Then the longest sentences lose their last clauses and say so. The answer keeps its caveats: it
    /// loses only the remark on the order of its names, the narrower of two gaps, and rivals of the best. If the answer is
    /// still too long, there are more lines. The report has all sentences whole, and the last line names the labels of
    /// those that are cut.
    #[must_use]
    pub fn text(&self, width: usize, next: &str) -> String {
        fit::text(&self.lines, width, next)
    }
}
