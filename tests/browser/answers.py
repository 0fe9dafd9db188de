"""The right answers to the journey's items, found by the words on the page, as a prepared student knows them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parents[1] / "journey_content" / "quizzes" / "banks"


def known_items() -> list[dict[str, Any]]:
    """All items of the journey's banks as the author wrote them."""
    return [item for file in sorted(ROOT.glob("*.yaml")) for item in yaml.safe_load(file.read_text())["items"]]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()


def answer_item(page: Page, items: list[dict[str, Any]]) -> str:
    """Answer the item that the page shows, rightly; returns its id."""
    shown = _plain(page.locator("#ask").inner_text())
    item = next(i for i in items if _plain(i["prompt"])[:60] in shown)
    if item["type"] == "case":
        for part, place in zip(item["parts"], page.locator(".casepart").all(), strict=True):
            _answer(place, part)
    elif item["type"] == "cloze":
        for gap, place in zip(item["gaps"], page.locator(".gap").all(), strict=True):
            _fill_gap(place, gap)
    else:
        _answer(page.locator("[data-fields]"), item)
    return str(item["id"])


def _answer(place: Locator, item: dict[str, Any]) -> None:
    """Give the right answer in this part of the page."""
    kind = item["type"]
    if kind == "true_false":
        place.locator(f'input[value="{str(item["answer"]).lower()}"]').check(force=True)
    elif kind in ("numeric", "short_text", "essay", "color_match"):
        _write(place, item)
    elif kind == "ordering":
        for number, entry in enumerate(item["entries"], start=1):
            row = place.locator("[data-entry]").filter(has=place.page.get_by_text(entry["text"], exact=True))
            row.locator("select").select_option(str(number), force=True)
    elif kind == "matching":
        for pair in item["pairs"]:
            row = place.locator(".match li").filter(has=place.page.get_by_text(pair["left"], exact=True))
            row.locator("select").select_option(label=pair["right"])
    elif kind == "hotspot":
        right = next(region for region in item["regions"] if region.get("correct"))
        place.locator(".hotlist li").filter(has_text=right["text"]).locator("label").click()
    elif kind == "picture_choice":
        right = next(option for option in item["options"] if option.get("correct"))
        place.get_by_role("radio", name=right["figure_alt"]).check(force=True)
    else:
        for option in item["options"]:
            if option.get("correct"):
                place.locator("label.opt").filter(has=place.page.get_by_text(option["text"], exact=True)).click()


def _write(place: Locator, item: dict[str, Any]) -> None:
    kind = item["type"]
    if kind == "numeric":
        place.locator('input[name$="value"]').fill(str(item["answer"]))
    elif kind == "short_text":
        place.locator('input[name$="text"]').fill(item["accepted"][0])
    elif kind == "essay":
        place.locator("textarea").fill(item["model"])
    elif item["given_as"] == "hex":
        place.locator("[data-hex]").fill(item["target"])
    else:
        for axis, value in item["target"].items():
            place.locator(f'[data-axis="{axis}"]').fill(str(value))


def _fill_gap(place: Locator, gap: dict[str, Any]) -> None:
    if gap["type"] == "single_choice":
        right = next(option for option in gap["options"] if option.get("correct"))
        place.locator("select").select_option(label=right["text"])
    else:
        place.locator("input").fill(str(gap["answer"] if gap["type"] == "numeric" else gap["accepted"][0]))
