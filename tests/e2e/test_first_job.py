"""The first job of a fresh process, as every scale-out meets it: it loads nothing that it does not use."""

import asyncio

import pytest

from bench.first_job import environment, one_job, provide
from bench.throughput import child

UNUSED = {
    "agents.api", "agents.assembly", "agents.console", "agents.mood_processor", "agents.replays", "agents.users",
    "agents.watch", "agents.weekly_digest.composer", "agents.scraper.worker", "azure.storage", "azure.identity", "bs4",
    "feedparser", "httpx", "jinja2", "lxml", "numpy", "pi_heif", "prometheus_client", "protego", "rich", "wordllama",
}  # fmt: skip


@pytest.mark.slow
def test_the_first_taste_job_loads_no_other_work_and_no_library_that_it_does_not_use() -> None:
    with child("model") as (model, pictures), child("store") as (store,):
        environ = environment(model, pictures, store)
        asyncio.run(provide(environ))
        took = one_job("app", environ, pictures, 1)
    assert {"langchain_openai", "azure.cosmos", "PIL", "agents.taste_analysis.analysis"} <= took.modules
    assert {name for name in UNUSED if name in took.modules} == set()
