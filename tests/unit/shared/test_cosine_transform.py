"""The cosine transform against scipy's, every bit of it; and the hash against imagehash's, where rounding decides."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shared.pictures.cosine_transform import cosine_transform
from shared.pictures.perceptual_hash import _hash

Levels = NDArray[np.uint8]


def scipys(levels: Levels) -> bytes:
    from scipy import fftpack  # type: ignore[import-untyped]  # it ships no types, and takes a while to load

    transformed: bytes = fftpack.dct(fftpack.dct(levels, axis=0), axis=1).tobytes()
    return transformed


def mirrored(levels: Levels, *, columns: bool, rows: bool) -> Levels:
    found = levels.copy()
    if columns:
        found[:, 16:] = found[:, 15::-1]
    if rows:
        found[16:] = found[15::-1]
    return found


def pictures(count: int) -> list[Levels]:
    """Noise, soft shapes and few levels; each as it is, and symmetric in one or both ways."""
    draw = np.random.default_rng(20261125)
    made: list[Levels] = []
    for number in range(count):
        levels = draw.integers(0, 256, (32, 32), dtype=np.uint8)
        if number % 3 == 1:
            levels = np.asarray(
                Image.fromarray(draw.integers(0, 256, (4, 4), dtype=np.uint8)).resize((32, 32), Image.Resampling.BICUBIC)
            )
        if number % 3 == 2:
            levels = (levels // 128 * 255).astype(np.uint8)
        made.append(mirrored(levels, columns=number % 4 in {1, 3}, rows=number % 4 in {2, 3}))
    return made


def test_every_bit_is_scipys() -> None:
    for levels in pictures(1_200):
        assert cosine_transform(levels).tobytes() == scipys(levels)


def test_every_hash_is_imagehashs() -> None:
    import imagehash  # which takes a while to load

    hashed = [(_hash(Image.fromarray(levels)), str(imagehash.phash(Image.fromarray(levels)))) for levels in pictures(600)]
    assert [pair for pair in hashed if pair[0] is not None and pair[0] != pair[1]] == []
    assert sum(own is not None for own, _ in hashed) > 150


@pytest.mark.parametrize("level", [0, 1, 127, 255])
def test_a_flat_picture_has_the_same_zeros(level: int) -> None:
    levels = np.full((32, 32), level, dtype=np.uint8)
    assert cosine_transform(levels).tobytes() == scipys(levels)
