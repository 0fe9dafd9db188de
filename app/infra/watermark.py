"""Pictures for everybody: a rendition of ours with the holder and the number across it, and nothing else inside."""

from __future__ import annotations

import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LONG_EDGE = 1200
MIME = "image/jpeg"
QUALITY = 84
_WHITE, _DARK = (255, 255, 255), (42, 23, 25)


def marked(path: Path, words: str) -> tuple[bytes, int, int]:
    """Return a JPEG (bytes, width, height) of a rendition with `words` in a strip below and across the picture.

    The marks across are faint and repeated, so that no part can be cut out without one. The file has no metadata.
    """
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((LONG_EDGE, LONG_EDGE))
    width, height = picture.size
    layer = Image.new("RGBA", (2 * max(width, height), 2 * max(width, height)), (0, 0, 0, 0))
    draw, size = ImageDraw.Draw(layer), max(16, width // 26)
    font = _font(size)
    step = round(draw.textlength(words, font=font)) + 3 * size
    for row, top in enumerate(range(0, layer.height, 5 * size)):
        for left in range(-(row % 2) * step // 2, layer.width, step):
            draw.text((left + 1, top + 1), words, font=font, fill=(*_DARK, 70))
            draw.text((left, top), words, font=font, fill=(*_WHITE, 110))
    turned = layer.rotate(28)
    left, top = (turned.width - width) // 2, (turned.height - height) // 2
    across = Image.alpha_composite(picture.convert("RGBA"), turned.crop((left, top, left + width, top + height)))
    whole = Image.new("RGB", (width, height + 2 * size), _DARK)
    whole.paste(across.convert("RGB"), (0, 0))
    strip = _fitting(words, size, width - size)
    ImageDraw.Draw(whole).text((width // 2, height + size), words, font=strip, fill=_WHITE, anchor="mm")
    out = io.BytesIO()
    whole.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue(), whole.width, whole.height


def _fitting(words: str, size: int, room: int) -> ImageFont.FreeTypeFont:
    while size > 8 and _font(size).getlength(words) > room:
        size -= 1
    return _font(size)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    spec = find_spec("font_source_sans_pro")
    assert spec is not None and spec.submodule_search_locations
    return ImageFont.truetype(
        str(Path(spec.submodule_search_locations[0]) / "files" / "SourceSansPro-Semibold.ttf"), size
    )
