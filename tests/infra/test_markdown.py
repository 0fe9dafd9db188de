"""Markdown becomes the HTML of our pages, and nothing else."""

from __future__ import annotations

import re
import threading
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
import pytest

from app.infra import markdown
from tests.infra.xss_payloads import PAYLOADS

FIGURES = {"figures/a.svg": '<svg role="img" viewBox="0 0 400 200"><title>T</title><desc>D</desc></svg>'}
TERMS = {
    "wet-dry line": ("wet-dry-line", "Where the dry lip becomes the moist one."),
    "cupid's bow": ("cupids-bow", 'The "M" of the upper lip.'),
    "pass": ("pass", "One layer."),
}


def lesson(body: str) -> str:
    return markdown.render_lesson(
        body,
        figures=FIGURES,
        glossary=TERMS,
        lesson_url=lambda id: f"/learn/lessons/{id}",
        glossary_url=lambda slug: f"/learn/glossary#{slug}",
    )


class Tags(HTMLParser):
    """Collects every start tag with its attributes, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


ALLOWED = {
    "p", "br", "strong", "em", "code", "ul", "ol", "li", "blockquote", "a", "pre", "hr", "table", "thead", "tbody",
    "tr", "th", "td", "h2", "h3", "h4", "div", "details", "summary", "label", "input", "span", "figure",
    "figcaption", "svg", "title", "desc",
}  # fmt: skip
HARMLESS = {
    "href", "rel", "id", "class", "role", "type", "start", "tabindex", "data-meaning", "aria-label", "viewbox",
}  # fmt: skip


def assert_harmless(text: str) -> None:
    for tag, attributes in Tags(text).found:
        assert tag in ALLOWED, (tag, text)
        assert set(attributes) <= HARMLESS, (tag, attributes, text)
        address = re.sub(r"[\x00-\x20\x7f-\xa0]", "", attributes.get("href", "")).lower()
        assert urlsplit(address).scheme in ("", "http", "https", "mailto"), (address, text)
        assert not address.startswith(("javascript", "data:", "vbscript")), (address, text)


@pytest.mark.parametrize("render", [lesson, markdown.render_prompt, markdown.render_inline, markdown.render_user_text])
def test_no_payload_gets_a_script_a_handler_or_a_script_address_through(render: object) -> None:
    assert len(set(PAYLOADS)) >= 350
    for payload in PAYLOADS:
        for wrapped in (payload, f"Before {payload} after", f"> {payload}", f"1. {payload}\n2. x", f"**{payload}**"):
            assert_harmless(render(wrapped))  # type: ignore[operator]


def test_the_output_does_not_change_meaning_when_a_browser_reads_it_again() -> None:
    for payload in PAYLOADS:
        once = markdown.render_user_text(payload)
        again = nh3.clean(once, link_rel="noopener noreferrer nofollow ugc")
        assert Tags(again).found == Tags(once).found


def test_a_lesson_reads_as_designed() -> None:
    text = lesson(
        "Two wet-dry lines meet.\n\n## The idea\n\n### Detail\n\n## The idea\n\n"
        '!!! safety "Safety"\n    Stop.\n\n??? question "Why?"\n    Because.\n'
    )
    assert '<h2 id="s-the-idea">The idea</h2>' in text
    assert '<h3 id="s-detail">Detail</h3>' in text
    assert '<h2 id="s-the-idea-2">The idea</h2>' in text
    assert '<div class="admonition safety" role="note">' in text
    assert '<p class="admonition-title">Safety</p>' in text
    assert '<details class="question">\n<summary>Why?</summary>' in text


def test_a_top_heading_is_lowered_because_the_page_prints_the_title() -> None:
    assert lesson("# Title") == '<h2 id="s-title">Title</h2>'


def test_a_figure_is_inlined_with_label_and_caption() -> None:
    text = lesson('![What it "teaches"](figures/a.svg "A <caption>.")')
    assert text == (
        '<figure class="figure"><div class="fig"><svg aria-label="What it &quot;teaches&quot;" role="img" '
        'viewBox="0 0 400 200"><title>T</title><desc>D</desc></svg></div>'
        "<figcaption>A &lt;caption&gt;.</figcaption></figure>"
    )


def test_an_image_that_is_no_known_figure_leaves_only_its_words() -> None:
    assert lesson("![A lip](https://evil.test/x.png)") == "<p><em>A lip</em></p>"
    assert markdown.render_user_text("See ![A lip](figures/a.svg) here") == "<p>See <em>A lip</em> here</p>"


def test_a_term_is_linked_at_its_first_use_only_and_never_in_headings_links_or_code() -> None:
    text = lesson("## Wet-dry line\n\n`wet-dry line` [wet-dry line](lesson:x) The Wet-dry line. Wet-dry line.")
    assert text.count("glossary-term") == 1
    assert '<h2 id="s-wet-dry-line">Wet-dry line</h2>' in text
    assert "<code>wet-dry line</code>" in text
    assert 'The <a class="glossary-term" data-meaning="Where the dry lip becomes the moist one."' in text
    assert 'href="/learn/glossary#wet-dry-line" rel="noopener noreferrer">Wet-dry line</a>. Wet-dry line.' in text


def test_terms_are_found_in_the_plural_with_either_apostrophe_and_as_whole_words() -> None:
    text = lesson("Cupid’s bow and passes, not bypass or pass-through.")
    assert ">Cupid’s bow</a>" in text
    assert ">passes</a>, not bypass or pass-through." in text
    assert 'data-meaning="The &quot;M&quot; of the upper lip."' in text


def test_an_abbreviation_is_found_as_it_is_written_and_has_no_plural() -> None:
    terms = {"HIV": ("hiv", "A virus."), "PEP": ("pep", "A medicine."), "pep talk": ("pep-talk", "Kind words.")}
    text = markdown.render_lesson(
        "No hives, no hiv, no HIVes, HIVs or HIV-like; a PEP talk and HIV, then PEP. Nothing pep.",
        figures={},
        glossary=terms,
        lesson_url=str,
        glossary_url=lambda slug: f"#{slug}",
    )
    assert re.findall(r'href="#([a-z-]+)"[^>]*>([^<]+)<', text) == [
        ("pep-talk", "PEP talk"), ("hiv", "HIV"), ("pep", "PEP"),
    ]  # fmt: skip


def test_several_terms_in_one_sentence_keep_the_text_between_them() -> None:
    text = lesson("First the pass, *then* the wet-dry line and a Cupid's bow at last.")
    assert re.sub(r"<[^>]+>", "", text) == "First the pass, then the wet-dry line and a Cupid's bow at last."
    assert text.count("glossary-term") == 3


def test_without_a_glossary_nothing_is_linked() -> None:
    text = markdown.render_lesson("The pass.", figures={}, glossary={}, lesson_url=str, glossary_url=str)
    assert text == "<p>The pass.</p>"


def test_lesson_links_become_addresses() -> None:
    assert 'href="/learn/lessons/lip-map-points"' in lesson("[points](lesson:lip-map-points)")


def test_a_bench_checklist_has_labeled_boxes_without_names() -> None:
    text = lesson("- [ ] Wash *hands*\n- [x] Glove\n    - inner")
    boxes = [attributes for tag, attributes in Tags(text).found if tag == "input"]
    assert boxes == [{"type": "checkbox"}, {"type": "checkbox"}]
    assert '<label><input type="checkbox"><span>Wash <em>hands</em></span></label>' in text
    assert "<li>inner</li>" in text
    assert '<ul class="task-list">' in text


def test_a_loose_checklist_has_boxes_too_and_a_mixed_list_has_none() -> None:
    assert lesson("- [ ] One\n\n- [ ] Two").count('<input type="checkbox">') == 2
    assert "<input" not in lesson("- [ ] One\n- Two")


def test_a_table_can_be_scrolled_by_keyboard_and_carries_no_style() -> None:
    text = lesson("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert text.startswith('<table tabindex="0">')
    assert "style" not in text


def test_a_prompt_has_no_links_and_no_headings() -> None:
    text = markdown.render_prompt("# Case\n\nA [client](https://e.test) asks.\n\n![x](figures/a.svg)", FIGURES)
    assert text.startswith("<p><strong>Case</strong></p>\n<p>A client asks.</p>")
    assert '<figure class="figure">' in text


def test_inline_text_loses_its_paragraph_only_when_there_is_one() -> None:
    assert markdown.render_inline("A *fine* line") == "A <em>fine</em> line"
    assert markdown.render_inline("One\n\nTwo") == "<p>One</p>\n<p>Two</p>"


def test_what_people_write_keeps_its_line_breaks_and_marks_links_as_theirs() -> None:
    assert markdown.render_user_text("a < b\nc") == "<p>a &lt; b<br>\nc</p>"
    link = markdown.render_user_text("[x](https://e.test)")
    assert link == '<p><a href="https://e.test" rel="noopener noreferrer nofollow ugc">x</a></p>'
    assert "href" not in markdown.render_user_text("[x](/account/delete)")


@pytest.mark.parametrize("text", ["> " * 4000 + "x", "- " * 3000 + "x", "[" * 5000, "*" * 5000, "`" * 4999, "(" * 5000])
def test_absurd_nesting_is_answered_and_not_an_error(text: str) -> None:
    assert_harmless(markdown.render_user_text(text))
    assert markdown.render_user_text("after") == "<p>after</p>"


def test_threads_do_not_share_a_parser() -> None:
    results: dict[int, set[str]] = {}

    def work(number: int) -> None:
        results[number] = {lesson(f"# Part {number}\n\nThe pass {number}.") for _ in range(30)}

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, texts in results.items():
        assert len(texts) == 1
        assert f'<h2 id="s-part-{number}">' in texts.pop()
