"""Compiles queries and conditions to SQLite's SQL over a JSON column named `body`.

JSON types are compared strictly, as Cosmos does: `true` is not 1 and text is no number. Every value is a parameter; field
names come from our own code and are checked all the same.
"""

import re
from typing import Final

from shared.store.query import AllOf, AnyOf, Compare, Condition, Contains, Exists, In, Scalar

_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
Sql = tuple[str, list[str | int | float]]


def path_of(field: str) -> str:
    """Return the JSON path literal of a dotted field; raises ValueError on anything else."""
    if not _FIELD.fullmatch(field):
        raise ValueError(f"not a field: {field!r}")
    return "'$" + "".join(f'."{part}"' for part in field.split(".")) + "'"


def compile_condition(condition: Condition) -> Sql:
    """Return SQL that is true where the condition holds, and its parameters."""
    match condition:
        case Compare(field=field, op=op, value=value):
            return _compare(f"json_type(body, {path_of(field)})", f"json_extract(body, {path_of(field)})", op, value)
        case In(field=field, values=values):
            return compile_condition(AnyOf(tuple(Compare(field, "=", value) for value in values)))
        case Contains(field=field, value=value):
            sql, parameters = _compare("entry.type", "entry.value", "=", value)
            path = path_of(field)
            found = f"EXISTS (SELECT 1 FROM json_each(body, {path}) AS entry WHERE {sql})"  # noqa: S608  (checked path)
            return f"(json_type(body, {path}) = 'array' AND {found})", parameters
        case Exists(field=field, exists=exists):
            return f"(json_type(body, {path_of(field)}) IS {'NOT ' if exists else ''}NULL)", []
        case AllOf(parts=parts):
            return _join(" AND ", parts, empty="1")
        case AnyOf(parts=parts):
            return _join(" OR ", parts, empty="0")


def _join(word: str, parts: tuple[Condition, ...], *, empty: str) -> Sql:
    compiled = [compile_condition(part) for part in parts]
    sql = word.join(part for part, _ in compiled)
    return (f"({sql})" if compiled else empty), [value for _, values in compiled for value in values]


def _compare(json_type: str, extract: str, op: str, value: Scalar) -> Sql:
    """`json_type` and `extract`: SQL of the field's type and value."""
    if op == "!=":
        sql, parameters = _compare(json_type, extract, "=", value)
        return f"({json_type} IS NOT NULL AND NOT {sql})", parameters
    if value is None or isinstance(value, bool):
        if op != "=":
            raise ValueError(f"{op} has no meaning for {value!r}")
        word = "null" if value is None else str(value).lower()
        return f"(coalesce({json_type}, '') = '{word}')", []
    types = "('text')" if isinstance(value, str) else "('integer', 'real')"
    return f"(coalesce({json_type}, '') IN {types} AND {extract} {op} ?)", [value]
