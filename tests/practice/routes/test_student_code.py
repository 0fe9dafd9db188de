"""The code card: issued for one's own piece alone, and a camera can read it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from bs4 import BeautifulSoup
from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.practice.code_card import CodeCard, read_card
from app.infra.image_pipeline import inspect
from app.infra.images import Limits
from app.infra.runtime import Runtime
from app.practice.models import PracticeEntry
from tests.conftest import NOW
from tests.factories.content import publish_journey
from tests.factories.practice import draft_piece

Browse = Callable[[Actor], Any]


@pytest.fixture
def entry(session: Session, make_user: Callable[..., Actor]) -> tuple[Actor, PracticeEntry]:
    publish_journey(session, NOW)
    student = make_user(Role.STUDENT, name="Amara Osei")
    piece = draft_piece(session, student, now=NOW)
    session.commit()
    return student, piece


def drawn(svg: object) -> Image.Image:
    """The QR of the page as a camera sees it: its squares, 8 pixels each."""
    side = int(str(svg["viewbox"]).split()[2])  # type: ignore[index]
    image = Image.new("L", (side * 8, side * 8), 255)
    draw = ImageDraw.Draw(image)
    for part in str(svg.path["d"]).strip("M").split("M"):  # type: ignore[attr-defined]
        start, _, rest = part.partition("h")
        x, y = map(int, start.split())
        width = int(rest.split("v")[0])
        draw.rectangle((x * 8, y * 8, (x + width) * 8 - 1, y * 8 + 7), fill=0)
    return image


def test_the_card_is_read_back_by_the_worker(
    entry: tuple[Actor, PracticeEntry], browse: Browse, runtime: Runtime, tmp_path: Path
) -> None:
    student, piece = entry
    answer = browse(student).get(f"/learn/practice/{piece.id}/code")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.data, "html.parser")
    assert piece.piece_code[:4] in page.select_one(".codecard-code").text  # type: ignore[union-attr]
    photo = Image.new("RGB", (1600, 1200), (214, 170, 148))
    photo.paste(
        drawn(page.select_one(".codecard-qr svg")).rotate(12, expand=True, fillcolor=255).convert("RGB"), (300, 260)
    )
    path = tmp_path / "f1.jpg"
    photo.save(path, "JPEG", quality=80)
    (text,) = inspect(path, Limits()).codes
    assert zxingcpp.read_barcodes(Image.open(io.BytesIO(path.read_bytes())))[0].text == text
    card = read_card(text, runtime.settings.secret_key.encode())
    assert card == CodeCard(piece.piece_code, NOW.replace(second=0, microsecond=0))


def test_nobody_gets_the_card_of_another(
    entry: tuple[Actor, PracticeEntry], browse: Browse, make_user: Callable[..., Actor]
) -> None:
    _student, piece = entry
    stranger = make_user(Role.STUDENT, name="Bea Lind")
    assert browse(stranger).get(f"/learn/practice/{piece.id}/code").status_code == 404
