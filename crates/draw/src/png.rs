//! A scene as PNG: lines and areas drawn by `tiny-skia`, letters by the font.

use std::fmt::Debug;

use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Stroke as Pen, StrokeDash,
    Transform,
};

use crate::figure::Figure;
use crate::scene::{Scene, Shape, Stroke, Text, Xy};
use crate::theme::{Ink, Theme};

/// Pixels of the file for each unit of the scene.
const SCALE: f32 = 2.0;

/// Draws the scene and encodes it, with title, description and digests as text.
pub(super) fn file(figure: &Figure, scene: &Scene, theme: Theme) -> Vec<u8> {
    encode(figure, &Canvas::draw(scene, theme).pixels)
}

fn encode(figure: &Figure, pixels: &Pixmap) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    let mut texts = vec![("Title", figure.title.clone()), ("Description", figure.alternative.clone())];
    texts.extend(figure.source.texts.iter().cloned());
    texts.push(("Data digest", figure.numbers.digest()));
    for (keyword, text) in texts {
        done(encoder.add_itxt_chunk(keyword.to_owned(), text));
    }
    let mut writer = done(encoder.write_header());
    // Every pixel is opaque, so premultiplied colours are the colours themselves.
    let rgb: Vec<u8> = pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    done(writer.write_image_data(&rgb));
    done(writer.finish());
    bytes
}

/// Writing into memory cannot fail.
fn done<T, E: Debug>(result: Result<T, E>) -> T {
    result.expect("writing into memory does not fail")
}

/// The pixels, all of them opaque.
struct Canvas {
    pixels: Pixmap,
    theme: Theme,
}

impl Canvas {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a scene is some thousand units wide")]
    fn draw(scene: &Scene, theme: Theme) -> Self {
        let side = |units: f64| (units as f32 * SCALE) as u32;
        let pixels = Pixmap::new(side(scene.width), side(scene.height)).expect("a scene has a size");
        let mut canvas = Self { pixels, theme };
        canvas.pixels.fill(canvas.color(Ink::Ground, 1.0));
        canvas.shapes(&scene.shapes);
        canvas
    }

    fn shapes(&mut self, shapes: &[Shape]) {
        for shape in shapes {
            self.shape(shape);
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Line { points, stroke } => self.stroke(polygon(points, false), stroke),
            Shape::Area { points, ink, cover, outline } => {
                let path = polygon(points, true);
                self.fill(path.as_ref(), *ink, *cover);
                self.outline(path, outline.as_ref());
            }
            Shape::Circle { center, radius, ink, outline } => {
                let path = circle(*center, *radius);
                self.fill(path.as_ref(), *ink, 1.0);
                self.outline(path, outline.as_ref());
            }
            Shape::Text(text) => self.text(text),
            Shape::Group { shapes, .. } => self.shapes(shapes),
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 255")]
    fn color(&self, ink: Ink, cover: f64) -> Color {
        let (red, green, blue) = ink.rgb(self.theme);
        Color::from_rgba8(red, green, blue, (cover * 255.0).round() as u8)
    }

    fn paint(&self, ink: Ink, cover: f64) -> Paint<'static> {
        let mut paint = Paint::default();
        paint.set_color(self.color(ink, cover));
        paint
    }

    fn fill(&mut self, path: Option<&Path>, ink: Ink, cover: f64) {
        let paint = self.paint(ink, cover);
        if let Some(path) = path {
            self.pixels.fill_path(path, &paint, FillRule::Winding, scaled(), None);
        }
    }

    fn outline(&mut self, path: Option<Path>, stroke: Option<&Stroke>) {
        if let Some(stroke) = stroke {
            self.stroke(path, stroke);
        }
    }

    fn stroke(&mut self, path: Option<Path>, stroke: &Stroke) {
        let paint = self.paint(stroke.ink, stroke.cover);
        let dash = StrokeDash::new(stroke.dashes.iter().map(|&length| single(length)).collect(), 0.0);
        let pen = Pen { width: single(stroke.width), line_join: LineJoin::Round, dash, ..Pen::default() };
        if let Some(path) = path {
            self.pixels.stroke_path(&path, &paint, &pen, scaled(), None);
        }
    }

    fn text(&mut self, text: &Text) {
        let scale = f64::from(SCALE);
        let at = (text.left() * scale, text.at.1 * scale);
        let ink = text.ink.rgb(self.theme);
        let (width, height) = (self.pixels.width(), self.pixels.height());
        let pixels = self.pixels.pixels_mut();
        text.weight.cover(&text.words, text.size * scale, at, |x, y, part| {
            if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                && x < width
                && y < height
            {
                let pixel = &mut pixels[(y * width + x) as usize];
                *pixel = mixed(*pixel, ink, part.clamp(0.0, 1.0));
            }
        });
    }
}

/// An opaque pixel after ink has covered a part of it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
fn mixed(below: PremultipliedColorU8, (red, green, blue): (u8, u8, u8), part: f32) -> PremultipliedColorU8 {
    let mix = |below: u8, ink: u8| (f32::from(below) + (f32::from(ink) - f32::from(below)) * part).round() as u8;
    let (red, green, blue) = (mix(below.red(), red), mix(below.green(), green), mix(below.blue(), blue));
    PremultipliedColorU8::from_rgba(red, green, blue, u8::MAX).expect("no channel is above 255")
}

fn scaled() -> Transform {
    Transform::from_scale(SCALE, SCALE)
}

#[expect(clippy::cast_possible_truncation, reason = "a canvas is some thousand units wide")]
fn single(length: f64) -> f32 {
    length as f32
}

/// A line through these points; none if there is nothing to draw.
fn polygon(points: &[Xy], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    path.move_to(single(first.0), single(first.1));
    for point in rest {
        path.line_to(single(point.0), single(point.1));
    }
    if closed {
        path.close();
    }
    path.finish()
}

fn circle((x, y): Xy, radius: f64) -> Option<Path> {
    PathBuilder::from_circle(single(x), single(y), single(radius))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Ink = Ink::Fixed((0, 0, 0));

    /// A pixel's red on a white ground, after drawing `shape` on a scene of 20 × 10 units.
    fn red(shape: Shape) -> impl Fn(u32, u32) -> u8 {
        let mut scene = Scene::new(20.0, 10.0);
        scene.shapes.push(shape);
        let canvas = Canvas::draw(&scene, Theme::Light);
        assert_eq!((canvas.pixels.width(), canvas.pixels.height()), (40, 20));
        move |x, y| canvas.pixels.pixel(x, y).expect("on the canvas").red()
    }

    #[test]
    fn dashes_go_round_corners() {
        let points = vec![(0.0, 5.0), (10.0, 5.0), (10.0, 10.0)];
        let at = red(Shape::Line { points, stroke: Stroke { dashes: &[8.0, 1.0], ..Stroke::solid(BLACK, 2.0) } });
        assert_eq!([at(4, 10), at(15, 10)], [0, 0], "the first dash");
        assert_eq!(at(17, 10), 255, "the gap");
        assert_eq!([at(19, 10), at(20, 14)], [0, 0], "the second dash, before and behind the corner");
    }

    #[test]
    fn an_edge_within_a_pixel_covers_a_part_of_it() {
        let at = red(Shape::Area {
            points: vec![(2.0, 2.0), (4.25, 2.0), (4.25, 8.0), (2.0, 8.0)],
            ink: BLACK,
            cover: 1.0,
            outline: None,
        });
        assert_eq!([at(3, 8), at(7, 8), at(9, 8)], [255, 0, 255]);
        assert!((100..156).contains(&at(8, 8)), "half of it: {}", at(8, 8));
    }

    #[test]
    fn what_covers_in_part_lets_the_ground_through_and_a_circle_is_round() {
        let at = red(Shape::Area {
            points: vec![(0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)],
            ink: BLACK,
            cover: 0.2,
            outline: None,
        });
        assert!((203..=205).contains(&at(20, 10)), "{}", at(20, 10));
        let at = red(Shape::Circle { center: (10.0, 5.0), radius: 4.0, ink: BLACK, outline: None });
        assert_eq!([at(20, 10), at(13, 10), at(13, 3), at(20, 3)], [0, 0, 255, 0]);
    }

    #[test]
    fn nothing_to_draw_draws_nothing() {
        for points in [vec![], vec![(5.0, 5.0)]] {
            let at = red(Shape::Line { points, stroke: Stroke::solid(BLACK, 2.0) });
            assert_eq!(at(10, 10), 255);
        }
    }
}
