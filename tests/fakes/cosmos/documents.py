"""Databases, containers and documents: point operations, conditions, patches, batches, expiry, pages."""

import copy
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fakes.cosmos import charges
from tests.fakes.cosmos.sessions import History
from tests.fakes.cosmos.sql import UNDEFINED, BadQuery, Key, Select, kind_of, parsed, value_at

MAX_DOCUMENT_BYTES: Final = 2 * 1024 * 1024
MAX_PATCH_OPERATIONS: Final = 10
MAX_BATCH_STEPS: Final = 100
DEFAULT_PAGE: Final = 100
RANK: Final = {"null": 0, "boolean": 1, "number": 2, "string": 3, "array": 4, "object": 5}
Document = dict[str, Any]


@dataclass
class Answer:
    """A status, a body and what it cost; `sub_status` as the service's header has it, `lsn` of the container it came from."""

    status: int
    body: Any = None
    charge: float = 1.0
    sub_status: int = 0
    continuation: str | None = None
    lsn: int | None = None

    @property
    def failed(self) -> bool:
        return self.status >= 400


def refusal(status: int, message: str, *, sub_status: int = 0, charge: float = 1.0) -> Answer:
    """Return an answer that says no."""
    names = {400: "BadRequest", 404: "NotFound", 409: "Conflict", 412: "PreconditionFailed", 413: "RequestEntityTooLarge"}
    return Answer(status, {"code": names.get(status, str(status)), "message": message}, charge, sub_status)


@dataclass
class Container:
    """A container: its own document, and its documents by partition and id; whose are in a partition is known without a search,
    as in the service.
    """

    properties: Document
    now: Callable[[], float]
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    history: History = field(default_factory=History)
    _tags: Any = field(default_factory=lambda: itertools.count(1))
    _keys: dict[str, dict[tuple[str, str], None]] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in self.documents:
            self._keys.setdefault(key[0], {})[key] = None

    @property
    def key_path(self) -> tuple[str, ...]:
        return tuple(self.properties["partitionKey"]["paths"][0].strip("/").split("/"))

    def behind(self, writes: int, *, at_least: int) -> "Container":
        """Return the replica that answers a read: as far as `at_least` says, and that many writes behind where it may be."""
        lsn = max(self.history.lsn - writes, at_least, 0)
        if lsn >= self.history.lsn:
            return self
        replica = Container(self.properties, self.now, self.history.as_of(lsn, self.documents))
        replica.history.lsn = lsn
        return replica

    def current(self, partition: str, item_id: str) -> Document | None:
        """Return the document as it stands, unless it has expired."""
        found = self.documents.get((partition, item_id))
        return found if found is not None and self._is_live(found) else None

    def apply(self, partition: str, step: Mapping[str, Any]) -> Answer:
        """Carry out one point operation."""
        refused = self._refused(partition, step)
        if refused is not None:
            return refused
        kind, item_id = step["operationType"], _id_of(step)
        current = self.current(partition, item_id)
        if kind == "read":
            assert current is not None
            return Answer(200, current, charges.read(self._size_of(current)))
        if kind == "delete":
            gone = self.documents[partition, item_id]
            cost = charges.write(self._size_of(gone))
            self._put((partition, item_id), None)
            self.history.note((partition, item_id), gone)
            return Answer(204, None, cost)
        if kind == "patch":
            try:
                body = patched(current, step["operations"])
            except BadPatch as error:
                return refusal(400, str(error))
        else:
            body = copy.deepcopy(step["resourceBody"])
        if _size(body) > MAX_DOCUMENT_BYTES:
            return refusal(413, "Request size is too large")
        tag = next(self._tags)
        stored = {
            **body,
            "_etag": f'"{tag:08x}"',
            "_ts": int(self.now()),
            "_rid": f"r{tag}",
            "_self": f"{self.properties['_self']}docs/r{tag}/",
            "_attachments": "a/",
        }
        self.history.note((partition, item_id), self.documents.get((partition, item_id)))
        self._put((partition, item_id), stored)
        return Answer(201 if current is None else 200, stored, charges.write(self._size_of(stored)))

    def batch(self, partition: str, steps: list[dict[str, Any]]) -> Answer:
        """Carry out all steps or none."""
        if not 1 <= len(steps) <= MAX_BATCH_STEPS:
            return refusal(400, f"a batch has 1 to {MAX_BATCH_STEPS} operations")
        keys = [(partition, _id_of(step)) for step in steps]
        before, mark, results, charge = {key: self.documents.get(key) for key in keys}, self.history.lsn, [], 0.0
        for index, step in enumerate(steps):
            answer = self.apply(partition, {**step, "operationType": step["operationType"].lower()})
            charge += answer.charge
            if answer.failed:
                for key, document in before.items():
                    self._put(key, document)
                self.history.back_to(mark)
                results = [{"statusCode": 424, "requestCharge": 0} for _ in steps]
                results[index] = {"statusCode": answer.status, "subStatusCode": answer.sub_status, "requestCharge": 0}
                return Answer(207, results, charge)
            body = answer.body or {}
            results.append(
                {
                    "statusCode": answer.status,
                    "requestCharge": answer.charge,
                    "eTag": body.get("_etag"),
                    "resourceBody": answer.body,
                }
            )
        return Answer(200, results, charge)

    def query(
        self, text: str, given: Mapping[str, Any], *, partition: str | None, page: int, continuation: str | None
    ) -> Answer:
        """Return one page; `continuation` is where the page before ended."""
        select: Select = parsed(text, "query")
        if problem := self._unordered(select.order):
            return refusal(400, problem)
        keys = self.documents if partition is None else self._keys.get(partition, ())
        looked_at = map(self.documents.__getitem__, keys)
        found = [one for one in looked_at if self._is_live(one) and select.where(one, given) is True]
        for key in reversed(select.order):
            found = [one for one in found if value_at(one, key.path) is not UNDEFINED]
            found.sort(key=lambda one, key=key: _sortable(value_at(one, key.path)), reverse=key.descending)
        start = int(continuation or 0)
        some = found[start : start + page]
        more = str(start + page) if len(found) > start + page else None
        charge = charges.query(len(some), sum(map(self._size_of, some)))
        return Answer(200, [_projected(one, select.fields) for one in some], charge, continuation=more)

    def _put(self, key: tuple[str, str], document: Document | None) -> None:
        """Keep a document under its key, or nothing."""
        if (before := self.documents.get(key)) is not None:
            self._sizes.pop(before["_rid"], None)
        if document is None:
            self.documents.pop(key, None)
            self._keys.get(key[0], {}).pop(key, None)
        else:
            self.documents[key] = document
            self._keys.setdefault(key[0], {})[key] = None

    def _size_of(self, document: Document) -> int:
        """Return the bytes of a stored document, counted once: none is changed in place."""
        size = self._sizes.get(document["_rid"])
        if size is None:
            size = self._sizes[document["_rid"]] = _size(document)
        return size

    def _refused(self, partition: str, step: Mapping[str, Any]) -> Answer | None:
        kind, item_id = step["operationType"], _id_of(step)
        body = step.get("resourceBody")
        if body is not None and value_at(body, self.key_path) != partition:
            return refusal(
                400, "PartitionKey extracted from document doesn't match the one specified in the header", sub_status=1001
            )
        if body is not None and kind == "replace" and body.get("id") != item_id:
            return refusal(400, "the id of a document cannot change")
        if kind == "patch" and not 1 <= len(step["operations"]) <= MAX_PATCH_OPERATIONS:
            return refusal(400, f"a patch has 1 to {MAX_PATCH_OPERATIONS} operations, not {len(step['operations'])}")
        current = self.current(partition, item_id)
        if kind == "create":
            return refusal(409, "an entity with this id exists", charge=charges.read(1)) if current else None
        if current is None:
            return None if kind == "upsert" else refusal(404, "Resource Not Found")
        if step.get("ifMatch") and step["ifMatch"] != current["_etag"] and kind != "read":
            return refusal(412, "one of the pre-conditions specified is not met")
        if step.get("condition") and parsed(step["condition"].strip(), "condition")(current, {}) is not True:
            return refusal(412, "the filter predicate does not hold", sub_status=1110)
        return None

    def _unordered(self, order: tuple[Key, ...]) -> str | None:
        """Return why the order cannot be served: more than one field needs a composite index of just these."""
        policy = self.properties.get("indexingPolicy", {})
        paths = ["/" + "/".join(key.path) for key in order]
        if len(order) == 1 and any(_covers(one["path"], paths[0]) for one in policy.get("excludedPaths", [])):
            return f"Order-by over a path that is not indexed: {paths[0]}"
        if len(order) < 2 or "indexingPolicy" not in self.properties:
            return None
        for index in policy.get("compositeIndexes", []):
            if [one["path"] for one in index] == paths:
                same = {
                    (one.get("order", "ascending") == "descending") == key.descending
                    for one, key in zip(index, order, strict=True)
                }
                if len(same) == 1:
                    return None
        return "The order by query does not have a corresponding composite index that it can be served from."

    def _is_live(self, document: Document) -> bool:
        default = self.properties.get("defaultTtl")
        if default is None:
            return True
        seconds = document.get("ttl", default)
        return seconds < 0 or document["_ts"] + seconds > self.now()


class BadPatch(Exception):
    """A path that is not there, or an operation that the service does not know."""


def patched(current: Document | None, operations: list[dict[str, Any]]) -> Document:
    """Return the document after the operations; raises BadPatch."""
    document = copy.deepcopy(current or {})
    for operation in operations:
        *parents, name = operation["path"].strip("/").split("/")
        target: Any = document
        for parent in parents:
            target = target.get(parent) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            raise BadPatch(f"the parent of {operation['path']} does not exist")
        kind = operation["op"]
        if kind in {"replace", "remove"} and name not in target:
            raise BadPatch(f"{operation['path']} does not exist")
        if kind in {"set", "add", "replace"}:
            target[name] = operation["value"]
        elif kind == "incr":
            if not isinstance(target.get(name, 0), int | float):
                raise BadPatch(f"{operation['path']} is not a number")
            target[name] = target.get(name, 0) + operation["value"]
        elif kind == "remove":
            del target[name]
        else:
            raise BadPatch(f"there is no operation {kind}")
    return document


def _id_of(step: Mapping[str, Any]) -> str:
    return str(step.get("id") or step["resourceBody"]["id"])


def _size(document: Mapping[str, Any]) -> int:
    return len(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _projected(document: Document, fields: tuple[tuple[str, ...], ...] | None) -> Document:
    """Fields that are not there are left out."""
    if fields is None:
        return document
    return {path[-1]: value for path in fields if (value := value_at(document, path)) is not UNDEFINED}


def _sortable(value: Any) -> tuple[int, Any]:
    kind = kind_of(value)
    return RANK[kind], value if kind in {"boolean", "number", "string"} else 0


def _covers(excluded: str, path: str) -> bool:
    return excluded.endswith("/*") and (path + "/").startswith(excluded[:-1])


__all__ = ["Answer", "BadPatch", "BadQuery", "Container", "refusal"]
