"""How items are written: no give-aways by length, position or wording, and no item twice."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from app.domain.content.reading import Reading
from app.domain.content.schema import Spec
from app.domain.content.schema_answers import (
    HotspotBody,
    MatchingBody,
    MultipleResponseBody,
    OrderingBody,
    PictureChoiceBody,
    SingleChoiceBody,
)
from app.domain.content.schema_composed import CaseBody, ClozeBody
from app.domain.content.schema_items import ItemBase, Numeric, SingleChoice, TrueFalse
from app.domain.content.text import words

_LAZY = re.compile(
    r"\b(?:all|none|both|any|neither|each) of (?:the|these|those)\s+"
    r"(?:above|below|following|options|answers|choices|others)\b|\b(?:both|neither)\s+[a-e]\s+(?:and|nor)\s+[a-e]\b",
    re.IGNORECASE,
)
_COMMON = """
a an and are as at be by do does for from has have how in into is it its of on or that the their them then there
these this to what when where which who why will with you your under vermilion standard client artist following
best most first
"""
_STOP = frozenset(words(_COMMON))
FEWEST_FOR_STATISTICS = 10
NEAR = 0.8
FEWEST_WORDS = 4


def check_style(reading: Reading) -> None:
    """Report lazy options, keys that give themselves away, and items that say the same."""
    by_bank: dict[str, list[ItemBase]] = defaultdict(list)
    for item in reading.content.items.values():
        by_bank[item.bank].append(item)
        for text in answer_texts(item):
            if _LAZY.search(text):
                sentence = f"“{text}” lets a reader answer without knowing; write what is meant."
                reading.report.error(reading.register.place("item", item.id), "lazy-option", sentence)
    for bank, items in by_bank.items():
        choices = [item for item in items if isinstance(item, SingleChoice)]
        _key_lengths(reading, bank, choices)
        _key_positions(reading, bank, choices)
        _truths(reading, bank, [item for item in items if isinstance(item, TrueFalse)])
    for first, second, share in near_duplicates(list(reading.content.items.values())):
        place = reading.register.place("item", second.id).at("prompt")
        sentence = f"The prompt is {share:.0%} the same as that of {first.id}."
        reading.report.warn(place, "near-duplicate", sentence)


def answer_texts(item: Spec) -> Iterator[str]:
    """Yield every text that a student may pick, order or match, also inside a case and in the gaps of a text."""
    if isinstance(item, SingleChoiceBody | MultipleResponseBody):
        yield from (option.text for option in item.options)
    elif isinstance(item, OrderingBody):
        yield from (entry.text for entry in item.entries)
    elif isinstance(item, MatchingBody):
        yield from (side for pair in item.pairs for side in (pair.left, pair.right))
        yield from item.distractors
    elif isinstance(item, HotspotBody):
        yield from (region.text for region in item.regions)
    elif isinstance(item, PictureChoiceBody):
        yield from (option.figure_alt for option in item.options)
    elif isinstance(item, ClozeBody):
        yield item.text
        yield from (text for gap in item.gaps for text in answer_texts(gap))
    elif isinstance(item, CaseBody):
        yield from (fact.text for fact in item.card.facts)
        yield from (part.prompt for part in item.parts)
        yield from (text for part in item.parts for text in answer_texts(part))


def _too_many(count: int, chances: Iterable[float]) -> bool:
    """Whether `count` hits are above what chance explains (1.65 standard deviations, one-sided 5 %)."""
    listed = list(chances)
    if len(listed) < FEWEST_FOR_STATISTICS:
        return False
    spread = math.sqrt(sum(p * (1 - p) for p in listed))
    return count > sum(listed) + 1.65 * spread


def longest_is_key(item: SingleChoice) -> bool:
    """Whether the right option is longer than every other one."""
    key = next(len(option.text) for option in item.options if option.correct)
    return all(option.correct or len(option.text) < key for option in item.options)


def _key_lengths(reading: Reading, bank: str, items: list[SingleChoice]) -> None:
    hits = [item.id for item in items if longest_is_key(item)]
    if _too_many(len(hits), (1 / len(item.options) for item in items)):
        sentence = (
            f"In {len(hits)} of {len(items)} single-choice items the longest option is the key: {', '.join(hits)}."
        )
        reading.report.warn(reading.register.place("bank", bank), "key-length", sentence)


def _key_positions(reading: Reading, bank: str, items: list[SingleChoice]) -> None:
    places = Counter(next(i for i, o in enumerate(item.options) if o.correct) for item in items)
    for position, count in sorted(places.items()):
        if _too_many(count, (1 / len(item.options) for item in items if position < len(item.options))):
            share = f"In {count} of {len(items)} single-choice items"
            sentence = f"{share} the key is option {position + 1}; spread the keys."
            reading.report.warn(reading.register.place("bank", bank), "key-position", sentence)


def _truths(reading: Reading, bank: str, items: list[TrueFalse]) -> None:
    for answer in (True, False):
        count = sum(item.answer is answer for item in items)
        if _too_many(count, [0.5] * len(items)):
            sentence = f"{count} of {len(items)} statements are {str(answer).lower()}; balance them."
            reading.report.warn(reading.register.place("bank", bank), "key-position", sentence)


def _meaning(item: ItemBase) -> frozenset[str]:
    """The words that carry the question; numbers count, so that two calculations differ by their numbers."""
    return frozenset(word.casefold() for word in words(item.prompt) if word.casefold() not in _STOP)


def _asks_elsewhere(item: ItemBase) -> frozenset[str]:
    """The answers, for types whose prompt may rightly be the same ("Put the steps in order")."""
    if isinstance(item, Numeric | TrueFalse):
        return frozenset()
    return frozenset(word.casefold() for text in answer_texts(item) for word in words(text)) - _STOP


def near_duplicates(items: list[ItemBase]) -> list[tuple[ItemBase, ItemBase, float]]:
    """Return pairs of items whose prompts share at least 80 % of their words (Jaccard), answers alike too."""
    found = []
    meanings = [_meaning(item) for item in items]
    order = sorted(range(len(items)), key=lambda i: len(meanings[i]))
    for position, i in enumerate(order):
        mine = meanings[i]
        if len(mine) < FEWEST_WORDS:
            continue
        for j in order[position + 1 :]:
            if len(mine) < NEAR * len(meanings[j]):
                break
            shared = len(mine & meanings[j])
            share = shared / (len(mine) + len(meanings[j]) - shared)
            if share >= NEAR and items[i].figure == items[j].figure and _alike(items[i], items[j]):
                first, second = sorted((i, j))
                found.append((items[first], items[second], share))
    return found


def _alike(first: ItemBase, second: ItemBase) -> bool:
    one, two = _asks_elsewhere(first), _asks_elsewhere(second)
    return not one or not two or len(one & two) / len(one | two) >= 0.5
