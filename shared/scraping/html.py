"""Reads HTML of strangers with selectors of strangers, in bounded time. Slow all the same: use a thread.

The parser is lxml's: the standard library's is quadratic in unfinished tags on some of the Python versions that this app
runs on (30 kB of `<a ` took 8 s on 3.11.7, lxml 1 ms). Selectors are tried element by element, so that a clock can stop them:
one trial is bounded by the page's element limit, a whole `select` is not.
"""

import re
import time
import warnings
from collections.abc import Iterator
from typing import Final

import soupsieve
from bs4 import BeautifulSoup, Tag

from shared.scraping.base import not_readable
from shared.scraping.looks import Shown
from shared.text import one_line
from shared.web.markup import made_to_be_expensive

MAX_TAGS: Final = 60_000
MAX_DEPTH: Final = 200
MAX_SELECTOR: Final = 200
MAX_PSEUDO_ARGUMENTS: Final = 3
MAX_FRAGMENT: Final = 50_000
MAX_SHOWN: Final = 50
READING_SECONDS: Final = 10.0
CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
LETTERS: Final = re.compile(  # the rest is UTF-8: of Python's other codecs some are quadratic, and none is a page's
    r"^(utf-?(8|16(le|be)?)|(us-)?ascii|latin-?1|iso-?8859-\d{1,2}|(windows|cp)-?125\d|shift[_-]jis|euc-(jp|kr)|gb(2312|k|18030)|big5"
    r"|koi8-[ru])$",
    re.IGNORECASE,
)
HTML_START: Final = re.compile(rb"^\s*(<!doctype|<html|<head|<body|<!--)", re.IGNORECASE)
SCRIPT: Final = re.compile(rb"<(script|style)\b[^<>]{0,300}>[^<]*(?:<(?!/\1)[^<]*)*", re.IGNORECASE)
XML_DECLARATION: Final = re.compile(r"^\s{0,100}<\?xml[^>]{0,200}>")
LAZY: Final = (
    "data-srcset", "srcset", "data-bgset", "data-src", "data-original", "data-lazy-src", "data-lazy", "data-lazyload",
    "data-flickity-lazyload", "data-image", "data-image-src", "data-hi-res-src", "src", "style",
)  # fmt: skip
STYLE_URL: Final = re.compile(r"url\(\s*['\"]?([^'\")]{1,2000})")
MAX_STYLE: Final = 4_000
MAX_SRCSET: Final = 20_000
SIZE: Final = re.compile(r"^(\d{1,6}(?:\.\d{1,3})?)([wx])$")
SEPARATORS: Final = ", \t\r\n\f"
WANTED_WIDTH: Final = 1_200
UNLIKELY_PICTURE: Final = re.compile(
    r"^(data:|about:|blob:|#|$)|/(spacer|placeholder|loading|loader)\b[^/]*$"
    r"|/(pixel|blank|lazy(load)?|transparent|1x1)([-_]?\d+(x\d+)?)?(\.\w{3,4})?([?#].*)?$"
    r"|/(t|clear|empty|gr[ae]y|trans)\.(gif|png)$",
    re.IGNORECASE,
)


Selecting = soupsieve.SoupSieve


class ReadingTime:
    """The processor time that a page may take, measured on the thread that reads it."""

    def __init__(self, seconds: float = READING_SECONDS) -> None:
        self._end = time.thread_time() + seconds

    def check(self) -> None:
        """Raise `PermanentError(SOURCE_NOT_READABLE)` once it is used up."""
        if time.thread_time() > self._end:
            raise not_readable("the page and the config's selectors take too long to read")


def compile_selector(text: str) -> Selecting:
    """Return the compiled CSS selector. Raises ValueError with what is wrong with it."""
    if len(text) > MAX_SELECTOR:
        raise ValueError(f"a CSS selector of at most {MAX_SELECTOR} characters")
    if text.count("(") > MAX_PSEUDO_ARGUMENTS:
        raise ValueError(f"a CSS selector with at most {MAX_PSEUDO_ARGUMENTS} pseudo-classes that take arguments")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the old names of pseudo-classes, which work
            return soupsieve.compile(text)
    except (soupsieve.SelectorSyntaxError, NotImplementedError, RecursionError) as error:
        raise ValueError(f"a CSS selector ({one_line(str(error).partition(chr(10))[0], 120)})") from None


def parse_html(body: bytes, content_type: str) -> BeautifulSoup:
    """Return the page. `content_type`: the header as it came. Raises `PermanentError(SOURCE_NOT_READABLE)`: no HTML, too many
    tags, nested too deeply.
    """
    kind = content_type.partition(";")[0].strip().casefold()
    if "html" not in kind and not HTML_START.match(body[:500]):
        raise not_readable(f"an HTML page was expected, {one_line(kind, 60) or 'something else'} came")
    if body.count(b"<") > MAX_TAGS * 2:
        raise not_readable(f"the page has more than {MAX_TAGS} tags")
    if expensive := made_to_be_expensive(SCRIPT.sub(b"", body)):
        raise not_readable(expensive)
    soup = _soup(decoded(body, content_type))
    depth: dict[int, int] = {}
    for count, element in enumerate(tags_of(soup)):
        own = depth.get(id(element.parent), 0) + 1
        depth[id(element)] = own
        if own > MAX_DEPTH or count > MAX_TAGS:
            raise not_readable(f"the page has more than {MAX_TAGS} tags, or they are nested more than {MAX_DEPTH} deep")
    return soup


def decoded(body: bytes, content_type: str) -> str:
    """Return the text of a page: by byte order mark, header or its own head, else UTF-8; broken letters are replaced."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    said = CHARSET.search(content_type.encode(errors="replace")) or CHARSET.search(body[:2048])
    name = said.group(1).decode() if said else ""
    try:
        return body.decode(name if LETTERS.match(name) else "utf-8", errors="replace").removeprefix("\ufeff")
    except LookupError:
        return body.decode(errors="replace")


def text_of_html(html: str) -> str:
    """Return the text of an HTML fragment, which may be plain text as well."""
    cut = html[:MAX_FRAGMENT]
    if "<" not in cut and "&" not in cut:
        return cut
    soup = _soup(f"<div>{cut}</div>")
    for element in soup(["script", "style"]):
        element.decompose()
    return soup.get_text(" ")


def pictures_shown(html: str) -> list[Shown]:
    """Return the pictures that an HTML fragment shows, in its order."""
    cut = html[:MAX_FRAGMENT]
    if "<img" not in cut.casefold():
        return []
    found = []
    for image in _soup(cut).find_all("img", limit=MAX_SHOWN):
        hint = f"{attribute(image, 'class')} {attribute(image, 'id')}"
        found += [Shown.said(url, attribute(image, "width"), attribute(image, "height"), hint) for url in pictures_of(image)]
    return found


def _soup(text: str) -> BeautifulSoup:
    """An XML declaration goes first: the library warns of it, and there are threads beside us that share the filters."""
    return BeautifulSoup(XML_DECLARATION.sub("", text.replace("\0", ""), count=1), "lxml")


def tags_of(root: Tag) -> Iterator[Tag]:
    """Yield the elements below `root` in the page's order."""
    return (element for element in root.descendants if isinstance(element, Tag))


def matches(root: Tag, selector: Selecting, limit: int, left: ReadingTime) -> list[Tag]:
    """Return up to `limit` elements that match, `root` itself included. Raises as `ReadingTime.check` does."""
    found = [root] if selector.match(root) else []
    for element in tags_of(root):
        if len(found) >= limit:
            break
        left.check()
        if selector.match(element):
            found.append(element)
    return found[:limit]


def attribute(element: Tag, name: str) -> str:
    """Return an attribute's text, "" where there is none."""
    value = element.get(name)
    return value.strip() if isinstance(value, str) else " ".join(value) if value else ""


def pictures_of(element: Tag, preferred: str | None = None) -> list[str]:
    """Return the likeliest picture address of an `<img>` (or of what holds or surrounds one), or none.

    Looked at in order: `preferred`, the lazy-load attributes, `src`, the sources of a `<picture>` around it, a background.
    """
    names = ((preferred,) if preferred else ()) + LAZY
    surrounding = element.find_parent("picture")  # not the parent: the parser nests the sources, which it does not know as void
    inner = element.find("img") if element.name != "img" else None
    candidates = [element, *([inner] if isinstance(inner, Tag) else [])]
    candidates += surrounding.find_all("source") if surrounding else []
    for one in candidates:
        for name in names:
            address = _address_in(name, attribute(one, name))
            if not UNLIKELY_PICTURE.search(address):
                return [address.replace("{width}", str(WANTED_WIDTH))]  # a template that Shopify's themes fill in
    return []


def _address_in(name: str, value: str) -> str:
    if "srcset" in name or "bgset" in name:
        return best_of_srcset(value)
    if name == "style":
        background = STYLE_URL.search(value[:MAX_STYLE])
        return background.group(1) if background else ""
    return value


def best_of_srcset(value: str) -> str:
    """Return the candidate nearest above `WANTED_WIDTH` pixels, else the largest (HTML standard, section 4.8.4.2.1)."""
    sized: list[tuple[float, str]] = []
    for address, descriptor in _candidates(value[:MAX_SRCSET]):
        number = SIZE.match(descriptor.partition(" ")[0])
        width = float(number.group(1)) * (1.0 if number.group(2) == "w" else WANTED_WIDTH / 2) if number else 1.0
        if not address.startswith("data:"):
            sized.append((width, address))
    large = [one for one in sized if one[0] >= WANTED_WIDTH]
    return min(large)[1] if large else max(sized, default=(0.0, ""))[1]


def _candidates(value: str) -> Iterator[tuple[str, str]]:
    """Yield the addresses of a `srcset` with what is said of each: an address may have commas in it, but not at its end."""
    rest = value.lstrip(SEPARATORS)
    while rest:
        address, *behind = rest.split(None, 1)
        rest = behind[0] if behind else ""
        if address.endswith(","):
            yield address.rstrip(","), ""
        else:
            descriptor, _, rest = rest.partition(",")
            yield address, descriptor.strip()
        rest = rest.lstrip(SEPARATORS)
