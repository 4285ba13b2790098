"""`make quality [ONLY=words]`: measure every room, or some, and print each figure beside its goal and its baseline."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from quality import colours, digest, moods, profile, words
from quality.figure import WORST, Figure

Room = Callable[[], Awaitable[Sequence[Figure]]]
ROOMS: dict[str, Room] = {
    "profile": profile.measure,
    "words": words.measure,
    "colours": colours.measure,
    "moods": moods.measure,
    "digest": digest.measure,
}


async def run(names: Sequence[str]) -> bool:
    """Print the rooms' figures; True when every goal is reached."""
    started, found = time.perf_counter(), dict[str, Sequence[Figure]]()
    print(f"      {'figure':<76} {'value':>8}    {'goal':<7} {'baseline':>8}")
    for name in names:
        print(name)
        found[name] = await ROOMS[name]()
        for figure in found[name]:
            print(figure.line())
    for figure in (figure for figures in found.values() for figure in figures if figure.worst):
        print(f"\nworst of: {figure.name}")
        for example in figure.worst[:WORST]:
            print(f"  {example}")
    every = [figure for figures in found.values() for figure in figures]
    print(f"\n{sum(one.is_met for one in every)} of {len(every)} goals reached, in {time.perf_counter() - started:.0f} s")
    return all(one.is_met for one in every)


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(ROOMS)
    if unknown := [name for name in chosen if name not in ROOMS]:
        sys.exit(f"no such room: {', '.join(unknown)}; there are {', '.join(ROOMS)}")
    sys.exit(0 if asyncio.run(run(chosen)) else 1)
