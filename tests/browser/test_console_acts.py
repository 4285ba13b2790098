"""What on-call does in a browser: replay, purge, repair, pause, silence, run. Each asks why, and says how it is typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devhost.azurite import Azurite
from tests.browser.stage import Stage
from tests.browser.troubled import Troubled, troubled

ACTION_KEY = "act-key-8c1d"


@pytest.fixture(scope="module")
def app(stage: Stage, azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    """An app of these tests' own: what they do is not to be counted by others, and it asks for the key for actions."""
    with troubled(azurite, Path(tmp_path_factory.mktemp("acting")), stage, OPS_ACTION_KEY=ACTION_KEY) as running:
        yield running


def test_a_replay_goes_by_its_canary_to_the_end_and_purging_asks_for_the_number(app: Troubled) -> None:
    app.live.dead("dana", 3)
    app.live.mend("dana", 3)
    app.play("replaying", user="dana", count=3)


def test_a_replay_is_chosen_asked_for_and_followed_by_the_keyboard_alone(app: Troubled) -> None:
    app.live.dead("kora", 3)
    app.live.mend("kora", 3)
    app.play("byhand", user="kora", count=3, chosen=2)


def test_who_has_the_key_that_reads_alone_is_told_so_and_asked_for_the_other(app: Troubled) -> None:
    app.live.dead("lena", 1)
    app.play("locked", user="lena", locked=True)
    assert ACTION_KEY not in app.log.read_text()


def test_a_replay_whose_canaries_die_again_stops_by_itself_and_says_so(app: Troubled) -> None:
    app.live.dead("iris", 5)
    app.play("stopping", user="iris", count=5)


def test_a_set_that_has_changed_is_refused_with_the_difference(app: Troubled) -> None:
    ids = app.live.dead("emil", 3)
    app.play("changed", user="emil", count=3, gone=ids[0])


def test_a_payload_is_repaired_side_by_side(app: Troubled) -> None:
    [letter] = app.live.dead("fina", 1)
    app.play("repairing", id=letter, changes={"image_url": f"http://{app.live.site}/red-dress.jpg"})


def test_queues_and_timers_are_paused_with_a_banner_and_resumed(app: Troubled) -> None:
    app.play("holding")


def test_an_alert_is_seen_to_and_silenced(app: Troubled) -> None:
    app.live.dead("gina", 8)
    for _ in range(3):
        app.look()
    firing = [rule["alert"] for rule in app.live.call("GET", "status").json()["rules"] if rule["phase"] == "firing"]
    assert firing
    app.play("silencing", alert=firing[0])


def test_a_users_words_lead_to_the_likes_that_taught_them(app: Troubled) -> None:
    app.live.like("hugo", "red-dress.jpg")
    app.live.until("taste-profiles/hugo", lambda taste: taste.get("terms"))
    app.play("person", user="hugo", term="minimalist")
