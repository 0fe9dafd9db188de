"""The words of the calendar."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.domain.occasions import Occasion, OccasionKind
from app.infra.calendar_file import Entry

WORDS = {
    OccasionKind.QUIZ_OPENS: (_l("Quiz opens: %(name)s"), _l("You can take it from now on.")),
    OccasionKind.QUIZ_CLOSES: (_l("Quiz closes: %(name)s"), _l("Hand in before this.")),
    OccasionKind.ATTEMPT_ENDS: (_l("Time ends: %(name)s"), _l("What is saved by then is handed in.")),
    OccasionKind.ANSWER_PROMISED: (_l("Feedback on piece %(name)s"), _l("An instructor answers by then.")),
    OccasionKind.PROOF_EXPIRES: (_l("Last day: %(name)s"), _l("After this day the proof does not count any more.")),
    OccasionKind.RENEWAL_OPENS: (_l("Renewal opens: %(name)s"), _l("You can renew your certificate from this day on.")),
    OccasionKind.CERTIFICATE_EXPIRES: (_l("Certificate runs out: %(name)s"), _l("Renew it before this.")),
    OccasionKind.GRACE_ENDS: (_l("Last moment to renew: %(name)s"), _l("After this a late renewal asks for more.")),
}


def entry_of(occasion: Occasion, *, site: str, host: str) -> Entry:
    """An occasion as a line of a calendar file, in the language of the request."""
    title, words = WORDS[occasion.kind]
    return Entry(
        uid=f"{occasion.key}@{host}",
        at=occasion.at,
        title=str(title) % {"name": occasion.name},
        words=str(words),
        url=site + occasion.path,
    )
