"""Counting words and syllables, and the reading level."""

from __future__ import annotations

import pytest

from app.domain.content import text


def test_words_of_markdown_are_those_a_reader_sees() -> None:
    body = (
        '## The idea\n\n![Alt text here](figures/a.svg "Caption")\n\nUse *one* [clean cloth](https://e.test/long).\n\n'
        '!!! key "Key idea"\n    Stop in time.\n\n- [ ] Wash hands\n\n| a | b |\n|---|---|\n| c | 4.5 |\n\n'
        "```\ncode is not read\n```\n"
    )
    assert text.words(text.plain(body)) == [
        "The", "idea", "Use", "one", "clean", "cloth", "Key", "idea", "Stop", "in", "time", "Wash", "hands",
        "a", "b", "c", "4.5",
    ]  # fmt: skip
    assert text.count_words(body) == 17


def test_words_keep_apostrophes_and_hyphens() -> None:
    assert text.words("Cupid’s wet-dry line, 0.5 mm; don't.") == ["Cupid’s", "wet-dry", "line", "0.5", "mm", "don't"]


@pytest.mark.parametrize(
    ("word", "count"),
    [("lip", 1), ("vermilion", 3), ("made", 1), ("needle", 2), ("stretched", 1), ("wanted", 2), ("tree", 1), ("225", 1),
     ("pigment", 2), ("the", 1)],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert text.syllables(word) == count


def test_the_reading_grade_follows_flesch_and_kincaid() -> None:
    # 6 words, 1 sentence, 6 syllables: 0.39 * 6 + 11.8 * 1 - 15.59.
    assert text.reading_grade("The cat sat on the mat.") == round(0.39 * 6 + 11.8 - 15.59, 1)
    # 4 words, 2 sentences, 5 syllables.
    assert text.reading_grade("Stop now.\n\nWash pigment") == round(0.39 * 2 + 11.8 * 5 / 4 - 15.59, 1)
    assert text.reading_grade("") == 0.0
