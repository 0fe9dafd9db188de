"""A sync is one release: new versions for new digests, retirement for what is gone, nothing for nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content import queries, services
from app.content.models import Definition, Kind, Release
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.content.content_set import ContentSet
from app.domain.errors import Conflict, Invalid
from app.infra.audit import AuditEvent
from app.infra.runtime import Runtime
from tests.conftest import NOW

JOURNEY = Path(__file__).parents[1] / "journey_content"
LESSON = "courses/01-lip-blush-basics/01-a-station-that-stays-clean.md"
BANK = "quizzes/banks/lip-blush-basics.yaml"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    root = tmp_path / "content"
    shutil.copytree(JOURNEY, root)
    return root


def read(root: Path) -> ContentSet:
    return services.read_files(root / "courses", root / "quizzes")


def edit(root: Path, name: str, old: str, new: str) -> None:
    file = root / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def sync(session: Session, root: Path, **options: object) -> services.SyncReport:
    return services.sync_content(session, read(root), actor=SYSTEM, now=NOW, **options)  # type: ignore[arg-type]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_first_sync_releases_everything(session: Session, files: Path) -> None:
    report = sync(session, files, note="first")
    assert report.release == 1
    kinds = [kind for kind, _ in report.new]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "course": 1, "lesson": 2, "item": 8, "quiz": 1, "exercise": 1, "certification": 1, "rubric": 1,
        "defects": 1, "glossary": 1,
    }  # fmt: skip
    live = queries.live_release(session)
    assert live is not None
    assert (live.number, live.note, live.counts["item"], live.counts["new"]) == (1, "first", 8, 17)


def test_a_second_sync_of_the_same_files_changes_nothing(session: Session, files: Path) -> None:
    sync(session, files)
    report = sync(session, files)
    assert report.is_empty
    assert report.release is None
    assert report.unchanged == 17
    assert count(session, Release) == 1
    assert count(session, Definition) == 17


def test_a_changed_lesson_makes_exactly_one_new_version(session: Session, files: Path) -> None:
    sync(session, files)
    before = queries.lesson(session, "clean-station")
    assert before is not None
    edit(files, LESSON, "Mara has set up", "Ana has set up")
    report = sync(session, files)
    assert report.release == 2
    assert report.changed == (("lesson", "clean-station"),)
    assert report.new == report.retired == report.restored == ()
    after = queries.lesson(session, "clean-station")
    assert after is not None
    assert after.version == 2
    assert after.payload["body"].startswith("Ana has")
    pinned = queries.pinned(session, before.id)
    assert pinned is not None
    assert (pinned.version, pinned.is_current) == (1, False)
    assert pinned.payload["body"].startswith("Mara has")


def test_what_does_not_change_the_meaning_makes_no_version(session: Session, files: Path) -> None:
    sync(session, files)
    edit(files, "quizzes/quizzes/quiz-lip-blush-basics.yaml", "pass_mark: 80\n", "")
    file = files / "quizzes/quizzes/quiz-lip-blush-basics.yaml"
    file.write_text(("# another comment\npass_mark: 80\n" + file.read_text()).replace("\n", "\r\n"))
    assert sync(session, files).is_empty


def test_what_is_gone_is_retired_and_comes_back_as_the_same_version(session: Session, files: Path) -> None:
    sync(session, files)
    whole = (files / BANK).read_text()
    start = whole.index("  - id: lb-002")
    (files / BANK).write_text(whole[:start] + whole[whole.index("  - id: lb-003") :])
    report = sync(session, files)
    assert report.retired == (("item", "lb-002"),)
    assert queries.current(session, Kind.ITEM, "lb-002") is None
    assert [v.version for v in queries.versions_of(session, Kind.ITEM, "lb-002")] == [1]
    assert "lb-002" not in {item.id for item in queries.item_pool(session, ["lip-blush-basics"])}

    (files / BANK).write_text(whole)
    report = sync(session, files)
    assert (report.release, report.restored) == (3, (("item", "lb-002"),))
    back = queries.current(session, Kind.ITEM, "lb-002")
    assert back is not None
    assert back.version == 1
    row = session.scalar(select(Definition).where(Definition.key == "lb-002"))
    assert row is not None
    assert row.retired_at is None


def test_a_retired_id_that_comes_back_changed_is_a_new_version(session: Session, files: Path) -> None:
    sync(session, files)
    whole = (files / BANK).read_text()
    start = whole.index("  - id: lb-002")
    (files / BANK).write_text(whole[:start] + whole[whole.index("  - id: lb-003") :])
    sync(session, files)
    (files / BANK).write_text(whole.replace("Up to 3 mm", "Up to 4 mm"))
    report = sync(session, files)
    assert report.changed == (("item", "lb-002"),)
    assert [v.version for v in queries.versions_of(session, Kind.ITEM, "lb-002")] == [2, 1]


def test_a_new_place_moves_an_item_without_a_new_version(session: Session, files: Path) -> None:
    sync(session, files)
    whole = (files / BANK).read_text()
    start, end = whole.index("  - id: lb-002"), whole.index("  - id: lb-003")
    (files / BANK).write_text(whole[:start] + whole[end:] + whole[start:end])
    assert sync(session, files).is_empty
    session.flush()
    assert [item.id for item in queries.item_pool(session, ["lip-blush-basics"])][-1] == "lb-002"


def test_an_id_cannot_become_another_type_or_kind(session: Session, files: Path) -> None:
    sync(session, files)
    edit(files, BANK, "answer: false\n    feedback:\n      when_true", "answer: false\n    feedback:\n      when_true")
    content = read(files)
    item = content.items["lb-001"]
    impostor = content.items["lb-004"].model_copy(update={"id": "lb-001"})
    content.items["lb-001"] = impostor
    with pytest.raises(Conflict) as refused:
        services.sync_content(session, content, actor=SYSTEM, now=NOW)
    assert "lb-001 was a single_choice item and cannot become true_false." in refused.value.message

    content.items["lb-001"] = item
    content.exercises["map-to-last-look"] = content.exercises["e08"].model_copy(update={"id": "map-to-last-look"})
    with pytest.raises(Conflict) as refused:
        services.plan_sync(session, content)
    assert "map-to-last-look was a lesson and cannot become a exercise." in refused.value.message


def test_a_dry_run_tells_and_writes_nothing(session: Session, files: Path) -> None:
    report = sync(session, files, dry_run=True)
    assert (report.release, len(report.new)) == (None, 17)
    assert report.sentence == "a sync would make a release: 17 new, 0 unchanged"
    assert count(session, Release) == count(session, Definition) == 0


def test_a_release_is_written_into_the_audit_log(
    session: Session, files: Path, make_user: Callable[..., Actor]
) -> None:
    admin = make_user(Role.ADMIN, name="Ida Admin")
    services.sync_content(session, read(files), actor=admin, now=NOW)
    session.flush()
    line = session.scalar(select(AuditEvent).where(AuditEvent.tag == "content:release:published"))
    assert line is not None
    assert (line.actor_name, line.facts["number"], line.facts["new"]) == ("Ida Admin", 1, 17)


def test_a_rule_that_changes_is_written_into_the_audit_log_with_both_versions(session: Session, files: Path) -> None:
    def rules() -> dict[str, tuple[str | None, str | None]]:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.tag == "content:rule:changed"))
        return {f"{line.target_kind} {line.id}": (line.facts["before"], line.facts["after"]) for line in lines}

    sync(session, files)
    session.flush()
    first = rules()
    assert sorted(name.split()[0] for name in first) == ["certification", "exercise", "quiz", "rubric"]
    assert {before for before, _after in first.values()} == {None}
    quiz = next((files / "quizzes" / "quizzes").glob("*.yaml"))
    quiz.write_text(quiz.read_text().replace("title: ", "title: New ", 1))
    sync(session, files)
    session.flush()
    [(name, (before, after))] = [entry for entry in rules().items() if entry[0] not in first]
    assert name.startswith("quiz ")
    assert (before in {after for _before, after in first.values()}, after not in (None, before)) == (True, True)


def test_broken_files_are_refused_with_every_problem(files: Path) -> None:
    edit(files, BANK, "answer: 225", "answer: lots")
    edit(files, LESSON, "minutes: 6", "minutes: six")
    with pytest.raises(Invalid) as refused:
        read(files)
    places = [(Path(p.field.split(":")[0]).name, p.code) for p in refused.value.problems]
    assert places == [
        ("01-a-station-that-stays-clean.md", "bad-value"),
        ("lip-blush-basics.yaml", "bad-value"),
    ]


@pytest.fixture
def academy(runtime: Runtime, files: Path) -> Runtime:
    runtime.settings = replace(runtime.settings, courses=files / "courses", quizzes=files / "quizzes")
    return runtime


def test_the_start_syncs_once_and_then_only_when_a_file_changed(academy: Runtime, files: Path) -> None:
    assert services.sync_if_changed(academy) == "release 1: 17 new, 0 unchanged"
    assert services.sync_if_changed(academy) == ""
    edit(files, LESSON, "Mara has set up", "Ana has set up")
    assert services.sync_if_changed(academy) == "release 2: 1 changed, 16 unchanged"


def test_broken_files_never_replace_what_is_live(academy: Runtime, files: Path) -> None:
    whole = (files / BANK).read_text()
    (files / BANK).write_text(whole.replace("answer: 225", "answer: lots"))
    with pytest.raises(Invalid):
        services.sync_if_changed(academy)
    (files / BANK).write_text(whole)
    services.sync_if_changed(academy)
    (files / BANK).write_text(whole.replace("answer: 225", "answer: lots"))
    assert services.sync_if_changed(academy) == (
        "The content files have 1 errors. Release 1 stays live; see `flask content check`."
    )


def test_the_fingerprint_sees_names_and_bytes(files: Path) -> None:
    first = services.fingerprint(files / "courses", files / "quizzes")
    assert first == services.fingerprint(files / "courses", files / "quizzes")
    (files / "courses/glossary.yaml").rename(files / "courses/words.yaml")
    second = services.fingerprint(files / "courses", files / "quizzes")
    (files / "courses/words.yaml").write_text("terms: []")
    third = services.fingerprint(files / "courses", files / "quizzes")
    assert len({first, second, third}) == 3
