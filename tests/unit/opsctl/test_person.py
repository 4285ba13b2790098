"""A person's rights on the command line: an erasure is confirmed by their id, typed once more."""

import pytest

from tests.unit.opsctl.fake_app import FakeApp, Reply, run

ERASE = ("person", "erase", "ada l", "--reason", "ticket-8", "--actor", "me")
RECEIPT = {
    "operationId": "erasure.1", "status": "completed", "subject": "a1b2", "actor": "me", "reason": "ticket-8",
    "createdAt": "2026-11-24T10:00:00Z", "finishedAt": None, "found": {"Taste": 3}, "foundLater": 0,
}  # fmt: skip


def test_what_is_kept_is_counted_or_handed_out(app: FakeApp) -> None:
    found = {"userId": "ada", "exportedAt": "2026-11-24T12:00:00Z", "documents": {"Taste": [{"id": 1}, {"id": 2}]}}
    app.tell("GET users/ada/export", found)
    assert "Taste      2\n" in run(app, "person", "export", "ada").out
    assert run(app, "person", "export", "ada", "--json").document == found


def test_what_an_item_taught_is_taken_back(app: FakeApp) -> None:
    app.tell("DELETE taste-profiles/ada/items/i%2F7", {"userId": "ada", "itemId": "i/7", "status": "withdrawn"})
    assert "withdrawn" in run(app, "person", "forget", "ada", "i/7").out


@pytest.mark.parametrize(
    ("typed", "options", "code", "calls"),
    [
        ("ada l\n", (), 0, 1), ("yes\n", (), 0, 0), (None, (), 2, 0), (None, ("--confirm", "ada"), 2, 0),
        (None, ("--confirm", "ada l"), 0, 1),
    ],
)  # fmt: skip
def test_an_erasure_is_confirmed(app: FakeApp, typed: str | None, options: tuple[str, ...], code: int, calls: int) -> None:
    app.tell("DELETE users/ada%20l", Reply(202, {"operationId": "erasure.1", "status": "running"}))
    assert (run(app, *ERASE, *options, typed=typed).code, len(app.asked)) == (code, calls)
    assert all(one.query == {"actor": "me", "reason": "ticket-8"} for one in app.asked)


def test_a_receipt_is_shown(app: FakeApp) -> None:
    app.tell("GET erasures/erasure.1", RECEIPT)
    shown = run(app, "person", "erasure", "erasure.1").out
    assert all(words in shown for words in ("completed", "a1b2", "Taste 3", "2026-11-24T10:00:00Z"))
