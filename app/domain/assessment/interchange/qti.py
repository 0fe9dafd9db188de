"""QTI 2.1, 2.2 and 3.0: a single item as XML, or a content package with its items, figures and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.assessment.interchange import (
    packages,
    qti_choices,
    qti_cloze,
    qti_entries,
    qti_orders,
    qti_pictures,
    qti_places,
)
from app.domain.assessment.interchange.figures import Figures, FindFile
from app.domain.assessment.interchange.packages import Package
from app.domain.assessment.interchange.qti_answers import Answers
from app.domain.assessment.interchange.qti_processing import Processing, declaration
from app.domain.assessment.interchange.qti_texts import Texts
from app.domain.assessment.interchange.report import Question, Reading, Refused
from app.domain.assessment.interchange.tags import own
from app.domain.assessment.interchange.xml_tree import Node, parse

MANIFEST = "imsmanifest.xml"
_READERS: Mapping[str, Callable[[Answers], dict[str, Any]]] = {
    "choice-interaction": qti_pictures.choice_of_any,
    "inline-choice-interaction": qti_choices.inline_choice,
    "hotspot-interaction": qti_places.hotspot,
    "order-interaction": qti_orders.order,
    "match-interaction": qti_orders.match,
    "text-entry-interaction": qti_entries.entry,
}
# What an item may hold that changes what is asked; refused, because the rest would be another question.
_REFUSED = {
    "template-declaration": "It draws its values at random (templates), which is not held.",
    "template-processing": "It draws its values at random (templates), which is not held.",
    "assessment-stimulus-ref": "It belongs to a shared text (stimulus), which is not held.",
}


def read(data: bytes, figures: Figures, reading: Reading) -> Reading:
    """Return the items of a QTI file or package."""
    try:
        if data.startswith(b"PK"):
            _package(reading, packages.open_package(data), figures)
        else:
            _document(reading, data, figures)
    except Refused as refused:
        reading.fault(refused.line, refused.reason)
    if not reading.questions and not reading.faults:
        reading.fault(0, "The file holds no item.")
    return reading


def _document(reading: Reading, data: bytes, figures: Figures) -> None:
    root = parse(data, kebab=True)
    if root.name == "questestinterop":
        raise Refused("This is QTI 1.2. Save it as QTI 2.1 or later in the program that it comes from.", root.line)
    if root.name != "assessment-item":
        raise Refused(f"A QTI item begins with assessment-item, this file with <{root.name[:40]}>.", root.line)
    _item(reading, root, (), figures, lambda _source: None)


def _package(reading: Reading, package: Package, figures: Figures) -> None:
    if MANIFEST not in package:
        raise Refused(f"The package has no {MANIFEST} at its top.")
    manifest = parse(package.read(MANIFEST), kebab=True)
    listed: set[str] = set()
    for resource in manifest.walk():
        if resource.name != "resource":
            continue
        kind, href = resource.get("type"), packages.resolve(MANIFEST, resource.get("href"))
        if kind.startswith("imsqti_item"):
            listed.add(href)
            _packaged(reading, package, href or resource.get("href"), _tags(resource), figures)
        elif kind.startswith("imsqti_test"):
            reading.remark(
                "A test (its order, sections and time limits) is not kept: write a quiz that draws on the bank."
            )
            listed.add(href)
        elif kind.startswith("imsqti"):
            reading.remark(f"A part of the kind {kind[:60]} is not read.")
    unread = [name for name in package.names if name not in package.read_paths | listed]
    for name in unread:
        ending = name.rpartition(".")[2].lower()[:10]
        reading.remark(f"A file of the package was not used: .{ending}." if "." in name else "A file was not used.")


def _tags(resource: Node) -> tuple[str, ...]:
    """The keywords of the resource's metadata (LOM): each is one tag."""
    return tuple(" ".join(node.text.split()) for node in resource.walk() if node.name == "keyword")


def _packaged(reading: Reading, package: Package, href: str, tags: tuple[str, ...], figures: Figures) -> None:
    def find(source: str) -> bytes | None:
        path = packages.resolve(href, source)
        return package.read(path) if path in package else None

    try:
        if href not in package:
            raise Refused("The package names this item but does not hold it.")
        root = parse(package.read(href), kebab=True)
        if root.name != "assessment-item":
            raise Refused(f"This is no item but <{root.name[:40]}>.", root.line)
    except Refused as refused:
        question = Question(len(reading.questions) + 1, refused.line, "item", href[:200], tags=tags)
        question.refuse(refused)
        reading.add(question)
        return
    _item(reading, root, tags, figures, find)


def reread(data: bytes, tags: tuple[str, ...]) -> Question:
    """Return one item as it is read back with these tags, without files: an export looks at what did not come back."""
    reading = Reading()
    _item(reading, parse(data, kebab=True), tags, Figures(lambda _svg: [], "x"), lambda _source: None)
    return reading.questions[0]


def _item(reading: Reading, root: Node, tags: tuple[str, ...], figures: Figures, find: FindFile) -> None:
    question = Question(len(reading.questions) + 1, root.line, "item", " ".join(root.get("title").split())[:200])
    question.key, question.tags = root.get("identifier"), tags
    reading.add(question)
    try:
        question.body = _body(question, root, figures, find)
    except Refused as refused:
        question.refuse(refused)
    except ZeroDivisionError:
        question.refuse(Refused("Its response processing divides by nothing."))


def _body(question: Question, root: Node, figures: Figures, find: FindFile) -> dict[str, Any]:
    for node in root.children:
        if node.name in _REFUSED:
            raise Refused(_REFUSED[node.name], node.line)
    if root.get("adaptive") == "true":
        raise Refused("It is adaptive: it asks again depending on the answers, which is not held.")
    body = root.first("item-body")
    found = [node for node in body.walk() if node.name.endswith("-interaction")] if body is not None else []
    if body is None or not found:
        raise Refused("It asks for no answer (it has no interaction).")
    if len(found) > 1 or "gap-1" in own(question.tags).form:
        return _gapped(question, root, body, found, Texts(question, figures, find))
    interaction = found[0]
    reader = _READERS.get(interaction.name)
    if reader is None:
        kind = interaction.name.removesuffix("-interaction")
        raise Refused(f"Interactions of the kind {kind[:40]} are not held.", interaction.line)
    declared = [declaration(node) for node in root.all("response-declaration")]
    wanted = next((one for one in declared if one.identifier == interaction.get("response-identifier")), None)
    if wanted is None:
        raise Refused("Its interaction has no response declaration.", interaction.line)
    if len(declared) > 1:
        raise Refused("It declares more than one response.", interaction.line)
    texts = Texts(question, figures, find)
    answers = Answers(question, root, interaction, wanted, Processing(root, {wanted.identifier: wanted}), texts)
    fields = reader(answers)
    prompt, figure = texts.prompt(body, interaction)
    if not prompt:
        raise Refused("The question has no text.")
    if fields["type"] == "hotspot" and figure:
        question.change("A second picture beside the one to point at was left out.")
        figure = {}
    result = answers.finish({**fields, "prompt": prompt, **figure})
    if texts.losses.sentence:
        question.change(texts.losses.sentence)
    return result


def _gapped(question: Question, root: Node, body: Node, found: Sequence[Node], texts: Texts) -> dict[str, Any]:
    other = next((node for node in found if node.name not in qti_cloze.KINDS), None)
    if other is not None:
        kind = other.name.removesuffix("-interaction")
        said = f"It asks for {len(found)} answers at once, one of the kind {kind[:40]}"
        raise Refused(f"{said}; only fields and lists in a text are held together.", other.line)
    result = qti_cloze.read(question, root, body, found, texts)
    if texts.losses.sentence:
        question.change(texts.losses.sentence)
    return result
