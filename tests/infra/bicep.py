"""The Bicep files as data, by a parser; the compiler itself is not on these machines."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pycep import BicepParser

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
Node = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """One resource of a file; `body` is what is between its braces, `each` the list that it is made for."""

    file: str
    name: str
    type: str
    version: str
    existing: bool
    body: Node
    each: str = ""

    @property
    def properties(self) -> Node:
        found: Node = self.body.get("properties", {})
        return found


@cache
def parsed(file: str) -> Node:
    found: Node = BicepParser().parse(text=(INFRA / file).read_text(encoding="utf-8"))
    return found


def files() -> list[str]:
    return sorted(str(path.relative_to(INFRA)) for path in INFRA.rglob("*.bicep"))


def flat(node: Any) -> str:
    """An expression of the parser as one text: `catalogue.queues`, `publicAccess == Enabled`."""
    if isinstance(node, dict) and "operator" in node:
        operator = node["operator"]
        parts = [flat(one) for one in operator["operands"].values()]
        return {"property_accessor": ".", "array_access": "."}.get(operator["type"], f" {operator['type']} ").join(parts)
    if isinstance(node, dict) and "function" in node:
        call = node["function"]
        return f"{call['type']}({', '.join(flat(one) for one in _arguments(call['parameters']))})"
    if isinstance(node, list):
        return ", ".join(flat(one) for one in node)
    if isinstance(node, dict):
        return ", ".join(f"{name}: {flat(value)}" for name, value in node.items())
    return str(node)


def _arguments(parameters: Any) -> list[Any]:
    found = parameters.values() if isinstance(parameters, dict) else parameters or []
    return [one for one in found if one is not None]


def resources() -> list[Resource]:
    return [one for file in files() for one in _of(file)]


def _of(file: str) -> Iterator[Resource]:
    for name, one in parsed(file).get("resources", {}).items():
        body, each = one["config"], ""
        while "loop_type" in body or "condition" in body:
            if body.get("loop_type"):
                each = flat(body["loop_type"]["detail"]["array_name"])
            body = body["config"]
        yield Resource(file, name, one["type"], one["api_version"], one["existing"], body, each)


def variables(file: str) -> Node:
    return {name: one["value"] for name, one in parsed(file).get("variables", {}).items()}


def modules(file: str = "main.bicep") -> dict[str, Node]:
    """The modules of a file: path, condition and the parameters they are given."""
    found = {}
    for name, one in parsed(file).get("modules", {}).items():
        config = one["config"]
        condition = config.get("condition") if isinstance(config, dict) else None
        while "config" in config:
            config = config["config"]
        found[name] = {"path": one["detail"]["path"], "condition": condition, "params": config.get("params", {})}
    return found


def only(found: list[Resource], kind: str) -> list[Resource]:
    return [one for one in found if one.type == kind and not one.existing]
