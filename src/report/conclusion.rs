//! The conclusion of a result folder, in a few sentences: what `run` prints at its end, and what the report begins with.
//!
//! Which strategies are best, by how much, at what price, and what fails. Strategies are judged by late attempts, which
//! count from the create on, and then by stalls: a strategy that moves the waiting into the create, or lets creates
//! fail, stalls less and is not better. The best are a set: strategies that are not shown to be worse, or are worse by
//! so little that it does not matter (`NEAR` and `NEAR_SHARE` in `best.rs`), are named together, the one with fewer
//! mechanisms first.
//!
//! Every sentence says what is shown and no more. Everything is read from the folder by [`Reader`]. A new subject is one
//! more [`Subject`] and its sentence in `lines.rs`.

mod best;
pub(crate) mod facts;
pub(crate) mod goals;
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
use text::beside;

/// The most lines of a terminal that it takes, at [`WIDTH_MIN`] columns or more.
pub const LINES_MAX: usize = 10;

/// Columns from which [`LINES_MAX`] holds.
pub const WIDTH_MIN: usize = 80;

/// Columns before the sentences.
const MARGIN: usize = 9;

/// Runs up to which a conclusion is drawn: all of them are read.
const RUNS_MAX: u64 = 1_000_000;

/// Points × strategies up to which it is drawn.
const GROUPS_MAX: usize = 50_000;

/// What a sentence is about, in the order in which they are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    /// What the numbers cannot bear.
    Note,
}

impl Subject {
    /// What stands before the sentence.
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

    /// Which sentence goes first where there is no room for all: the largest. None: it stays.
    const fn gives_way(self) -> Option<u8> {
        match self {
            Self::Answer | Self::Goal | Self::Gain | Self::Creates | Self::Rare | Self::Month | Self::Note => None,
            Self::Cost => Some(0),
            Self::Beware => Some(1),
            Self::Fresh => Some(2),
            Self::Never => Some(3),
            Self::Worse => Some(4),
        }
    }
}

/// A line of the conclusion.
#[derive(Clone, Serialize, Debug)]
pub(crate) struct ConclusionLine {
    /// What it is about.
    #[serde(skip)]
    pub(crate) subject: Subject,
    /// The label of that.
    pub(crate) label: &'static str,
    /// What it says.
    pub(crate) sentence: Sentence,
}

/// The conclusion.
#[derive(Debug)]
pub struct Conclusion {
    pub(crate) lines: Vec<ConclusionLine>,
    /// Strategies that are among the best at most points.
    pub(crate) leaders: Vec<usize>,
    /// The point at which the first of them gains most over the baseline.
    pub(crate) telling: usize,
    /// Of each point: the strategies that are among the best; none where nothing could be tested.
    pub(crate) best: Vec<Vec<usize>>,
    /// How each point stands; none where there is too much to judge.
    pub(crate) standings: Vec<Standings>,
    /// How the strategies stand to the goals.
    pub(crate) goals: Goals,
    /// What would turn the answer.
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

    /// The conclusion of a folder with more runs, points and strategies than are judged; none for any other.
    fn of_too_much(reader: &Reader) -> Option<Self> {
        let points = reader.points().len();
        let is_too_much = reader.manifest().runs > RUNS_MAX || points * reader.strategies().len() > GROUPS_MAX;
        let text = "There is too much to judge in a few sentences: see compare.csv.";
        let line =
            ConclusionLine { subject: Subject::Answer, label: Subject::Answer.label(), sentence: Sentence::new(text) };
        is_too_much.then(|| Self {
            lines: vec![line],
            leaders: Vec::new(),
            telling: 0,
            best: vec![Vec::new(); points],
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
        let telling = lines::telling(facts, &standings, &best);
        let goals = Goals::of(facts);
        let lines = lines::lines(facts, &standings, &best, &goals, telling);
        let risk = risk::risk(facts, &standings, &best);
        Ok(Self { lines, leaders: best.leaders, telling, best: best.at, standings, goals, risk })
    }

    /// The conclusion as lines for a terminal of so many columns, `next` as the last of them.
    ///
    /// From [`WIDTH_MIN`] columns on there are at most [`LINES_MAX`]: where it would be more, sentences that matter
    /// less are left to the report, and then the longest ones are cut. The report has all of them whole.
    #[must_use]
    pub fn text(&self, width: usize, next: &str) -> String {
        let sentences = self.lines.iter().map(|line| (line.subject.gives_way(), line.label, line.sentence.to_string()));
        let sentences = sentences.chain([(None, "next", next.to_owned())]);
        fitted(sentences.map(|(way, label, text)| (way, beside(label, &text, width, MARGIN))).collect(), width)
    }
}

/// Paragraphs, each with its turn to give way, in at most [`LINES_MAX`] lines where there are [`WIDTH_MIN`] columns.
fn fitted(mut paragraphs: Vec<(Option<u8>, String)>, width: usize) -> String {
    let height = |text: &str| text.lines().count();
    let excess = |paragraphs: &[(Option<u8>, String)]| {
        paragraphs.iter().map(|(_, text)| height(text)).sum::<usize>().saturating_sub(LINES_MAX)
    };
    while width >= WIDTH_MIN && excess(&paragraphs) > 0 {
        let weakest = paragraphs.iter().enumerate().filter_map(|(index, (way, _))| Some(((*way)?, index))).max();
        if let Some((_, index)) = weakest {
            paragraphs.remove(index);
            continue;
        }
        // No more than nine paragraphs stay whatever happens, so one of them has a line to spare.
        let tallest = paragraphs.iter_mut().rev().max_by_key(|(_, text)| height(text)).expect("the last line stays");
        let kept: Vec<&str> = tallest.1.lines().take(height(&tallest.1) - 1).collect();
        tallest.1 = format!("{} …\n", kept.join("\n").trim_end_matches([' ', '…']));
    }
    paragraphs.into_iter().map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_give_way_in_their_order_and_then_the_longest_is_cut() {
        let paragraph = |way, label: &str, lines: usize| (way, format!("{label}\n").repeat(lines));
        let told = |paragraphs: &[(Option<u8>, String)]| fitted(paragraphs.to_vec(), WIDTH_MIN);
        let few = [paragraph(None, "a", 6), paragraph(Some(0), "b", 4)];
        assert_eq!(told(&few).lines().count(), LINES_MAX, "what fits stays");
        let many =
            [paragraph(None, "a", 4), paragraph(Some(0), "b", 3), paragraph(Some(3), "c", 3), paragraph(None, "d", 1)];
        assert_eq!(told(&many), format!("{}{}d\n", "a\n".repeat(4), "b\n".repeat(3)), "the price goes first");
        let tall = [paragraph(None, "a", 40), paragraph(None, "b", 12), paragraph(None, "next", 1)];
        let cut = told(&tall);
        assert_eq!(cut.lines().count(), LINES_MAX);
        assert!(cut.contains("a …\n") && cut.contains("b …\n") && cut.ends_with("next\n"), "{cut}");
        assert_eq!(fitted(tall.to_vec(), WIDTH_MIN - 1).lines().count(), 53, "a narrow terminal scrolls");
    }
}
