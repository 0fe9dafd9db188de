"""Forms of those who watch over quizzes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.web.forms import Form, IntegerField


def _reason(hint: str, id: str) -> StringField:
    words = Length(3, 300, _l("Say why, in 3 to 300 characters."))
    return StringField(_l("Reason"), [DataRequired(_l("Say why.")), words], description=hint, id=id)


class ExtendForm(Form):
    """More minutes for one attempt."""

    minutes = IntegerField(
        _l("Minutes to add"),
        [InputRequired(_l("Give a number of minutes.")), NumberRange(1, 240, _l("Give 1 to 240 minutes."))],
    )
    reason = _reason(_l("It is kept in the record. Leave out anything about health."), "why-more")


class CloseForm(Form):
    """Hand in for somebody."""

    reason = _reason(_l("The student reads it, and it is kept in the record."), "why-close")
    sure = BooleanField(
        _l("Hand in now what was saved; it cannot be opened again"), [DataRequired(_l("Confirm that you mean it."))]
    )


class TimeForm(Form):
    """What a person is granted in every quiz."""

    time_factor_percent = IntegerField(
        _l("Time, in percent of the usual"),
        [InputRequired(_l("Give a percentage.")), NumberRange(100, 400, _l("Give 100 to 400 percent."))],
        description=_l("100 is the usual time, 150 half as much again."),
    )
    pause_minutes = IntegerField(
        _l("Pause in each attempt, in minutes"),
        [InputRequired(_l("Give minutes; 0 for none.")), NumberRange(0, 240, _l("Give 0 to 240 minutes."))],
        description=_l("For so long the person may stop the clock. Questions are hidden meanwhile."),
    )
    reason = _reason(
        _l("For example who agreed to it and when. It is kept in the record; leave out anything about health."), "why"
    )


class BankImportForm(Form):
    """What is asked once for all questions of a file. The file itself is read by the route."""

    file = FileField(_l("File"))
    format = SelectField(_l("Format"), default="", choices=[SelectChoice("", _l("Find out from the content"))])
    bank = StringField(
        _l("Name of the bank"),
        [DataRequired(_l("Give the bank a name.")), Length(max=60)],
        description=_l("Lower-case letters, digits and hyphens; the file will be called so."),
    )
    source = StringField(
        _l("Source"),
        [DataRequired(_l("Say where the questions come from.")), Length(max=200)],
        description=_l("Shown with the explanation of each item."),
    )
    objective = SelectField(
        _l("Objective"),
        choices=[],
        description=_l("For questions whose tags name none. Lesson, step and topic follow from it."),
    )
    difficulty = SelectField(
        _l("Difficulty"),
        choices=[
            SelectChoice("1", _l("1, recall")),
            SelectChoice("2", _l("2, apply")),
            SelectChoice("3", _l("3, judge")),
        ],
        default="1",
    )
    explanation = StringField(_l("Explanation where a question has none"), [Length(max=500)])
    rules = TextAreaField(
        _l("Tags and categories"),
        [Length(max=10_000)],
        description=_l("One rule in a line, for example: Week 2 = step:hygiene"),
    )
