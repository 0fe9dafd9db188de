"""Tests that share something costly share a process."""

from __future__ import annotations

import pytest

from tests.support.groups import group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/browser/test_quiz.py::test_a[phone]", "browser"),
        ("tests/browser/test_journey.py::test_b", "browser"),
        ("tests/demo/test_academy.py::test_c", "demo"),
        ("tests/security/test_matrix.py::test_d[sqlite]", "matrix-sqlite"),
        ("tests/security/test_matrix.py::test_d[postgres-PUT]", "matrix-postgres"),
        ("tests/web/test_app.py::test_e[a@b]", "tests/web/test_app.py::test_e[a@b]"),
    ],
)
def test_the_group_follows_from_the_place(nodeid: str, group: str) -> None:
    assert group_of(nodeid) == group


def test_the_scheduler_of_this_run_is_ours(pytestconfig: pytest.Config) -> None:
    names = [type(plugin).__module__ for plugin in pytestconfig.pluginmanager.get_plugins()]
    assert "tests.support.groups" in names
