"""A small painter's box on Pillow for the drawn practice photos: soft shapes, lit surfaces, seeded texture.

Coordinates are those of the design drawings (400 x 300 units, lips around 200, 148); a `View` maps them to pixels, so
that a macro is drawn sharp instead of enlarged.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont, ImageOps

Point = tuple[float, float]
Color = tuple[int, int, int]
WIDTH: Final = 1600
HEIGHT: Final = 1200
WHITE: Final[Color] = (255, 255, 255)
BLACK: Final[Color] = (0, 0, 0)


def color(text: str) -> Color:
    """The red, green and blue (0 to 255) of a color written as `#rrggbb`. Raises ValueError for anything else."""
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def mix(one: Color, other: Color, share: float) -> Color:
    """`one` with `share` (0 to 1) of `other` in it, per channel."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera stands: `zoom` pixels per unit, with the unit `center` in the middle of the picture."""

    zoom: float = 4.0
    center: Point = (200.0, 150.0)

    def pixel(self, point: Point) -> Point:
        """The pixel that shows a point given in units."""
        return (
            (point[0] - self.center[0]) * self.zoom + WIDTH / 2,
            (point[1] - self.center[1]) * self.zoom + HEIGHT / 2,
        )


def bezier(start: Point, *curves: tuple[Point, Point, Point], steps: int = 28) -> list[Point]:
    """Points along a chain of cubic Bezier curves, each given as two handles and an end."""
    points = [start]
    for one, two, end in curves:
        for step in range(1, steps + 1):
            t = step / steps
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            corners = (start, one, two, end)
            points.append(
                (
                    sum(weight * corner[0] for weight, corner in zip(weights, corners, strict=True)),
                    sum(weight * corner[1] for weight, corner in zip(weights, corners, strict=True)),
                )
            )
        start = end
    return points


def noise(seed: int, size: tuple[int, int], grain: int, contrast: float) -> Image.Image:
    """Gray texture around 128, the same for the same seed; `grain` is the size of its spots in pixels."""
    width, height = size[0] // grain + 2, size[1] // grain + 2
    raw = Image.frombytes("L", (width, height), random.Random(seed).randbytes(width * height))
    raw = raw.filter(ImageFilter.BoxBlur(1)).point(lambda value: int(128 + (value - 128) * contrast * 3))
    return raw.resize((width * grain, height * grain), Image.Resampling.BICUBIC).crop((0, 0, *size))


class Canvas:
    """A picture of WIDTH x HEIGHT pixels that is painted in units of a view."""

    def __init__(self, view: View, ground: Image.Image) -> None:
        self.view = view
        self.image = ground

    def mask(self, points: Sequence[Point], blur: float = 1.0) -> Image.Image:
        """A filled outline as a full-size mask; `blur` in pixels softens its edge."""
        mask = Image.new("L", (WIDTH, HEIGHT), 0)
        ImageDraw.Draw(mask).polygon([self.view.pixel(point) for point in points], fill=255)
        return mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask

    def fill(
        self,
        points: Sequence[Point],
        fill: Color | Image.Image,
        opacity: float = 1.0,
        blur: float = 0.25,
        clip: Image.Image | None = None,
    ) -> None:
        """Paint a closed outline. `blur` is in units; a picture as `fill` is stretched over the bounding box."""
        pixels = [self.view.pixel(point) for point in points]
        self._paint(pixels, lambda draw, shifted: draw.polygon(shifted, fill=255), fill, opacity, blur, clip, 0)

    def line(
        self,
        points: Sequence[Point],
        width: float,
        fill: Color,
        opacity: float = 1.0,
        blur: float = 0.15,
        clip: Image.Image | None = None,
    ) -> None:
        """Paint an open line with round ends; `width` and `blur` are in units."""
        pixels = [self.view.pixel(point) for point in points]
        thick = max(1, round(width * self.view.zoom))

        def stroke(draw: ImageDraw.ImageDraw, shifted: list[Point]) -> None:
            draw.line(shifted, fill=255, width=thick, joint="curve")
            for x, y in (shifted[0], shifted[-1]):
                draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)

        self._paint(pixels, stroke, fill, opacity, blur, clip, thick)

    def ellipse(
        self,
        center: Point,
        radii: Point,
        fill: Color | Image.Image,
        opacity: float = 1.0,
        blur: float = 0.25,
        clip: Image.Image | None = None,
    ) -> None:
        """Paint an ellipse; all measures are in units."""
        low, high = (center[0] - radii[0], center[1] - radii[1]), (center[0] + radii[0], center[1] + radii[1])
        box = [self.view.pixel(low), self.view.pixel(high)]
        self._paint(box, lambda draw, shifted: draw.ellipse([*shifted], fill=255), fill, opacity, blur, clip, 0)

    def box(
        self,
        low: Point,
        high: Point,
        fill: Color | Image.Image,
        radius: float = 0.0,
        opacity: float = 1.0,
        blur: float = 0.2,
    ) -> None:
        """Paint an upright rectangle with rounded corners; all measures are in units."""
        box = [self.view.pixel(low), self.view.pixel(high)]
        round_by = radius * self.view.zoom
        self._paint(
            box,
            lambda draw, shifted: draw.rounded_rectangle([*shifted], radius=round_by, fill=255),
            fill, opacity, blur, None, 0,
        )  # fmt: skip

    def text(self, at: Point, words: str, height: float, fill: Color) -> None:
        """Write `words` with the top left corner at `at`, letters `height` units high."""
        font = ImageFont.load_default(size=height * self.view.zoom)
        ImageDraw.Draw(self.image).text(self.view.pixel(at), words, font=font, fill=fill)

    def texture(self, gray: Image.Image) -> None:
        """Add a gray texture (128 changes nothing) to the whole picture."""
        layer = Image.merge("RGB", (gray, gray, gray))
        self.image = ImageChops.add(self.image, layer, scale=1, offset=-128)

    def _paint(
        self,
        pixels: list[Point],
        draw: Callable[[ImageDraw.ImageDraw, list[Point]], None],
        fill: Color | Image.Image,
        opacity: float,
        blur: float,
        clip: Image.Image | None,
        margin: int,
    ) -> None:
        """Paint only inside the bounding box: most shapes are small, and full-size masks cost the most."""
        spread = round(blur * self.view.zoom * 3) + margin + 2
        left = max(0, int(min(x for x, _ in pixels)) - spread)
        top = max(0, int(min(y for _, y in pixels)) - spread)
        right = min(WIDTH, int(max(x for x, _ in pixels)) + spread)
        bottom = min(HEIGHT, int(max(y for _, y in pixels)) + spread)
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top), 0)
        draw(ImageDraw.Draw(mask), [(x - left, y - top) for x, y in pixels])
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * self.view.zoom))
        if opacity < 1:
            mask = mask.point(lambda value: int(value * opacity))
        if clip is not None:
            mask = ImageChops.multiply(mask, clip.crop((left, top, right, bottom)))
        if isinstance(fill, Image.Image):
            self.image.paste(fill.resize(mask.size), (left, top), mask)
        else:
            self.image.paste(fill, (left, top, right, bottom), mask)


def fade(top: Color, middle: Color, bottom: Color) -> Image.Image:
    """A vertical gradient of three colors, to be used as a fill."""
    return ImageOps.colorize(Image.linear_gradient("L"), top, bottom, mid=middle)


def lit(middle: Color, edge: Color, light: Point = (0.45, 0.36)) -> Image.Image:
    """A full-size ground, brightest at `light` (shares of width and height) and darker towards the edges."""
    glow = Image.radial_gradient("L")
    scale = glow.width / (2.3 * WIDTH)
    left, top = glow.width / 2 - light[0] * WIDTH * scale, glow.height / 2 - light[1] * HEIGHT * scale
    box = (left, top, left + WIDTH * scale, top + HEIGHT * scale)
    return ImageOps.colorize(glow.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box), middle, edge)


def rounded(corners: Sequence[Point], rounds: int = 3) -> list[Point]:
    """A closed outline with its corners cut again and again until it is smooth (Chaikin's scheme)."""
    points = list(corners)
    for _ in range(rounds):
        points = [
            (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
            for a, b in zip(points, points[1:] + points[:1], strict=True)
            for share in (0.25, 0.75)
        ]
    return points
