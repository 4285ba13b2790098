"""The exposition, read back by Prometheus' own parser."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

from agents.watch.openmetrics import CONTENT_TYPES, OPEN, PLAIN, Family, Sample, exposition

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=40)
NUMBERS = st.floats(allow_nan=False) | st.integers(-(2**60), 2**60).map(float)


def test_the_text_is_that_of_the_standard() -> None:
    text = exposition([
        Family(
            "wardrobe_queue_oldest_age_seconds", "gauge", "Age of the oldest work.", (Sample(90.5, {"queue": "jobs"}),),
            "seconds",
        ),
        Family("wardrobe_dlq_ingress", "counter", 'New "dead" letters\nby reason.', (Sample(3, {"reason": "a\\b"}), Sample(0))),
    ])  # fmt: skip
    assert text == (
        "# HELP wardrobe_queue_oldest_age_seconds Age of the oldest work.\n"
        "# TYPE wardrobe_queue_oldest_age_seconds gauge\n"
        "# UNIT wardrobe_queue_oldest_age_seconds seconds\n"
        'wardrobe_queue_oldest_age_seconds{queue="jobs"} 90.5\n'
        '# HELP wardrobe_dlq_ingress New \\"dead\\" letters\\nby reason.\n'
        "# TYPE wardrobe_dlq_ingress counter\n"
        'wardrobe_dlq_ingress_total{reason="a\\\\b"} 3.0\n'
        "wardrobe_dlq_ingress_total 0.0\n"
        "# EOF\n"
    )
    assert CONTENT_TYPES[OPEN].startswith("application/openmetrics-text; version=1.0.0")


@given(TEXTS, st.dictionaries(st.sampled_from(["rule", "subject", "queue"]), TEXTS), NUMBERS)
def test_whatever_is_in_help_labels_and_values_comes_back(help_: str, labels: dict[str, str], value: float) -> None:
    text = exposition([Family("wardrobe_alert_firing", "gauge", help_, (Sample(value, labels),))])
    [family] = text_string_to_metric_families(text)
    [sample] = family.samples
    assert (family.documentation, sample.labels, sample.value) == (help_, labels, value)


def test_a_counter_and_a_value_that_is_no_number_are_read_back() -> None:
    text = exposition([
        Family("wardrobe_jobs", "counter", "Jobs.", (Sample(2.0**60, {"outcome": "done"}),)),
        Family("wardrobe_ratio", "gauge", "A ratio.", (Sample(math.nan),)),
        Family("wardrobe_empty", "gauge", "Nothing yet.", ()),
    ])  # fmt: skip
    jobs, ratio, empty = text_string_to_metric_families(text)
    assert (jobs.type, jobs.samples[0].name, jobs.samples[0].value) == ("counter", "wardrobe_jobs_total", 2.0**60)
    assert math.isnan(ratio.samples[0].value)
    assert empty.samples == []
    assert list(text_string_to_metric_families(exposition([]))) == []


ONE = (Sample(1.0),)


@pytest.mark.parametrize(
    ("families", "problem"),
    [
        ([Family("age", "gauge", "", ONE), Family("age", "gauge", "", ONE)], "twice"),
        ([Family("age", "gauge", "", (Sample(1, {"a": "x", "b": "y"}), Sample(2, {"b": "y", "a": "x"})))], "twice"),
    ],
)
def test_what_a_scraper_would_refuse_is_refused_here(families: list[Family], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        exposition(families)


def test_who_asks_for_plain_text_gets_its_format() -> None:
    text = exposition([Family("wardrobe_jobs", "counter", "Jobs.", (Sample(2, {"outcome": "done"}),))], PLAIN)
    assert "# EOF" not in text
    assert "# TYPE wardrobe_jobs_total counter\n" in text
    [family] = plain_families(text)
    assert (family.type, family.samples[0].name, family.samples[0].value) == ("counter", "wardrobe_jobs_total", 2.0)
    assert CONTENT_TYPES[PLAIN] == "text/plain; version=0.0.4; charset=utf-8"
