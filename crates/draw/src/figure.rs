//! The contents of a figure, apart from how the figure is drawn: words, axes, marks, and the numbers behind them as a
//! table.
//!
//! A figure holds no pixel, colour or font. The drawing code can be exchanged, a page can print the numbers as a table,
//! and a test can check the words.

mod numbers;
mod unit;

pub use numbers::Numbers;
pub use unit::Unit;

/// A figure.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// Stable name, the stem of its files: `error-rate`.
    pub name: String,
    /// What the figure shows, as a headline.
    pub title: String,
    /// What the figure is about.
    pub subtitle: String,
    /// How to read the figure: the numbers behind it, confidence, and the meaning of special marks.
    pub caption: String,
    /// A description for readers who cannot see the figure.
    pub alternative: String,
    /// The origin of the numbers.
    pub source: Source,
    /// The panels, in reading order; at least one.
    pub panels: Vec<Panel>,
    /// What each look stands for; drawn beside the panels.
    pub legend: Vec<Entry>,
    /// Whether the legend stands at the right ends of the lines. For figures of one panel whose lines all end at its
    /// right.
    pub at_ends: bool,
    /// The numbers that are drawn.
    pub numbers: Numbers,
}

/// The origin of a figure's numbers, in the words of the program that draws the figure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The small print below the caption.
    pub line: String,
    /// Namespace of the metadata of an SVG: a name, not an address.
    pub namespace: &'static str,
    /// Attributes of the metadata of an SVG: names and values.
    pub attributes: Vec<(&'static str, String)>,
    /// Texts in the metadata of a PNG: keywords and values.
    pub texts: Vec<(&'static str, String)>,
}

/// One pair of axes and the marks between them.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// Headline of the panel; empty if the figure has one panel.
    pub title: String,
    /// Small print behind the headline: the keys of the file. Empty: none.
    pub small: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis; categories run from the top down.
    pub y: Axis,
    /// Whether estimates at the same horizontal place are moved apart a little, so that all are visible.
    pub apart: bool,
    /// The marks, back to front.
    pub marks: Vec<Mark>,
}

/// An axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// The quantity, without the unit.
    pub label: String,
    /// Small print behind the label: the key of the file. Empty: none.
    pub small: String,
    /// The unit of its values.
    pub unit: Unit,
    /// How values become places on the axis.
    pub scale: Scale,
    /// The lowest value shown (on a scale with a place for zero: the lowest positive value).
    pub low: f64,
    /// The highest value shown.
    pub high: f64,
    /// Named values. Empty: round values are chosen when the figure is drawn.
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

impl Panel {
    /// Whether the bar of an interval goes on beyond the end of its axis: it ends in an arrowhead.
    #[must_use]
    pub fn cuts_a_bar(&self) -> bool {
        self.marks.iter().any(|mark| {
            let Mark::Estimates { along, places, .. } = mark else { return false };
            let axis = if *along == Along::X { &self.x } else { &self.y };
            let mut bars = places.iter().filter(|place| place.kind.has_bar()).filter_map(|place| place.interval);
            bars.any(|(low, high)| !axis.holds(low) || !axis.holds(high))
        })
    }
}

impl Axis {
    /// Where a value stands on the axis: 0 at the beginning, 1 at the end.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        crate::scale::share(self, value)
    }

    /// Whether a value has a place between the ends of the axis. A value that has none is drawn at the nearer end.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        let is_zero = self.scale == Scale::LogZero && value == 0.0;
        is_zero || (self.low..=self.high).contains(&value)
    }

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

/// How values become places on an axis.
#[derive(Clone, PartialEq, Debug)]
pub enum Scale {
    /// Linear.
    Linear,
    /// Logarithmic; all values are positive.
    Log,
    /// Logarithmic, with a place for zero before a break in the axis.
    LogZero,
    /// Logarithmic on both sides of zero, linear within ± `linear`.
    SignedLog {
        /// Where the linear part ends.
        linear: f64,
    },
    /// One place for each name, in this order.
    Categories(Vec<String>),
}

/// The look of marks that belong together: a colour, with a marker and dashes or with hatching.
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
    /// An area where nothing is shown: hatched.
    Hatched,
}

/// A line of the legend.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// How it looks.
    pub look: Look,
    /// What the look stands for.
    pub label: String,
}

/// How a place on a line is marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An estimate: the look's marker.
    Value,
    /// An estimate for which no effect is shown: the look's marker, hollow.
    Open,
    /// A value that was never reached: an arrow to the far end of the axis, down where the place is at its lower end.
    Never,
    /// No marker; the line passes here.
    Bare,
}

impl Kind {
    /// Whether the interval of a place is drawn.
    pub(crate) const fn has_bar(self) -> bool {
        matches!(self, Self::Value | Self::Open)
    }
}

/// A place on a line.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// Along the horizontal axis.
    pub x: f64,
    /// Along the vertical axis.
    pub y: f64,
    /// The interval of the estimate, along the axis that [`Mark::Estimates`] names.
    pub interval: Option<(f64, f64)>,
    /// How it is marked.
    pub kind: Kind,
    /// The description of the place in words: `first, loss = 0.01: 1.19 % [1.14, 1.24]`.
    pub description: String,
}

/// The path of a line between its places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinePath {
    /// No line.
    None,
    /// Straight from place to place.
    Straight,
    /// Level to the next place, then vertical.
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

/// A mark in a panel.
#[derive(Clone, PartialEq, Debug)]
pub enum Mark {
    /// Places, each with an interval bar, joined by a line.
    Estimates {
        /// How it looks.
        look: Look,
        /// The axis of values and intervals.
        along: Along,
        /// The line.
        path: LinePath,
        /// The places, ascending.
        places: Vec<Place>,
    },
    /// A line of levels, and their intervals as a band around it.
    Band {
        /// How it looks.
        look: Look,
        /// The middles of the levels, ascending.
        places: Vec<Place>,
        /// How far each level reaches along the horizontal axis, half of it on each side of its place.
        wide: f64,
    },
    /// A level line to the right from `x`, at `y`: the share that is never reached.
    Floor {
        /// How it looks.
        look: Look,
        /// Where it begins.
        x: f64,
        /// Its height.
        y: f64,
        /// The description in words.
        description: String,
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
        /// The axis to which the value belongs.
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
        /// The description in words.
        description: String,
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
        /// The description in words.
        description: String,
    },
    /// A part of the panel.
    Area {
        /// How it looks.
        look: Look,
        /// Its ends on the horizontal axis.
        x: (f64, f64),
        /// Its ends on the vertical axis.
        y: (f64, f64),
        /// The description in words.
        description: String,
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
