"""Forms of studios."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField
from wtforms.validators import DataRequired, Email, Length

from app.web.forms import Form


class FollowForm(Form):
    """Follow a certificate by its number."""

    number = StringField(
        _l("Certificate number or link"),
        [DataRequired(_l("Type the number that is printed on the certificate.")), Length(max=2048)],
    )
    note = StringField(
        _l("Note"), [Length(max=200)], description=_l("For your studio only, such as the chair or the start date.")
    )


class StudioForm(Form):
    """A new studio."""

    name = StringField(_l("Name of the studio"), [DataRequired(_l("Name the studio.")), Length(max=120)])
    city = StringField(_l("City"), [Length(max=120)])


class InviteForm(Form):
    """Invite a person to a studio."""

    email = EmailField(
        _l("E-mail"),
        [
            DataRequired(_l("Fill this in.")),
            Length(max=254),
            Email(_l("Write an e-mail address like name@example.com.")),
        ],
    )
