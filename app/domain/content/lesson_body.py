"""Check the Markdown of a lesson line by line: headings, figures, links, callouts, the self-check."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.domain.content.text import count_words

CALLOUTS = ("key", "check", "dispute", "safety")
BENCH_HEADING = "At the bench"

_FIGURE = re.compile(r'^!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s"]+)(?:\s+"(?P<caption>[^"]*)")?\)$')
_ANY_IMAGE = re.compile(r"!\[[^\]]*\](?:\(|\[)")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]*)(?:\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s")
_FOOTNOTE = re.compile(r"\[\^[^\]]+\]")
_HTML = re.compile(r"<(?:[A-Za-z][A-Za-z0-9-]*(?:[\s/>]|$)|/[A-Za-z]|!--|!\[|\?)")
_AUTOLINK = re.compile(r"<(?:https?|mailto):[^>\s]*>")
_CODE = re.compile(r"`+[^`]*`+")
_ATTR_LIST = re.compile(r"\{:[^}]*\}|\{[#.][\w-]+[^}]*\}")
_HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<text>.+?)\s*#*$")
_CALLOUT = re.compile(r"^(?P<mark>!!!|\?\?\?\+?)\s*(?P<kind>[\w-]*)(?P<rest>.*)$")
_TITLE = re.compile(r'^\s+"[^"]+"\s*$')
_TASK = re.compile(r"^\s*[-*+]\s+\[[ xX]\]\s+\S")
_SCREENFUL = 120


@dataclass(frozen=True, slots=True)
class Note:
    """A finding in a body; `line` is 1-based within the body."""

    line: int
    code: str
    error: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure paragraph: path, text alternative, caption and its line in the body."""

    path: str
    alt: str
    caption: str
    line: int


@dataclass(slots=True)
class Body:
    """What a scan of a lesson body found."""

    figures: list[Figure] = field(default_factory=list)
    links: list[tuple[str, int]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    callouts: list[int] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    headings: list[tuple[int, str, int]] = field(default_factory=list)

    def error(self, line: int, code: str, sentence: str) -> None:
        """Note something that stops a release."""
        self.notes.append(Note(line, code, True, sentence))

    def warn(self, line: int, code: str, sentence: str) -> None:
        """Note something for the author to weigh."""
        self.notes.append(Note(line, code, False, sentence))


def scan(markdown: str) -> Body:
    """Read a lesson body and return its figures, its links and every finding."""
    body = Body()
    lines = markdown.split("\n")
    fence = ""
    for number, line in enumerate(lines, start=1):
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~"):
            fence = "" if fence == mark else (fence or mark)
            continue
        if not fence:
            before = lines[number - 2] if number > 1 else ""
            after = lines[number] if number < len(lines) else ""
            _line(body, number, line, before, after)
    if fence:
        body.error(len(lines), "md-fence", "A code block is opened and never closed.")
    _whole(body, lines)
    return body


def _line(body: Body, number: int, line: str, before: str, after: str) -> None:
    text = _CODE.sub("", line)
    _heading(body, number, line, before)
    _callout(body, number, line, after)
    _image(body, number, text, before, after)
    if _TASK.match(line):
        body.tasks.append(number)
    for link in _LINK.finditer(text):
        _target(body, number, link["target"])
        if not link["text"].strip():
            body.error(number, "md-link", "A link needs words to click on.")
    if _REFERENCE.match(text):
        body.error(number, "md-reference", "Write links in place: [text](address).")
    if _FOOTNOTE.search(text):
        body.error(number, "md-footnote", "Footnotes are not part of the format; name the source in the front matter.")
    if _HTML.search(_AUTOLINK.sub("", text)):
        body.error(number, "md-html", "Raw HTML is not allowed in a lesson.")
    if _ATTR_LIST.search(text):
        body.error(number, "md-attributes", "Attribute lists are not part of the format.")


def _heading(body: Body, number: int, line: str, before: str) -> None:
    found = _HEADING.match(line)
    if found:
        level = len(found["marks"])
        body.headings.append((level, found["text"], number))
        if level == 1:
            body.error(number, "md-h1", "The page prints the title; begin with ## headings.")
        elif level > 3:
            body.error(number, "md-heading", "Use ## and ### only.")
    elif before.strip() and re.fullmatch(r"=+\s*|-{2,}\s*", line) and "|" not in before:
        body.error(number, "md-heading", "A line of = or - makes a heading of the line above; use ##.")


def _callout(body: Body, number: int, line: str, after: str) -> None:
    found = _CALLOUT.match(line)
    if not found:
        return
    if found["mark"] == "!!!":
        body.callouts.append(number)
        if found["kind"] not in CALLOUTS:
            said = found["kind"] or "nothing"
            body.error(number, "md-callout", f"A callout is one of {', '.join(CALLOUTS)}, not {said}.")
    else:
        body.questions.append(number)
        if found["kind"] != "question":
            body.error(number, "md-question", 'A self-check is written ??? question "A question?".')
    if not _TITLE.match(found["rest"]):
        body.error(number, "md-callout", 'A callout carries its title in quotes: !!! key "Key idea".')
    if not after.startswith("    "):
        body.error(number, "md-callout", "The text of a callout is indented by 4 spaces on the next line.")


def _image(body: Body, number: int, text: str, before: str, after: str) -> None:
    figure = _FIGURE.match(text.strip())
    if figure and not before.strip() and not after.strip() and not text.startswith((" ", "\t")):
        alt, caption = figure["alt"].strip(), (figure["caption"] or "").strip()
        body.figures.append(Figure(figure["path"], alt, caption, number))
        if not alt:
            body.error(number, "figure-alt", "The figure has no text alternative.")
        if not caption:
            body.error(number, "figure-caption", 'The figure has no caption: ![…](figures/x.svg "Caption.").')
    elif _ANY_IMAGE.search(text):
        body.error(number, "figure-place", "A figure is a paragraph of its own, with a blank line before and after.")


def _target(body: Body, number: int, target: str) -> None:
    body.links.append((target, number))
    if target.startswith(("lesson:", "https://", "http://", "mailto:")):
        return
    body.error(number, "md-link", f"A link goes to lesson:id, https:// or mailto:, not to {target or 'nothing'}.")


def _whole(body: Body, lines: list[str]) -> None:
    if len(body.questions) != 1:
        line = body.questions[1] if body.questions else 1
        count = len(body.questions)
        body.error(line, "md-question", f"A lesson has exactly one ??? question self-check, here {count}.")
    bench = [line for _, text, line in body.headings if text == BENCH_HEADING]
    if body.tasks and not bench:
        body.error(body.tasks[0], "md-bench", f'A task list stands under the heading "## {BENCH_HEADING}".')
    if bench and not body.tasks:
        body.error(bench[0], "md-bench", "The bench checklist has no - [ ] lines.")
    for first, third in zip(body.callouts, body.callouts[2:], strict=False):
        if count_words("\n".join(lines[first - 1 : third - 1])) < _SCREENFUL:
            body.warn(third, "md-callouts", "Three callouts within one screenful; keep two.")
