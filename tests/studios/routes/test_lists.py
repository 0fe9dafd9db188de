"""Lists that are checked: what pages, files and the watchlist say of them."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant
from app.credentials.models import Credential
from app.domain.studios.near import neighbors
from app.domain.studios.table import Line
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.infra.workbooks import workbook
from app.studios import queries, services
from app.studios.models import RosterCheck, RosterRow, Watch
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.studios import follow
from tests.studios.conftest import House
from tests.support import multipart

Issue = Callable[..., Credential]


@pytest.fixture
def browser(browse: Callable[..., Browser], house: House) -> Browser:
    found = browse(house.member)
    found.get("/account/")
    return found


def mistyped(number: str) -> str:
    """The number with its last symbol but one replaced."""
    wrong = "3" if number[-3] != "3" else "4"
    return number[:-3] + wrong + number[-2:]


def shown(browser: Browser, url: str) -> list[tuple[str, str]]:
    """(name, words of the row) in the order of the page."""
    page = BeautifulSoup(browser.get(url).data, "html.parser")
    rows = page.select("table tbody tr")
    return [(row.select_one("td.lead").get_text(strip=True), " ".join(row.get_text(" ").split())) for row in rows]  # type: ignore[union-attr]


def test_a_pasted_list_tells_each_row_apart(
    session: Session, browser: Browser, house: House, issue: Issue, runtime: Runtime
) -> None:
    good, revoked, other = issue(name="Amara Osei"), issue("revoked", "Marek Vossen"), issue(name="Maya Lindqvist")
    stranger = issue(name="Ines Duarte")
    replaced = issue("superseded", "Jun Park")
    follow(session, house.member, other.number, now=NOW)
    session.commit()
    assert stranger.number in neighbors(mistyped(stranger.number))
    text = "\n".join(
        [
            "Artist;Number",
            f"Osei, Amara;{good.number.lower()}",
            f"Marek Vossen;{revoked.number}",
            f"Somebody Else;{good.number}",
            f"Kim Tran;{other.number}",
            f"Jun Park;{replaced.number}",
            f"Nobody Here;{mistyped(stranger.number)}",
            f"Ines Duarte;{mistyped(stranger.number)}",
            "Maja Lindqvist;",
            "Ghost;VM-11111-11111-1",
        ]
    )
    answer = browser.post("/studio/lists", {"text": text})
    assert answer.status_code == 303
    url = answer.headers["Location"]
    rows = shown(browser, url)
    assert [name for name, _ in rows][:2] == ["Marek Vossen", "Jun Park"], "what needs a look comes first"
    said = dict(rows)
    assert "Valid" in said["Osei, Amara"]
    assert "Revoked" in said["Marek Vossen"] and "Do not rely on it." in said["Marek Vossen"]
    assert "Repeated" in said["Somebody Else"]
    assert "it is of Maya Lindqvist" in said["Kim Tran"]
    assert "A newer certificate took its place. VM-" in said["Jun Park"]
    assert "Did you mean" not in said["Nobody Here"], "a number and another name are no way to find out about strangers"
    assert f"Did you mean {stranger.number} , Ines Duarte?" in said["Ines Duarte"]
    assert f"Did you mean {other.number} , Maya Lindqvist?" in said["Maja Lindqvist"]
    assert "No certificate has this number." in said["Ghost"]
    assert [name for name, _ in shown(browser, f"{url}?only=revoked")] == ["Marek Vossen"]
    with runtime.db.reading() as check:
        assert check.scalar(select(func.count(Watch.id))) == 1, "checking follows nobody"
        assert [line.deed for line in queries.team_log(check, house.id)] == ["list_checked", "followed"]
    for _ in range(2):
        assert browser.post(f"{url}/follow").status_code == 303
    with runtime.db.reading() as check:
        assert {line.number for line in queries.watchlist(check, house.id, now=NOW)} == {good.number, other.number}
    assert "You follow all of them already." in browser.get(url).text
    again = browser.post(f"{url}/again")
    assert again.status_code == 303 and again.headers["Location"] != url
    assert shown(browser, again.headers["Location"]) == rows


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_files_go_in_and_come_back_without_formulas(browser: Browser, issue: Issue, form: str) -> None:
    number = issue().number
    heads, rows = ("Chair", "Name", "Certificate"), [(1, "Amara Osei", number), (2, "=HYPERLINK(A1)", "+1+1")]
    if form == "xlsx":
        data = workbook("Team", heads, rows)
    else:
        data = "\r\n".join(",".join(map(str, row)) for row in (heads, *rows)).encode("utf-16")
    answer = browser.post("/studio/lists", **multipart.form({}, {"file": (f"team.{form}", data)}))
    assert answer.status_code == 303, answer.text
    url = answer.headers["Location"]
    assert "team." in browser.get(url).text
    csv_file = browser.get(f"{url}/file.csv")
    assert csv_file.mimetype == "text/csv"
    assert '"\'=HYPERLINK(A1)"' in csv_file.text and '"\'+1+1"' in csv_file.text
    book = load_workbook(io.BytesIO(browser.get(f"{url}/file.xlsx").data))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert [cell.value for cell in cells if cell.column_letter == "B"] == ["Name", "Amara Osei", "=HYPERLINK(A1)"]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b" " * (30 * 1024 * 1024))
    return out.getvalue()


def entities() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    return out.getvalue()


def test_what_cannot_be_read_is_refused_in_words_and_keeps_what_was_typed(browser: Browser) -> None:
    cases = [
        (bomb(), "list.xlsx", "far more than a list of people"),
        (entities(), "list.xlsx", "This is no Excel file"),
        (b"PK\x03\x04 broken", "list.xlsx", "This is no Excel file"),
        (workbook("x", ("a",), [])[:900], "list.xlsx", "This is no Excel file"),
        (b"\x89PNG\x00\x01", "list.csv", "is no table"),
        (b"\n\n", "list.csv", "no name and no certificate number"),
        (b"x" * (2 * 1024 * 1024 + 1), "list.csv", "too large"),
        (b"Amara Osei\n" * 5001, "list.csv", "more than 5000 rows"),
    ]
    for data, name, words in cases:
        answer = browser.post("/studio/lists", **multipart.form({"text": "keep me"}, {"file": (name, data)}))
        assert answer.status_code == 422, name
        assert words in answer.text
        assert "keep me</textarea>" in answer.text
    assert "Paste a list, or choose a file." in browser.post("/studio/lists", {"text": " "}).text


def big_list(numbers: list[str], count: int) -> list[Line]:
    pick = random.Random(7)
    lines = []
    for at in range(count):
        number = numbers[at % len(numbers)]
        typed = [number, mistyped(number), "", "VM-11111-11111-1", f"{number[:-1]}"][pick.randrange(5)]
        lines.append(Line(at + 1, f"Person Number{at}", typed))
    return lines


def test_five_hundred_rows_cost_the_statements_of_one(
    session: Session, house: House, issue: Issue, count_queries: QueryCount
) -> None:
    numbers = [issue(name=f"Amara Osei{n}").number for n in range(3)]
    follow(session, house.member, numbers[0], now=NOW)
    session.commit()
    counts = []
    for rows in (1, 500):
        count_queries.statements.clear()
        began = time.process_time()
        lines = [Line(0, "Amara Osei", numbers[0]), *big_list(numbers, rows)][:rows]
        services.check_list(session, house.member, house.id, lines, name="x", now=NOW)
        session.commit()
        spent = time.process_time() - began
        counts.append(len([s for s in count_queries.statements if s.startswith(("SELECT", "INSERT", "UPDATE"))]))
    assert counts[0] == counts[1] <= 9
    assert spent < 1.5, "bench: 0.3 s of CPU on a quiet machine"


def test_a_long_list_is_a_job_with_a_bar(
    session: Session, browser: Browser, house: House, issue: Issue, runtime: Runtime
) -> None:
    number = issue().number
    rows = [f"Person {n}" for n in range(620)] + [f"Amara Osei {number}", f"Amara Osei {number}"]
    url = browser.post("/studio/lists", {"text": "\n".join(rows)}).headers["Location"]
    page = browser.get(url).text
    assert "0 of 622 rows" in page
    assert browser.get(f"{url}/progress").json == {"state": "waiting", "done": 0, "total": 622}
    assert browser.post(f"{url}/follow").status_code == 409
    work_off(runtime)
    check_id = session.scalars(select(RosterCheck.id)).one()
    session.expire_all()
    check = session.get_one(RosterCheck, check_id)
    assert (check.state, check.done) == ("ready", 622)
    assert check.counts == {"no_number": 620, "valid": 1, "duplicate": 1}
    assert not services.check_next(session, check_id, now=NOW), "a second run finds it done"
    assert browser.get(url).text.count("<tr>") == 101
    following = BeautifulSoup(browser.get(url).data, "html.parser").select_one("nav.pager a[rel=next]")
    assert following is not None
    assert browser.get(str(following["href"])).text.count("<tr>") == 101
    assert services.clear_rosters(session, now=NOW + timedelta(days=89)) == 0
    assert services.clear_rosters(session, now=NOW + timedelta(days=91)) == 1
    assert session.scalar(select(func.count()).select_from(RosterRow)) == 0


def test_another_studio_a_viewer_and_a_hasty_one_are_refused(
    session: Session, browse: Callable[..., Browser], browser: Browser, house: House, other: House, issue: Issue
) -> None:
    url = browser.post("/studio/lists", {"text": f"canary-name {issue().number}"}).headers["Location"]
    stranger = browse(other.member)
    stranger.get("/account/")
    for path in (url, f"{url}/progress", f"{url}/file.csv", f"{url}/file.xlsx"):
        assert stranger.get(path).status_code == 404
    for path in (f"{url}/follow", f"{url}/again"):
        assert stranger.post(path).status_code == 404
    assert "canary" not in stranger.get("/studio/lists").text
    session.scalars(
        select(RoleGrant).where(RoleGrant.user_id == house.member.user_id, RoleGrant.role == "studio")
    ).one().studio_rank = "viewer"
    session.commit()
    assert "Follow the" not in browser.get(url).text
    assert browser.post(f"{url}/follow").status_code == 404
    assert browser.post("/studio/watchlist", {"number": issue().number}).status_code == 404
    statuses = [browser.post("/studio/lists", {"text": "Amara Osei"}).status_code for _ in range(30)]
    assert (statuses[0], statuses[-1]) == (303, 429)
