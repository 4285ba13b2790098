"""robots.txt: which group is ours, and waits that are bounded."""

import pytest

from shared.scraping.robots import LONGEST_DELAY, parse_robots

PAGE = "https://shop.example/p"


def allows(*lines: str) -> bool:
    return parse_robots("\n".join(lines).encode()).allow(PAGE)


@pytest.mark.parametrize(
    "name",
    [
        "PluckItProcessor",
        "pluckitprocessor",
        "PluckItProcessor/1.0",
        "PluckItProcessor/2",
        "PluckItProcessor*",
        "PluckItProcessor (wardrobe)",
    ],
)
def test_we_are_known_with_a_version_or_without(name: str) -> None:
    assert not allows(f"User-agent: {name}", "Disallow: /")
    assert allows("User-agent: *", "Disallow: /", f"User-agent: {name}", "Disallow:")


@pytest.mark.parametrize("name", ["PluckItProcessorBot", "Pluck", "NotPluckItProcessor", "Other/1.0 PluckItProcessor"])
def test_others_are_not_us(name: str) -> None:
    assert allows(f"User-agent: {name}", "Disallow: /")


@pytest.mark.parametrize(
    "line", ["Foo: bar", "Noindex: /x", "Sitemap: https://shop.example/map.xml", "Host: shop.example", "", "# words", "words"]
)
def test_a_line_of_another_kind_does_not_part_a_group(line: str) -> None:
    assert not allows("User-agent: Other", line, "User-agent: PluckItProcessor", line, "Disallow: /")
    assert allows("User-agent: Other", "Disallow: /", line, "User-agent: PluckItProcessor", "Disallow: /x")


def test_several_groups_of_ours_are_one_and_a_misspelt_word_counts() -> None:
    assert not allows("User-agent: PluckItProcessor", "Allow: /a", "", "User-agent: PluckItProcessor/1", "Dissallow: /p")
    assert allows("User-agent: PluckItProcessor", "User-agent: *", "Disallow: /q")


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("Crawl-delay: 2.5", 2.5),
        ("Crawl-delay: 1000000000000", LONGEST_DELAY),
        ("Crawl-delay: 1e308", LONGEST_DELAY),
        ("Crawl-delay: nan", 0),
        ("Crawl-delay: inf", 0),
        ("Crawl-delay: -5", 0),
        ("Crawl-delay: 10s", 0),
        ("Request-rate: 1/10s", 10),
        ("Request-rate: 1/99999999999999999999h", LONGEST_DELAY),
        ("Request-rate: 1/" + "9" * 400 + "d", LONGEST_DELAY),
        ("Request-rate: " + "9" * 400 + "/1", 0),
        ("Request-rate: 1/0", 0),
        ("Request-rate: x", 0),
    ],
)
def test_waits_are_bounded(line: str, seconds: float) -> None:
    assert parse_robots(f"User-agent: *\n{line}\nDisallow: /x".encode()).delay_seconds == pytest.approx(seconds)
