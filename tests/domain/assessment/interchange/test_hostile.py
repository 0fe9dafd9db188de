"""Files made to do harm: a reader reports, it never raises, never expands, never waits."""

from __future__ import annotations

import io
import stat
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.assessment.interchange import markup, packages, xml_tree
from app.domain.assessment.interchange.formats import Format, guess
from app.domain.assessment.interchange.packages import make_package, open_package, resolve
from app.domain.assessment.interchange.report import Outcome, Refused
from app.domain.assessment.interchange.text_forms import Losses, markdown_from_html, plain_from_html
from app.infra.markdown import render_prompt
from tests.domain.assessment.interchange.importing import take

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><quiz>&i;</quiz>"
)
OUTSIDE = '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>'
REMOTE = '<!DOCTYPE quiz SYSTEM "http://example.invalid/x.dtd"><quiz/>'
PARAMETER = '<!DOCTYPE quiz [<!ENTITY % p SYSTEM "http://example.invalid/p"> %p;]><quiz/>'


@pytest.mark.parametrize("form", [Format.MOODLE_XML, Format.QTI])
@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, REMOTE, PARAMETER], ids=["laughs", "file", "remote", "parameter"])
def test_entities_and_doctypes_are_refused_before_anything_is_expanded(text: str, form: Format) -> None:
    (fault,) = take(text, form).faults
    assert "DOCTYPE" in fault.sentence
    assert fault.line == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<quiz>" + "<a>" * 100 + "</a>" * 100 + "</quiz>", "nested"),
        (f'<quiz x="{"y" * 30_000}"/>', "attributes"),
        ("<quiz " + " ".join(f'a{i}="1"' for i in range(100)) + "/>", "attributes"),
        ("<quiz>" + "<a/>" * (xml_tree.MOST_NODES + 1) + "</quiz>", "elements"),
        ("<quiz>&unknown;</quiz>", "undefined entity"),
        ('<?xml version="1.0" encoding="klingon"?><quiz/>', "encoding"),
    ],
    ids=["deep", "long", "many", "nodes", "entity", "encoding"],
)
def test_xml_has_bounds(text: str, said: str) -> None:
    (fault,) = take(text, Format.MOODLE_XML).faults
    assert said in fault.sentence


def test_a_file_has_a_largest_size() -> None:
    (fault,) = take(b"x" * (8 * 1024 * 1024 + 1), Format.GIFT).faults
    assert "8 MB" in fault.sentence


def test_a_text_that_is_not_utf_8_is_a_fault_with_its_line() -> None:
    (fault,) = take(b"Q {T}\n\n\xff\xfe {F}", Format.GIFT).faults
    assert fault.line == 3


def _zip(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return held.getvalue()


def _link(name: str, kind: int = stat.S_IFLNK) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


def _patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) >= 1
    return data.replace(old, new)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_zip(("../evil.xml", b"x")), "unsafe path"),
        (_zip(("/etc/passwd", b"x")), "unsafe path"),
        (_zip(("a/../../b.xml", b"x")), "unsafe path"),
        (_zip(("C:evil", b"x")), "unsafe path"),
        (_patched(_zip(("a_b_c", b"x")), b"a_b_c", b"..\\_c"), "unsafe path"),
        (_zip((_link("imsmanifest.xml"), b"/etc/passwd")), "link or a device"),
        (_zip((_link("fifo", stat.S_IFIFO), b"")), "link or a device"),
        (_zip(("bomb.xml", b"\0" * (2 * 1024 * 1024))), "times its size"),
        (_zip(("big.bin", bytes(range(256)) * 40_000)), "more than 8 MB"),
        (_zip(*[(f"{i}.txt", b"") for i in range(packages.MOST_FILES + 1)]), "more than 2000 files"),
        (b"PK\x03\x04 not a zip", "not a zip"),
        (_zip(("other.xml", b"<a/>")), "no imsmanifest.xml"),
    ],
    ids=["up", "root", "inner", "drive", "backslash", "link", "fifo", "bomb", "big", "many", "broken", "empty"],
)
def test_packages_have_bounds_and_stay_inside(data: bytes, said: str) -> None:
    report = take(data, Format.QTI)
    assert report.entries == ()
    assert said in " ".join(fault.sentence for fault in report.faults)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_twice_in_a_package_is_refused() -> None:
    with pytest.raises(Refused, match="twice"):
        open_package(_zip(("a.xml", b"1"), ("a.xml", b"2")))


def test_a_package_that_lies_about_sizes_is_refused() -> None:
    data = _zip(("imsmanifest.xml", b"<manifest/>" + b" " * 5000))
    true = (5011).to_bytes(4, "little")
    report = take(data.replace(true, (40).to_bytes(4, "little")), Format.QTI)
    assert report.faults


def test_a_package_of_ours_is_the_same_bytes_every_time() -> None:
    files = {"b.txt": b"2", "a.txt": b"1"}
    assert make_package(files) == make_package(files)
    package = open_package(make_package(files))
    assert {name: package.read(name) for name in package.names} == files


@pytest.mark.parametrize(
    ("href", "found"),
    [
        ("../pics/a.svg", "pics/a.svg"),
        ("b.svg", "items/b.svg"),
        ("../../a.svg", ""),
        ("/a.svg", ""),
        ("https://example.org/a.svg", ""),
        ("a%20b.svg#x", "items/a b.svg"),
        ("", ""),
    ],
)
def test_addresses_stay_inside_the_package(href: str, found: str) -> None:
    assert resolve("items/a.xml", href) == found


@pytest.mark.parametrize(
    "text",
    [
        *("<" * 19_000, "<a " * 6_000, '<a "' * 4_500, "<!--" * 4_500, "<script>" * 2_300, "&" * 19_000),
        *("<b>" * 6_000, "<p><ul><li>" * 1_700, "*_`[" * 2_500, "</p>" * 4_500),
    ],
    ids=lambda text: text[:6],
)
def test_html_is_read_in_linear_time(text: str) -> None:
    begun = time.process_time()
    markdown_from_html(text, Losses())
    plain_from_html(text, Losses())
    assert time.process_time() - begun < 2.0


def test_no_script_survives() -> None:
    hostile = (
        '<p onclick="x()">a<script>x()</script><iframe src="//e"></iframe><a href="javascript:x()">b</a><svg/></p>'
    )
    losses = Losses()
    shown = render_prompt(markdown_from_html(hostile, losses))
    assert shown == "<p>ab</p>"
    assert "script" in losses.sentence


def test_a_text_has_a_largest_size() -> None:
    (entry,) = take(f"{'word ' * 5_000} {{T}}", Format.GIFT).entries
    assert entry.outcome is Outcome.REFUSED
    assert str(markup.LONGEST) in entry.reason


def _items(rules: str, extra: str = "") -> str:
    rows = "".join(f'<simpleChoice identifier="{c}">{c}</simpleChoice>' for c in "ABCDEF")
    return (
        '<assessmentItem identifier="i" title="t"><responseDeclaration identifier="RESPONSE" cardinality="multiple" '
        f'baseType="identifier"><correctResponse><value>A</value></correctResponse>{extra}</responseDeclaration>'
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody>'
        f'<choiceInteraction responseIdentifier="RESPONSE" maxChoices="0"><prompt>Q</prompt>{rows}</choiceInteraction>'
        f"</itemBody><responseProcessing>{rules}</responseProcessing></assessmentItem>"
    )


FLOAT = '<baseValue baseType="float">{}</baseValue>'


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            '<setOutcomeValue identifier="SCORE"><sum>' + FLOAT.format(1) * 3_000 + "</sum></setOutcomeValue>",
            "too long",
        ),
        (
            '<setOutcomeValue identifier="SCORE"><product>'
            + FLOAT.format("1e999") * 500
            + "</product></setOutcomeValue>",
            "numbers that are too long",
        ),
        (
            '<setOutcomeValue identifier="SCORE"><divide>'
            f"{FLOAT.format(1)}{FLOAT.format(0)}</divide></setOutcomeValue>",
            "earns nothing",
        ),
        ('<setOutcomeValue identifier="SCORE"><variable identifier="NOPE"/></setOutcomeValue>', "not declared"),
        ('<setOutcomeValue identifier="SCORE"/>', "needs one value"),
    ],
    ids=["steps", "digits", "zero", "unknown", "nothing"],
)
def test_response_processing_has_bounds(rules: str, said: str) -> None:
    (entry,) = take(_items(rules), Format.QTI).entries
    assert entry.outcome is Outcome.REFUSED
    assert said in entry.reason


_WORDS = st.sampled_from(
    [
        *"{}=~#%:\\\n",
        "->",
        "####",
        "::",
        "//",
        "[html]",
        "[tag:",
        "$CATEGORY:",
        "TRUE",
        "..",
        "%50%",
        "A. x\n",
        "ANSWER: A",
    ]
)
_XML = st.sampled_from(
    [
        *("<quiz>", "</quiz>", '<question type="multichoice">', "</question>", '<answer fraction="100">', "</answer>"),
        *("<text>", "</text>", "<![CDATA[", "]]>", '<question type="numerical">', "<questiontext>", "</questiontext>"),
        *("<defaultgrade>x</defaultgrade>", "&amp;", "a", "<tolerance>", '<question type="ordering">'),
        "<assessmentItem>",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.lists(st.one_of(_WORDS, st.text(max_size=5)), max_size=40).map("".join).map(str.encode),
        st.lists(_XML, max_size=30).map(lambda parts: ("<quiz>" + "".join(parts)).encode()),
        st.binary(max_size=200),
        st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail),
    ),
    st.sampled_from(list(Format)),
)
def test_a_reader_reports_and_never_raises(data: bytes, form: Format) -> None:
    guess(data)
    report = take(data, form)
    assert report.entries or report.faults
    for entry in report.entries:
        assert (entry.item is None) == (entry.outcome is Outcome.REFUSED) == bool(entry.reason)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_item_or_package_is_reported(data: st.DataObject) -> None:
    whole = _items('<setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/></setOutcomeValue>')
    good = data.draw(
        st.sampled_from([whole.encode(), make_package({"imsmanifest.xml": b"<manifest/>", "a": b"x" * 99})])
    )
    place = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.integers(0, 30))
    report = take(good[:place] + data.draw(st.binary(max_size=6)) + good[place + cut :], Format.QTI)
    assert report.entries or report.faults
