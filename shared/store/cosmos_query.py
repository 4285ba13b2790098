"""Compiles queries and patches to the SQL and the operations of Cosmos DB for NoSQL; every value is a parameter."""

from functools import lru_cache
from typing import Any, Final

from shared.store.query import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    Exists,
    In,
    Increment,
    PatchOperation,
    Query,
    Remove,
    Set,
)
from shared.store.sqlite_query import FIELDS, path_of

Parameters = list[dict[str, Any]]
ALIAS: Final = "c"


class Compiler:
    """Collects parameters as it goes; `literal` writes values into the text, where parameters are not allowed."""

    def __init__(self, *, literal: bool = False) -> None:
        self.parameters: Parameters = []
        self._literal = literal

    def condition(self, condition: Condition) -> str:
        """Return SQL that is true where the condition holds."""
        match condition:
            case Compare(field=field, op="!=", value=value):
                return f"IS_DEFINED({column(field)}) AND {column(field)} != {self.value(value)}"
            case Compare(field=field, op=op, value=value):
                return f"{column(field)} {op} {self.value(value)}"
            case In(field=field, values=values):
                return self.condition(AnyOf(tuple(Compare(field, "=", value) for value in values)))
            case Contains(field=field, value=value):
                return f"ARRAY_CONTAINS({column(field)}, {self.value(value)})"
            case Exists(field=field, exists=exists):
                return f"IS_DEFINED({column(field)})" if exists else f"NOT IS_DEFINED({column(field)})"
            case AllOf(parts=parts):
                return " AND ".join(self.condition(part) for part in parts) if parts else "true"
            case AnyOf(parts=parts):  # the one that binds weaker than what may stand beside it
                return f"({' OR '.join(self.condition(part) for part in parts)})" if parts else "false"

    def value(self, value: object) -> str:
        """Return a parameter's name, or the literal."""
        if self._literal:
            return literal(value)
        name = f"@p{len(self.parameters)}"
        self.parameters.append({"name": name, "value": value})
        return name


@lru_cache(maxsize=FIELDS)
def column(field: str) -> str:
    """Return `c["a"]["b"]` of a dotted field; raises ValueError on anything else."""
    path_of(field)
    return ALIAS + "".join(f'["{part}"]' for part in field.split("."))


def literal(value: object) -> str:
    """Return a value as SQL text: for a patch's condition, which takes no parameters."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if not text.isprintable():
        raise ValueError("a condition's text must be printable")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def compile_query(query: Query, after: list[Any] | None) -> tuple[str, Parameters]:
    """Return the query of one page, from behind the key `after` on (the order's value and the id)."""
    compiler = Compiler()
    where = [compiler.condition(query.where)]
    order = ""
    if query.order is not None:
        key, word = column(query.order.field), "DESC" if query.order.descending else "ASC"
        sign = "<" if query.order.descending else ">"
        where.append(f"IS_DEFINED({key}) AND NOT IS_NULL({key})")
        if after is not None:
            value, item_id = compiler.value(after[0]), compiler.value(after[1])
            where.append(f"({key} {sign} {value} OR ({key} = {value} AND {ALIAS}.id {sign} {item_id}))")
        order = f" ORDER BY {key} {word}, {ALIAS}.id {word}"
    return f"SELECT {_projection(query)} FROM {ALIAS} WHERE {' AND '.join(where)}{order}", compiler.parameters  # noqa: S608  (compiled)


def _projection(query: Query) -> str:
    """Return what is selected: the fields asked for, and those that the next page is found by."""
    if query.select is None:
        return "*"
    key = (query.order.field.partition(".")[0], "id") if query.order else ("id",)
    return ", ".join(column(name) for name in dict.fromkeys((*query.select, *key)))


def compile_patch(operation: PatchOperation) -> dict[str, Any]:
    """Return one operation of a patch request."""
    path = "/" + operation.path.replace(".", "/")
    match operation:
        case Set(value=value):
            return {"op": "set", "path": path, "value": value}
        case Increment(by=by):
            return {"op": "incr", "path": path, "value": by}
        case Remove():
            return {"op": "remove", "path": path}


def compile_when(condition: Condition) -> str:
    """Return a patch's condition."""
    return f"FROM {ALIAS} WHERE {Compiler(literal=True).condition(condition)}"
