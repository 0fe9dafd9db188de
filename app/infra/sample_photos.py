"""Draws believable photos of practice pieces for `./vermilion demo` and for tests: no person, no camera, no license.

Every photo is a function of its parameters: the same piece gives the same bytes, another seed another mouth, another
light and another hand.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal, get_args

import segno
from PIL import ExifTags, Image, ImageChops, ImageEnhance, ImageFilter

from app.infra.sample_drawing import (
    BLACK,
    HEIGHT,
    WHITE,
    WIDTH,
    Canvas,
    Color,
    Point,
    View,
    bezier,
    color,
    fade,
    lit,
    mix,
    noise,
)
from app.infra.sample_station import draw_setup, draw_teardown

Slot = Literal["setup", "blank", "map", "pass-1", "pass-2", "final-front", "final-45", "macro", "teardown", "healed"]
SLOTS: Final[tuple[Slot, ...]] = get_args(Slot)


@dataclass(frozen=True, slots=True)
class Piece:
    """One practice piece as it is to be drawn.

    `coverage` is how much pigment the finished piece holds, 0 to 1; `patchy` leaves an island thin and `blurred`
    shakes the camera, so that reviewers have something to find. Colors are `#rrggbb`.
    """

    seed: int
    code: str = "P-0000"
    skin: str = "#d9a585"
    lip: str = "#cf9a8b"
    pigment: str = "#b8423c"
    coverage: float = 0.72
    patchy: bool = False
    blurred: bool = False


def draw_photo(slot: Slot, piece: Piece, *, taken_at: datetime, gps: bool = False) -> bytes:
    """A JPEG of 1600 x 1200 pixels for one photo slot, with EXIF as a phone writes it.

    `taken_at` is an aware datetime; it is written with its zone, and its date stands on the code card. A place is
    written only when `gps` is true. Raises KeyError for an unknown slot.
    """
    image = _finish(_SCENES[slot](piece, taken_at), piece, slot)
    output = io.BytesIO()
    image.save(output, "JPEG", quality=88, exif=_exif(taken_at, gps=gps))
    return output.getvalue()


# ---------------------------------------------------------------- the mouth


@dataclass(frozen=True, slots=True)
class _Mouth:
    """Outlines of one mouth in units, varied by the seed."""

    rng: random.Random
    wide: float = field(init=False)
    upper: float = field(init=False)
    lower: float = field(init=False)
    bow: float = field(init=False)

    def __post_init__(self) -> None:
        for name, low, high in (("wide", 0.9, 1.04), ("upper", 0.86, 1.12), ("lower", 0.88, 1.08), ("bow", -4, 7)):
            object.__setattr__(self, name, self.rng.uniform(low, high))

    def at(self, x: float, y: float) -> Point:
        """A point of the model mouth where it lies on this one."""
        y += self.bow if y == 85 else 0.0
        return 200 + (x - 200) * self.wide, 148 + (y - 130) * (self.upper if y < 130 else self.lower)

    def _path(self, start: Point, *curves: tuple[float, float, float, float, float, float]) -> list[Point]:
        return bezier(self.at(*start), *((self.at(a, b), self.at(c, d), self.at(e, f)) for a, b, c, d, e, f in curves))

    @property
    def top(self) -> list[Point]:
        """The upper border from the left corner over both peaks to the right corner."""
        return self._path(
            (60, 130), (92, 110, 134, 76, 170, 72), (184, 71, 191, 85, 200, 85),
            (209, 85, 216, 71, 230, 72), (266, 76, 308, 110, 340, 130),
        )  # fmt: skip

    @property
    def bottom(self) -> list[Point]:
        """The lower border from the right corner to the left."""
        return self._path((340, 130), (314, 166, 262, 196, 200, 196), (138, 196, 86, 166, 60, 130))

    @property
    def line(self) -> list[Point]:
        """Where the lips meet, from left to right."""
        return self._path(
            (60, 130), (98, 127, 138, 123, 167, 125), (181, 126, 189, 132, 200, 132),
            (211, 132, 219, 126, 233, 125), (262, 123, 302, 127, 340, 130),
        )  # fmt: skip


def _pad(piece: Piece, coverage: float, view: View | None = None, extra: _Extra | None = None) -> Image.Image:
    """The practice skin with its lips, holding pigment at `coverage`, seen from `view`."""
    rng = random.Random(piece.seed)
    mouth, skin = _Mouth(rng), color(piece.skin)
    ground = lit(
        mix(skin, WHITE, 0.10), mix(skin, (70, 35, 30), 0.42), (rng.uniform(0.34, 0.6), rng.uniform(0.2, 0.45))
    )
    canvas = Canvas(view or View(), ground)
    _face(canvas, mouth, skin)
    clip = canvas.mask(mouth.top + mouth.bottom, blur=2.2)
    _lips(canvas, mouth, color(piece.lip))
    if coverage > 0:
        _pigment(canvas, piece, mouth, clip, coverage)
    _relief(canvas, rng, mouth, clip)
    pore = max(3, round(canvas.view.zoom * 0.8))
    canvas.texture(noise(piece.seed + 1, (WIDTH, HEIGHT), pore, 0.05))
    canvas.texture(noise(piece.seed + 2, (WIDTH, HEIGHT), pore * 18, 0.02))
    if extra is not None:
        extra(canvas, mouth)
    return canvas.image


_Extra = Callable[[Canvas, _Mouth], None]


def _face(canvas: Canvas, mouth: _Mouth, skin: Color) -> None:
    """The molded surroundings: groove above, shadow below, folds at the corners, a pale rim around the lips."""
    # Dark skin reflects less: its rim and chin must not turn gray.
    shade, glow = mix(skin, (80, 40, 30), 0.5), mix(skin, WHITE, 0.44 * skin[0] / 255)
    groove = [(184, -40), (188, 60), (180, 96), (220, 96), (212, 60), (216, -40)]
    canvas.fill(groove, shade, 0.30, blur=8)
    for side in (-1, 1):
        canvas.line([(200 + side * 34, -40), (200 + side * 28, 50), (200 + side * 36, 92)], 8, glow, 0.34, blur=6)
        corner = mouth.at(200 + side * 140, 130)
        canvas.line([(corner[0] + side * 26, corner[1] + 14), (corner[0] - side * 2, corner[1])], 12, shade, 0.4, 7)
    low = mouth.at(200, 196)[1]
    canvas.ellipse((200, low + 16), (88, 9), shade, 0.5, blur=8)
    canvas.ellipse((200, low + 66), (92, 26), glow, 0.36, blur=20)
    canvas.line(mouth.top + mouth.bottom, 5, glow, 0.5, blur=2.2)


def _lips(canvas: Canvas, mouth: _Mouth, lip: Color) -> None:
    line = mouth.line
    dark, light = mix(lip, (60, 20, 20), 0.34), mix(lip, (255, 226, 214), 0.24)
    canvas.fill(mouth.top + line[::-1], fade(mix(lip, WHITE, 0.06), lip, dark), blur=0.5)
    canvas.fill(line + mouth.bottom, fade(mix(lip, dark, 0.5), light, mix(lip, dark, 0.3)), blur=0.5)


def _pigment(canvas: Canvas, piece: Piece, mouth: _Mouth, clip: Image.Image, coverage: float) -> None:
    """Pigment as the needle leaves it: a veil of fine dots, denser at the border, thinner on a missed island."""
    pigment = color(piece.pigment)
    inner = clip.filter(ImageFilter.GaussianBlur(5 * canvas.view.zoom))
    border = ImageChops.multiply(clip, ImageChops.invert(inner).point(lambda value: min(255, int(value * 1.7))))
    grain = max(2, round(canvas.view.zoom * 0.55))
    # Turned, because the eye finds rows and columns of dots at once.
    dots = noise(piece.seed + 3, (2040, 2040), grain, 1.0).rotate(33, Image.Resampling.BILINEAR)
    dots = dots.crop((220, 420, 220 + WIDTH, 420 + HEIGHT)).filter(ImageFilter.GaussianBlur(grain * 0.3))
    soft = noise(piece.seed + 4, (WIDTH, HEIGHT), grain * 16, 0.3)
    # Few passes show single dots on bare skin; many passes close into an even veil.
    density = ImageChops.add(dots, soft, scale=2)
    contrast, level = 3.6 - 3.4 * coverage, 255 * coverage**0.75
    veil = density.point(lambda value: max(0, min(255, int(level + (value - 128) * contrast))))
    mask = ImageChops.multiply(veil, clip)
    mask = ImageChops.add(mask, border.point(lambda value: int(value * 0.34 * coverage)))
    if piece.patchy:
        x, y = mouth.at(116, 114)
        turns = [step * math.tau / 24 for step in range(24)]
        island = canvas.mask([(x + 30 * math.cos(t), y + 11 * math.sin(t)) for t in turns], 4 * canvas.view.zoom)
        island = island.point(lambda value: 255 - int(value * 0.88))
        mask = ImageChops.multiply(mask, island)
    mask = mask.point(lambda value: int(value * 0.86))
    # Multiplying first keeps the light and shade of the lip under the color.
    tinted = ImageChops.multiply(canvas.image, Image.new("RGB", mask.size, mix(pigment, WHITE, 0.42)))
    tinted = Image.blend(tinted, Image.new("RGB", mask.size, pigment), 0.55)
    canvas.image.paste(tinted, mask=mask)


def _relief(canvas: Canvas, rng: random.Random, mouth: _Mouth, clip: Image.Image) -> None:
    """Fine creases, the wet light on both lips, and the dark line between them."""
    crease = (104, 48, 46)
    for x in range(78, 323, 6):
        reach = 1 - abs(x - 200) / 150
        lean = (200 - x) / 26
        start = mouth.at(x, 134)
        end = mouth.at(x + lean + rng.uniform(-2, 2), 136 + reach * rng.uniform(22, 50))
        middle = (start[0] + lean / 2 + rng.uniform(-1.4, 1.4), (start[1] + end[1]) / 2)
        canvas.line([start, middle, end], 0.7, crease, 0.20, 0.35, clip)
        top = mouth.at(x + lean / 2, 122 - reach * rng.uniform(10, 28))
        canvas.line([mouth.at(x, 124), top], 0.7, crease, 0.18, 0.35, clip)
    shine = bezier(mouth.at(122, 158), (mouth.at(150, 174), mouth.at(236, 178), mouth.at(284, 154)),
                   (mouth.at(240, 164), mouth.at(160, 166), mouth.at(122, 158)))  # fmt: skip
    canvas.fill(shine, WHITE, 0.36, 3.0, clip)
    for one, two in (((146, 98), (176, 86)), ((226, 86), (254, 98))):
        canvas.line([mouth.at(*one), mouth.at(*two)], 4, WHITE, 0.28, 2.6, clip)
    canvas.line(mouth.line, 3.2, (74, 20, 24), 0.66, 0.8)


# ---------------------------------------------------------------- what lies on the skin


def _draw_map(canvas: Canvas, mouth: _Mouth) -> None:
    """The lip map: outline in white, guide lines and points in red, a ruler below."""
    red = (134, 30, 42)
    canvas.line(mouth.top + mouth.bottom, 1.5, (255, 250, 245), 0.94, 0.3)
    left, right = mouth.at(60, 130), mouth.at(340, 130)
    peaks, dip, low = (mouth.at(170, 72), mouth.at(230, 72)), mouth.at(200, 85), mouth.at(200, 196)
    guides: list[list[Point]] = [
        [(200, 34), (200, 246)], [(left[0] - 16, left[1]), (right[0] + 16, right[1])],
        [(left[0], peaks[0][1]), (right[0], peaks[0][1])], [(left[0], low[1]), (right[0], low[1])],
        *([(peak[0], peak[1] - 26), (peak[0], left[1] + 20)] for peak in peaks),
        [left, peaks[0], dip, peaks[1], right],
    ]  # fmt: skip
    for line in guides:
        canvas.line(line, 0.7, red, 0.82, 0.15)
    for point in (left, right, *peaks, dip, low, mouth.at(138, 184), mouth.at(262, 184)):
        canvas.ellipse(point, (2.6, 2.6), WHITE)
        canvas.ellipse(point, (1.9, 1.9), red)
    _draw_ruler(canvas, (70, 262), 260)


def _draw_ruler(canvas: Canvas, at: Point, length: float) -> None:
    """A ruler with millimeter marks; a mouth of 280 units counts as 56 mm, so 5 units are one."""
    canvas.box((at[0] + 1, at[1] + 2), (at[0] + length + 2, at[1] + 26), BLACK, 1.5, 0.35, blur=1.8)
    canvas.box(at, (at[0] + length, at[1] + 24), (244, 240, 228), 1.2)
    for millimeter in range(int(length / 5) - 1):
        x, tall = at[0] + 5 + millimeter * 5, 9 if millimeter % 10 == 0 else 6.5 if millimeter % 5 == 0 else 4
        canvas.line([(x, at[1] + 1), (x, at[1] + tall)], 0.45, (40, 40, 44), 0.9, 0.1)
        if millimeter % 10 == 0:
            canvas.text((x - 1.6, at[1] + 11), str(millimeter), 7, (40, 40, 44))


def _draw_card(canvas: Canvas, at: Point, code: str, day: str) -> None:
    """The code card of the piece: a QR, the code and the day."""
    canvas.box((at[0] + 2, at[1] + 3), (at[0] + 120, at[1] + 52), BLACK, 2, 0.4, blur=2.2)
    canvas.box(at, (at[0] + 118, at[1] + 50), (252, 250, 245), 2)
    canvas.box(at, (at[0] + 118, at[1] + 7), (181, 58, 38), 1.5)
    matrix = segno.make(code, error="m", micro=False).matrix
    cell = 36 / len(matrix)
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                low = (at[0] + 6 + column * cell, at[1] + 11 + row * cell)
                canvas.box(low, (low[0] + cell, low[1] + cell), (30, 24, 26), blur=0)
    canvas.text((at[0] + 49, at[1] + 12), code, 12, (42, 23, 25))
    canvas.text((at[0] + 49, at[1] + 29), day, 9, (91, 70, 69))
    canvas.text((at[0] + 49, at[1] + 40), "Vermilion practice piece", 5, (91, 70, 69))


# ---------------------------------------------------------------- scenes


def _blank(piece: Piece, taken_at: datetime) -> Image.Image:
    day = f"{taken_at:%b} {taken_at.day}, {taken_at.year}"
    return _pad(piece, 0, View(3.5, (205, 172)), lambda canvas, _: _draw_card(canvas, (266, 270), piece.code, day))


def _map(piece: Piece, taken_at: datetime) -> Image.Image:
    return _pad(piece, 0, View(3.9, (200, 156)), _draw_map)


def _front(share: float) -> Callable[[Piece, datetime], Image.Image]:
    def scene(piece: Piece, taken_at: datetime) -> Image.Image:
        return _pad(piece, piece.coverage * share, View(4.1, (200, 150)))

    return scene


def _healed(piece: Piece, taken_at: datetime) -> Image.Image:
    """Softer and a little closer to the natural lip, as healed pigment is."""
    softened = mix(color(piece.pigment), color(piece.lip), 0.3)
    healed = Piece(piece.seed, piece.code, piece.skin, piece.lip, "#{:02x}{:02x}{:02x}".format(*softened))
    return _pad(healed, piece.coverage * 0.6, View(4.0, (200, 150)))


def _macro(piece: Piece, taken_at: datetime) -> Image.Image:
    return _pad(piece, piece.coverage, View(10.5, (176, 112)))


def _tilted(piece: Piece, taken_at: datetime) -> Image.Image:
    """The finished piece from 45 degrees on the left: narrower, nearer edge larger, the mat showing behind."""
    flat = _pad(piece, piece.coverage, View(3.7, (200, 150)))
    mat = lit((96, 122, 126), (38, 52, 58), (0.7, 0.3))
    corners = ((190, -10), (1330, 140), (1330, 1060), (190, 1230))
    mask = Image.new("L", flat.size, 255)
    coefficients = _perspective(corners)
    size, method, cubic = flat.size, Image.Transform.PERSPECTIVE, Image.Resampling.BICUBIC
    mask = mask.transform(size, method, coefficients, cubic).filter(ImageFilter.GaussianBlur(1.5))
    shadow = ImageChops.offset(mask, 26, 22).filter(ImageFilter.GaussianBlur(22)).point(lambda value: int(value * 0.5))
    mat.paste(BLACK, mask=shadow)
    mat.paste(flat.transform(size, method, coefficients, cubic), mask=mask)
    return mat


def _setup(piece: Piece, taken_at: datetime) -> Image.Image:
    return draw_setup(piece.seed, color(piece.skin), color(piece.lip), color(piece.pigment))


def _teardown(piece: Piece, taken_at: datetime) -> Image.Image:
    return draw_teardown(piece.seed)


_SCENES: Final[dict[Slot, Callable[[Piece, datetime], Image.Image]]] = {
    "setup": _setup,
    "blank": _blank,
    "map": _map,
    "pass-1": _front(0.42),
    "pass-2": _front(0.72),
    "final-front": _front(1.0),
    "final-45": _tilted,
    "macro": _macro,
    "teardown": _teardown,
    "healed": _healed,
}


def _perspective(corners: tuple[Point, Point, Point, Point]) -> list[float]:
    """The eight numbers that Pillow wants to bring the whole picture into `corners` (from top left, clockwise)."""
    source = ((0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT))
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        pivot = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for row in range(8):
            if row != column:
                factor = rows[row][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [row[8] for row in rows]


def _finish(image: Image.Image, piece: Piece, slot: Slot) -> Image.Image:
    """What the phone adds: a slightly crooked hand, a cast of the light, softness and sensor grain."""
    rng = random.Random(f"{piece.seed}/{slot}")
    angle, zoom = rng.uniform(-1.6, 1.6), 1.05
    width, height = WIDTH / zoom, HEIGHT / zoom
    left, top = (WIDTH - width) / 2 + rng.uniform(-18, 18), (HEIGHT - height) / 2 + rng.uniform(-14, 14)
    image = image.rotate(angle, Image.Resampling.BILINEAR)
    image = image.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))
    warmth = rng.uniform(-0.025, 0.03)
    red, green, blue = image.split()
    red = red.point(lambda value: min(255, int(value * (1 + warmth))))
    blue = blue.point(lambda value: min(255, int(value * (1 - warmth))))
    image = ImageEnhance.Brightness(Image.merge("RGB", (red, green, blue))).enhance(rng.uniform(0.95, 1.06))
    image = image.filter(ImageFilter.GaussianBlur(6.5 if piece.blurred else 0.6))
    grain = noise(rng.randrange(2**31), (WIDTH, HEIGHT), 1, 0.016)
    return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), scale=1, offset=-128)


def _exif(taken_at: datetime, *, gps: bool) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Vermilion", "Drawn sample"
    exif[ExifTags.Base.Orientation] = 1
    exif[ExifTags.Base.DateTime] = f"{taken_at:%Y:%m:%d %H:%M:%S}"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = details[ExifTags.Base.DateTimeDigitized] = exif[ExifTags.Base.DateTime]
    zone = f"{taken_at:%z}"
    details[ExifTags.Base.OffsetTimeOriginal] = f"{zone[:3]}:{zone[3:5]}"
    if gps:
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "N", "W"
        place[ExifTags.GPS.GPSLatitude] = (45.0, 31.0, 12.0)
        place[ExifTags.GPS.GPSLongitude] = (122.0, 40.0, 36.0)
        place[ExifTags.GPS.GPSDateStamp] = f"{taken_at.astimezone(UTC):%Y:%m:%d}"
    return exif
