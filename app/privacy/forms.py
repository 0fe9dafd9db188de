"""Forms of privacy."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.domain.access.passwords import MAX_LENGTH
from app.privacy.services import LONGEST_REASON
from app.web.forms import Form


class EraseForm(Form):
    """To be erased: the password once more, and that one knows what it means."""

    password = PasswordField(_l("Your password"), [InputRequired(_l("Type your password.")), Length(max=MAX_LENGTH)])
    sure = BooleanField(
        _l("I understand that my photos, notes and certificates cannot be brought back"),
        [InputRequired(_l("Tick this if you want to go on."))],
    )


class EraseForForm(Form):
    """To erase somebody else, on their request."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why.")), Length(max=LONGEST_REASON)],
        description=_l("How and when the person asked, and how you made sure that it was them."),
    )
