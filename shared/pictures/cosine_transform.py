"""The cosine transform of a 32 x 32 picture, to the last bit as `scipy.fftpack.dct` has it, without scipy's 140 MB.

Perceptual hashes are compared with those that other apps computed by it. In a symmetric picture half of the coefficients
are zero, the median falls among them, and what decides a bit is the rounding: so the steps are those of the library under
both scipy and numpy (pocketfft, type II from a real transform), in its order, with its table of cosines. A test compares
every bit of thousands of pictures, symmetric ones among them.

Makhoul, J. (1980), "A fast cosine transform in one and two dimensions", doi 10.1109/TASSP.1980.1163351.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SIDE: Final = 32
HALF: Final = SIDE // 2
TABLE_MASK, TABLE_SHIFT = 15, 4  # the library multiplies two small tables, and so rounds twice

Matrix = NDArray[np.float64]


def cosine_transform(levels: NDArray[Any]) -> Matrix:
    """Return the unnormalised two-dimensional transform of type II of a 32 x 32 array, columns first."""
    return _along_columns(_along_columns(np.asarray(levels, dtype=np.float64)).T).T


def _along_columns(levels: Matrix) -> Matrix:
    spectrum = np.zeros((HALF + 1, levels.shape[1]), dtype=np.complex128)
    lower, upper = levels[1:-1:2], levels[2::2]
    spectrum.real[0] = levels[0] * 2
    spectrum.real[1:HALF] = upper + lower
    spectrum.imag[1:HALF] = upper - lower
    spectrum.real[HALF] = levels[-1] * 2
    found = np.fft.irfft(spectrum, n=SIDE, axis=0, norm="forward")
    rising, falling = np.arange(1, HALF), np.arange(SIDE - 1, HALF, -1)
    near, far = _COSINES[rising - 1][:, None], _COSINES[falling - 1][:, None]
    first = near * found[falling] + far * found[rising]
    second = near * found[rising] - far * found[falling]
    found[rising], found[falling] = 0.5 * (first + second), 0.5 * (first - second)
    found[HALF] *= _COSINES[HALF - 1]
    return found


def _cosine(index: int) -> float:
    """Return cos(2 pi index / 128), as a product of two entries of the library's tables."""
    (fine, fine_sine), (coarse, coarse_sine) = _entry(index & TABLE_MASK), _entry(index & ~TABLE_MASK)
    return fine * coarse - fine_sine * coarse_sine


def _entry(index: int) -> tuple[float, float]:
    """Return cosine and sine of 2 pi index / 128, computed within the first octant."""
    count = 4 * SIDE
    step, eighths = 0.25 * math.pi / count, index * 8
    if eighths < count:
        return math.cos(eighths * step), math.sin(eighths * step)
    return math.sin((2 * count - eighths) * step), math.cos((2 * count - eighths) * step)


_COSINES: Final = np.array([_cosine(index) for index in range(1, SIDE)])
