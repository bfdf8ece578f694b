//! A scene: shapes and words with their places, origin at the top left.

use crate::font::Weight;
use crate::theme::Ink;

/// A place.
pub(super) type Xy = (f64, f64);

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Stroke {
    pub ink: Ink,
    pub width: f64,
    /// Lengths of dashes and gaps; empty: solid.
    pub dashes: &'static [f64],
    /// Opacity, 0 to 1.
    pub cover: f64,
}

impl Stroke {
    /// A solid line.
    pub(super) const fn solid(ink: Ink, width: f64) -> Self {
        Self { ink, width, dashes: &[], cover: 1.0 }
    }
}

/// Which part of a text is at the text's position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text on one line; its place is on the baseline.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Text {
    pub at: Xy,
    pub words: String,
    pub size: f64,
    pub weight: Weight,
    pub anchor: Anchor,
    pub ink: Ink,
}

/// Something drawn.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape {
    Line {
        points: Vec<Xy>,
        stroke: Stroke,
    },
    Area {
        points: Vec<Xy>,
        ink: Ink,
        cover: f64,
        outline: Option<Stroke>,
    },
    Circle {
        center: Xy,
        radius: f64,
        ink: Ink,
        outline: Option<Stroke>,
    },
    Text(Text),
    /// Shapes with a description, shown when the pointer is over them.
    Group {
        description: String,
        shapes: Vec<Shape>,
    },
}

/// A drawing.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Scene {
    pub width: f64,
    pub height: f64,
    pub shapes: Vec<Shape>,
}

/// A rectangle: left, top, right, bottom.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Room {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Room {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) const fn middle(&self) -> Xy {
        (f64::midpoint(self.left, self.right), f64::midpoint(self.top, self.bottom))
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The corners of the rectangle.
    pub(super) fn corners(&self) -> Vec<Xy> {
        vec![(self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)]
    }
}

impl Text {
    pub(super) fn width(&self) -> f64 {
        self.weight.width(&self.words, self.size)
    }

    /// The left end of the text.
    pub(super) fn left(&self) -> f64 {
        match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - self.width() / 2.0,
            Anchor::End => self.at.0 - self.width(),
        }
    }

    /// The rectangle that the text covers, from the top of high letters to a little below the baseline.
    pub(super) fn room(&self) -> Room {
        let left = self.left();
        let (top, bottom) = (self.at.1 - 0.76 * self.size, self.at.1 + 0.2 * self.size);
        Room { left, top, right: left + self.width(), bottom }
    }
}

impl Scene {
    pub(super) const fn new(width: f64, height: f64) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    pub(super) fn line(&mut self, points: Vec<Xy>, stroke: Stroke) {
        self.shapes.push(Shape::Line { points, stroke });
    }

    pub(super) fn area(&mut self, points: Vec<Xy>, ink: Ink, cover: f64) {
        self.shapes.push(Shape::Area { points, ink, cover, outline: None });
    }

    /// Adds a text, unless it is empty.
    pub(super) fn text(&mut self, at: Xy, text: &str, size: f64, anchor: Anchor, ink: Ink) {
        self.words(Text { at, words: text.to_owned(), size, weight: Weight::Regular, anchor, ink });
    }

    /// Adds a text, unless it is empty.
    pub(super) fn words(&mut self, text: Text) {
        if !text.words.is_empty() {
            self.shapes.push(Shape::Text(text));
        }
    }

    /// Adds what `draw` draws as a group that has a description.
    pub(super) fn group(&mut self, description: &str, draw: impl FnOnce(&mut Self)) {
        let mut inner = Self::new(self.width, self.height);
        draw(&mut inner);
        self.shapes.push(Shape::Group { description: description.to_owned(), shapes: inner.shapes });
    }

    /// All texts of the scene.
    pub(super) fn texts(&self) -> Vec<&Text> {
        fn collect<'a>(shapes: &'a [Shape], texts: &mut Vec<&'a Text>) {
            for shape in shapes {
                match shape {
                    Shape::Text(text) => texts.push(text),
                    Shape::Group { shapes, .. } => collect(shapes, texts),
                    _ => {}
                }
            }
        }
        let mut texts = Vec::new();
        collect(&self.shapes, &mut texts);
        texts
    }
}
