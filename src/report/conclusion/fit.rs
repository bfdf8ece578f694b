//! A conclusion in the lines of a terminal: which sentences give way, and which lose clauses, where room is short.

use super::sentence::Sentence;
use super::{ConclusionLine, LINES_MAX, Subject, WIDTH_MIN};
use text::beside;

/// Columns before the sentences.
const MARGIN: usize = 9;

/// The label of what to do next.
const NEXT: &str = "next";

/// When a sentence is left to the report for want of room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum GivesWay {
    /// The sentence stays.
    Never,
    /// The sentence goes if the shortest forms of all sentences take too many lines. The highest turn goes first.
    Last(u8),
    /// The sentence goes before any sentence is shortened. The highest turn goes first.
    First(u8),
}

const fn gives_way(subject: Subject) -> GivesWay {
    match subject {
        Subject::Answer | Subject::Goal | Subject::Creates => GivesWay::Never,
        Subject::Note => GivesWay::Last(0),
        Subject::Rare => GivesWay::Last(1),
        Subject::Month => GivesWay::Last(2),
        Subject::Gain => GivesWay::Last(3),
        Subject::Beware => GivesWay::First(0),
        Subject::Cost => GivesWay::First(1),
        Subject::Fresh => GivesWay::First(2),
        Subject::Never => GivesWay::First(3),
        Subject::Worse => GivesWay::First(4),
    }
}

/// A sentence in lines.
#[derive(Clone)]
struct Paragraph {
    /// The subject; none for the line of the next command.
    subject: Option<Subject>,
    /// The whole sentence.
    whole: String,
    /// The form that is shown.
    words: String,
    /// Its shorter forms, the longest first.
    forms: Vec<String>,
    /// The sentence for a text without the gain; none if it is the same.
    alone: Option<Sentence>,
    /// Columns of the terminal.
    width: usize,
}

impl Paragraph {
    fn new(subject: Subject, sentence: &Sentence, width: usize) -> Self {
        let (whole, forms) = Self::forms(subject, sentence);
        Self { subject: Some(subject), words: whole.clone(), whole, forms, alone: None, width }
    }

    /// All of a sentence, and its shorter forms. Answer and gain keep their caveats; any other one can end behind a clause.
    fn forms(subject: Subject, sentence: &Sentence) -> (String, Vec<String>) {
        let keeps_caveats = matches!(subject, Subject::Answer | Subject::Gain);
        let forms = if keeps_caveats { sentence.spared() } else { sentence.cut() };
        (sentence.to_string(), forms)
    }

    fn of(line: &ConclusionLine, width: usize) -> Self {
        Self { alone: line.alone.clone(), ..Self::new(line.subject, &line.sentence, width) }
    }

    fn next(words: &str, width: usize) -> Self {
        let whole = words.to_owned();
        Self { subject: None, words: whole.clone(), whole, forms: Vec::new(), alone: None, width }
    }

    fn label(&self) -> &'static str {
        self.subject.map_or(NEXT, Subject::label)
    }

    fn gives_way(&self) -> GivesWay {
        self.subject.map_or(GivesWay::Never, gives_way)
    }

    fn text(&self) -> String {
        beside(self.label(), &self.words, self.width, MARGIN)
    }

    fn height(&self) -> usize {
        self.height_of(&self.words)
    }

    fn height_of(&self, words: &str) -> usize {
        beside(self.label(), words, self.width, MARGIN).lines().count()
    }

    /// Takes its longest form of fewer lines; whether there is one.
    fn shorten(&mut self) -> bool {
        let height = self.height();
        let shorter = self.forms.iter().find(|words| self.height_of(words) < height).cloned();
        let is_shorter = shorter.is_some();
        self.words = shorter.unwrap_or_else(|| self.words.clone());
        is_shorter
    }

    /// Writes its place instead of `there`.
    fn stand_alone(&mut self) {
        if let (Some(subject), Some(alone)) = (self.subject, self.alone.take()) {
            (self.whole, self.forms) = Self::forms(subject, &alone);
            self.words.clone_from(&self.whole);
        }
    }
}

/// The text of a conclusion with `next` as its last line, as [`super::Conclusion::text`] says.
pub(super) fn text(lines: &[ConclusionLine], width: usize, next: &str) -> String {
    let paragraphs = lines.iter().map(|line| Paragraph::of(line, width));
    let last = Paragraph::next(next, width);
    let (mut shown, cut) = fitted(paragraphs.chain([last.clone()]).collect(), width);
    // As a comment, so that what follows `next` can be pasted into a shell.
    let note = format!("# with more on: {}", cut.join(", "));
    let (named, unnamed) = (format!("{next}   {note}"), format!("{next}   # with more"));
    let fits = |words: &str| last.height_of(words) == last.height();
    let below = beside("", &note, width, MARGIN);
    let has_line_below = below.lines().count() == 1 && height(&shown) < LINES_MAX;
    let (beside_next, below) = match () {
        () if cut.is_empty() => (None, ""),
        () if fits(&named) => (Some(named), ""),
        () if has_line_below => (None, below.as_str()),
        () => (Some(unnamed).filter(|words| fits(words)), ""),
    };
    if let Some((shown, words)) = shown.last_mut().zip(beside_next) {
        shown.words = words;
    }
    shown.iter().map(Paragraph::text).collect::<String>() + below
}

fn height(paragraphs: &[Paragraph]) -> usize {
    paragraphs.iter().map(Paragraph::height).sum()
}

/// Paragraphs in at most [`LINES_MAX`] lines where there are [`WIDTH_MIN`] columns, and the labels of those that were
/// left out or cut.
fn fitted(mut shown: Vec<Paragraph>, width: usize) -> (Vec<Paragraph>, Vec<&'static str>) {
    let mut cut: Vec<&'static str> = Vec::new();
    let mut left_out: Vec<Paragraph> = Vec::new();
    while width >= WIDTH_MIN && height(&shown) > LINES_MAX {
        let label = leave_out(&mut shown, &mut left_out, |turn| matches!(turn, GivesWay::First(_)))
            .or_else(|| shorten(&mut shown))
            .or_else(|| leave_out(&mut shown, &mut left_out, |turn| matches!(turn, GivesWay::Last(_))));
        let Some(label) = label else { break };
        if !cut.contains(&label) {
            cut.push(label);
        }
    }
    // The last paragraph that went may have made more room than needed.
    for mut paragraph in left_out.into_iter().rev() {
        let room = LINES_MAX.saturating_sub(height(&shown));
        let mut forms = [paragraph.words.clone()].into_iter().chain(paragraph.forms.clone());
        let Some(words) = forms.find(|words| paragraph.height_of(words) <= room) else { break };
        if words == paragraph.whole {
            cut.retain(|label| *label != paragraph.label());
        }
        paragraph.words = words;
        let place = shown.iter().position(|other| other.subject.is_none_or(|other| Some(other) > paragraph.subject));
        shown.insert(place.unwrap_or(shown.len()), paragraph);
    }
    (shown, cut)
}

/// Moves the paragraph whose turn it is among those that give way so to `left_out`; its label.
fn leave_out(
    shown: &mut Vec<Paragraph>,
    left_out: &mut Vec<Paragraph>,
    is_asked: impl Fn(GivesWay) -> bool,
) -> Option<&'static str> {
    let asked = shown.iter().enumerate().filter(|(_, paragraph)| is_asked(paragraph.gives_way()));
    let (_, index) = asked.map(|(index, paragraph)| (paragraph.gives_way(), index)).max()?;
    let paragraph = shown.remove(index);
    if paragraph.subject == Some(Subject::Gain) {
        shown.iter_mut().chain(&mut *left_out).for_each(Paragraph::stand_alone);
    }
    let label = paragraph.label();
    left_out.push(paragraph);
    Some(label)
}

/// Shortens the tallest paragraph that has a shorter form; its label.
fn shorten(shown: &mut [Paragraph]) -> Option<&'static str> {
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(shown[*index].height()));
    let index = order.into_iter().find(|index| shown[*index].shorten())?;
    Some(shown[index].label())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Reverse;

    use super::super::sentence::Spare;

    /// A clause that takes a line of 80 columns.
    fn clause(label: &str) -> String {
        format!("{label}{}", "x".repeat(60))
    }

    fn paragraph(subject: Subject, lines: usize) -> Paragraph {
        Paragraph::new(subject, &Sentence::new(vec![clause(subject.label()); lines].join("; ")), WIDTH_MIN)
    }

    type Fitted = (Vec<(&'static str, usize)>, String, Vec<&'static str>);

    fn fitted_lines(paragraphs: &[Paragraph], width: usize) -> Fitted {
        let (shown, cut) = fitted(paragraphs.to_vec(), width);
        let heights = shown.iter().map(|one| (one.label(), one.height())).collect();
        (heights, shown.iter().map(Paragraph::text).collect(), cut)
    }

    #[test]
    fn what_fits_stays() {
        let few = [paragraph(Subject::Goal, 6), paragraph(Subject::Beware, 4)];
        assert_eq!(fitted_lines(&few, WIDTH_MIN).0, [("goal", 6), ("beware", 4)]);
    }

    #[test]
    fn sentences_give_way_in_their_order_before_any_is_shortened() {
        let many = [
            paragraph(Subject::Goal, 4),
            paragraph(Subject::Beware, 3),
            paragraph(Subject::Never, 3),
            paragraph(Subject::Creates, 1),
        ];
        let (heights, _, cut) = fitted_lines(&many, WIDTH_MIN);
        let shown = vec![("goal", 4), ("beware", 3), ("creates", 1), ("never", 2)];
        assert_eq!((heights, cut), (shown, vec!["never"]), "what misleads goes last");
    }

    #[test]
    fn the_tallest_sentence_is_cut_behind_a_clause() {
        let tall = [paragraph(Subject::Goal, 40), paragraph(Subject::Creates, 12), Paragraph::next("run", WIDTH_MIN)];
        let (heights, text, cut) = fitted_lines(&tall, WIDTH_MIN);
        assert_eq!((heights.iter().map(|one| one.1).sum::<usize>(), cut), (LINES_MAX, vec!["goal", "creates"]));
        let parts = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_whole =
            |word: &str| !word.contains("xx") || [clause("goal"), clause("creates")].contains(&word.to_owned());
        assert!(parts.split([' ', ';']).all(is_whole), "no clause is cut within:\n{text}");
        assert_eq!(parts.matches(" (more: report).").count(), 2, "each says that there is more:\n{text}");
        let narrow = fitted_lines(&tall, WIDTH_MIN - 1).0;
        assert_eq!(narrow, [("goal", 40), ("creates", 12), ("next", 1)], "a narrow terminal scrolls");
    }

    #[test]
    fn the_answer_keeps_its_caveats_and_loses_its_last_rivals() {
        let answer = [paragraph(Subject::Answer, 12), paragraph(Subject::Goal, 3)];
        let (heights, text, cut) = fitted_lines(&answer, WIDTH_MIN);
        assert_eq!(heights, [("answer", 12), ("goal", 2)], "no clause of an answer is cut:\n{text}");
        assert_eq!(cut, ["goal"]);
        let rival = |place: usize| Sentence::new(format!("; {}", clause("rival"))).spare(Spare::Rival(Reverse(place)));
        let sentence = (0..12).map(rival).fold(Sentence::new("a is best"), Sentence::then);
        let answer = Paragraph::new(Subject::Answer, &sentence, WIDTH_MIN);
        assert_eq!(fitted_lines(&[answer], WIDTH_MIN).0, [("answer", LINES_MAX)]);
    }

    #[test]
    fn whole_sentences_go_where_no_clause_is_left_to_spare() {
        let noted = [paragraph(Subject::Answer, 9), paragraph(Subject::Month, 1), paragraph(Subject::Note, 1)];
        let (heights, _, cut) = fitted_lines(&noted, WIDTH_MIN);
        assert_eq!((heights, cut), (vec![("answer", 9), ("note", 1)], vec!["month"]));
    }

    #[test]
    fn a_sentence_stays_whole_where_no_clause_is_short_enough() {
        let gain = Sentence::new(
            "Late at bus.loss = 0.1: pull 0.00837 %, push 8.74 %, −8.73 pp [−8.95, −8.50] (over all points −8.73 to −0.37 pp).",
        );
        let mut paragraph = Paragraph::new(Subject::Gain, &gain, WIDTH_MIN);
        assert_eq!(paragraph.height(), 2);
        assert!(!paragraph.shorten());
        assert_eq!(paragraph.words, gain.to_string());
    }

    #[test]
    fn the_last_line_says_what_the_report_has_more_of() {
        let line = |subject: Subject, lines: usize| {
            ConclusionLine::new(subject, Sentence::new(vec![clause(subject.label()); lines].join("; ")))
        };
        let lines = [line(Subject::Answer, 5), line(Subject::Goal, 8), line(Subject::Never, 1)];
        let shown = text(&lines, WIDTH_MIN, "pushpull report out");
        assert_eq!(shown.lines().count(), LINES_MAX);
        assert!(shown.ends_with("next     pushpull report out   # with more on: never, goal\n"), "{shown}");
        let shown = text(&lines[..1], WIDTH_MIN, "pushpull report out");
        assert!(shown.ends_with("next     pushpull report out\n"), "nothing is left out: {shown}");
    }

    #[test]
    fn a_sentence_names_its_place_where_the_gain_is_left_out() {
        let mut creates = ConclusionLine::new(Subject::Creates, Sentence::new("Creates fail there: 5 %."));
        creates.alone = Some(Sentence::new("Creates fail at x = 1: 5 %."));
        let gain = ConclusionLine::new(Subject::Gain, Sentence::new(format!("Late at x = 1: {}", "x ".repeat(200))));
        let answer = |lines: usize| {
            let words = vec![clause("answer"); lines].join("; ");
            ConclusionLine::new(Subject::Answer, Sentence::new(words))
        };
        let shown = text(&[answer(1), gain.clone(), creates.clone()], WIDTH_MIN, "next");
        assert!(shown.contains("\ngain ") && shown.contains("fail there: 5 %"), "{shown}");
        let shown = text(&[answer(8), gain, creates], WIDTH_MIN, "next");
        assert!(!shown.contains("\ngain ") && shown.contains("fail at x = 1: 5 %"), "{shown}");
    }

    #[test]
    fn what_made_more_room_than_was_wanted_comes_back_in_part() {
        let many = [paragraph(Subject::Answer, 8), paragraph(Subject::Worse, 4)];
        let (heights, _, cut) = fitted_lines(&many, WIDTH_MIN);
        assert_eq!((heights, cut), (vec![("answer", 8), ("worse", 2)], vec!["worse"]));
    }
}
