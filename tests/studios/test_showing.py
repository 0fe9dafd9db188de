"""What artists show to everybody: closed at first, approved pieces only, marked, and gone when it is taken back."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.credentials import services as credentials
from app.credentials.models import Credential
from app.domain.access.actor import Actor
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.errors import Invalid, NotFound
from app.domain.studios.showing import place_key, slug_of
from app.infra import watermark
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice.models import Photo, Submission, SubmissionPhoto
from app.studios import queries, services
from app.studios.models import PortfolioPiece
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.credentials import ADMIN, issuer_for

Issue = Callable[..., Credential]


def holder_of(session: Session, credential: Credential) -> Actor:
    found = accounts.actor_by_id(session, credential.user_id)
    assert found is not None
    return found


def picture(width: int = 900, height: int = 700) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (width, height), (181, 120, 110))
    image.save(out, "WEBP", exif=b"Exif\x00\x00canary-camera")
    return out.getvalue()


def approved_piece(session: Session, runtime: Runtime, user_id: object) -> Submission:
    """The approved piece of a certified student, with a final front view."""
    found = session.scalars(select(Submission).where(Submission.user_id == user_id)).first()
    assert found is not None and found.state == "approved"
    stored = runtime.storage.put_bytes("photo", picture(), "webp")
    shot = Photo(
        entry_id=found.entry_id,
        slot="f8",
        state="ready",
        original_key=stored.key,
        renditions={"large": {"key": stored.key, "mime": "image/webp", "width": 900, "height": 700}},
        uploaded_at=NOW,
        processed_at=NOW,
    )
    session.add(shot)
    session.flush()
    session.add(SubmissionPhoto(submission_id=found.id, photo_id=shot.id, slot="f8", position=0))
    session.commit()
    return found


def opened(session: Session, actor: Actor, place: str = "Lyon, France", *, is_listed: bool = True) -> str:
    found = services.save_portfolio(
        session, actor, is_open=True, is_listed=is_listed, is_indexed=False, place=place, now=NOW
    )
    session.commit()
    return found.slug


def test_a_page_is_closed_until_it_is_opened_and_shows_chosen_pieces_only(
    session: Session, runtime: Runtime, issue: Issue, browse: Callable[..., Browser]
) -> None:
    credential = issue()
    actor, everybody = holder_of(session, credential), browse()
    piece = approved_piece(session, runtime, credential.user_id)
    holder = browse(actor)
    holder.get("/account/")
    assert holder.post(f"/learn/portfolio/pieces/{piece.id}").status_code == 303
    work_off(runtime)
    shown = session.scalars(select(PortfolioPiece).execution_options(populate_existing=True)).one()
    found = queries.portfolio(session, actor.user_id)
    assert found is not None and shown.state == "ready" and not found.is_open
    page, image = f"/artists/{found.slug}", f"/artists/{found.slug}/{shown.id}.jpg"
    for closed in (page, image):
        assert everybody.get(closed).status_code == 404, "choosing a piece opens nothing"

    assert holder.post("/learn/portfolio", {"is_listed": "y", "place": ""}).status_code == 422
    assert holder.post("/learn/portfolio", {"is_open": "y", "place": "Lyon, France"}).status_code == 303
    text = everybody.get(page).text
    for words in ("Amara Osei", "Lyon, France", credential.number, f'src="{image}"', 'content="noindex"'):
        assert words in text
    assert "@" not in BeautifulSoup(text, "html.parser").get_text()
    assert everybody.get("/artists").text.count("Amara Osei") == 0, "an open page is not a listed one"
    answer = everybody.get(image)
    assert answer.mimetype == "image/jpeg" and b"canary" not in answer.data and b"Exif" not in answer.data
    drawn = Image.open(io.BytesIO(answer.data))
    assert drawn.size == (shown.width, shown.height) and shown.mark == f"Amara Osei  {credential.number}"

    assert holder.post("/learn/portfolio", {"is_open": "y", "is_indexed": "y"}).status_code == 303
    assert "noindex" not in everybody.get(page).text
    key = shown.file_key
    assert key is not None and list(queries.kept_pictures(session)) == [(shown.id, key)]
    assert holder.post(f"/learn/portfolio/shown/{shown.id}/remove").status_code == 303
    assert everybody.get(image).status_code == 404 and not runtime.storage.exists(key)


def test_what_is_not_theirs_or_not_approved_is_not_shown(
    session: Session, runtime: Runtime, issue: Issue, browse: Callable[..., Browser]
) -> None:
    mine, theirs = issue(name="Amara Osei"), issue(name="Maya Lindqvist")
    piece = approved_piece(session, runtime, mine.user_id)
    with pytest.raises(NotFound):
        services.show_piece(session, holder_of(session, theirs), piece.id, now=NOW)
    shown = services.show_piece(session, holder_of(session, mine), piece.id, now=NOW)
    with pytest.raises(NotFound):
        services.hide_piece(session, runtime.storage, holder_of(session, theirs), shown.id, now=NOW)
    assert services.show_piece(session, holder_of(session, mine), piece.id, now=NOW).id == shown.id
    slug = opened(session, holder_of(session, mine))
    work_off(runtime)
    image = f"/artists/{slug}/{shown.id}.jpg"
    assert browse().get(image).status_code == 200
    actor = holder_of(session, mine)
    services.save_portfolio(session, actor, is_open=False, is_listed=False, is_indexed=True, place="", now=NOW)
    session.commit()
    assert browse().get(image).status_code == 404
    assert browse().get(f"/artists/{slug}").status_code == 404
    found = queries.portfolio(session, actor.user_id)
    assert found is not None and not found.is_indexed, "a closed page is not for search engines"


def test_without_a_certificate_in_force_nothing_is_shown(
    session: Session, runtime: Runtime, issue: Issue, browse: Callable[..., Browser]
) -> None:
    with pytest.raises(Invalid, match="certificate that is valid"):
        opened(session, holder_of(session, issue("expired", "Elena Duarte")))
    credential = issue()
    slug = opened(session, holder_of(session, credential))
    assert "Amara Osei" in browse().get("/artists").text
    credentials.change_credential(
        session,
        ADMIN,
        credential.id,
        Change.SUSPEND,
        reason=Reason.CONDUCT,
        note="x",
        issuer=issuer_for(runtime),
        now=NOW,
    )
    session.commit()
    assert browse().get(f"/artists/{slug}").status_code == 404
    assert "Amara Osei" not in browse().get("/artists").text


def test_the_directory_finds_by_place_and_tier_at_a_constant_cost(
    session: Session, issue: Issue, browse: Callable[..., Browser], count_queries: QueryCount
) -> None:
    places = ["Köln, Germany", "Lyon, France", "Paris, France"]
    for number, place in enumerate(places):
        opened(session, holder_of(session, issue(name=f"Artist {number}")), place)
    assert [a.place for a in queries.directory(session, NOW, place=place_key("FRANCE"))] in (
        ["Lyon, France", "Paris, France"],
        ["Paris, France", "Lyon, France"],
    )
    assert [a.name for a in queries.directory(session, NOW, place=place_key("koln"))] == ["Artist 0"]
    assert queries.directory(session, NOW, place="%") == []
    assert len(queries.directory(session, NOW, tier="certified")) == 3
    assert queries.directory(session, NOW, tier="master") == []
    first = queries.directory(session, NOW, size=2)
    cursor = (first[1].listed_at or NOW, str(first[1].user_id))
    rest = queries.directory(session, NOW, size=2, after=cursor)
    assert len(first) == 3 and {a.name for a in first[:2]} | {a.name for a in rest} == {f"Artist {n}" for n in range(3)}
    count_queries.statements.clear()
    queries.directory(session, NOW)
    assert len(count_queries) == 2
    page = browse().get("/artists?place=lyon&tier=certified").text
    assert "Artist 1" in page and "Artist 2" not in page and 'content="noindex"' in page
    assert "Nobody found" in browse().get("/artists?place=nowhere").text


@pytest.mark.parametrize(
    ("name", "slug"), [("Amara Osei", "amara-osei-x2"), ("Zoë Łuczak", "zoe-luczak-x2"), ("王芳", "artist-x2")]
)
def test_addresses_are_plain(name: str, slug: str) -> None:
    assert slug_of(name, "x2") == slug


def test_the_mark_is_all_over_the_picture(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.webp"
    path.write_bytes(picture(1600, 1000))
    data, width, height = watermark.marked(path, "Amara Osei  VM-11111-11111-1")
    with Image.open(io.BytesIO(data)) as drawn:
        assert drawn.size == (width, height) and width == watermark.LONG_EDGE
        assert not drawn.getexif()
        gray = drawn.convert("L")
        for left in range(0, 1200, 300):
            for top in range(0, 700, 350):
                low, high = gray.crop((left, top, left + 300, top + 350)).getextrema()
                assert high - low > 25, "no quarter can be cut out without a mark"
