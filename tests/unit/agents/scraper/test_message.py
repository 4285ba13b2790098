"""The three messages of the scrape queue: what makes a job the same, and what is loaded to read one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents.jobs.messages import encode
from agents.scraper.message import (
    CollectMessage,
    EmbedMessage,
    PostsMessage,
    collect_body,
    embed_body,
    posts_body,
    scrape_kind,
)
from agents.scraper.posts import Post
from shared.errors import DeferredError, PermanentError

KIND = scrape_kind("q", "q-poison")
AT = "2026-11-23T07:00:00.000Z"
POST = Post(title="t", permalink="/r/a1/comments/b/", image_url="https://i.redd.it/x.jpg", created_at=AT)


def key(body: dict[str, object]) -> str:
    return KIND.parse(encode(body)).key


def test_a_collection_is_one_job_a_source_run_and_round() -> None:
    body = collect_body("rss", "s", run_id="r", lease="x", manual=False, at=AT)
    assert isinstance(KIND.parse(encode(body)), CollectMessage)
    assert key(body) == key({**body, "lease": "y", "createdAt": "later", "deferrals": 2})
    others = [{"run_id": "s"}, {"round": 2}, {"source_type": "reddit"}, {"source_id": "t"}]
    assert len({key({**body, **other}) for other in [{}, *others]}) == 5


def test_posts_are_one_job_a_source_and_content_and_embeddings_one_a_day() -> None:
    body = posts_body("reddit", "s", [POST], subreddit="a1", submitter_id=None, at=AT)
    assert isinstance(KIND.parse(encode(body)), PostsMessage)
    other = POST.model_copy(update={"title": "u"})
    assert key(body) == key({**body, "createdAt": "later"})
    assert key(body) != key({**body, "posts": [other.to_body()]})
    assert isinstance(KIND.parse(encode(embed_body(AT))), EmbedMessage)
    assert key(embed_body(AT)) == key(embed_body("2026-11-23T23:00:00.000Z")) != key(embed_body("2026-11-24T00:00:00.000Z"))


def test_a_jobs_document_holds_the_whole_message() -> None:
    body = posts_body("reddit", "s", [POST], subreddit="a1", submitter_id="u", at=AT)
    fields = KIND.fields(KIND.parse(encode(body)), "now")
    assert (fields["kind"], fields["task"], fields["sourceId"], fields["createdAt"]) == ("scrape", "posts", "s", AT)
    assert fields["payload"] == json.loads(encode(body))


@pytest.mark.parametrize("task", ["dance", None, 3, ["collect"], {"a": 1}])
def test_an_unknown_task_is_named_and_one_of_a_newer_schema_waits(task: object) -> None:
    body = {**collect_body("rss", "s", run_id="r", lease="", manual=False, at=AT), "task": task}
    with pytest.raises(PermanentError, match=r"^task: "):
        KIND.parse(encode(body))
    with pytest.raises(DeferredError):
        KIND.parse(encode({**body, "schemaVersion": 99}))


@pytest.mark.slow
def test_wiring_the_app_loads_no_adapter() -> None:
    heavy = ("shared.scraping.registry", "price_parser", "scipy")
    code = f"import sys, agents.wiring; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[4], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
