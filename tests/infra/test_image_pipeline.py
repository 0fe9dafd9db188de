"""Every kind of photo through the pipeline: upright, in true colors, without a trace of where and by whom."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageFilter, ImageStat

from app.infra.image_color import display_p3
from app.infra.image_facts import fingerprint
from app.infra.image_pipeline import inspect, make_deep, process
from app.infra.images import ImageRefused, Limits, PhotoResult, Rendition, hash_distance
from tests.infra import photo_corpus as corpus
from tests.infra.photo_corpus import CORNERS, cornered, encoded, exif, heic, smooth

LIMITS = Limits()


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    """`run(data)` -> the result of processing a file with these bytes."""

    def process_bytes(data: bytes, limits: Limits = LIMITS) -> PhotoResult:
        path = tmp_path / "upload"
        path.write_bytes(data)
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        return process(path, out, limits)

    return process_bytes


@pytest.fixture
def deepen(tmp_path: Path):  # type: ignore[no-untyped-def]
    """`deepen(data)` -> what reviewers get of a photo with these bytes."""

    def make(data: bytes) -> list[Rendition]:
        path = tmp_path / "upload"
        path.write_bytes(data)
        out = tmp_path / "deep"
        out.mkdir(exist_ok=True)
        return make_deep(path, out, LIMITS)

    return make


@pytest.fixture
def refused(run):  # type: ignore[no-untyped-def]
    """`refused(data)` -> the refusal of a file with these bytes."""

    def refuse(data: bytes, limits: Limits = LIMITS) -> ImageRefused:
        with pytest.raises(ImageRefused) as caught:
            run(data, limits)
        return caught.value

    return refuse


def picture(result: PhotoResult, name: str = "large", mime: str = "image/jpeg") -> Image.Image:
    (found,) = [one for one in result.renditions if (one.name, one.mime) == (name, mime)]
    return Image.open(found.path).convert("RGB")


def assert_upright(image: Image.Image) -> None:
    """Every corner of `cornered` is where it belongs."""
    width, height = image.size
    assert width > height
    for name, expected in CORNERS.items():
        at = (width // 16 if "left" in name else width * 15 // 16, height // 12 if "top" in name else height * 11 // 12)
        found = image.getpixel(at)
        assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) < 24, name


def shift(image: Image.Image, expected: Image.Image) -> tuple[float, int]:
    """Mean and largest difference of two pictures, in levels of 255."""
    difference = ImageChops.difference(image, expected.resize(image.size))
    stat = ImageStat.Stat(difference)
    return max(stat.mean), max(high for _, high in stat.extrema)


# ---------------------------------------------------------------- renditions


def test_three_sizes_of_which_the_small_ones_are_webp_too(run) -> None:
    result = run(encoded(smooth(4032, 3024), "JPEG", quality=80))
    assert [(one.name, one.mime, one.width, one.height) for one in result.renditions] == [
        ("large", "image/jpeg", 2016, 1512),
        ("medium", "image/jpeg", 1008, 756),
        ("medium", "image/webp", 1008, 756),
        ("small", "image/jpeg", 320, 240),
        ("small", "image/webp", 320, 240),
    ]
    assert (result.facts.kind, result.facts.width, result.facts.height) == ("jpeg", 4032, 3024)
    for one in result.renditions:
        assert one.size == one.path.stat().st_size
        with Image.open(one.path) as image:
            assert (image.size, image.get_format_mimetype()) == ((one.width, one.height), one.mime)


def test_half_of_a_slightly_smaller_photo_is_taken_as_it_is(run) -> None:
    assert [one.width for one in run(encoded(smooth(4000, 3000), "JPEG")).renditions] == [2000, 1008, 1008, 320, 320]


def test_a_tall_photo_is_measured_by_its_height(run) -> None:
    result = run(encoded(smooth(1500, 3000), "PNG"))
    assert [(one.width, one.height) for one in result.renditions][::2] == [(1008, 2016), (504, 1008), (160, 320)]


def test_a_small_photo_is_never_enlarged(run) -> None:
    result = run(encoded(smooth(200, 100), "PNG"))
    assert {(one.width, one.height) for one in result.renditions} == {(200, 100)}


def test_a_panorama_keeps_at_least_one_pixel(run) -> None:
    result = run(encoded(Image.new("RGB", (9000, 2), (200, 90, 80)), "PNG"))
    assert [(one.width, one.height) for one in result.renditions][::2] == [(2016, 1), (1008, 1), (320, 1)]


def test_inspect_agrees_with_process(run, tmp_path: Path) -> None:
    result = run(encoded(cornered(), "JPEG", exif=exif(6)))
    assert inspect(tmp_path / "upload", LIMITS) == result.facts


def test_a_reviewer_gets_all_pixels_and_avif(deepen) -> None:
    made = deepen(encoded(smooth(4032, 3024), "JPEG", exif=exif(6)))
    assert [(one.name, one.mime, one.width, one.height) for one in made] == [
        ("full", "image/jpeg", 3024, 4032),
        ("large", "image/avif", 1512, 2016),
        ("medium", "image/avif", 756, 1008),
    ]
    for rendition in made:
        assert_bare(rendition)
        with Image.open(rendition.path) as image:
            assert image.size == (rendition.width, rendition.height)


def test_the_large_rendition_of_a_small_photo_has_all_pixels_already(deepen) -> None:
    made = deepen(encoded(cornered(), "PNG"))
    assert [(one.name, one.mime) for one in made] == [("large", "image/avif"), ("medium", "image/avif")]


@pytest.mark.parametrize("kind", ["JPEG", "HEIC", "AVIF"])
def test_all_pixels_are_upright_and_in_true_colors(deepen, kind: str) -> None:
    data = heic(cornered(), exif=exif(6)) if kind == "HEIC" else encoded(corpus.stored_turned(6), kind, exif=exif(6))
    for rendition in deepen(data):
        with Image.open(rendition.path) as image:
            if kind != "HEIC":  # from_pillow turned that one by its EXIF before it was stored
                assert_upright(image.convert("RGB"))
            assert not image.getexif()


def test_a_folder_that_cannot_be_written_is_our_fault(tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(encoded(cornered(), "PNG"))
    with pytest.raises(OSError, match="out"):
        process(tmp_path / "upload", tmp_path / "out", LIMITS)
    with pytest.raises(FileNotFoundError):
        process(tmp_path / "nothing", tmp_path, LIMITS)


# ---------------------------------------------------------------- orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied(run, kind: str, orientation: int) -> None:
    result = run(encoded(corpus.stored_turned(orientation), kind, exif=exif(orientation), quality=95))
    assert (result.facts.width, result.facts.height) == (640, 480)
    assert_upright(picture(result))
    assert_upright(picture(result, mime="image/jpeg"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_rotation_is_applied_once(run, orientation: int) -> None:
    """The file says it twice, as iPhones do: irot/imir in the container and the tag in EXIF."""
    result = run(heic(corpus.stored_turned(orientation), exif=exif(orientation)))
    assert (result.facts.kind, result.facts.width, result.facts.height) == ("heic", 640, 480)
    assert_upright(picture(result))


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_heic_exif_orientation_alone_is_ignored(run, orientation: int) -> None:
    """ISO 23008-12 makes irot the truth; applying the tag as well turns photos of some Android phones over."""
    result = run(corpus.set_orientation_tag(heic(cornered(), exif=exif(1)), orientation))
    assert_upright(picture(result))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_avif_rotation_is_applied_once(run, orientation: int) -> None:
    result = run(encoded(corpus.stored_turned(orientation), "AVIF", exif=exif(orientation), quality=95, speed=9))
    assert (result.facts.kind, result.facts.width) == ("avif", 640)
    assert_upright(picture(result))


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_counts_as_none(run, orientation: int) -> None:
    data = corpus.set_orientation_tag(encoded(cornered(), "JPEG", exif=exif(1)), orientation)
    assert_upright(picture(run(data)))


# ---------------------------------------------------------------- metadata


def webp_chunks(data: bytes) -> list[bytes]:
    assert data[:4] == b"RIFF"
    assert int.from_bytes(data[4:8], "little") + 8 == len(data)
    at, names = 12, []
    while at < len(data):
        names.append(data[at : at + 4])
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return names


def jpeg_segments(data: bytes) -> list[int]:
    """The markers before the scan, and proof that nothing follows the end of the image."""
    at, markers = 2, []
    while data[at + 1] != 0xDA:
        markers.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    assert data.endswith(b"\xff\xd9")
    assert data.count(b"\xff\xd9") == 1
    return markers


AVIF_BOXES = {
    b"ftyp", b"meta", b"mdat", b"hdlr", b"pitm", b"iloc", b"iinf", b"infe", b"iprp", b"ipco", b"ispe", b"pixi",
    b"av1C", b"colr", b"ipma",
}  # fmt: skip
"""Boxes that hold or describe pixels. EXIF and XMP would be items ("infe") of another type than av01."""


def avif_boxes(data: bytes, header: int = 0) -> set[bytes]:
    """The names of all boxes, read without a codec; every item must be a coded picture."""
    found, at = set(), header
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + size]
        found.add(name)
        if name in (b"meta", b"iprp", b"ipco", b"iinf"):
            found |= avif_boxes(body, {b"meta": 4, b"iinf": 6}.get(name, 0))
        assert name != b"infe" or body[8:12] == b"av01"
        at += size
    return found


def assert_bare(rendition: Rendition) -> None:
    """Not one byte of the file is anything but picture."""
    data = rendition.path.read_bytes()
    if rendition.mime == "image/webp":
        assert webp_chunks(data) == [b"VP8 "]
    elif rendition.mime == "image/avif":
        assert avif_boxes(data) <= AVIF_BOXES
    else:
        # JFIF, quantization, frame, Huffman tables: no APP1 (EXIF, XMP), APP2 (ICC), APP13 (IPTC), COM.
        assert set(jpeg_segments(data)) <= {0xE0, 0xDB, 0xC0, 0xC4}
    for trace in (b"Exif", b"http://ns.adobe.com", b"xpacket", b"GPS", b"ICC_PROFILE", b"Phone 17", b"secret"):
        assert trace not in data


XMP = (
    b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="45,31N"/></x:xmpmeta>'
)
TALKATIVE = {"exif": exif(6), "xmp": XMP, "icc_profile": display_p3()}


@pytest.mark.parametrize(
    "data",
    [
        encoded(cornered(), "JPEG", comment=b"secret comment", **TALKATIVE),
        encoded(cornered(), "PNG", exif=exif(6), icc_profile=display_p3()),
        encoded(cornered(), "WEBP", **TALKATIVE),
        encoded(cornered(), "AVIF", speed=9, **TALKATIVE),
        heic(cornered(), exif=exif(6), xmp=XMP),
        corpus.multi_picture_jpeg(),
        corpus.cmyk_jpeg(corpus.press_profile()),
        encoded(cornered().convert("L"), "JPEG", exif=exif(3)),
    ],
    ids=["jpeg", "png", "webp", "avif", "heic", "mpo", "cmyk", "gray"],
)
def test_nothing_that_is_served_carries_metadata(run, data: bytes) -> None:
    result = run(data)
    assert len(result.renditions) == 5
    for rendition in result.renditions:
        assert_bare(rendition)


def test_facts_from_exif(run) -> None:
    facts = run(encoded(cornered(), "JPEG", exif=exif(1))).facts
    assert facts.taken_at == datetime(2026, 11, 12, 12, 3, 9, tzinfo=UTC)
    assert facts.taken_at_has_zone
    assert facts.has_gps


def test_facts_from_heic(run) -> None:
    facts = run(heic(cornered(), exif=exif(6))).facts
    assert facts.taken_at == datetime(2026, 11, 12, 12, 3, 9, tzinfo=UTC)
    assert facts.has_gps


def test_a_time_without_zone_is_marked(run) -> None:
    facts = run(encoded(cornered(), "JPEG", exif=exif(1, gps=False, zone=None))).facts
    assert facts.taken_at == datetime(2026, 11, 12, 14, 3, 9, tzinfo=UTC)
    assert not facts.taken_at_has_zone
    assert not facts.has_gps


@pytest.mark.parametrize("taken", [None, "", "0000:00:00 00:00:00", "2026-11-12", "x" * 5000, "9999:99:99 99:99:99"])
def test_a_time_that_is_none(run, taken: str | None) -> None:
    facts = run(encoded(cornered(), "JPEG", exif=exif(1, taken=taken))).facts
    assert (facts.taken_at, facts.taken_at_has_zone) == (None, False)


def test_a_zone_beyond_the_calendar(run) -> None:
    facts = run(encoded(cornered(), "JPEG", exif=exif(1, taken="0001:01:01 00:00:00", zone="+14:00"))).facts
    assert facts.taken_at is None


def test_gps_in_xmp_is_seen(run) -> None:
    assert run(encoded(cornered(), "JPEG", xmp=XMP)).facts.has_gps


@pytest.mark.parametrize("broken", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 60_000])
def test_broken_exif_does_not_spoil_the_photo(run, broken: bytes) -> None:
    result = run(encoded(cornered(), "JPEG", exif=broken, quality=95))
    assert result.facts.taken_at is None
    assert_upright(picture(result))


def test_huge_exif(run) -> None:
    table = Image.Exif()
    table[0x010E] = "A" * 60_000
    result = run(encoded(cornered(), "JPEG", exif=table.tobytes()))
    for rendition in result.renditions:
        assert_bare(rendition)
    data = encoded(cornered(), "PNG")
    many = b"".join(corpus.png_chunk(b"tEXt", b"Comment\0" + b"secret" * 20_000) for _ in range(20))
    for rendition in run(data[:33] + many + data[33:]).renditions:
        assert_bare(rendition)


# ---------------------------------------------------------------- colors


@pytest.mark.parametrize(
    "profile", [display_p3(), corpus.adobe_rgb(), corpus.srgb_profile()], ids=["p3", "adobe", "srgb"]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC"])
def test_tagged_colors_arrive_as_they_were(run, kind: str, profile: bytes) -> None:
    stored = corpus.in_space(smooth(), profile)
    if kind == "HEIC":
        stored.info["icc_profile"] = profile
        data = heic(stored)
    else:
        options = {"JPEG": {"quality": 96, "subsampling": 0}, "AVIF": {"quality": 96, "speed": 9}}.get(kind, {})
        data = encoded(stored, kind, icc_profile=profile, **options)
    result = run(data)
    for mime in ("image/webp", "image/jpeg"):
        mean, largest = shift(picture(result, "medium", mime), smooth())
        assert mean <= 2.5
        assert largest <= 14


def test_the_test_above_would_see_a_dropped_profile(run) -> None:
    mean, largest = shift(picture(run(encoded(corpus.in_space(smooth(), display_p3()), "PNG"))), smooth())
    assert mean > 4
    assert largest > 20


def test_heic_with_four_numbers_instead_of_a_profile(run) -> None:
    stored = corpus.in_space(smooth(), display_p3())
    data = heic(stored, color_primaries=12, transfer_characteristics=13, matrix_coefficients=6)
    assert b"colrnclx" in data
    mean, largest = shift(picture(run(data)), smooth())
    assert mean <= 2.5
    assert largest <= 14


def test_press_colors_by_their_profile(run) -> None:
    lightness, a, b = corpus.PRESS_RED
    lab = Image.new("LAB", (1, 1), (round(lightness * 2.55), a + 128, b + 128))
    to_rgb = ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )  # fmt: skip
    expected = to_rgb.apply(lab).getpixel((0, 0))
    found = picture(run(corpus.cmyk_jpeg(corpus.press_profile()))).getpixel((150, 100))
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 12
    assert max(abs(a - b) for a, b in zip(found, (255, 0, 0), strict=True)) > 40


def test_press_colors_without_a_profile(run) -> None:
    red, green, blue = picture(run(corpus.cmyk_jpeg())).getpixel((150, 100))
    assert red > 240
    assert green < 20
    assert blue < 20


@pytest.mark.parametrize("profile", [b"not a profile", display_p3()[:200], b"\0" * 4000], ids=["text", "cut", "zeros"])
def test_a_broken_profile_counts_as_none(run, profile: bytes) -> None:
    mean, _ = shift(picture(run(encoded(smooth(), "PNG", icc_profile=profile))), smooth())
    assert mean <= 2.5


def test_a_profile_of_another_kind_counts_as_none(run) -> None:
    mean, _ = shift(picture(run(encoded(smooth(), "PNG", icc_profile=corpus.press_profile()))), smooth())
    assert mean <= 2.5
    red, _, _ = picture(run(corpus.cmyk_jpeg(display_p3()))).getpixel((150, 100))
    assert red > 240


def test_sixteen_bits_keep_their_tones(run) -> None:
    ramp = Image.new("I;16", (256, 64))
    ramp.putdata([column * 257 for _ in range(64) for column in range(256)])
    image = picture(run(encoded(ramp, "PNG")))
    for column in (16, 64, 128, 200, 250):
        assert abs(image.getpixel((column, 32))[0] - column) <= 4


def test_sixteen_bit_colors(run) -> None:
    wide = corpus.bomb_png(64, 48, color_type=2, depth=16)
    assert picture(run(wide)).getpixel((10, 10)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("L", (300, 200), 90), (90, 90, 90)),
        (Image.new("1", (300, 200), 1), (255, 255, 255)),
        (Image.new("LA", (300, 200), (0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (300, 200), (200, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (300, 200), (200, 0, 0, 128)), (227, 127, 127)),
        (Image.new("RGB", (300, 200), (10, 120, 60)).quantize(4), (10, 120, 60)),
    ],
    ids=["gray", "bilevel", "gray+alpha", "clear", "half", "palette"],
)
def test_every_mode_becomes_rgb_on_white(run, image: Image.Image, expected: tuple[int, int, int]) -> None:
    found = picture(run(encoded(image, "PNG"))).getpixel((150, 100))
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 4


@pytest.mark.parametrize("size", [(300, 200), (3000, 2200)])
def test_a_transparent_palette_is_laid_on_white(run, size: tuple[int, int]) -> None:
    image = Image.new("P", size, 0)
    image.putpalette([200, 30, 30, 20, 60, 200])
    image.paste(1, (0, 0, size[0] // 2, size[1]))
    found = picture(run(encoded(image, "PNG", transparency=0)))
    assert found.getpixel((found.width - 10, 10)) == (255, 255, 255)
    assert found.getpixel((10, 10))[2] > 180


def test_a_large_photo_with_one_clear_color(run) -> None:
    image = Image.new("RGB", (2500, 1800), (200, 30, 30))
    image.paste((20, 60, 200), (0, 0, 1250, 1800))
    found = picture(run(encoded(image, "PNG", transparency=(200, 30, 30))))
    assert min(found.getpixel((found.width - 40, 40))) > 250


# ---------------------------------------------------------------- several pictures in one


def test_only_the_first_frame_of_an_animation(run) -> None:
    red, green, blue = picture(run(corpus.animated_webp())).getpixel((100, 100))
    assert red > 180
    assert max(green, blue) < 60


def test_a_phone_jpeg_with_a_second_picture(run) -> None:
    result = run(corpus.multi_picture_jpeg())
    assert (result.facts.kind, result.facts.width) == ("jpeg", 640)
    assert_upright(picture(result))


def test_a_large_phone_jpeg_with_a_second_picture_is_decoded_at_half_size(run) -> None:
    data = encoded(smooth(4032, 3024), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    assert run(data).renditions[0].width == 2016


# ---------------------------------------------------------------- figures


def test_sharpness_falls_with_blur(run) -> None:
    sharp = Image.effect_noise((1200, 900), 80).resize((1200, 900)).convert("RGB")
    figures = [
        run(encoded(sharp.filter(ImageFilter.GaussianBlur(radius)), "PNG")).facts.sharpness for radius in (0, 1, 3, 8)
    ]
    assert figures == sorted(figures, reverse=True)
    assert figures[0] > 20 * figures[2]


def test_exposure_figures(run) -> None:
    dark = run(encoded(Image.new("RGB", (400, 300), (4, 4, 4)), "PNG")).facts
    bright = run(encoded(Image.new("RGB", (400, 300), (254, 254, 254)), "PNG")).facts
    middle = run(encoded(Image.new("RGB", (400, 300), (128, 128, 128)), "PNG")).facts
    assert (dark.shadows, dark.highlights) == (1, 0)
    assert (bright.shadows, bright.highlights) == (0, 1)
    assert (middle.shadows, middle.highlights) == (0, 0)
    assert dark.exposure < 0.05 < 0.45 < middle.exposure < 0.55 < 0.95 < bright.exposure


def test_the_same_picture_has_the_same_fingerprint(run) -> None:
    image = smooth(1600, 1200)
    first = run(encoded(image, "PNG")).facts
    for other in (
        encoded(image, "JPEG", quality=30),
        encoded(image.resize((800, 600)), "WEBP"),
        encoded(image.filter(ImageFilter.GaussianBlur(3)), "PNG"),
        encoded(corpus.in_space(image, display_p3()), "PNG", icc_profile=display_p3()),
        heic(image.transpose(Image.Transpose.ROTATE_90), exif=exif(6)),
    ):
        found = run(other).facts
        assert hash_distance(first.fingerprint.dhash, found.fingerprint.dhash) <= 4
        assert hash_distance(first.fingerprint.ahash, found.fingerprint.ahash) <= 4


def test_a_mirrored_copy_is_found_by_the_mirrored_fingerprint(run) -> None:
    image = smooth(1600, 1200)
    first = run(encoded(image, "PNG")).facts
    mirrored = run(encoded(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "PNG")).facts
    assert hash_distance(first.fingerprint.dhash, mirrored.mirrored_fingerprint.dhash) <= 4
    assert hash_distance(first.fingerprint.dhash, mirrored.fingerprint.dhash) >= 20


def test_other_pictures_have_other_fingerprints() -> None:
    one, other = fingerprint(smooth()), fingerprint(cornered())
    assert hash_distance(one.dhash, other.dhash) >= 12
    assert len(one.dhash) == len(one.ahash) == 16


# ---------------------------------------------------------------- refusals


def test_bombs_are_refused_by_their_header(refused) -> None:
    refusal = refused(corpus.bomb_png(20_000, 20_000, color_type=0, depth=1))
    assert refusal.code == "too_many_pixels"
    assert "400 megapixels" in refusal.sentence
    assert "limit is 50 megapixels" in refusal.sentence


@pytest.mark.parametrize(
    "data",
    [
        corpus.lying_png(60_000, 60_000),
        corpus.lying_webp(16_000, 16_000),
        encoded(Image.new("L", (9000, 9000)), "JPEG"),
        encoded(Image.new("L", (9000, 6000)), "WEBP", lossless=True, method=0),
    ],
    ids=["png", "webp header", "jpeg", "webp"],
)
def test_too_many_pixels(refused, data: bytes) -> None:
    assert refused(data).code == "too_many_pixels"


def test_the_label_of_a_fifty_megapixel_camera_is_honored(run, refused) -> None:
    limits = Limits(max_megapixels=2)
    assert run(encoded(Image.new("L", (2200, 1100)), "PNG"), limits).facts.width == 2200
    assert refused(encoded(Image.new("L", (2300, 1100)), "PNG"), limits).code == "too_many_pixels"


def test_a_million_pixels_wide(refused) -> None:
    refusal = refused(corpus.bomb_png(1_000_000, 1))
    assert refusal.code == "too_long_edge"
    assert "1000000 x 1 pixels" in refusal.sentence
    assert "16384" in refusal.sentence


def test_too_many_bytes_names_both_figures(refused) -> None:
    refusal = refused(encoded(cornered(), "PNG") + b"\0" * 3_000_000, Limits(max_bytes=2 * 2**20))
    assert refusal.code == "too_many_bytes"
    assert "2.9 MB; the limit is 2 MB" in refusal.sentence


def test_zero_bytes(refused) -> None:
    assert refused(b"").code == "empty"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC"])
@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_truncated_photos_are_refused(refused, kind: str, share: float) -> None:
    noisy = Image.merge("RGB", [Image.effect_noise((400, 300), 90) for _ in range(3)])
    data = heic(noisy) if kind == "HEIC" else encoded(noisy, kind)
    refusal = refused(data[: int(len(data) * share)])
    assert refusal.code == "damaged"
    assert "once more" in refusal.sentence


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC"])
def test_a_head_without_a_body_is_refused(refused, kind: str) -> None:
    data = heic(cornered()) if kind == "HEIC" else encoded(cornered(), kind)
    assert refused(data[:64] + b"\xa5" * 5000).code in ("damaged", "not_a_photo")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "a web page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (encoded(Image.new("P", (9, 9)), "GIF"), "a GIF picture"),
        (encoded(Image.new("RGB", (9, 9)), "BMP"), "a BMP picture"),
        (encoded(Image.new("RGB", (9, 9)), "TIFF"), "a TIFF"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04" + b"\0" * 40, "an archive"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"\0" * 40, "a video"),
        (b"hello", "not a photo"),
    ],
)
def test_what_is_no_photo_is_named(refused, data: bytes, words: str) -> None:
    refusal = refused(data)
    assert refusal.code == "not_a_photo"
    assert words in refusal.sentence
    assert "JPEG, PNG, WebP, HEIC or AVIF" in refusal.sentence


def test_an_archive_behind_a_photo_is_refused(refused, run) -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>")
    assert refused(encoded(cornered(), "JPEG") + output.getvalue()).code == "mixed_content"
    assert run(encoded(cornered(), "JPEG") + b"\0" * 100).facts.width == 640


def test_a_picture_under_another_head_is_refused(refused) -> None:
    """What `sniff` says and what the codec finds must agree."""
    data = b"\xff\xd8\xff\xe0" + encoded(cornered(), "PNG")
    assert refused(data).code == "damaged"
