//! A scene as PNG, drawn by the bitmap backend of `plotters`.

use std::fmt::Debug;

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{Color, RGBAColor};

use super::scene::{Point, Scene, Shape, Stroke, Text};
use super::theme::{Ink, Theme};
use crate::output::figure::Figure;

/// Pixels of the file for each unit of the scene.
const SCALE: u32 = 2;

/// Pixels drawn for each pixel of the file, along each axis.
const SAMPLES: u32 = 2;

/// Sides of the polygon that stands for a circle.
const SIDES: u32 = 48;

/// Draws the scene and encodes it, with title, description and digests as text.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a scene is some thousand units wide")]
pub(super) fn file(figure: &Figure, scene: &Scene, theme: Theme) -> Vec<u8> {
    let size = (scene.width as u32 * SCALE, scene.height as u32 * SCALE);
    let drawn = (size.0 * SAMPLES, size.1 * SAMPLES);
    let mut pixels = vec![0; drawn.0 as usize * drawn.1 as usize * 3];
    {
        let backend = BitMapBackend::with_buffer(&mut pixels, drawn);
        let mut canvas = Canvas { backend, theme, scale: f64::from(SCALE * SAMPLES) };
        let ground = Room(scene.width, scene.height);
        canvas.fill(&ground.corners(), Ink::Ground, 1.0);
        canvas.shapes(&scene.shapes);
        done(canvas.backend.present());
    }
    encode(figure, size, &reduce(&pixels, size))
}

struct Room(f64, f64);

impl Room {
    fn corners(&self) -> [Point; 4] {
        [(0.0, 0.0), (self.0, 0.0), (self.0, self.1), (0.0, self.1)]
    }
}

/// The mean of [`SAMPLES`] × [`SAMPLES`] pixels for each pixel.
fn reduce(pixels: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let (width, height, samples) = (width as usize, height as usize, SAMPLES as usize);
    let mut reduced = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let mut sum = 0_u32;
                for row in y * samples..(y + 1) * samples {
                    for column in x * samples..(x + 1) * samples {
                        sum += u32::from(pixels[(row * width * samples + column) * 3 + channel]);
                    }
                }
                let count = SAMPLES * SAMPLES;
                reduced.push(u8::try_from((sum + count / 2) / count).expect("a mean is within its values"));
            }
        }
    }
    reduced
}

/// The keyword of the digest of the experiment, by which a figure is known again.
pub(super) const DIGEST: &str = "Experiment digest";

fn encode(figure: &Figure, (width, height): (u32, u32), pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    let texts = [
        ("Title", figure.title.clone()),
        ("Description", figure.alternative.clone()),
        (DIGEST, figure.source.digest.clone()),
        ("Data digest", figure.numbers.digest()),
    ];
    for (keyword, text) in texts {
        done(encoder.add_itxt_chunk(keyword.to_owned(), text));
    }
    let mut writer = done(encoder.write_header());
    done(writer.write_image_data(pixels));
    done(writer.finish());
    bytes
}

/// What memory holds and is drawn within bounds cannot fail.
fn done<T, E: Debug>(result: Result<T, E>) -> T {
    result.expect("drawing into memory does not fail")
}

struct Canvas<'a> {
    backend: BitMapBackend<'a>,
    theme: Theme,
    scale: f64,
}

impl Canvas<'_> {
    fn shapes(&mut self, shapes: &[Shape]) {
        for shape in shapes {
            self.shape(shape);
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Line { points, stroke } => self.line(points, stroke),
            Shape::Area { points, ink, cover, outline } => {
                self.fill(points, *ink, *cover);
                self.outline(points, outline.as_ref());
            }
            Shape::Circle { center, radius, ink, outline } => {
                let points = circle(*center, *radius);
                self.fill(&points, *ink, 1.0);
                self.outline(&points, outline.as_ref());
            }
            Shape::Text(text) => self.text(text),
            Shape::Group { shapes, .. } => self.shapes(shapes),
        }
    }

    fn color(&self, ink: Ink, cover: f64) -> RGBAColor {
        let (red, green, blue) = ink.rgb(self.theme);
        RGBAColor(red, green, blue, cover)
    }

    #[expect(clippy::cast_possible_truncation, reason = "a canvas is some thousand pixels wide")]
    fn coordinate(&self, (x, y): Point) -> (i32, i32) {
        ((x * self.scale).round() as i32, (y * self.scale).round() as i32)
    }

    fn fill(&mut self, points: &[Point], ink: Ink, cover: f64) {
        let corners: Vec<(i32, i32)> = points.iter().map(|&point| self.coordinate(point)).collect();
        let color = self.color(ink, cover);
        done(self.backend.fill_polygon(corners, &color));
    }

    fn outline(&mut self, points: &[Point], stroke: Option<&Stroke>) {
        if let (Some(stroke), Some(first)) = (stroke, points.first()) {
            let closed: Vec<Point> = points.iter().copied().chain([*first]).collect();
            self.line(&closed, stroke);
        }
    }

    /// A line, as a box for each part with a round joint at each corner.
    fn line(&mut self, points: &[Point], stroke: &Stroke) {
        for piece in dashed(points, stroke.dashes) {
            for pair in piece.windows(2) {
                self.part(pair[0], pair[1], stroke);
            }
            if stroke.cover >= 1.0 && piece.len() > 2 {
                for &corner in &piece[1..piece.len() - 1] {
                    self.fill(&circle(corner, stroke.width / 2.0), stroke.ink, 1.0);
                }
            }
        }
    }

    fn part(&mut self, from: Point, to: Point, stroke: &Stroke) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = libm::hypot(dx, dy);
        if length > 0.0 {
            let (nx, ny) = (-dy / length * stroke.width / 2.0, dx / length * stroke.width / 2.0);
            let corners = [
                (from.0 + nx, from.1 + ny),
                (to.0 + nx, to.1 + ny),
                (to.0 - nx, to.1 - ny),
                (from.0 - nx, from.1 - ny),
            ];
            self.fill(&corners, stroke.ink, stroke.cover);
        }
    }

    fn text(&mut self, text: &Text) {
        let at = (text.left() * self.scale, text.at.1 * self.scale);
        let color = self.color(text.ink, 1.0);
        let (width, height) = self.backend.get_size();
        let inside =
            |x: i32, y: i32| u32::try_from(x).is_ok_and(|x| x < width) && u32::try_from(y).is_ok_and(|y| y < height);
        let backend = &mut self.backend;
        text.weight.cover(&text.words, text.size * self.scale, at, |x, y, part| {
            if inside(x, y) {
                let color = color.mix(f64::from(part.clamp(0.0, 1.0)));
                done(backend.draw_pixel((x, y), color.to_backend_color()));
            }
        });
    }
}

fn circle((x, y): Point, radius: f64) -> Vec<Point> {
    let corner = |side: u32| {
        let angle = std::f64::consts::TAU * f64::from(side) / f64::from(SIDES);
        (x + radius * libm::cos(angle), y + radius * libm::sin(angle))
    };
    (0..SIDES).map(corner).collect()
}

/// The dashes of a line; all of it if there are none.
fn dashed(points: &[Point], dashes: &[f64]) -> Vec<Vec<Point>> {
    if dashes.is_empty() {
        return vec![points.to_vec()];
    }
    let mut pieces = Vec::new();
    let (mut index, mut left) = (0, dashes[0]);
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let rest = libm::hypot(to.0 - from.0, to.1 - from.1);
            if rest <= left {
                left -= rest;
                if index % 2 == 0 {
                    piece.push(to);
                }
                break;
            }
            let part = left / rest;
            from = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            if index % 2 == 0 {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![from];
            }
            index = (index + 1) % dashes.len();
            left = dashes[index];
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_round_corners() {
        let line = [(0.0, 0.0), (3.0, 0.0), (3.0, 4.0)];
        let pieces = dashed(&line, &[4.0, 1.0]);
        assert_eq!(pieces, [vec![(0.0, 0.0), (3.0, 0.0), (3.0, 1.0)], vec![(3.0, 2.0), (3.0, 4.0)]]);
    }
}
