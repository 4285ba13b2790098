"""A client that a public generator makes of the OpenAPI document, used as somebody would who has never seen this code."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from devhost.azurite import Azurite
from tests.e2e.live import KEY, Live, furnish, living

PACKAGE = "pluckit_processor_client"


@pytest.fixture(scope="module")
def live(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with living(azurite, Path(tmp_path_factory.mktemp("client"))) as running:
        furnish(running)
        yield running


@pytest.fixture(scope="module")
def generated(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Generate the client from what the app answers; yields what the generator printed. Its package can be imported."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(live.call("GET", "openapi.json").text)
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--output-path", PACKAGE,
         "--meta", "none"],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.returncode == 0, f"the generator refused the document:\n{done.stdout}\n{done.stderr}"
    sys.path.insert(0, str(folder))
    try:
        yield done.stdout + done.stderr
    finally:
        sys.path.remove(str(folder))


def part(name: str) -> ModuleType:
    """Import a part of the generated package."""
    import importlib

    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture
def client(live: Live, generated: str) -> Iterator[Any]:
    made = part("client").AuthenticatedClient(
        base_url=f"{live.url}/api", token=KEY, prefix="", auth_header_name="x-functions-key"
    )
    yield made
    made.get_httpx_client().close()


def test_every_endpoint_is_generated(live: Live, generated: str) -> None:
    assert "Endpoint will not be generated" not in generated, generated
    package = Path(part("client").__file__ or "").parent
    modules = {path.stem for path in (package / "api").glob("*/*.py")}
    document = live.get("openapi.json")
    wanted = {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}
    assert wanted <= modules


def test_a_stranger_lists_groups_and_replays_dead_letters(client: Any) -> None:
    models = part("models")
    listing = part("api.dead_letters.get_dead_letters")
    page = listing.sync(client=client, status=models.GetDeadLettersStatus.OPEN, limit=10)
    assert page.dead_letters, "the furnished app has open dead letters"
    letter = page.dead_letters[0]
    assert letter.status == models.DeadLetterSummaryStatus.OPEN
    assert letter.created_at.tzinfo is not None, "an instant, and no text"
    groups = listing.sync(client=client, group_by="fingerprint")
    assert groups.groups[0].count >= 1
    request = models.ReplayRequest(
        action=models.ReplayRequestAction.REPLAY, reason="a stranger's replay", actor="stranger", ids=[letter.id], dry_run=True
    )
    predicted = part("api.replays.post_replays").sync(client=client, body=request)
    assert isinstance(predicted, models.Predicted)
    assert (predicted.total, [one.id for one in predicted.results]) == (1, [letter.id])
    replays = part("api.replays.get_replays").sync(client=client)
    assert replays.replays[0].actor == "test"


def test_a_wrong_call_is_a_typed_problem(client: Any) -> None:
    models = part("models")
    request = models.ReplayRequest(action=models.ReplayRequestAction.PURGE, reason="x", actor="stranger", ids=["a"])
    problem = part("api.replays.post_replays").sync(client=client, body=request)
    assert isinstance(problem, models.Problem)
    assert [(one.field, one.came) for one in problem.errors] == [("reason", '"x"')]


def test_a_stranger_reads_the_metrics_the_note_and_the_status(client: Any) -> None:
    metrics = part("api.metrics.get_metrics").sync_detailed(client=client)
    assert metrics.status_code == 200
    assert "# TYPE " in metrics.parsed
    note = part("api.incident_note.get_incident_note").sync_detailed(client=client)
    assert note.status_code == 200
    assert note.parsed.startswith("# ")
    status = part("api.status.get_status").sync(client=client)
    assert isinstance(status.ok, bool)
