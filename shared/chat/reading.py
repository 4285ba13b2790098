"""Reads a model's answer: the JSON object that was asked for, however it is wrapped, validated by its type.

Read are: fences of any language, prose around the object, a model's thoughts before it, a byte order mark, a trailing comma,
an object twice, in a string, or under the answer's own name. What is read is data: it is validated whole.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from shared.errors import ModelGarbage

T = TypeVar("T", bound=BaseModel)
MAX_ANSWER: Final = 60_000
MAX_PLACES: Final = 50  # braces at which an object is looked for
MAX_WRAPPINGS: Final = 3
_THOUGHT_ENDS: Final = re.compile(r"</(?:think|thinking|thought|reasoning|reflection)>", re.IGNORECASE)
_FENCE: Final = re.compile(r"(?:```|~~~)[^\S\n]*[\w+-]*[^\S\n]*\n?(.*?)(?:```|~~~|\Z)", re.DOTALL)
_TRAILING_COMMA: Final = re.compile(r",(\s*[}\]])")
_DECODER: Final = json.JSONDecoder(strict=False)


def read_answer(text: str, answer: type[T], *, cut: bool = False) -> T:
    """Return the validated answer. Raises `ModelGarbage` in words that the model can be told. `cut`: it ended at its limit."""
    if len(text) > MAX_ANSWER:
        raise ModelGarbage(f"it had {len(text)} characters")
    whole = text.strip().strip("\ufeff\u200b").strip()
    if not whole:
        raise ModelGarbage("it was empty")
    thoughts = [match.end() for match in _THOUGHT_ENDS.finditer(whole)]
    problem = ""
    odd = "\\u" in whole or not whole.isascii()  # else there are no surrogates in it, written out or not
    for found in _values(whole[thoughts[-1] :].strip() if thoughts else whole):
        value = _unwrapped(found, answer)
        if not isinstance(value, dict):
            problem = problem or "the answer: expected an object"
            continue
        try:
            return answer.model_validate(_without_surrogates(value) if odd else value)
        except (ValidationError, RecursionError) as error:
            problem = _problems(error)
    raise ModelGarbage(("it was cut off; " if cut else "") + (problem or "the answer: expected a JSON object"))


def _values(text: str) -> Iterator[Any]:
    """Yield the JSON values in a text, the likeliest first."""
    for part in (text, *(match.group(1).strip() for match in _FENCE.finditer(text))):
        for version in (part, _TRAILING_COMMA.sub(r"\1", part)):
            whole = _loaded(version)
            if whole is not None:
                yield whole
                if part is text:
                    return  # it is JSON, of the right form or not: nothing stands around it
                break
    for version in (text, _TRAILING_COMMA.sub(r"\1", text)):
        yield from _objects_in(version)


def _objects_in(text: str) -> Iterator[Any]:
    at = text.find("{")
    for _ in range(MAX_PLACES):
        if at < 0:
            return
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield value
        at = text.find("{", end)


def _loaded(text: str) -> Any:  # noqa: ANN401  (any JSON)
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _unwrapped(value: Any, answer: type[BaseModel]) -> Any:  # noqa: ANN401  (any JSON)
    """Take the answer out of a string of JSON, or from under one name that is no field of it."""
    names = _names(answer)
    for _ in range(MAX_WRAPPINGS):
        if isinstance(value, str):
            value = _loaded(value.strip())
        elif isinstance(value, dict) and len(value) == 1 and not names & set(value):
            (inner,) = value.values()
            if not isinstance(inner, dict | str):
                return value
            value = inner
        else:
            return value
    return value


def _names(answer: type[BaseModel]) -> set[str]:
    return {name for field, info in answer.model_fields.items() for name in (field, info.alias) if name}


def _without_surrogates(value: Any) -> Any:  # noqa: ANN401  (any JSON)
    """Return the value without halves of surrogate pairs, which no store and no wire can hold."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(one) for name, one in value.items()}
    return value


def _problems(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "the answer: nested too deeply"
    problems = "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'the answer'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)[:5]
    )
    return problems[:500]
