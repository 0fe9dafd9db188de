"""Forms of credentials, and the words for what happens to one."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.domain.credentials import number
from app.domain.credentials.lifecycle import Change, Reason, allowed_reasons
from app.web.forms import Form

REASONS = {
    Reason.ADMINISTRATIVE: _l("Administrative reason"),
    Reason.CORRECTION: _l("Correction"),
    Reason.WITHDRAWN_BY_HOLDER: _l("At the wish of the holder"),
    Reason.CONDUCT: _l("Conduct"),
    Reason.LAPSED_REQUIREMENT: _l("A requirement lapsed"),
}

# What a check came to: the look of the verdict, and its words. Numbers answer in capitals, files in small letters.
VERDICTS = {
    "VALID": ("valid", _l("Valid")),
    "EXPIRED": ("expired", _l("Expired")),
    "SUSPENDED": ("suspended", _l("Suspended")),
    "REVOKED": ("revoked", _l("Revoked")),
    "SUPERSEDED": ("superseded", _l("Replaced")),
    "WITHDRAWN": ("withdrawn", _l("Withdrawn by holder")),
    "NOT_FOUND": ("not_found", _l("Not found")),
    "MALFORMED": ("mistyped", _l("Number mistyped")),
    "valid": ("valid", _l("Valid")),
    "expired": ("expired", _l("Expired")),
    "not_yet_valid": ("expired", _l("Not valid yet")),
    "suspended": ("suspended", _l("Suspended")),
    "revoked": ("revoked", _l("Revoked")),
    "superseded": ("superseded", _l("Replaced")),
    "withdrawn": ("withdrawn", _l("Withdrawn by holder")),
    "old_copy": ("superseded", _l("An older copy")),
    "altered": ("revoked", _l("Altered")),
    "not_genuine": ("revoked", _l("Not genuine")),
    "not_ours": ("not_found", _l("Not one of ours")),
    "unreadable": ("mistyped", _l("No certificate found in it")),
    "cannot_check": ("cannot_check", _l("Cannot check now")),
}
CHECKS = {
    "number": _l("Number"),
    "format": _l("Format"),
    "issuer": _l("Issuer"),
    "key": _l("Key"),
    "purpose": _l("Purpose of the signature"),
    "terms": _l("Everything is signed"),
    "signature": _l("Signature"),
    "dates": _l("Dates"),
    "status": _l("List of revoked files"),
    "record": _l("Our record"),
    "drawing": _l("What it shows"),
}
# The checks of a number: its state comes from the record, not from a list.
NUMBER_CHECKS = {**CHECKS, "status": _l("Status")}
# How one check went: the look of the tag, its icon, its words.
OUTCOMES = {
    "passed": ("ok", "check", _l("Good")),
    "failed": ("bad", "x", _l("Failed")),
    "unknown": ("warn", "help", _l("Cannot say")),
    "skipped": ("", "minus", _l("Not checked")),
}


class _OneOfSeveral(Form):
    """A form that shares its page with others: the fields have the same names, and ids of their own."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        for field in self:
            field.id = field.label.field_id = f"{change.value}-{field.name}"


class ChangeForm(_OneOfSeveral):
    """Suspend or reinstate: a class of reason for everybody, a note for administrators."""

    reason = SelectField(
        _l("Reason"),
        [InputRequired(_l("Choose the class of reason that applies."))],
        description=_l("The class of reason is public."),
    )
    note = TextAreaField(
        _l("Note"), [Length(max=1000)], description=_l("For administrators only. It never leaves this page.")
    )

    def __init__(self, change: Change, *, number: str = "") -> None:
        super().__init__(change)
        self.number = number
        chosen = [SelectChoice(reason.value, REASONS[reason]) for reason in allowed_reasons(change)]
        self.reason.choices = [SelectChoice("", _l("Choose one")), *chosen]

    @property
    def reason_given(self) -> Reason:
        """The chosen class of reason, after validation."""
        return Reason(self.reason.data)

    def validate_reason(self, field: SelectField) -> None:
        """Refuse the line that says "Choose one"."""
        if field.data not in set(Reason):
            raise ValidationError(_("Choose the class of reason that applies."))


class RevokeForm(ChangeForm):
    """Revoking cannot be undone, so the number has to be typed, and a second person confirms it."""

    confirm = StringField(
        _l("Type the number to confirm"),
        [DataRequired(_l("Type the number of the certificate.")), Length(max=60)],
        description=_l("Revoking is final, so another administrator confirms it. A suspension can be lifted."),
    )

    def validate_confirm(self, field: StringField) -> None:
        """Compare what was typed with the number, as forgiving as everywhere."""
        if number.check(field.data or "").number != self.number:
            raise ValidationError(_("This is not the number of this certificate."))


class SupersedeForm(_OneOfSeveral):
    """Replace a certificate by one with the right name."""

    holder_name = StringField(
        _l("Name as it should be printed"),
        [DataRequired(_l("Write the name.")), Length(max=80)],
        description=_l("As on the ID. The new certificate has a new number and ends on the same day."),
    )
    note = TextAreaField(_l("Note"), [Length(max=1000)], description=_l("For administrators only."))

    def __init__(self) -> None:
        super().__init__(Change.SUPERSEDE)


FORMS: dict[Change, type[ChangeForm]] = {
    Change.SUSPEND: ChangeForm,
    Change.REINSTATE: ChangeForm,
    Change.REVOKE: RevokeForm,
    Change.WITHDRAW: ChangeForm,
}


class GiveUpForm(Form):
    """The holder withdraws: one box, so that no single click does it."""

    sure = BooleanField(
        _l("I want to give this certificate up for good"),
        [InputRequired(_l("Tick the box if you want to give it up. Nothing has changed."))],
    )


class WithdrawKeyForm(Form):
    """Withdrawing a key voids everything that it signed, so its name has to be typed."""

    confirm = StringField(
        _l("Type the name of the key to confirm"),
        [DataRequired(_l("Type the name of the key.")), Length(max=120)],
        description=_l("A withdrawn key never signs again."),
    )

    def __init__(self, kid: str) -> None:
        super().__init__()
        self.kid = kid

    def validate_confirm(self, field: StringField) -> None:
        """Compare what was typed with the name."""
        if (field.data or "").strip() != self.kid:
            raise ValidationError(_("This is not the name of this key."))
