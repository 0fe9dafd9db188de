"""Photos over bad networks, in real Chromium at 390 px: they arrive whole, and nothing is asked twice."""

from __future__ import annotations

import hashlib
import io
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import ExifTags, Image
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from sqlalchemy import select

from app.accounts.models import SignIn
from app.domain.access.actor import Actor
from app.practice import queries, services
from app.practice.models import Photo
from tests.browser.conftest import LiveServer

pytestmark = [pytest.mark.browser]
PHONE = {"width": 390, "height": 844}
BITS_PER_SECOND, LATENCY_MS = 400_000, 400
CUT_EVERY_MS, CUT_MS = 10_000, 2_000
# What the browser means to send, and what it was told of each photo, kept where no page of ours can touch it.
LISTEN = """
window.heard = [];
document.addEventListener("vermilion:upload", ({ detail }) => {
  const { key, state, sha256, total } = detail;
  window.heard.push({ key, state, sha256, total });
});
"""
HEARD = "state => window.heard.filter(one => one.state === state)"


def big_photo(seed: int, *, size: tuple[int, int] = (4000, 3000), taken: str = "2026:11:20 09:30:00") -> bytes:
    """A photo of 12 megapixels with the grain of a real one: some megabytes of JPEG."""
    rough = Image.frombytes("RGB", (500, 375), random.Random(seed).randbytes(500 * 375 * 3))
    smooth = Image.linear_gradient("L").resize(size).convert("RGB")
    image = Image.blend(smooth, rough.resize(size, Image.Resampling.BILINEAR), 0.15)
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.OffsetTimeOriginal] = "+01:00"
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, exif=exif)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def big_photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photos")
    paths = [folder / f"IMG_410{seed}.JPG" for seed in range(3)]
    for seed, path in enumerate(paths):
        path.write_bytes(big_photo(seed))
    return paths


@pytest.fixture
def amara(live_server: LiveServer) -> Actor:
    return live_server.person(name="Amara Osei")


@pytest.fixture
def draft(live_server: LiveServer, amara: Actor) -> UUID:
    with live_server.runtime.transaction() as session:
        return services.start_entry(session, amara, "e08", now=live_server.runtime.now(), blank=True).id


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, amara: Actor, draft: UUID) -> Iterator[Page]:
    """Signed in, at the draft; a dialog of the browser on the way is a fault."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", locale="en-US", has_touch=True)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    context.add_init_script(LISTEN)
    page = context.new_page()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.on("pageerror", lambda error: asked.append(str(error)))
    live_server.sign_in(page, amara)
    page.goto(f"{live_server.base_url}/learn/practice/{draft}/edit")
    yield page
    context.close()
    assert asked == [], "nothing is asked, and no script breaks"


def choose(page: Page, slot: str, path: Path) -> None:
    page.locator(f'#photo-{slot} label.shot input[type="file"]').first.set_input_files(path)


def arrived(live_server: LiveServer, draft: UUID) -> dict[str, Photo]:
    with live_server.runtime.db.reading() as session:
        found = {photo.slot: photo for photo in queries.photos_of(session, draft)}
        session.expunge_all()
        return found


def until(page: Page, expression: str, *, seconds: int = 20) -> None:
    """Wait for something to be true; Playwright's own way needs eval(), which the policy of the pages forbids."""
    for _ in range(seconds * 10):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {expression}; the page was told {page.evaluate('window.heard.slice(-5)')}")


def wait_until_saved(page: Page, count: int, *, seconds: int) -> None:
    until(page, f"({HEARD})('saved').length >= {count}", seconds=seconds)


def stored_hash(live_server: LiveServer, photo: Photo) -> str:
    with live_server.runtime.storage.open(photo.original_key) as file:
        return hashlib.sha256(file.read()).hexdigest()


def network(session: CDPSession, *, offline: bool, slow: bool = True) -> None:
    rate = BITS_PER_SECOND / 8 if slow else -1
    settings: dict[str, Any] = {"offline": offline, "latency": LATENCY_MS if slow else 0}
    session.send("Network.emulateNetworkConditions", settings | {"downloadThroughput": rate, "uploadThroughput": rate})


@pytest.mark.slow
def test_three_large_photos_arrive_over_a_slow_network_that_is_cut_every_ten_seconds(
    phone: Page, live_server: LiveServer, draft: UUID, big_photos: list[Path]
) -> None:
    wire = phone.context.new_cdp_session(phone)
    wire.send("Network.enable")
    network(wire, offline=False)
    for slot, path in zip(("f1", "f2", "f8"), big_photos, strict=True):
        choose(phone, slot, path)
    reflection = phone.locator('[name="piece.reflection"]')
    reflection.fill("Written while the photos were on their way.")
    cuts = 0
    for _ in range(12):
        phone.wait_for_timeout(CUT_EVERY_MS - CUT_MS)
        if phone.evaluate(f"({HEARD})('saved').length") == 3:
            break
        cuts += 1
        network(wire, offline=True)
        phone.wait_for_timeout(CUT_MS)
        network(wire, offline=False)
    network(wire, offline=False, slow=False)
    wait_until_saved(phone, 3, seconds=60)
    assert cuts >= 2, "the network was never cut, so nothing was tried"
    meant = {one["sha256"] for one in phone.evaluate(HEARD, "saved")}
    photos = arrived(live_server, draft)
    assert set(photos) == {"f1", "f2", "f8"}
    assert {stored_hash(live_server, photo) for photo in photos.values()} == meant
    for photo, path in zip((photos["f1"], photos["f2"], photos["f8"]), big_photos, strict=True):
        sent = photo.capture
        assert (sent["width"], sent["height"], sent["bytes"]) == (4000, 3000, path.stat().st_size)
        assert photo.taken_at is not None
        assert photo.taken_at.isoformat() == "2026-11-20T08:30:00+00:00"
        with live_server.runtime.storage.open(photo.original_key) as file, Image.open(file) as image:
            assert image.size == (3000, 2250)
    expect(phone.locator("#photo-f8 .is-ready")).to_have_count(1, timeout=30_000)
    expect(phone.locator("[data-upload-line]")).to_have_text("All photos are saved.")
    with live_server.runtime.db.reading() as session:
        entry = queries.entry_page(session, photos_owner(session, draft), draft)
        assert entry.records["piece"]["reflection"] == "Written while the photos were on their way."


def photos_owner(session: Any, draft: UUID) -> UUID:
    from app.practice.models import PracticeEntry

    owner: UUID = session.scalars(select(PracticeEntry.user_id).where(PracticeEntry.id == draft)).one()
    return owner


def test_a_reload_in_the_middle_goes_on_where_it_was(
    phone: Page, live_server: LiveServer, draft: UUID, big_photos: list[Path]
) -> None:
    wire = phone.context.new_cdp_session(phone)
    wire.send("Network.enable")
    network(wire, offline=False)
    choose(phone, "f1", big_photos[0])
    until(phone, "window.heard.some(one => one.state === 'sending' && one.total)", seconds=20)
    expect(phone.locator("[data-upload-line]")).to_contain_text(re.compile(r"Sending 1 of 1: .* of .* MB"))
    network(wire, offline=False, slow=False)
    phone.reload()
    expect(phone.locator("#photo-f1 .is-ready")).to_have_count(1, timeout=30_000)
    (photo,) = arrived(live_server, draft).values()
    assert {one["sha256"] for one in phone.evaluate(HEARD, "saved")} == {stored_hash(live_server, photo)}
    assert phone.evaluate("localStorage.getItem('vermilion:unsent')") is None, "nothing is left on the phone"


def test_photos_chosen_offline_are_kept_and_sent_from_any_page_later(
    phone: Page, live_server: LiveServer, draft: UUID, big_photos: list[Path]
) -> None:
    phone.context.set_offline(True)
    choose(phone, "f1", big_photos[0])
    choose(phone, "f2", big_photos[1])
    expect(phone.locator("[data-upload-line]")).to_contain_text("Photos kept on this phone: 2", timeout=20_000)
    until(phone, "localStorage.getItem('vermilion:unsent') === '2'")
    phone.goto("about:blank")
    phone.context.set_offline(False)
    phone.goto(f"{live_server.base_url}/learn/practice")
    expect(phone.locator("[data-flashes]")).to_contain_text("have arrived", timeout=30_000)
    assert set(arrived(live_server, draft)) == {"f1", "f2"}


def test_a_session_that_ends_in_the_middle_loses_nothing(
    phone: Page, live_server: LiveServer, amara: Actor, draft: UUID, big_photos: list[Path]
) -> None:
    with live_server.runtime.transaction() as session:
        for sign_in in session.scalars(select(SignIn)):
            sign_in.ended_at = live_server.runtime.now()
    phone.locator('[name="piece.reflection"]').fill("Typed after the session had ended.")
    choose(phone, "f1", big_photos[0])
    expect(phone.locator("#photo-f1")).to_contain_text("You are signed out", timeout=20_000)
    other = phone.context.new_page()
    live_server.sign_in(other, amara)
    other.close()
    phone.bring_to_front()
    phone.evaluate("dispatchEvent(new Event('focus'))")
    wait_until_saved(phone, 1, seconds=30)
    expect(phone.locator("#photo-f1 .is-ready")).to_have_count(1, timeout=30_000)
    until(phone, "document.querySelector('[data-savestate]').dataset.state === 'saved'", seconds=30)
    with live_server.runtime.db.reading() as session:
        entry = queries.entry_page(session, amara.user_id, draft)
        assert entry.records["piece"]["reflection"] == "Typed after the session had ended."


def test_a_full_disk_is_said_and_a_later_try_works(
    phone: Page, live_server: LiveServer, draft: UUID, big_photos: list[Path]
) -> None:
    with full_disk(phone.context):
        choose(phone, "f1", big_photos[0])
        expect(phone.locator("#photo-f1")).to_contain_text("The disk of the server is full", timeout=20_000)
        assert arrived(live_server, draft) == {}
    phone.locator("#photo-f1").get_by_role("button", name="Try again").click()
    expect(phone.locator("#photo-f1 .is-ready")).to_have_count(1, timeout=30_000)


@contextmanager
def full_disk(context: BrowserContext) -> Iterator[None]:
    """Every part meets the answer that the server gives when its disk is full (tests/practice/routes make it so)."""
    words = "The disk of the server is full, so this photo cannot be taken now. It is still on your device."

    def answer(route: Any) -> None:
        if route.request.method == "PATCH":
            body = f'{{"detail": "{words}", "status": 507}}'
            route.fulfill(status=507, headers={"Retry-After": "60"}, content_type="application/problem+json", body=body)
        else:
            route.continue_()

    context.route("**/learn/uploads/*", answer)
    yield
    context.unroute("**/learn/uploads/*")


def test_a_phone_without_room_says_so_and_sends_at_once(
    phone: Page, live_server: LiveServer, draft: UUID, big_photos: list[Path]
) -> None:
    phone.evaluate(
        "() => { IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    choose(phone, "f1", big_photos[0])
    expect(phone.locator("[data-flashes]")).to_contain_text("no room left", timeout=20_000)
    expect(phone.locator("#photo-f1 .is-ready")).to_have_count(1, timeout=30_000)


def test_a_refused_file_says_why_and_can_be_dismissed(
    phone: Page, live_server: LiveServer, draft: UUID, tmp_path: Path
) -> None:
    wrong = tmp_path / "notes.jpg"
    wrong.write_bytes(b"<html>these are notes</html>")
    choose(phone, "f1", wrong)
    expect(phone.locator("#photo-f1")).to_contain_text("notes.jpg is not taken", timeout=20_000)
    phone.locator("#photo-f1").get_by_role("button", name="Dismiss").click()
    expect(phone.locator("#photo-f1 label.shot")).to_be_visible()
    until(phone, "localStorage.getItem('vermilion:unsent') === null")
    assert arrived(live_server, draft) == {}


def test_without_script_a_plain_upload_works(
    browser: Browser, live_server: LiveServer, amara: Actor, draft: UUID, tmp_path: Path
) -> None:
    small = tmp_path / "IMG_1.jpg"
    small.write_bytes(big_photo(9, size=(1600, 1200)))
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    live_server.sign_in(page, amara)
    page.goto(f"{live_server.base_url}/learn/practice/{draft}/edit")
    page.locator('input[name="photo.f1"]').set_input_files(small)
    page.get_by_role("button", name="Upload").click()
    assert page.url.endswith("#photos")
    assert set(arrived(live_server, draft)) == {"f1"}
    context.close()


def test_help_comes_before_the_photo_is_sent_and_a_video_has_a_limit_of_its_own(
    phone: Page, live_server: LiveServer, big_photos: list[Path], tmp_path: Path
) -> None:
    dark, small, video = tmp_path / "dark.jpg", tmp_path / "small.jpg", tmp_path / "setup.mp4"
    with Image.open(big_photos[0]) as photo:
        photo.resize((2000, 1500)).point(lambda level: level // 9).save(dark, "JPEG", quality=90)
        photo.resize((800, 600)).save(small, "JPEG", quality=90)
    phone.context.set_offline(True)  # what is said now, the phone says by itself
    choose(phone, "f1", dark)
    expect(phone.locator("#photo-f1 [data-photo-help] li")).to_have_text(
        "Much of this is dark. More light from the front helps."
    )
    choose(phone, "f2", small)
    expect(phone.locator("#photo-f2 [data-photo-help]")).to_contain_text("This photo is small.")
    expect(phone.locator("#photo-f2 [data-photo-help]")).not_to_contain_text("dark")
    limits, place = live_server.runtime.settings, phone.locator("#photo-f0")
    video.write_bytes(b"\0" * (limits.max_video_mb * 1024 * 1024 + 1))
    choose(phone, "f0", video)
    expect(place).to_contain_text(f"a video may have at most {limits.max_video_mb} MB")
    place.locator("[data-dismiss]").click()
    with video.open("r+b") as file:
        file.truncate(limits.max_photo_mb * 1024 * 1024 + 1)
    choose(phone, "f0", video)
    expect(place).to_contain_text(re.compile("Waits|Kept here"), timeout=20_000)
    expect(place).not_to_contain_text("may have at most")
