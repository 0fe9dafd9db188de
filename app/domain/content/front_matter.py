"""Split a lesson file into its front matter and its Markdown body."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """The two halves of a lesson file and the 1-based line on which each begins."""

    front: str
    front_line: int
    body: str
    body_line: int


class NoFrontMatter(ValueError):
    """The file does not begin with a block between two lines of three hyphens; `line` says where it broke."""

    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(sentence)
        self.line = line


def split(text: str) -> Parts:
    """Return the parts of `text`; raises NoFrontMatter when the block is absent or never closed."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise NoFrontMatter("The file must begin with front matter between two --- lines.", 1)
    for index in range(1, len(lines)):
        if lines[index].rstrip() == "---":
            front = "\n".join(lines[1:index])
            rest = lines[index + 1 :]
            blank = next((i for i, line in enumerate(rest) if line.strip()), len(rest))
            body = "\n".join(rest[blank:]).rstrip() + "\n"
            return Parts(front, 2, body, index + 2 + blank)
    raise NoFrontMatter("The front matter is never closed by a second --- line.", 1)
