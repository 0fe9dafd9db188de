"""The texts of a QTI item: its body without the interaction, the texts of its choices, and its feedback."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.assessment.interchange.figures import Figures, FindFile
from app.domain.assessment.interchange.markup import Element, from_nodes
from app.domain.assessment.interchange.qti_processing import Value
from app.domain.assessment.interchange.report import Question
from app.domain.assessment.interchange.text_forms import Losses, markdown_from_tree, plain_from_tree
from app.domain.assessment.interchange.xml_tree import Node

_ASIDE = {
    "rubric-block": "instructions for markers or candidates",
    "feedback-block": "feedback inside the question",
    "feedback-inline": "feedback inside the question",
    "template-block": "a block for other variants",
    "template-inline": "a block for other variants",
    "stylesheet": "a style sheet",
    "printed-variable": "a variable",
    "catalog-info": "alternative renderings",
    "companion-materials-info": "companion materials",
}
GAP = "_____"
_LAST_GAP = "\n\n\\_\\_\\_\\_\\_"


@dataclass(frozen=True, slots=True)
class Told:
    """One modal feedback: shown (or hidden) when the outcome has its identifier."""

    outcome: str
    identifier: str
    show: bool
    text: str

    def appears(self, outcomes: dict[str, Value]) -> bool:
        """Whether a candidate with these outcomes reads it."""
        value = outcomes.get(self.outcome)
        held = value if isinstance(value, list) else [value]
        return (self.identifier in [str(one) for one in held if one is not None]) == self.show


@dataclass
class Texts:
    """Reads the texts of one item and names what is left out of them."""

    question: Question
    figures: Figures
    find: FindFile
    losses: Losses = field(default_factory=Losses)
    places: dict[int, str] = field(default_factory=dict)
    """The words that stand for the gaps of a text, by the identity of their interactions."""

    def prompt(self, body: Node, interaction: Node | None) -> tuple[str, dict[str, str]]:
        """Return the question as Markdown, and the figure fields when it has one picture that is kept."""
        root = self.tree(body, interaction)
        asked = interaction.first("prompt") if interaction is not None else None
        if asked is not None:
            root.kids.append(Element("p", {}, self.tree(asked, interaction).kids))
        figure = self.figures.from_text(self.question, root, self.find)
        text = markdown_from_tree(root, self.losses)
        # A field on a line of its own marks no gap in a sentence.
        return text.removesuffix(_LAST_GAP).rstrip() or text, figure

    def tree(self, node: Node, interaction: Node | None = None) -> Element:
        """Return what is inside a node as text, without interactions and what is not for the question."""
        return from_nodes(self._kept(node, interaction))

    def _kept(self, node: Node, interaction: Node | None) -> list[Node | str]:
        kept: list[Node | str] = []
        for one in node.inside:
            if isinstance(one, str):
                kept.append(one)
            elif id(one) in self.places:
                kept.append(self.places[id(one)])
            elif one is interaction:
                kept += [GAP] if one.name in ("text-entry-interaction", "inline-choice-interaction") else []
            elif one.name in _ASIDE:
                self.losses.add(_ASIDE[one.name])
            elif one.name in ("content-body", "prompt"):
                kept += self._kept(one, interaction)
            else:
                kept.append(Node(one.name, one.space, one.line, one.attributes, self._kept(one, interaction)))
        return kept

    def plain(self, node: Node) -> str:
        """Return the text of a choice without its feedback."""
        inside: list[Node | str] = [one for one in node.inside if isinstance(one, str) or one.name not in _ASIDE]
        return plain_from_tree(from_nodes(inside), self.losses)

    def inner_feedback(self, node: Node) -> str:
        """Return the feedback that stands inside a choice; empty when there is none."""
        parts = [one for one in node.children if one.name in ("feedback-inline", "feedback-block")]
        return " ".join(plain_from_tree(from_nodes(part.inside), self.losses) for part in parts).strip()

    def told(self, item: Node) -> list[Told]:
        """Return the modal feedback of the item."""
        return [
            Told(
                node.get("outcome-identifier"),
                node.get("identifier"),
                node.get("show-hide", "show") != "hide",
                plain_from_tree(self.tree(node), self.losses),
            )
            for node in item.all("modal-feedback")
        ]
