"""The browser's side: one Node process with one browser, that plays scenario after scenario."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
NARROW: Final = {"width": 390, "height": 844}


def chromium() -> str:
    """Return the path of a browser; empty where there is none."""
    command = ["sh", str(FOLDER.parents[1] / "devhost/find_chromium.sh"), "--look"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@dataclass(frozen=True)
class Stage:
    """Plays scenarios."""

    process: "subprocess.Popen[str]"

    def play(
        self, scenario: str, url: str, key: str, *, action_key: str = "", dark: bool = False, narrow: bool = False, **args: Any
    ) -> None:  # fmt: skip
        """Let a scenario play against the app at `url`; fails as it fails. `action_key`: of an app that asks for one."""
        told: dict[str, Any] = {"scenario": scenario, "url": url, "key": key, "actionKey": action_key, "args": args}
        told |= {"colorScheme": "dark"} if dark else {}
        told |= {"viewport": NARROW} if narrow else {}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        answer = self.heard()
        assert answer["ok"], f"{scenario}: {answer['why']}"

    def heard(self) -> dict[str, Any]:
        """Return the next line that it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the browser's process has ended"
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def staged(browser: str) -> Iterator[Stage]:
    """Start the browser; it ends with its standard input."""
    command = ["node", str(FOLDER / "stage.mjs"), browser]
    with subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        stage = Stage(process)
        assert stage.heard()["ready"]
        yield stage
        assert process.stdin is not None
        process.stdin.close()
