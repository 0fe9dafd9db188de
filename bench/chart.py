"""A chart of curves as SVG text: both axes by powers of ten, one line for each series, read without color as well."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]
Place = Callable[[float, float], tuple[float, float]]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 210, 34, 52
# Dark enough on white and light enough on black; the dashes tell neighbors apart without color.
COLORS = ("#a8403a", "#3f6fb5", "#3d8361", "#8a5fb0", "#b06f1e", "#5b7385", "#b4527f", "#7a7a2c")
DASHES = ("none", "8 4", "2 3", "10 3 2 3")


def chart(title: str, x_label: str, y_label: str, series: Mapping[str, Points]) -> str:
    """The chart; every value must be above zero. Raises ValueError when there is nothing to draw."""
    points = [point for line in series.values() for point in line]
    if not points or min(min(point) for point in points) <= 0:
        raise ValueError("A chart by powers of ten needs values above zero.")
    across, up = _span([x for x, _y in points]), _span([y for _x, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + _share(x, across) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - _share(y, up) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12" fill="#7d7377">',
        f'<text x="{LEFT}" y="20" font-size="15">{escape(title)}</text>',
        *_grid(across, up, place),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text x="16" y="{HEIGHT / 2:.0f}" text-anchor="middle" transform="rotate(-90 16 {HEIGHT / 2:.0f})">'
        f"{escape(y_label)}</text>",
        *_lines(series, place),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _span(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _share(value: float, span: tuple[int, int]) -> float:
    return (math.log10(value) - span[0]) / (span[1] - span[0])


def _grid(across: tuple[int, int], up: tuple[int, int], place: Place) -> list[str]:
    found = []
    for power in range(across[0], across[1] + 1):
        x, bottom = place(10.0**power, 10.0 ** up[0])
        found.append(f'<path d="M{x:.1f} {TOP}V{bottom:.1f}" stroke="#cfc6c2" stroke-width="0.5"/>')
        found.append(f'<text x="{x:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{10**power:,}</text>')
    for power in range(up[0], up[1] + 1):
        left, y = place(10.0 ** across[0], 10.0**power)
        found.append(f'<path d="M{left:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="#cfc6c2" stroke-width="0.5"/>')
        found.append(f'<text x="{left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    return found


def _lines(series: Mapping[str, Points], place: Place) -> list[str]:
    found, heights = [], list[float]()
    ordered = sorted(series.items(), key=lambda item: -item[1][-1][1])
    for turn, (name, line) in enumerate(ordered):
        color, dash = COLORS[turn % len(COLORS)], DASHES[turn % len(DASHES)]
        spots = [place(x, y) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        found.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        found += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in spots]
        # Names stand beside the ends of their lines, moved down where two would lie over each other.
        heights.append(max(spots[-1][1], heights[-1] + 15 if heights else 0))
        found.append(
            f'<text x="{spots[-1][0] + 10:.1f}" y="{heights[-1] + 4:.1f}" fill="{color}">{escape(name)}</text>'
        )
    return found
