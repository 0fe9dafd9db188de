"""The reader on computed photos, where every color and place is known: how exact it is, and what it will not read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageOps

from app.domain.color.correction import Correction
from app.infra.color_reading import read_card
from app.infra.color_reading_client import (
    Area,
    ColorReadingError,
    area_in_worker,
    read_card_in_worker,
)
from app.infra.color_reading_worker import MOST_CELLS, area_of
from tests.support.card_accuracy import BASE, CASES, REFUSED, judge, random_shot
from tests.support.card_photos import take

QUICK = ("tilted 40 degrees", "light of 4000 K, no white balance", "small reflection on two patches", "all at once")
# By case: corner in pixels, length in percent, mean and worst dE00 of areas that were not fitted to.
LIMITS = (0.5, 0.3, 1.5, 2.5)
LOOSER = {"lens bends lines by 2 %": (1.5, 1.0, 1.5, 2.5), "all at once": (0.5, 0.3, 2.5, 4.0)}


def check(name: str) -> None:
    found = judge(CASES[name])
    corner, length, mean, worst = LOOSER.get(name, LIMITS)
    assert found.refused == ""
    assert found.corner_px < corner
    assert abs(found.length_percent) < length
    assert found.mean < mean
    assert found.worst < worst
    assert found.mean < found.before / 2


@pytest.mark.parametrize("name", QUICK)
def test_photos_are_corrected_as_the_documentation_says(name: str) -> None:
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CASES if name not in QUICK])
def test_more_photos_are_corrected_as_the_documentation_says(name: str) -> None:
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_corrected_is_refused(name: str) -> None:
    shot, code = REFUSED[name]
    assert judge(shot).refused == code


@pytest.mark.slow
def test_photos_as_anybody_takes_them() -> None:
    found = [judge(random_shot(seed)) for seed in range(1000, 1012)]
    good = [result for result in found if not result.refused]
    assert len(good) >= 8
    assert max(result.corner_px for result in good) < 0.5
    assert max(abs(result.length_percent) for result in good) < 0.5
    assert sum(result.mean for result in good) / len(good) < 1.6


def test_what_hides_the_card_is_said() -> None:
    photo = take(BASE)
    assert read_card(Image.new("RGB", (800, 600), "white")).problem == "none"
    mirrored = read_card(ImageOps.mirror(photo.image))
    assert mirrored.problem in ("mirrored", "none")
    assert mirrored.paper == {}
    covered = photo.image.copy()
    draw = ImageDraw.Draw(covered)
    for corner in ((14.0, 14.0), (134.0, 14.0)):
        x, y = photo.seen_at(corner)
        draw.rectangle((x - 50, y - 50, x + 50, y + 50), fill=(90, 80, 70))
    assert (read_card(covered).problem, read_card(covered).corners) == ("covered", 2)
    twice = Image.new("RGB", (photo.image.width * 2, photo.image.height))
    twice.paste(photo.image, (0, 0))
    twice.paste(photo.image, (photo.image.width, 0))
    assert read_card(twice).problem == "two_cards"


def test_one_corner_may_be_hidden() -> None:
    photo = take(BASE)
    x, y = photo.seen_at((14.0, 14.0))
    covered = photo.image.copy()
    ImageDraw.Draw(covered).rectangle((x - 45, y - 45, x + 45, y + 45), fill=(90, 80, 70))
    reading = read_card(covered)
    assert (reading.problem, reading.corners) == ("", 3)
    assert reading.error < 0.2


def test_a_part_that_is_cut_off_is_not_measured() -> None:
    photo = take(replace(BASE, fill=0.98))
    x, _y = photo.seen_at((36.0, 50.0))
    cut = photo.image.crop((round(x), 0, photo.image.width, photo.image.height))
    reading = read_card(cut)
    assert reading.problem == "covered"
    assert not isinstance(reading.correction(photo.measured), Correction)


def test_the_process_answers_as_the_function(tmp_path: Path) -> None:
    photo = take(BASE)
    path = tmp_path / "photo.jpg"
    photo.image.save(path, quality=95)
    with Image.open(path) as opened:
        assert read_card_in_worker(path).code == read_card(opened.convert("RGB")).code
    colors = area_in_worker(path, Area(0.4, 0.6, 0.1, 0.1, round=False))
    assert 0 < len(colors.samples) <= MOST_CELLS**2
    assert colors.clipped == 0


def test_a_broken_picture_is_an_error_and_no_reading(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff nothing")
    for ask in (lambda: read_card_in_worker(path), lambda: area_in_worker(path, Area(0, 0, 1, 1))):
        with pytest.raises(ColorReadingError):
            ask()


def test_an_ellipse_leaves_its_corners_out_and_bright_spots_count_as_clipped() -> None:
    picture = Image.new("RGB", (200, 100), (120, 60, 60))
    area = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
    box, ellipse = (area_of(picture, {**area, "round": flag}) for flag in (False, True))
    assert len(ellipse["samples"]) / len(box["samples"]) == pytest.approx(0.785, abs=0.05)
    picture.paste((255, 255, 255), (50, 25, 100, 75))
    assert area_of(picture, {**area, "round": False})["clipped"] == pytest.approx(0.5, abs=0.05)
    assert len(area_of(Image.new("RGB", (4000, 3000)), {**area, "round": False})["samples"]) <= MOST_CELLS**2
