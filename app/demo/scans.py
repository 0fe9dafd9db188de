"""Papers of the demo that students hand in as proofs from elsewhere."""

from __future__ import annotations

import io
from datetime import date
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_SIZE: Final = (1000, 700)
_INK: Final = "#3a2a26"


def draw_scan(holder: str, issuer: str, number: str, issued_on: date) -> bytes:
    """A JPEG of a certificate as an office scans it, with its facts in large letters; 1000 x 700 pixels."""
    image = Image.new("RGB", _SIZE, "#f6efe6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 30, _SIZE[0] - 30, _SIZE[1] - 30), outline=_INK, width=3)
    lines = ((110, 40, issuer), (240, 24, "certifies the training of"), (310, 48, holder))
    facts = (
        (470, 28, f"No. {number}"),
        (520, 28, f"Issued on {issued_on:%Y-%m-%d}"),
        (600, 20, "Specimen of the demo"),
    )
    for top, size, text in (*lines, *facts):
        draw.text((_SIZE[0] / 2, top), text, fill=_INK, font=ImageFont.load_default(size), anchor="ma")
    output = io.BytesIO()
    image.save(output, "JPEG", quality=80)
    return output.getvalue()
