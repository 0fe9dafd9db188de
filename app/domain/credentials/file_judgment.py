"""The answer about a file that somebody was shown: is it ours, is it whole, and what is it worth now?

`verify.py` says whether the signature stands. This module adds what only the academy knows: the record behind the
file. Whatever a file says, the record decides what it is worth today.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from app.domain.credentials import number
from app.domain.credentials.comparison import FieldLine, field_lines, nearest, shown
from app.domain.credentials.lifecycle import Status
from app.domain.credentials.report import Check, CheckName, Outcome, Report, Verdict, differences
from app.domain.credentials.screen import UnsafeDocument
from app.domain.credentials.upload import Opened


class FileAnswer(StrEnum):
    """The verdict about a file. Only VALID may be relied on."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    OLD_COPY = "old_copy"
    ALTERED = "altered"
    NOT_GENUINE = "not_genuine"
    NOT_OURS = "not_ours"
    UNREADABLE = "unreadable"
    CANNOT_CHECK = "cannot_check"


@dataclass(frozen=True, slots=True)
class Academy:
    """Who we are, as files name us: the DID and the public address."""

    did: str
    url: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A signed file in our record, with its token twin. `standing` is live, replaced or revoked."""

    document: Mapping[str, Any]
    token: str
    standing: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """One thing that was looked at. `name` is that of a check of a report, or "record" or "drawing"."""

    name: str
    outcome: Outcome
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class FileJudgment:
    """The answer about a file at an instant.

    `number` is the certificate of ours that it is about, empty without one; `issuer` names the foreign issuer.
    """

    answer: FileAnswer
    lines: tuple[FileLine, ...]
    as_of: datetime
    number: str = ""
    issuer: str = ""
    reason: str = ""
    differences: tuple[FieldLine, ...] = field(default=())


_BY_STATUS = MappingProxyType(
    {
        Status.ACTIVE: FileAnswer.VALID,
        Status.EXPIRING: FileAnswer.VALID,
        Status.EXPIRED: FileAnswer.EXPIRED,
        Status.SUSPENDED: FileAnswer.SUSPENDED,
        Status.REVOKED: FileAnswer.REVOKED,
        Status.SUPERSEDED: FileAnswer.SUPERSEDED,
        Status.WITHDRAWN: FileAnswer.WITHDRAWN,
    }
)
_HOST = re.compile(r"[a-z0-9][a-z0-9.-]{2,98}[a-z0-9]")
_SKIPPED = "Not checked: an earlier check failed."


def unreadable(problem: UnsafeDocument, now: datetime) -> FileJudgment:
    """Return the answer to a file that holds no certificate that we could read."""
    if problem.code == "old":
        line = FileLine(CheckName.FORMAT, Outcome.UNKNOWN, problem.code, problem.message)
        return FileJudgment(FileAnswer.NOT_OURS, (line, *_skipped(CheckName.ISSUER)), now, reason=problem.code)
    line = FileLine(CheckName.FORMAT, Outcome.FAILED, problem.code, problem.message)
    return FileJudgment(FileAnswer.UNREADABLE, (line, *_skipped()), now, reason=problem.message)


def number_in(stated: Mapping[str, Any], academy: Academy) -> str:
    """Return the number of ours that a file claims, in printed form; empty when it claims none.

    A file of another issuer claims one only by an address of ours: its numbers are its own affair.
    """
    own_id = stated.get("id")
    start = f"{academy.url}/credentials/"
    candidates: list[Any] = [own_id.removeprefix(start)] if isinstance(own_id, str) and own_id.startswith(start) else []
    subject = stated.get("credentialSubject")
    if issuer_id(stated) == academy.did and isinstance(subject, Mapping):
        candidates.append(subject.get("licenseNumber"))
    checks = (number.check(one) for one in candidates if isinstance(one, str))
    return next((check.number for check in checks if check.ok), "")


def issuer_id(stated: Mapping[str, Any]) -> str:
    """Return the id of the issuer that a file names; empty without one."""
    found = stated.get("issuer")
    if isinstance(found, Mapping):
        found = found.get("id")
    return found if isinstance(found, str) else ""


def issuer_host(stated: Mapping[str, Any]) -> str:
    """Return the host of a foreign issuer, as text to read, or nothing: a stranger's file is no place for links."""
    found = issuer_id(stated)
    badge = stated.get("badge")
    for text in (found, badge, stated.get("id")):
        if not isinstance(text, str):
            continue
        host = text[8:].partition(":")[0] if text.startswith("did:web:") else ""
        if text.startswith("https://"):
            host = text[8:200].partition("/")[0]
        host = host[:200].lower().replace("%3a", ":").partition(":")[0]
        if _HOST.fullmatch(host):
            return host
    return ""


def judge_file(
    opened: Opened,
    report: Report,
    academy: Academy,
    *,
    claimed: str,
    status: Status | None,
    recorded: Sequence[Recorded],
) -> FileJudgment:
    """Return the answer about a file that was opened.

    `claimed` is its `number_in`, `status` how that certificate stands (None: it was never issued) and `recorded`
    its signed files, newest first.
    """
    named = issuer_id(opened.stated)
    if status is None and not (named or "badge" in opened.stated):
        return unreadable(
            UnsafeDocument("format", "The file can be read, but it is no certificate."), report.checked_at
        )
    if status is None and named != academy.did:
        return _not_ours(opened, report)
    same = _matching(opened, recorded)
    if same is None:
        return _differing(opened, report, academy, claimed, recorded)
    answer = _worth(opened, report, same, status)
    line = FileLine("record", Outcome.PASSED, "ok", "It says word for word what our record says.")
    return FileJudgment(answer, (*_lines(report, opened, academy), line), report.checked_at, claimed)


def with_line(judgment: FileJudgment, line: FileLine) -> FileJudgment:
    """Return the answer with one more line."""
    return replace(judgment, lines=(*judgment.lines, line))


def with_name_hidden(judgment: FileJudgment, shown_name: str) -> FileJudgment:
    """Return the answer with what the holder shows in place of the recorded name.

    Or anybody could send a file with the number and a wrong name, and read the right one in the comparison.
    """
    lines = (replace(line, recorded=shown_name) if line.field == "name" else line for line in judgment.differences)
    return replace(judgment, differences=tuple(lines))


def _matching(opened: Opened, recorded: Sequence[Recorded]) -> Recorded | None:
    return next((file for file in recorded if not differences(_comparable(file, opened), opened.stated)), None)


def _comparable(file: Recorded, opened: Opened) -> Mapping[str, Any]:
    """The recorded document as a file of this kind states it: a token is a proof of its own."""
    if "proof" in opened.stated or opened.source.startswith("{"):
        return file.document
    return {key: value for key, value in file.document.items() if key != "proof"}


def _worth(opened: Opened, report: Report, same: Recorded, status: Status | None) -> FileAnswer:
    """What a file is worth that says what our record says."""
    answer = _BY_STATUS[status] if status is not None else FileAnswer.CANNOT_CHECK
    if not report.is_authentic:
        # The very signature that we made, with a key that we have withdrawn since; or our words under another one.
        if "proof" not in opened.stated and opened.source != same.token:
            return FileAnswer.NOT_GENUINE
        if answer is FileAnswer.VALID:
            return FileAnswer.CANNOT_CHECK if same.standing == "live" else FileAnswer.OLD_COPY
        return answer
    if answer is FileAnswer.VALID and same.standing != "live":
        return FileAnswer.OLD_COPY
    if answer is FileAnswer.VALID and not report.ok:
        early = report.verdict is Verdict.NOT_YET_VALID
        return FileAnswer.NOT_YET_VALID if early else FileAnswer.CANNOT_CHECK
    return answer


def _differing(
    opened: Opened, report: Report, academy: Academy, claimed: str, recorded: Sequence[Recorded]
) -> FileJudgment:
    """The answer about a file that claims to be ours and does not say what we issued."""
    if not recorded:
        sentence = "No certificate of this academy has the number that the file names."
        line = FileLine("record", Outcome.FAILED, "not_found", sentence)
        return FileJudgment(FileAnswer.NOT_GENUINE, (*_lines(report, opened, academy), line), report.checked_at)
    documents = [_comparable(file, opened) for file in recorded]
    found = field_lines(nearest(documents, opened.stated), opened.stated)
    only_proof = all(line.field == "signature" for line in found)
    answer = FileAnswer.NOT_GENUINE if only_proof else FileAnswer.ALTERED
    sentence = "It does not say what our record says."
    line = FileLine("record", Outcome.FAILED, "differs", sentence)
    return FileJudgment(answer, (*_lines(report, opened, academy), line), report.checked_at, claimed, differences=found)


def _not_ours(opened: Opened, report: Report) -> FileJudgment:
    issuer = FileLine(
        CheckName.ISSUER, Outcome.UNKNOWN, "foreign", "The file does not name this academy as its issuer."
    )
    readable = FileLine(CheckName.FORMAT, Outcome.PASSED, "ok", "The file can be read.")
    lines = (readable, issuer, *_skipped(CheckName.FORMAT, CheckName.ISSUER))
    return FileJudgment(FileAnswer.NOT_OURS, lines, report.checked_at, issuer=shown(issuer_host(opened.stated)))


def _lines(report: Report, opened: Opened, academy: Academy) -> tuple[FileLine, ...]:
    is_ours = issuer_id(opened.stated) == academy.did
    return tuple(_line(check, is_ours) for check in report.checks)


def _line(check: Check, is_ours: bool) -> FileLine:
    if check.name is CheckName.ISSUER and check.outcome is Outcome.PASSED:
        if not is_ours:
            sentence = "It names somebody else as its issuer."
            return FileLine(check.name.value, Outcome.FAILED, "foreign", sentence)
        return FileLine(check.name.value, check.outcome, check.code, "It names this academy as its issuer.")
    return FileLine(check.name.value, check.outcome, check.code, check.sentence)


def _skipped(*made: CheckName) -> tuple[FileLine, ...]:
    done = {CheckName.FORMAT, *made}
    names = [*(name.value for name in CheckName if name not in done), "record"]
    return tuple(FileLine(name, Outcome.SKIPPED, "skipped", _SKIPPED) for name in names)
