"""Which of the pictures that come with a post is the look: not its author, an emoji, a badge, or what counts its readers."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

MIN_SIDE: Final = 100  # pixels; below that nothing is to be seen
UNSAID_WIDTH: Final = 600  # where a width is not said: behind what is large by its own word, before a thumbnail
SHARED_BY: Final = 3  # posts of one page with the same picture: it is the author's or the site's, not theirs
NO_LOOK: Final = re.compile(
    r"gravatar\.|[/_.-](avatars?|userpics?|profile[-_]?(pic(ture)?|image|photo)s?|author[-_]?(pic(ture)?|image|photo)s?)([/_.-]|\d|$)"
    r"|/(authors?|emojis?|smil(ies|eys?)|twemoji|badges?|icons?|favicons?|sprites?|share-?buttons?|counters?)/"
    r"|/(badge|icon|emoji|smiley|favicon|sprite|logo|avatar)s?"
    r"([-_](new|sale|small|large|white|black|dark|light|header|footer|round|\d+(x\d+)?))?\.\w{3,4}$"
    r"|[/_.-](1x1|spacer|pixel|blank|transparent|beacon|tracking|loader|loading|placeholder|lazy(load)?)"
    r"([-_]?\d+(x\d+)?)?\.(gif|png|svg|webp)$"
    r"|//(feeds\.|stats\.|pixel\.|b\.|count(er)?\.)[^/]*/(~r|~ff|b\.gif|g\.gif|pixel|t\.gif)|/~(r|ff)/|//[^/]*doubleclick\."
    r"|//s\.w\.org/images/core/|//i\.redd\.it/removed\.",
    re.IGNORECASE,
)
NO_LOOK_HINT: Final = re.compile(
    r"\b(wp-smiley|emoji|emoticon|avatar|gravatar|userpic|badge|icon|logo|author|byline|profile-(pic|image|photo)|pixel|tracking|beacon"
    r"|share|sponsor|spacer|feedflare)\b",
    re.IGNORECASE,
)
SIZED_NAME: Final = re.compile(r"[-_](\d{2,4})x(\d{2,4})(?=\.\w{3,4}$)")
SIZED_QUERY: Final = re.compile(r"[?&;](?:w|width|imwidth|s|sz|size)=(\d{1,4})(?:px)?(?=&|$)", re.IGNORECASE)
SIZED_FOLDER: Final = re.compile(r"/[sw](\d{2,4})(?:-[a-z]{1,3})?/")
NUMBER: Final = re.compile(r"^\s*(\d{1,5})(?:\.\d{1,4})?\s*(?:px)?\s*$")


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a post shows it. `width`, `height`: in pixels, None where nobody says; `hint`: its class, its alternative
    text and the like.
    """

    url: str
    width: int | None = None
    height: int | None = None
    hint: str = ""

    @classmethod
    def said(cls, url: str, width: object = None, height: object = None, hint: str = "") -> "Shown":
        """Return a picture with its sizes as markup writes them, or as its address does."""
        path = url.partition("?")[0]
        by_name = SIZED_NAME.search(path)
        by_address = SIZED_QUERY.search(url) or SIZED_FOLDER.search(path)
        wide = _pixels(width) or (int(by_name[1]) if by_name else int(by_address[1]) if by_address else None)
        return cls(url, wide, _pixels(height) or (int(by_name[2]) if by_name else None), hint)

    @property
    def is_look(self) -> bool:
        """False for what its address, its hints or its size give away as something else."""
        sides = [side for side in (self.width, self.height) if side is not None]
        return not (min(sides, default=MIN_SIDE) < MIN_SIDE or NO_LOOK.search(self.url) or NO_LOOK_HINT.search(self.hint))


def _pixels(value: object) -> int | None:
    found = NUMBER.match(str(value)) if value is not None else None
    return int(found[1]) if found else None


def looks(shown: Iterable[Shown], shared: frozenset[str] = frozenset()) -> list[str]:
    """Return the addresses of what may be the look, the largest declared width first; of one picture in several sizes, the
    largest. `shared`: what is none, whatever it says.
    """
    likely = [one for one in shown if one.is_look and one.url not in shared]
    likely.sort(key=lambda one: one.width or UNSAID_WIDTH, reverse=True)
    once: dict[str, str] = {}
    for one in likely:
        once.setdefault(SIZED_NAME.sub("", one.url.partition("?")[0]), one.url)
    return list(once.values())


def shared_by_many(posts: Sequence[Iterable[str]]) -> frozenset[str]:
    """Return the addresses that come with `SHARED_BY` posts or more."""
    count = Counter(url for post in posts for url in set(post))
    return frozenset(url for url, times in count.items() if times >= SHARED_BY)
