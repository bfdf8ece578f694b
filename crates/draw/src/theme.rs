//! Colours on a light or a dark ground: Okabe and Ito's for categories, viridis for magnitudes. On a dark ground Okabe
//! and Ito's hues are lighter or further apart. On a light ground indigo replaces yellow, whose contrast is too low.
//!
//! Sources: M. Okabe and K. Ito, "Color Universal Design" (2008); N. Smith and S. van der Walt's viridis of matplotlib.

/// The ground that a figure is drawn on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Red, green and blue.
pub(super) type Rgb = (u8, u8, u8);

/// The use of a colour.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Ink {
    Ground,
    Text,
    Muted,
    Axis,
    Grid,
    Shaded,
    /// One of the colours for categories.
    Hue(usize),
    /// The same in every theme.
    Fixed(Rgb),
}

/// Number of colours for categories.
pub(super) const HUES: usize = 8;

/// On a light ground: blue, vermillion, bluish green, reddish purple, orange, sky blue, black, indigo.
const ON_LIGHT: [Rgb; HUES] = [
    (0x00, 0x72, 0xB2),
    (0xD5, 0x5E, 0x00),
    (0x00, 0x9E, 0x73),
    (0xCC, 0x79, 0xA7),
    (0xE6, 0x9F, 0x00),
    (0x56, 0xB4, 0xE9),
    (0x1A, 0x1D, 0x21),
    (0x33, 0x11, 0x99),
];

/// On a dark ground: the same, but white for black and yellow for indigo.
const ON_DARK: [Rgb; HUES] = [
    (0x4A, 0x7D, 0xFF),
    (0xE0, 0x53, 0x0A),
    (0x0F, 0xA2, 0x7A),
    (0xE0, 0x8C, 0xC4),
    (0xEF, 0xA5, 0x1E),
    (0x86, 0xDD, 0xF9),
    (0xFF, 0xFF, 0xFF),
    (0xF3, 0xEC, 0x5A),
];

/// The colour scale at nine even steps.
const VIRIDIS: [Rgb; 9] = [
    (0x44, 0x01, 0x54),
    (0x47, 0x2D, 0x7B),
    (0x3B, 0x52, 0x8B),
    (0x2C, 0x72, 0x8E),
    (0x21, 0x91, 0x8C),
    (0x28, 0xAE, 0x80),
    (0x5E, 0xC9, 0x62),
    (0xAD, 0xDC, 0x30),
    (0xFD, 0xE7, 0x25),
];

impl Ink {
    /// All inks whose colour depends on the theme.
    pub(super) fn themed() -> impl Iterator<Item = Self> {
        let named = [Self::Ground, Self::Text, Self::Muted, Self::Axis, Self::Grid, Self::Shaded];
        named.into_iter().chain((0..HUES).map(Self::Hue))
    }

    /// Its colour.
    pub(super) const fn rgb(self, theme: Theme) -> Rgb {
        let (light, dark) = match self {
            Self::Ground => ((0xFF, 0xFF, 0xFF), (0x14, 0x17, 0x1C)),
            Self::Text => ((0x1A, 0x1D, 0x21), (0xEC, 0xEE, 0xF1)),
            Self::Muted => ((0x56, 0x5C, 0x64), (0xA9, 0xB0, 0xBA)),
            Self::Axis => ((0x7D, 0x84, 0x8D), (0x76, 0x7E, 0x8A)),
            Self::Grid => ((0xE4, 0xE7, 0xEA), (0x2C, 0x31, 0x39)),
            Self::Shaded => ((0xF3, 0xE3, 0xCF), (0x3A, 0x30, 0x22)),
            Self::Hue(index) => (ON_LIGHT[index], ON_DARK[index]),
            Self::Fixed(rgb) => (rgb, rgb),
        };
        match theme {
            Theme::Light => light,
            Theme::Dark => dark,
        }
    }

    /// Name of the custom property with this colour in a page; none for a fixed colour.
    pub(super) fn property(self) -> Option<String> {
        let name = match self {
            Self::Ground => "ground",
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Axis => "axis",
            Self::Grid => "grid",
            Self::Shaded => "shaded",
            Self::Hue(index) => return Some(format!("--figure-hue-{index}")),
            Self::Fixed(_) => return None,
        };
        Some(format!("--figure-{name}"))
    }
}

/// The colour at `share` of the scale, 0 to 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares and channels are small and ≥ 0")]
pub(super) fn viridis(share: f64) -> Rgb {
    let steps = VIRIDIS.len() - 1;
    let at = share.clamp(0.0, 1.0) * steps as f64;
    let below = (at.floor() as usize).min(steps - 1);
    let part = at - below as f64;
    let mix = |low: u8, high: u8| (f64::from(low) + (f64::from(high) - f64::from(low)) * part).round() as u8;
    let (low, high) = (VIRIDIS[below], VIRIDIS[below + 1]);
    (mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2))
}

/// Black or white, whichever has the higher contrast on `ground`.
pub(super) fn on(ground: Rgb) -> Rgb {
    let (black, white) = ((0x00, 0x00, 0x00), (0xFF, 0xFF, 0xFF));
    if contrast(black, ground) >= contrast(white, ground) { black } else { white }
}

/// Contrast ratio of the Web Content Accessibility Guidelines 2.2, from 1 to 21.
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Linear light of a channel, 0 to 1.
fn linear(value: u8) -> f64 {
    let share = f64::from(value) / 255.0;
    if share <= 0.040_45 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
}

/// Relative luminance of the Web Content Accessibility Guidelines 2.2.
fn luminance((red, green, blue): Rgb) -> f64 {
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_read_on_every_ground() {
        for theme in [Theme::Light, Theme::Dark] {
            for ink in [Ink::Text, Ink::Muted] {
                for ground in [Ink::Ground, Ink::Shaded] {
                    assert!(contrast(ink.rgb(theme), ground.rgb(theme)) >= 4.5, "{ink:?} on {ground:?}, {theme:?}");
                }
            }
        }
        for step in 0..=100 {
            let ground = viridis(f64::from(step) / 100.0);
            assert!(contrast(on(ground), ground) >= 4.5, "{step} %: {}", contrast(on(ground), ground));
        }
    }

    /// Three numbers, each a weighted sum of three others.
    fn times(matrix: [[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
    }

    /// B. Ottosson's Oklab: distances are proportional to perceived differences; black and white are 1 apart.
    fn oklab(light: [f64; 3]) -> [f64; 3] {
        let cones = times(
            [
                [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
                [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
                [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
            ],
            light,
        );
        times(
            [
                [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
                [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
                [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
            ],
            cones.map(libm::cbrt),
        )
    }

    const ALL_CONES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    /// Machado, Oliveira and Fernandes (2009): vision without cones for long, and without cones for medium wavelengths.
    const PROTANOPIA: [[f64; 3]; 3] =
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
    const DEUTERANOPIA: [[f64; 3]; 3] =
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];

    #[test]
    fn the_colours_of_lines_can_be_told_apart_on_both_grounds() {
        for theme in [Theme::Light, Theme::Dark] {
            for (sight, least) in [(ALL_CONES, 0.15), (PROTANOPIA, 0.09), (DEUTERANOPIA, 0.07)] {
                let seen = |index: usize| {
                    let (red, green, blue) = Ink::Hue(index).rgb(theme);
                    oklab(times(sight, [red, green, blue].map(linear)).map(|light| light.clamp(0.0, 1.0)))
                };
                for one in 0..HUES {
                    for other in 0..one {
                        let (a, b) = (seen(one), seen(other));
                        let apart =
                            libm::sqrt((0..3).map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis])).sum::<f64>());
                        assert!(apart >= least, "{other} and {one}, {theme:?}: {apart}");
                    }
                }
            }
        }
        for index in 0..HUES {
            let on_dark = contrast(Ink::Hue(index).rgb(Theme::Dark), Ink::Ground.rgb(Theme::Dark));
            assert!(on_dark >= 4.5, "{index}: {on_dark}");
        }
    }

    #[test]
    fn the_scale_begins_and_ends_where_viridis_does_and_grows_lighter() {
        assert_eq!(viridis(0.0), (0x44, 0x01, 0x54));
        assert_eq!(viridis(1.0), (0xFD, 0xE7, 0x25));
        let lightness: Vec<f64> = (0..=100).map(|step| luminance(viridis(f64::from(step) / 100.0))).collect();
        assert!(lightness.windows(2).all(|pair| pair[0] < pair[1]), "{lightness:?}");
    }
}
