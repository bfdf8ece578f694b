"""Makes the fonts that measure and do not draw: widths.py, with fonttools 4.60 or later.

They have the widths and the kerning of Latin, Greek and Cyrillic letters, punctuation and mathematical signs.
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

LETTERS = [(0x20, 0x250), (0x370, 0x530), (0x2000, 0x20D0), (0x2100, 0x2600)]

for name in ("DejaVuSans", "DejaVuSans-Bold"):
    path = Path(__file__).with_name(f"{name}.ttf")
    options = subset.Options(layout_features=[], legacy_kern=True, hinting=False, notdef_outline=True)
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "FFTM"]
    font = TTFont(path)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for begin, end in LETTERS for code in range(begin, end)])
    subsetter.subset(font)
    for glyph in font["glyf"].keys():
        font["glyf"][glyph] = Glyph()
    font.save(path.with_name(f"{name}-widths.ttf"))
