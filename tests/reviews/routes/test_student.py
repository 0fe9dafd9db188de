"""A student's reading page: nothing before the decision, then every try, note and level."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.rubric.scoring import Result
from app.infra.runtime import Runtime
from app.practice import queries as practice
from app.practice import services as practice_services
from app.practice.models import PracticeEntry, Submission
from app.reviews import services
from app.reviews.models import Review
from app.reviews.services import DraftInput, FlagAnswer, FlagInput, PinInput
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.practice import complete_piece, draft_piece, raw_fields, ready_photo
from tests.factories.reviews import FAR_BELOW, decided_review, full_draft, sent_again

MakeUser = Callable[..., Actor]
Browse = Callable[..., Browser]
Send = Callable[..., Submission]
SECRET = "Nobody may read this before the decision."


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def words(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


@pytest.fixture
def browser(journey: None, browse: Browse, amara: Actor) -> Browser:
    return browse(amara)


def decide(
    session: Session, instructor: Actor, submission: Submission, now: Any, result: Result, *pins: PinInput, **more: Any
) -> Review:
    """Claim, rate with level 3 (lip mapping `level`), add pins, decide."""
    review = services.claim_review(session, instructor, submission.id, now=now)
    draft = full_draft(session, review, 4, more.pop("levels", {}), note=more.pop("note", ""))
    draft = DraftInput(draft.revision, draft.ratings, draft.reasons, [*draft.pins, *pins], **more, note=draft.note)
    services.save_review(session, instructor, review.id, draft, now=now)
    done = services.complete_review(session, instructor, review.id, result, now=now)
    session.commit()
    return done


# ---------------------------------------------------------------- before the decision


def test_a_draft_has_no_reading_page_yet(session: Session, browser: Browser, amara: Actor) -> None:
    entry = draft_piece(session, amara, now=NOW)
    session.commit()
    answer = browser.get(f"/learn/practice/{entry.id}")
    assert (answer.status_code, answer.location) == (303, f"/learn/practice/{entry.id}/edit")


def test_a_waiting_piece_says_that_it_is_in_the_queue(browser: Browser, send: Send, amara: Actor) -> None:
    submission = send(amara)
    page = soup(browser.get(f"/learn/practice/{submission.entry_id}"))
    assert words(page.select_one("#decision")) == "Piece 1 is in the review queue."
    assert "An instructor answers within 48 hours" in words(page.main)
    assert "An instructor is looking at it now" not in words(page.main)
    assert len(page.select(".body .piece img")) == 3
    assert "Lidocaine cream (simulated)" in words(page.aside), "the record as it was sent"


def test_nothing_of_a_review_is_shown_before_its_decision(
    session: Session, browser: Browser, held: Review, ines: Actor, amara: Actor
) -> None:
    submission = practice.submission(session, held.submission_id)
    photo = practice.submission_photos(session, submission.id)[0]
    pin = PinInput(photo.id, 0.5, 0.5, "lip-mapping", "ASY", SECRET)
    draft = DraftInput(held.revision, {"lip-mapping": 1}, {"lip-mapping": SECRET}, [pin], (), SECRET)
    services.save_review(session, ines, held.id, draft, now=NOW)
    session.commit()
    answer = browser.get(f"/learn/practice/{submission.entry_id}")
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for hidden in (SECRET, "Ines", "ASY", "Asymmetry", str(held.id), 'class="pin'):
        assert hidden not in body
    assert "An instructor is looking at it now" in words(soup(answer).main)


# ---------------------------------------------------------------- the decision


def test_an_approved_piece(session: Session, browser: Browser, send: Send, ines: Actor, amara: Actor) -> None:
    submission = send(amara)
    decided_review(session, ines, submission.id, now=NOW)
    session.commit()
    page = soup(browser.get(f"/learn/practice/{submission.entry_id}"))
    assert words(page.select_one("#decision")) == "Approved"
    first = words(page.select_one(".first"))
    assert "Decision of Ines Calloway, Nov 22, 2026" in first
    assert "Keep this pace." in first
    levels = page.select(".rest .level")
    assert len(levels) == 10
    assert "100 of 100" in words(page.aside)
    assert "Try again" not in words(page.main)


def test_a_returned_piece_shows_pins_causes_levels_and_lessons(
    session: Session, browser: Browser, send: Send, ines: Actor, amara: Actor, runtime: Runtime
) -> None:
    entry = complete_piece(session, amara, now=NOW, storage=runtime.storage)
    practice_services.save_entry(session, amara, entry.id, {"self.lip-mapping": ["3"], "self.hygiene": ["4"]}, now=NOW)
    submission = practice_services.submit_entry(session, amara, entry.id, now=NOW)
    front = practice.submission_photos(session, submission.id)[-1]
    pins = [
        PinInput(front.id, 0.61, 0.62, "lip-mapping", "ASY", "Measure both peaks."),
        PinInput(front.id, 0.2, 0.3, "hygiene", "", "A clean border here."),
    ]
    decide(session, ines, submission, NOW, Result.RESUBMIT, *pins, levels=FAR_BELOW, note="Fix the <b>map</b>.")
    page = soup(browser.get(f"/learn/practice/{entry.id}"))
    assert words(page.select_one("#decision")) == "One more try"
    assert "Fix the <b>map</b>." in words(page.select_one(".first")), "what people write is text"
    again = page.select_one(".first .btn--primary")
    assert (words(again), again["href"]) == ("Try again", f"/learn/practice/{entry.id}/edit")

    figure = page.select_one(".noted")
    places = [(place["x"], place["y"]) for place in figure.select("[data-pins] > svg")]
    assert places[-2:] == [("61.0%", "62.0%"), ("20.0%", "30.0%")]
    links = [str(link["href"]) for link in figure.select("a.pin")]
    assert links == ["#t1-1", "#t1-2", "#t1-3", "#t1-4", "#t1-5"], "one on each core level below 4, and these two"
    notes = [words(page.find(id=link.removeprefix("#"))) for link in links[2:]]
    assert notes[1].startswith("4 Asymmetry over 1 mm Major Lip Mapping Measure both peaks. What to do:")
    assert "Usual cause: Distances to the axis were estimated instead of measured." in notes[1]
    assert notes[2] == "5 Hygiene and safety Hygiene and safety A clean border here."
    assert figure.img["srcset"].endswith("2016w")
    assert len(page.select(".body .piece")) == 2, "photos without notes stand in a gallery"

    mapping = next(words(level) for level in page.select(".level") if "Lip Mapping" in words(level))
    assert "1 Not yet. No map, or the shape leaves the vermilion border." in mapping
    assert "Not shown." in mapping
    assert "You said: 3 Competent." in mapping
    assert "at least level" in mapping
    lesson = next(level for level in page.select(".level") if "Lip Mapping" in words(level)).a
    assert lesson["href"].startswith("/learn/lessons/")
    assert "Read again:" in words(lesson)
    hygiene = next(level for level in page.select(".level") if "Hygiene and safety" in words(level))
    assert hygiene.a is None, "nothing to read again at level 4"
    assert "Before and after" in words(page.main)


def test_a_failed_piece_names_its_critical_fault(
    session: Session, browser: Browser, send: Send, ines: Actor, jun: Actor, amara: Actor
) -> None:
    submission = send(amara)
    flag = FlagInput("HYG", "The cap was used twice.", log_field="pigment-application.pigment")
    decide(session, ines, submission, NOW, Result.FAILED, critical=[flag], note="Read the hygiene lesson first.")
    check = services.claim_review(session, jun, submission.id, now=NOW)
    services.check_flags(session, jun, check.id, {"HYG": FlagAnswer(True, "I see it too.")}, now=NOW)
    session.commit()
    page = soup(browser.get(f"/learn/practice/{submission.entry_id}"))
    assert words(page.select_one("#decision")) == "Not passed"
    assert "A critical fault fails a piece, whatever the score." in words(page.select_one(".first"))
    assert "The cap was used twice." in words(page.select_one(".first"))
    assert words(page.select_one(".first .btn")) == "Log the next piece"


# ---------------------------------------------------------------- the chain


@pytest.fixture
def chain(session: Session, runtime: Runtime, clock: Clock, send: Send, ines: Actor, amara: Actor) -> PracticeEntry:
    """A piece that was returned once, changed, sent again and returned again."""
    first = send(amara)
    decided_review(session, ines, first.id, now=clock(), good=False)
    entry = practice.entry_for(session, amara.user_id, first.entry_id)
    for photo in practice.photos_of(session, entry.id):
        if photo.slot == "f8":
            photo.removed_at = clock()
    ready_photo(session, entry, "f8", now=clock.tick(hours=1), storage=runtime.storage)
    second = practice_services.submit_entry(session, amara, entry.id, now=clock.tick(days=1))
    decided_review(session, ines, second.id, now=clock.tick(days=1), good=False)
    session.commit()
    return entry


def test_tries_are_a_chain_with_the_last_one_first(browser: Browser, chain: PracticeEntry) -> None:
    page = soup(browser.get(f"/learn/practice/{chain.id}"))
    assert "Try 2." in words(page.select_one(".pagehead"))
    earlier = page.select(".body > details")
    assert [words(one.summary) for one in earlier] == ["Try 1, sent on Nov 22, 2026: one more try was asked for"]
    assert "Decision of Ines Calloway" in words(earlier[0])
    assert len(earlier[0].select(".level")) == 10
    ids = [str(node["id"]) for node in page.select("[id]")]
    assert len(ids) == len(set(ids)), "two tries on one page share no id"
    assert {"t1-1", "t2-1"} <= set(ids)
    compared = [words(title) for title in page.select(".body h2")]
    assert "The try before and this one" in compared
    pair = page.select_one('[data-compare="compare-tries"]')
    labels = [words(label) for label in pair.select("figcaption")]
    assert sorted(labels) == ["Try 1", "Try 2"], "two pictures side by side for pages without script"


def test_the_photo_of_an_earlier_try_is_still_served(session: Session, browser: Browser, chain: PracticeEntry) -> None:
    page = soup(browser.get(f"/learn/practice/{chain.id}"))
    sources = {str(image["src"]) for image in page.select(".body img")}
    assert len(sources) > 4
    for source in sources:
        assert browser.get(source, buffered=True).status_code == 200


def test_open_notes_become_a_checklist_on_the_draft(
    session: Session, browser: Browser, chain: PracticeEntry, clock: Clock
) -> None:
    page = soup(browser.get(f"/learn/practice/{chain.id}/edit"))
    card = page.select_one('section[aria-labelledby="again-h"]')
    assert len(card.select('input[name="point"]')) == 3, "only the notes of the last try"
    assert "Look here." in words(card)
    assert card.fieldset.has_attr("disabled"), "without script nothing here takes the draft beside it along"


def test_praise_is_nothing_to_change(session: Session, browser: Browser, send: Send, ines: Actor, amara: Actor) -> None:
    submission = send(amara)
    front = practice.submission_photos(session, submission.id)[-1]
    praise = PinInput(front.id, 0.5, 0.5, "final-touch", "POS", "Beautiful.")
    decide(session, ines, submission, NOW, Result.RESUBMIT, praise, levels=FAR_BELOW, note="Once more.")
    assert "Beautiful." in words(soup(browser.get(f"/learn/practice/{submission.entry_id}")).main)
    card = soup(browser.get(f"/learn/practice/{submission.entry_id}/edit")).select_one('[aria-labelledby="again-h"]')
    assert "Beautiful." not in words(card)


def test_a_second_try_waits_beside_the_notes_of_the_first(
    session: Session, browser: Browser, send: Send, ines: Actor, amara: Actor, clock: Clock
) -> None:
    submission = send(amara)
    decided_review(session, ines, submission.id, now=NOW, good=False)
    sent_again(session, amara, submission.entry_id, now=clock.tick(days=1))
    session.commit()
    page = soup(browser.get(f"/learn/practice/{submission.entry_id}"))
    assert words(page.select_one("#decision")) == "Piece 1 is in the review queue."
    assert words(page.select_one(".first .eyebrow")) == "Try 2"
    assert "Keep this pace." in words(page.select_one(".body details"))
    assert page.select_one(".rest .level") is None


# ---------------------------------------------------------------- whose it is, what it costs


def test_the_piece_of_another_is_not_found(
    browse: Browse, send: Send, ines: Actor, amara: Actor, linh: Actor, make_user: MakeUser
) -> None:
    entry_id = send(amara).entry_id
    for actor in (linh, ines, make_user(Role.ADMIN)):
        assert browse(actor).get(f"/learn/practice/{entry_id}").status_code == 404
    nobody = browse().get(f"/learn/practice/{entry_id}")
    assert (nobody.status_code, nobody.location.split("?")[0]) == (303, "/sign-in")


def test_the_price_of_the_page_does_not_grow(
    session: Session,
    browser: Browser,
    send: Send,
    ines: Actor,
    amara: Actor,
    clock: Clock,
    count_queries: QueryCount,
) -> None:
    def price(entry_id: Any) -> int:
        session.commit()
        count_queries.statements.clear()
        assert browser.get(f"/learn/practice/{entry_id}").status_code == 200
        return len(count_queries)

    submission = send(amara)
    decided_review(session, ines, submission.id, now=clock(), good=False)
    one = price(submission.entry_id)
    for number in range(2, 5):
        clock.tick(days=1)
        exercise = practice.exercise_at(session, submission.exercise_version_id)
        raw = raw_fields(exercise, now=NOW, piece__reflection=f"Try {number}.")
        practice_services.save_entry(session, amara, submission.entry_id, raw, now=clock())
        following = practice_services.submit_entry(session, amara, submission.entry_id, now=clock())
        decided_review(session, ines, following.id, now=clock() + timedelta(hours=1), good=False)
    assert price(submission.entry_id) == one
    assert one <= 26
