"""The dialect: SELECT of fields, WHERE with the service's three-valued logic, ORDER BY.

A comparison of values of different types, or with a field that is not there, is undefined; NOT of undefined is undefined;
a document is found only where its condition is true.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from lark import Lark, Transformer, UnexpectedInput

GRAMMAR: Final = r"""
    query: "SELECT" projection "FROM" "c" ("WHERE" or_)? ("ORDER" "BY" key ("," key)*)?
    condition: "FROM" "c" "WHERE" or_
    projection: "*" -> everything
        | path ("," path)* -> fields
    key: path direction?
    !direction: "ASC" | "DESC"
    ?or_: and_ | and_ ("OR" and_)+ -> any_of
    ?and_: not_ | not_ ("AND" not_)+ -> all_of
    ?not_: "NOT" not_ -> negated
        | comparison
    ?comparison: operand | operand OPERATOR operand -> compared
    ?operand: path -> field
        | NAME "(" or_ ("," or_)* ")" -> call
        | "(" or_ ")"
        | PARAMETER -> parameter
        | STRING -> text
        | SIGNED_NUMBER -> number
        | "true" -> true
        | "false" -> false
        | "null" -> null
    path: "c" step*
    ?step: "." WORD -> word
        | "[" ESCAPED_STRING "]" -> quoted
    OPERATOR: "=" | "!=" | "<=" | ">=" | "<" | ">"
    NAME: "IS_DEFINED" | "IS_NULL" | "ARRAY_CONTAINS" | "STARTSWITH"
    PARAMETER: /@\w+/
    WORD: /\w+/
    STRING: /'(?:[^'\\]|\\.)*'/
    %import common (SIGNED_NUMBER, ESCAPED_STRING, WS)
    %ignore WS
"""
UNDEFINED: Final = object()
Value = Any
Row = Mapping[str, Any]
Term = Callable[[Row, Mapping[str, Any]], Value]


class BadQuery(Exception):
    """The service would answer 400: the text cannot be read, or a parameter is missing."""


@dataclass(frozen=True)
class Key:
    """One field that a query orders by."""

    path: tuple[str, ...]
    descending: bool


@dataclass(frozen=True)
class Select:
    """A query: `fields` None is the whole document."""

    fields: tuple[tuple[str, ...], ...] | None
    where: Term
    order: tuple[Key, ...] = ()


def value_at(document: Any, path: tuple[str, ...]) -> Value:
    """Return the value, or UNDEFINED."""
    for name in path:
        if not isinstance(document, dict) or name not in document:
            return UNDEFINED
        document = document[name]
    return document


def kind_of(value: Value) -> str:
    """Return the JSON type's name: only values of one type compare."""
    if value is UNDEFINED:
        return "undefined"
    for kind, types in (("boolean", bool), ("number", (int, float)), ("string", str), ("array", list), ("object", dict)):
        if isinstance(value, types):
            return kind
    return "null"


def compare(left: Value, operator: str, right: Value) -> Value:
    """Return whether it holds, or UNDEFINED."""
    kind = kind_of(left)
    if kind != kind_of(right) or kind == "undefined" or (kind in {"array", "object"} and operator not in {"=", "!="}):
        return UNDEFINED
    if operator in {"=", "!="}:
        return (left == right) == (operator == "=")
    if kind == "null":
        return operator in {"<=", ">="}
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def conjunction(values: list[Value]) -> Value:
    """AND: false where one is false, else undefined where one is not a boolean."""
    if any(value is False for value in values):
        return False
    return True if all(value is True for value in values) else UNDEFINED


def disjunction(values: list[Value]) -> Value:
    """OR: true where one is true, else undefined where one is not a boolean."""
    if any(value is True for value in values):
        return True
    return False if all(value is False for value in values) else UNDEFINED


def called(name: str, values: list[Value]) -> Value:
    """The functions of the dialect."""
    first = values[0]
    if name == "IS_DEFINED":
        return first is not UNDEFINED
    if name == "IS_NULL":
        return first is None
    if name == "ARRAY_CONTAINS":
        return any(compare(one, "=", values[1]) is True for one in first) if isinstance(first, list) else UNDEFINED
    return first.startswith(values[1]) if isinstance(first, str) and isinstance(values[1], str) else UNDEFINED


class Reading(Transformer[Any, Any]):
    """Turns what was read into functions of a document and the parameters."""

    def word(self, found: list[Any]) -> str:
        return str(found[0])

    def quoted(self, found: list[Any]) -> str:
        return str(found[0])[1:-1]

    def path(self, found: list[Any]) -> tuple[str, ...]:
        return tuple(found)

    def everything(self, _found: list[Any]) -> None:
        return None

    def fields(self, found: list[Any]) -> tuple[tuple[str, ...], ...]:
        return tuple(found)

    def direction(self, found: list[Any]) -> bool:
        return str(found[0]) == "DESC"

    def key(self, found: list[Any]) -> Key:
        return Key(found[0], len(found) > 1 and found[1])

    def query(self, found: list[Any]) -> Select:
        keys = tuple(one for one in found[1:] if isinstance(one, Key))
        where = next((one for one in found[1:] if not isinstance(one, Key)), lambda _row, _given: True)
        return Select(found[0], where, keys)

    def condition(self, found: list[Any]) -> Term:
        return found[0]

    def field(self, found: list[Any]) -> Term:
        return lambda row, _given: value_at(row, found[0])

    def parameter(self, found: list[Any]) -> Term:
        name = str(found[0])

        def value(_row: Row, given: Mapping[str, Any]) -> Value:
            if name not in given:
                raise BadQuery(f"there is no parameter {name}")
            return given[name]

        return value

    def text(self, found: list[Any]) -> Term:
        value = str(found[0])[1:-1].replace("\\'", "'").replace("\\\\", "\\")
        return lambda _row, _given: value

    def number(self, found: list[Any]) -> Term:
        value = float(found[0]) if set(".eE") & set(found[0]) else int(found[0])
        return lambda _row, _given: value

    def true(self, _found: list[Any]) -> Term:
        return lambda _row, _given: True

    def false(self, _found: list[Any]) -> Term:
        return lambda _row, _given: False

    def null(self, _found: list[Any]) -> Term:
        return lambda _row, _given: None

    def compared(self, found: list[Any]) -> Term:
        left, operator, right = found
        return lambda row, given: compare(left(row, given), str(operator), right(row, given))

    def negated(self, found: list[Any]) -> Term:
        def value(row: Row, given: Mapping[str, Any]) -> Value:
            inner = found[0](row, given)
            return not inner if isinstance(inner, bool) else UNDEFINED

        return value

    def all_of(self, found: list[Any]) -> Term:
        return lambda row, given: conjunction([one(row, given) for one in found])

    def any_of(self, found: list[Any]) -> Term:
        return lambda row, given: disjunction([one(row, given) for one in found])

    def call(self, found: list[Any]) -> Term:
        name, *arguments = found
        return lambda row, given: called(str(name), [one(row, given) for one in arguments])


PARSER: Final = Lark(GRAMMAR, start=["query", "condition"], parser="lalr", transformer=Reading())


@lru_cache(maxsize=2_000)
def parsed(text: str, start: str) -> Any:
    """Return the query (`start` "query"), or a patch's condition (`start` "condition"); raises BadQuery."""
    try:
        return PARSER.parse(text, start=start)
    except UnexpectedInput as error:
        raise BadQuery(f"cannot be read at {error.line}:{error.column}: {error.get_context(text)}") from error
