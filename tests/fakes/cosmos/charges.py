"""What a call costs in request units, by the service's published table: a point read of 1 KB is 1, a write of 1 KB about 5."""

import math
from typing import Final

WRITE_BASE: Final = 4.57
WRITE_PER_KB: Final = 0.38
READ_PER_KB: Final = 0.045


def kilobytes(size: int) -> int:
    """Return the size as it is billed: begun kilobytes."""
    return max(1, math.ceil(size / 1024))


def read(size: int) -> float:
    """A point read of a document of `size` bytes."""
    return round(1 + READ_PER_KB * (kilobytes(size) - 1), 2)


def write(size: int) -> float:
    """A create, replace, upsert, patch or delete of a document of `size` bytes."""
    return round(WRITE_BASE + WRITE_PER_KB * kilobytes(size), 2)


def query(found: int, size: int) -> float:
    """A page of a query that returned `found` documents of `size` bytes in all."""
    return round(2.25 + 0.04 * found + READ_PER_KB * kilobytes(size), 2)
