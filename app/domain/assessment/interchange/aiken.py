"""Aiken: a line with the question, lines `A. text` or `A) text`, and `ANSWER: C`. It holds nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.assessment.interchange import unheld
from app.domain.assessment.interchange.fitting import Choice, single_choice
from app.domain.assessment.interchange.report import Question, Reading, Refused, Written
from app.domain.assessment.interchange.text_forms import Losses, markdown_from_plain, plain_from_markdown, tidy
from app.domain.assessment.scoring import ONE, ZERO

_HELD = frozenset(["single_choice", "true_false"])
_OPTION = re.compile(r"([A-Z])[.)]\s+(\S.*)|([A-Z])[.)]\s*")
_ANSWER = re.compile(r"ANSWER:\s*(.*)")


def read(text: str, reading: Reading) -> Reading:
    """Return the questions of an Aiken file."""
    block: list[tuple[int, str]] = []
    for line, raw in enumerate([*text.split("\n"), ""], 1):
        content = raw.strip()
        if content:
            block.append((line, content))
        if block and (_ANSWER.fullmatch(content) or (not content and not _open(block))):
            reading.add(_question(block, len(reading.questions) + 1))
            block = []
    if block:
        reading.add(_question(block, len(reading.questions) + 1))
    if not reading.questions:
        reading.fault(1, "The file holds no question.")
    return reading


def _open(block: list[tuple[int, str]]) -> bool:
    """An empty line may stand between the question, its options and its answer, as some editors put it."""
    return True if len(block) == 1 else bool(_OPTION.match(block[-1][1]))


def _question(block: list[tuple[int, str]], number: int) -> Question:
    question = Question(number, block[0][0], "single choice")
    try:
        question.body = _body(question, block)
    except Refused as refused:
        question.refuse(refused)
    return question


def _body(question: Question, block: list[tuple[int, str]]) -> dict[str, Any]:
    last, words = block[-1]
    answer = _ANSWER.fullmatch(words)
    if answer is None:
        raise Refused("There is no line “ANSWER: X” in capitals after the options.", last)
    first = next((i for i, (_, line) in enumerate(block) if _OPTION.fullmatch(line)), len(block) - 1)
    if first == 0:
        raise Refused("There is no question before the options.")
    losses = Losses()
    options: list[tuple[str, str]] = []
    for line, content in block[first:-1]:
        match = _OPTION.fullmatch(content)
        if match is None or match[1] is None:
            raise Refused(f"“{content[:60]}” is no option. Options are lines such as “A. text”.", line)
        if match[1] != chr(ord("A") + len(options)):
            raise Refused(f"Option {match[1]} is out of order.", line)
        options.append((match[1], tidy(match[2], losses)))
    key = answer[1].strip()
    if key not in [letter for letter, _ in options]:
        raise Refused(f"The answer is “{key[:20]}”, which is none of the options.", last)
    choices = [Choice(text, ONE if letter == key else ZERO) for letter, text in options]
    if first > 1:
        question.change("The question has several lines; they are kept as lines.")
    prompt = markdown_from_plain("\n".join(content for _, content in block[:first]), losses)
    body = {**single_choice(question, choices), "prompt": prompt}
    if losses.sentence:
        question.change(losses.sentence)
    return body


def write(items: Iterable[Mapping[str, Any]]) -> Written:
    """Return the single choices and statements as Aiken; all else is left out with the reason."""
    blocks: list[str] = []
    lost: dict[str, list[str]] = {}
    left_out: dict[str, str] = {}
    for item in items:
        try:
            blocks.append(_written(item))
        except Refused as refused:
            left_out[item["id"]] = refused.reason
            continue
        gone = ["id, step, objective, source and the other fields of the house", "feedback and explanation"]
        lost[item["id"]] = gone + (["the order of the options is fixed"] if item.get("shuffle") is False else [])
    data = "\n".join(blocks).encode()
    return Written(data, len(blocks), lost, left_out)


def _written(item: Mapping[str, Any]) -> str:
    unheld.check(unheld.AIKEN, item, _HELD)
    if item.get("figure"):
        raise Refused("Aiken holds no figures.")
    prompt = plain_from_markdown(item["prompt"])
    if prompt is None or "\n" in prompt:
        raise Refused("Its question has several lines or marks such as bold, which Aiken cannot hold.")
    if _OPTION.fullmatch(prompt) or _ANSWER.fullmatch(prompt):
        raise Refused("Its question looks like an option or an answer of Aiken.")
    if item["type"] == "single_choice":
        options = [(row["text"], bool(row.get("correct"))) for row in item["options"]]
    else:
        options = [("True", item["answer"]), ("False", not item["answer"])]
    if any("\n" in text for text, _ in options):
        raise Refused("An option has several lines, which Aiken cannot hold.")
    lines = [f"{chr(ord('A') + i)}. {text}" for i, (text, _) in enumerate(options)]
    key = next(i for i, (_, right) in enumerate(options) if right)
    return "\n".join([prompt, *lines, f"ANSWER: {chr(ord('A') + key)}", ""])
