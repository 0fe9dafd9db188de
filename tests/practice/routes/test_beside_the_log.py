"""The pages beside the log: kit, hours, sign-off by a guest, copies, comparison, healed results, the clock."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice import queries, services
from app.practice.models import HoursLine, KitItem, PracticeEntry, SessionSignoff, SignoffLink
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.practice import complete_piece, decide, draft_piece, submitted_piece
from tests.infra.photo_corpus import cornered, encoded

Browse = Callable[..., Browser]
JPEG = encoded(cornered(), "JPEG")
SESSION = {"day": "2026-11-20", "minutes": "120", "place": "Studio Nord", "work": "Full lip on 3D skin."}
SIGNED = {"name": "Marc Delorme", "role": "Studio owner", "license_number": "T-4711", "present": "y"}


@pytest.fixture
def browser(session: Session, learner: Actor, browse: Browse) -> Browser:
    session.commit()
    browser = browse(learner)
    browser.get("/account/")
    return browser


def words(response: Any) -> str:
    main = BeautifulSoup(response.get_data(as_text=True), "html.parser").main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def errors(response: Any) -> list[str]:
    """The sentences at the fields."""
    page = BeautifulSoup(response.get_data(as_text=True), "html.parser")
    return [" ".join(node.get_text(" ").split()).removeprefix("Error: ") for node in page.select("p.err")]


# ---------------------------------------------------------------- kit


def test_a_pigment_goes_into_the_kit_and_is_a_choice_in_the_log(
    session: Session, learner: Actor, browser: Browser
) -> None:
    answer = browser.post(
        "/learn/kit", {"kind": "pigment", "name": "Tea rose", "code": "", "lot": "77", "expires": "2027-01"}
    )
    assert answer.status_code == 303
    assert "Tea rose" in words(browser.get("/learn/kit"))
    entry = draft_piece(session, learner, now=NOW)
    session.commit()
    page = browser.get(f"/learn/practice/{entry.id}/edit").get_data(as_text=True)
    assert 'value="Tea rose; lot 77; expires 2027-01-31"' in page
    item = session.scalars(select(KitItem)).one()
    session.commit()
    browser.post(f"/learn/kit/{item.id}/retire")
    assert "Nothing is in your kit" in words(browser.get("/learn/kit"))


def test_an_expired_pigment_is_refused_and_nothing_typed_is_lost(browser: Browser) -> None:
    typed = {"kind": "pigment", "name": "Tea rose", "code": "77491", "lot": "77", "expires": "2026-10"}
    answer = browser.post("/learn/kit", typed)
    assert answer.status_code == 422
    assert any("expired on 2026-10-31" in sentence for sentence in errors(answer))
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert {name: page.select_one(f"#{name}")["value"] for name in ("name", "code", "lot", "expires")} == {
        name: typed[name] for name in ("name", "code", "lot", "expires")
    }


def test_a_piece_made_with_expired_pigment_is_not_sent_and_keeps_its_fields(
    session: Session, learner: Actor, browser: Browser
) -> None:
    entry = complete_piece(session, learner, now=NOW)
    session.commit()
    form = {
        "revision": str(entry.revision),
        "pigment-application.pigments": ["Old; lot 1; expires 2026-11-21"],
        "pigment-application.machine": "Pen 7",
    }
    answer = browser.post(f"/learn/practice/{entry.id}/submit", form)
    assert answer.status_code == 422
    assert "This pigment expired on 2026-11-21" in words(answer)
    session.refresh(entry)
    assert (entry.state, entry.records["pigment-application"]["machine"]) == ("draft", "Pen 7")


# ---------------------------------------------------------------- hours and sign-off


def ask(browser: Browser) -> str:
    """Make a link through the page; returns its path."""
    answer = browser.post("/learn/hours/sign-off", SESSION)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"https://academy\.test(/sign-off/[\w-]{43})", answer.get_data(as_text=True))
    assert found is not None
    return found.group(1)


def test_a_guest_signs_without_an_account_and_the_time_counts(
    session: Session, learner: Actor, browser: Browser, browse: Browse
) -> None:
    path = ask(browser)
    guest = browse()
    page = guest.get(path)
    assert page.status_code == 200
    assert (page.headers["Referrer-Policy"], page.headers["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "Amara Osei" in words(page)
    assert "@" not in words(page)
    assert str(learner.user_id) not in page.get_data(as_text=True)
    refused = guest.post(path, {**SIGNED, "present": ""})
    assert refused.status_code == 422
    assert errors(refused) == ["Tick this only if it is so. Without it there is nothing to sign."]
    signed = guest.post(path, SIGNED)
    assert signed.status_code == 201
    assert "Time under supervision: 120 minutes" in words(signed)
    kept = session.scalars(select(SessionSignoff)).one()
    assert kept.digest in words(signed)
    session.commit()
    for again in (guest.get(path), guest.post(path, SIGNED), guest.get("/sign-off/" + "x" * 43)):
        assert again.status_code == 410
        assert "used already, was withdrawn, or is too old" in again.get_data(as_text=True)
    ledger = words(browser.get("/learn/hours"))
    assert "Session signed by Marc Delorme" in ledger
    assert "2 h in all" in ledger


def test_a_withdrawn_link_opens_nothing(session: Session, browser: Browser, browse: Browse) -> None:
    path = ask(browser)
    link = session.scalars(select(SignoffLink)).one()
    session.commit()
    assert browser.post(f"/learn/hours/sign-off/{link.id}/withdraw").status_code == 303
    assert browse().get(path).status_code == 410
    assert "Withdrawn" in words(browser.get("/learn/hours"))


def test_a_claim_with_faults_keeps_what_was_typed(browser: Browser) -> None:
    answer = browser.post("/learn/hours/sign-off", {**SESSION, "day": "soon", "minutes": "many"})
    assert answer.status_code == 422
    assert len(errors(answer)) == 2
    assert "Full lip on 3D skin." in answer.get_data(as_text=True)


def test_guessing_links_is_slowed_down(browse: Browse) -> None:
    guest = browse()
    codes = [guest.get(f"/sign-off/{number:043d}").status_code for number in range(32)]
    assert (codes[0], codes[-1]) == (410, 429)


def test_a_line_is_corrected_by_another_line(session: Session, learner: Actor, browser: Browser) -> None:
    submission = submitted_piece(session, learner, now=NOW)
    decide(session, submission, "approved", now=NOW)
    session.commit()
    url = f"/learn/hours/correct?line=practice:{submission.id}"
    page = browser.get(url)
    assert "105 minutes" in words(page)
    refused = browser.post(url, {"minutes": "200", "reason": "I forgot"})
    assert refused.status_code == 422
    assert "can only lower" in errors(refused)[0]
    assert browser.post(url, {"minutes": "45", "reason": "Counted the break."}).status_code == 303
    shown = words(browser.get("/learn/hours?source=practice"))
    assert "Corrected by -60 min: Counted the break." in shown
    assert session.scalars(select(HoursLine.minutes)).all() == [-60]
    session.commit()
    assert browser.get("/learn/hours/correct?line=practice:nothing").status_code == 404


# ---------------------------------------------------------------- the log narrowed, repeated, compared


def test_the_log_is_narrowed_by_what_the_address_says(session: Session, learner: Actor, browser: Browser) -> None:
    draft_piece(session, learner, now=NOW, piece__skin_tone="dark")
    submitted_piece(session, learner, now=NOW)
    session.commit()

    def numbers(query: str) -> list[str]:
        page = browser.get(f"/learn/practice?{query}").get_data(as_text=True)
        return re.findall(r'<span class="piece-t">Piece (\d+)', page)

    assert numbers("") == ["2", "1"]
    assert numbers("tone=dark") == ["1"]
    assert numbers("state=submitted") == ["2"]
    assert numbers("tone=dark&state=submitted") == []
    assert numbers("exercise=e08&skin=lip_pad_flat") == ["2", "1"]
    assert numbers("exercise=e99") == []
    assert numbers("tone=nonsense&step=nonsense") == ["2", "1"], "what means nothing does not narrow"
    assert "tone=dark" in browser.get("/learn/practice?tone=dark").get_data(as_text=True)


def test_narrowing_reads_an_index_and_costs_the_same(
    session: Session, learner: Actor, count_queries: QueryCount, runtime: Runtime
) -> None:
    costs = []
    for many in (1, 5):
        for _each in range(many):
            draft_piece(session, learner, now=NOW)
        session.flush()
        count_queries.statements.clear()
        queries.log(session, learner.user_id, only=queries.LogFilter(tone="medium", step="pigment-application"))
        queries.log_facets(session, learner.user_id)
        costs.append(len(count_queries))
    assert costs == [3, 3]
    if runtime.db.is_sqlite:
        statement = (
            "EXPLAIN QUERY PLAN SELECT id FROM practice_entry WHERE user_id = ? AND tone = ? ORDER BY number DESC"
        )
        plan = session.connection().exec_driver_sql(statement, (learner.user_id.hex, "medium")).all()
        assert "uq_practice_entry_number" in str(plan)
        assert "TEMP B-TREE" not in str(plan)


def test_the_same_as_the_last_piece_is_one_tap(session: Session, learner: Actor, browser: Browser) -> None:
    submitted_piece(session, learner, now=NOW)
    session.commit()
    for page in ("/learn/practice", "/learn/practice/new"):
        assert "Same as piece 1" in words(browser.get(page))
    answer = browser.post("/learn/practice/new", {"exercise": "e08", "same": "1"})
    edit = words(browser.get(answer.headers["Location"]))
    assert "The same as piece 1, measured values and time too." in edit
    assert "Ready to send? Add the photo: " in edit


def test_two_pieces_lie_over_each_other(
    session: Session, runtime: Runtime, learner: Actor, stranger: Actor, browser: Browser
) -> None:
    assert "Two pieces with photos are needed" in words(browser.get("/learn/practice/compare"))
    for actor in (learner, learner, learner, stranger):
        complete_piece(session, actor, now=NOW, storage=runtime.storage)
    session.commit()
    page = browser.get("/learn/practice/compare?one=1&other=2").get_data(as_text=True)
    found = BeautifulSoup(page, "html.parser")
    assert [img["alt"][:7] for img in found.select(".ba img")] == ["Piece 2", "Piece 1"]
    assert [caption.text for caption in found.select(".ba figcaption")] == ["Piece 2", "Piece 1"]
    assert "Piece 1 and piece 3" in words(browser.get("/learn/practice/compare?one=77&other=x"))


def test_the_clock_runs_on_the_server(session: Session, learner: Actor, browser: Browser, clock: Clock) -> None:
    entry = draft_piece(session, learner, now=NOW, piece__minutes="5")
    session.commit()
    url = f"/learn/practice/{entry.id}"
    typed = {"revision": str(entry.revision), "pigment-application.machine": "Pen 7"}
    assert browser.post(f"{url}/timer", {**typed, "do": "start"}).status_code == 303
    assert "The clock is running." in words(browser.get(f"{url}/edit"))
    clock.tick(minutes=20)
    session.refresh(entry)
    stop = {"revision": str(entry.revision), "do": "stop"}
    session.commit()
    assert browser.post(f"{url}/timer", stop).status_code == 303
    session.refresh(entry)
    assert (entry.minutes, entry.records["pigment-application"]["machine"]) == (25, "Pen 7")


# ---------------------------------------------------------------- copies, healed results


def test_a_copy_is_made_in_the_background_and_downloaded(
    session: Session, runtime: Runtime, learner: Actor, browser: Browser, browse: Browse, stranger: Actor
) -> None:
    assert "nothing to take along yet" in words(browser.get("/learn/practice/export"))
    complete_piece(session, learner, now=NOW, storage=runtime.storage)
    session.commit()
    assert browser.post("/learn/practice/export", {"kind": "zip"}).status_code == 303
    assert "0 of 1 pieces" in words(browser.get("/learn/practice/export"))
    export = queries.exports_of(session, learner.user_id)[0]
    session.commit()
    url = f"/learn/practice/exports/{export.id}"
    assert browser.get(url).get_json() == {"state": "waiting", "done": 0, "total": 1}
    assert browser.get(f"{url}/file").status_code == 404
    work_off(runtime)
    answer = browser.get(f"{url}/file")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"] == "attachment; filename=practice-log-2026-11-22.zip"
    assert answer.get_data()[:2] == b"PK"
    answer.close()
    assert browse(stranger).get(f"{url}/file").status_code == 404


def test_the_healed_photo_is_sent_in_its_weeks_and_shown_beside_the_fresh_one(
    session: Session, runtime: Runtime, learner: Actor, browse: Browse, clock: Clock, ask_healed: Callable[..., None]
) -> None:
    browser = browse(learner)
    entry = complete_piece(session, learner, now=NOW, storage=runtime.storage)
    ask_healed(entry)
    services.submit_entry(session, learner, entry.id, now=NOW)
    session.commit()
    url = f"/learn/practice/{entry.id}/healed"
    assert "There is nothing to do yet" in words(browser.get(url))
    early = browser.post(url, {"photo": photo()}, content_type="multipart/form-data")
    assert early.status_code == 409
    assert "taken from 2026-12-20 to 2027-01-17" in words(early)
    clock.tick(days=30)
    browser = browse(learner)  # a month later one signs in again
    browser.get(url)
    assert browser.post(url, {"photo": photo()}, content_type="multipart/form-data").status_code == 303
    assert "being prepared" in words(browser.get(url))
    work_off(runtime)
    page = BeautifulSoup(browser.get(url).get_data(as_text=True), "html.parser")
    assert [caption.text for caption in page.select(".ba figcaption")] == ["Healed", "Fresh"]
    session.refresh(entry)
    assert entry.state == "submitted"


def photo() -> tuple[Any, str]:
    return io.BytesIO(JPEG), "healed.jpg"


def test_a_piece_whose_exercise_does_not_ask_has_no_such_page(
    session: Session, learner: Actor, browser: Browser
) -> None:
    entry: PracticeEntry = draft_piece(session, learner, now=NOW - timedelta(days=35))
    session.commit()
    assert browser.get(f"/learn/practice/{entry.id}/healed").status_code == 404
