"""Cosmos DB's wire with its documents in memory, so that the store is not what a bench measures.

Point operations, conditions and batches as the tests' proxy does them; its npm server answers for account and containers.
"""

import itertools
import json
import re
import time
from collections import defaultdict
from typing import Any

from aiohttp import web

from tests.fakes.cosmos_proxy import CosmosProxy, projected

TOKEN = re.compile(r"""\s*(?:(c(?:\["\w+"\])+)|('(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?)|(<=|>=|!=|[()=<>,])|(\w+))""")
MISSING = object()


class MemoryCosmos(CosmosProxy):
    """`async with MemoryCosmos(server.port) as wire:`; queries within a partition, on one page."""

    def __init__(self, backend_port: int) -> None:
        super().__init__(backend_port)
        self._partitions: defaultdict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
        self._tags = itertools.count(1)

    async def _current(self, collection: dict[str, Any], partition: str, item_id: str) -> dict[str, Any] | None:
        return self._partitions[collection["path"], partition].get(item_id)

    async def _remove(self, collection: dict[str, Any], partition: str, item_id: str) -> None:
        self._partitions[collection["path"], partition].pop(item_id, None)

    async def _query(self, request: web.Request, collection: dict[str, Any], body: bytes) -> tuple[int, Any, dict[str, str]]:
        asked = json.loads(body)
        text = asked["query"]
        for parameter in asked.get("parameters", []):
            text = re.sub(rf"{parameter['name']}\b", lambda _, value=parameter["value"]: _literal(value), text)
        where, _, order = text.partition(" WHERE ")[2].partition(" ORDER BY ")
        partition = json.loads(request.headers["x-ms-documentdb-partitionkey"])[0]
        stored = self._partitions[collection["path"], partition].values()
        found = list(stored) if where == "true" else [one for one in stored if Condition(where, one).holds()]
        if order:
            field = re.findall(r'"(\w+)"', order)[0]
            found.sort(key=lambda one: (one[field], one["id"]), reverse=" DESC" in order)
        projection = text.partition(" FROM ")[0].removeprefix("SELECT ")
        found = [projected(one, projection) for one in found]
        return 200, {"_rid": collection["_rid"], "Documents": found, "_count": len(found)}, {}

    async def _put(self, collection: dict[str, Any], partition: str, body: dict[str, Any]) -> dict[str, Any]:
        document = {**body, "_etag": f'"{next(self._tags)}"', "_ts": int(time.time()), "_rid": "r", "_self": "s"}
        self._partitions[collection["path"], partition][body["id"]] = document
        return document

    async def _holds(self, collection: dict[str, Any], current: dict[str, Any], condition: str) -> bool:
        return Condition(condition.partition(" WHERE ")[2], current).holds()


class Condition:
    """Evaluates what the app's compiler writes: comparisons, IS_DEFINED, IS_NULL, NOT, AND, OR, brackets."""

    def __init__(self, text: str, document: dict[str, Any]) -> None:
        self._tokens = list(TOKEN.finditer(text))
        self._at = 0
        self._document = document

    def holds(self) -> bool:
        value = self._either()
        assert self._at == len(self._tokens), "the condition was not read to its end"
        return value

    def _peek(self) -> str:
        return self._tokens[self._at].group().strip() if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1].group().strip()

    def _either(self) -> bool:
        value = self._both()
        while self._peek() == "OR":
            self._next()
            value = self._both() or value
        return value

    def _both(self) -> bool:
        value = self._one()
        while self._peek() == "AND":
            self._next()
            value = self._one() and value
        return value

    def _one(self) -> bool:
        token = self._peek()
        if token == "NOT":
            self._next()
            return not self._one()
        if token == "(":
            self._next()
            value = self._either()
            assert self._next() == ")"
            return value
        if token == "IS_DEFINED":
            self._next(), self._next()
            value = self._operand() is not MISSING
            assert self._next() == ")"
            return value
        if token == "IS_NULL":
            self._next(), self._next()
            value = self._operand() is None
            assert self._next() == ")"
            return value
        if token == "true":
            self._next()
            return True
        left, operator, right = self._operand(), self._next(), self._operand()
        if left is MISSING or (operator not in {"=", "!="} and type(left) is not type(right)):
            return False
        return {"=": left == right, "!=": left != right}.get(operator, False) or (
            operator in {"<", "<=", ">", ">="} and _ordered(left, operator, right)
        )

    def _operand(self) -> Any:
        match = self._tokens[self._at]
        self._at += 1
        field, text, number, _, word = match.groups()
        if field:
            value: Any = self._document
            for name in re.findall(r'"(\w+)"', field):
                value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
            return value
        if text:
            return text[1:-1].replace("\\'", "'").replace("\\\\", "\\")
        if number:
            return float(number) if "." in number else int(number)
        return {"null": None, "true": True, "false": False}[word]


def _literal(value: Any) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else json.dumps(value)


def _ordered(left: Any, operator: str, right: Any) -> bool:
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])
