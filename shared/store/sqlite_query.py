"""Compiles conditions to SQLite's SQL over a JSON column named `body`.

JSON types are compared strictly, as Cosmos does: `true` is not 1 and text is no number. Every value is a parameter; field
names come from our own code and are checked all the same. Values are compared as a column of the table has them, where there
is one (`Columns`), because an index may have that, with the JSON type beside it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from shared.store.query import AllOf, AnyOf, Compare, Condition, Contains, Exists, In, Scalar

_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
Sql = tuple[str, list[str | int | float]]
Columns = Mapping[str, str]  # the SQL of a column by the field that it has
KEYS: Final = frozenset({"id", "partition"})  # columns that are always text
NO_COLUMNS: Final[Columns] = {}
FIELDS: Final = 1_024  # more than the code names; those of a person's lists are few beside them


@lru_cache(maxsize=FIELDS)
def path_of(field: str) -> str:
    """Return the JSON path literal of a dotted field; raises ValueError on anything else."""
    if not _FIELD.fullmatch(field):
        raise ValueError(f"not a field: {field!r}")
    return "'$" + "".join(f'."{part}"' for part in field.split(".")) + "'"


def value_of(field: str, columns: Columns = NO_COLUMNS) -> str:
    """Return the SQL of a field's value, NULL where it is absent or null."""
    return columns.get(field) or f"json_extract(body, {path_of(field)})"


def type_of(field: str) -> str:
    """Return the SQL of a field's JSON type, NULL where it is absent."""
    return f"json_type(body, {path_of(field)})"


def compile_condition(condition: Condition, columns: Columns = NO_COLUMNS) -> Sql:
    """Return SQL that is true where the condition holds, and never NULL; and its parameters."""
    match condition:
        case Compare(field=field, op=op, value=value):
            if columns.get(field) in KEYS and isinstance(value, str):
                return f"({columns[field]} {op} ?)", [value]
            return _compare(type_of(field), value_of(field, columns), op, value)
        case In(field=field, values=values):
            return _among(field, values, columns)
        case Contains(field=field, value=value):
            sql, parameters = _compare("entry.type", "entry.value", "=", value)
            found = f"EXISTS (SELECT 1 FROM json_each(body, {path_of(field)}) AS entry WHERE {sql})"  # noqa: S608  (checked path)
            return f"(coalesce({type_of(field)}, '') = 'array' AND {found})", parameters
        case Exists(field=field, exists=exists):
            if exists:
                return f"({type_of(field)} IS NOT NULL)", []
            return f"({value_of(field, columns)} IS NULL AND {type_of(field)} IS NULL)", []
        case AllOf(parts=parts):
            return _join(" AND ", parts, columns, empty="1")
        case AnyOf(parts=parts):
            return _join(" OR ", parts, columns, empty="0")


def _join(word: str, parts: tuple[Condition, ...], columns: Columns, *, empty: str) -> Sql:
    compiled = [compile_condition(part, columns) for part in parts]
    sql = word.join(part for part, _ in compiled)
    return (f"({sql})" if compiled else empty), [value for _, values in compiled for value in values]


def _among(field: str, values: Sequence[Scalar], columns: Columns) -> Sql:
    """One list of texts, which an index is asked for at once; the rest one by one."""
    texts = [value for value in values if isinstance(value, str)]
    others = tuple(Compare(field, "=", value) for value in values if not isinstance(value, str))
    if len(texts) < 2:  # noqa: PLR2004  (no list)
        return _join(" OR ", tuple(Compare(field, "=", value) for value in values), columns, empty="0")
    value = value_of(field, columns)
    listed = f"{value} IS NOT NULL AND {value} IN ({', '.join('?' * len(texts))})"
    if any(map(_like_json, texts)):
        listed = f"coalesce({type_of(field)}, '') = 'text' AND {listed}"
    if not others:
        return f"({listed})", list(texts)
    sql, parameters = _join(" OR ", others, columns, empty="0")
    return f"(({listed}) OR {sql})", [*texts, *parameters]


def _compare(json_type: str, extract: str, op: str, value: Scalar) -> Sql:
    """`json_type` and `extract`: SQL of the field's type and value."""
    if op == "!=":
        sql, parameters = _compare(json_type, extract, "=", value)
        return f"({json_type} IS NOT NULL AND NOT {sql})", parameters
    if value is None or isinstance(value, bool):
        if op != "=":
            raise ValueError(f"{op} has no meaning for {value!r}")
        word = "null" if value is None else str(value).lower()
        same = {None: "IS NULL", True: "= 1", False: "= 0"}[value]
        return f"(coalesce({json_type}, '') = '{word}' AND {extract} {same})", []
    if not isinstance(value, str):
        return f"(coalesce({json_type}, '') IN ('integer', 'real') AND {extract} {op} ?)", [value]
    if op == "=" and not _like_json(value):
        return f"({extract} IS NOT NULL AND {extract} = ?)", [value]
    return f"(typeof({extract}) = 'text' AND {is_scalar(json_type, extract)} AND {extract} {op} ?)", [value]


def _like_json(value: str) -> bool:
    """Whether an array or an object, which SQLite gives as its text, may be taken for a text."""
    return value[:1] in {"[", "{"}


def is_scalar(json_type: str, extract: str) -> str:
    """Return SQL that is true where a value is no array and no object; it asks for the type only where the text looks so."""
    return f"({extract} < '[' OR {extract} >= '|' OR {json_type} NOT IN ('array', 'object'))"
