//! The conclusion of a result folder, in a few sentences: what `run` prints at its end, and what the report begins with.
//!
//! Which strategies are best, by how much, at what price, and what fails. Strategies are judged by late attempts, which
//! count from the create on, and then by stalls: a strategy that moves the waiting into the create, or lets creates
//! fail, stalls less and is not better. The answer is a set: strategies that are not shown to be worse, or are worse by
//! so little that it does not matter (`NEAR` and `NEAR_SHARE` in `best.rs`), are named together, the one with fewer
//! mechanisms first. They are called best only where each is shown to be better than all others.
//!
//! Every sentence says what is shown and no more. Everything is read from the folder by [`Reader`]. A new subject is one
//! more [`Subject`] and its sentence in `lines.rs`.

pub(crate) mod best;
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

/// The most lines of a terminal that it takes, at [`WIDTH_MIN`] columns or more, unless the answer itself is long.
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
            Self::Beware => Some(0),
            Self::Cost => Some(1),
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
    /// The point at which the strategy that is told of gains most over the baseline.
    pub(crate) telling: usize,
    /// Of each point: the strategies that are not shown to be worse; none where nothing could be tested.
    pub(crate) best: Vec<Vec<usize>>,
    /// Of each point: whether each of them is shown to be better than every other one.
    pub(crate) shown: Vec<bool>,
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
        let line =
            ConclusionLine { subject: Subject::Answer, label: Subject::Answer.label(), sentence: Sentence::new(text) };
        is_too_much.then(|| Self {
            lines: vec![line],
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
        let lines = lines::lines(facts, &standings, &best, &goals, (leader, telling));
        let risk = risk::risk(facts, &standings, &best, leader);
        let beat = |(point, set): (&Standings, &Vec<usize>)| !set.is_empty() && best::beat(facts, point, set);
        let shown = standings.iter().zip(&best.at).map(beat).collect();
        Ok(Self { lines, leaders: best.leaders, telling, best: best.at, shown, standings, goals, risk })
    }

    /// The conclusion as lines for a terminal of so many columns, `next` as the last of them.
    ///
    /// From [`WIDTH_MIN`] columns on there are at most [`LINES_MAX`]: where it would be more, sentences that matter
    /// less are left to the report, and then the longest ones lose their last clauses and say how many. The answer keeps
    /// its caveats. It loses only the remark on the order of its names, the narrower of two gaps, and who else cannot be
    /// told from the best. Where it is too long even so, there are more lines. The report has all sentences whole, and the
    /// last line says which it has more of.
    #[must_use]
    pub fn text(&self, width: usize, next: &str) -> String {
        let lines = self.lines.iter().map(|line| Paragraph {
            way: line.subject.gives_way(),
            label: line.label,
            words: line.sentence.to_string(),
            whole: line.sentence.to_string(),
            width,
        });
        let last = Paragraph { way: None, label: NEXT, words: next.to_owned(), whole: next.to_owned(), width };
        let (mut shown, cut) = fitted(lines.chain([last]).collect(), width);
        if let Some(last) = shown.last_mut().filter(|_| !cut.is_empty()) {
            // As a comment, so that the line can be pasted into a shell.
            let notes = [format!("{next}   # with more on: {}", cut.join(", ")), format!("{next}   # with more")];
            let fits = notes.into_iter().find(|note| last.height_of(note) == last.height());
            last.words = fits.unwrap_or_else(|| last.words.clone());
        }
        shown.iter().map(Paragraph::text).collect()
    }
}

/// The label of what to do next.
const NEXT: &str = "next";

/// A sentence in lines.
#[derive(Clone)]
struct Paragraph {
    /// Its turn to give way; none: it stays.
    way: Option<u8>,
    label: &'static str,
    /// What is left of it.
    words: String,
    /// The whole sentence.
    whole: String,
    /// Columns of the terminal.
    width: usize,
}

impl Paragraph {
    fn text(&self) -> String {
        beside(self.label, &self.words, self.width, MARGIN)
    }

    fn height(&self) -> usize {
        self.height_of(&self.words)
    }

    fn height_of(&self, words: &str) -> usize {
        beside(self.label, words, self.width, MARGIN).lines().count()
    }

    /// Leaves out clauses at its end until it takes a line less, and says how many; whether there were enough. The goals
    /// themselves are kept: they say what the clauses are about.
    fn shorten(&mut self) -> bool {
        let subject = |subject: Subject| self.label == subject.label();
        if subject(Subject::Answer) {
            let height = self.height();
            let mut forms = std::iter::successors(Some(self.words.clone()), |words| shorter_answer(words));
            let words = forms.find(|words| self.height_of(words) < height);
            let is_shorter = words.is_some();
            self.words = words.unwrap_or_else(|| self.words.clone());
            return is_shorter;
        }
        if self.label == NEXT {
            return false;
        }
        let goals = self.whole.find(": ").filter(|_| subject(Subject::Goal));
        let kept = goals.map_or(0, |colon| colon + 2);
        let ends = || CLAUSES.iter().flat_map(|mark| self.whole.match_indices(mark)).map(|found| found.0);
        let mut ends: Vec<usize> = ends().filter(|end| *end > kept).collect();
        ends.sort_unstable();
        let height = self.height();
        let shorter = (0..ends.len()).rev().map(|first| {
            let left = ends[first..].iter().zip(ends[first + 1..].iter().copied().chain([self.whole.len()]));
            let more: usize = left.map(|(from, to)| named_in(&self.whole[*from..to])).sum();
            format!("{} (and {more} more: report).", &self.whole[..ends[first]])
        });
        let words = shorter.into_iter().find(|words| self.height_of(words) < height);
        let is_shorter = words.is_some();
        self.words = words.unwrap_or_else(|| self.words.clone());
        is_shorter
    }
}

/// The answer without what matters least in it: the remark on the order of its names, the narrower of two gaps, the last
/// strategy with the points where it cannot be told from the best. None: all of it matters.
fn shorter_answer(words: &str) -> Option<String> {
    let order = format!("; {}", lines::ORDER);
    if words.contains(&order) {
        return Some(words.replace(&order, ""));
    }
    if let (Some(from), Some(to)) = (words.find(NARROWER), words.find(WIDER)) {
        return Some(format!("{}{}", &words[..from], &words[to..]));
    }
    let told = words.find(OTHERS).unwrap_or(words.len());
    let open = words[..told].rfind(OPEN)?;
    let from = ["; ", ". "].iter().filter_map(|mark| words[..open].rfind(mark)).max()?;
    let ends = ["; ", ". "].iter().filter_map(|mark| words[open..told].find(mark));
    let to = ends.min().map_or_else(|| words[..told].trim_end_matches('.').len(), |end| open + end);
    // The mark before the strategy stays if it ends a sentence, and a further strategy of this sentence follows.
    let (from, to) =
        if words[from..].starts_with(". ") && words[to..].starts_with("; ") { (from + 2, to + 2) } else { (from, to) };
    let whom = if words[open..].starts_with(&format!("{OPEN}it")) { "it" } else { "them" };
    let others = if told < words.len() { String::new() } else { format!("{OTHERS}{whom} at some points.") };
    Some(format!("{}{}{others}", &words[..from], &words[to..]))
}

/// What stands before the narrower and the wider of two gaps, with a strategy that is not told from the best, and for such
/// strategies together.
const NARROWER: &str = ", though late rates are up to ";
const WIDER: &str = ". Late rates that are not shown to differ are up to ";
const OPEN: &str = " cannot be told from ";
const OTHERS: &str = " Others cannot be told from ";

/// What a clause of a sentence, or a part of a list, begins with.
const CLAUSES: [&str; 6] = ["; ", ". ", ", by ", ", for ", " (over all ", " (where a "];

/// How many things a clause names: `and 3 more` are three, anything else is one.
fn named_in(clause: &str) -> usize {
    let words: Vec<&str> = clause.split(' ').collect();
    let number = words.windows(2).find(|pair| pair[1].trim_end_matches('.') == "more").map(|pair| pair[0].parse());
    number.and_then(Result::ok).unwrap_or(1)
}

/// Sentences that are left out, in this order, where even the shortest forms of all take too many lines.
const LAST_TO_GO: [Subject; 4] = [Subject::Gain, Subject::Month, Subject::Rare, Subject::Note];

/// Paragraphs in at most [`LINES_MAX`] lines where there are [`WIDTH_MIN`] columns, and the labels of those that were
/// left out or cut.
fn fitted(mut paragraphs: Vec<Paragraph>, width: usize) -> (Vec<Paragraph>, Vec<&'static str>) {
    let mut cut: Vec<&'static str> = Vec::new();
    let excess =
        |paragraphs: &[Paragraph]| paragraphs.iter().map(Paragraph::height).sum::<usize>().saturating_sub(LINES_MAX);
    while width >= WIDTH_MIN && excess(&paragraphs) > 0 {
        let ways = paragraphs.iter().enumerate().filter_map(|(index, paragraph)| Some((paragraph.way?, index)));
        if let Some((_, index)) = ways.max() {
            cut.push(paragraphs.remove(index).label);
            continue;
        }
        // The tallest that has a clause to spare.
        let mut order: Vec<usize> = (0..paragraphs.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(paragraphs[*index].height()));
        let Some(index) = order.into_iter().find(|index| paragraphs[*index].shorten()) else {
            // No clause is left to spare: whole sentences are left to the report.
            let is = |subject: Subject| paragraphs.iter().position(|paragraph| paragraph.label == subject.label());
            let Some(index) = LAST_TO_GO.into_iter().find_map(is) else { break };
            let label = paragraphs.remove(index).label;
            if !cut.contains(&label) {
                cut.push(label);
            }
            continue;
        };
        if !cut.contains(&paragraphs[index].label) {
            cut.push(paragraphs[index].label);
        }
    }
    (paragraphs, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_loses_what_matters_least_and_says_that_there_are_others() {
        let whole = "a and b are best at x = 0; c cannot be told from them at x = 0.5; d and e cannot be told from them at \
                     x = 1. Among the best no difference is shown, though late rates are up to 0.1 pp apart. Late rates \
                     that are not shown to differ are up to 2.5 pp apart: more replications may settle it.";
        let forms: Vec<String> = std::iter::successors(Some(whole.to_owned()), |words| shorter_answer(words)).collect();
        let gap = "Among the best no difference is shown. Late rates that are not shown to differ are up to 2.5 pp apart: \
                   more replications may settle it.";
        assert_eq!(
            forms[1],
            format!(
                "a and b are best at x = 0; c cannot be told from them at x = 0.5; d and e cannot be told from them at x = 1. {gap}"
            )
        );
        let others = "Others cannot be told from them at some points.";
        assert_eq!(
            forms[2],
            format!("a and b are best at x = 0; c cannot be told from them at x = 0.5. {gap} {others}")
        );
        assert_eq!(forms[3..], [format!("a and b are best at x = 0. {gap} {others}")]);
        let last = "a is best at x = 0. b cannot be told from it at x = 1; c cannot be told from it at x = 2.";
        let forms: Vec<String> = std::iter::successors(Some(last.to_owned()), |words| shorter_answer(words)).collect();
        let others = "Others cannot be told from it at some points.";
        assert_eq!(
            forms[1..],
            [
                format!("a is best at x = 0. b cannot be told from it at x = 1. {others}"),
                format!("a is best at x = 0. {others}")
            ]
        );
    }

    #[test]
    fn paragraphs_give_way_in_their_order_and_then_the_longest_is_cut_behind_a_clause() {
        // A clause takes a line of 80 columns.
        let clause = |label: &str| format!("{label}{}", "x".repeat(60));
        let paragraph = |way, label: &'static str, lines: usize| {
            let words = vec![clause(label); lines].join("; ");
            Paragraph { way, label, whole: words.clone(), words, width: WIDTH_MIN }
        };
        let told = |paragraphs: &[Paragraph], width: usize| {
            let (shown, cut) = fitted(paragraphs.to_vec(), width);
            let heights: Vec<(&str, usize)> = shown.iter().map(|one| (one.label, one.height())).collect();
            (heights, shown.iter().map(Paragraph::text).collect::<String>(), cut)
        };
        let few = [paragraph(None, "a", 6), paragraph(Some(0), "b", 4)];
        assert_eq!(told(&few, WIDTH_MIN).0, [("a", 6), ("b", 4)], "what fits stays");
        let many =
            [paragraph(None, "a", 4), paragraph(Some(0), "b", 3), paragraph(Some(3), "c", 3), paragraph(None, "d", 1)];
        let (heights, _, cut) = told(&many, WIDTH_MIN);
        assert_eq!((heights, cut), (vec![("a", 4), ("b", 3), ("d", 1)], vec!["c"]), "what misleads goes last");
        let tall = [paragraph(None, "a", 40), paragraph(None, "b", 12), paragraph(None, "next", 1)];
        let (heights, text, cut) = told(&tall, WIDTH_MIN);
        assert_eq!((heights.iter().map(|one| one.1).sum::<usize>(), cut), (LINES_MAX, vec!["a", "b"]));
        let parts = text.replace('\n', " ");
        let is_whole =
            |word: &str| !word.contains("xx") || [clause("a"), clause("b"), clause("next")].contains(&word.to_owned());
        assert!(parts.split([' ', ';']).all(is_whole), "no clause is cut within:\n{text}");
        assert_eq!(parts.matches(" more: report).").count(), 2, "what is left out is counted:\n{text}");
        assert_eq!(told(&tall, WIDTH_MIN - 1).0, [("a", 40), ("b", 12), ("next", 1)], "a narrow terminal scrolls");
        let answer = [paragraph(None, "answer", 12), paragraph(None, "b", 3)];
        let (heights, text, cut) = told(&answer, WIDTH_MIN);
        assert_eq!(heights, [("answer", 12), ("b", 2)], "the answer keeps its caveats:\n{text}");
        assert_eq!(cut, ["b"]);
        let noted = [paragraph(None, "answer", 9), paragraph(None, "month", 1), paragraph(None, "note", 1)];
        let (heights, _, cut) = told(&noted, WIDTH_MIN);
        assert_eq!((heights, cut), (vec![("answer", 9), ("note", 1)], vec!["month"]), "a whole sentence goes last");
    }

    #[test]
    fn a_sentence_is_cut_behind_a_clause_or_a_part_of_a_list_and_says_how_many_are_left() {
        let cut = |label, words: &str, lines: usize| {
            let mut paragraph =
                Paragraph { way: None, label, words: words.to_owned(), whole: words.to_owned(), width: WIDTH_MIN };
            while paragraph.height() > lines && paragraph.shorten() {}
            paragraph.words
        };
        let goal = "Late rate at most 0.5 %; stall rate at most 1 %: all met by pull at all 6 points, by retry from \
                    bus.loss = 0 to 0.03, by 2 more at some points; not met by push at all 6 points.";
        let label = Subject::Goal.label();
        assert_eq!(cut(label, goal, 9), goal);
        assert_eq!(
            cut(label, goal, 2),
            "Late rate at most 0.5 %; stall rate at most 1 %: all met by pull at all 6 points, by retry from \
             bus.loss = 0 to 0.03 (and 3 more: report)."
        );
        let gain = "Late at bus.loss = 0.1: pull 0.00837 %, push 8.74 %, −8.73 pp [−8.95, −8.50] (over all points −8.73 to −0.37 pp).";
        assert_eq!(
            cut(Subject::Gain.label(), gain, 1),
            gain,
            "no clause is short enough for one line, so the sentence stays whole"
        );
    }
}
