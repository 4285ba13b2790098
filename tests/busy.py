"""The whole suite, three times in a row, beside six loops that never rest: no test may fail because the machine is slow.

`python -m tests.busy [arguments of pytest]`
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

LOOPS: Final = 6
TIMES: Final = 3


@contextmanager
def busy_loop() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def main() -> int:
    """Return the exit code of the first run that fails, else 0."""
    with ExitStack() as loops:
        for _ in range(LOOPS):
            loops.enter_context(busy_loop())
        for number in range(TIMES):
            print(f"run {number + 1} of {TIMES}, beside {LOOPS} busy loops", flush=True)
            code = subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]], check=False).returncode
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
