"""CI as code: every action by digest, the least permissions, the Pythons that are supported, no secret but one."""

import re
from typing import Any

import pytest
import yaml

from tests.infra.bicep import INFRA, ROOT, parsed

FOLDER = ROOT / ".github/workflows"
WORKFLOWS = sorted(path.name for path in FOLDER.glob("*.yml"))


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text())
    return found


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job.get("steps", [])]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_digest_with_their_version_beside_it(name: str) -> None:
    lines = [line.strip() for line in (FOLDER / name).read_text().splitlines() if re.search(r"\buses: (?!\./)", line)]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"(- )?uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v[\d.]+", line)] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_permissions_are_the_least_and_every_job_ends(name: str) -> None:
    found = workflow(name)
    assert found["permissions"] == {"contents": "read"}
    for job in found["jobs"].values():
        assert "uses" in job or job["timeout-minutes"] <= 60
        assert job.get("permissions", {"contents": "read"}) in ({"contents": "read"}, {"contents": "read", "id-token": "write"})
    checkouts = [step for step in steps(name) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_ci_runs_the_readmes_command_on_every_python() -> None:
    check = workflow("ci.yml")["jobs"]["check"]
    assert check["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert {"run": "make check", "env": {"PYTHON": "python${{ matrix.python }}"}} in check["steps"]


def test_every_night_has_its_chaos() -> None:
    found = workflow("nightly.yml")
    assert "schedule" in found[True], "YAML reads the key `on` as true"
    runs = [step["run"] for job in found["jobs"].values() for step in job["steps"] if "run" in step]
    assert [run.partition(" SOAK")[0] for run in runs] == ["make soak", "make fuzz"]


def test_a_deployment_has_no_secret_but_the_webhooks_address_and_the_action_key() -> None:
    text = "".join((FOLDER / name).read_text() for name in WORKFLOWS)
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"PLUCKIT_ALERT_WEBHOOK_URL", "PLUCKIT_OPS_ACTION_KEY"}
    job = workflow("deploy.yml")["jobs"]["deploy"]
    assert job["needs"] == "check"
    assert job["permissions"]["id-token"] == "write"
    runs = [step.get("run", "") for step in job["steps"]]
    order = [
        next(index for index, run in enumerate(runs) if word in run)
        for word in ("auth login", "azd up", "doctor", "azd deploy")
    ]
    assert order == sorted(order)
    assert job["steps"][order[-1]]["if"].startswith("failure()")


def test_what_a_deployment_is_given_is_what_the_parameters_ask_for() -> None:
    given = set(workflow("deploy.yml")["jobs"]["deploy"]["env"])
    asked = set(re.findall(r"\$\{(\w+)", (INFRA / "main.parameters.json").read_text()))
    assert {"AZURE_ENV_NAME", "AZURE_LOCATION", "PLUCKIT_PROFILE", "PLUCKIT_ALERT_EMAIL"} <= asked & given
    runs = "".join(step.get("run", "") for step in steps("deploy.yml"))
    assert {name for name in re.findall(r"\$(PLUCKIT_\w+)", runs) if name != "PLUCKIT_KEY"} <= set(
        parsed("main.bicep")["outputs"]
    )


def test_newer_versions_are_proposed_for_every_kind_of_dependency() -> None:
    told = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())
    assert {one["package-ecosystem"] for one in told["updates"]} == {"pip", "npm", "github-actions"}
