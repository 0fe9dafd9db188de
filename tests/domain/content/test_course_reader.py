"""Reading courses/."""

from __future__ import annotations

from tests.domain.content.samples import COURSE, FIGURE, LESSON_1, LESSON_2, Program, svg


def test_a_lesson_carries_its_body_and_its_figures_with_prefixed_ids(program: Program) -> None:
    lesson = program.load().content.lessons["clean-station"]
    assert lesson.course == "lip-blush-basics"
    assert lesson.body.startswith("Mara has set up")
    figure = lesson.figures["figures/station-zones.svg"]
    assert 'id="clean-station-station-zones-tip"' in figure
    assert 'marker-end="url(#clean-station-station-zones-tip)"' in figure


def test_files_that_are_not_part_of_the_format(program: Program) -> None:
    program.write("courses/notes.txt", "x")
    program.write("courses/people.yaml", "people: []")
    program.write(f"{COURSE}/lesson.md", "x")
    program.write("courses/.keep", "")
    assert [(name, code) for name, _, code in program.found()] == [
        ("lesson.md", "file-unknown"),
        ("notes.txt", "file-unknown"),
        ("people.yaml", "file-unknown"),
    ]


def test_a_course_must_be_called_like_its_folder(program: Program) -> None:
    program.edit(f"{COURSE}/course.yaml", "id: lip-blush-basics", "id: basics")
    assert ("course.yaml", 1, "id-folder") in program.found()


def test_a_broken_course_file_does_not_make_its_references_dangle(program: Program) -> None:
    program.edit(f"{COURSE}/course.yaml", "hours: 1", "hours: one")
    assert program.found() == [("course.yaml", 6, "bad-value")]
    program.write(f"{COURSE}/course.yaml", "id: [")
    assert [code for _, _, code in program.found()] == ["yaml"]
    (program.root / COURSE / "course.yaml").unlink()
    assert [code for _, _, code in program.found()] == ["file-missing"]


def test_a_course_without_lessons(program: Program) -> None:
    program.write("courses/02-empty/course.yaml", (program.root / COURSE / "course.yaml").read_text()
                  .replace("id: lip-blush-basics", "id: empty").replace("code: C1", "code: C2")
                  .replace("quiz: quiz-lip-blush-basics\n", ""))  # fmt: skip
    assert program.found() == [("course.yaml", 1, "course-empty")]


def test_a_broken_lesson_does_not_make_its_references_dangle(program: Program) -> None:
    line = program.edit(LESSON_1, "title: A station that stays clean", "title: [")
    assert program.found()[0] == ("01-a-station-that-stays-clean.md", line + 2, "yaml")
    found = {code for _, _, code in program.found()}
    assert found == {"yaml", "unknown-lesson", "unknown-objective"}


def test_a_lesson_with_one_bad_value_stays_known(program: Program) -> None:
    program.edit(LESSON_1, "topic: hygiene", "topic: cleaning")
    assert [code for _, _, code in program.found()] == ["bad-value"]


def test_a_lesson_without_front_matter(program: Program) -> None:
    text = (program.root / LESSON_2).read_text()
    program.write(LESSON_2, text.replace("---\n", "", 1))
    assert program.found()[0] == ("02-from-map-to-last-look.md", 1, "front-matter")
    (program.root / LESSON_2).write_bytes(b"\xff")
    assert program.found()[0] == ("02-from-map-to-last-look.md", 1, "file-encoding")


def test_two_lessons_with_one_id(program: Program) -> None:
    program.edit(LESSON_2, "id: map-to-last-look", "id: clean-station")
    codes = [(name, code) for name, _, code in program.found()]
    assert ("02-from-map-to-last-look.md", "id-taken") in codes


def test_two_objectives_with_one_id(program: Program) -> None:
    line = program.edit(LESSON_2, "id: obj-plan-passes", "id: obj-clean-order")
    assert ("02-from-map-to-last-look.md", line, "id-taken") in program.found()


def test_faults_of_a_body_and_of_a_figure_have_the_lines_of_their_files(program: Program) -> None:
    line = program.edit(LESSON_2, "(figures/lip-points.svg", "(figures/gone.svg")
    program.write(FIGURE, svg("\n\n<image/>"))
    found = program.found()
    assert ("02-from-map-to-last-look.md", line, "figure-missing") in found
    assert ("lip-points.svg", 3, "svg-element") in found
    assert ("lip-points.svg", 1, "figure-unused") in found


def test_exercises_one_by_one(program: Program) -> None:
    text = (program.root / "courses/exercises.yaml").read_text()
    second = text.split("exercises:\n")[1].replace("id: e08", "id: e09")
    program.write("courses/exercises.yaml", text + second)
    assert [(name, code) for name, _, code in program.found()] == [("exercises.yaml", "id-taken")]
    program.write("courses/exercises.yaml", text.replace("minutes: 90", "minutes: long") + "other: 1\n")
    assert [code for _, _, code in program.found()] == ["bad-value", "unknown-key"]


def test_a_broken_rubric_or_glossary_is_one_problem(program: Program) -> None:
    program.edit("courses/rubric.yaml", "    weight: 14\n", "    weight: 15\n")
    assert program.sentences() == ["The weights must add up to 100, here 101."]


def test_defects_show_checked_figures(program: Program) -> None:
    program.write("courses/figures/pat.svg", svg('<g id="a"/>'))
    program.edit(
        "courses/defects.yaml",
        'title: "Patchy color"',
        'title: "Patchy color"\n    figure: figures/pat.svg\n    figure_alt: Islands of color.',
    )
    assert program.problems() == []
    defects = program.load().content.defects
    assert defects is not None
    assert '<g id="defect-pat-a"/>' in defects.figures["figures/pat.svg"]
    (program.root / "courses/figures/pat.svg").unlink()
    assert [code for _, _, code in program.found()] == ["figure-missing"]


def test_a_certification_is_called_like_its_file(program: Program) -> None:
    program.edit("courses/certifications/certified.yaml", "id: certified", "id: master")
    assert "id-file" in [code for _, _, code in program.found()]
    program.edit("courses/certifications/certified.yaml", "id: master", "id: best")
    assert [code for _, _, code in program.found()] == ["bad-value"]
    program.write("courses/certifications/certified.yaml", "- x")
    assert [code for _, _, code in program.found()] == ["yaml"]


def test_a_link_out_is_no_reference_to_a_lesson(program: Program) -> None:
    program.edit(
        LESSON_1, "Two minutes are lost.", "Two [minutes](https://e.test) are [lost](lesson:map-to-last-look)."
    )
    assert program.problems() == []


def test_broken_defects_and_missing_exercises(program: Program) -> None:
    program.edit("courses/defects.yaml", 'code: "PAT"', 'code: "patchy"')
    assert [code for _, _, code in program.found()] == ["bad-value"]
    (program.root / "courses/exercises.yaml").unlink()
    assert [code for _, _, code in program.found()] == ["unknown-exercise", "bad-value"]
