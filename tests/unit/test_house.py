"""What must hold for the house as a whole: who imports whom, what an import costs, what may stand beside us."""

import ast
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("agents", "shared", "devhost", "samples", "bench")
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
            for node in ast.walk(ast.parse(path.read_text())):
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
