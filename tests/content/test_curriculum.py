"""The real courses/ and quizzes/: a complete program without a single error, fit to be shown and published."""

from __future__ import annotations

import re
import textwrap
import time
from pathlib import Path

import pytest
import yaml
from sqlalchemy.orm import Session

from app.content import queries, services
from app.domain.access.actor import SYSTEM
from app.domain.content import curriculum, svg, writing
from app.domain.content.checks_items import answer_texts
from app.domain.content.content_set import Loaded
from app.domain.content.loader import load
from app.domain.content.schema_clients import Client
from app.domain.content.schema_items import item_adapter
from app.domain.content.schema_lessons import LessonFront
from app.domain.content.schema_quizzes import Quiz
from app.infra.markdown import render_inline, render_lesson, render_prompt
from tests.conftest import NOW

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program() -> Loaded:
    return load(ROOT / "courses", ROOT / "quizzes")


def test_the_program_is_complete_and_without_error(program: Loaded) -> None:
    assert [str(problem) for problem in program.errors] == []


def test_the_page_about_the_curriculum_is_what_the_files_say(program: Loaded) -> None:
    written = (ROOT / "docs/curriculum.md").read_text("utf-8")
    assert written == curriculum.document(program.content), f"Run {curriculum.COMMAND} and commit the page."


def test_every_lesson_is_shown_with_all_its_figures(program: Loaded) -> None:
    index = _glossary_index(program)
    for lesson in program.content.lessons.values():
        page = render_lesson(
            lesson.body,
            figures=lesson.figures,
            glossary=index,
            lesson_url=lambda id: f"/{id}",
            glossary_url=lambda slug: f"#{slug}",
        )
        assert page.count("<figure ") == len(lesson.figures), lesson.id
        assert page.count("<details") == 1, lesson.id
        assert "![" not in page, lesson.id


def _glossary_index(program: Loaded) -> dict[str, tuple[str, str]]:
    glossary = program.content.glossary
    assert glossary is not None
    return queries.glossary_index(queries.Term(t.slug, t.term, t.aliases, t.meaning, see=()) for t in glossary.terms)


def test_every_prompt_and_option_is_shown_without_leftover_marks(program: Loaded) -> None:
    for item in program.content.items.values():
        assert not re.search(r"\*\*|!\[", render_prompt(item.prompt)), item.id
        for text in answer_texts(item):
            assert not re.match(r"<(?:p|ul|ol|h\d)\b", render_inline(text)), (item.id, text)


def test_the_whole_program_is_published_in_seconds_and_only_once(session: Session, program: Loaded) -> None:
    started = time.process_time()
    services.sync_content(session, program.content, actor=SYSTEM, now=NOW)
    session.flush()
    assert time.process_time() - started < 10
    started = time.process_time()
    assert services.sync_content(session, program.content, actor=SYSTEM, now=NOW).is_empty
    assert time.process_time() - started < 2
    assert len(queries.catalog(session)) == len(program.content.courses)


def _blocks(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text()
    return [textwrap.dedent(block) for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]


def test_the_examples_of_the_readmes_are_valid() -> None:
    front, card = _blocks("courses/README.md", "yaml")
    assert LessonFront.model_validate(yaml.safe_load(front.strip().strip("-"))).id == "thread-mapping"
    (client,) = yaml.safe_load(card)
    assert Client.model_validate(client).id == "mara-v"
    items, numbers, quiz = _blocks("quizzes/README.md", "yaml")
    (item,) = yaml.safe_load(items)
    assert item_adapter.validate_python({**item, "bank": "x"}).id == "mn-042"
    front = {key: value for key, value in item.items() if key not in ("options", "shuffle", "type")}
    body = {"type": "numeric", "tolerance": {"kind": "nominal", "value": 0}, "feedback": {"correct": "a", "wrong": "b"}}
    own_numbers = item_adapter.validate_python({**front, **body, **yaml.safe_load(numbers), "bank": "x"})
    text = writing.item_source(own_numbers.payload)
    assert item_adapter.validate_python({**yaml.safe_load(text), "bank": "x"}).digest == own_numbers.digest
    assert "parameters" in own_numbers.payload
    assert Quiz.model_validate(yaml.safe_load(quiz)).size == 12


def test_the_figure_of_the_readme_passes_the_check() -> None:
    (figure,) = _blocks("courses/README.md", "xml")
    found, faults = svg.read(figure)
    assert faults == []
    assert found is not None
    assert found.title == "Short name"
