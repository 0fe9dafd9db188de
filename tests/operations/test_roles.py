"""People and their roles, as an administrator manages them: every change is a line of the log, no form guesses."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import Actor, Role
from app.infra.audit import AuditEvent, AuditTag
from tests.conftest import Browser


def test_roles_are_given_and_taken_accounts_closed_and_opened_and_all_of_it_is_logged(
    session: Session, make_user: Callable[..., Actor], browse: Callable[..., Browser]
) -> None:
    admin, amara = make_user(Role.ADMIN, name="Ada Brandt"), make_user(Role.STUDENT, name="Amara Osei")
    browser, base = browse(admin), f"/admin/users/{amara.user_id}"
    page = browser.get("/admin/users?q=amara").text
    assert "Amara Osei" in page and "Ada Brandt" not in page.partition('id="all"')[2]
    assert browser.post(f"{base}/roles/grant", {"role": "emperor"}).status_code == 422
    assert browser.post(f"{base}/roles/end", {}).status_code == 422
    assert accounts.role_names(session, amara.user_id) == ["student"]
    for action, data in (
        ("roles/grant", {"role": "instructor"}),
        ("roles/end", {"role": "instructor"}),
        ("disable", {}),
        ("enable", {}),
    ):
        assert browser.post(f"{base}/{action}", data).status_code == 303
    tags = (AuditTag.ROLE_GRANTED, AuditTag.ROLE_ENDED, AuditTag.USER_DISABLED, AuditTag.USER_ENABLED)
    mine = (AuditEvent.actor_id == admin.id, AuditEvent.target_id == str(amara.user_id), AuditEvent.tag.in_(tags))
    assert list(session.scalars(select(AuditEvent.tag).where(*mine).order_by(AuditEvent.id))) == [*tags]
    assert browser.post(f"/admin/users/{admin.user_id}/roles/end", {"role": "admin"}).status_code == 409
    assert browser.post(f"/admin/users/{admin.user_id}/disable").status_code == 409
