"""Forms of certification."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.web.forms import Form

PROOF_KINDS = {
    "bbp": _l("Bloodborne-pathogen training"),
    "first_aid": _l("First aid and CPR"),
    "hbv_status": _l("Hepatitis B status (vaccinated, immune or declined)"),
    "license": _l("License of a state, county or council"),
}


class ProofForm(Form):
    """A certificate from elsewhere."""

    kind = SelectField(_l("Kind"), choices=[SelectChoice(value, label) for value, label in PROOF_KINDS.items()])
    issuer = StringField(
        _l("Issued by"), [DataRequired(_l("Name the school or body that issued it.")), Length(max=160)]
    )
    number = StringField(_l("Number"), [Length(max=80)], description=_l("As printed on it, if it has one."))
    issued_on = DateField(_l("Issued on"), [InputRequired(_l("Give the day that is printed on it."))])
    expires_on = DateField(_l("Valid until"), [Optional()], description=_l("Only if a day is printed on it."))
    document = FileField(
        _l("Photo or PDF of it"), description=_l("PDF, JPEG or PNG up to 10 MB. Only instructors who check it see it.")
    )


class CheckProofForm(Form):
    """An instructor's answer to a proof."""

    answer = RadioField(
        _l("Answer"),
        [InputRequired(_l("Choose an answer."))],
        choices=[SelectChoice("accept", _l("Accept")), SelectChoice("refuse", _l("Refuse"))],
    )
    note = TextAreaField(
        _l("Note to the student"), [Length(max=500)], description=_l("Needed when you refuse: say what is wrong.")
    )


class RegradeForm(Form):
    """Judge answers again."""

    version = HiddenField(validators=[DataRequired()])
    reason = StringField(
        _l("Reason"),
        [DataRequired(_l("Say why.")), Length(3, 300, _l("Say why, in 3 to 300 characters."))],
        description=_l(
            "Students read it beside their corrected mark, for example: the key of this question was wrong."
        ),
    )
    sure = BooleanField(
        _l("Judge the answers again and tell everybody whose mark changes"),
        [DataRequired(_l("Confirm that you mean it."))],
    )
