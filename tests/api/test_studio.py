"""A studio's program: the watchlist, what happened, repeated requests, its own key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from app.credentials import services
from app.domain.access.scopes import Scope
from app.domain.credentials.lifecycle import Change, Reason
from app.infra import replies
from app.infra.db import Database
from app.infra.runtime import Runtime
from app.studios.models import Watch
from app.studios.queries.feed import changes_after
from tests.api.conftest import Program
from tests.api.test_verify import conforms
from tests.conftest import Clock
from tests.factories.credentials import ADMIN, issuer_for

Issue = Callable[..., Any]
Make = Callable[..., Program]


def change(session: Session, runtime: Runtime, credential: Any, what: Change, reason: Reason) -> None:
    issuer = issuer_for(runtime)
    services.change_credential(session, ADMIN, credential.id, what, reason=reason, issuer=issuer, now=runtime.now())
    session.commit()


def test_a_program_follows_reads_and_stops(issue: Issue, program: Make, stranger: Program, clock: Clock) -> None:
    document = stranger.get("/openapi.json").json
    mine, other = program(), program(studio="Maison Vermeil")
    held = [issue(name=f"Person {place}").number for place in range(3)]
    for number in held:
        clock.tick(seconds=1)
        made = mine.post("/watchlist", {"number": number.lower(), "note": "Chair 2"})
        assert (made.status_code, made.json["number"]) == (201, number)
        conforms(document, "/api/v1/watchlist", "post", made)
    first = mine.get("/watchlist?limit=2")
    conforms(document, "/api/v1/watchlist", "get", first)
    assert [line["number"] for line in first.json["items"]] == [held[2], held[1]]
    second = mine.get(f"/watchlist?limit=2&after={first.json['next']}")
    assert ([line["number"] for line in second.json["items"]], second.json["next"]) == ([held[0]], "")
    assert first.headers["RateLimit-Policy"] == '"api";q=600;w=60'
    watch_id = second.json["items"][0]["id"]
    assert other.get("/watchlist").json == {"items": [], "next": ""}
    assert other.ask("DELETE", f"/watchlist/{watch_id}").status_code == 404
    assert mine.ask("DELETE", f"/watchlist/{watch_id}").status_code == 204
    assert len(mine.get("/watchlist").json["items"]) == 2
    for asked, code in (("/watchlist?limit=0", "query"), ("/watchlist?after=x", "cursor"), ("/watchlist?x=1", "query")):
        refused = mine.get(asked)
        assert (refused.status_code, refused.json["code"]) == (422, code)
        conforms(document, "/api/v1/watchlist", "get", refused)
    unknown = mine.post("/watchlist", {"number": "VM-11111-11111-1"})
    assert unknown.status_code == 422
    conforms(document, "/api/v1/watchlist", "post", unknown)
    assert Program(mine.app, program(Scope.WATCH_READ, studio="Third").secret).post("/watchlist", {}).status_code == 403


def test_a_repeated_change_gets_the_same_answer_for_a_day(
    issue: Issue, program: Make, session: Session, runtime: Runtime, clock: Clock
) -> None:
    mine, number, another = program(), issue().number, issue(name="Lea Fontaine").number
    body = {"number": number}
    first = mine.post("/watchlist", body, Idempotency_Key="a-1")
    mine.ask("DELETE", f"/watchlist/{first.json['id']}")
    again = mine.post("/watchlist", body, Idempotency_Key="a-1")
    assert (again.status_code, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")
    assert mine.get("/watchlist").json["items"] == [], "nothing is changed a second time"
    reused = mine.post("/watchlist", {"number": another}, Idempotency_Key="a-1")
    assert (reused.status_code, reused.json["code"]) == (409, "idempotency_key_reused")
    refused = mine.post("/watchlist", {"number": "VM-1"}, Idempotency_Key="a-2")
    assert refused.status_code == 422
    assert mine.post("/watchlist", {"number": another}, Idempotency_Key="a-2").status_code == 201, "no refusal is kept"
    assert mine.post("/watchlist", body, Idempotency_Key="x" * 256).json["code"] == "idempotency_key"
    elsewhere = program(studio="Maison Vermeil").post("/watchlist", body, Idempotency_Key="a-1")
    assert "Idempotency-Replayed" not in elsewhere.headers
    clock.tick(hours=24)
    assert "Idempotency-Replayed" not in mine.post("/watchlist", body, Idempotency_Key="a-1").headers
    assert session.scalar(select(func.count(Watch.id)).where(Watch.ended_at.is_(None))) == 3
    replies.forget_replies(session, runtime.now())
    assert session.scalar(select(func.count(replies.ApiReply.id))) == 1


def test_changes_come_once_and_in_order(
    issue: Issue, program: Make, session: Session, runtime: Runtime, clock: Clock, stranger: Program
) -> None:
    mine, other = program(), program(studio="Maison Vermeil")
    followed, strange = issue(), issue(name="Lea Fontaine")
    mine.post("/watchlist", {"number": followed.number})
    other.post("/watchlist", {"number": strange.number})
    start = mine.get("/changes").json
    assert [item["change"] for item in start["items"]] == ["issue"]
    change(session, runtime, followed, Change.SUSPEND, Reason.LAPSED_REQUIREMENT)
    change(session, runtime, strange, Change.SUSPEND, Reason.CONDUCT)
    asked = f"/changes?since={start['cursor']}"
    assert mine.get(asked).json == {"items": [], "cursor": start["cursor"], "more": False}, "not settled yet"
    clock.tick(seconds=11)
    found = mine.get(asked)
    conforms(stranger.get("/openapi.json").json, "/api/v1/changes", "get", found)
    [item] = found.json["items"]
    assert (item["number"], item["change"], item["status"]) == (followed.number, "suspend", "suspended")
    assert item["reason_class"] == "lapsed_requirement"
    assert "canary" not in found.get_data(as_text=True)
    change(session, runtime, followed, Change.REINSTATE, Reason.LAPSED_REQUIREMENT)
    clock.tick(seconds=11)
    one = mine.get("/changes?limit=1").json
    assert (len(one["items"]), one["more"]) == (1, True)
    rest = mine.get(f"/changes?since={found.json['cursor']}").json
    assert [each["change"] for each in rest["items"]] == ["reinstate"]
    assert mine.get(f"/changes?since={rest['cursor']}").json["items"] == []
    assert mine.get("/changes?since=-1").status_code == 422
    assert mine.get(f"/changes?since={2**63}").status_code == 422


def test_the_feed_looks_at_what_is_followed_only(
    session: Session, database: Database, runtime: Runtime, program: Make
) -> None:
    """By the index of a certificate's changes, from what is followed; never through the changes of all."""
    mine = program()
    assert mine.member is not None
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    changes_after(session, min(mine.member.studio_ids), 0, now=runtime.now(), size=10)
    event.remove(database.engine, "before_cursor_execute", note)
    [(statement, parameters)] = [each for each in asked if "credential_event" in each[0]]
    if not database.is_sqlite:
        session.execute(text("SET LOCAL enable_seqscan = off"))  # empty tables are read whole, whatever the index
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    plan = "\n".join(str(row[-1]) for row in session.connection().exec_driver_sql(explain + statement, parameters))
    assert "ix_credential_event_credential" in plan
    assert "SCAN credential_event" not in plan and "Seq Scan on credential_event" not in plan


def test_a_program_changes_its_own_secret(program: Make, stranger: Program) -> None:
    document, mine = stranger.get("/openapi.json").json, program(Scope.CHANGES_READ)
    shown = mine.get("/key")
    conforms(document, "/api/v1/key", "get", shown)
    assert (shown.json["name"], shown.json["studio"]) == ("Bookings", "Atelier Rue Nine")
    assert shown.json["scopes"] == ["changes:read", "key:self"]
    made = mine.post("/key/rotate")
    conforms(document, "/api/v1/key/rotate", "post", made)
    newer = Program(mine.app, made.json["secret"])
    assert newer.get("/key").json["secret_ends"] is None
    assert mine.get("/key").json["secret_ends"] == made.json["old_secret_ends"]
    third = newer.post("/key/rotate")
    assert (third.status_code, third.json["code"]) == (409, "two_secrets")
    conforms(document, "/api/v1/key/rotate", "post", third)


def test_a_program_sets_up_a_webhook_and_removes_it(program: Make, stranger: Program, session: Session) -> None:
    document, mine, other = stranger.get("/openapi.json").json, program(), program(studio="Maison Vermeil")
    base = "/api/v1/webhooks"
    made = mine.post("/webhooks", {"url": "https://studio.example/hook"})
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    conforms(document, base, "post", made)
    path = f"/webhooks/{made.json['id']}"
    listed = mine.get("/webhooks")
    conforms(document, base, "get", listed)
    assert [(hook["url"], hook["is_on"]) for hook in listed.json["items"]] == [("https://studio.example/hook", True)]
    assert "whsec_" not in listed.get_data(as_text=True)
    assert mine.post("/webhooks", {"url": "https://studio.example/hook"}).status_code == 422, "it is there already"
    for url in ("http://studio.example/hook", "https://studio.example:22/", "ftp://x"):
        assert mine.post("/webhooks", {"url": url}).status_code == 422, url
    newer = mine.post(f"{path}/secret")
    conforms(document, f"{base}/{{webhook_id}}/secret", "post", newer)
    assert newer.json["secret"] != made.json["secret"]
    assert mine.post(f"{path}/secret").status_code == 409
    sent = mine.post(f"{path}/test", Idempotency_Key="t")
    conforms(document, f"{base}/{{webhook_id}}/test", "post", sent)
    assert mine.post(f"{path}/test", Idempotency_Key="t").json == sent.json
    log = mine.get(f"{path}/deliveries")
    conforms(document, f"{base}/{{webhook_id}}/deliveries", "get", log)
    assert [line["id"] for line in log.json["items"]] == [sent.json["id"]]
    off = mine.ask("PUT", path, {"is_on": False})
    conforms(document, f"{base}/{{webhook_id}}", "put", off)
    assert off.json["is_on"] is False
    assert mine.post(f"{path}/test").status_code == 409
    for asked in (
        other.post(f"{path}/secret"), other.post(f"{path}/test"), other.get(f"{path}/deliveries"),
        other.ask("PUT", path, {"is_on": True}), other.ask("DELETE", path),
    ):  # fmt: skip
        assert asked.status_code == 404
    assert mine.ask("DELETE", path).status_code == 204
    assert mine.get("/webhooks").json == {"items": []}
