"""The drawn station of a practice piece, seen from above: set up before the work, torn down after it."""

from __future__ import annotations

import random
from typing import Final

from PIL import Image

from app.infra.sample_drawing import (
    BLACK,
    HEIGHT,
    WHITE,
    WIDTH,
    Canvas,
    Color,
    Point,
    View,
    fade,
    lit,
    mix,
    noise,
    rounded,
)

_STEEL: Final[Color] = (196, 201, 204)
_YELLOW: Final[Color] = (240, 196, 40)
_RED: Final[Color] = (186, 42, 38)
_GLOVE: Final[Color] = (64, 92, 150)


def draw_setup(seed: int, skin: Color, lip: Color, pigment: Color) -> Image.Image:
    """Barrier film, practice skin, covered machine, sealed cartridges, filled caps, gauze and an open sharps bin."""
    rng = random.Random(seed)
    canvas = _table(seed, rng)
    _film(canvas, rng)
    _pad(canvas, (28 + rng.uniform(-4, 4), 74), skin, lip)
    _machine(canvas, (182 + rng.uniform(-6, 6), 62), rng.choice(((58, 60, 66), (92, 40, 44), (188, 160, 132))))
    for index in range(2):
        _blister(canvas, (176 + index * 44, 206 + rng.uniform(-2, 2)))
    for index, paint in enumerate((pigment, mix(pigment, (232, 132, 60), 0.55), WHITE)):
        _cup(canvas, (196 + index * 26, 166), paint)
    _gauze(canvas, (32, 226))
    _gloves(canvas, (112 + rng.uniform(-3, 3), 236))
    _sharps(canvas, (312, 42), open_lid=True)
    _bottle(canvas, (318, 178), "GREEN SOAP", (92, 148, 104))
    return _textured(canvas, seed)


def draw_teardown(seed: int) -> Image.Image:
    """The bare, wiped tray, the closed sharps bin, the bag with everything that was used once, the wipes."""
    rng = random.Random(seed + 7)
    canvas = _table(seed, rng)
    for _ in range(5):
        x, y = rng.uniform(60, 240), rng.uniform(70, 230)
        canvas.line([(x, y), (x + rng.uniform(50, 90), y - rng.uniform(-14, 14))], 9, WHITE, 0.16, 3.5)
    _bag(canvas, rng, (60, 150))
    _machine(canvas, (172 + rng.uniform(-6, 6), 40), (58, 60, 66), covered=False)
    _sharps(canvas, (312, 42), open_lid=False)
    _bottle(canvas, (318, 178), "SURFACE\nDISINFECT", (70, 120, 170))
    canvas.box((184, 190), (272, 246), BLACK, 4, 0.35, blur=3)
    canvas.box((180, 184), (268, 240), fade((236, 242, 246), (214, 226, 234), (196, 210, 220)), 4)
    canvas.box((206, 200), (242, 222), (250, 252, 253), 9)
    canvas.fill([(216, 211), (224, 196), (234, 204), (232, 214)], WHITE, 1, 0.6)
    canvas.text((192, 226), "WIPES", 9, (60, 92, 120))
    return _textured(canvas, seed + 7)


def _table(seed: int, rng: random.Random) -> Canvas:
    ground = lit((150, 158, 160), (84, 92, 98), (rng.uniform(0.3, 0.7), rng.uniform(0.15, 0.4)))
    canvas = Canvas(View(4.0), ground)
    canvas.box((14, 24), (300, 288), BLACK, 10, 0.4, blur=4)
    canvas.box((10, 18), (296, 282), fade(mix(_STEEL, WHITE, 0.4), _STEEL, mix(_STEEL, BLACK, 0.14)), 10)
    canvas.box((16, 24), (290, 276), fade(mix(_STEEL, WHITE, 0.2), mix(_STEEL, WHITE, 0.35), _STEEL), 8, blur=0.8)
    return canvas


def _film(canvas: Canvas, rng: random.Random) -> None:
    """Blue barrier film over the tray, with a few folds that catch the light."""
    canvas.box((12, 40), (294, 280), (150, 190, 220), 3, 0.55, blur=0.6)
    for _ in range(9):
        x, y = rng.uniform(20, 250), rng.uniform(46, 270)
        fold = [(x, y), (x + rng.uniform(15, 30), y + rng.uniform(-8, 8)), (x + rng.uniform(36, 60), y)]
        canvas.line(fold, 1.2, WHITE, 0.4, 0.9)
        canvas.line([(a, b + 1.6) for a, b in fold], 1.2, (70, 110, 150), 0.25, 0.9)


def _pad(canvas: Canvas, at: Point, skin: Color, lip: Color) -> None:
    x, y = at
    canvas.box((x + 3, y + 5), (x + 129, y + 131), BLACK, 9, 0.4, blur=3.5)
    canvas.box((x, y), (x + 126, y + 126), fade(mix(skin, WHITE, 0.2), skin, mix(skin, (70, 35, 30), 0.2)), 9)
    middle = (x + 63, y + 66)
    mouth = [(-42, 0), (-12, -17), (-5, -18), (0, -14), (5, -18), (12, -17), (42, 0), (26, 14), (0, 20), (-26, 14)]
    canvas.fill([(middle[0] + a, middle[1] + b) for a, b in mouth], lip, 0.95, 1.0)
    canvas.line([(middle[0] - 40, middle[1]), middle, (middle[0] + 40, middle[1])], 1.2, (80, 28, 30), 0.6, 0.4)
    canvas.line([(middle[0] - 18, middle[1] + 9), (middle[0] + 18, middle[1] + 9)], 3, WHITE, 0.3, 1.4)


def _machine(canvas: Canvas, at: Point, body: Color, *, covered: bool = True) -> None:
    """A pen machine lying across the tray, its cable running off, in a clear sleeve when `covered`."""
    x, y = at
    cable = [(x + 96, y + 8), (x + 112, y - 6), (x + 100, y - 22), (x + 116, y - 60)]
    canvas.line(cable, 3.4, (34, 34, 38), 1, 0.3)
    canvas.box((x + 3, y + 6), (x + 99, y + 26), BLACK, 9, 0.42, blur=3)
    metal = fade(mix(body, WHITE, 0.55), body, mix(body, BLACK, 0.5))
    canvas.box((x + 24, y), (x + 96, y + 20), metal, 8)
    canvas.box((x + 4, y + 4), (x + 30, y + 16), fade((230, 230, 232), (160, 162, 166), (96, 98, 102)), 4)
    canvas.fill([(x + 5, y + 7), (x - 12, y + 9.4), (x - 12, y + 10.6), (x + 5, y + 13)], (120, 122, 128), 1, 0.2)
    for ring in range(3):
        canvas.box((x + 34 + ring * 7, y), (x + 36.5 + ring * 7, y + 20), BLACK, 1, 0.3)
    if covered:
        canvas.box((x + 18, y - 4), (x + 108, y + 24), (214, 232, 246), 6, 0.34, blur=0.5)
        canvas.line([(x + 22, y - 1), (x + 102, y - 1)], 1.2, WHITE, 0.7, 0.4)
        canvas.line([(x + 60, y + 21), (x + 100, y + 17)], 1.0, WHITE, 0.6, 0.4)


def _blister(canvas: Canvas, at: Point) -> None:
    """A sealed cartridge: paper back, clear bubble, the needle inside, a green sterility dot."""
    x, y = at
    canvas.box((x + 2, y + 3), (x + 38, y + 61), BLACK, 2, 0.35, blur=2)
    canvas.box((x, y), (x + 36, y + 58), (246, 246, 242), 2)
    canvas.box((x + 9, y + 6), (x + 27, y + 40), fade((226, 238, 244), (202, 218, 228), (180, 200, 212)), 7)
    canvas.box((x + 14, y + 12), (x + 22, y + 30), (88, 96, 170), 2)
    canvas.fill([(x + 16, y + 30), (x + 20, y + 30), (x + 18, y + 38)], (70, 74, 80), 1, 0.2)
    canvas.line([(x + 12, y + 9), (x + 12, y + 34)], 1.4, WHITE, 0.8, 0.5)
    canvas.text((x + 4, y + 43), "1003 RL", 6, (60, 60, 66))
    canvas.ellipse((x + 30, y + 52), (2.4, 2.4), (60, 150, 90))


def _cup(canvas: Canvas, at: Point, paint: Color) -> None:
    canvas.ellipse((at[0] + 2, at[1] + 3), (11, 11), BLACK, 0.35, blur=2)
    canvas.ellipse(at, (11, 11), (238, 240, 242))
    canvas.ellipse(at, (8.4, 8.4), mix(paint, BLACK, 0.25))
    canvas.ellipse((at[0] + 0.6, at[1] + 0.8), (7.6, 7.6), paint, 1, 0.5)
    canvas.ellipse((at[0] - 2.6, at[1] - 2.8), (2.2, 1.4), WHITE, 0.7, 0.6)


def _gauze(canvas: Canvas, at: Point) -> None:
    for layer in range(3):
        x, y = at[0] + layer * 3, at[1] - layer * 3
        canvas.box((x + 2, y + 3), (x + 50, y + 43), BLACK, 1.5, 0.2, blur=1.6)
        canvas.box((x, y), (x + 48, y + 40), mix(WHITE, (200, 200, 196), 0.24 - layer * 0.08), 1.5)
    x, y = at[0] + 6, at[1] - 6
    for step in range(1, 12):
        canvas.line([(x + step * 4, y + 1), (x + step * 4, y + 39)], 0.3, (176, 176, 172), 0.5, 0.1)
        if step < 10:
            canvas.line([(x + 1, y + step * 4), (x + 47, y + step * 4)], 0.3, (176, 176, 172), 0.5, 0.1)


def _gloves(canvas: Canvas, at: Point) -> None:
    """A pair of folded nitrile gloves, the upper one a little turned."""
    for shift, tone in ((0, 0.82), (7, 1.0)):
        x, y = at[0] + shift, at[1] - shift
        paint = mix(BLACK, _GLOVE, tone)
        canvas.box((x + 2, y + 4), (x + 42, y + 34), BLACK, 6, 0.3, blur=2.2)
        canvas.box((x, y + 4), (x + 26, y + 30), paint, 5)
        for finger in range(4):
            canvas.box((x + 20, y + 3 + finger * 7), (x + 44 - abs(finger - 1) * 3, y + 9 + finger * 7), paint, 3)
        canvas.line([(x + 3, y + 7), (x + 3, y + 27)], 1.6, mix(paint, WHITE, 0.5), 0.8, 0.5)


def _sharps(canvas: Canvas, at: Point, *, open_lid: bool) -> None:
    x, y = at
    canvas.box((x + 4, y + 6), (x + 80, y + 112), BLACK, 8, 0.42, blur=4)
    canvas.box((x, y), (x + 76, y + 108), fade(mix(_YELLOW, WHITE, 0.3), _YELLOW, mix(_YELLOW, (120, 80, 0), 0.3)), 8)
    canvas.box((x - 2, y - 2), (x + 78, y + 30), fade(mix(_RED, WHITE, 0.25), _RED, mix(_RED, BLACK, 0.2)), 8)
    if open_lid:
        canvas.box((x + 18, y + 6), (x + 58, y + 20), (40, 16, 16), 6)
    else:
        canvas.box((x + 16, y + 4), (x + 60, y + 22), mix(_RED, WHITE, 0.12), 6)
        canvas.line([(x + 20, y + 7), (x + 56, y + 7)], 1.2, WHITE, 0.5, 0.5)
    canvas.text((x + 12, y + 42), "SHARPS", 14, (30, 26, 20))
    middle = (x + 38, y + 80)
    for dx, dy in ((0, -9), (-8, 5), (8, 5)):
        canvas.ellipse((middle[0] + dx, middle[1] + dy), (9, 9), (30, 26, 20))
        canvas.ellipse((middle[0] + dx * 1.25, middle[1] + dy * 1.25), (6, 6), _YELLOW)
    canvas.ellipse(middle, (3.2, 3.2), _YELLOW)
    canvas.ellipse(middle, (1.8, 1.8), (30, 26, 20))


def _bottle(canvas: Canvas, at: Point, label: str, paint: Color) -> None:
    x, y = at
    canvas.box((x + 4, y + 6), (x + 62, y + 98), BLACK, 8, 0.4, blur=4)
    canvas.box((x + 18, y - 16), (x + 40, y + 6), (238, 238, 240), 3)
    canvas.box((x + 8, y - 20), (x + 44, y - 12), (226, 226, 230), 3)
    canvas.box((x, y), (x + 58, y + 94), fade(mix(paint, WHITE, 0.55), mix(paint, WHITE, 0.3), paint), 9)
    canvas.box((x + 5, y + 24), (x + 53, y + 66), (250, 250, 246), 2)
    for row, words in enumerate(label.split("\n")):
        canvas.text((x + 8, y + 34 + row * 11), words, 7.4, (50, 60, 62))
    canvas.line([(x + 6, y + 8), (x + 6, y + 86)], 2.2, WHITE, 0.55, 1.0)


def _bag(canvas: Canvas, rng: random.Random, middle: Point) -> None:
    """The tied bag with film, gauze and gloves of the session."""
    outline = [
        (middle[0] + dx * rng.uniform(0.92, 1.06), middle[1] + dy * rng.uniform(0.92, 1.06))
        for dx, dy in ((-6, -60), (10, -58), (16, -44), (46, -26), (56, 14), (44, 56), (6, 66), (-34, 58),
                       (-46, 16), (-40, -24), (-14, -42))
    ]  # fmt: skip
    outline = rounded(outline)
    canvas.fill([(x + 4, y + 7) for x, y in outline], BLACK, 0.4, 4)
    canvas.fill(outline, fade(mix(_RED, WHITE, 0.3), _RED, mix(_RED, BLACK, 0.3)), 1, 1.2)
    for _ in range(10):
        x, y = middle[0] + rng.uniform(-30, 34), middle[1] + rng.uniform(-28, 46)
        canvas.line([(x, y), (x + rng.uniform(-9, 9), y + rng.uniform(8, 20))], 1.2, WHITE, 0.35, 0.8)
    canvas.line([(middle[0] - 13, middle[1] - 43), (middle[0] + 15, middle[1] - 45)], 4.5, (236, 236, 230), 1, 0.5)


def _textured(canvas: Canvas, seed: int) -> Image.Image:
    canvas.texture(noise(seed + 5, (WIDTH, HEIGHT), 2, 0.02))
    return canvas.image
