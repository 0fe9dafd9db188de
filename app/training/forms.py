"""Forms of training."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, NumberRange

from app.domain.assessment.spacing import MOST_PER_DAY
from app.web.forms import Form, IntegerField


class PlanForm(Form):
    """How many new questions a day."""

    new_per_day = IntegerField(
        _l("New questions a day, at most"),
        [InputRequired(_l("Give a number; 0 for none.")), NumberRange(0, MOST_PER_DAY, _l("Give 0 to 200."))],
        description=_l("What you have answered before always comes back when it is due."),
    )
