"""The digest's page: what a reader finds on it, that it is one sound document, and what it costs to load."""

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agents.weekly_digest.page import as_html, as_markdown, content_security_policy
from agents.weekly_digest.page.colours import NAMES, paint
from agents.weekly_digest.page.reading import read
from shared.fashion.colours import HEX as MEASURED
from tests.pages import ATTRIBUTES, FIRST, HOSTILE, OLD, RICH, ROOT, Elements

SAMPLES = pytest.mark.parametrize("digest", [RICH, FIRST, HOSTILE, OLD, {}], ids=["rich", "first", "hostile", "old", "empty"])


@SAMPLES
def test_the_page_is_one_document_that_asks_for_nothing(digest: dict[str, Any]) -> None:
    html = as_html(digest)
    found = Elements(html).found
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert not {tag for tag, _ in found} & {"script", "img", "link", "iframe", "object", "embed", "a", "form", "image", "use"}
    assert {name for _, attributes in found for name in attributes} <= ATTRIBUTES
    assert all(re.fullmatch(r"#[0-9a-f]{6}", attributes["fill"]) for _, attributes in found if "fill" in attributes)
    style = html.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_the_pages_own_stylesheet_and_nothing_else() -> None:
    html = as_html(RICH)
    style = html.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert content_security_policy() == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    )
    [meta] = [one for tag, one in Elements(html).found if tag == "meta" and "http-equiv" in one]
    assert content_security_policy().startswith(meta["content"])


@SAMPLES
def test_headings_go_down_one_level_at_a_time_and_drawings_say_what_they_show(digest: dict[str, Any]) -> None:
    found = Elements(as_html(digest)).found
    levels = [int(tag[1]) for tag, _ in found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {one["aria-labelledby"] for _, one in found if "aria-labelledby" in one} <= set(ids)
    for number, (tag, attributes) in enumerate(found):
        if tag == "svg" and attributes.get("role") == "img":
            assert attributes["aria-label"]
        elif tag == "svg":
            assert "true" in {attributes.get("aria-hidden"), found[number - 1][1].get("aria-hidden")}


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_and_bars_reach_the_contrast_of_wcag_aa(scheme: int) -> None:
    style = (ROOT / "agents/weekly_digest/page/templates/page.css").read_text()
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]))

    def luminance(code: str) -> float:
        parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str) -> float:
        darker, lighter = sorted((luminance(colours[one]), luminance(colours["paper"])))
        return (lighter + 0.05) / (darker + 0.05)

    assert min(contrast("ink"), contrast("quiet"), contrast("accent")) >= 4.5
    assert contrast("bar") >= 3.0


def test_a_suggestion_says_what_why_with_what_and_what_it_would_cost() -> None:
    expected = (
        "Waxed rain jacket", "Almost half of your last thirty wears", "Outerwear is 2 of 41 pieces", "navy chinos",
        "€4.00 a wear", "€180 over about 45 wears in its first year", "17 of your 41 pieces",
    )  # fmt: skip
    text, markdown = Elements(as_html(RICH)).text, as_markdown(RICH)
    for words in expected:
        assert words in text
        assert words in markdown
    assert "Very sure" in text
    assert "How sure we are: very sure" in markdown
    assert text.index("Waxed rain jacket") < text.index("Your wardrobe, counted")


def test_the_figures_of_the_wardrobe_follow() -> None:
    text, markdown = Elements(as_html(RICH)).text, as_markdown(RICH)
    for words in (
        "€4.20 is the median of 22 priced pieces",
        "last worn 4 May 2026",
        "and 3 more",
        "Nothing for rain",
        "Week 48",
    ):
        assert words in text
        assert words in markdown
    assert "| canvas sneakers              |    60 |  €0.80 |" in markdown
    assert re.search(r"^knitwear +7  ▆{12}$", markdown, re.MULTILINE)
    assert 'aria-label="Wears by month: December 2025 31, January 2026 28' in as_html(RICH)


def test_dots_are_inked_for_the_pieces_it_combines_with() -> None:
    html = as_html({"suggestions": [{"item": "Scarf", "combinesWith": 3}], "totalItems": 5})
    assert [attributes.get("class") for tag, attributes in Elements(html).found if tag == "circle"] == ["ink"] * 3 + [None] * 2
    assert "<circle" not in as_html({"suggestions": [{"item": "Scarf", "combinesWith": 3}], "totalItems": 5000})


def test_a_digest_of_an_older_app_gives_a_page_without_the_parts_it_lacks() -> None:
    text, markdown = Elements(as_html(OLD)).text, as_markdown(OLD)
    for page in (text, markdown):
        assert "You own 23 pieces and have worn 12 of them." in page
        assert "Navy cardigan" in page
        assert "3 March 2025" in page
        assert not [
            word for word in ("counted from", "It rests on", "We expect", "How sure", "None", "Its colours") if word in page
        ]


def test_an_empty_digest_says_that_there_is_nothing_to_buy() -> None:
    for page in (Elements(as_html({})).text, as_markdown({})):
        assert "Nothing to buy this week" in page
        assert "What you have will do." in page


def test_figures_that_cannot_be_are_left_out() -> None:
    first = read(HOSTILE).suggestions[0]
    assert (first.price, first.cost_per_wear, first.wears_a_year, first.confidence) == (None, None, None, None)
    assert "combinesWith" in HOSTILE["suggestions"][0]
    assert "99 pieces you own" in as_markdown(HOSTILE)
    odd = {
        "suggestions": [
            {"item": "Hat", "confidence": float("nan"), "combinesWith": True, "expectedPrice": {"amount": float("inf")}}
        ]
    }
    assert not [word for word in ("nan", "inf", "True", "We expect", "Combines") if word in Elements(as_html(odd)).text]


def test_every_colour_that_is_measured_can_be_painted_in_its_tone() -> None:
    assert {name: NAMES.get(name) for name in MEASURED} == MEASURED
    assert (paint("Heather  Grey"), paint("dark navy"), paint("navy", "#AABBCC")) == (NAMES["grey"], NAMES["navy"], "#aabbcc")
    assert [paint(name, code) for name, code in (("striped", None), ("", "#fff"), ("x", 'url("a")'), ("x", "#12345g"))] == [
        None
    ] * 4


def test_importing_the_package_loads_no_template_library() -> None:
    code = "import sys, agents.weekly_digest.page; print('jinja2' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "False\n"
    )


def test_the_templates_are_found_when_the_app_runs_from_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        for path in [
            *(ROOT / "agents/weekly_digest/page").rglob("*.*"),
            ROOT / "agents/__init__.py",
            ROOT / "agents/weekly_digest/__init__.py",
            *(ROOT / "shared").rglob("*.py"),
        ]:
            if path.suffix != ".pyc":
                archive.write(path, path.relative_to(ROOT))
    program = f"import sys; sys.path.insert(0, {str(tmp_path / 'app.zip')!r}); "
    program += "from agents.weekly_digest.page import as_html; print(as_html({}))"
    done = subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == as_html({}).strip()


@pytest.mark.parametrize(
    ("total", "worn", "waiting", "sentence"),
    [
        (20, 14, 2, "You own 20 pieces and have worn 14 of them. Two are still waiting for a first outing and four are new."),
        (20, 18, 2, "You own 20 pieces and have worn 18 of them. Two are still waiting for a first outing."),
        (20, 19, 0, "You own 20 pieces and have worn 19 of them. One is new."),
        (20, None, 3, "You own 20 pieces. Three are still waiting for a first outing."),
    ],
)  # fmt: skip
def test_the_counts_of_the_opening_add_up(total: int, worn: int | None, waiting: int, sentence: str) -> None:
    digest = {"totalItems": total, "itemsWithWearHistory": worn, "statistics": {"neverWorn": {"count": waiting}}}
    assert as_markdown(digest).split("\n\n")[1].startswith(sentence)


def test_a_piece_that_combines_with_everything_tells_nothing_by_it() -> None:
    assert "Combines with" not in as_markdown({"suggestions": [{"item": "Scarf", "combinesWith": 13}], "totalItems": 13})
    assert "Combines with 12 of your" in as_markdown({"suggestions": [{"item": "Scarf", "combinesWith": 12}], "totalItems": 13})


def test_without_drawings_the_figures_stay_as_text() -> None:
    html = as_html(RICH)
    plain = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    assert "Wears by month: " in Elements(plain).text
    for name in ("categories", "colours"):
        for share in RICH["statistics"][name]:
            assert share["name"] in Elements(plain).text
    assert "@supports (display: grid) { .told { display: none; } }" in html, "who knows a grid sees the drawing"


def test_the_figures_are_said_to_their_owner() -> None:
    figures = [
        "0 of 16 owned items are made for rain; 9 of the last 30 wears with known weather were on wet days",
        "1 of 16 owned items is knitwear; most wardrobes of this size have 2 or more", "16 owned items, 2 of them never worn",
        "owned items by category: tops 6, shoes 2", "14 of 16 owned items have been worn, 90 times in all",
    ]  # fmt: skip
    digest = {
        "suggestions": [{"item": "Scarf", "figures": figures}], "statistics": {"gaps": [{"text": text} for text in figures]},
    }  # fmt: skip
    text = Elements(as_html(digest)).text
    assert "owned items" not in text
    for said in (
        "None of your 16 pieces are made for rain", "1 of your 16 pieces is knitwear",
        "You own 16 pieces, 2 of them never worn",
        "Your pieces by category: tops 6", "14 of your 16 pieces have been worn",
    ):  # fmt: skip
        assert text.count(said) == 2
