"""JSON-LD as a graph: nodes that are named in one place and described in another, and values in their several wrappings.

Not a JSON-LD processor: contexts are not loaded (schema.org's is assumed), and a reference is followed one step at a time.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

MAX_INDEXED: Final = 20_000
WRAPPERS: Final = ("@value", "@list", "@set")


def nodes(value: Any) -> list[Any]:  # noqa: ANN401  (JSON)
    """Return a property's values as a list, taken out of `@value`, `@list` and `@set`."""
    found: list[Any] = []
    for one in value if isinstance(value, list) else [value]:
        inner = next((one[name] for name in WRAPPERS if name in one), one) if isinstance(one, dict) else one
        found += inner if isinstance(inner, list) else [] if inner is None else [inner]
    return found


def values(value: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield a property's texts."""
    for one in nodes(value):
        if isinstance(one, str) and one.strip():
            yield one


class Graph:
    """The nodes of a page by their `@id`, over all of its blocks; what several say of one is joined, the first word first."""

    def __init__(self, documents: Sequence[Any], page_url: str) -> None:
        self._page = page_url.partition("#")[0]
        self._known: dict[str, dict[str, Any]] = {}
        waiting: list[Any] = list(reversed(documents))
        for _ in range(MAX_INDEXED):
            if not waiting:
                break
            node = waiting.pop()
            if isinstance(node, list):
                waiting += reversed(node)
            elif isinstance(node, dict):
                key = node.get("@id")
                if isinstance(key, str) and len(node) > 1:
                    known = self._known.setdefault(self._full(key), {})
                    known.update({name: value for name, value in node.items() if name not in known})
                waiting += [value for value in reversed(node.values()) if isinstance(value, dict | list)]

    def whole(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return a node with what is said of it elsewhere."""
        key = node.get("@id")
        known = self._known.get(self._full(key)) if isinstance(key, str) else None
        return {**known, **node} if known else node

    def named(self, value: Any) -> dict[str, Any] | None:  # noqa: ANN401
        """Return the node whose id `value` is, None where it is none."""
        return self._known.get(self._full(value)) if isinstance(value, str) else None

    def objects(self, value: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Return a property's nodes, whole."""
        found = (self.whole(one) if isinstance(one, dict) else self.named(one) for one in nodes(value))
        return [one for one in found if one is not None]

    def _full(self, key: str) -> str:
        return f"{self._page}{key}" if key.startswith("#") else key
