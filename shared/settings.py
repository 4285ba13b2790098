"""The app's settings: typed, with every problem of a bad set-up reported at once. Secrets are never shown.

Each field's alias is its environment variable; an empty variable counts as absent. The containers' names have settings of
their own, listed in `shared.store.containers`.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from shared.errors import ConfigurationError
from shared.observe.prices import LIST_CURRENCY, GivenPrices
from shared.problem_words import expected_words
from shared.queues.names import HELD, JOB_QUEUES, POISON, PROBE, RUN_COMMANDS, dead_letter_queue_name, queue_name
from shared.retry import REDELIVERY, QuickRetry
from shared.setting_rules import RULES, webhook_problem
from shared.store.containers import CATALOGUE
from shared.text import nearest

DAY: Final = 86_400
MAX_HEADER: Final = 1_000  # what a header carries
# What the platform sets, by plan: no one of them is there on all, and the first is empty on Flex Consumption.
AZURE_SIGNS: Final = ("WEBSITE_INSTANCE_ID", "WEBSITE_SKU", "WEBSITE_SITE_NAME", "LEGION_SERVICE_HOST")
OUR_PREFIXES: Final = (  # no other program's settings begin so: one that we do not know is mistyped
    "TASTE_JOB_", "DIGEST_JOB_", "SCRAPE_JOB_", "WEEKLY_DIGEST_", "SCRAPER_", "RUN_COMMANDS_", "COSMOS_DB_", "EMBEDDED_STORE_",
    "AZURE_OPENAI_", "MODEL_P", "MOOD_FEED", "FETCH_ALLOWED_", "ALERT_WEBHOOK_", "OPS_ACTION_",
)  # fmt: skip
SECRETS: Final = frozenset({"COSMOS_DB_KEY", "AZURE_OPENAI_API_KEY", "OPENAI_API_KEY", "ALERT_WEBHOOK_URL", "OPS_ACTION_KEY"})


def _number(text: object) -> object:
    """Refuse what only looks like a number: blanks inside, underscores, infinities."""
    if isinstance(text, str) and not text.strip().replace(".", "", 1).isdigit():
        raise ValueError("expected a number")
    return text


Whole = Annotated[int, BeforeValidator(_number)]
Seconds = Annotated[float, BeforeValidator(_number)]
_QUEUE_NAME: Final = r"^[a-z0-9](-?[a-z0-9])+$"
_CURRENCY: Final = r"^[A-Z]{3}$"
PATTERNS: Final = {_QUEUE_NAME: "lower-case letters, digits and single dashes", _CURRENCY: "three capital letters, as EUR"}
ADDRESS: Final = "an address that begins with https:// or http://"
OWN_WORDS: Final = {"url_parsing": ADDRESS, "url_scheme": ADDRESS, "extra_forbidden": "no such name"}
QueueName = Annotated[str, StringConstraints(min_length=3, max_length=63, pattern=_QUEUE_NAME)]
Url = Annotated[str, BeforeValidator(lambda text: str(TypeAdapter(HttpUrl).validate_python(text)).rstrip("/"))]


class Feed(BaseModel):
    """One feed of `MOOD_FEEDS`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    url: Url


def _feeds(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        raise ValueError('expected JSON: [{"name": …, "url": …}, …]') from None


def _hosts(text: object) -> object:
    """`host:port, host:port` to a set; each entry must name its port."""
    if not isinstance(text, str):
        return text
    entries = frozenset(entry.strip() for entry in text.split(",") if entry.strip())
    for entry in entries:
        host, _, port = entry.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError("expected host:port, comma-separated")
    return entries


DEFAULT_FEEDS: Final = tuple(
    Feed(name=name, url=url)
    for name, url in (
        ("Vogue", "https://www.vogue.com/feed/rss"),
        ("WWD", "https://wwd.com/feed/"),
        ("Fashionista", "https://fashionista.com/.rss/full/"),
        ("Who What Wear", "https://www.whowhatwear.com/rss"),
        ("Highsnobiety", "https://www.highsnobiety.com/feed/"),
        ("Hypebeast Fashion", "https://hypebeast.com/fashion/feed"),
        ("The Guardian Fashion", "https://www.theguardian.com/fashion/rss"),
        ("The New York Times Fashion", "https://rss.nytimes.com/services/xml/rss/nyt/FashionandStyle.xml"),
    )
)


class JobSettings(BaseModel):
    """One kind of job: its queues and the limits of its jobs' lives. A field's variable is the kind's prefix and its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue_name: QueueName = ""
    dead_letter_queue_name: QueueName = ""
    max_retries: Whole = Field(QuickRetry().retries, ge=0, le=10)
    base_backoff_seconds: Seconds = Field(QuickRetry().base_seconds, gt=0, le=60)
    max_backoff_seconds: Seconds = Field(QuickRetry().maximum_seconds, gt=0, le=60)
    jitter_seconds: Seconds = Field(QuickRetry().jitter_seconds, ge=0, le=60)
    max_attempts: Whole = Field(5, ge=1, le=50)
    requeue_base_seconds: Seconds = Field(REDELIVERY.base_seconds, ge=0, le=DAY)
    requeue_max_seconds: Seconds = Field(REDELIVERY.maximum_seconds, ge=0, le=DAY)
    lease_seconds: Seconds = Field(180.0, ge=5, le=3_600)
    defer_budget_seconds: Seconds = Field(86_400.0, ge=0, le=6 * DAY)
    dedupe_ttl_seconds: Seconds = Field(180.0, ge=0, le=30 * DAY)
    completed_ttl_seconds: Seconds = Field(3_600.0, ge=0, le=30 * DAY)

    @classmethod
    def variables(cls, prefix: str) -> dict[str, str]:
        """Return the fields' environment variables, by field."""
        return {field: f"{prefix}_{field.upper()}" for field in cls.model_fields}

    @classmethod
    def read(cls, prefix: str, values: Mapping[str, Any]) -> tuple["JobSettings | None", list[str]]:
        """Return a kind's settings, or every problem with them."""
        names = cls.variables(prefix)
        given: dict[str, Any] = dict(JOB_DEFAULTS.get(prefix, {}))
        given["queue_name"] = queue_name(prefix, values)
        given["dead_letter_queue_name"] = dead_letter_queue_name(prefix, values)
        given |= {field: values[name] for field, name in names.items() if name in values}
        try:
            made = cls.model_validate(given)
        except ValidationError as error:
            told = [one for one in error.errors(include_url=False) if names[str(one["loc"][0])] in values]
            return None, [_line(one, values, names) for one in told]  # a name derived from a bad one is no second problem
        pairs = (("base_backoff_seconds", "max_backoff_seconds"), ("requeue_base_seconds", "requeue_max_seconds"))
        wrong = [
            f"{names[low]}: expected at most {names[high]}" for low, high in pairs if getattr(made, low) > getattr(made, high)
        ]
        return made, wrong


# A scrape's attempt is cut at 0.8 of its lease: with the wait for a slot that is below the host's ten minutes.
JOB_DEFAULTS: Final[dict[str, dict[str, float]]] = {"SCRAPE_JOB": {"lease_seconds": 500.0}}


class Settings(BaseModel):
    """Everything that can be set; docs/settings.md says what each one means."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=False, populate_by_name=False)

    run_commands_queue_name: QueueName = Field(RUN_COMMANDS, alias="RUN_COMMANDS_QUEUE_NAME")
    weekly_digest_max_concurrency: Whole = Field(6, ge=1, le=100, alias="WEEKLY_DIGEST_MAX_CONCURRENCY")
    scraper_max_concurrency: Whole = Field(4, ge=1, le=100, alias="SCRAPER_MAX_CONCURRENCY")
    azure_client_id: str | None = Field(None, alias="AZURE_CLIENT_ID")
    cosmos_endpoint: Url | None = Field(None, alias="COSMOS_DB_ENDPOINT")
    cosmos_key: SecretStr | None = Field(None, alias="COSMOS_DB_KEY")
    cosmos_database: str = Field("PluckIt", alias="COSMOS_DB_DATABASE")
    azure_openai_endpoint: Url | None = Field(None, alias="AZURE_OPENAI_ENDPOINT")
    azure_openai_api_key: SecretStr | None = Field(None, alias="AZURE_OPENAI_API_KEY")
    azure_openai_deployment: str = Field("gpt-4.1-mini", alias="AZURE_OPENAI_DEPLOYMENT")
    azure_openai_embedding_deployment: str = Field("text-embedding-3-small", alias="AZURE_OPENAI_EMBEDDING_DEPLOYMENT")
    openai_base_url: Url | None = Field(None, alias="OPENAI_BASE_URL")
    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    openai_model: str = Field("gpt-4.1-mini", alias="OPENAI_MODEL")
    openai_embedding_model: str = Field("text-embedding-3-small", alias="OPENAI_EMBEDDING_MODEL")
    model_provider: Literal["azure", "openai", "local"] = Field("local", alias="MODEL_PROVIDER")
    model_parameters: Literal["auto", "classic", "reasoning"] = Field("auto", alias="MODEL_PARAMETERS")
    model_prices: GivenPrices = Field(default_factory=dict, alias="MODEL_PRICES")
    model_prices_currency: Annotated[str, StringConstraints(pattern=_CURRENCY)] = Field(
        LIST_CURRENCY, alias="MODEL_PRICES_CURRENCY"
    )
    embedded_store_path: str = Field(".local/pluckit.db", alias="EMBEDDED_STORE_PATH")
    mood_feeds: Annotated[tuple[Feed, ...], BeforeValidator(_feeds)] = Field(DEFAULT_FEEDS, alias="MOOD_FEEDS")
    fetch_allowed_private_hosts: Annotated[frozenset[str], BeforeValidator(_hosts)] = Field(
        frozenset(), alias="FETCH_ALLOWED_PRIVATE_HOSTS"
    )
    alert_webhook_url: SecretStr | None = Field(None, alias="ALERT_WEBHOOK_URL")
    ops_action_key: SecretStr | None = Field(None, alias="OPS_ACTION_KEY")
    on_azure: bool = Field(default=False, alias="WEBSITE_INSTANCE_ID")
    easy_auth: bool = Field(default=False, alias="WEBSITE_AUTH_ENABLED")
    containers: dict[str, str] = Field(default_factory=dict, exclude=True)
    jobs: dict[str, JobSettings] = Field(default_factory=dict, exclude=True)

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Return the name of every environment variable that is a setting of ours."""
        own = {field.alias for field in cls.model_fields.values() if field.alias}
        jobs = {name for prefix in JOB_QUEUES for name in JobSettings.variables(prefix).values()}
        return frozenset(own | jobs | {container.setting for container in CATALOGUE.values()})

    @classmethod
    def strangers(cls, environ: Mapping[str, str]) -> list[str]:
        """Return one line for each variable that begins like a setting of ours and is none: the nearest setting is named."""
        known = cls.variables()
        lines = []
        for name in sorted(environ):
            if name.startswith(OUR_PREFIXES) and name not in known:
                near = nearest(name, known)
                lines.append(f"{name}: is no setting of this app" + (f", did you mean {near}?" if near else ""))
        return lines

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings. Raises `ConfigurationError`, whose message has one line a problem."""
        values: dict[str, Any] = {name: text.strip() for name, text in environ.items() if text.strip()}
        values["WEBSITE_INSTANCE_ID"] = _is_azure(values)
        checked = str(values.get("WEBSITE_AUTH_ENABLED", "")).casefold() == "true"
        values["WEBSITE_AUTH_ENABLED"] = checked and values["WEBSITE_INSTANCE_ID"]  # elsewhere callers send it themselves
        values["MODEL_PROVIDER is chosen"] = "MODEL_PROVIDER" in values
        if "MODEL_PROVIDER" not in values:
            values["MODEL_PROVIDER"] = _provider_of(values)
        values["containers"] = {one.key: values.get(one.setting, one.name) for one in CATALOGUE.values()}
        read = {prefix: JobSettings.read(prefix, values) for prefix in JOB_QUEUES}
        values["jobs"] = {prefix: made for prefix, (made, _) in read.items() if made is not None}
        problems: list[str] = [line for _, lines in read.values() for line in lines]
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            problems += [_line(one, values) for one in error.errors(include_url=False)]
        problems += [text for holds, text in RULES if not holds(values)]
        if problems:
            raise ConfigurationError("\n".join(dict.fromkeys(problems)))
        return settings

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.alert_webhook_url is not None:
            problem = webhook_problem(self.alert_webhook_url.get_secret_value(), self.fetch_allowed_private_hosts)
            if problem:
                raise ValueError(f"ALERT_WEBHOOK_URL: got a secret, expected {problem}")
        key = self.ops_action_key.get_secret_value() if self.ops_action_key else ""
        if len(key) > MAX_HEADER or not (key.isascii() and key.isprintable()):
            raise ValueError(f"OPS_ACTION_KEY: got a secret, expected at most {MAX_HEADER} printable ASCII characters")
        owners: dict[str, str] = {}
        queues = {"RUN_COMMANDS_QUEUE_NAME": self.run_commands_queue_name}
        for prefix, job in self.jobs.items():
            names = JobSettings.variables(prefix)
            queues |= {names["queue_name"]: job.queue_name, names["dead_letter_queue_name"]: job.dead_letter_queue_name}
        for setting, name in queues.items():
            if name in owners:
                raise ValueError(f"{setting}: got {name!r}, expected another queue than {owners[name]}")
            owners[name] = setting
        for prefix, job in self.jobs.items():
            if job.dead_letter_queue_name != job.queue_name + POISON:
                raise ValueError(
                    f"{JobSettings.variables(prefix)['dead_letter_queue_name']}: got {job.dead_letter_queue_name!r}, expected "
                    f"{job.queue_name + POISON!r} or nothing: that is where the host moves what it cannot deliver"
                )
        return self


def queue_names(settings: Settings) -> list[str]:
    """Return every queue that the app reads or sends to, and those that the host moves messages to or that hold them."""
    commands = settings.run_commands_queue_name
    jobs = {name for job in settings.jobs.values() for name in (job.queue_name, job.dead_letter_queue_name)}
    read = (commands, *(job.queue_name for job in settings.jobs.values()))
    moved = {f"{name}{added}" for name in read for added in (POISON, HELD)}
    return sorted({commands, PROBE, *jobs, *moved})


def _is_azure(values: Mapping[str, Any]) -> bool:
    """True on Azure. Other platforms name their containers as Flex Consumption does: there it runs the Functions worker, too,
    and outside of development.
    """
    if any(values.get(sign) for sign in AZURE_SIGNS):
        return True
    worker = "FUNCTIONS_WORKER_RUNTIME" in values and values.get("AZURE_FUNCTIONS_ENVIRONMENT") != "Development"
    return worker and "CONTAINER_NAME" in values


def _provider_of(values: Mapping[str, Any]) -> str:
    if values.get("AZURE_OPENAI_ENDPOINT"):
        return "azure"
    return "openai" if values.get("OPENAI_BASE_URL") or values.get("OPENAI_API_KEY") else "local"


def _line(problem: Any, values: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:  # noqa: ANN401  (pydantic's)
    """One line: the setting, what came, what was expected."""
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ")
    name = str(problem["loc"][0])
    name = (names or {}).get(name, name)
    came = "a secret" if name in SECRETS else repr(str(values.get(name, ""))[:100])
    return f"{name}: got {came}, expected {_expected(problem)}"


def _expected(problem: Any) -> str:  # noqa: ANN401  (pydantic's)
    """What was expected, as people say it."""
    inside, pattern = ".".join(map(str, problem["loc"][1:])), str((problem.get("ctx") or {}).get("pattern"))
    words = PATTERNS.get(pattern) or OWN_WORDS.get(problem["type"]) or expected_words(problem)
    return f"{words} at {inside}" if inside else words
