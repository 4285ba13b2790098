"""The binomial tail against exact fractions, its limits, and its order."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.watch.alerts.binomial import lower_tail, tail

PROBABILITIES = st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000)


def exact(k: int, n: int, p: Fraction) -> Fraction:
    return sum((math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(max(k, 0), n + 1)), Fraction(0))


@given(st.integers(0, 60), st.integers(-2, 62), PROBABILITIES)
def test_it_is_the_sum_of_the_exact_terms(n: int, k: int, p: Fraction) -> None:
    assert tail(k, n, float(p)) == pytest.approx(float(exact(k, n, p)), rel=1e-9, abs=1e-300)


@given(st.integers(0, 60), st.integers(-2, 62), PROBABILITIES)
def test_the_lower_tail_is_what_the_upper_leaves(n: int, k: int, p: Fraction) -> None:
    assert lower_tail(k, n, float(p)) == pytest.approx(float(1 - exact(k + 1, n, p)), rel=1e-9, abs=1e-300)


@given(st.integers(1, 1_000_000), st.integers(0, 400), st.floats(1e-6, 0.9), st.floats(1e-6, 0.9))
def test_more_failures_are_less_likely_and_a_greater_ratio_makes_them_likelier(n: int, k: int, p: float, q: float) -> None:
    low, high = sorted((p, q))
    assert 0.0 <= tail(k + 1, n, low) <= tail(k, n, low) * (1 + 1e-9) <= 1.0 + 1e-9
    assert tail(k, n, low) <= tail(k, n, high) * (1 + 1e-7)


@pytest.mark.parametrize("k", [0, 1, 3, 8, 15])
def test_for_a_million_rare_failures_it_is_poissons(k: int) -> None:
    mean = 4.0
    poisson = 1.0 - sum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k))
    assert tail(k, 1_000_000, mean / 1_000_000) == pytest.approx(poisson, rel=1e-4)


def test_far_tails_keep_their_digits_and_the_middle_of_a_million_its_half() -> None:
    assert tail(200, 1_000_000, 1e-6) == pytest.approx(math.exp(-1 - math.lgamma(201)) * (1 + 1 / 201), rel=0.03)
    assert tail(1_000_000, 1_000_000, 0.5) == pytest.approx(0.0, abs=1e-300)
    assert tail(500_000, 1_000_000, 0.5) == pytest.approx(0.5 + 0.5 * math.sqrt(2 / (math.pi * 1_000_000)), rel=1e-6)


@pytest.mark.parametrize(
    ("k", "n", "p", "value"),
    [(0, 0, 0.3, 1.0), (1, 0, 0.3, 0.0), (1, 5, 0.0, 0.0), (5, 5, 1.0, 1.0), (6, 5, 1.0, 0.0), (3, 3, 0.01, 1e-6)],
)
def test_the_edges(k: int, n: int, p: float, value: float) -> None:
    assert tail(k, n, p) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(("n", "p"), [(-1, 0.5), (5, -0.1), (5, 1.1), (5, math.nan)])
def test_what_is_no_probability_is_refused(n: int, p: float) -> None:
    with pytest.raises(ValueError, match="binomial"):
        tail(1, n, p)
