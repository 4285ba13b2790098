"""What a problem of pydantic's expects, as people say it: the same for the field of a request and for a setting."""

from collections.abc import Mapping
from typing import Any, Final

TYPES: Final[Mapping[str, str]] = {
    "string_type": "text", "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "bool_type": "true or false", "bool_parsing": "true or false",
    "list_type": "a list", "dict_type": "an object", "model_type": "an object", "missing": "a value",
    "extra_forbidden": "no field of this name", "finite_number": "a finite number",
}  # fmt: skip
BOUNDS: Final[Mapping[str, str]] = {
    "greater_than": "more than {gt}", "greater_than_equal": "at least {ge}", "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}  # fmt: skip


def expected_words(problem: Mapping[str, Any]) -> str:
    """Return what a problem of `ValidationError.errors` expects: of its type and bounds, or else as its message says it."""
    kind = str(problem["type"])
    if kind in BOUNDS:
        return BOUNDS[kind].format_map({name: _plain(value) for name, value in problem["ctx"].items()})
    if kind in TYPES:
        return TYPES[kind]
    said = str(problem["msg"]).removeprefix("Value error, ")
    return said.removeprefix("expected ").removeprefix("Input should be ")


def _plain(value: object) -> object:
    """Return a bound as people write it: 1 and not 1.0."""
    return f"{value:g}" if isinstance(value, float) else value
