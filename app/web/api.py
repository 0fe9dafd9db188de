"""What all routes of the interface for programs share: their documents, bodies, limits and repeated requests.

spectree keeps what each route takes and gives, and writes the OpenAPI document from it. Requests are read here, so
that a refusal is the same problem document as everywhere; answers are held to their documents by the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, g, make_response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from spectree import Response as Documented
from spectree import SpecTree
from spectree.plugins.flask_plugin import FlaskPlugin

from app.domain.errors import FieldProblem, Invalid, TooLarge, TooMany
from app.infra.ratelimit import Allowed
from app.infra.replies import Reply, digest, keep_reply, kept_reply
from app.web.access import current_key, current_session, request_now, runtime
from app.web.pagination import Key, decode_cursor

V = TypeVar("V", bound=Callable[..., Any])
M = TypeVar("M", bound=BaseModel)
ROOT = "/api/v1"
MOST_BODY = 512 * 1024
LONGEST_TOKEN = 255
ONCE = "__once__"
MOST_ROWS = 100

DESCRIBED: dict[Callable[..., Any], Callable[..., Any]] = {}
"""What spectree keeps about each view, by the view: it describes them and does not stand in their way."""


class Routes(FlaskPlugin):
    """Finds the description of a view that runs without it."""

    def parse_func(self, route: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
        """The methods of a route, each with what is known about its view."""
        for method, view in super().parse_func(route):
            yield method, DESCRIBED.get(view, view)


SPEC = SpecTree(
    backend=Routes,
    annotations=False,
    mode="strict",
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
)
EXTRAS: dict[str, Extra] = {}
"""What spectree has no words for, by the name of the operation."""


class Shape(BaseModel):
    """Parent of everything that the interface takes and gives: no member but those that are named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(BaseModel):
    """What went wrong, as RFC 9457 says it. `detail` is a sentence for people, `code` a word for programs."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Always about:blank: title and status say it all.")
    title: str
    status: int
    detail: str
    code: str = Field("", description="A stable word for programs.")
    problems: list[str] = Field(default_factory=list, description="One sentence for each thing to correct.")
    request_id: str = Field("", description="Name it when you ask the academy about this answer.")


class Paging(Shape):
    """How a list is asked for, page by page."""

    after: str = Field("", max_length=200, description="`next` of the page before; empty for the first page.")
    limit: int = Field(50, ge=1, le=MOST_ROWS, description="Rows on a page.")


@dataclass(frozen=True, slots=True)
class Extra:
    """The body that a route takes when it is no JSON, and headers that it reads."""

    body: Mapping[str, Any] | None = None
    also: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A limit: so many requests in so many seconds."""

    name: str
    limit: int
    seconds: int


def documented(
    name: str,
    tag: str,
    *,
    answers: Mapping[int, type[BaseModel] | None],
    problems: Collection[int] = (),
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    extra: Extra | None = None,
    paths: Mapping[str, str] | None = None,
) -> Callable[[V], V]:
    """Put a view into the OpenAPI document; its docstring is the text. `paths` explains the parts of the address."""
    if extra is not None:
        EXTRAS[name] = extra
    models: dict[str, Any] = {f"HTTP_{status}": model for status, model in answers.items()}
    models |= {f"HTTP_{status}": Problem for status in problems}
    describe = SPEC.validate(
        query=query,
        json=body,
        resp=Documented(**models),
        tags=(tag,),
        validation_error_status=422,
        path_parameter_descriptions=paths,
        operation_id=name,
    )

    def mark(view: V) -> V:
        DESCRIBED[view] = describe(view)
        return view

    return mark


SPEC.validation_error_model = Problem


def body_of(model: type[M]) -> M:
    """The JSON body of this request. Raises Invalid with a sentence for each thing to correct."""
    if request.mimetype != "application/json":
        raise Invalid("Send the body as JSON, with Content-Type: application/json.", code="content_type")
    return _read(lambda: model.model_validate_json(raw_body(MOST_BODY)), "body")


def query_of(model: type[M]) -> M:
    """What stands behind the question mark of this request. Raises Invalid as `body_of` does."""
    return _read(lambda: model.model_validate(request.args.to_dict()), "query")


def raw_body(most: int) -> bytes:
    """The body of this request; raises TooLarge beyond `most` bytes."""
    if (request.content_length or 0) > most:
        raise TooLarge(f"The body is larger than {most // 1024} KiB. Send less at once.", code="too_large")
    return request.get_data(cache=True)


def cursor_in(text: str) -> Key | None:
    """The place in a list that a cursor names; None for its beginning. Raises Invalid for one that is not ours."""
    found = decode_cursor(text)
    if text and found is None:
        raise Invalid("This is no cursor of ours. Send `next` of the page before, unchanged.", code="cursor")
    return found


def spend(policy: Policy, who: str) -> None:
    """Count this request against a limit. Raises TooMany beyond it; the headers of the answer say what is left."""
    allowed = runtime().limiter.hit(f"{policy.name}:{who}", policy.limit, policy.seconds, request_now())
    g.rate = (policy, allowed)
    if not allowed.ok:
        text = f"More than {policy.limit} requests within {policy.seconds} seconds. Wait {allowed.retry_after} seconds."
        raise TooMany(text, retry_after=allowed.retry_after)


def answer(body: BaseModel, status: int = 200) -> Response:
    """The answer of a model."""
    # Escaped to ASCII: some readers take other bytes for another alphabet (credentials.md, 4.3).
    return Response(body.model_dump_json(ensure_ascii=True), status, mimetype="application/json")


def once(view: V) -> V:
    """Give a program that repeats a change with the same Idempotency-Key the same answer, for a day.

    An answer that is an error is not kept: nothing was changed, and the same key may be sent again.
    """

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Response:
        token, key = request.headers.get("Idempotency-Key", ""), current_key()
        if not token or key is None:
            return make_response(view(*args, **kwargs))
        if len(token) > LONGEST_TOKEN or not (token.isascii() and token.isprintable()):
            text = f"An Idempotency-Key has at most {LONGEST_TOKEN} printable characters, such as a random UUID."
            raise Invalid(text, code="idempotency_key")
        session, now = current_session(), request_now()
        asked = digest(request.method.encode(), request.full_path.encode(), raw_body(MOST_BODY))
        kept = kept_reply(session, key.id, token, asked, now)
        if kept is not None:
            again = Response(kept.body, kept.status, mimetype="application/json")
            again.headers["Idempotency-Replayed"] = "true"
            return again
        response = make_response(view(*args, **kwargs))
        if response.status_code < 400:
            keep_reply(session, key.id, token, asked, Reply(response.status_code, response.get_data()), now)
        return response

    setattr(run, ONCE, True)
    return cast("V", run)


def register(app: Flask) -> None:
    """Say in every answer to a program what is left of its limit (draft-ietf-httpapi-ratelimit-headers-10)."""

    @app.after_request
    def _rate(response: Response) -> Response:
        spent: tuple[Policy, Allowed] | None = g.get("rate")
        if spent is not None:
            policy, allowed = spent
            response.headers["RateLimit-Policy"] = f'"{policy.name}";q={policy.limit};w={policy.seconds}'
            waits = f";t={allowed.retry_after}" if allowed.retry_after else ""
            response.headers["RateLimit"] = f'"{policy.name}";r={allowed.remaining}{waits}'
        return response


def _read(read: Callable[[], M], place: str) -> M:
    try:
        return read()
    except ValidationError as error:
        problems = [
            FieldProblem(".".join(map(str, each["loc"])), each["type"], _sentence(each["loc"], each["msg"]))
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise Invalid(f"The {place} is not what this address takes.", problems[:20], code=place) from error


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(map(str, place))
    return f"{where}: {message}." if where else f"{message}."
