"""An item or the draws of a quiz published on the web, and how that comes together with the files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content import queries, services
from app.content.models import Definition, Kind
from app.content.services import Drifted, Outcome, Overtaken, Prefer, Refused
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.content.content_set import ContentSet
from app.domain.content.writing import draw_data, item_source
from app.domain.errors import Invalid, NotFound
from app.infra.audit import AuditEvent
from app.infra.jobs.models import Job
from tests.conftest import NOW
from tests.factories.quizzes import exam, publish_quizzes, simple_item

JOURNEY = Path(__file__).parents[1] / "journey_content"
BANK = "banks/lip-blush-basics.yaml"
QUIZ = "quiz-lip-blush-basics"
OLD, NEW, FILE = "From the midline", "From the midline of the face", "From the vertical midline"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    root = tmp_path / "content"
    shutil.copytree(JOURNEY, root)
    return root


@pytest.fixture
def author(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Ines Vogel")


def read(root: Path) -> ContentSet:
    return services.read_files(root / "courses", root / "quizzes")


def change(root: Path, old: str, new: str, name: str = BANK) -> None:
    file = root / "quizzes" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def sync(session: Session, root: Path, prefer: Prefer = Prefer.NOBODY) -> services.SyncReport:
    return services.sync_content(session, read(root), actor=SYSTEM, now=NOW, fingerprint="files", prefer=prefer)


def source(session: Session, key: str = "lb-001") -> str:
    found = queries.current(session, Kind.ITEM, key)
    assert found is not None
    return item_source(found.payload)


def publish(session: Session, actor: Actor, root: Path, old: str = OLD, new: str = NEW, base: int = 1) -> int:
    text = source(session)
    assert old in text
    done = services.publish_item(
        session,
        actor,
        "lb-001",
        text.replace(old, new),
        base=base,
        note="The line of the face is meant.",
        quizzes=root / "quizzes",
        now=NOW,
    )
    return done.version


def live_text(session: Session) -> str:
    found = queries.current(session, Kind.ITEM, "lb-001")
    assert found is not None
    text: str = found.payload["options"][1]["text"]
    return text


def row(session: Session, version: int) -> Definition:
    session.flush()
    session.expire_all()
    query = select(Definition).where(Definition.key == "lb-001", Definition.version == version)
    return session.scalars(query).one()


def test_an_edit_is_a_new_version_in_a_release_of_its_own(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    assert publish(session, author, files) == 2
    assert live_text(session) == NEW
    old, new = row(session, 1), row(session, 2)
    assert (old.is_current, new.is_current, new.origin, new.only_on_web) == (False, True, "web", True)
    assert new.file_digest == old.digest
    assert (new.parent, new.position, new.step) == (old.parent, old.position, old.step)
    live = queries.live_release(session)
    assert live is not None
    assert (live.number, live.actor_id, live.note) == (2, author.id, "lb-001: The line of the face is meant.")
    assert live.counts["files"] == "files", "the next start has nothing to read again"
    event = session.scalars(select(AuditEvent).where(AuditEvent.target_id == "lb-001")).one()
    assert (event.tag, event.actor_id) == ("content:definition:published_on_web", author.id)
    assert (event.facts["version"], event.facts["before"], event.facts["after"]) == (2, old.digest, new.digest)
    assert session.scalar(select(Job.id).where(Job.handler == "learning.after_release").limit(1)) is not None


def test_an_edit_of_an_overtaken_version_is_refused_with_the_live_text(
    session: Session, files: Path, author: Actor
) -> None:
    sync(session, files)
    publish(session, author, files)
    with pytest.raises(Overtaken) as refused:
        publish(session, author, files, NEW, "From another line", base=1)
    assert refused.value.version == 2
    assert refused.value.payload["options"][1]["text"] == NEW
    assert live_text(session) == NEW


def test_what_the_check_refuses_is_not_published(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    with pytest.raises(Refused, match="cannot be published") as refused:
        publish(session, author, files, "lesson: map-to-last-look", "lesson: nowhere")
    assert [(f.line, f.code) for f in refused.value.checked.errors] == [(9, "unknown-lesson")]
    with pytest.raises(Invalid, match="Nothing was changed"):
        publish(session, author, files, OLD, OLD)
    with pytest.raises(Invalid, match="what you changed"):
        text = source(session).replace(OLD, NEW)
        services.publish_item(session, author, "lb-001", text, base=1, note=" a ", quizzes=files / "quizzes", now=NOW)
    with pytest.raises(NotFound):
        services.publish_item(session, author, "lb-999", "", base=1, note="nothing", quizzes=files, now=NOW)
    with pytest.raises(Invalid, match="60000"):
        services.check_item(session, "lb-001", "x" * 60_001, quizzes=files)
    assert live_text(session) == OLD


def test_files_that_did_not_change_leave_the_edit_alone(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    publish(session, author, files)
    change(files, "From the peak on the other side", "From the other peak")  # the same item: a conflict, see below
    change(files, "From the other peak", "From the peak on the other side")
    change(files, "Stop the work", "Stop the work at once")
    report = sync(session, files)
    assert report.changed == (("item", "lb-003"),)
    assert report.on_web == (("item", "lb-001"),)
    assert report.sentence.endswith(", 1 edited on the web")
    assert live_text(session) == NEW


def test_what_both_changed_is_reported_and_nothing_is_released(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    publish(session, author, files)
    change(files, OLD, FILE)
    change(files, "Stop the work", "Stop the work at once")
    for attempt in (sync, lambda s, f: services.plan_sync(s, read(f))):
        with pytest.raises(Drifted, match="1 definition changed both on the web and in the files") as drifted:
            attempt(session, files)
    (drift,) = drifted.value.drifts
    assert (drift.file, drift.kind, drift.key) == (BANK, "item", "lb-001")
    assert drift.sentence == "lb-001 was edited on the web (version 2) and changed in the file since."
    live = queries.live_release(session)
    assert live is not None
    assert live.number == 2
    assert live_text(session) == NEW


def test_the_files_may_be_preferred(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    publish(session, author, files)
    change(files, OLD, FILE)
    report = sync(session, files, Prefer.FILES)
    assert report.changed == (("item", "lb-001"),)
    assert live_text(session) == FILE
    newest = row(session, 3)
    assert (newest.origin, newest.only_on_web) == ("files", False)
    assert sync(session, files).is_empty


def test_the_web_may_be_preferred_and_stays_until_the_files_change_again(
    session: Session, files: Path, author: Actor
) -> None:
    sync(session, files)
    publish(session, author, files)
    change(files, OLD, FILE)
    assert sync(session, files, Prefer.WEB).is_empty
    assert live_text(session) == NEW
    report = sync(session, files)
    assert (report.is_empty, report.on_web) == (True, (("item", "lb-001"),))
    change(files, FILE, "From the lower edge")
    with pytest.raises(Drifted):
        sync(session, files)


def test_an_item_edited_on_the_web_and_removed_from_the_files(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    publish(session, author, files)
    whole = (files / "quizzes" / BANK).read_text()
    start, end = whole.index("  - id: lb-001"), whole.index("  - id: lb-002")
    (files / "quizzes" / BANK).write_text(whole[:start] + whole[end:])
    with pytest.raises(Drifted) as drifted:
        sync(session, files)
    assert "removed from the file" in drifted.value.drifts[0].sentence
    assert sync(session, files, Prefer.WEB).is_empty
    assert sync(session, files).on_web == (("item", "lb-001"),)
    assert row(session, 2).parent == "lip-blush-basics"
    # Back as it was before: the files say something again, and something else than the web.
    (files / "quizzes" / BANK).write_text(whole)
    with pytest.raises(Drifted):
        sync(session, files)
    (files / "quizzes" / BANK).write_text(whole[:start] + whole[end:])
    assert sync(session, files, Prefer.FILES).on_web == (("item", "lb-001"),), "there is no conflict to decide"


def test_files_that_are_preferred_retire_what_they_removed(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    publish(session, author, files)
    whole = (files / "quizzes" / BANK).read_text()
    start, end = whole.index("  - id: lb-001"), whole.index("  - id: lb-002")
    (files / "quizzes" / BANK).write_text(whole[:start] + whole[end:])
    assert sync(session, files, Prefer.FILES).retired == (("item", "lb-001"),)
    assert not row(session, 2).is_current


def test_an_export_brings_the_edit_into_the_files_and_the_next_sync_finds_nothing_to_do(
    session: Session, files: Path, author: Actor
) -> None:
    sync(session, files)
    publish(session, author, files)
    before = (files / "quizzes" / BANK).read_text()
    (planned,) = services.export_edits(session, read(files), files / "quizzes", dry_run=True)
    assert (planned.outcome, (files / "quizzes" / BANK).read_text()) == (Outcome.WRITTEN, before)
    (done,) = services.export_edits(session, read(files), files / "quizzes")
    assert (done.file, done.kind, done.key, done.version, done.outcome) == (BANK, "item", "lb-001", 2, Outcome.WRITTEN)
    after = (files / "quizzes" / BANK).read_text()
    assert NEW in after
    assert after[after.index("  - id: lb-002") :] == before[before.index("  - id: lb-002") :]
    assert [e.outcome for e in services.export_edits(session, read(files), files / "quizzes")] == [Outcome.THERE]
    report = sync(session, files)
    assert (report.is_empty, report.on_web) == (True, ())
    assert not row(session, 2).only_on_web
    assert services.export_edits(session, read(files), files / "quizzes") == []
    change(files, NEW, FILE)
    assert sync(session, files).changed == (("item", "lb-001"),)
    assert live_text(session) == FILE


def test_an_export_does_not_write_over_what_changed_in_the_files(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    publish(session, author, files)
    change(files, OLD, FILE)
    before = (files / "quizzes" / BANK).read_text()
    (done,) = services.export_edits(session, read(files), files / "quizzes")
    assert (done.outcome, done.sentence) == (
        Outcome.CONFLICT,
        "lb-001 was changed in the file since it was edited on the web.",
    )
    assert (files / "quizzes" / BANK).read_text() == before


def test_a_second_edit_rests_on_the_same_file_and_undoing_it_is_no_edit(
    session: Session, files: Path, author: Actor
) -> None:
    sync(session, files)
    publish(session, author, files)
    assert publish(session, author, files, NEW, "From the line", base=2) == 3
    assert row(session, 3).file_digest == row(session, 1).digest
    assert publish(session, author, files, "From the line", OLD, base=3) == 4
    assert not row(session, 4).only_on_web
    assert sync(session, files).is_empty


def items(count: int) -> list[dict[str, object]]:
    return [simple_item(n, difficulty=1 + n % 2) for n in range(1, count + 1)]


def draws(session: Session, key: str = "exam") -> list[dict[str, object]]:
    found = queries.quiz(session, key)
    assert found is not None
    return [draw_data(draw) for draw in found.payload["draws"]]


def test_the_draws_of_a_quiz_are_published_in_the_same_way(session: Session, author: Actor) -> None:
    publish_quizzes(session, NOW, items(12), exam(count=3))
    rows = [{"bank": "bank", "difficulty": [2], "count": 2}, {"bank": "bank", "difficulty": [1], "count": 2}]
    done = services.publish_draws(session, author, "exam", rows, base=1, note="One more question.", now=NOW)
    assert done.version == 2
    assert draws(session) == rows
    with pytest.raises(Overtaken):
        services.publish_draws(session, author, "exam", rows[:1], base=1, note="Only the hard ones.", now=NOW)


def test_a_draw_that_does_not_find_three_attempts_is_never_published(session: Session, author: Actor) -> None:
    publish_quizzes(session, NOW, items(12), exam(count=3))
    for rows, code in (
        ([{"bank": "bank", "count": 5}], "draw-thin"),
        ([{"bank": "bank", "count": 13}], "draw-unsatisfiable"),
        ([{"bank": "bank", "count": 3}, {"bank": "bank", "difficulty": [2], "count": 2}], "draw-thin"),
        ([{"bank": "elsewhere", "count": 1}], "unknown-bank"),
        ([{"bank": "bank", "count": "many"}], "bad-value"),
        ([], "bad-value"),
    ):
        with pytest.raises(Refused) as refused:
            services.publish_draws(session, author, "exam", rows, base=1, note="Try this one.", now=NOW)
        assert code in {finding.code for finding in refused.value.checked.errors}, rows
    assert draws(session) == [{"bank": "bank", "count": 3}]


def test_an_item_may_not_leave_a_draw_short(session: Session, files: Path, author: Actor) -> None:
    sync(session, files)
    with pytest.raises(Refused) as refused:
        publish(session, author, files, "step: lip-mapping", "step: final-touch")
    assert {finding.code for finding in refused.value.checked.errors} == {"draw-loses"}
    assert "Lip Blush Basics quiz: draw 1 would not find enough" in refused.value.problems[0].sentence


def test_draws_edited_on_the_web_are_exported_with_the_comments_around_them(
    session: Session, files: Path, author: Actor
) -> None:
    three = [f"  - id: lb-10{n}\n" for n in range(4)]
    bank = files / "quizzes" / BANK
    block = bank.read_text().split("  - id: lb-001\n")[1].split("  - id: lb-002\n")[0]
    bank.write_text(bank.read_text() + "".join(head + block.replace("mirrored", "other") for head in three))
    quiz = files / "quizzes" / "quizzes" / f"{QUIZ}.yaml"
    quiz.write_text(
        quiz.read_text().split("draws:")[0]
        + "draws:\n  - {bank: lip-blush-basics, step: lip-mapping, count: 1}  # one\npass_mark: 80  # as usual\n"
    )
    sync(session, files)
    rows = [{"bank": "lip-blush-basics", "step": "lip-mapping", "difficulty": [1], "count": 2}]
    services.publish_draws(session, author, QUIZ, rows, base=1, note="Two of them.", now=NOW)
    (done,) = services.export_edits(session, read(files), files / "quizzes")
    assert (done.file, done.outcome) == (f"quizzes/{QUIZ}.yaml", Outcome.WRITTEN)
    assert quiz.read_text().startswith("# One item of each type")
    assert quiz.read_text().endswith(
        "  - {bank: lip-blush-basics, step: lip-mapping, difficulty: [1], count: 2}\npass_mark: 80  # as usual\n"
    )
    assert sync(session, files).on_web == ()


def test_live_content_is_what_was_published(session: Session, files: Path) -> None:
    sync(session, files)
    there, live = read(files), queries.live_content(session)
    for kind in ("courses", "lessons", "items", "quizzes"):
        one, two = getattr(there, kind), getattr(live, kind)
        assert {key: value.digest for key, value in one.items()} == {key: value.digest for key, value in two.items()}
