"""What names a build and its settings: the same for the same, another for another, and no value in it."""

import json
from pathlib import Path

from agents.watch.build import marks_of
from shared.observe.version import build_of
from shared.settings import Settings


def test_a_build_is_named_by_its_code_alone(tmp_path: Path) -> None:
    for name in ("function_app.py", "agents/a.py", "agents/deep/b.py", "shared/c.py", "tests/t.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    first = build_of(tmp_path)
    assert (first, len(first)) == (build_of(tmp_path), 12)
    (tmp_path / "tests/t.py").write_text("other")
    assert build_of(tmp_path) == first
    (tmp_path / "agents/deep/b.py").write_text("other")
    changed = build_of(tmp_path)
    assert changed != first
    (tmp_path / "agents/deep/b.py").rename(tmp_path / "agents/deep/d.py")
    assert build_of(tmp_path) != changed


def marks(**environ: str) -> dict[str, str]:
    return marks_of(Settings.from_environment(environ))


def test_a_changed_setting_is_seen_and_no_value_can_be_read() -> None:
    before = marks(TASTE_JOB_MAX_ATTEMPTS="5", FETCH_ALLOWED_PRIVATE_HOSTS="a:1,b:2")
    after = marks(TASTE_JOB_MAX_ATTEMPTS="6", FETCH_ALLOWED_PRIVATE_HOSTS="b:2,a:1")
    assert {name for name in before if before[name] != after[name]} == {"TASTE_JOB_MAX_ATTEMPTS"}
    assert {len(mark) for name, mark in before.items() if name != "build"} == {8}


def test_of_a_secret_only_its_presence_is_marked() -> None:
    one, other = (marks(OPENAI_API_KEY=key) for key in ("first-key", "second-key"))
    assert one == other
    assert marks(OPENAI_BASE_URL="http://localhost:1")["OPENAI_API_KEY"] != one["OPENAI_API_KEY"]
    assert "first-key" not in json.dumps(one)
