"""What an administrator fills in to close the site."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import AnyOf, Length

from app.infra.maintenance import LONGEST_SENTENCE
from app.web.forms import Form


class MaintenanceForm(Form):
    """Close or open the site; the page has a form with one button for each."""

    wanted = StringField(validators=[AnyOf(["on", "off"], message=_l("Say whether to close or to open the site."))])
    sentence = StringField(
        _l("What people are told"),
        validators=[Length(max=LONGEST_SENTENCE, message=_l("Shorten this to 300 characters."))],
    )
