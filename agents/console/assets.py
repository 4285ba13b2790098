"""The files of the console's page: ours, and those of others that `vendored/manifest.json` names with version and hash.

An asset has two names: `keys.js`, and `keys.<release>.js`, where the release is a hash over all of them. The page and the
modules name one another by the second, so that a browser may keep each for a year and still never mixes two releases.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

PACKAGE: Final = "agents.console"
SHELL: Final = "index.html"
ENTRY: Final = "app.js"
TYPES: Final[Mapping[str, str]] = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
NAMED: Final = re.compile(r"""((?:\bfrom|\bimport)\s*\(?\s*["'])\./([\w-]+)\.js(["'])""")  # a module by another module
AT_ONCE: Final = re.compile(r"""^(?:import|export)\b[^;()]*?["']\./([\w-]+\.js)["']""", re.MULTILINE)  # not by `import()`
LINKED: Final = re.compile(r"(console/assets/[\w-]+)\.(\w+)")  # an asset by the page
PRELOADS: Final = "<!-- preloads -->"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: its bytes, the same packed by gzip, its content type, and a tag that changes with the bytes."""

    content: bytes
    packed: bytes
    content_type: str
    tag: str


@dataclass(frozen=True, slots=True)
class Assets:
    """The page and its files by plain name. `first`: the names of those that the page loads before it shows anything."""

    shell: Asset
    files: Mapping[str, Asset]
    release: str
    first: tuple[str, ...]

    def named(self, name: str) -> tuple[Asset, bool] | None:
        """Return the asset of a name, and whether the name stands for these very bytes for ever; None where there is none.

        The name of another release, as a page asks for while instances are exchanged, gives this one's.
        """
        if name in self.files:
            return self.files[name], False
        stem, _, rest = name.partition(".")
        release, _, ending = rest.partition(".")
        found = self.files.get(f"{stem}.{ending}")
        return (found, release == self.release) if found and re.fullmatch("[0-9a-f]{12}", release) else None


@cache
def assets() -> Assets:
    """Read the files once: use a thread."""
    read = dict(_read())
    shell = read.pop(SHELL)
    release = hashlib.sha256(b"".join(name.encode() + content for name, content in sorted(read.items()))).hexdigest()[:12]
    first = _first(read, shell)
    made = {name: _asset(name, _linked(name, content, release)) for name, content in read.items()}
    return Assets(_asset(SHELL, _page(shell, first, release)), made, release, first)


def _read() -> Iterator[tuple[str, bytes]]:
    """Every file that is sent: ours, and those that the manifest names."""
    ours = files(PACKAGE) / "static"
    for entry in sorted(ours.iterdir(), key=lambda one: one.name):
        if entry.name.rpartition(".")[2] in (*TYPES, "html"):
            yield entry.name, _bytes(entry)
    vendored = files(PACKAGE) / "vendored"
    for one in json.loads((vendored / "manifest.json").read_text(encoding="utf-8")):
        yield one["name"], _bytes(vendored / one["name"])


def _bytes(entry: Traversable) -> bytes:
    return entry.read_bytes().replace(b"\r\n", b"\n")


def _first(read: Mapping[str, bytes], shell: bytes) -> tuple[str, ...]:
    """What the page links, and the modules that the first one needs; what is fetched when a view needs it is left out."""
    found = [f"{stem.removeprefix('console/assets/')}.{ending}" for stem, ending in LINKED.findall(shell.decode())]
    for name in found:  # grows while it is walked
        if name.endswith(".js"):
            found += [one for one in dict.fromkeys(AT_ONCE.findall(read[name].decode())) if one not in found]
    return tuple(found)


def _linked(name: str, content: bytes, release: str) -> bytes:
    """Let a module name others by this release."""
    if not name.endswith(".js"):
        return content
    return NAMED.sub(rf"\g<1>./\g<2>.{release}.js\g<3>", content.decode()).encode()


def _page(shell: bytes, first: tuple[str, ...], release: str) -> bytes:
    preloads = "\n".join(
        f'<link rel="modulepreload" href="console/assets/{name}">' for name in first if name.endswith(".js") and name != ENTRY
    )
    return LINKED.sub(rf"\g<1>.{release}.\g<2>", shell.decode().replace(PRELOADS, preloads)).encode()


def _asset(name: str, content: bytes) -> Asset:
    kind = TYPES.get(name.rpartition(".")[2], "text/html")
    tag = hashlib.sha256(content).hexdigest()[:16]
    return Asset(content, gzip.compress(content, 9, mtime=0), kind, tag)
