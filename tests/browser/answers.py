"""The right answers to the journey's items, found by the words on the page, as a prepared student knows them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Page

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
    kind = item["type"]
    if kind == "true_false":
        page.locator(f'input[name="choice"][value="{str(item["answer"]).lower()}"]').check(force=True)
    elif kind == "numeric":
        page.locator('input[name="value"]').fill(str(item["answer"]))
    elif kind == "ordering":
        for place, entry in enumerate(item["entries"], start=1):
            row = page.locator("[data-entry]").filter(has=page.get_by_text(entry["text"], exact=True))
            row.locator("select").select_option(str(place), force=True)
    elif kind == "matching":
        for pair in item["pairs"]:
            row = page.locator(".match li").filter(has=page.get_by_text(pair["left"], exact=True))
            row.locator("select").select_option(label=pair["right"])
    elif kind == "hotspot":
        right = next(region for region in item["regions"] if region.get("correct"))
        page.locator(".hotlist li").filter(has_text=right["text"]).locator("label").click()
    else:
        for option in item["options"]:
            if option.get("correct"):
                page.locator("label.opt").filter(has=page.get_by_text(option["text"], exact=True)).click()
    return str(item["id"])
