"""The console's files: what is sent, under which names and headers, how much of it, and whose it is."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from agents.api.console import ConsoleEndpoints
from agents.api.http import Api, Request, Response
from agents.console.assets import AT_ONCE, NAMED, SHELL, TYPES, assets

ROOT = Path(__file__).parents[4]
STATIC, VENDORED = ROOT / "agents/console/static", ROOT / "agents/console/vendored"
MANIFEST = json.loads((VENDORED / "manifest.json").read_text())
OURS = sorted(path for path in STATIC.iterdir() if path.suffix == ".js")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|dangerously\w+|document\.write|\beval\(|new Function|<img\b")


async def asked(name: str | None = None, **headers: str) -> Response:
    api = Api.of([ConsoleEndpoints()])
    lower = {one.replace("_", "-"): value for one, value in headers.items()}
    if name is None:
        return await api.answer("get_console", Request(headers=lower))
    return await api.answer("get_console_asset", Request(route={"name": name}, headers=lower))


@pytest.mark.parametrize("one", MANIFEST, ids=[one["name"] for one in MANIFEST])
def test_what_is_vendored_is_to_the_byte_what_npm_installs(one: dict[str, str]) -> None:
    content = (VENDORED / one["name"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == one["sha256"]
    package = ROOT / "node_modules" / one["package"]
    about = json.loads((package / "package.json").read_text())
    assert (about["version"], about["license"]) == (one["version"], one["licence"])
    assert (package / one["file"]).read_bytes() == content
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert wanted[one["package"]] == one["version"]
    assert (VENDORED / f"{one['package']}.LICENSE").read_text() == (package / "LICENSE").read_text()


def test_nothing_is_vendored_that_the_manifest_does_not_name() -> None:
    there = {path.name for path in VENDORED.iterdir() if path.suffix not in {".LICENSE", ".json"}}
    assert there == {one["name"] for one in MANIFEST}


async def test_the_page_is_anonymous_and_holds_it_to_its_own_files() -> None:
    answer = await asked()
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = answer.body.decode()
    assert not re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|https?://", page)
    for name in re.findall(r'(?:src|href)="console/assets/([^"]+)"', page):
        found = await asked(name)
        assert (found.status, found.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")


async def test_names_of_this_release_may_be_kept_for_a_year_and_all_others_are_asked_for_again() -> None:
    release = assets().release
    for name, kept in (("app.js", "no-cache"), (f"app.{release}.js", "immutable"), ("app.0123456789ab.js", "no-cache")):
        assert kept in (await asked(name)).headers["Cache-Control"]


async def test_a_tag_saves_the_bytes() -> None:
    first = await asked("app.js")
    again = await asked("app.js", if_none_match=first.headers["ETag"])
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert (await asked("app.js", if_none_match='"another", W/"too"')).status == 200


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip, br", True), ("br;q=1.0, gzip;q=0.5", True), ("gzip;q=0", False), ("gzip;q=0.0", False), ("", False)],
)
async def test_who_takes_gzip_gets_it(accepted: str, packed: bool) -> None:
    plain, answer = await asked("htm.js"), await asked("htm.js", accept_encoding=accepted)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert ("Content-Encoding" in answer.headers) is packed
    assert (gzip.decompress(answer.body) if packed else answer.body) == plain.body


@pytest.mark.parametrize(
    "name",
    ["", "no.js", "manifest.json", "htm.LICENSE", "index.html", "../assets.py", "..%2fassets.py", "app.js/", "app", ".js"],
)
async def test_no_other_name_gives_anything(name: str) -> None:
    assert (await asked(name)).status == 404


def test_every_module_is_there_that_another_names() -> None:
    for path in OURS:
        text = path.read_text()
        assert {f"{name}.js" for _, name, _ in NAMED.findall(text)} <= assets().files.keys(), path
        assert set(AT_ONCE.findall(text)) <= assets().files.keys(), path
        assert not re.search(r"""(from|import\()\s*["'](?!\./)""", text), path


def test_the_first_load_is_small_and_so_is_all_that_there_is() -> None:
    found = assets()
    at_once = len(found.shell.packed) + sum(len(found.files[name].packed) for name in found.first)
    everything = len(found.shell.packed) + sum(len(one.packed) for one in found.files.values())
    assert at_once < 60_000
    assert everything < 150_000


def test_every_kind_of_file_has_its_type() -> None:
    assert {path.suffix[1:] for path in STATIC.iterdir()} - {"html"} <= TYPES.keys()
    assert SHELL in {path.name for path in STATIC.iterdir()}


@pytest.mark.parametrize("path", OURS, ids=[path.name for path in OURS])
def test_our_modules_never_set_markup_from_data(path: Path) -> None:
    text = path.read_text()
    found = re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|dangerously\w+|document\.write|\beval\(|new Function|<img\b", text
    )
    assert found == []
