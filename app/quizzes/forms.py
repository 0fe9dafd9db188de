"""Forms of those who watch over quizzes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.web.forms import Form


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
