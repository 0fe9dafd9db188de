"""Certificates for programs: the answer about a number, about hundreds of them, and about a file."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

from flask import Response, request
from pydantic import Field, StringConstraints

from app.credentials import services
from app.credentials.queries import Standing
from app.domain.access.scopes import Scope
from app.domain.credentials import number as numbers
from app.domain.credentials.answer import Answer, Judgment, Line
from app.domain.credentials.award import achievement_slug
from app.domain.credentials.build import achievement_id, credential_id
from app.domain.credentials.did import did_for
from app.domain.credentials.file_judgment import FileJudgment, FileLine
from app.domain.credentials.instants import iso
from app.domain.credentials.lifecycle import Reason, Status
from app.domain.credentials.report import Outcome
from app.domain.credentials.upload import MOST_BYTES, Kind
from app.domain.errors import FieldProblem, Invalid
from app.infra.ratelimit import caller_of
from app.web.access import current_key, public, request_now, runtime, with_key
from app.web.api import Extra, Policy, Problem, Shape, answer, body_of, documented, raw_body, spend
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import problem
from app.web.text_uploads import file_in

bp = AudienceBlueprint("credentials", Audience.API)
TAG = "Verification"
# Without a key a number costs the same try as on the page; see LOOKUPS.
OPEN = Policy("look-up", services.LOOKUPS, 60)
KEYED = Policy("api", 600, 60)
BATCHES = Policy("batch", 30, 60)
FILES = Policy("file", services.FILES, 60)
MOST_NUMBERS = 500
MOST_CSV = 128 * 1024
FILE_TYPES = {
    "application/json": "The signed file, as it was downloaded.",
    "application/vc": "The same.",
    "application/jwt": "The token form of the signed file.",
    "image/png": "The badge.",
    "image/svg+xml": "The badge.",
    "application/pdf": "The certificate.",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE_BODY = {kind: _BINARY | {"x-description": text} for kind, text in FILE_TYPES.items()} | {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
}
_CSV_BODY = {
    "application/json": {"schema": {"$ref": "#/components/schemas/NumbersAsked"}},
    "text/csv": {"schema": {"type": "string", "description": "One number in the first column of each line."}},
}


class Check(Shape):
    """One thing that was looked at. `code` is stable for programs."""

    name: str
    outcome: Outcome
    code: str
    detail: str


class Issuer(Shape):
    """Who issued it."""

    id: str
    name: str


class Certificate(Shape):
    """A certificate as anybody with its number may know it. Times are UTC."""

    url: str
    document: str
    holder_name: str
    title: str
    achievement: str
    issuer: Issuer
    status: Status
    status_since: str
    reason_class: Reason | None
    issued_at: str
    valid_from: str
    valid_until: str
    replaces: str | None
    replaced_by: str | None


class NumberAnswer(Shape):
    """The answer about a number that was issued. Only VALID may be relied on."""

    verdict: Answer
    as_of: str
    checks: list[Check]
    number: str
    certificate: Certificate


class NoCertificate(Problem):
    """A problem document that also carries the verdict: NOT_FOUND, or MALFORMED for a number that cannot be one."""

    verdict: Answer
    as_of: str
    checks: list[Check]


class NumbersAsked(Shape):
    """Numbers in any way of writing them."""

    numbers: list[Annotated[str, StringConstraints(max_length=200)]] = Field(
        min_length=1, max_length=MOST_NUMBERS, examples=[["VM-7K4QD-9TRX2-H", "vm7k4qd9trx2h"]]
    )


class NumberLine(Shape):
    """The answer about one number of many. `hint` says what is wrong with a number that cannot be one."""

    asked: str
    number: str | None
    verdict: Answer
    hint: str | None
    certificate: Certificate | None


class NumbersAnswer(Shape):
    """The answers about many numbers, in the order in which they were asked."""

    as_of: str
    counts: dict[Answer, int]
    results: list[NumberLine]


class Difference(Shape):
    """A field in which a file differs from the record. null: that side does not have it."""

    field: str
    path: str
    in_file: str | None
    in_record: str | None


class FileVerdict(Shape):
    """The answer about a file. Only VALID may be relied on."""

    verdict: Literal[
        "VALID", "EXPIRED", "NOT_YET_VALID", "SUSPENDED", "REVOKED", "SUPERSEDED", "WITHDRAWN",
        "OLD_COPY", "ALTERED", "NOT_GENUINE", "NOT_OURS", "UNREADABLE", "CANNOT_CHECK",
    ]  # fmt: skip
    as_of: str
    kind: Kind | None
    number: str | None
    issuer: str | None
    checks: list[Check]
    differences: list[Difference]
    certificate: Certificate | None


@bp.get("/verify/<number>")
@public("Programs of studios and registers check numbers as people do.", for_programs=True)
@documented(
    "verifyNumber", TAG, answers={200: NumberAnswer, 404: NoCertificate, 422: NoCertificate},
    paths={"number": "The number on the certificate, in any way of writing it."}, extra=Extra(policy=OPEN),
)  # fmt: skip
def verify(number: str) -> Response:
    """Check one number.

    The verdict with the checks behind it. Only VALID may be relied on. Without a key sixty numbers a minute may be
    checked from one address, with a key six hundred.
    """
    here, checked = runtime(), numbers.check(number)
    if checked.ok:
        _spend_look_up()
    made = services.judge_number(here.db.glance, here.keys, checked, now=request_now())
    judged = made.judgment
    if made.found is not None:
        response = answer(
            NumberAnswer.model_construct(
                verdict=judged.answer, as_of=iso(judged.as_of), checks=_checks(judged.lines),
                number=made.found.number, certificate=_certificate(made.found),
            )
        )  # fmt: skip
        response.set_etag(_tag(made.found, judged), weak=True)
        response.make_conditional(request)
    else:
        response = _no_certificate(made)
    return _for_every_origin(response)


@bp.post("/verify/batch")
@with_key(Scope.VERIFY)
@documented(
    "verifyNumbers", TAG, answers={200: NumbersAnswer}, problems=[413, 422], body=NumbersAsked,
    extra=Extra(body=_CSV_BODY, policy=BATCHES),
)  # fmt: skip
def verify_many() -> Response:
    """Check up to 500 numbers.

    As JSON, or as CSV with a number in the first column of each line (a first line "number" is left out). The answers
    come in the same order, one for each number, also for those that are mistyped or were never issued.
    """
    key = current_key()
    spend(BATCHES, str(key.id) if key else "")
    asked = _numbers_in_csv() if request.mimetype == "text/csv" else body_of(NumbersAsked).numbers
    here, now = runtime(), request_now()
    made = services.judge_numbers(here.db.glance, here.keys, asked, now=now)
    lines = [
        NumberLine.model_construct(
            asked=text,
            number=each.number.number or None,
            verdict=each.judgment.answer,
            hint=each.number.hint or None,
            certificate=_certificate(each.found) if each.found else None,
        )
        for text, each in zip(asked, made, strict=True)
    ]
    counts = Counter(each.judgment.answer for each in made)
    return answer(NumbersAnswer.model_construct(as_of=iso(now), counts=dict(counts), results=lines))


@bp.post("/verify")
@public("A file is checked without an account, and nothing of it is kept.", for_programs=True, only_answers=True)
@documented(
    "verifyFile", TAG, answers={200: FileVerdict}, problems=[413, 422], extra=Extra(body=_FILE_BODY, policy=FILES),
)  # fmt: skip
def verify_file() -> Response:
    """Check a file.

    The body is the file itself (JSON, token, PNG, SVG or PDF), or a form with it in the field "file". Nothing of it
    is kept. A file that was altered is answered with each field that differs from the record.
    """
    data = _file_sent()
    here, settings = runtime(), runtime().settings
    desk = services.Desk(here.db.reading, here.limiter, here.keys, settings.academy_name, settings.public_url)
    key = current_key()
    caller = f"key:{key.id}" if key else caller_of(request.remote_addr)
    made = services.check_file(desk, data, caller=caller, now=request_now())
    return _for_every_origin(answer(_file_verdict(made.judgment, made.kind, made.found)))


def _spend_look_up() -> None:
    key = current_key()
    if key is not None:
        spend(KEYED, str(key.id))
    else:
        spend(OPEN, caller_of(request.remote_addr))


def _numbers_in_csv() -> list[str]:
    try:
        text = raw_body(MOST_CSV).decode("utf-8-sig")
        rows = [row[0].strip() for row in csv.reader(io.StringIO(text), strict=True) if row and row[0].strip()]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("The list cannot be read. Send it as CSV in UTF-8.", code="csv") from error
    if rows and rows[0].lower() == "number":
        del rows[0]
    if not 1 <= len(rows) <= MOST_NUMBERS:
        text = f"A list has from 1 to {MOST_NUMBERS} numbers; this one has {len(rows)}."
        raise Invalid(text, [FieldProblem("numbers", "count", text)], code="count")
    return [row[:200] for row in rows]


def _file_sent() -> bytes:
    if request.mimetype == "multipart/form-data":
        found = file_in("file", MOST_BYTES)
        data = found.data if found else b""
    else:
        data = raw_body(MOST_BYTES)
    if not data:
        raise Invalid('Send a file: as the body, or in the field "file" of a form.', code="no_file")
    return data


def _no_certificate(made: services.LookUp) -> Response:
    body = {
        "verdict": made.judgment.answer.value,
        "as_of": iso(made.judgment.as_of),
        "checks": [each.model_dump(mode="json") for each in _checks(made.judgment.lines)],
    }
    if made.number.ok:
        text = "No certificate was issued under this number."
        return problem(404, "Not found", text, code="not_found", **body, number=made.number.number)
    return problem(422, "Mistyped number", made.number.hint, code="mistyped", **body)


def _for_every_origin(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _checks(lines: Iterable[Line | FileLine]) -> list[Check]:
    made = Check.model_construct
    return [made(name=each.name, outcome=each.outcome, code=each.code, detail=each.sentence) for each in lines]


def _certificate(found: Standing) -> Certificate:
    settings = runtime().settings
    url = credential_id(settings.public_url, found.number)
    # What our own record says needs no second look; five hundred of these are made at once.
    return Certificate.model_construct(
        url=url,
        document=f"{url}.json",
        holder_name=found.holder_name,
        title=found.title,
        achievement=achievement_id(settings.public_url, achievement_slug(found.certification, found.version)),
        issuer=Issuer.model_construct(id=did_for(settings.public_url), name=settings.academy_name),
        status=found.status,
        status_since=iso(found.valid_until if found.status is Status.EXPIRED else found.state_at),
        reason_class=Reason(found.reason_class) if found.reason_class else None,
        issued_at=iso(found.issued_at),
        valid_from=iso(found.valid_from),
        valid_until=iso(found.valid_until),
        replaces=found.replaces or None,
        replaced_by=found.replaced_by or None,
    )


def _file_verdict(judged: FileJudgment, kind: Kind | None, found: Standing | None) -> FileVerdict:
    return FileVerdict.model_validate(
        {
            "verdict": judged.answer.value.upper(),
            "as_of": iso(judged.as_of),
            "kind": kind,
            "number": judged.number or None,
            "issuer": judged.issuer or None,
            "checks": _checks(judged.lines),
            "differences": [
                Difference(
                    field=each.field, path=each.path, in_file=each.given or None, in_record=each.recorded or None
                )
                for each in judged.differences
            ],
            "certificate": _certificate(found) if found else None,
        }
    )


def _tag(found: Standing, judgment: Judgment) -> str:
    """What the answer depends on besides the clock: the answer is new when one of these is."""
    codes = [line.code for line in judgment.lines]
    parts = (found.digest, found.status.value, iso(found.state_at), found.replaced_by, *codes)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
