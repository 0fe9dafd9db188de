"""Forms of studios."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    FileField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.access.scopes import OFFERED, SENTENCES
from app.domain.studios.ranks import Rank
from app.domain.studios.sharing import Share
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


RANKS = {
    Rank.VIEWER: _l("Viewer: checks certificates, reads alerts"),
    Rank.MANAGER: _l("Manager: also follows, asks artists, sets up alerts and people"),
    Rank.OWNER: _l("Owner: everything, and who owns the studio"),
}


def rank_choices(ranks: Iterable[Rank]) -> list[SelectChoice]:
    """The ranks to choose from, each in words."""
    return [SelectChoice(rank.value, RANKS[rank]) for rank in ranks]


class MemberForm(InviteForm):
    """Invite a person to one's own studio, with a rank."""

    rank = RadioField(_l("What they may do"), choices=rank_choices(RANKS), default="viewer")


class RankForm(Form):
    """Another rank for somebody."""

    rank = RadioField(_l("Rank"), choices=rank_choices(RANKS))


class ListForm(Form):
    """A list of people to check: pasted, or a file."""

    text = TextAreaField(
        _l("Names and numbers, one person on each row"),
        description=_l("Numbers may stand in any column; a name beside the number is compared with the certificate."),
    )
    file = FileField(_l("Or a file"), description=_l("CSV or Excel (.xlsx), at most 5,000 rows and 2 MB."))


class KeyForm(Form):
    """A new key for programs."""

    name = StringField(
        _l("Name"),
        [DataRequired(_l("Name the program that uses the key.")), Length(max=80)],
        description=_l("The program that uses it, such as your booking system."),
    )
    scopes = SelectMultipleField(
        _l("What it may do"),
        [DataRequired(_l("Choose what the key may do."))],
        choices=[SelectChoice(scope.value, SENTENCES[scope]) for scope in OFFERED],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class WebhookForm(Form):
    """Where a program of the studio listens."""

    url = StringField(
        _l("Address of your program"),
        [DataRequired(_l("Enter the address.")), Length(max=500)],
        description=_l("It begins with https:// and answers on port 443 or 8443."),
    )


SHARES = {
    Share.CERTIFICATES: _l("My certificates, with my full name and as PDF"),
    Share.BBP: _l("Bloodborne-pathogen training: who issued it, its dates"),
    Share.FIRST_AID: _l("First aid: who issued it, its dates"),
    Share.HBV: _l("Hepatitis B: vaccinated, immune or declined, and its date"),
    Share.LICENSE: _l("My license: who issued it, its dates"),
}


class AskForm(Form):
    """Ask the artist of a certificate for their papers."""

    number = StringField(
        _l("Certificate number"), [DataRequired(_l("Type the number of the artist's certificate.")), Length(max=2048)]
    )


class ShareForm(Form):
    """What one studio may see."""

    shares = SelectMultipleField(
        _l("This studio may see"), choices=[SelectChoice(share.value, words) for share, words in SHARES.items()]
    )


class PortfolioForm(Form):
    """What an artist shows to everybody; nothing until it is ticked."""

    is_open = BooleanField(
        _l("Show my page to everybody"),
        description=_l("Name, place, certificates in force and the pieces you choose. Nothing else."),
    )
    is_listed = BooleanField(
        _l("List me in the directory"), description=_l("Studios find you there by place and certificate.")
    )
    is_indexed = BooleanField(
        _l("Let search engines find my page"), description=_l("They may need weeks to forget it again.")
    )
    place = StringField(_l("Where I work"), [Length(max=80)], description=_l("A town and a country are enough."))
