"""Texts of other programs as ours: Markdown for prompts, plain text for the rest. What is lost is named."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.domain.assessment.interchange.markup import LONGEST, RAW, Element, from_html
from app.domain.assessment.interchange.report import Refused

_SPACE = re.compile(r"[ \t\r\n\f]+")
_PARTS = ["p", "div", "ul", "ol", "li", "blockquote", "pre", "table", "hr", "h1", "h2", "h3", "h4", "h5", "h6"]
_REGIONS = ["section", "article", "header", "footer", "figure", "figcaption", "center", "dl", "dt", "dd", "address"]
_BLOCKS = frozenset([*_PARTS, *_REGIONS, "form"])
_LOST = {
    "u": "underlining",
    "ins": "underlining",
    "s": "strike-through",
    "strike": "strike-through",
    "del": "strike-through",
    "mark": "highlighting",
    "font": "fonts and colors",
    "big": "fonts and colors",
    "small": "fonts and colors",
    "math": "a formula (its text is kept)",
    "svg": "a drawing",
    "audio": "a sound",
    "video": "a film",
    "object": "an embedded object",
    "embed": "an embedded object",
    "input": "a form field",
    "button": "a form field",
    "select": "a form field",
    **dict.fromkeys(RAW, "a script, style or frame"),
}
_DROPPED = RAW | {"svg", "audio", "video", "object", "embed", "input", "button", "select", "head"}
_LOW = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_HIGH = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_AUTOLINK = re.compile(r"<(?=[^<>\s]*[:@][^<>]*>)")
_STARTS = re.compile(r"^(?:(#|>|[-+](?=\s|$)|-+(?=\s*$))|(\d+)([.)])(?=\s|$))")
_RULE = re.compile(r"^=+\s*$")


@dataclass
class Losses:
    """What the reduction of a question's texts left out, as phrases, each once and in order."""

    phrases: dict[str, None] = field(default_factory=dict)

    def add(self, phrase: str) -> None:
        """Note one kind of loss."""
        self.phrases.setdefault(phrase)

    @property
    def sentence(self) -> str:
        """One sentence that names all of it; empty when nothing was lost."""
        return f"Left out of the texts: {', '.join(self.phrases)}." if self.phrases else ""


def tidy(text: str, losses: Losses | None = None) -> str:
    """Return the text without control characters and outer space; raises Refused when it is too long."""
    if len(text) > LONGEST:
        raise Refused(f"A text has {len(text)} characters; at most {LONGEST} are taken.")
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co"))
    if losses is not None and len(kept) != len(text.replace("\r", "")):
        losses.add("control characters")
    return kept.expandtabs(4).strip()


def plain_from_html(text: str, losses: Losses) -> str:
    """Return HTML as one line of plain text."""
    return plain_from_tree(from_html(text), losses)


def plain_from_tree(root: Element, losses: Losses) -> str:
    """Return a tree as one line of plain text; emphasis and line breaks count as lost."""
    words: list[str] = []
    _plain(root, words, losses)
    return tidy(_SPACE.sub(" ", "".join(words)), losses)


def _plain(element: Element, words: list[str], losses: Losses) -> None:
    for kid in element.kids:
        if isinstance(kid, str):
            words.append(kid)
            continue
        phrase = _lost(kid) or {"strong": "bold", "b": "bold", "em": "italics", "i": "italics"}.get(kid.tag, "")
        if phrase:
            losses.add(phrase)
        if kid.tag == "img":
            words.append(_picture(kid, losses))
        elif kid.tag not in _DROPPED:
            block = kid.tag in _BLOCKS or kid.tag in ("br", "tr", "td", "th")
            inner: list[str] = []
            _plain(kid, inner, losses)
            text = _raised(kid.tag, "".join(inner), losses)
            words.append(f" {text} " if block else text + _address(kid, text, losses))


def markdown_from_plain(text: str, losses: Losses | None = None) -> str:
    """Return Markdown that shows a plain text as it is: an empty line parts paragraphs, a line break stays one."""
    lines = [_SPACE.sub(" ", line).strip() for line in tidy(text, losses).split("\n")]
    paragraphs = re.split(r"\n{2,}", "\n".join(lines).strip())
    return "\n\n".join("  \n".join(escape_line(line) for line in part.split("\n")) for part in paragraphs)


def markdown_from_html(text: str, losses: Losses) -> str:
    """Return HTML as the Markdown that prompts may have."""
    return markdown_from_tree(from_html(text), losses)


def markdown_from_tree(root: Element, losses: Losses) -> str:
    """Return a tree as the Markdown that prompts may have: paragraphs, lists, tables, quotes, emphasis, code."""
    return tidy("\n\n".join(_blocks(root, losses)), losses)


def escape_line(line: str) -> str:
    """Return one line of text so that Python-Markdown shows it and takes nothing in it for a mark."""
    text = _ENTITY.sub("&amp;", line)
    text = _AUTOLINK.sub("&lt;", text)
    marked = "".join(_escaped(text, index) for index in range(len(text)))
    if "](" in marked:
        marked = marked.replace("[", "\\[")
    if _RULE.match(marked):
        return "&#61;" + marked[1:]
    return _STARTS.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", marked)


def _escaped(text: str, index: int) -> str:
    char = text[index]
    before, after = text[index - 1 : index] if index else "", text[index + 1 : index + 2]
    if char in "\\`":
        return "\\" + char
    if char == "*":
        return char if before == after == " " else "\\*"
    if char == "_":
        return char if before.isalnum() and after.isalnum() else "\\_"
    return char


def _lost(element: Element) -> str:
    styled = element.tag == "span" and "style" in element.attributes
    return "fonts and colors" if styled else _LOST.get(element.tag, "")


def _picture(element: Element, losses: Losses) -> str:
    name = _SPACE.sub(" ", element.attributes.get("src", "")).strip()
    short = "inside the text" if name.startswith("data:") else name.rpartition("/")[2][:60]
    losses.add(f"a picture ({short or 'without a name'})")
    alternative = _SPACE.sub(" ", element.attributes.get("alt", "")).strip()
    return f"[{alternative}]" if alternative else ""


def _raised(tag: str, text: str, losses: Losses) -> str:
    if tag not in ("sub", "sup"):
        return text
    table = _LOW if tag == "sub" else _HIGH
    moved = text.translate(table)
    if any(char in text for char in moved):
        losses.add("subscripts or superscripts")
        return text
    return moved


def _address(element: Element, text: str, losses: Losses) -> str:
    target = element.attributes.get("href", "").strip() if element.tag == "a" else ""
    if not target:
        return ""
    losses.add("links (their addresses stand in brackets)")
    return "" if target == text.strip() or not target.startswith(("http://", "https://")) else f" ({target})"


def _blocks(element: Element, losses: Losses) -> list[str]:
    found: list[str] = []
    run: list[Element | str] = []

    def flush() -> None:
        lines = [escape_starts(line) for line in _inline(run, losses).split("\n")]
        text = "  \n".join(line for line in (line.strip() for line in lines) if line)
        run.clear()
        if text:
            found.append(text)

    for kid in element.kids:
        if isinstance(kid, Element) and kid.tag in _BLOCKS:
            flush()
            found += _block(kid, losses)
        else:
            run.append(kid)
    flush()
    return found


def escape_starts(line: str) -> str:
    """Return a line of Markdown whose beginning cannot be taken for a heading, a list, a quote or a rule."""
    line = line.strip()
    if _RULE.match(line):
        return "&#61;" + line[1:]
    return _STARTS.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", line)


def _block(element: Element, losses: Losses) -> list[str]:
    tag = element.tag
    if tag in ("ul", "ol"):
        return _list(element, losses)
    if tag == "table":
        return _table(element, losses)
    if tag == "hr":
        return ["---"]
    if tag == "pre":
        text = "".join(kid if isinstance(kid, str) else "".join(_strings(kid)) for kid in element.kids)
        return ["\n".join(f"    {line}" for line in text.strip("\n").split("\n"))]
    inner = _blocks(element, losses)
    if tag == "blockquote":
        quoted = "\n\n".join(inner).split("\n")
        return ["\n".join(f"> {line}".rstrip() if not line.endswith("  ") else f"> {line}" for line in quoted)]
    if tag in ("h1", "h2", "h3", "h4", "h5", "h6") and inner:
        losses.add("headings (now bold)")
        return [f"**{text}**" if "*" not in text and "\n" not in text else text for text in inner]
    return inner


def _strings(element: Element) -> list[str]:
    found: list[str] = []
    for kid in element.kids:
        found += [kid] if isinstance(kid, str) else _strings(kid)
    return found


def _list(element: Element, losses: Losses) -> list[str]:
    rows: list[str] = []
    ordered = element.tag == "ol"
    items = [kid for kid in element.kids if isinstance(kid, Element) and (kid.tag == "li" or kid.kids)]
    all_blocks = [_blocks(item, losses) for item in items]
    for number, blocks in enumerate((b for b in all_blocks if b), 1):
        mark = f"{number}." if ordered else "-"
        first = blocks[0].split("\n")
        body = [*first, *(line for block in blocks[1:] for line in ("", *block.split("\n")))]
        rows.append(f"{mark} {body[0]}" + "".join(f"\n    {line}" if line else "\n" for line in body[1:]))
    loose = any(len(blocks) > 1 for blocks in all_blocks)
    return [("\n\n" if loose else "\n").join(rows)] if rows else []


def _table(element: Element, losses: Losses) -> list[str]:
    rows = [
        [
            " ".join(_inline(cell.kids, losses).split("\n")).strip().replace("|", "\\|")
            for cell in row.kids
            if isinstance(cell, Element) and cell.tag in ("td", "th")
        ]
        for row in element.walk()
        if row.tag == "tr"
    ]
    rows = [row for row in rows if row]
    width = max((len(row) for row in rows), default=0)
    if width < 2 or len(rows) < 2 or any(len(row) != width for row in rows):
        losses.add("a table (its rows are lines now)")
        return ["  \n".join(" ".join(row) for row in rows)] if rows else []
    lines = [rows[0], ["---"] * width, *rows[1:]]
    return ["\n".join(f"| {' | '.join(line)} |" for line in lines)]


def _inline(kids: Sequence[Element | str], losses: Losses) -> str:
    return _trimmed("".join(_piece(kid, losses) for kid in kids))


def _trimmed(text: str) -> str:
    return re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", text)).strip(" \n")


def _piece(kid: Element | str, losses: Losses) -> str:
    if isinstance(kid, str):
        flat = _SPACE.sub(" ", kid)
        lead, tail = flat[:1] == " ", flat[-1:] == " " and len(flat) > 1
        return " " * lead + _escape_inline(flat.strip()) + " " * tail
    phrase = _lost(kid)
    if phrase:
        losses.add(phrase)
    if kid.tag in _DROPPED:
        return ""
    if kid.tag == "br":
        return "\n"
    if kid.tag == "img":
        return escape_line(_picture(kid, losses))
    inner = "".join(_piece(one, losses) for one in kid.kids)
    return _MARKS.get(kid.tag, _bare)(kid, inner, losses)


def _escape_inline(text: str) -> str:
    # The start of a line is looked at once the line is whole.
    return escape_line("(" + text)[1:]


def _bare(element: Element, inner: str, losses: Losses) -> str:
    return _raised(element.tag, inner, losses) + _address(element, inner, losses)


def _wrapped(mark: str) -> Callable[[Element, str, Losses], str]:
    def wrap(_element: Element, inner: str, losses: Losses) -> str:
        core = inner.strip()
        if not core or "\n" in core:
            if core:
                losses.add("bold or italics over several lines")
            return inner
        lead, tail = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        return f"{lead}{mark}{core}{mark}{tail}"

    return wrap


def _code(element: Element, _inner: str, _losses: Losses) -> str:
    text = _SPACE.sub(" ", "".join(_strings(element))).strip()
    if not text:
        return ""
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


_MARKS: dict[str, Callable[[Element, str, Losses], str]] = {
    "strong": _wrapped("**"),
    "b": _wrapped("**"),
    "em": _wrapped("*"),
    "i": _wrapped("*"),
    "code": _code,
    "tt": _code,
    "kbd": _code,
}


_ESCAPED = re.compile(r"\\([\\`*_\[\]#>.)+-])|&(amp|lt|#61);")
_PLAIN_OF = {"amp": "&", "lt": "<", "#61": "="}
_RAW_TAG = re.compile(r"</?[a-zA-Z][^<>\n]*>")


def plain_from_markdown(text: str) -> str | None:
    """Return the plain text that a prompt without any mark shows; None for a prompt with marks."""
    lines = text.replace("  \n", "\n")
    plain = _ESCAPED.sub(lambda m: m[1] or _PLAIN_OF[m[2]], lines)
    return plain if markdown_from_plain(plain) == text else None


def plain_of_markdown(text: str, losses: Losses) -> str:
    """Return Markdown of another program as plain text; emphasis counts as lost."""
    flat = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    flat = re.sub(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"\1", flat)
    if flat != text:
        losses.add("bold or italics")
    return tidy(re.sub(r"\\([\\`*_{}\[\]()>#+.!-])", r"\1", flat), losses)


def has_tags(text: str) -> bool:
    """Return whether another program would take something in a text for HTML."""
    return bool(_RAW_TAG.search(text))


def markdown_as_it_is(text: str, losses: Losses) -> str:
    """Return Markdown of another program as a prompt, naming what our prompts do not show."""
    if "![" in text:
        losses.add("a picture (its Markdown is shown as text)")
    elif re.search(r"\]\([^)]*\)", text):
        losses.add("links (only their words are shown)")
    if has_tags(text):
        losses.add("HTML inside Markdown (it is shown as text)")
    if re.search(r"^#{1,6}\s*\S", text, re.MULTILINE):
        losses.add("headings")
    return tidy(text.replace("\r", ""), losses)
