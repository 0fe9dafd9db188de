"""Measures of plain text: words, sentences, syllables, reading level."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*", re.UNICODE)
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|\n{2,}")
_VOWELS = re.compile(r"[aeiouy]+")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_LIST_MARK = r"[-*+]\s+(?:\[[ xX]\]\s+)?|\d+[.)]\s+"
_BLOCK_MARK = re.compile(rf"^\s*(?:#{{1,6}}\s+|{_LIST_MARK}|>\s?|(?:!!!|\?\?\?\+?)\s+\w+\s*)", re.M)
_TABLE_RULE = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*$", re.M)


def plain(markdown: str) -> str:
    """Return the readable words of a Markdown text, one block per paragraph; figures are left out."""
    text = _FENCE.sub(" ", markdown)
    text = _IMAGE.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _TABLE_RULE.sub("", text)
    text = _BLOCK_MARK.sub("\n\n", text)
    return re.sub(r"[*_`|\"]+", " ", text)


def words(text: str) -> list[str]:
    """Return the words and numbers of a plain text in order."""
    return _WORD.findall(text)


def count_words(markdown: str) -> int:
    """Return how many words a Markdown text has for a reader."""
    return len(words(plain(markdown)))


@lru_cache(maxsize=16_384)
def syllables(word: str) -> int:
    """Return an estimate of the syllables of an English word, at least 1."""
    lower = word.lower().replace("’", "'")
    if lower[:1].isdigit():
        return 1
    count = len(_VOWELS.findall(lower))
    if lower.endswith("e") and not lower.endswith(("le", "ee", "ye")) and count > 1:
        count -= 1
    if lower.endswith("ed") and not lower.endswith(("ted", "ded")) and count > 1:
        count -= 1
    return max(count, 1)


def reading_grade(markdown: str) -> float:
    """Return the Flesch-Kincaid grade level (US school years) of a Markdown text; 0.0 for an empty one.

    Formula: 0.39 words/sentences + 11.8 syllables/words - 15.59 (Kincaid et al., 1975).
    """
    text = plain(markdown)
    found = words(text)
    if not found:
        return 0.0
    sentences = sum(1 for part in _SENTENCE_END.split(text) if words(part))
    spoken = sum(syllables(word) for word in found)
    return round(0.39 * len(found) / sentences + 11.8 * spoken / len(found) - 15.59, 1)
