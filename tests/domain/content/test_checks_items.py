"""How items are written."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.content.checks_items import answer_texts, longest_is_key, near_duplicates
from app.domain.content.schema_items import SingleChoice, item_adapter
from tests.domain.content.samples import BANK, Program, single_choice


def choice(number: int, **changes: Any) -> SingleChoice:
    item = item_adapter.validate_python(single_choice(id=f"x-{number:03}", **changes))
    assert isinstance(item, SingleChoice)
    return item


def options(key: int, *texts: str) -> list[dict[str, Any]]:
    return [{"id": f"o{i}", "text": t, "correct": i == key, "feedback": "x"} for i, t in enumerate(texts)]


@pytest.mark.parametrize(
    "text",
    ["All of the above", "None of these options", "both of the above", "Both A and C", "Neither of the above applies"],
)
def test_lazy_options_are_refused(program: Program, text: str) -> None:
    line = program.edit(BANK, "text: Up to 3 mm,", f"text: {text},")
    assert line > 0
    assert [code for _, _, code in program.found()] == ["lazy-option"]


@pytest.mark.parametrize("text", ["All points of the map", "None", "Both sides alike", "All the above-named brands"])
def test_honest_options_pass(program: Program, text: str) -> None:
    program.edit(BANK, "text: Up to 3 mm,", f"text: {text},")
    assert program.problems() == []


def test_all_that_can_be_picked_is_looked_at(program: Program) -> None:
    items = program.load().content.items
    counts = {item.payload["type"]: len(list(answer_texts(item))) for item in items.values()}
    assert counts == {
        "single_choice": 3, "multiple_response": 5, "true_false": 0, "ordering": 4, "matching": 7, "numeric": 0,
        "hotspot": 3,
    }  # fmt: skip


def test_the_longest_option_is_the_key_only_when_it_stands_alone() -> None:
    assert longest_is_key(choice(1, options=options(0, "longest of all", "short", "also")))
    assert not longest_is_key(choice(1, options=options(0, "same length", "length same", "x")))
    assert not longest_is_key(choice(1, options=options(2, "longest of all", "short", "also")))


def bank_of(program: Program, keys: list[int], *, long_key: bool) -> None:
    rows = []
    for number, key in enumerate(keys):
        texts = [f"plain words {i}" for i in range(4)]
        if long_key:
            texts[key] += " and a good deal more of them"
        listed = "\n".join(
            f"      - {{id: o{i}, text: {t}, correct: {str(i == key).lower()}, feedback: x}}"
            for i, t in enumerate(texts)
        )
        rows.append(
            f"  - id: z-{number:03}\n    type: single_choice\n    step: hygiene\n    topic: hygiene\n"
            f"    objective: obj-clean-order\n    difficulty: 1\n    lesson: clean-station\n    source: x\n"
            f"    prompt: Question {'abcdefghijklmnopqrstuvwxyz'[number] * 4} of {number}\n    explanation: x\n"
            f"    options:\n{listed}"
        )
    program.write("quizzes/banks/zeta.yaml", "bank: zeta\ntitle: Zeta\nitems:\n" + "\n".join(rows) + "\n")


def test_a_bank_whose_longest_options_are_keys_is_told(program: Program) -> None:
    bank_of(program, [0, 1, 2, 3] * 3, long_key=True)
    (problem,) = program.problems()
    assert (problem.code, problem.line) == ("key-length", 1)
    assert problem.sentence.startswith("In 12 of 12 single-choice items the longest option is the key: z-000, z-001")
    bank_of(program, [0, 1, 2, 3] * 3, long_key=False)
    assert program.problems() == []


def test_a_bank_whose_keys_stand_in_one_place_is_told(program: Program) -> None:
    bank_of(program, [1] * 10 + [0, 3], long_key=False)
    (problem,) = program.problems()
    assert problem.sentence == "In 10 of 12 single-choice items the key is option 2; spread the keys."


def test_few_items_say_nothing_about_chance(program: Program) -> None:
    bank_of(program, [1] * 9, long_key=True)
    assert program.problems() == []


def test_statements_that_are_nearly_all_true_are_told(program: Program) -> None:
    rows = [
        f"  - id: t-{n:03}\n    type: true_false\n    step: hygiene\n    topic: hygiene\n"
        f"    objective: obj-clean-order\n    difficulty: 1\n    lesson: clean-station\n"
        f"    source: x\n    prompt: Statement {chr(97 + n) * 4}\n"
        f"    explanation: x\n    answer: true\n    feedback: {{when_true: x, when_false: y}}"
        for n in range(10)
    ]
    program.write("quizzes/banks/truth.yaml", "bank: truth\ntitle: T\nitems:\n" + "\n".join(rows) + "\n")
    assert program.sentences() == ["10 of 10 statements are true; balance them."]


def test_items_that_ask_the_same_are_paired() -> None:
    one = choice(1, prompt="How long does a client with a fresh cold sore wait before lip blush?")
    two = choice(2, prompt="How long should the client with a fresh cold sore wait before a lip blush?")
    other = choice(3, prompt="How long does pigment stay sealed after it was opened in summer heat?")
    ((first, second, share),) = near_duplicates([one, two, other])
    assert (first.id, second.id) == ("x-001", "x-002")
    assert share >= 0.8


def test_the_same_question_about_other_things_is_no_duplicate() -> None:
    prompt = "Put the steps of this procedure for gloves and masks in order"
    one = choice(1, prompt=prompt, options=options(0, "wash hands", "dry hands", "fit gloves"))
    two = choice(2, prompt=prompt, options=options(0, "clean tray", "open sterile pack", "label bottle"))
    assert near_duplicates([one, two]) == []
    pictured = choice(3, prompt=prompt, figure="figures/a.svg", figure_alt="x", options=options(0, "a b", "dry", "c"))
    assert near_duplicates([one, pictured]) == []


def test_numbers_make_calculations_differ() -> None:
    def numeric(id: str, weight: int) -> Any:
        data = {k: v for k, v in single_choice(id=id).items() if k != "options"}
        data |= {"type": "numeric", "answer": 1, "tolerance": {"kind": "nominal", "value": 0}}
        data |= {"feedback": {"correct": "x", "wrong": "y"}}
        data["prompt"] = f"Ceiling of lidocaine for {weight} kg at {weight / 10} mg per kilogram?"
        return item_adapter.validate_python(data)

    assert near_duplicates([numeric("x-1", 50), numeric("x-2", 62)]) == []
    assert len(near_duplicates([numeric("x-1", 50), numeric("x-2", 50)])) == 1


def test_short_prompts_are_not_compared() -> None:
    assert near_duplicates([choice(1, prompt="What now?"), choice(2, prompt="What now?")]) == []


def test_a_near_duplicate_is_a_warning_at_the_later_item(program: Program) -> None:
    bank = (program.root / BANK).read_text()
    start = bank.index("  - id: lb-002")
    copy = bank[start : bank.index("  - id: lb-003")].replace("lb-002", "lb-009")
    program.write(BANK, bank + copy)
    (problem,) = program.problems()
    assert problem.code == "near-duplicate"
    assert problem.sentence == "The prompt is 100% the same as that of lb-002."
