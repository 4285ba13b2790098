"""Compiles one page of a query to SQLite's SQL, in a form that walks an index from behind the last page's end.

A page that is ordered by a field is walked in the index of the field. One that is not comes in the order of a field that it
bounds and that has an index, or of the keys. What an index gives in several pieces, each in order, is asked as so many legs of
one UNION ALL, which SQLite merges without sorting: a field with several allowed values, alternatives that each have an index.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from shared.store.base import Document
from shared.store.containers import Container, Find
from shared.store.query import AllOf, AnyOf, Compare, Condition, Exists, In, Query
from shared.store.sqlite_query import Columns, Sql, compile_condition, is_scalar, path_of, type_of, value_of
from shared.store.sqlite_schema import columns_of

LIVE: Final = "ifnull(expires_at, 9e999) > ?"
MAX_LEGS: Final = 32
MAX_PICKED: Final = 10
KEPT: Final = 512  # of what follows from a container and the fields that a query names: more than the code asks
BOUNDS: Final = ("<", "<=", ">", ">=")
End = list[Any]  # of a page: the value that it is walked by, the id and the `seq`; or empty text, the id and the partition
LAST: Final = 2**63 - 1  # of a `seq`


@dataclass(frozen=True, slots=True)
class PageSql:
    """A page's SQL; each row is what is selected, the whole body, one of them NULL, and the page's `End` there.

    `by`: the field that it is walked by. `fields`: what is selected, as a JSON array; None: nothing less than the body.
    """

    sql: str
    parameters: list[Any]
    by: str | None
    fields: tuple[str, ...] | None

    def document(self, picked: str | None, body: str | None) -> Document:
        """Return the document of a row, or what is selected of it."""
        if body is not None:
            whole: Document = json.loads(body)
            return whole
        return dict(zip(self.fields or (), json.loads(picked or "[]"), strict=False))

    def cursor(self, end: End) -> str:
        """Return the cursor that goes on behind a row."""
        return base64.urlsafe_b64encode(json.dumps({"by": self.by, "end": end}).encode()).decode()


@dataclass(frozen=True, slots=True)
class _Piece:
    """What holds in one piece; `but_not`: what an earlier piece has had."""

    parts: tuple[Condition, ...]
    but_not: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class _Walk:
    """By which field, in which direction, and in which of the pieces that an index has.

    `is_asked`: the order is the query's own.
    """

    by: str | None
    key: str
    word: Literal["ASC", "DESC"]
    pieces: tuple[_Piece, ...]
    fields: tuple[str, ...] | None
    is_asked: bool


def select(
    container: Container, query: Query, *, now: float, partition: str | None = None, cursor: str | None = None
) -> PageSql:
    """Return the page. `now`: in seconds since 1970, what has expired by then is left out.

    Raises ValueError on a cursor that is not ours.
    """
    walk = _walk(container, query, partition)
    end = _end(cursor, walk, partition) if cursor is not None else None
    legs = [_leg(container, walk, piece, partition, now, end) for piece in walk.pieces]
    order = [3, 4, 5] if walk.by else [5, 4]
    sql = " UNION ALL ".join(leg for leg, _ in legs)
    sql += f" ORDER BY {', '.join(f'{column} {walk.word}' for column in order)} LIMIT ?"
    return PageSql(sql, [*(value for _, values in legs for value in values), query.page_size + 1], walk.by, walk.fields)


def _walk(container: Container, query: Query, partition: str | None) -> _Walk:
    parts = tuple(_parts(query.where))
    given = {field for part in parts for field in _given(part)} | (
        {container.partition_key} if partition is not None else set()
    )
    by = query.order.field if query.order else _bounded(container, parts, given)
    best = _best(container, frozenset({by}), frozenset(given))
    pieces = [_Piece(parts)]
    for part in parts:
        if best is not None and best.narrow and not _given(part).intersection(best.equal):
            continue  # what that index has is few, and in order
        split = _split(container, part, by, given)
        if 1 < len(split) * len(pieces) <= MAX_LEGS:
            pieces = [
                _Piece((*(one for one in piece.parts if one is not part), *more.parts), (*piece.but_not, *more.but_not))
                for piece in pieces
                for more in split
            ]
    key = value_of(by, columns_of(container)) if by else "''"
    word: Literal["ASC", "DESC"] = "DESC" if query.order is not None and query.order.descending else "ASC"
    return _Walk(by, key, word, tuple(pieces), _projected(query), query.order is not None)


def _parts(condition: Condition) -> Iterator[Condition]:
    """Yield what must hold all together."""
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _parts(part)
    else:
        yield condition


def _given(part: Condition) -> set[str]:
    """Return the fields that have one value, or one of some, where a part holds."""
    match part:
        case Compare(field=field, op="=") | Exists(field=field, exists=False) | In(field=field):
            return {field}
        case AllOf(parts=parts):
            return {field for one in parts for field in _given(one)}
        case AnyOf(parts=parts) if parts:
            return set.intersection(*(_given(one) for one in parts))
    return set()


def _bounded(container: Container, parts: tuple[Condition, ...], given: set[str]) -> str | None:
    """Return a field to walk by where no order is asked: one that is bounded, in an index that begins with what is given."""
    bounded = {part.field for part in parts if isinstance(part, Compare) and part.op in BOUNDS}
    best = _best(container, frozenset({None, *bounded}), frozenset(given))
    return best.by if best else None


@lru_cache(maxsize=KEPT)
def _best(container: Container, by: frozenset[str | None], given: frozenset[str]) -> Find | None:
    """Return the index that finds the fewest by what is given, of those that begin with no other and go on by one of `by`."""
    finds = [find for find in container.finds if find.by in by]
    fitting = [find for find in finds if given.issuperset((*find.equal, *((find.flag,) if find.flag else ())))]
    rank = lambda find: (find.flag is not None, find.narrow, len(find.equal), find.by is not None)  # noqa: E731
    return max(fitting, key=rank, default=None)


def _split(container: Container, part: Condition, by: str | None, given: set[str]) -> list[_Piece]:
    """Return a part's alternatives where an index has each of them in order; empty where it does not help."""
    match part:
        case In(field=field, values=values):
            same: list[Condition] = [Compare(field, "=", value) for value in dict.fromkeys(values)]
            return [_Piece((one,)) for one in same] if _helps(container, {field}, by, given) else []
        case AnyOf(parts=parts) if all(_helps(container, _given(one), by, given) for one in parts):
            return [_Piece((one,), parts[:place]) for place, one in enumerate(parts)]
    return []


def _helps(container: Container, fields: set[str], by: str | None, given: set[str]) -> bool:
    known = given | fields
    return any(find.by == by and known.issuperset(find.equal) and fields.intersection(find.equal) for find in container.finds)


def _behind(walk: _Walk, end: End, within: str | None) -> Sql:
    """Return what lies behind the end of a page, as an index has it."""
    sign = ">" if walk.word == "ASC" else "<"
    value, item_id, last = end
    if walk.by is not None:
        return f"({walk.key}, id, seq) {sign} (?, ?, ?)", [value, item_id, last]
    return (f"id {sign} ?", [item_id]) if within is not None else (f"(partition, id) {sign} (?, ?)", [last, item_id])


def _leg(container: Container, walk: _Walk, piece: _Piece, within: str | None, now: float, end: End | None) -> Sql:
    columns = _columns(container, walk, piece, within)
    compiled = [compile_condition(part, columns) for part in piece.parts]
    for part in piece.but_not:
        sql, values = compile_condition(part, columns)
        compiled.append((f"NOT {sql}", values))
    if end is not None:
        compiled.append(_behind(walk, end, within))
    if within is not None:
        compiled.append(("partition = ?", [within]))
    if walk.by is not None:
        compiled += [_implied(part, walk) for part in piece.parts if isinstance(part, AnyOf)]
        compiled.append((f"{walk.key} IS NOT NULL AND {is_scalar(type_of(walk.by), walk.key)}", []))
    where = " AND ".join([LIVE, *(sql for sql, _ in compiled)])
    shown = f"{_shown(walk.fields)}, {walk.key} AS k, id, {'seq' if walk.by else 'partition'}"
    return (
        f"SELECT {shown} FROM {container.key} WHERE {where}",  # noqa: S608  (compiled)
        [now, *(value for _, values in compiled for value in values)],
    )


def _columns(container: Container, walk: _Walk, piece: _Piece, within: str | None) -> Columns:
    """Return the columns, those marked that would lead SQLite away from the index that finds the fewest."""
    if walk.by is None:
        return columns_of(container)
    given = {field for part in piece.parts for field in _given(part)}
    given |= {container.partition_key} if within is not None else set()
    return _leading(container, walk.by, walk.is_asked, frozenset(given))


@lru_cache(maxsize=KEPT)
def _leading(container: Container, by: str, is_asked: bool, given: frozenset[str]) -> Columns:  # noqa: FBT001  (part of a key)
    """Return the columns, with a plus where SQLite must not look for them.

    It knows nothing of how many documents have a value: it takes an equal one for rarer than any bound, and would look for a
    minute's documents among all of a status, or for a user's among all of a kind.
    """
    columns = columns_of(container)
    best = _best(container, frozenset({by}), given)
    if best is None or (is_asked and not best.narrow):
        return columns
    used = {*best.equal, by, best.flag, "id", container.partition_key, *container.persons}
    return {field: column if field in used else f"+{column}" for field, column in columns.items()}


def _implied(part: AnyOf, walk: _Walk) -> Sql:
    """Return the bound of a field that follows from all of a part's alternatives: an index is bounded by it."""
    for ops, sign, furthest in ((("=", "<", "<="), "<=", max), (("=", ">", ">="), ">=", min)):
        values = [[one.value for one in _parts(each) if _bounds(one, walk.by, ops)] for each in part.parts]  # type: ignore[union-attr]
        firsts = [each[0] for each in values if each]
        if firsts and len(firsts) == len(part.parts) and len({isinstance(one, str) for one in firsts}) == 1:
            return f"{walk.key} {sign} ?", [furthest(firsts)]  # type: ignore[type-var, list-item]
    return "1", []


def _bounds(part: Condition, by: str | None, ops: tuple[str, ...]) -> bool:
    return isinstance(part, Compare) and part.field == by and part.op in ops and isinstance(part.value, str | int | float)


def _projected(query: Query) -> tuple[str, ...] | None:
    """Return the fields that SQLite picks out, which spares parsing the rest; None where that is most of the document."""
    return query.select if query.select is not None and 0 < len(query.select) <= MAX_PICKED else None


@lru_cache(maxsize=KEPT)
def _shown(fields: tuple[str, ...] | None) -> str:
    """Return the SQL of what is selected, and of the body where a field is null or absent: only the body tells which."""
    if fields is None:
        return "NULL, body"
    paths = ", ".join(map(path_of, fields if len(fields) > 1 else fields * 2))  # of one path it makes no array
    picked = f"json_extract(body, {paths})"
    return f"{picked}, CASE WHEN instr({picked}, 'null') THEN body END"


def _end(cursor: str, walk: _Walk, partition: str | None) -> End | None:
    """Return the end that a cursor tells; None: from the beginning on."""
    told = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    if isinstance(told, list):
        return _older(told, walk, partition)
    if not isinstance(told, dict) or told.get("by") != walk.by:
        raise ValueError("not a cursor of this query")
    return _checked(told.get("end"), last=int if walk.by else str)


def _older(told: object, walk: _Walk, partition: str | None) -> End | None:
    """Return the end of an earlier build's cursor. Pages without an order came by id then: where they come in another order
    now, they begin again, so that none is left out.
    """
    end = _checked(told, last=str)
    if walk.by is not None:
        return None if end[0] == "" else [end[0], end[1], 0 if walk.word == "ASC" else LAST]
    return end if partition is not None or end[1] == end[2] else None


def _checked(end: object, *, last: type) -> End:
    if not isinstance(end, list) or len(end) != 3 or not all(isinstance(one, str | int | float) for one in end):  # noqa: PLR2004
        raise ValueError("not a cursor of this store")
    if not (isinstance(end[1], str) and isinstance(end[2], last)):
        raise ValueError("not a cursor of this query")  # noqa: TRY004  (what the port promises)
    return end
