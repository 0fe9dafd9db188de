"""The whole story through the pages alone, in real Chromium, on a phone and on a laptop.

A student learns, is quizzed, logs a piece with photos; an instructor reviews it on the photo; the rules find the
student certified; a signed certificate is issued; a studio follows it and sees it change. Nothing here touches
the database. Every kind of page is inspected on the way: axe-core in light and dark, and 320 px.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from app.demo.records import log_fields
from app.domain.practice.exercise import exercise_from_dict
from tests.browser.answers import answer_item, known_items
from tests.browser.photos import make_photos, what_is_inside
from tests.browser.walker import Inspector, Walker
from tests.support import axe, chromium
from tests.support.site import JOURNEY, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = {"phone": (390, 844), "laptop": (1280, 900)}
PASSWORD = "a lip is not a wall"
COURSE = "Lip Blush"
# Somebody takes a picture, and meanwhile the page draws the place anew that the camera was opened from.
KEEP_FIELD = "selector => { window.kept = document.querySelector(selector); }"
CHOOSE_IN_KEPT_FIELD = """async data => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const chosen = new DataTransfer();
  chosen.items.add(new File([bytes], "IMG_0003.jpeg", { type: "image/jpeg" }));
  window.kept.files = chosen.files;
  window.kept.dispatchEvent(new Event("change", { bubbles: true }));
}"""
NUMBER = re.compile(r"VM-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Story:
    """Where the story takes place, and what is known so far."""

    site: Site
    browser: Browser
    inspector: Inspector
    size: tuple[int, int]
    folder: Path
    links: dict[str, str] = field(default_factory=dict)
    number: str = ""
    piece_url: str = ""

    def enter(self) -> Walker:
        return Walker.enter(self.browser, self.site.url, self.inspector, self.size)


@pytest.fixture(params=list(SIZES))
def story(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Story]:
    site = Site(tmp_path / "instance")
    site.start()
    pictures = Path(".cache/screenshots") / request.param
    pictures.mkdir(parents=True, exist_ok=True)
    yield Story(site, browser, Inspector(axe.ensure(), pictures), SIZES[request.param], tmp_path)
    site.stop()


def test_from_sign_up_to_a_certificate_that_a_studio_sees_change(story: Story) -> None:
    admin = _first_administrator(story)
    second = _join(story, "admin", "Ruth Amadi")
    instructor = _join(story, "instructor", "Ines Calloway")
    studio = _join(story, "studio", "Marc Delorme")
    student = _learn(story)
    _take_the_quiz(student)
    _log_a_piece(story, student)
    _send_a_proof(student)
    _review(instructor)
    _read_the_feedback(story, student)
    _hold_the_certificate(story, student)
    stranger = story.enter()
    _verify(story, stranger, "Valid")
    _machines_agree(story, stranger)
    _follow(story, studio)
    for verb, verdict in (("Suspend", "Suspended"), ("Reinstate", "Valid"), ("Revoke", "Revoked")):
        _change(story, admin, verb)
        if verb == "Revoke":
            _confirm_revocation(story, second)
        _verify(story, stranger, verdict)
    studio.go("/studio/alerts")
    studio.reload_until(re.compile("revoked", re.I))
    studio.look("studio-alerts")
    _mistyped_and_unknown(story, stranger)
    _look_around(admin, instructor, student, studio)
    for walker in (admin, second, instructor, studio, student, stranger):
        walker.leave()
    assert not story.inspector.faults, "\n".join(story.inspector.faults)


def _first_administrator(story: Story) -> Walker:
    link = re.search(r"http://\S+/invitation/\S+", story.site.log())
    assert link is not None, story.site.log()
    admin = story.enter()
    admin.go(link.group(0), look="setup")
    admin.write("Full name", "Ada Brandt")
    admin.write("E-mail", "ada@example.com")
    admin.write("Password", PASSWORD)
    admin.press("Make account")
    admin.arrives("/admin/$")
    admin.look("admin-overview")
    admin.follow("People")
    admin.look("admin-people")
    admin.write("E-mail", "ines@example.com")
    admin.press("Send invitation")
    story.links["instructor"] = admin.page.get_by_label("Invitation link").input_value()
    admin.look("admin-invited")
    admin.follow("People")
    admin.write("E-mail", "ruth@example.com")
    admin.page.get_by_label("Role").select_option("admin")
    admin.press("Send invitation")
    story.links["admin"] = admin.page.get_by_label("Invitation link").input_value()
    admin.go("/admin/studios", look="admin-studios")
    admin.write(re.compile("^Name|Studio name"), "Atelier Rouge")
    admin.write("City", "Lyon")
    admin.press(re.compile("Add|Create|Make"))
    admin.sees("Atelier Rouge")
    admin.page.get_by_label(re.compile("E-mail")).first.fill("marc@example.com")
    admin.press(re.compile("Invite|Send invitation"))
    story.links["studio"] = admin.page.get_by_label("Invitation link").input_value()
    return admin


def _join(story: Story, role: str, name: str) -> Walker:
    walker = story.enter()
    walker.go(story.links[role], look="invitation")
    walker.write("Full name", name)
    walker.write("Password", PASSWORD)
    walker.press("Make account")
    walker.arrives({"instructor": "/teach/$", "admin": "/admin/$"}.get(role, "/studio/$"))
    walker.look(f"{role}-home")
    return walker


def _learn(story: Story) -> Walker:
    student = story.enter()
    student.go("/", look="landing")
    student.follow("Sign up")
    student.look("sign-up")
    student.write("Full name", "Amara Osei")
    student.write("E-mail", "amara@example.com")
    student.write("Password", PASSWORD)
    student.page.get_by_label("I am 18 or older").check()
    student.press("Make account")
    student.arrives("/learn/$")
    student.look("student-home-empty")
    student.go("/learn/courses", look="catalog")
    student.follow(re.compile(COURSE))
    student.look("course")
    student.press(re.compile("Enroll"))
    student.arrives("/learn/lessons/")
    student.look("lesson")
    assert student.page.locator(".figure svg, figure svg").count() >= 1
    student.page.locator("details.question > summary").first.click()
    student.press(re.compile("^Done, next"))
    student.press(re.compile("^Done, back"))
    student.sees(re.compile("2 of 2|All lessons|done", re.I))
    student.look("course-finished")
    student.go("/learn/glossary", look="glossary")
    return student


def _take_the_quiz(student: Walker) -> None:
    student.go("/learn/quizzes", look="quizzes")
    student.go("/learn/quizzes/quiz-lip-blush-basics", look="quiz-overview")
    student.press(re.compile("^Start"))
    items, answered = known_items(), set()
    for position in range(1, 8):
        student.arrives(rf"/{position}$")
        shown = answer_item(student.page, items)
        kind = next(i["type"] for i in items if i["id"] == shown)
        answered.add(shown)
        student.look(f"item-{kind}")
        student.press("Finish" if position == 7 else re.compile("^Next"))
    assert len(answered) == 7
    student.arrives("/review$")
    student.look("quiz-review")
    student.press(re.compile("Hand in|Submit"))
    student.arrives("/result$")
    student.sees("100")
    student.look("quiz-result")


def _exercise_fields() -> dict[str, list[str]]:
    import yaml

    data = yaml.safe_load((JOURNEY / "courses" / "exercises.yaml").read_text())["exercises"][0]
    expiry = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
    return log_fields(exercise_from_dict(data), seed=2, expiry=expiry, question="Is the corner full enough?")


def _log_a_piece(story: Story, student: Walker) -> None:
    student.go("/learn/practice", look="log-empty")
    student.go("/learn/practice/new", look="log-new")
    student.press(re.compile("^Start"))
    student.arrives("/edit$")
    student.look("log-edit")
    photos = make_photos(story.folder)
    *others, last = photos
    student.page.evaluate(KEEP_FIELD, f'input[data-slot="{last}"]')
    for slot in others:
        student.page.locator(f'input[data-slot="{slot}"]').first.set_input_files(photos[slot])
    while student.page.evaluate("window.kept.isConnected"):
        student.page.wait_for_timeout(100)
    student.page.evaluate(CHOOSE_IN_KEPT_FIELD, base64.b64encode(photos[last].read_bytes()).decode())
    student.fill_by_name(_exercise_fields())
    for slot in photos:
        tile = student.page.locator(f"#photo-{slot}")
        said = f"{slot} shows {tile.inner_text()!r}"
        expect(tile.locator(".is-ready"), said).to_have_count(1, timeout=60_000)
    expect(student.page.locator("#left")).to_contain_text("Complete", timeout=20_000)
    student.look("log-complete")
    for slot in photos:
        source = student.page.locator(f"#photo-{slot} img").first.get_attribute("src")
        assert source is not None
        served = student.context.request.get(student.url + source.replace("/small", "/large"))
        assert served.status == 200
        (width, height), metadata = what_is_inside(served.body())
        assert metadata == []
        assert width > height, f"{slot} stands upright"
        assert b"Canary" not in served.body()
    student.press(re.compile("Send for review"))
    student.sees("in the review queue")
    story.piece_url = student.page.url
    student.look("piece-waiting")


def _send_a_proof(student: Walker) -> None:
    student.go("/learn/path", look="path")
    student.go("/learn/path/proofs/new?kind=bbp", look="proof-new")
    student.write("Issued by", "Body Art Training Group")
    student.write("Number", "BA-2611")
    student.write("Issued on", (datetime.now(UTC) - timedelta(days=30)).date().isoformat())
    scan = io.BytesIO()
    Image.new("RGB", (800, 600), "linen").save(scan, "JPEG")
    document = {"name": "scan.jpg", "mimeType": "image/jpeg", "buffer": scan.getvalue()}
    student.page.get_by_label("Photo or PDF of it").set_input_files(files=[document])
    student.press("Send proof")
    student.sees("Being checked")


def _review(instructor: Walker) -> None:
    instructor.go("/teach/proofs", look="proofs")
    instructor.tick(instructor.page.get_by_label("Accept"))
    instructor.press("Save answer")
    instructor.sees("accepted")
    instructor.go("/teach/reviews", look="queue")
    instructor.press(re.compile("^Review piece"))
    instructor.arrives(r"/teach/reviews/[0-9a-f-]+$")
    page = instructor.page
    rows = page.locator("[data-row]")
    for index in range(rows.count()):
        instructor.tick(rows.nth(index).locator('input[value="4"]'))
    instructor.tick(page.locator('[data-row="pigment-application"] input[value="3"]'))
    page.locator('[data-tool="pin"]').click()
    pin = page.locator("[data-pin]").last
    if not pin.locator("[data-pin-defect]").is_visible():
        pin.locator("[data-pin-edit]").click()
    pin.locator("[data-pin-defect]").select_option("EDG")
    pin.locator("[data-pin-criterion]").select_option("pigment-application")
    pin.locator("[data-pin-text]").fill("The left peak stands a little higher.")
    pin.locator("[data-pin-close]").click()
    page.locator('textarea[name="note"]').fill("Calm, clean work. Watch the left peak.")
    page.get_by_role("button", name=re.compile("Save draft")).click()
    expect(page.locator("[data-reached-words]")).to_contain_text("approve", timeout=15_000)
    instructor.look("workspace")
    instructor.press(re.compile("^Approve"))
    instructor.arrives(r"/teach/reviews(\?.*)?$")
    instructor.look("queue-decided")


def _read_the_feedback(story: Story, student: Walker) -> None:
    # The reviewer can take a decision back for ten seconds; nobody hears of it before.
    for _ in range(30):
        student.go(story.piece_url)
        if "Calm, clean work" in student.page.inner_text("main"):
            break
        student.page.wait_for_timeout(1_000)
    student.sees("Calm, clean work")
    student.sees("The left peak stands a little higher.")
    student.look("piece-reviewed")
    student.go("/account/notifications", look="inbox")
    student.sees("review of piece 1 is ready")


def _hold_the_certificate(story: Story, student: Walker) -> None:
    student.go("/learn/certificates")
    student.reload_until(NUMBER)
    found = NUMBER.search(student.page.locator("main").inner_text())
    assert found is not None
    story.number = found.group(0)
    student.look("certificates")
    student.go("/learn/path", look="path-earned")
    student.go("/learn/", look="student-home")


def _verify(story: Story, stranger: Walker, verdict: str) -> None:
    stranger.go("/verify", look="verify")
    stranger.write("Certificate number", f"  {story.number.lower().replace('-', ' ')} ")
    stranger.press(re.compile("^(Check|Verify)"))
    stranger.sees(verdict)
    stranger.sees("Amara Osei")
    stranger.look(f"verdict-{verdict.lower()}")
    stranger.go(f"/credentials/{story.number}", look=f"certificate-{verdict.lower()}")
    stranger.sees(verdict)


def _machines_agree(story: Story, stranger: Walker) -> None:
    fetch = stranger.context.request
    verdict = fetch.get(f"{story.site.url}/api/v1/verify/{story.number}").json()
    assert verdict["verdict"] == "VALID"
    document = json.loads(fetch.get(f"{story.site.url}/credentials/{story.number}.json").body())
    did = fetch.get(f"{story.site.url}/.well-known/did.json").json()
    assert document["issuer"]["id"] == did["id"]
    listed = fetch.get(document["credentialStatus"]["statusListCredential"])
    assert listed.status == 200
    pdf = fetch.get(f"{story.site.url}/credentials/{story.number}.pdf")
    assert pdf.body().startswith(b"%PDF-")


def _follow(story: Story, studio: Walker) -> None:
    studio.go("/studio/watchlist", look="watchlist-empty")
    studio.write(re.compile("number", re.I), story.number)
    studio.press(re.compile("Follow|Add"))
    studio.sees("Amara Osei")
    studio.look("watchlist")


def _change(story: Story, admin: Walker, verb: str) -> None:
    admin.go("/admin/credentials", look="admin-credentials")
    admin.follow(re.compile(story.number))
    admin.look(f"admin-credential-{verb.lower()}")
    form = admin.page.locator(f'form[action$="/{verb.lower()}"]').first
    if not form.is_visible():
        form.locator("xpath=ancestor::details[1]/summary").click()
    reason = form.locator("select[name=reason]")
    if reason.count():
        reason.select_option(index=reason.locator("option").count() - 1)
    else:
        admin.tick(form.locator("input[type=radio]").last)
    form.locator("textarea").first.fill("Said in private.")
    typed = form.locator("input[type=text]")
    if typed.count():
        typed.first.fill(story.number)
    form.get_by_role("button", name=re.compile(verb, re.I)).click()
    admin.page.wait_for_load_state()


def _confirm_revocation(story: Story, second: Walker) -> None:
    second.go("/admin/credentials")
    second.sees("Revocation to confirm")
    second.follow(re.compile(story.number))
    second.look("admin-revocation")
    second.press(re.compile("^Confirm"))
    second.sees("The certificate is revoked.")


def _mistyped_and_unknown(story: Story, stranger: Walker) -> None:
    wrong = story.number[:-1] + ("A" if story.number[-1] != "A" else "B")
    stranger.go(f"/verify?number={wrong}", look="verdict-mistyped")
    stranger.sees("Check the number")
    stranger.go("/verify?number=VM-11111-11111-1", look="verdict-not-found")


def _look_around(admin: Walker, instructor: Walker, student: Walker, studio: Walker) -> None:
    """Pages that the story did not pass by."""
    for path in ("/admin/jobs", "/admin/audit", "/admin/content"):
        admin.go(path, look=path.strip("/").replace("/", "-"))
    instructor.go("/teach/", look="instructor-home-after")
    instructor.go("/teach/students", look="cohort")
    for path in ("/account/", "/account/password", "/learn/practice"):
        student.go(path, look=f"student-{path.strip('/').replace('/', '-')}")
    studio.go("/studio/", look="studio-home-after")
    student.go("/nowhere", look="not-found")
    student.go("/learn/")
    student.page.locator("details.menu > summary").click()
    student.press("Sign out")
    student.sees("signed out")
    student.look("signed-out")
    student.go("/sign-in", look="sign-in")
    student.go("/forgot-password", look="forgot")
