"""Forms of those who write items and quizzes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.web.forms import Form, IntegerField

MOST_SOURCE = 60_000
MOST_ROWS = 60
SPARE_ROWS = 2
_TEXTS = ("bank", "step", "topic", "type", "objective")


def _note() -> StringField:
    return StringField(
        _l("What changed, and why"),
        [Optional(), Length(max=300, message=_l("At most 300 characters."))],
        description=_l("It stands in the list of releases and in the history. Needed to publish."),
    )


class ItemForm(Form):
    """The source of an item, the version that it was made from, and a note for the history."""

    source = TextAreaField(
        _l("Source"),
        [
            DataRequired(_l("The text is empty.")),
            Length(max=MOST_SOURCE, message=_l("The text is too long: at most 60,000 characters.")),
        ],
    )
    base = IntegerField(validators=[InputRequired(_l("Load the page again: it does not say what was edited."))])
    state = HiddenField(validators=[Optional()])
    note = _note()

    @property
    def text(self) -> str:
        """The source with the line ends of the files."""
        return (self.source.data or "").replace("\r\n", "\n").replace("\r", "\n")


class DrawsForm(Form):
    """The version of a quiz that was edited, and a note; the draws are read by `draw_rows`."""

    base = IntegerField(validators=[InputRequired(_l("Load the page again: it does not say what was edited."))])
    note = _note()


def draw_rows(values: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Read the draws of the builder from fields like `d0-bank`: rows taken away and rows left empty are not there.

    What is not a number stays as it was typed, so that the check can say so.
    """
    rows = []
    for number in range(MOST_ROWS):

        def given(name: str, row: int = number) -> list[str]:
            return [value.strip() for value in values.get(f"d{row}-{name}", ()) if value.strip()]

        if given("gone") or not (given("bank") or given("count")):
            continue
        data: dict[str, Any] = {name: found[0] for name in _TEXTS if (found := given(name))}
        data |= {"difficulty": [_number(level) for level in given("difficulty")]} if given("difficulty") else {}
        lessons = [lesson for text in given("lessons") for lesson in text.replace(",", " ").split()]
        data |= {"lessons": lessons} if lessons else {}
        data |= {"safety": True} if given("safety") else {}
        data |= {"count": _number(found[0])} if (found := given("count")) else {}
        rows.append(data)
    return rows


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else text
