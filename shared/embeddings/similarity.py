"""Nearest vectors by cosine, a matrix product a page of candidates: never pair by pair."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class NearestSoFar:
    """For each query the nearest candidate seen so far. Holds one page of candidates at a time; vectors are of unit length."""

    def __init__(self, queries: Sequence[Sequence[float]]) -> None:
        self._queries: Any = np.asarray(queries, dtype=np.float32)
        self.best: list[tuple[float, str] | None] = [None] * len(queries)

    def look(self, names: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Compare every query with a page of candidates. Vectors of another length are of another model: an error."""
        if not names or not len(self._queries):
            return
        products = self._queries @ np.asarray(vectors, dtype=np.float32).T
        nearest = products.argmax(axis=1)
        for index, column in enumerate(nearest):
            found = (float(products[index, column]), names[int(column)])
            before = self.best[index]
            if before is None or found[0] > before[0]:
                self.best[index] = found


def products_among(vectors: Sequence[Sequence[float]]) -> Any:  # noqa: ANN401  (an array: numpy's types stay in here)
    """Return the matrix of cosines between all of `vectors`."""
    matrix = np.asarray(vectors, dtype=np.float32)
    return matrix @ matrix.T
