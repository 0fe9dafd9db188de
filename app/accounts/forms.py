"""Forms of accounts."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, EmailField, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, ValidationError

from app.accounts.services import name_problem
from app.domain.access.actor import Role
from app.domain.access.passwords import MAX_LENGTH, password_problem
from app.infra.catalogs import NAMES
from app.infra.known_passwords import is_known
from app.web.access import runtime
from app.web.forms import Form


def _printable(_form: Form, field: StringField) -> None:
    """Refuse a name that a certificate could not show, before anything hangs on it."""
    reason = name_problem(field.data or "")
    if reason:
        raise ValidationError(reason)


_NEEDED = DataRequired(_l("Fill this in."))
_EMAIL = Email(_l("Write an e-mail address like name@example.com."))
# The three forms that take a new password share its check; the form's other fields say what would be guessed.


class _NewPassword(Form):
    password = PasswordField(
        _l("Password"), [InputRequired(_l("Choose a password."))], description=_l("At least 8 characters.")
    )

    def validate_password(self, field: PasswordField) -> None:
        """Refuse what would be guessed first."""
        name, email = self._fields.get("name"), self._fields.get("email")
        reason = password_problem(
            field.data or "", name=(name.data or "") if name else "", email=(email.data or "") if email else ""
        )
        if reason:
            raise ValidationError(reason)
        if is_known(field.data or "", runtime().settings.leaked_passwords):
            raise ValidationError(_("This password is on a list that attackers try first. Choose another one."))


class SignInForm(Form):
    """E-mail and password."""

    email = EmailField(_l("E-mail"), [_NEEDED, Length(max=254)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password.")), Length(max=MAX_LENGTH)])


class SignUpForm(_NewPassword):
    """A student's new account."""

    name = StringField(
        _l("Full name"), [_NEEDED, _printable], description=_l("As on your ID. It is printed on your certificate.")
    )
    email = EmailField(_l("E-mail"), [_NEEDED, Length(max=254), _EMAIL])
    adult = BooleanField(
        _l("I am 18 or older"), [InputRequired(_l("Training in cosmetic tattooing is for people of 18 and older."))]
    )


class AskSignUpForm(Form):
    """Ask for the link by which an account is made."""

    email = EmailField(_l("E-mail"), [_NEEDED, Length(max=254), _EMAIL])
    adult = BooleanField(
        _l("I am 18 or older"), [InputRequired(_l("Training in cosmetic tattooing is for people of 18 and older."))]
    )


class SecondStepForm(Form):
    """A code of the app, or one of those on paper."""

    code = StringField(_l("Code"), [_NEEDED, Length(max=60)])


class FirstCodeForm(Form):
    """The first code of a new app."""

    code = StringField(_l("Code that the app shows"), [_NEEDED, Length(max=20)])


class ForgotForm(Form):
    """Ask for a reset link."""

    email = EmailField(_l("E-mail"), [_NEEDED, Length(max=254), _EMAIL])


class NewPasswordForm(_NewPassword):
    """Set a password by a reset link."""


class AcceptForm(_NewPassword):
    """A new account by invitation; the e-mail is asked only for the first administrator."""

    name = StringField(_l("Full name"), [_NEEDED, Length(max=120)])
    email = EmailField(_l("E-mail"), [_NEEDED, Length(max=254), _EMAIL])


class ProfileForm(Form):
    """One's own name, and the language of pages and mails."""

    name = StringField(
        _l("Full name"), [_NEEDED, _printable], description=_l("As on your ID. It is printed on your certificate.")
    )
    language = SelectField(
        _l("Language"),
        choices=[
            SelectChoice("", _l("As my browser asks")),
            *(SelectChoice(code, name) for code, name in NAMES.items()),
        ],
        description=_l("For pages and mails. Certificates keep the language in which they were issued."),
    )


class ChangePasswordForm(_NewPassword):
    """A new password needs the old one."""

    current = PasswordField(_l("Current password"), [InputRequired(_l("Type your current password."))])


class InviteForm(Form):
    """Invite somebody of the academy; people of a studio are invited on the page of the studio."""

    email = EmailField(_l("E-mail"), [_NEEDED, Length(max=254), _EMAIL])
    role = SelectField(
        _l("Role"),
        choices=[
            SelectChoice(Role.INSTRUCTOR.value, _l("Instructor")),
            SelectChoice(Role.ADMIN.value, _l("Administrator")),
        ],
    )


class RoleForm(Form):
    """Give or end a role of a person of the academy."""

    role = SelectField(
        _l("Role"), choices=[SelectChoice(r.value, r.value) for r in (Role.STUDENT, Role.INSTRUCTOR, Role.ADMIN)]
    )


class AbsenceForm(Form):
    """From which day to which somebody is away."""

    first_day = DateField(_l("First day away"), [InputRequired(_l("Choose the first day."))])
    last_day = DateField(_l("Last day away"), [InputRequired(_l("Choose the last day."))])
