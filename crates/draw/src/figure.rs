//! What a figure shows, apart from how it is drawn: words, axes, marks, and the numbers behind it as a table.
//!
//! The crate turns one into SVG or PNG. A figure
//! holds no pixel, colour or font, so that what draws can be exchanged, a page can print its numbers as a table, and a
//! test can ask what it says.

mod numbers;
mod unit;

pub use numbers::Numbers;
pub use unit::Unit;

/// A figure.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// Stable name, the stem of its files: `error-rate`.
    pub name: String,
    /// What it shows, as a headline.
    pub title: String,
    /// Which experiment and point it is about.
    pub subtitle: String,
    /// How to read it: replications, attempts, confidence, and what special marks mean.
    pub caption: String,
    /// What someone who does not see it should know.
    pub alternative: String,
    /// Where its numbers come from.
    pub source: Source,
    /// The panels, in reading order; at least one.
    pub panels: Vec<Panel>,
    /// What the looks stand for; drawn beside the panels.
    pub legend: Vec<Entry>,
    /// Whether the legend stands at the ends of the lines, where there is one panel and each line ends at its right.
    pub at_ends: bool,
    /// The numbers that are drawn.
    pub numbers: Numbers,
}

/// Where the numbers of a figure come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Name of the experiment.
    pub experiment: String,
    /// Digest of the resolved experiment.
    pub digest: String,
    /// Its seed.
    pub seed: u64,
    /// Version of the program that made the runs.
    pub version: String,
}

/// One pair of axes and what stands between them.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// Its headline; empty where there is one panel.
    pub title: String,
    /// What stands behind that in small print: the keys of the file. Empty: nothing.
    pub small: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis; a scale of categories runs from the top down.
    pub y: Axis,
    /// Whether estimates at the same place along the horizontal axis are moved apart a little, so that all are seen.
    pub apart: bool,
    /// What is drawn, back to front.
    pub marks: Vec<Mark>,
}

/// An axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// What it measures, without the unit.
    pub label: String,
    /// What stands behind that in small print: the key of the file. Empty: nothing.
    pub small: String,
    /// The unit of its values.
    pub unit: Unit,
    /// How values become places.
    pub scale: Scale,
    /// The lowest value shown (on a scale with a place for zero: the lowest positive value).
    pub low: f64,
    /// The highest value shown.
    pub high: f64,
    /// Values that are named; none: what draws chooses round ones.
    pub ticks: Vec<Tick>,
}

/// A named value of an axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    /// The value.
    pub value: f64,
    /// Its name.
    pub label: String,
}

impl Axis {
    /// An axis of categories: value 0 is the first.
    #[must_use]
    pub fn categories(label: &str, names: Vec<String>) -> Self {
        let high = names.len() as f64 - 0.5;
        Self {
            label: label.to_owned(),
            small: String::new(),
            unit: Unit::None,
            scale: Scale::Categories(names),
            low: -0.5,
            high,
            ticks: Vec::new(),
        }
    }
}

/// How values become places.
#[derive(Clone, PartialEq, Debug)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By equal factors; all values are positive.
    Log,
    /// By equal factors, with a place for zero before a break in the axis.
    LogZero,
    /// By equal factors on both sides of zero, evenly within ± `linear`.
    SignedLog {
        /// Where the even part ends.
        linear: f64,
    },
    /// One place for each name, in this order.
    Categories(Vec<String>),
}

/// What makes marks that belong together look alike, and unlike the others: colour, and marker, dashes or hatching.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Look {
    /// The series with this index: colour, marker and dashes.
    Series(usize),
    /// The part of a whole with this index: colour and hatching.
    Part(usize),
    /// A share of the colour scale, 0 to 1.
    Shade(f64),
    /// A cell without a shade: an empty frame.
    Blank,
    /// A line that belongs to no series.
    Plain,
}

/// A line of the legend.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// How it looks.
    pub look: Look,
    /// What it is.
    pub label: String,
}

/// How a place on a line is marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An estimate: the look's marker.
    Value,
    /// An estimate of which nothing is shown: the look's marker, hollow.
    Open,
    /// It was never reached: an arrow that points to the far end of the axis.
    Never,
    /// Only the line passes here.
    Bare,
}

/// A place on a line.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// Along the horizontal axis.
    pub x: f64,
    /// Along the vertical axis.
    pub y: f64,
    /// The interval of the value that is estimated: along the axis that [`Mark::Estimates`] names.
    pub interval: Option<(f64, f64)>,
    /// How it is marked.
    pub kind: Kind,
    /// What it says, in words: `push, bus.loss = 0.01: 1.19 % [1.14, 1.24]`.
    pub told: String,
}

/// The path of a line between its places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Path {
    /// No line.
    None,
    /// Straight from place to place.
    Straight,
    /// Level to the next place, then up or down.
    Steps,
}

/// Which axis a value with an interval runs along.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Along {
    /// The horizontal axis.
    X,
    /// The vertical axis.
    Y,
}

/// Something that is drawn.
#[derive(Clone, PartialEq, Debug)]
pub enum Mark {
    /// Places, each with an interval bar, joined by a line.
    Estimates {
        /// How it looks.
        look: Look,
        /// The axis of values and intervals.
        along: Along,
        /// The line.
        path: Path,
        /// The places, ascending.
        places: Vec<Place>,
    },
    /// A line, and its intervals as a band around it.
    Band {
        /// How it looks.
        look: Look,
        /// The places, ascending; a gap splits the line.
        places: Vec<Place>,
    },
    /// A level line to the right from `x`, at `y`: what is left over and never comes.
    Floor {
        /// How it looks.
        look: Look,
        /// Where it begins.
        x: f64,
        /// Its height.
        y: f64,
        /// What it says.
        told: String,
    },
    /// A part of the horizontal axis that is shaded over the full height, named at the top.
    Span {
        /// Its beginning.
        from: f64,
        /// Its end.
        to: f64,
        /// Its name.
        label: String,
    },
    /// A line across the panel at a value, named at its end.
    Rule {
        /// The axis that the value is of.
        along: Along,
        /// The value.
        at: f64,
        /// Its name; empty: none.
        label: String,
    },
    /// A horizontal bar in the row of a category.
    Bar {
        /// How it looks.
        look: Look,
        /// The category on the vertical axis.
        row: usize,
        /// Its beginning on the horizontal axis.
        from: f64,
        /// Its end.
        to: f64,
        /// Text within it, drawn where it fits.
        text: String,
        /// What it says.
        told: String,
    },
    /// A cell between two categories.
    Cell {
        /// How it looks.
        look: Look,
        /// The category on the horizontal axis.
        column: usize,
        /// The category on the vertical axis.
        row: usize,
        /// Its value, as text.
        text: String,
        /// What it says.
        told: String,
    },
    /// A word at a place: above it, right of it.
    Note {
        /// Along the horizontal axis.
        x: f64,
        /// Along the vertical axis.
        y: f64,
        /// The word.
        text: String,
    },
}
