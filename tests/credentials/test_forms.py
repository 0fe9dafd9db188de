"""The forms of changes: fields of the same names, ids of their own, reasons that fit the change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.credentials.forms import FORMS, REASONS, ChangeForm, RevokeForm, SupersedeForm
from app.domain.credentials.lifecycle import Change, Reason, allowed_reasons

NUMBER = "VM-11111-11111-1"


@pytest.fixture
def request_for(app: Flask) -> Iterator[Flask]:
    app.config["WTF_CSRF_ENABLED"] = False
    yield app


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("change", FORMS)
def test_a_form_offers_the_reasons_of_its_change(request_for: Flask, change: Change) -> None:
    with request_for.test_request_context():
        form = FORMS[change](change, number=NUMBER)
        offered = [value for value, *_rest in form.reason.iter_choices()]
    assert offered == ["", *allowed_reasons(change)]
    assert (form.reason.name, form.reason.id) == ("reason", f"{change.value}-reason")
    assert f'for="{change.value}-reason"' in str(form.reason.label())


def test_forms_of_one_page_share_no_id(request_for: Flask) -> None:
    with request_for.test_request_context():
        forms = [*(kind(change, number=NUMBER) for change, kind in FORMS.items()), SupersedeForm()]
        ids = [field.id for form in forms for field in form]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("typed", "ok"),
    [
        (NUMBER, True),
        (NUMBER.lower(), True),
        ("1111111111 1", True),
        ("VM-11111-11111-2", False),
        ("yes", False),
        ("", False),
    ],
)
def test_revoking_needs_the_number(request_for: Flask, typed: str, ok: bool) -> None:
    data = {"reason": "conduct", "confirm": typed}
    with request_for.test_request_context("/", method="POST", data=data):
        form = RevokeForm(Change.REVOKE, number=NUMBER)
        assert form.validate_on_submit() is ok
        if ok:
            assert form.reason_given is Reason.CONDUCT


def test_extra_fields_are_ignored(request_for: Flask) -> None:
    data = {"reason": "conduct", "state": "active", "actor_id": "x"}
    with request_for.test_request_context("/", method="POST", data=data):
        form = ChangeForm(Change.SUSPEND)
        assert form.validate_on_submit()
        assert set(form.data) == {"reason", "note"}
