"""Nothing from outside becomes markup, whatever the text, whatever the shape of the document."""

import re
import unicodedata
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agents.weekly_digest.page import as_html, as_markdown
from agents.weekly_digest.page.markdown_page import WORD_JOINER, escaped
from agents.weekly_digest.page.text import shown_line
from tests.pages import ATTRIBUTES, HOSTILE, RICH, Elements, with_texts

FRAGMENTS = [
    "<script>", "</style>", '"', "'", "&lt;", "&#60;", "-->", "]]>", "{{ 7*7 }}", "{% raw %}", "![", "](", "[x]", "<http://a.bc>",
    "https://evil.example", "www.evil.example", "a@evil.example", "`", "```", "~~~", "**", "_", "|", "\\", "#", "# ", "- ",
    "1. ", "> ", "\n", "\n\n", "\n---\n", "\t", "\x00", "\u202e", "\u200b", "\u2028", "الأسود", "雨", "👩🏽‍🚀",
    " ", "navy", "$x$", "\ud800",
]  # fmt: skip
hostile_text = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6)), min_size=1, max_size=12).map("".join)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile_text | st.sampled_from(["2026-W48", "2026-11", "EUR"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def markdown_skeleton(markdown: str) -> list[str]:
    """The kinds of all blocks and inline elements, less the text itself."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return [one.type for token in tokens for one in (token, *(token.children or ())) if one.type != "text"]


@given(text=hostile_text)
@pytest.mark.slow
def test_whatever_the_texts_the_html_has_the_same_elements_and_attributes(text: str) -> None:
    bland = Elements(as_html(with_texts(RICH, lambda _: "word")))
    strange = Elements(as_html(with_texts(RICH, lambda _: f"q{text}q")))
    assert strange.skeleton == bland.skeleton


@given(text=hostile_text)
@pytest.mark.slow
def test_whatever_the_texts_the_markdown_has_the_same_blocks_and_no_links_images_or_html(text: str) -> None:
    bland = markdown_skeleton(as_markdown(with_texts(RICH, lambda _: "word")))
    assert markdown_skeleton(as_markdown(with_texts(RICH, lambda _: f"{text}q"))) == bland
    assert not {"link_open", "image", "html_inline", "html_block", "code_inline"} & set(bland)


@given(text=hostile_text)
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    line = shown_line(text, 200)
    if not line:
        return
    [_, inline, _] = MarkdownIt("commonmark").parse(escaped(line))
    assert {child.type for child in inline.children or ()} == {"text"}
    assert "".join(child.content for child in inline.children or ()).replace(WORD_JOINER, "") == line


@pytest.mark.parametrize(
    ("text", "broken"),
    [("see https://a.example now", "https:"), ("WWW.shop.example", "WWW."), ("ask me@shop.example", "me@"),
     ("mailto:x", "mailto:"), ("zalando.com", "zalando.")],
)  # fmt: skip
def test_no_reader_finds_an_address_to_link_in_escaped_text(text: str, broken: str) -> None:
    shown = MarkdownIt("commonmark").renderInline(escaped(text))
    assert broken in text
    assert broken not in shown
    assert shown.replace(WORD_JOINER, "") == text


def test_names_in_the_charts_cannot_end_the_block_or_look_like_a_tag() -> None:
    [chart] = re.findall(r"### What it is made of\n\n```text\n(.*?)\n```\n", as_markdown(HOSTILE), re.DOTALL)
    assert chart.splitlines()[0].startswith("\u2039script\u203aalert(1)\u2039/script\u203a ")
    assert not set("<>`~") & set(chart)


def test_escaping_leaves_ordinary_names_alone() -> None:
    for name in ("H&M wide-leg trousers (2nd pair)", "T-shirt, e.g. in white; 100% cotton!", "30 of 41: 4.20 a wear"):
        assert escaped(name) == name


@given(values=st.lists(json_values, min_size=12, max_size=12), at=st.integers(0, 11))
@pytest.mark.slow
def test_whatever_the_shapes_both_pages_come(values: list[Any], at: int) -> None:
    digest = deepcopy(RICH)
    for offset, key in enumerate(list(digest["statistics"])):
        digest["statistics"][key] = values[(at + offset) % 12] if offset % 3 == at % 3 else digest["statistics"][key]
    for offset, key in enumerate(list(digest["suggestions"][0])):
        digest["suggestions"][0][key] = values[offset]
    digest["statistics"]["costPerWear"] = dict.fromkeys(("currency", "items", "median", "best", "dearest"), values[at])
    digest[list(digest)[at % len(digest)]] = values[0]
    for tag, attributes in Elements(as_html(digest)).found:
        assert set(attributes) <= ATTRIBUTES, tag
    assert as_markdown(digest).startswith("# ")


def test_the_page_stays_bounded_whatever_the_lengths() -> None:
    huge = with_texts(RICH, lambda text: f"{text} " * 5000)
    huge["suggestions"] = huge["suggestions"] * 50
    assert len(as_html(huge)) < 100_000
    assert len(as_markdown(huge)) < 60_000


@given(text=hostile_text, limit=st.integers(4, 60))
def test_a_line_is_bounded_printable_and_stays_as_it_is(text: str, limit: int) -> None:
    line = shown_line(text, limit)
    assert len(line) <= limit
    assert not [letter for letter in line if unicodedata.category(letter)[0] == "C" and letter not in "\u200c\u200d"]
    assert shown_line(line, limit) == line


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [(" two\n words\t", 9, "two words"), ("a\u202eb\u2066c\x00", 9, "abc"), ("\u200d\u0301", 9, ""), (7, 9, ""), (None, 9, ""),
     ("e" + "\u0301" * 50, 9, "e" + "\u0301" * 4), ("a long garment name", 9, "a long…"), ("unbreakable", 9, "unbreaka…"),
     ("one unbreakabl" + "e" * 90, 60, "one unbreakabl" + "e" * 45 + "…"), ("\u0915\u200d", 9, "\u0915\u200d")],
)  # fmt: skip
def test_text_from_outside_becomes_one_line(text: object, limit: int, line: str) -> None:
    assert shown_line(text, limit) == line
