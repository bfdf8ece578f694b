//! A scene as SVG.

use std::fmt::Write;

use crate::figure::Figure;
use crate::font::Weight;
use crate::scene::{Anchor, Scene, Shape, Stroke, Text, Xy};
use crate::theme::{Ink, Theme};
use text::in_xml as escape;

/// The source of the colours.
#[derive(Clone, Copy)]
enum Colours {
    Theme(Theme),
    Page,
}

/// A complete file: with ground, metadata and numbers.
pub(super) fn file(figure: &Figure, scene: &Scene, theme: Theme) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    open(&mut out, figure, scene);
    let source = &figure.source;
    let (namespace, name) = (escape(source.namespace), escape(&figure.name));
    let _ = write!(out, "<metadata><data xmlns=\"{namespace}\" figure=\"{name}\"");
    for (attribute, value) in &source.attributes {
        let _ = write!(out, " {attribute}=\"{}\"", escape(value));
    }
    let (digest, numbers) = (figure.numbers.digest(), figure.numbers.csv());
    let _ = writeln!(out, " data-digest=\"{digest}\">\n{}</data></metadata>", escape(&numbers));
    let ground = Writer { colours: Colours::Theme(theme) }.fill(Ink::Ground);
    let _ = writeln!(out, "<rect width=\"{}\" height=\"{}\" {ground}/>", number(scene.width), number(scene.height));
    Writer { colours: Colours::Theme(theme) }.shapes(&mut out, &scene.shapes);
    out.push_str("</svg>\n");
    out
}

/// An element of a page.
pub(super) fn element(figure: &Figure, scene: &Scene) -> String {
    let mut out = String::new();
    open(&mut out, figure, scene);
    Writer { colours: Colours::Page }.shapes(&mut out, &scene.shapes);
    out.push_str("</svg>\n");
    out
}

/// A small scene without words, as an element that stands beside its meaning in a page.
pub(super) fn sample(scene: &Scene) -> String {
    let (width, height) = (number(scene.width), number(scene.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">"
    );
    Writer { colours: Colours::Page }.shapes(&mut out, &scene.shapes);
    out.push_str("</svg>");
    out
}

/// The colours of a page, as custom properties.
pub(super) fn style(theme: Theme) -> String {
    let declarations = Ink::themed().filter_map(|ink| Some(format!("{}: {};", ink.property()?, hex(ink, theme))));
    declarations.collect::<Vec<_>>().join(" ")
}

fn open(out: &mut String, figure: &Figure, scene: &Scene) {
    let name = escape(&figure.name);
    let (width, height) = (number(scene.width), number(scene.height));
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\" font-family=\"'DejaVu Sans', Verdana, 'Segoe UI', Helvetica, Arial, sans-serif\">"
    );
    let _ = writeln!(out, "<title id=\"{name}-title\">{}</title>", escape(&figure.title));
    let _ = writeln!(out, "<desc id=\"{name}-desc\">{}</desc>", escape(&figure.alternative));
}

struct Writer {
    colours: Colours,
}

impl Writer {
    fn shapes(&self, out: &mut String, shapes: &[Shape]) {
        for shape in shapes {
            self.shape(out, shape);
        }
    }

    fn shape(&self, out: &mut String, shape: &Shape) {
        let _ = match shape {
            Shape::Line { points, stroke } => {
                writeln!(out, "<polyline points=\"{}\" fill=\"none\" {}/>", places(points), self.stroke(stroke))
            }
            Shape::Area { points, ink, cover, outline } => {
                let cover = opacity("fill-opacity", *cover);
                let outline = self.outline(outline.as_ref());
                writeln!(out, "<polygon points=\"{}\" {}{cover}{outline}/>", places(points), self.fill(*ink))
            }
            Shape::Circle { center: (x, y), radius, ink, outline } => {
                let (x, y, radius) = (number(*x), number(*y), number(*radius));
                let outline = self.outline(outline.as_ref());
                writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {}{outline}/>", self.fill(*ink))
            }
            Shape::Text(text) => self.text(out, text),
            Shape::Group { description, shapes } => {
                let _ = writeln!(out, "<g><title>{}</title>", escape(description));
                self.shapes(out, shapes);
                writeln!(out, "</g>")
            }
        };
    }

    fn text(&self, out: &mut String, text: &Text) -> std::fmt::Result {
        let (x, y) = (number(text.at.0), number(text.at.1));
        let weight = if text.weight == Weight::Bold { " font-weight=\"bold\"" } else { "" };
        let anchor = match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (size, fill) = (number(text.size), self.fill(text.ink));
        let words = escape(&text.words);
        writeln!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight}{anchor} {fill}>{words}</text>")
    }

    fn fill(&self, ink: Ink) -> String {
        self.paint("fill", ink)
    }

    fn outline(&self, stroke: Option<&Stroke>) -> String {
        stroke.map_or_else(String::new, |stroke| format!(" {}", self.stroke(stroke)))
    }

    fn stroke(&self, stroke: &Stroke) -> String {
        let mut text = self.paint("stroke", stroke.ink);
        let _ = write!(text, " stroke-width=\"{}\" stroke-linejoin=\"round\"", number(stroke.width));
        if !stroke.dashes.is_empty() {
            let dashes: Vec<String> = stroke.dashes.iter().map(|length| number(*length)).collect();
            let _ = write!(text, " stroke-dasharray=\"{}\"", dashes.join(" "));
        }
        text + &opacity("stroke-opacity", stroke.cover)
    }

    /// A colour as an attribute.
    fn paint(&self, what: &str, ink: Ink) -> String {
        match (self.colours, ink.property()) {
            (Colours::Theme(theme), _) => format!("{what}=\"{}\"", hex(ink, theme)),
            (Colours::Page, Some(property)) => format!("{what}=\"var({property})\""),
            (Colours::Page, None) => format!("{what}=\"{}\"", hex(ink, Theme::Light)),
        }
    }
}

fn opacity(name: &str, cover: f64) -> String {
    if cover < 1.0 { format!(" {name}=\"{}\"", number(cover)) } else { String::new() }
}

fn hex(ink: Ink, theme: Theme) -> String {
    let (red, green, blue) = ink.rgb(theme);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn places(points: &[Xy]) -> String {
    let places: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
    places.join(" ")
}

/// Two decimals, without zeros at the end.
fn number(value: f64) -> String {
    let text = format!("{:.2}", value + 0.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.5, 1.005, -0.001, 100.0].map(number), ["1", "0.5", "1", "0", "100"]);
    }
}
