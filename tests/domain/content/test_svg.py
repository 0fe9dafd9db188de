"""Figures: what the allow-list lets through, what it refuses, and what comes out."""

from __future__ import annotations

import pytest

from app.domain.content import svg as figures
from tests.domain.content.samples import svg


def codes(text: str) -> list[tuple[int, str]]:
    figure, faults = figures.read(text)
    assert (figure is None) == bool(faults)
    return [(fault.line, fault.code) for fault in faults]


def test_a_good_figure_is_written_out_small_sorted_and_prefixed() -> None:
    figure, faults = figures.read(
        svg(
            '<!-- a comment --><defs>\n<clipPath id="c"><circle r="3"/></clipPath></defs>\n'
            '<g fill="#ff0000" clip-path="url(#c)"><path d="M1 2\n  3 4" class="w2 k-ink"/></g>'
            '<text y="2" x="1" class="t-md"> a <tspan class="t-b">b</tspan> &lt;c </text>'
        )
    )
    assert faults == []
    assert figure is not None
    assert (figure.title, figure.desc, figure.height) == ("T", "D", 200.0)
    assert figure.markup("les-fig") == (
        '<svg role="img" viewBox="0 0 400 200"><title>T</title><desc>D</desc>'
        '<defs><clipPath id="les-fig-c"><circle r="3"/></clipPath></defs>'
        '<g clip-path="url(#les-fig-c)" fill="#ff0000"><path class="k-ink w2" d="M1 2 3 4"/></g>'
        '<text class="t-md" x="1" y="2">a <tspan class="t-b">b</tspan> &lt;c</text></svg>'
    )


def test_layout_comments_and_attribute_order_do_not_matter() -> None:
    one, _ = figures.read(svg('<rect x="1" y="2" width="3" height="4" class="f-ok k-ok"/>'))
    two, _ = figures.read(svg('\n  <!-- x --><rect class="k-ok  f-ok" height="4" width="3" y="2" x="1"></rect>\n'))
    assert one is not None
    assert two is not None
    assert one.markup("p") == two.markup("p")


def test_all_listed_elements_pass() -> None:
    inner = """
    <defs>
      <linearGradient id="l" x1="0" y1="0" x2="0" y2="1" gradientUnits="objectBoundingBox" spreadMethod="pad">
        <stop offset="0" stop-color="#dd9484"/><stop offset="100%" stop-color="#fff" stop-opacity=".5"/>
      </linearGradient>
      <radialGradient id="r" cx="50%" cy="50%" r="50%" gradientTransform="rotate(20)">
        <stop offset="0"/></radialGradient>
      <marker id="m" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="6" markerHeight="6" orient="auto"
        markerUnits="strokeWidth"><path d="M0 0L10 5Z" class="f-ink2"/></marker>
    </defs>
    <g transform="translate(1 2) scale(1.5)" opacity=".5">
      <rect x="1" y="2" width="3" height="4" rx="1" fill="url(#l)"/><circle cx="1" cy="2" r="3" fill="url(#r)"/>
      <ellipse cx="1" cy="2" rx="3" ry="4" fill="none" class="k-brand w3 d2"/>
      <line x1="0" y1="1" x2="2" y2="3" marker-end="url(#m)" stroke-linecap="round" class="k-s8"/>
      <polyline points="0,0 1,1"/><polygon points="0 0, 1 1, 2 -2e1"/>
    </g>
    <g class="t-sm"><text x="1 2" y="3" text-anchor="middle" dominant-baseline="middle">x</text></g>"""
    assert codes(svg(inner)) == []


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<script>alert(1)</script>", "svg-element"),
        ("<style>a{}</style>", "svg-element"),
        ("<image href='x'/>", "svg-element"),
        ("<use href='#a'/>", "svg-element"),
        ("<foreignObject/>", "svg-element"),
        ("<a href='javascript:alert(1)'/>", "svg-element"),
        ("<animate attributeName='x'/>", "svg-element"),
        ("<path onclick='x' d='M0 0'/>", "svg-attribute"),
        ("<path style='fill:red'/>", "svg-attribute"),
        ("<text class='t-md' font-size='9'>x</text>", "svg-attribute"),
        ("<path stroke='#ff0000'/>", "svg-attribute"),
        ("<path stroke-width='3'/>", "svg-attribute"),
        ("<g xmlns:x='http://www.w3.org/1999/xlink' x:href='#a'/>", "svg-attribute"),
        ("<path fill='red'/>", "svg-value"),
        ("<path fill='url(https://evil.test/#a)'/>", "svg-value"),
        ("<path fill='#ff0000\n'/>", "svg-value"),
        ("<path d='M0 0 url(x)'/>", "svg-value"),
        ("<g transform='rotate(1) x'/>", "svg-value"),
        ("<rect width='calc(1)'/>", "svg-value"),
        ("<g class='f-ok btn'/>", "svg-class"),
        ("<g>loose</g>", "svg-text"),
        ("<g/>tail", "svg-text"),
        ("<path fill='url(#gone)'/>", "svg-reference"),
        ("<g id='a'/><g id='a'/>", "svg-id"),
        ("<text>no size</text>", "svg-text-size"),
    ],
)
def test_what_is_not_listed_is_refused(inner: str, code: str) -> None:
    assert {found for _, found in codes(svg(inner))} == {code}


def test_the_line_of_each_fault_is_told() -> None:
    assert codes(svg("\n<path onclick='x'/>\n\n<script/>")) == [(2, "svg-attribute"), (4, "svg-element")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<svg/>", "svg-namespace"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>', "svg-doctype"),
        ('<?xml-stylesheet href="x"?>' + svg(), "svg-instruction"),
        (svg("<g>"), "svg-xml"),
        ("", "svg-xml"),
        (svg("&nbsp;"), "svg-xml"),
        ('<g xmlns="http://www.w3.org/2000/svg"/>', "svg-root"),
        (svg("<x:g xmlns:x='urn:x'/>"), "svg-namespace"),
    ],
)
def test_what_is_no_plain_svg_is_refused_at_once(text: str, code: str) -> None:
    assert [found for _, found in codes(text)] == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (svg(box="0 0 400 100"), "svg-viewbox"),
        (svg(box="0 0 300 200"), "svg-viewbox"),
        (svg(box="0 0 400"), "svg-viewbox"),
        (svg().replace(' viewBox="0 0 400 200"', ""), "svg-viewbox"),
        (svg().replace(' role="img"', ""), "svg-role"),
        (svg(root=' width="400"'), "svg-attribute"),
        (svg(head="<desc>D</desc><title>T</title>"), "svg-title"),
        (svg(head="<title> </title><desc>D</desc>"), "svg-title"),
        (svg(head=""), "svg-title"),
    ],
)
def test_the_frame_of_a_figure(text: str, code: str) -> None:
    assert {found for _, found in codes(text)} == {code}


def test_the_xml_declaration_is_fine() -> None:
    assert codes('<?xml version="1.0" encoding="UTF-8"?>\n' + svg()) == []
