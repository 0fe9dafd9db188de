"""Photos of a color reference card, computed: every pixel's true color and every point's true place are known.

What is simulated: a printer that misses its colors, a pinhole camera with tilt, turn and barrel distortion, the
color of the light (black body), its fall across the scene, a camera whose channels overlap, exposure, a tone
curve, reflections, blur, noise, the eight bits of sRGB and JPEG.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from PIL import Image
from scipy import ndimage

from app.domain.color import card
from app.domain.color.convert import Lab, lab_from_linear, linear_from_lab
from app.infra.color_card import dark_runs

PX = 10
"""Pixels of the painted scene on a millimeter."""
MARGIN = 12.0
"""Millimeters of table around card and work."""
SCENE = (card.WIDTH + 2 * MARGIN, card.HEIGHT + 2 * MARGIN + 90)
CODE = "7K3QA"
AREAS = {
    "lip": (Lab(52.0, 34.0, 16.0), (34.0, 118.0, 94.0, 148.0)),
    "berry": (Lab(38.0, 36.0, 6.0), (104.0, 118.0, 140.0, 140.0)),
    "skin": (Lab(67.0, 13.0, 21.0), (10.0, 155.0, 70.0, 185.0)),
    "dark skin": (Lab(38.0, 14.0, 19.0), (84.0, 155.0, 140.0, 185.0)),
}
"""What lies beside the card: its true color and its rectangle in mm of the card's plane."""
MARKS = ((20.0, 112.0), (130.0, 190.0))


@dataclass(frozen=True)
class Shot:
    """How a photo is taken; light is in kelvin, angles in degrees, gradient in the logarithm over one card width."""

    tilt: float = 0.0
    tilt_axis: float = 30.0
    turn: float = 0.0
    kelvin: float = 6500.0
    exposure: float = 0.8
    gradient: tuple[float, float] = (0.0, 0.0)
    barrel: float = 0.0
    crosstalk: float = 0.08
    tone: float = 0.0
    glare: tuple[tuple[float, float, float, float], ...] = ()
    blur: float = 0.6
    noise: float = 0.01
    quality: int = 88
    size: tuple[int, int] = (2016, 1512)
    fill: float = 0.92
    seed: int = 1


@dataclass(frozen=True)
class Photo:
    """A computed photo with the truth about it."""

    image: Image.Image
    measured: dict[str, Lab]
    shot: Shot
    _homography: np.ndarray = field(repr=False)

    def seen_at(self, point: tuple[float, float]) -> tuple[float, float]:
        """The true pixel of a point of the card's plane in mm."""
        plain = self._homography @ np.array([point[0], point[1], 1.0])
        x, y = _bent(plain[0] / plain[2], plain[1] / plain[2], self.shot)
        return float(x), float(y)

    def fraction(self, point: tuple[float, float]) -> tuple[float, float]:
        """The same in fractions of the photo."""
        x, y = self.seen_at(point)
        return x / self.image.width, y / self.image.height


@cache
def printed(seed: int) -> dict[str, Lab]:
    """What a printer made of the patches: duller, a little off in hue, the grays not neutral."""
    random = np.random.default_rng(seed)
    found = {}
    for patch in card.PATCHES:
        wanted = patch.nominal
        found[patch.id] = Lab(
            14 + wanted.L * 0.84 + random.normal(0, 1.2),
            wanted.a * 0.88 + random.normal(0, 1.5),
            wanted.b * 0.88 - 1 + random.normal(0, 1.5),
        )
    return found


PAPER = Lab(95.0, 1.0, -5.0)


@cache
def _scene(seed: int) -> np.ndarray:
    """Reflected linear light of the whole scene."""
    width, height = round(SCENE[0] * PX), round(SCENE[1] * PX)
    light = np.empty((height, width, 3))
    light[:] = linear_from_lab(Lab(45, 2, 6))

    def fill(left: float, top: float, right: float, bottom: float, color: tuple[float, float, float]) -> None:
        rows = slice(round((top + MARGIN) * PX), round((bottom + MARGIN) * PX))
        light[rows, round((left + MARGIN) * PX) : round((right + MARGIN) * PX)] = color

    fill(0, 0, card.WIDTH, card.HEIGHT, linear_from_lab(PAPER))
    black = linear_from_lab(Lab(18, 0, 1))
    for patch in card.PATCHES:
        color = linear_from_lab(printed(seed)[patch.id])
        fill(patch.x, patch.y, patch.x + patch.width, patch.y + patch.height, color)
    for corner, points in card.corner_squares().items():
        for column, row, length in dark_runs(corner, CODE):
            x, y = points[0][0] + column * card.QR_MODULE, points[0][1] + row * card.QR_MODULE
            fill(x, y, x + length * card.QR_MODULE, y + card.QR_MODULE, black)
    light[_discs((height, width))] = black
    for color, box in AREAS.values():
        fill(*box, linear_from_lab(color))
    return light


def _discs(shape: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    for x, y in card.DOTS:
        across, down = (columns + 0.5) / PX - MARGIN - x, (rows + 0.5) / PX - MARGIN - y
        mask |= across**2 + down**2 <= (card.DOT_DIAMETER / 2) ** 2
    return mask


def _homography(shot: Shot) -> np.ndarray:
    """From mm of the card's plane to pixels without distortion: a camera that looks at the middle of the scene."""
    focal = 1.1 * shot.size[0]
    middle = np.array([SCENE[0] / 2 - MARGIN, SCENE[1] / 2 - MARGIN])
    axis, tilt, turn = np.radians([shot.tilt_axis, shot.tilt, shot.turn])
    direction = np.array([np.cos(axis), np.sin(axis), 0])
    cross = np.array([[0, 0, direction[1]], [0, 0, -direction[0]], [-direction[1], direction[0], 0]])
    tilted = np.eye(3) + np.sin(tilt) * cross + (1 - np.cos(tilt)) * cross @ cross
    turned = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]) @ tilted
    distance = 100.0
    while True:
        pose = np.column_stack([turned[:, 0], turned[:, 1], np.array([0, 0, distance]) - turned[:, :2] @ middle])
        camera = np.array([[focal, 0, shot.size[0] / 2], [0, focal, shot.size[1] / 2], [0, 0, 1.0]])
        found = camera @ pose
        corners = np.array([[x, y, 1] for x in (-MARGIN, SCENE[0] - MARGIN) for y in (-MARGIN, SCENE[1] - MARGIN)])
        seen = corners @ found.T
        away = np.abs(seen[:, :2] / seen[:, 2:] - np.array(shot.size) / 2) / (np.array(shot.size) / 2)
        if (seen[:, 2] > 0).all() and away.max() <= shot.fill:
            return found
        distance *= 1.02


def _bent(x, y, shot: Shot):  # type: ignore[no-untyped-def]
    """Barrel distortion: `barrel` is the share by which the corners of the photo move inward."""
    cx, cy = shot.size[0] / 2, shot.size[1] / 2
    far = cx**2 + cy**2
    scale = 1 - shot.barrel * ((x - cx) ** 2 + (y - cy) ** 2) / far
    return cx + (x - cx) * scale, cy + (y - cy) * scale


def _straight(x, y, shot: Shot):  # type: ignore[no-untyped-def]
    cx, cy = shot.size[0] / 2, shot.size[1] / 2
    far = cx**2 + cy**2
    u, v = x - cx, y - cy
    for _ in range(8):
        scale = 1 - shot.barrel * (u**2 + v**2) / far
        u, v = (x - cx) / scale, (y - cy) / scale
    return cx + u, cy + v


def light_color(kelvin: float) -> np.ndarray:
    """Linear sRGB of a black body, brightest channel 1 (Kim et al. 2002 for the chromaticity)."""
    t = 1000 / kelvin
    if kelvin < 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    if kelvin < 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif kelvin < 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    xyz = np.array([x / y, 1, (1 - x - y) / y])
    to_rgb = np.array(
        [[3.2409699, -1.5373832, -0.4986108], [-0.9692436, 1.8759675, 0.0415551], [0.0556301, -0.2039770, 1.0569715]]
    )
    rgb = np.clip(to_rgb @ xyz, 0.02, None)
    return rgb / rgb.max()


def take(shot: Shot) -> Photo:
    """Compute the photo."""
    random = np.random.default_rng(shot.seed)
    homography = _homography(shot)
    width, height = shot.size
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    x, y = _straight(columns, rows, shot)
    back = np.linalg.inv(homography)
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    mm_x = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / depth
    mm_y = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / depth
    places = [(mm_y + MARGIN) * PX - 0.5, (mm_x + MARGIN) * PX - 0.5]
    scene = _scene(shot.seed)
    light = np.stack(
        [ndimage.map_coordinates(scene[:, :, c], places, order=1, mode="nearest") for c in range(3)], axis=-1
    )
    light *= light_color(shot.kelvin)
    mix = np.full((3, 3), shot.crosstalk) + np.eye(3) * (1 - 3 * shot.crosstalk)
    light = light @ mix.T
    fall = np.exp(shot.gradient[0] * (mm_x / card.WIDTH - 0.5) + shot.gradient[1] * (mm_y / card.HEIGHT - 0.5))
    light = light * fall[:, :, None] * shot.exposure
    for gx, gy, size, power in shot.glare:
        light += (power * np.exp(-((mm_x - gx) ** 2 + (mm_y - gy) ** 2) / (2 * size**2)))[:, :, None]
    light = ndimage.gaussian_filter(light, (shot.blur, shot.blur, 0))
    light += random.normal(size=light.shape) * shot.noise * np.sqrt(np.clip(light, 0.003, None))
    light = np.clip(light, 0, 1)
    if shot.tone:  # the s-curve that phones lay over a photo
        light = (1 - shot.tone) * light + shot.tone * light**2 * (3 - 2 * light)
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    image = Image.fromarray(np.round(coded * 255).astype(np.uint8), "RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=shot.quality)
    with Image.open(io.BytesIO(buffer.getvalue())) as opened:
        opened.load()
    return Photo(opened, printed(shot.seed), shot, homography)


def lab_of(image: Image.Image) -> Lab:
    """The mean color of a picture as it stands, uncorrected."""
    coded = np.asarray(image.convert("RGB"), dtype=float).reshape(-1, 3).mean(axis=0) / 255
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in coded)
    return lab_from_linear((red, green, blue))
