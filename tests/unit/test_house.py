"""What must hold for the house as a whole: who imports whom, what an import costs, what may stand beside us."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

from devhost.azurite import MIN_NODE
from devhost.loading import HttpTrigger, Trigger
from docs import reference
from shared.errors import Reason

ROOT = Path(__file__).parents[2]
OURS = ("agents", "shared", "devhost", "samples", "bench")
PRODUCT = ("agents", "shared", "devhost", "opsctl", "infra")
BESIDE = ("tests", "bench", "quality", "samples")
README_LINES, FILE_LINES, FUNCTION_LINES = 120, 350, 40  # of code and text alike; decorators count for nothing
CLASS = re.compile(r"^ *class (\w+)[(:]", re.MULTILINE)
HEAVY = (
    "aiohttp",
    "azure.cosmos",
    "azure.storage",
    "azure.identity",
    "langchain_openai",
    "openai",
    "PIL",
    "numpy",
    "wordllama",
    "sqlite3",
)


def test_nothing_imports_function_app() -> None:
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            for node in ast.walk(ast.parse(text)) if "function_app" in text else ():
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert "function_app" not in names, path


def test_importing_function_app_loads_no_heavy_library_and_opens_nothing() -> None:
    code = f"""
import sys
opened = []
watched = ("socket.connect", "subprocess", "sqlite3")
sys.addaudithook(lambda event, args: opened.append(event) if event.startswith(watched) else None)
import function_app
print([name for name in {HEAVY!r} if name in sys.modules], opened)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"


def test_no_dependency_brings_a_top_level_agents_or_shared() -> None:
    """The app's folder is the last entry of the path on some hosts: a package of the same name would hide ours."""
    for distribution in distributions():
        if distribution.metadata["Name"] == "pluckit-processor":
            continue
        tops = {file.parts[0].removesuffix(".py") for file in distribution.files or [] if file.parts}
        assert not tops & {"agents", "shared", "function_app"}, distribution.metadata["Name"]


def test_the_runbook_explains_every_reason_and_the_page_of_settings_all_of_the_sample() -> None:
    runbook = (ROOT / "docs/operations.md").read_text()
    assert [reason.value for reason in Reason if f"`{reason.value}`" not in runbook] == []
    page = (ROOT / "docs/settings.md").read_text()
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    hosts = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}
    assert [name for name in sample if f"`{name}`" not in page and name not in hosts] == []


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_pages_of_endpoints_and_settings_are_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == reference.PAGES[name](), "run `make reference`"


def test_there_is_a_reason_for_every_dependency_and_a_row_for_every_function(triggers: list[Trigger]) -> None:
    dependencies, functions = ((ROOT / "docs" / name).read_text() for name in ("dependencies.md", "functions.md"))
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    packages = {line.partition(">")[0] for line in lines if line and not line.startswith("#")}
    assert [package for package in packages if f"| `{package}` |" not in dependencies] == []
    names = [trigger.name for trigger in triggers if not isinstance(trigger, HttpTrigger)]
    assert [name for name in names if f"| `{name}` |" not in functions] == []


def test_one_least_node_is_asked_for_and_what_its_packages_ask_for_is_told() -> None:
    least = f"≥ {MIN_NODE}"
    assert f"Node {least} " in (ROOT / "README.md").read_text()
    page = (ROOT / "docs/dependencies.md").read_text()
    assert f"`make` asks for Node {least}," in page
    assert f"[0]) >= {MIN_NODE} ?" in (ROOT / "devhost/find_node.sh").read_text()
    package, locked = (json.loads((ROOT / name).read_text()) for name in ("package.json", "package-lock.json"))
    assert package["engines"]["node"] == f">={MIN_NODE}"
    for name, shown in (("azurite", "Azurite"), ("playwright-core", "playwright-core")):
        one = locked["packages"][f"node_modules/{name}"]
        assert f"| {shown} {one['version']} | ≥ {one['engines']['node'].removeprefix('>=')}, " in page


def test_no_two_classes_of_the_product_have_one_name() -> None:
    found: dict[str, list[str]] = {}
    for folder in PRODUCT:
        for path in (ROOT / folder).rglob("*.py"):
            for name in CLASS.findall(path.read_text()):
                found.setdefault(name, []).append(str(path.relative_to(ROOT)))
    assert "Rule" in found
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


def test_no_file_is_too_long_for_one_sitting() -> None:
    """`function_app.py` alone may be longer: it is a table of contents, read at one entry. Of tests the functions are held to a
    length, and not the files: those are looked into by the name of a test.
    """
    rooms = [room for room in (*PRODUCT, *BESIDE) if room != "tests"]
    paths = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    paths += (ROOT / "agents/console/static").glob("*.js")
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


@pytest.mark.parametrize("room", ["function_app.py", *PRODUCT, *BESIDE])
def test_no_function_is_too_long_for_a_screen(room: str) -> None:
    paths = [ROOT / room] if room.endswith(".py") else (ROOT / room).rglob("*.py")
    found = [(str(path.relative_to(ROOT)), *one) for path in paths for one in _functions(path.read_text())]
    assert found
    assert [(path, name, lines) for path, name, lines in found if lines > FUNCTION_LINES] == []


def _functions(text: str) -> Iterator[tuple[str, int]]:
    """Yield each function of a module, those inside of others too, and its lines from `def` to its last."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1
