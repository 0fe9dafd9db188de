"""Forms of notifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField

from app.domain.notices import Frequency, Topic
from app.notifications.queries import Wishes
from app.notifications.services import ZONES
from app.web.forms import Form

OFTEN = {
    Frequency.NOW: _l("At once"),
    Frequency.DAILY: _l("In a daily summary"),
    Frequency.WEEKLY: _l("In a weekly summary, on Mondays"),
    Frequency.NEVER: _l("Never"),
}
TOPICS = {
    Topic.FEEDBACK: (_l("Feedback on your pieces"), _l("A review is ready. The mail never says how it went.")),
    Topic.MESSAGES: (_l("Messages about a review"), _l("Somebody wrote below the feedback on a piece.")),
    Topic.PIECES: (_l("Your practice pieces"), _l("A piece was received, a photo cannot be used.")),
    Topic.QUIZZES: (_l("Quizzes"), _l("A text was marked, a mark was corrected, the time ran out.")),
    Topic.CERTIFICATES: (_l("Certificates and proofs"), _l("A certificate was issued or has changed.")),
    Topic.TEACHING: (_l("Reviewing"), _l("Pieces, appeals and second readings that wait for you.")),
    Topic.WATCHED: (_l("Certificates that your studio follows"), _l("One of them has changed or runs out.")),
    Topic.OTHER: (_l("Other news"), _l("Whatever fits nowhere else.")),
}
_OLD_NAMES = ("Etc/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/", "SystemV/")


def _zones() -> list[str]:
    return ["UTC", *sorted(name for name in ZONES if "/" in name and not name.startswith(_OLD_NAMES))]


class MailForm(Form):
    """When the summary comes; `mail_form` adds a field for each topic."""

    digest_hour = SelectField(
        _l("Hour of the summary"), coerce=int, choices=[SelectChoice(hour, f"{hour:02}:00") for hour in range(24)]
    )
    time_zone = SelectField(_l("Your time zone"), description=_l("The hour of the summary follows this clock."))

    def frequencies(self) -> Mapping[Topic, Frequency]:
        """What was chosen, by topic."""
        return {Topic(name): Frequency(field.data) for name, field in self._fields.items() if name in TOPICS}


def mail_form(topics: Iterable[Topic], wishes: Wishes) -> MailForm:
    """The form with a field for each of these topics, filled in with what the person wants now."""
    often = [SelectChoice(how.value, label) for how, label in OFTEN.items()]
    fields = {
        topic.value: SelectField(TOPICS[topic][0], description=TOPICS[topic][1], choices=often) for topic in topics
    }
    values = {topic.value: wishes.frequencies[topic].value for topic in topics}
    made = type("TopicsForm", (MailForm,), fields)(
        data={**values, "digest_hour": wishes.digest_hour, "time_zone": wishes.time_zone}
    )
    form = cast("MailForm", made)
    zones = dict.fromkeys([*_zones(), wishes.time_zone])
    form.time_zone.choices = [SelectChoice(zone, zone.replace("_", " ")) for zone in zones]
    return form


def mail_words(topics: Iterable[Topic]) -> list[str]:
    """The names of topics, for a sentence."""
    return [str(TOPICS[topic][0]) for topic in topics] or [_("Summaries")]
