"""Places to point at in QTI items."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from app.domain.assessment.interchange import fitting
from app.domain.assessment.interchange.fitting import number
from app.domain.assessment.interchange.qti_answers import Answers
from app.domain.assessment.interchange.qti_choices import shares
from app.domain.assessment.interchange.report import Refused
from app.domain.assessment.interchange.xml_tree import Node
from app.domain.assessment.scoring import ONE, ZERO

_PLACES = 2


def hotspot(reader: Answers) -> dict[str, Any]:
    """Return the body of a hotspot item: each shape becomes a lettered marker at its middle."""
    reader.question.kind = "hotspot"
    if reader.declared.cardinality != "single":
        raise Refused("A hotspot item has one right place; here several may be pointed at.")
    figure = _picture(reader)
    nodes = reader.interaction.all("hotspot-choice")
    texts = [node.get("hotspot-label") or node.get("aria-label") for node in nodes]
    if not all(texts):
        raise Refused("A hotspot has no label, which says in words what stands there.")
    low, high = fitting.REGIONS
    if not low <= len(nodes) <= high:
        raise Refused(f"It has {len(nodes)} regions; items of this type have {low} to {high}.")
    choices, always = shares(reader, nodes, texts)
    if sum(choice.share == ONE for choice in choices) != 1:
        raise Refused("Exactly one place must be right.")
    if any(choice.share not in (ZERO, ONE) for choice in choices):
        reader.question.change("Places that paid a part of the points pay nothing now.")
    if any(node.get("shape") not in ("circle", "default") for node in nodes):
        reader.question.change("Regions are lettered markers now, at the middle of each shape.")
    size = figure.pop("size")
    regions = [
        {
            "id": letter,
            "label": letter.upper(),
            **_centre(node, size),
            "text": choice.text,
            "correct": choice.share == ONE,
            "feedback": choice.feedback,
        }
        for letter, node, choice in zip(fitting.identifiers(len(nodes)), nodes, choices, strict=True)
    ]
    return {"type": "hotspot", **figure, "regions": regions, "explanation": reader.explanation(always)}


def _picture(reader: Answers) -> dict[str, Any]:
    node = next((n for n in reader.interaction.children if n.name in ("object", "img", "picture")), None)
    if node is None:
        raise Refused("The interaction has no picture.")
    source = node.get("data") or node.get("src")
    alternative = " ".join((node.get("alt") or node.get("aria-label") or node.text).split())
    data = reader.texts.find(source)
    path = reader.texts.figures.take(reader.question, source, data, alternative)
    if not path:
        raise Refused(reader.question.changes.pop().replace("was left out", "cannot be the figure"))
    if not node.get("width").isdigit() or not node.get("height").isdigit():
        raise Refused("The picture has no width and height, so the places on it cannot be told.")
    size = int(node.get("width")[:6]), int(node.get("height")[:6])
    if not all(size):
        raise Refused("The picture has no width and height, so the places on it cannot be told.")
    return {"figure": path, "figure_alt": alternative, "size": size}


def _share(place: Fraction, size: int) -> float:
    """The place as a share with as few decimals as keep it within half a unit of the picture."""
    short = round(place / size, _PLACES)
    return float(short if abs(short * size - place) <= Fraction(1, 2) else round(place / size, _PLACES + 1))


def _centre(node: Node, size: tuple[int, int]) -> dict[str, float]:
    """The middle of a shape as shares of the picture."""
    if node.get("shape") == "default":
        return {"x": 0.5, "y": 0.5}
    numbers = [number(part) for part in node.get("coords").split(",")] if node.get("coords").strip() else []
    least = {"circle": 3, "ellipse": 4, "rect": 4, "poly": 6}.get(node.get("shape"), 0)
    if not least or len(numbers) < least:
        raise Refused("The shape of a region cannot be read.", node.line)
    if node.get("shape") in ("circle", "ellipse"):
        x, y = numbers[0], numbers[1]
    else:
        xs, ys = numbers[0::2], numbers[1::2]
        x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    shares = _share(x, size[0]), _share(y, size[1])
    if not all(0 <= share <= 1 for share in shares):
        raise Refused("A region lies outside the picture.", node.line)
    return {"x": shares[0], "y": shares[1]}
