"""Check a file that somebody was shown. Nothing of it is kept, and nothing is asked of any other server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.credentials import queries
from app.credentials.queries import Standing
from app.credentials.services.looking_up import Reading
from app.credentials.services.printing import printed_certificate, printed_picture
from app.domain.credentials import file_judgment
from app.domain.credentials.did import did_document, did_for
from app.domain.credentials.file_judgment import Academy, FileAnswer, FileJudgment, FileLine, Recorded
from app.domain.credentials.report import Outcome
from app.domain.credentials.screen import UnsafeDocument
from app.domain.credentials.upload import Kind, Opened, open_upload
from app.domain.credentials.verify import verify_document
from app.domain.errors import Conflict, TooMany
from app.infra.pdf_files import attachments
from app.infra.ratelimit import Limiter
from app.infra.signing import KeyStore

# A file costs a hundred times what a number costs.
FILES, FILE_SECONDS = 20, 60
BUSY_SECONDS = 30


class OwnRecords:
    """What a stranger would fetch from us to check a file, taken from our own tables instead."""

    def __init__(self, reading: Reading, keys: KeyStore, url: str) -> None:
        self.reading, self.keys, self.url = reading, keys, url
        self.did = did_for(url)

    def did_document(self, did: str) -> Mapping[str, Any] | None:
        """Our public keys; nobody else's."""
        return did_document(self.did, self.keys.public_keys()) if did == self.did else None

    def status_list(self, url: str) -> bytes | None:
        """One of our status lists by its address."""
        start = f"{self.url}/status/"
        place = url.removeprefix(start)
        if not url.startswith(start) or not (place.isascii() and place.isdecimal() and len(place) < 10):
            return None
        with self.reading() as session:
            found = queries.status_document(session, int(place))
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class CheckedUpload:
    """The answer about a file, with the certificate of ours that it is about, if any."""

    judgment: FileJudgment
    found: Standing | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where files are checked: our records, keys and name. `url` is the public address of the academy."""

    reading: Reading
    limiter: Limiter
    keys: KeyStore
    academy_name: str
    url: str


def check_file(desk: Desk, data: bytes, *, caller: str, now: datetime) -> CheckedUpload:
    """Answer for a file, whatever is in it. Raises TooMany for a caller who sends too many."""
    allowed = desk.limiter.hit(f"file:{caller}", FILES, FILE_SECONDS, now)
    if not allowed.ok:
        text = f"More than {FILES} files were checked from here within a minute."
        raise TooMany(text, retry_after=allowed.retry_after)
    try:
        opened = open_upload(data, attachments)
    except UnsafeDocument as problem:
        if problem.code == "busy":
            raise TooMany(problem.message, retry_after=BUSY_SECONDS) from problem
        return CheckedUpload(file_judgment.unreadable(problem, now))
    records = OwnRecords(desk.reading, desk.keys, desk.url)
    academy = Academy(records.did, desk.url)
    claimed = file_judgment.number_in(opened.stated, academy)
    found, recorded = _recorded(desk, claimed, now)
    judgment = file_judgment.judge_file(
        opened,
        verify_document(opened.source, resolver=records, now=now),
        academy,
        claimed=claimed,
        status=found.status if found else None,
        recorded=recorded,
    )
    if found is not None and found.is_name_hidden:
        judgment = file_judgment.with_name_hidden(judgment, found.holder_name)
    return CheckedUpload(_with_drawing(desk, data, opened, judgment, found), found, opened.kind)


def _recorded(desk: Desk, number: str, now: datetime) -> tuple[Standing | None, list[Recorded]]:
    if not number:
        return None, []
    with desk.reading() as session:
        found = queries.public_view(session, number, now)
        files = queries.files_of_number(session, number) if found else []
    return found, [Recorded(json.loads(file.document), file.token, file.standing) for file in files]


def _with_drawing(
    desk: Desk, data: bytes, opened: Opened, judgment: FileJudgment, found: Standing | None
) -> FileJudgment:
    """Add whether what the file shows to the eye is what we draw: no signature covers that."""
    if not opened.is_drawn or found is None or judgment.answer not in (FileAnswer.VALID, FileAnswer.EXPIRED):
        return judgment
    with desk.reading() as session:
        file, details = queries.stored_file(session, found.number), queries.details(session, found)
    try:
        if opened.kind is Kind.PDF:
            ours = printed_certificate(found, details, file, academy=desk.academy_name, url=desk.url)
        else:
            ours = printed_picture(found, file, opened.kind, academy=desk.academy_name)
    except Conflict:
        ours = b""
    if ours == data:
        line = FileLine("drawing", Outcome.PASSED, "ok", "What the file shows is, dot for dot, what we draw.")
    else:
        text = "What the file shows is not, dot for dot, what we draw now. Only the facts on this page count."
        line = FileLine("drawing", Outcome.UNKNOWN, "differs", text)
    return file_judgment.with_line(judgment, line)
