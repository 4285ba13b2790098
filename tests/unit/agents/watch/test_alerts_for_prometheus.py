"""The alerts of `docs/alerts.yml`: what they ask for is scraped, and played by `promtool` they page when they should."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agents.watch.metrics import families
from tests.unit.agents.watch.test_views import RULES, THRESHOLDS, collected
from tests.waiting import HANGS_SECONDS

ROOT = Path(__file__).parents[4]
RULES_FILE = ROOT / "docs/alerts.yml"
PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=str(Path(__file__).parents[4] / ".promtool/usr/bin"))


def test_every_series_that_an_alert_asks_for_is_scraped_with_these_labels() -> None:
    found = {
        f"{one.name}_total" if one.kind == "counter" else one.name: {name for sample in one.samples for name in sample.labels}
        for one in families(collected(), RULES, THRESHOLDS)
    }
    asked = re.findall(r"(wardrobe_\w+)(?:\{([^}]*)\})?", RULES_FILE.read_text())
    assert len(asked) > 8
    for name, matchers in asked:
        assert name in found
        assert set(re.findall(r"(\w+)=~?", matchers)) <= found[name], name


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool: `make test` brings it where apt-get is there")
@pytest.mark.slow
def test_played_by_promtool_each_alert_fires_and_ends_when_it_should() -> None:
    assert PROMTOOL is not None
    for command in (["check", "rules", str(RULES_FILE)], ["test", "rules", "tests/data/alerts_test.yml"]):
        done = subprocess.run(
            [PROMTOOL, *command], cwd=ROOT, capture_output=True, text=True, timeout=HANGS_SECONDS, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
