"""The profile, on simulated people whose taste is known: what is learnt of it, how soon after a change, and what is projected.

A person likes things with eight words each, taken from their five words of taste or, at a given share, from a hundred words of
chance, the first of them four times as often as the last. All is drawn from seeds: the same in every run. Labels: made by us.

The baseline is the simplest profile that could work: 60 words a kind, the heaviest stay, a half-life of 90 days, and what was
met twice with a weight of one half is a preference.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import mean, median
from typing import Any, Literal

from agents.taste_analysis.preferences import MAX_INFERRED, plan, wanted_lists
from agents.taste_analysis.profile import Kind, Signal, SignalTerm, TasteProfile, fold, fold_all, weight_at
from quality.figure import Figure

START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS_A_LIKE, TRUE_WORDS, CHANCE_WORDS = 8, 5, 100
PEOPLE = 20
OLD = [f"old{number}" for number in range(TRUE_WORDS)]
NEW = [f"new{number}" for number in range(TRUE_WORDS)]
CHANCE = [f"chance{number}" for number in range(CHANCE_WORDS)]
COMMON = [1 / (rank + 30) for rank in range(CHANCE_WORDS)]


def like(number: int, at: datetime, words: Sequence[str], item: str | None = None) -> Signal:
    """Return the signal of a like with these style words."""
    terms = tuple(SignalTerm(Kind.STYLE, word, word, 1.0) for word in dict.fromkeys(words))
    return Signal(f"signal:{number}", "u", f"job{number}", 1, item or f"item{number}", "https://x.example/y", at, terms)


def likes(seed: int, taste: Sequence[Sequence[str]], *, noise: float, a_year: int) -> Iterator[Signal]:
    """Yield a like for each entry of `taste`, the words it may be made of; evenly over the time."""
    draw = random.Random(seed)
    for number, words in enumerate(taste):
        chosen = [draw.choices(CHANCE, COMMON)[0] if draw.random() < noise else draw.choice(words) for _ in range(WORDS_A_LIKE)]
        yield like(number, START + timedelta(days=365 * number / a_year), chosen)


def top(profile: TasteProfile, at: datetime) -> list[str]:
    """Return the five heaviest words."""
    states = sorted(profile.terms.values(), key=lambda state: (-weight_at(state, at), state.term))
    return [state.term for state in states[:TRUE_WORDS]]


@dataclass
class Simple:
    """The baseline; see the module."""

    weights: dict[str, tuple[float, datetime, int]] = field(default_factory=dict)

    def fold(self, signal: Signal) -> None:
        """Learn one like."""
        for term in signal.terms:
            _, _, met = self.weights.get(term.term, (0.0, signal.at, 0))
            self.weights[term.term] = (self.weight(term.term, signal.at) + 1.0, signal.at, met + 1)
        self.weights = {word: self.weights[word] for word in self.ranked(signal.at)[:60]}

    def weight(self, word: str, at: datetime) -> float:
        """Return a word's weight."""
        weight, seen, _ = self.weights.get(word, (0.0, at, 0))
        return float(weight * 2 ** -((at - seen) / timedelta(days=90)))

    def ranked(self, at: datetime) -> list[str]:
        """Return the words, heaviest first."""
        return sorted(self.weights, key=lambda word: (-self.weight(word, at), word))

    def projected(self, at: datetime) -> list[str]:
        """Return what would be projected."""
        return [one for one in self.ranked(at) if self.weights[one][2] > 1 and self.weight(one, at) >= 0.5][:MAX_INFERRED]


def after_change(seed: int, before: int, after: int, a_year: int) -> tuple[list[int], list[int]]:
    """Return, ours and the baseline's, for each like after the change: new words known, and those among the top five."""
    ours, simple = TasteProfile.empty("u"), Simple()
    counts: tuple[list[int], list[int]] = ([], [])
    for number, signal in enumerate(likes(seed, [OLD] * before + [NEW] * after, noise=0.3, a_year=a_year)):
        ours = fold(ours, signal)
        simple.fold(signal)
        if number >= before:
            counts[0].append(sum(word in NEW for word in top(ours, signal.at)))
            counts[1].append(sum(word in NEW for word in simple.ranked(signal.at)[:TRUE_WORDS]))
    return counts


def likes_until(counts: Sequence[int], wanted: int) -> int:
    """Return how many likes it took until so many stayed reached once; one more than all where it was never."""
    return next((number for number, count in enumerate(counts, start=1) if count >= wanted), len(counts) + 1)


def newcomers(seed: int) -> tuple[int, int, list[str]]:
    """Return how many of the new words are known 40 likes after a change at 500 likes of 1,000 a year: ours, baseline."""
    ours, simple = TasteProfile.empty("u"), Simple()
    rare = random.Random(seed)
    for number, signal in enumerate(likes(seed, [OLD] * 500 + [NEW] * 40, noise=0.3, a_year=1_000)):
        words = [term.term for term in signal.terms] + [f"rare{rare.randrange(2_000)}" for _ in range(2)]
        met = like(number, signal.at, words)
        ours = fold(ours, met)
        simple.fold(met)
    missing = [f"person {seed}: {word} is not known" for word in NEW if f"style:{word}" not in ours.terms]
    return TRUE_WORDS - len(missing), sum(word in simple.weights for word in NEW), missing


def projected(count: int, noise: float) -> tuple[list[tuple[float, float]], list[tuple[float, float]], list[str]]:
    """Return (precision, recall) of each person after so many likes in a year at most: ours, baseline, and what is wrong."""
    ours, baseline, wrong = [], [], []
    for seed in range(PEOPLE):
        profile, simple, at, listed = TasteProfile.empty("u"), Simple(), START, dict[str, Any]()
        for signal in likes(seed, [OLD] * count, noise=noise, a_year=200):
            profile, at = fold(profile, signal), signal.at
            planned = plan(listed, wanted_lists(profile, at))
            listed |= {**planned.lists, "tasteInferred": planned.inferred}
            simple.fold(signal)
        for found, results in ((listed.get("stylePreferences", []), ours), (simple.projected(at), baseline)):
            hits = sum(word in OLD for word in found)
            results.append((hits / len(found) if found else 1.0, hits / TRUE_WORDS))
            if results is ours and ours[-1] != (1.0, 1.0):
                wrong.append(f"{count} likes, {noise:.0%} chance, person {seed}: {', '.join(found)}")
    return ours, baseline, wrong


def rebuilt_alike() -> tuple[float, float]:
    """Return the share of people whose profile is the same whatever the order of their likes: ours, baseline."""
    same, simply_same = 0, 0
    for seed in range(PEOPLE):
        draw = random.Random(seed)
        known = [
            like(number, START + timedelta(hours=draw.randrange(9_000)), [f"word{draw.randrange(400)}" for _ in range(8)])
            for number in range(150)
        ]
        shuffled = draw.sample(known, len(known))
        folded, simples = TasteProfile.empty("u"), (Simple(), Simple())
        for signal in shuffled:
            folded = fold(folded, signal)
        for simple, order in zip(simples, (known, shuffled), strict=True):
            for signal in order:
                simple.fold(signal)
        same += _shown(folded) == _shown(fold_all("u", known))
        simply_same += simples[0].weights.keys() == simples[1].weights.keys()
    return same / PEOPLE, simply_same / PEOPLE


def _shown(profile: TasteProfile) -> list[tuple[str, float, int]]:
    return [(key, round(state.weight, 6), state.evidence) for key, state in sorted(profile.terms.items())]


async def measure() -> list[Figure]:
    """Return the room's figures."""
    known = [newcomers(seed) for seed in range(5)]
    figures = [
        Figure(
            "new words of 5 known 40 likes after a change (at 500 of 1,000 likes a year)", min(one[0] for one in known),
            ">=", 5, min(one[1] for one in known), [line for one in known for line in one[2]],
        )
    ]  # fmt: skip
    for count, noise, goals in ((200, 0.3, (0.95, 1.0)), (20, 0.3, (0.9, 0.9)), (200, 0.5, (0.95, 1.0))):
        ours, baseline, wrong = projected(count, noise)
        for place, name, goal in ((0, "precision", goals[0]), (1, "recall", goals[1])):
            figures.append(
                Figure(
                    f"{name} of projected words, {count} likes, {noise:.0%} by chance", mean(one[place] for one in ours),
                    ">=", goal, mean(one[place] for one in baseline), wrong if place == 0 else (),
                )
            )  # fmt: skip
    changed = [after_change(seed, 200, 150, 200) for seed in range(PEOPLE)]
    until = [tuple(likes_until(counts, 4) for counts in one) for one in changed]
    slow = sorted(((ours, seed) for seed, (ours, _) in enumerate(until)), reverse=True)
    steady = [[mean(counts[100:]) / TRUE_WORDS for counts in one] for one in changed]
    figures += [
        Figure(
            "likes after a change of taste until the top five are 80 % right, median", median(one[0] for one in until),
            "<=", 35, median(one[1] for one in until), [f"person {seed}: {likes} likes" for likes, seed in slow],
        ),
        Figure(
            "share of the top five that is right from the 100th like after a change", mean(one[0] for one in steady),
            ">=", 0.95, mean(one[1] for one in steady),
        ),
        Figure("share of profiles that are the same in any order, above 60 words", *_with_goal(rebuilt_alike())),
    ]  # fmt: skip
    return figures


def _with_goal(pair: tuple[float, float]) -> tuple[float, Literal[">="], float, float]:
    return pair[0], ">=", 1.0, pair[1]
