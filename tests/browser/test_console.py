"""What on-call sees in a browser, and what a stranger's text cannot do there."""

import json
import shutil

import pytest

from tests.browser.troubled import Troubled
from tests.e2e.apps import ROOT
from tests.e2e.live import KEY

MARKUP = "<img src=x onerror='pwned=1'>"
SCRIPT = "</pre><script>pwned=1</script>"
LINK = "javascript:pwned=1"
HOSTILE = (MARKUP, SCRIPT, LINK)
GREAT = str(2**53 + 1)  # a double holds it not
PHOTOS = sorted(path for path in (ROOT / "samples/photos").glob("*.jpg") if path.name not in {"red-dress.jpg", "broken.jpg"})
VIEWS = ["#/", "#/jobs", "#/dead-letters", "#/dead-letters?by=cause", "#/charts", "#/search?q=ada", "#/nowhere"]
VIEWS += ["#/timers", "#/sources", "#/operations", "#/audit", "#/users/ada"]


@pytest.fixture(scope="module", autouse=True)
def _something_happened(app: Troubled) -> None:
    """A like that was learnt, dead letters of three reasons, and bodies that strangers wrote."""
    app.live.like("ada", "red-dress.jpg")
    app.live.dead("carla", 2)
    app.live.send("TASTE_JOB_QUEUE_NAME", MARKUP.encode())
    hostile = {"user_id": MARKUP, "item_id": SCRIPT, "image_url": LINK, "a": {"__proto__": MARKUP}}
    app.live.send("TASTE_JOB_QUEUE_NAME", json.dumps(hostile).encode())
    app.live.send("TASTE_JOB_QUEUE_NAME", f'{{"user_id": {GREAT}, "item_id": "i", "image_url": "x"}}'.encode())
    app.live.until("dead-letters", lambda page: len(page["deadLetters"]) == 5)
    app.live.until("taste-profiles/ada", lambda taste: taste.get("terms"))


def test_a_complaint_is_followed_from_a_user_to_the_term_that_the_like_taught(app: Troubled) -> None:
    app.play("complaint", user="ada", term="minimalist")


def test_what_strangers_wrote_is_text_and_runs_nowhere(app: Troubled) -> None:
    app.play("hostile", words=[*HOSTILE, GREAT])


def test_the_key_is_kept_as_long_as_it_may_be_and_is_in_no_log(app: Troubled) -> None:
    app.play("keys")
    assert KEY not in app.log.read_text()


def test_the_page_before_the_key_is_open_to_everybody_and_holds_no_data(app: Troubled) -> None:
    app.play("gate")


def test_nothing_is_asked_while_nobody_looks(app: Troubled) -> None:
    app.play("hidden")


def test_everything_is_in_reach_of_the_keyboard(app: Troubled) -> None:
    app.play("keyboard")


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_view_is_accessible_in_every_shade_and_width(app: Troubled, dark: bool, narrow: bool) -> None:
    job = app.live.get("jobs?userId=ada")["jobs"][0]["jobId"]
    letter = app.live.get("dead-letters?userId=carla")["deadLetters"][0]["id"]
    app.play("views", views=[*VIEWS, f"#/jobs/{job}", f"#/dead-letters/{letter}"], dark=dark, narrow=narrow)


def test_what_was_measured_is_drawn_and_leads_to_the_jobs_of_a_range(app: Troubled) -> None:
    app.look()
    ended = app.live.get("series?window=1h")["series"]["jobs.ended"]
    app.play("charts", ended=next(one for one in reversed(ended) if one))


def test_a_monday_whose_digest_nobody_ran_is_seen_at_once(app: Troubled) -> None:
    app.play("missed", day=app.missed_monday())


def test_a_store_that_is_down_makes_things_unknown_and_never_zero(app: Troubled) -> None:
    with app.without_store():
        app.play("unknown")


def test_five_thousand_dead_letters_scroll(app: Troubled) -> None:
    app.letters(5_000, status="resolved")
    app.play("many", status="resolved", count=5_000)


def test_a_model_that_is_down_is_named_by_the_bar_with_the_first_look(app: Troubled) -> None:
    with app.without_model():
        for number, photo in enumerate(PHOTOS):
            shutil.copy(photo, app.live.pictures)
            app.live.like(f"user-{number}", photo.name)
        app.live.until("preflight", lambda found: "model" in str(found["down"]))
        app.play("named", words="(WATCH|TICKET|PAGE).*model .*(failing|suspended)")
