"""Static files may be kept for a year exactly when their address changes with their content."""

from __future__ import annotations

import re
from pathlib import Path

from flask.testing import FlaskClient

SITE = "https://academy.test"


def page_assets(client: FlaskClient) -> set[str]:
    page = client.get("/sign-in", base_url=SITE).get_data(as_text=True)
    return set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css)[^"]*)"', page))


def test_every_stylesheet_and_script_of_a_page_is_kept_without_asking(app) -> None:  # type: ignore[no-untyped-def]
    client = app.test_client()
    found = page_assets(client)
    assert {Path(path.partition("?")[0]).suffix for path in found} == {".js", ".css"}
    for path in found:
        answer = client.get(path, base_url=SITE)
        assert answer.status_code == 200
        assert answer.cache_control.max_age == 365 * 24 * 3600, path
        answer.close()


def test_what_a_module_imports_lies_beside_it_and_is_kept_too(app) -> None:  # type: ignore[no-untyped-def]
    client = app.test_client()
    entry = next(path for path in page_assets(client) if path.endswith("/js/app.js"))
    answer = client.get(entry, base_url=SITE)
    source = answer.get_data(as_text=True)
    answer.close()
    imported = re.findall(r'"\./([a-z-]+\.js)"', source)
    assert imported
    for name in imported:
        answer = client.get(f"{entry.rpartition('/')[0]}/{name}", base_url=SITE)
        assert (answer.status_code, answer.cache_control.max_age) == (200, 365 * 24 * 3600)
        answer.close()


def test_an_address_of_another_version_gives_the_file_of_now_and_is_not_kept(app) -> None:  # type: ignore[no-untyped-def]
    client = app.test_client()
    for path in ("/static/v-000000000000/js/app.js", "/static/js/app.js", "/static/css/base.css"):
        answer = client.get(path, base_url=SITE)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
        answer.close()


def test_nothing_outside_the_folder_is_served(app) -> None:  # type: ignore[no-untyped-def]
    client = app.test_client()
    for path in ("/static/v-000000000000/../config.py", "/static/v-x/%2e%2e/config.py", "/static/v-x", "/static/v-x/"):
        assert client.get(path, base_url=SITE).status_code == 404
