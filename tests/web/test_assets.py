"""Static files may be kept for a year exactly when their address changes with their content."""

from __future__ import annotations

import re
from pathlib import Path

from flask.testing import FlaskClient

from app.web.assets import Assets

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


def test_a_page_names_what_its_scripts_import_so_that_all_is_fetched_at_once(app) -> None:  # type: ignore[no-untyped-def]
    page = app.test_client().get("/sign-in", base_url=SITE).get_data(as_text=True)
    named = re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)
    entry = re.search(r'<script type="module" src="([^"]+/app\.js)"', page)
    assert entry is not None
    folder = Path(app.static_folder)
    imported = re.findall(r'"\./([a-z-]+\.js)"', (folder / "js/app.js").read_text())
    assert {f"{entry[1].rpartition('/')[0]}/{name}" for name in imported} <= set(named)


def test_imports_are_followed_once_each_and_later_ones_left_alone(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    texts = {
        "a.js": 'import "./b.js";\nimport {\n  c,\n} from "./c.js";\nconst later = () => import("./d.js");\n',
        "b.js": '/** @param {import("./d.js").D} d */\nexport { c } from "./c.js";\nimport "./a.js";\n',
        "c.js": 'import { e } from "../e.js";\n',
        "d.js": "",
    }
    for name, text in texts.items():
        (tmp_path / "js" / name).write_text(text)
    (tmp_path / "e.js").write_text("")
    for cached in (True, False):
        assets = Assets(tmp_path, cached=cached)
        assert assets._imports("js/a.js") == ("js/b.js", "js/c.js", "e.js")
