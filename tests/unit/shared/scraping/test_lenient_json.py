"""JSON as it stands in pages."""

import json

import pytest

from shared.scraping.lenient_json import read_lenient_json

GOOD = {"@type": "Product", "name": "Coat", "url": "https://shop.test/a // b", "price": 12}
TEXT = json.dumps(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"<!-- seo -->\n{TEXT}",
        f"<!--\n{TEXT}\n-->",
        f"// <![CDATA[\n{TEXT}\n// ]]>",
        f"// <![CDATA[\n{TEXT}\n// ]]&gt;",
        f"/*<![CDATA[*/{TEXT}/*]]>*/",
        f"<![CDATA[{TEXT}]]>",
        f"/* seo */{TEXT}",
        f"// seo\n{TEXT};",
        f"\ufeff{TEXT}",
        f"\u00a0{TEXT}\u00a0",
        f"{TEXT[:-1]},}}",
        "{\n// product\n" + TEXT[1:],
        TEXT.replace('"', "&quot;"),
        "{/* a */" + TEXT[1:],
    ],
)
def test_what_stands_around_and_between_does_not_matter(text: str) -> None:
    assert read_lenient_json(text) == [GOOD]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Levi\\'s", "Levi's"),
        ("A\\x20B", "A B"),
        ("a\nb", "a\nb"),
        ("a\\-b", "a-b"),
        ("\\u00e9\\\\", "\u00e9\\"),
        ("a\\\nb", "ab"),
    ],
)
def test_letters_may_be_escaped_as_javascript_does(name: str, read: str) -> None:
    assert read_lenient_json('{"name": "' + name + '",}') == [{"name": read}]


def test_several_documents_in_a_row() -> None:
    assert read_lenient_json(TEXT + TEXT) == read_lenient_json(f"{TEXT},\n{TEXT}") == [GOOD, GOOD]
    assert read_lenient_json(f"[{TEXT},]") == [[GOOD]]
    assert read_lenient_json(str(GOOD)) == [GOOD]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word",
        "<html>",
        TEXT[:30],
        TEXT.replace("Coat", '5" heel'),
        TEXT.replace("12", ""),
        '{"price": 0120}',
        "window.x = {}",
        "[" * 100_000,
        "<!--" * 50_000,
        "// x\n" * 50_000,
        "1" * 6_000,
        "[[]," * 300_000,
    ],
)
def test_what_would_have_to_be_guessed_stays_broken(text: str) -> None:
    with pytest.raises(ValueError, match=r"^it "):
        read_lenient_json(text)
