"""Names the colours of what a picture shows: the garment's, without the ground behind it and the skin of who wears it.

1. The ground is what looks like the picture's border and hangs together with it: the border's colours are grouped, and what
   is near a large group and connected to the border goes.
2. Skin goes where it is some of what is left and not most of it: a camel coat is of its colours too.
3. What stands in the middle counts more than what stands at the edge.
4. The rest is named by the one namer, and a shade that is much less than the first colour is no colour of its own: folds are
   dark, and highlights light.

Distance on the ground is CIE76, the Euclidean distance in L*a*b* (CIE 15:2004).
"""

import io
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PIL import Image

from shared.fashion.colour_names import lab_of, names_of
from shared.fashion.colours import HEX

Array = Any  # numpy's types stay in here
SIDE: Final = 96
BORDER: Final = 2  # pixels
GROUP_RADIUS, GROUND_RADIUS, HOLE_RADIUS = 10.0, 13.0, 4.0  # of L*a*b*
MOST_HOLES: Final = 0.4  # of what is left: with more it is the garment that has the ground's colour
GROUP_SHARE: Final = 0.12  # of the border
LEAST_LEFT: Final = 0.03  # of the picture: with less the ground was taken for too much
LEAST_SKIN, MOST_SKIN = 0.02, 0.45  # of what is left without the ground
SKIN_HUES, SKIN_CHROMAS, SKIN_LIGHTNESSES = (28.0, 76.0), (14.0, 48.0), (28.0, 92.0)  # of L*a*b*, hues in degrees
SPREAD: Final = 0.3  # of a side: how fast the weight falls off from the middle
MIN_SHARE: Final = 0.08
OF_THE_FIRST: Final = 0.6
STEP: Final = 12  # levels: pixels are named by groups of so many


@dataclass(frozen=True, slots=True)
class MeasuredColour:
    """A named colour and its share of the counted pixels, 0..1, weighed by where they stand."""

    name: str
    hex: str
    share: float


def dominant_colours(jpeg: bytes, *, limit: int = 4) -> list[MeasuredColour]:
    """Return up to `limit` colours of what the picture shows, most first; at least one.

    Raises what the image library raises for bytes that are no picture: the caller has reduced it before.
    """
    with Image.open(io.BytesIO(jpeg)) as opened:
        levels = np.asarray(opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.int32)
    shown = _without_skin(levels, _foreground(lab_of(levels.reshape(-1, 3)).reshape(SIDE, SIDE, 3)))
    weights = (_middle() * shown)[shown]
    total: dict[str, float] = {}
    _, members = np.unique(levels[shown] // STEP, axis=0, return_inverse=True)
    sums = np.bincount(members.ravel(), weights=weights)
    means = np.stack([np.bincount(members.ravel(), weights=weights * levels[shown][:, at]) for at in range(3)], axis=1)
    for name, weight in zip(names_of(means / sums[:, None]), sums, strict=True):
        total[name] = total.get(name, 0.0) + float(weight)
    counted = sum(total.values())
    ranked = sorted(total.items(), key=lambda pair: -pair[1])
    first = ranked[0][1]
    return [
        MeasuredColour(name, HEX[name], round(amount / counted, 3))
        for name, amount in ranked[:limit]
        if amount == first or (amount >= OF_THE_FIRST * first and amount / counted >= MIN_SHARE)
    ]


def _foreground(lab: Array) -> Array:
    """Return where there is no ground; everywhere where hardly anything would be left."""
    edge = np.zeros((SIDE, SIDE), dtype=bool)
    edge[:BORDER], edge[-BORDER:], edge[:, :BORDER], edge[:, -BORDER:] = True, True, True, True
    border = lab[edge]
    like, alike = np.zeros((2, SIDE, SIDE), dtype=bool)
    left = border
    while len(left) >= GROUP_SHARE * len(border):
        centre = np.median(left, axis=0) if len(left) == len(border) else left[len(left) // 2]
        for _ in range(3):  # to the middle of the group around it
            near = np.linalg.norm(left - centre, axis=1) <= GROUP_RADIUS
            centre = left[near].mean(axis=0) if near.any() else left[0]
        near = np.linalg.norm(left - centre, axis=1) <= GROUP_RADIUS
        if not near.any():
            near[0] = True
        if near.sum() >= GROUP_SHARE * len(border):
            away = np.linalg.norm(lab - centre, axis=2)
            like |= away <= GROUND_RADIUS
            alike |= away <= HOLE_RADIUS
        left = left[~near]
    shown = ~_connected(like, edge)
    if shown.mean() < LEAST_LEFT:
        return np.ones_like(shown)
    without_holes = shown & ~alike
    return without_holes if without_holes.sum() >= (1 - MOST_HOLES) * shown.sum() else shown


def _connected(like: Array, edge: Array) -> Array:
    """Return what of `like` hangs together with `edge`, by fours."""
    reached = like & edge
    while True:
        grown = reached.copy()
        grown[1:] |= reached[:-1]
        grown[:-1] |= reached[1:]
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        grown &= like
        if (grown == reached).all():
            return reached
        reached = grown


def _without_skin(levels: Array, shown: Array) -> Array:
    """Leave out skin: of every complexion it has the hue of a reddish to yellowish orange, and a middling chroma."""
    lab = lab_of(levels.reshape(-1, 3)).reshape(SIDE, SIDE, 3)
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    within = [(hue, SKIN_HUES), (chroma, SKIN_CHROMAS), (lab[..., 0], SKIN_LIGHTNESSES)]
    skin = shown & np.all([(low <= value) & (value <= high) for value, (low, high) in within], axis=0)
    share = skin.sum() / shown.sum()
    return shown & ~skin if LEAST_SKIN <= share <= MOST_SKIN else shown


def _middle() -> Array:
    away = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    across = np.exp(-(away**2) / (2 * SPREAD**2))
    return np.outer(across, across)
