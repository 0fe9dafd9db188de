"""`python -m app.infra.color_reading_worker`: one picture per process, a JSON request in, a JSON answer out.

Asked for a card it reads the card; asked for an area it gives the colors of the area in small pieces. The process
lives under the limits of the image worker, and what it says is judged elsewhere.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from PIL import Image, ImageDraw
from PIL import JpegImagePlugin as _jpeg  # noqa: F401 - imported to register; Pillow would load all forty otherwise
from PIL import WebPImagePlugin as _webp  # noqa: F401

from app.domain.color.convert import linear
from app.domain.color.reading import reading_to_json
from app.infra.color_reading import read_card
from app.infra.image_worker import limit_process
from app.infra.images import Limits

MOST_CELLS: Final = 44
"""Pieces along the longer side of an area: at most 1,936, each the mean of its pixels, so that grain does not count."""
_CLIPPED: Final = 252
_FORMATS: Final = ("JPEG", "WEBP")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request: {"reading": ...} or {"samples": [[r, g, b, x, y], ...], "clipped": share}."""
    with Image.open(request["path"], formats=_FORMATS) as opened:
        picture = opened.convert("RGB")
    if request["work"] == "card":
        return {"reading": reading_to_json(read_card(picture))}
    return area_of(picture, request["area"])


def area_of(picture: Image.Image, area: dict[str, Any]) -> dict[str, Any]:
    """The colors of an ellipse or a rectangle; `area` has x, y, width and height in fractions, and "round"."""
    left, top = int(area["x"] * picture.width), int(area["y"] * picture.height)
    right = min(picture.width, left + max(1, round(area["width"] * picture.width)))
    bottom = min(picture.height, top + max(1, round(area["height"] * picture.height)))
    part = picture.crop((left, top, right, bottom))
    scale = min(1.0, MOST_CELLS / max(part.size))
    cells = part.resize((max(1, round(part.width * scale)), max(1, round(part.height * scale))), Image.Resampling.BOX)
    inside = Image.new("1", cells.size, 0 if area["round"] else 1)
    if area["round"]:
        ImageDraw.Draw(inside).ellipse((0, 0, cells.width - 1, cells.height - 1), fill=1)
    # An area of a few bright pixels hides in the mean of a cell, so the limit is looked for before cells are made.
    bright = part.point(lambda level: 255 if level >= _CLIPPED else 0)
    worst = bright.resize(cells.size, Image.Resampling.BOX)
    samples, clipped, count = [], 0, 0
    for row in range(cells.height):
        for column in range(cells.width):
            if not inside.getpixel((column, row)):
                continue
            count += 1
            if max(_levels(worst, column, row)) > 25:
                clipped += 1
                continue
            light = [round(linear(level / 255), 6) for level in _levels(cells, column, row)]
            x = (left + (column + 0.5) * part.width / cells.width) / picture.width
            y = (top + (row + 0.5) * part.height / cells.height) / picture.height
            samples.append([*light, round(x, 5), round(y, 5)])
    return {"samples": samples, "clipped": clipped / count if count else 1.0}


def _levels(image: Image.Image, column: int, row: int) -> tuple[int, int, int]:
    red, green, blue = image.getpixel((column, row))  # type: ignore[misc]  # a picture in RGB has three of them
    return red, green, blue


def main() -> None:
    """Read the request, set the limits, write the answer. Any exception ends the process with status 1."""
    request = json.load(sys.stdin)
    limit_process(Limits(**request["limits"]))
    json.dump(answer(request), sys.stdout)


if __name__ == "__main__":
    main()
