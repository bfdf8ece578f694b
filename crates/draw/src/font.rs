//! The font `DejaVu Sans`, included in the program: the width of words, and the pixels that they cover.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId};
#[cfg(not(target_family = "wasm"))]
use ab_glyph::{Glyph, PxScale, point};

use text::with_units;

#[cfg(not(target_family = "wasm"))]
static FILES: (&[u8], &[u8]) =
    (include_bytes!("../fonts/DejaVuSans.ttf"), include_bytes!("../fonts/DejaVuSans-Bold.ttf"));

/// The same fonts with widths, without outlines and without rare letters: a page has a font of its own to draw with, and
/// these two files are a thirtieth of the size. `fonts/widths.py` makes them.
#[cfg(any(target_family = "wasm", test))]
static WIDTHS: (&[u8], &[u8]) =
    (include_bytes!("../fonts/DejaVuSans-widths.ttf"), include_bytes!("../fonts/DejaVuSans-Bold-widths.ttf"));

#[cfg(target_family = "wasm")]
use WIDTHS as FILES;

static REGULAR: LazyLock<FontRef<'static>> = LazyLock::new(|| parse(FILES.0));
static BOLD: LazyLock<FontRef<'static>> = LazyLock::new(|| parse(FILES.1));

fn parse(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the included font is a font")
}

/// One weight of the font.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    fn font(self) -> &'static FontRef<'static> {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }

    /// Width of `text` at a font size of `size`.
    pub(super) fn width(self, text: &str, size: f64) -> f64 {
        let mut end = 0.0;
        self.glyphs(text, |_, _, advanced| end = advanced);
        end * size
    }

    /// Calls `each` for every glyph of `text` with the glyph's start and end, in ems.
    fn glyphs(self, text: &str, mut each: impl FnMut(GlyphId, f64, f64)) {
        let font = self.font();
        let em = f64::from(font.units_per_em().expect("the included font has an em"));
        let (mut at, mut last) = (0.0, None);
        for letter in text.chars() {
            let glyph = font.glyph_id(letter);
            if let Some(last) = last {
                at += f64::from(font.kern_unscaled(last, glyph)) / em;
            }
            let begin = at;
            at += f64::from(font.h_advance_unscaled(glyph)) / em;
            each(glyph, begin, at);
            last = Some(glyph);
        }
    }

    #[cfg(not(target_family = "wasm"))]
    /// Calls back for each pixel that `text` covers, with the covered share. The baseline runs from `at` to the right.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "a canvas is some thousand pixels wide"
    )]
    pub(super) fn cover(self, text: &str, size: f64, at: (f64, f64), mut pixel: impl FnMut(i32, i32, f32)) {
        let font = self.font();
        let em = font.units_per_em().expect("the included font has an em");
        let scale = PxScale::from(size as f32 * font.height_unscaled() / em);
        self.glyphs(text, |id, begin, _| {
            let position = point((at.0 + begin * size) as f32, at.1 as f32);
            if let Some(outline) = font.outline_glyph(Glyph { id, scale, position }) {
                let bounds = outline.px_bounds();
                let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
                outline.draw(|x, y, part| pixel(left + x as i32, top + y as i32, part));
            }
        });
    }

    /// The longest beginning of `text` that fits into `room`, with … if something is left out.
    pub(super) fn fit(self, text: &str, size: f64, room: f64) -> String {
        if self.width(text, size) <= room {
            return text.to_owned();
        }
        let mut kept: Vec<char> = text.chars().collect();
        while kept.pop().is_some() {
            let cut: String = kept.iter().collect::<String>().trim_end().to_owned() + "…";
            if self.width(&cut, size) <= room {
                return cut;
            }
        }
        String::new()
    }

    /// `text` in lines no wider than `room`, broken between words; a longer word is cut.
    pub(super) fn wrap(self, text: &str, size: f64, room: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let text = with_units(text);
        for word in text.split(|c: char| c.is_whitespace() && c != '\u{a0}').filter(|word| !word.is_empty()) {
            let joined = lines.last().map(|line| format!("{line} {word}"));
            match joined.filter(|joined| self.width(joined, size) <= room) {
                Some(joined) => *lines.last_mut().expect("it has a line") = joined,
                None => lines.push(self.fit(word, size, room)),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // Advances of DejaVu Sans 2.37 at its em of 2048: zero 1303, comma 651.
        assert!((Weight::Regular.width("0", 2048.0) - 1303.0).abs() < 1e-6);
        assert!((Weight::Regular.width("0,0", 2048.0) - (1303.0 + 651.0 + 1303.0)).abs() < 1e-6);
        assert!(Weight::Bold.width("0", 10.0) > Weight::Regular.width("0", 10.0));
    }

    #[test]
    fn the_fonts_without_outlines_have_the_same_widths() {
        let letters: Vec<char> = (' '..='~').chain("−–…×·µ≤≥<∞±°→▽éÅßΩЖ†’“\u{a0}".chars()).collect();
        for (whole, widths) in [(FILES.0, WIDTHS.0), (FILES.1, WIDTHS.1)] {
            let (whole, widths) = (parse(whole), parse(widths));
            assert_eq!(whole.units_per_em(), widths.units_per_em());
            for &one in &letters {
                let ids = (whole.glyph_id(one), widths.glyph_id(one));
                assert_ne!(ids.1.0, 0, "{one}");
                let advances = (whole.h_advance_unscaled(ids.0), widths.h_advance_unscaled(ids.1));
                assert!((advances.0 - advances.1).abs() < 1e-6, "{one}");
                for &other in &letters {
                    let kern = whole.kern_unscaled(ids.0, whole.glyph_id(other));
                    let same = widths.kern_unscaled(ids.1, widths.glyph_id(other));
                    assert!((kern - same).abs() < 1e-6, "{one}{other}");
                }
            }
        }
    }

    #[test]
    fn lines_are_no_wider_than_the_room() {
        let lines = Weight::Regular.wrap("some words, and one_that_is_far_too_long_for_a_line", 10.0, 80.0);
        assert!(lines.len() >= 2 && lines.iter().all(|line| Weight::Regular.width(line, 10.0) <= 80.0), "{lines:?}");
        assert!(lines.last().unwrap().ends_with('…'));
    }

    #[test]
    fn every_letter_that_figures_use_is_in_the_font() {
        for letter in "−–…×·µ≤≥<∞±°→▽éÅß".chars() {
            assert_ne!(REGULAR.glyph_id(letter).0, 0, "{letter}");
        }
    }
}
