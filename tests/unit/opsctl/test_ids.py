"""Short ids: what on-call reads in a table is what every command accepts."""

from typing import Any

import pytest

from opsctl.ids import PAGES
from tests.unit.opsctl.fake_app import FakeApp, run

ONE, OTHER = "3f2a9c1b" + "a" * 56, "3f2a9cff" + "b" * 56
LETTERS = [f"{ONE}.1795652561736", f"{ONE}.1795652561999", f"{OTHER}.1795652561736", "raw.5ad3040044b6d872316bf4312926c3b9"]
OPERATION = "op-8ff5d3f9eeff49949ea072c0d73485d2"
SIGNED = ("--reason", "why", "--actor", "me")


def listed(app: FakeApp, *ids: str) -> None:
    """The list has a page for each id."""
    pages: list[Any] = [{"deadLetters": [{"id": one}], "cursor": str(n + 1)} for n, one in enumerate(ids)]
    app.tell("GET dead-letters", *pages[:-1], {**pages[-1], "cursor": None})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3f2a9cff", LETTERS[2]), ("3F2A9CFF", LETTERS[2]), (OTHER, LETTERS[2]), ("3f2a9c1b.1795652561999", LETTERS[1]),
        ("3f2a9c1b.17956525619", LETTERS[1]), ("5ad304", LETTERS[3]), ("raw.5ad304", LETTERS[3]),
    ],
)  # fmt: skip
def test_a_beginning_stands_for_the_one_record_that_it_fits(app: FakeApp, typed: str, meant: str) -> None:
    listed(app, *LETTERS)
    app.tell(f"GET dead-letters/{meant}", {"id": meant})
    done = run(app, "dead-letters", "show", typed)
    assert (done.code, app.asked[-1].path) == (0, f"/api/ops/dead-letters/{meant}")


def test_every_command_accepts_what_the_table_shows(app: FakeApp) -> None:
    listed(app, *LETTERS)
    app.tell("GET dead-letters", {"deadLetters": [{"id": one} for one in LETTERS], "cursor": None})
    shown = run(app, "dead-letters", "list", terminal=True, COLUMNS="80", NO_COLOR="1").out
    short = ("3f2a9c1b.1795652561736", "3f2a9c1b.1795652561999", "3f2a9cff", "5ad30400")
    assert all(one in shown for one in short)
    app.tell("POST replays", {"action": "replay", "total": 0, "results": []})
    assert run(app, "replay", *short, *SIGNED, "--dry-run").code == 0
    assert app.asked[-1].body["ids"] == LETTERS
    assert [one.path for one in app.asked[-2:]] == ["/api/ops/dead-letters", "/api/ops/replays"], "they are looked for once"


def test_operations_and_causes_have_short_ids_too(app: FakeApp) -> None:
    app.tell("GET replays", {"replays": [{"id": OPERATION}], "cursor": None})
    app.tell(f"GET replays/{OPERATION}", {"id": OPERATION, "status": "completed"})
    for typed in ("op-8ff5d3f9", "8ff5d3", OPERATION):
        assert run(app, "operations", "show", typed).code == 0
    app.tell("GET dead-letters", {"groups": [{"fingerprint": "e758805e3d2decfa"}], "complete": True})
    app.tell("POST replays", {"action": "purge", "total": 0})
    assert run(app, "purge", "--filter", "fingerprint=e75880", *SIGNED, "--dry-run").code == 0
    assert app.asked[-1].body["filter"] == {"fingerprint": "e758805e3d2decfa"}


def test_the_app_itself_finds_jobs_by_how_their_ids_begin(app: FakeApp) -> None:
    app.tell("GET jobs", {"jobs": [{"jobId": ONE}, {"jobId": OTHER}], "cursor": None})
    app.tell(f"GET jobs/{ONE}/timeline", {"jobId": ONE})
    assert run(app, "timeline", "3F2A9C1B").code == 0
    assert [(one.path, one.query.get("id")) for one in app.asked] == [
        ("/api/ops/jobs", "3f2a9c1b"), (f"/api/ops/jobs/{ONE}/timeline", None),
    ]  # fmt: skip
    assert "fits 2 jobs: 3f2a9c1b, 3f2a9cff" in run(app, "timeline", "3f2a9c").err
    app.tell("GET jobs", {"jobs": [], "cursor": None})
    assert "no job whose id begins with '3f2a9c'" in run(app, "timeline", "3f2a9c").err


def test_what_fits_several_is_refused_with_their_names(app: FakeApp) -> None:
    listed(app, *LETTERS)
    done = run(app, "dead-letters", "show", "3f2a9c")
    assert (done.code, "'3f2a9c' fits 3 dead letters: " in done.err) == (2, True)
    assert "3f2a9c1b.1795652561736, 3f2a9c1b.1795652561999, 3f2a9cff; give more of the id" in done.err
    listed(app, *LETTERS)
    assert run(app, "dead-letters", "show", "3f2a9c1b").code == 2, "two of one job"


def test_what_fits_nothing_or_is_too_short_is_said(app: FakeApp) -> None:
    listed(app, *LETTERS)
    done = run(app, "replay", "abcdef", *SIGNED, "--yes")
    assert (done.code, "there is no dead letter whose id begins with 'abcdef'" in done.err) == (3, True)
    done = run(app, "replay", "3f2a9", *SIGNED, "--yes")
    assert (done.code, "at least 6" in done.err) == (2, True)
    assert not [one for one in app.asked if one.method == "POST"], "nothing was done"


def test_the_search_is_bounded_and_says_so(app: FakeApp) -> None:
    app.tell("GET dead-letters", {"deadLetters": [{"id": LETTERS[0]}], "cursor": "more"})
    done = run(app, "dead-letters", "show", "abcdef")
    assert (done.code, len(app.asked), f"among the newest {PAGES}" in done.err) == (3, PAGES, True)


def test_whole_ids_and_strange_ones_go_to_the_app_as_they_are(app: FakeApp) -> None:
    for typed in (LETTERS[0], LETTERS[3], "a.1", "street-seams"):
        run(app, "dead-letters", "show", typed)
        assert app.asked[-1].path == f"/api/ops/dead-letters/{typed}"
    assert len(app.asked) == 4
