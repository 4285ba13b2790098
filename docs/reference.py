"""Writes `endpoints.md` and `settings.md` from the code's own models, and the tables that `docs.tables` makes of other pages.

`make reference` runs it; a test fails while a file is not what this makes, or a setting has no meaning here.
"""

import inspect
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from agents import endpoints as composed
from agents.api.endpoint import Endpoint, NoBody
from agents.api.openapi import OpenApiEndpoints, openapi_of
from docs.tables import functions_page, telemetry_page
from shared.queues.names import JOB_QUEUES
from shared.settings import SECRETS, JobSettings, Settings
from shared.store.containers import CATALOGUE

FOLDER: Final = Path(__file__).parent
MADE: Final = "<!-- Made by `make reference` from the code; what is changed here by hand is lost. -->"
# What the values alone cannot tell. A job's limits are named by their field, all other settings by their variable.
MEANING: Final[Mapping[str, str]] = {
    "queue_name": "the queue that the jobs come by",
    "dead_letter_queue_name": "where the host moves what it cannot deliver: the queue's name and `-poison`",
    "max_retries": "quick tries of one call inside an attempt, after the first",
    "base_backoff_seconds": "the delay before the first of them; it doubles",
    "max_backoff_seconds": "the longest delay between two of them",
    "jitter_seconds": "up to so much is added to each",
    "max_attempts": "attempts of a job, after which it is a dead letter",
    "requeue_base_seconds": "the delay before the second attempt; it doubles",
    "requeue_max_seconds": "the longest delay between two attempts",
    "lease_seconds": "how long a worker holds a job; a dead worker's job is taken over then",
    "defer_budget_seconds": "how long a job may wait for a suspended model (quota, key, outage) without spending an attempt",
    "dedupe_ttl_seconds": "how long an identical job is a duplicate, since it was sent",
    "completed_ttl_seconds": "how long an identical job is a duplicate, since it was completed",
    "RUN_COMMANDS_QUEUE_NAME": "the queue of manual runs, and of the stages of long ones",
    "WEEKLY_DIGEST_MAX_CONCURRENCY": "how many digests an instance composes at once",
    "SCRAPER_MAX_CONCURRENCY": "how many sources an instance scrapes at once",
    "AZURE_CLIENT_ID": "the user-assigned identity that store, models and queues are called as; absent: the platform's own, or "
    "whoever is signed in",
    "COSMOS_DB_ENDPOINT": "Cosmos DB; absent: the embedded store",
    "COSMOS_DB_KEY": "its key; absent: managed identity",
    "COSMOS_DB_DATABASE": "its database",
    "AZURE_OPENAI_ENDPOINT": "Azure OpenAI",
    "AZURE_OPENAI_API_KEY": "its key; absent: managed identity",
    "AZURE_OPENAI_DEPLOYMENT": "the deployment that sees and writes",
    "AZURE_OPENAI_EMBEDDING_DEPLOYMENT": "the deployment that embeds",
    "OPENAI_BASE_URL": "any OpenAI-compatible server instead",
    "OPENAI_API_KEY": "its key",
    "OPENAI_MODEL": "its model that sees and writes",
    "OPENAI_EMBEDDING_MODEL": "its model that embeds",
    "MODEL_PROVIDER": "which models answer; by default what is set above, else the embedded ones",
    "MODEL_PARAMETERS": "which parameters the chat deployment takes: `classic` (`max_tokens`, `temperature`), `reasoning` "
    "(`max_completion_tokens`, `reasoning_effort`: gpt-5, o-series), or `auto`, learnt from what it refuses",
    "MODEL_PRICES": 'JSON: `{"<deployment>": {"input": 0.4, "output": 1.6}}`, what a million tokens cost '
    "(of embeddings `output` is 0); of a "
    "deployment that is not there the list price counts, where it is known and the currency is USD. For `ops/series`",
    "MODEL_PRICES_CURRENCY": "the currency of these prices, as `EUR`",
    "EMBEDDED_STORE_PATH": "the embedded store's file (SQLite)",
    "MOOD_FEEDS": 'JSON: `[{"name", "url"}, …]`; by default eight fashion publications, in `shared/settings.py`. Their '
    "addresses were not tried: the build machine has no internet",
    "FETCH_ALLOWED_PRIVATE_HOSTS": "`host:port` that may be fetched although private; development only, refused on Azure",
    "ALERT_WEBHOOK_URL": "where alerts are posted as JSON, over HTTPS (plain HTTP only to a host of "
    "`FETCH_ALLOWED_PRIVATE_HOSTS`)",
    "OPS_ACTION_KEY": "what changes something asks for it in the header `x-ops-action-key`, or for the app role "
    "`Ops.Act`; absent: a function key is enough",
}
# Read by the platform or by a library rather than by our settings.
OTHERS: Final = (
    (
        "StorageQueue", "`UseDevelopmentStorage=true` in the sample",
        "storage connection of the queues; or `StorageQueue__queueServiceUri` (or `__accountName`) for a managed identity, "
        "with `StorageQueue__clientId` and `StorageQueue__credential=managedidentity` where it is user-assigned",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT", "—",
        "where spans and metrics go over HTTP, with the standard `OTEL_…` settings: [telemetry.md](telemetry.md); absent: "
        "nowhere, at no cost",
    ),
    ("APPLICATIONINSIGHTS_CONNECTION_STRING", "—", "the same for Application Insights; both may be set"),
)  # fmt: skip
NOT_SET: Final = frozenset({"WEBSITE_AUTH_ENABLED", "WEBSITE_INSTANCE_ID"})  # the platform's own


def endpoints() -> list[Endpoint]:
    """Return what the classes of `agents.endpoints` say of themselves."""
    classes = [one for one in vars(composed).values() if inspect.isclass(one)]
    marks = [getattr(method, "__endpoint__", None) for one in (*classes, OpenApiEndpoints) for method in vars(one).values()]
    return [mark for mark in marks if isinstance(mark, Endpoint)]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _row(*cells: str) -> str:
    return f"| {' | '.join(_cell(one) for one in cells)} |"


def _fields(model: type[BaseModel]) -> str:
    """Its fields by their names in JSON; one that may be left out has a question mark."""
    names = ((field.alias or name, field.is_required()) for name, field in model.model_fields.items())
    return ", ".join(f"`{name}`" + ("" if required else "?") for name, required in names)


def _takes(one: Endpoint) -> str:
    query, body = _fields(one.query), _fields(one.body) if one.body is not NoBody else ""
    headers = ", ".join(f"`{name}`" for name in one.headers)
    parts = (("query", query), ("body", body), ("header", headers))
    return "; ".join(f"{title}: {text}" for title, text in parts if text)


def _answers(one: Endpoint) -> str:
    ok = ", ".join(str(status) for status in sorted(one.answers))
    return "; ".join([ok, *(f"{status}: {text}" for status, text in sorted(one.problems.items()))])


def endpoints_page() -> str:
    """Return `endpoints.md`."""
    document = openapi_of(endpoints())
    told = {tag["name"]: tag["description"] for tag in document["tags"]}
    groups: dict[str, list[Endpoint]] = {}
    for one in sorted(endpoints(), key=lambda one: (one.path, one.method)):
        tag = document["paths"][f"/{one.path}"][one.method.lower()]["tags"][0]
        groups.setdefault(tag, []).append(one)
    lines = [
        MADE, "", "# Endpoints", "",
        "All stand under `/api` and need a function key (`x-functions-key`), but for those marked *anonymous*. Errors are "
        "problem documents (RFC 9457) that name each wrong field, the value that came and what was expected; besides those "
        "listed, 400 and 422 answer what is not valid, 404 what is not there, 503 an outage, with `Retry-After` where that is"
        " known. A parameter that an endpoint does not know is an error. Lists are paged by `limit` and `cursor`. `?` marks "
        "what may be left out. `GET /api/ops/openapi.json` says all of this to a program, [operations.md](operations.md) "
        "shows how they are used.",
    ]  # fmt: skip
    for tag in sorted(groups):
        lines += ["", f"## {tag}", "", told[tag], "", "| endpoint | does | takes | answers |", "|---|---|---|---|"]
        for one in groups[tag]:
            who = " *anonymous*" if one.anonymous else ""
            lines.append(_row(f"`{one.method} /api/{one.path}`{who}", one.description, _takes(one), _answers(one)))
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    if value is None or value == "" or isinstance(value, frozenset | tuple):
        return "—"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _bounds(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    if low is None or "maximum" not in schema:
        return ""
    above = "over " if "exclusiveMinimum" in schema else ""
    return f"{above}{low} to {schema['maximum']}"


def _rows(model: type[BaseModel], names: Mapping[str, str], defaults: BaseModel) -> Iterable[str]:
    schema = model.model_json_schema(by_alias=False)["properties"]
    for field, name in names.items():
        secret = "A secret: " if name in SECRETS else ""
        meaning = MEANING[field] if field in MEANING else MEANING[name]
        yield _row(f"`{name}`", _default(getattr(defaults, field)), _bounds(schema[field]), secret + meaning)


def settings_page() -> str:
    """Return `settings.md`. Raises KeyError for a setting without a meaning."""
    defaults = Settings.from_environment({})
    own = {name: str(one.alias) for name, one in Settings.model_fields.items() if one.alias and one.alias not in NOT_SET}
    head = ["| setting | default | may be | meaning |", "|---|---|---|---|"]
    lines = [
        MADE, "", "# Settings", "",
        "Every setting has a default that works on a development machine. A wrong value stops the app with one line a problem: "
        "the setting, what came, what was expected; a name that begins like one of ours and is none is told in the log "
        "(`a setting is not known`, with the nearest that there is) and changes nothing. Secrets are never printed. "
        "`local.settings.sample.json` lists them all.", "", *head,
    ]  # fmt: skip
    lines += [_row(f"`{name}`", default, "", meaning) for name, default, meaning in OTHERS]
    lines += _rows(Settings, own, defaults)
    lines += ["", "## The life of a job", "", "Each kind of job has the same limits, by its own prefix.", ""]
    for prefix in JOB_QUEUES:
        lines += [f"### `{prefix}_…`", "", *head, *_rows(JobSettings, JobSettings.variables(prefix), defaults.jobs[prefix]), ""]
    lines += ["## Containers", "", "| setting | default | partition key | documents live |", "|---|---|---|---|"]
    for one in CATALOGUE.values():
        life = "for ever" if one.ttl_seconds is None else f"{one.ttl_seconds // 86_400} days after their last write"
        lines.append(
            _row(
                f"`{one.setting}`", f"`{one.name}`", f"`{one.partition_key}`", "as the web API has it" if one.anothers else life
            )
        )
    return "\n".join(lines) + "\n"


PAGES: Final = {
    "endpoints.md": endpoints_page, "settings.md": settings_page, "functions.md": functions_page,
    "telemetry.md": telemetry_page,
}  # fmt: skip


def main() -> int:
    """Write the pages."""
    for name, made in PAGES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")
        sys.stdout.write(f"wrote docs/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
