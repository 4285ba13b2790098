"""How likely a count of failures is by chance: the tails of the binomial distribution, without a library of statistics.

P(X >= k) is the sum over i >= k of C(n, i) p^i (1 - p)^(n - i) (Abramowitz and Stegun, "Handbook of Mathematical Functions",
26.1.20 and 26.1.24). The first term is taken in logarithms, so that it neither overflows nor vanishes; each next term follows
from the one before by its ratio. The sum runs from `k` away from the mean, where terms only shrink, and the other side is
the complement: a small tail is never the difference of two numbers near one.
"""

import math
from typing import Final

NEGLIGIBLE: Final = 1e-17  # a term below this share of the sum is lost in a double's rounding, and so are those after it


def tail(k: int, n: int, p: float) -> float:
    """Return P(Bin(n, p) >= k), to about nine digits up to n = 1e6. Raises ValueError for n < 0 or p outside of 0..1."""
    if n < 0 or not 0.0 <= p <= 1.0:
        raise ValueError(f"binomial: expected n >= 0 and p in 0..1, got n = {n}, p = {p}")
    if k <= 0:
        return 1.0
    if k > n or p == 0.0:
        return 0.0
    if p == 1.0:
        return 1.0
    if k > n * p:
        return min(1.0, _sum_from(k, n, p))
    return max(0.0, 1.0 - _sum_from(n - k + 1, n, 1.0 - p))  # fewer than k failures are more than n - k successes


def lower_tail(k: int, n: int, p: float) -> float:
    """Return P(Bin(n, p) <= k), as exact as `tail`: so many failures or fewer are n - k successes or more."""
    return tail(n - k, n, 1.0 - p)


def _sum_from(k: int, n: int, p: float) -> float:
    """Sum the probabilities of k, k + 1, … n, for 0 < k <= n above the mean and 0 < p < 1."""
    choices = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    term = math.exp(choices + k * math.log(p) + (n - k) * math.log1p(-p))
    total, odds = term, p / (1.0 - p)
    for i in range(k, n):
        term *= (n - i) / (i + 1) * odds
        total += term
        if term <= total * NEGLIGIBLE:
            break
    return total
