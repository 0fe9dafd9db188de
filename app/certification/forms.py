"""Forms of certification."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from app.web.forms import Form

PROOF_KINDS = {
    "bbp": _l("Bloodborne-pathogen training"),
    "first_aid": _l("First aid and CPR"),
    "hbv_status": _l("Hepatitis B status (vaccinated, immune or declined)"),
    "license": _l("License of a state, county or council"),
    "ce": _l("Continuing education"),
}
ANSWERS = {
    "vaccinated": _l("Vaccinated"),
    "immune": _l("Immune"),
    "declined": _l("Declined"),
    "held": _l("License held"),
    "not_asked": _l("The place where I work asks for none"),
}
# Which statuses a kind can have; the others have none.
ANSWERS_OF = {"hbv_status": ("vaccinated", "immune", "declined"), "license": ("held", "not_asked")}
TOPICS = {
    "hygiene": _l("Hygiene and adverse events"),
    "teaching": _l("Teaching or reviewing others"),
    "other": _l("Other lip-blush topics"),
}
DOCUMENT_HINT = _l("PDF, JPEG or PNG up to 10 MB. Only you and those who check it see it.")


class ProofForm(Form):
    """A certificate from elsewhere."""

    kind = SelectField(
        _l("Kind"), choices=[SelectChoice(value, label) for value, label in PROOF_KINDS.items() if value != "ce"]
    )
    answer = SelectField(
        _l("Status"),
        default="",
        choices=[SelectChoice("", _l("None")), *[SelectChoice(value, label) for value, label in ANSWERS.items()]],
        description=_l(
            "For hepatitis B and licenses. For hepatitis B this word is all we keep: send no health record."
        ),
    )
    issuer = StringField(
        _l("Issued by"), [DataRequired(_l("Name the school or body that issued it.")), Length(max=160)]
    )
    number = StringField(_l("Number"), [Length(max=80)], description=_l("As printed on it, if it has one."))
    issued_on = DateField(_l("Issued on"), [InputRequired(_l("Give the day that is printed on it."))])
    expires_on = DateField(_l("Valid until"), [Optional()], description=_l("Only if a day is printed on it."))
    place = StringField(
        _l("Place"), [Length(max=120)], description=_l("For a license: the state, county or council that gave it.")
    )
    document = FileField(_l("Photo or PDF of it"), description=DOCUMENT_HINT)

    def validate_answer(self, field: SelectField) -> None:
        """A status belongs to its kind; a kind that is a status needs one."""
        possible = ANSWERS_OF.get(self.kind.data, ())
        if possible and field.data not in possible:
            words = ", ".join(str(ANSWERS[answer]) for answer in possible)
            raise ValidationError(_("Choose one of these: %(words)s.", words=words))
        if not possible and field.data:
            raise ValidationError(_("This kind of proof has no status. Choose None."))


class EducationForm(Form):
    """Hours of continuing education."""

    course = StringField(_l("What it was"), [DataRequired(_l("Name the course or event.")), Length(max=160)])
    issuer = StringField(_l("Given by"), [DataRequired(_l("Name who gave it.")), Length(max=160)])
    issued_on = DateField(_l("Day"), [InputRequired(_l("Give the day on which it ended."))])
    hours = DecimalField(
        _l("Hours"),
        [InputRequired(_l("Give the hours, for example 3.5.")), NumberRange(0.25, 40)],
        description=_l("Without breaks; at most 40 in one entry."),
    )
    topic = RadioField(
        _l("Topic"),
        [InputRequired(_l("Choose what it was about."))],
        choices=[SelectChoice(value, label) for value, label in TOPICS.items()],
    )
    document = FileField(_l("Photo or PDF of the certificate"), description=DOCUMENT_HINT)


class RenewalForm(Form):
    """Apply for a renewal."""

    agreed = BooleanField(_l("I have read this statement, and it is true"))


class ApplicationForm(Form):
    """A second person's answer to an application."""

    answer = RadioField(
        _l("Answer"),
        [InputRequired(_l("Choose an answer."))],
        choices=[SelectChoice("approve", _l("Agree")), SelectChoice("refuse", _l("Refuse"))],
    )
    note = TextAreaField(_l("Note to the artist"), [Length(max=500)])


class WaiverForm(Form):
    """Let a student off a requirement."""

    requirement = SelectField(_l("Requirement"), [InputRequired(_l("Choose a requirement."))], validate_choice=False)
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why.")), Length(max=300)],
        description=_l("The student reads it, and the decision keeps it."),
    )
    until = DateField(_l("Last day"), [Optional()], description=_l("Empty: until it is ended."))


class ComplaintForm(Form):
    """Record that somebody complained about an artist."""

    about = TextAreaField(
        _l("What it is about"),
        [DataRequired(_l("Say what it is about.")), Length(min=10, max=600)],
        description=_l("For administrators. Name nobody but the artist; health data does not belong here."),
    )


class CloseComplaintForm(Form):
    """What came of a complaint."""

    outcome = TextAreaField(
        _l("What came of it"),
        [DataRequired(_l("Say what came of it.")), Length(min=10, max=600)],
        description=_l("The artist can read it in a copy of their data."),
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
