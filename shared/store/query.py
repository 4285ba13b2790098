"""Queries and patches as typed values: each adapter compiles them to its own dialect, so no agent writes SQL.

A `field` is a dotted path into the document (`lease.expiresAt`). Times are ISO text, so text order is time order.
"""

from dataclasses import dataclass
from typing import Literal

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Compare:
    """`field` compared with `value`; a document without the field never matches (not even `!=`)."""

    field: str
    op: Literal["=", "!=", "<", "<=", ">", ">="]
    value: Scalar


@dataclass(frozen=True, slots=True)
class In:
    """`field` equals one of `values` (at most 100)."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """The array at `field` contains `value`."""

    field: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Exists:
    """`field` is present (JSON null counts as present); `exists=False`: it is absent."""

    field: str
    exists: bool = True


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds. Of no parts: true."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds. Of no parts: false."""

    parts: tuple["Condition", ...]


Condition = Compare | In | Contains | Exists | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Order:
    """Order by one field, ties by id in the same direction. Documents without the field are left out."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What to find. `select` projects top-level fields (None: the whole document); without `order`, by id."""

    where: Condition = AllOf(())
    order: Order | None = None
    select: tuple[str, ...] | None = None
    page_size: int = 100


@dataclass(frozen=True, slots=True)
class Set:
    """Add or replace the value at `path` (dotted; parents must exist)."""

    path: str
    value: object


@dataclass(frozen=True, slots=True)
class Increment:
    """Add `by` to the number at `path` (absent counts as 0). Only with a condition: a retried write would count twice."""

    path: str
    by: int = 1


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove `path`; it must exist."""

    path: str


PatchOperation = Set | Increment | Remove
