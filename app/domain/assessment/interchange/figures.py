"""Pictures that come with questions: a drawing that passes our check is kept, everything else is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.assessment.interchange.markup import Element
from app.domain.assessment.interchange.report import Question

# Returns what is wrong with the text of an SVG, as sentences; nothing when it may be shown.
CheckFigure = Callable[[str], list[str]]
FindFile = Callable[[str], bytes | None]
_WORD = re.compile(r"[a-z0-9]+")


@dataclass
class Figures:
    """Collects the drawings of one file, by the path that they get below quizzes/."""

    check: CheckFigure
    prefix: str
    kept: dict[str, str] = field(default_factory=dict)

    def take(self, question: Question, name: str, data: bytes | None, alternative: str) -> str:
        """Return the path of a drawing that is kept, or an empty text after naming why it is not."""
        short = name.replace("%20", " ").rpartition("/")[2][:60] or "without a name"
        reason = self._reason(data, alternative, short)
        if reason or data is None:
            question.change(f"The picture {short} was left out: {reason or 'it is not in the file'}.")
            return ""
        text = data.decode("utf-8")
        stem = "-".join(_WORD.findall(short.rpartition(".")[0].lower()))[:40] or "figure"
        stem = stem if stem.startswith(f"{self.prefix}-") else f"{self.prefix}-{stem}"
        path, count = f"figures/{stem}.svg", 1
        while self.kept.get(path, text) != text:
            count += 1
            path = f"figures/{stem}-{count}.svg"
        self.kept[path] = text
        return path

    def _reason(self, data: bytes | None, alternative: str, short: str) -> str:
        if data is None:
            return "it is not in the file"
        if not alternative.strip():
            return "it has no text alternative"
        head = data[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
        if not head.startswith((b"<svg", b"<?xml", b"<!--")):
            return "only drawings as SVG are held, not photos and other pictures"
        try:
            faults = self.check(data.decode("utf-8"))
        except UnicodeDecodeError:
            return "it is not UTF-8"
        return f"it is not a drawing by our rules ({faults[0].rstrip('.')})" if faults else ""

    def from_text(self, question: Question, root: Element, find: FindFile) -> dict[str, str]:
        """Return the figure fields when a text has exactly one picture that is kept; it leaves the text."""
        pictures = [(holder, kid) for holder in root.walk() for kid in holder.kids if _is_picture(kid)]
        if len(pictures) != 1:
            return {}
        holder, picture = pictures[0]
        assert isinstance(picture, Element)
        source = picture.attributes.get("src") or picture.attributes.get("data") or ""
        data = find(source)
        if data is None:
            return {}
        alternative = " ".join(picture.attributes.get("alt", "").split())
        path = self.take(question, source, data, alternative)
        holder.kids = [kid for kid in holder.kids if kid is not picture]
        return {"figure": path, "figure_alt": alternative} if path else {}


def _is_picture(kid: Element | str) -> bool:
    return isinstance(kid, Element) and (
        kid.tag == "img" or (kid.tag == "object" and kid.attributes.get("type", "").startswith("image/"))
    )
