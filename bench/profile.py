"""`make profile`: where the CPU of taste jobs goes, as a flame graph in `.local/profile.svg`, to be opened in a browser.

Some hundred jobs run in one process of their own, as `bench.throughput` has them: model, pictures and store are on the wire, in
other processes. py-spy looks at every thread that is working, 250 times a second.
"""

import argparse
import asyncio
import base64
import json
import subprocess
import sys
from pathlib import Path

from bench.first_job import ROOT, environment, provide
from bench.throughput import child

OUT = Path(".local/profile.svg")
JOBS = 480


def command(pictures: str, out: Path, jobs: int, shape: str) -> list[str]:
    body = {"user_id": "first", "item_id": "i", "image_url": f"http://{pictures}/profile"}
    text = base64.b64encode(json.dumps(body).encode()).decode()
    spy = [str(Path(sys.executable).parent / "py-spy"), "record", "--rate", "250", "--format", shape, "--output", str(out)]
    return [*spy, "--", sys.executable, "-m", "bench.one_job", str(ROOT), text, str(jobs)]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT, help="where the picture goes; .json: for speedscope.app")
    parser.add_argument("--jobs", type=int, default=JOBS)
    asked = parser.parse_args(arguments)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    shape = "speedscope" if asked.out.suffix == ".json" else "flamegraph"
    with child("model") as (model, pictures), child("store") as (store,):
        environ = environment(model, pictures, store)
        asyncio.run(provide(environ))
        done = subprocess.run(
            command(pictures, asked.out, asked.jobs, shape), env=environ, capture_output=True, text=True, check=False
        )
    if done.returncode or not asked.out.exists():
        print(f"py-spy could not look at the process: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return 1
    print(f"{asked.jobs} jobs: {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
