"""The last step of scaling down, bicubic: by SIMD where there is a build of it, else by Pillow.

Every x86-64 makes the same pixels of it, so that a picture's digest, the key of its description, is one; Pillow's differ by a
few levels beside sharp edges.
"""

from typing import Final

from PIL import Image

try:
    from cykooz_resizer import CropBox, FilterType, ResizeAlg, ResizeOptions, Resizer
except ImportError:  # there is no build of it for ARM's Linux
    Resizer = None

FAST_MODES: Final = frozenset({"L", "RGB", "CMYK"})


def resampled(image: Image.Image, size: tuple[int, int], box: tuple[float, float]) -> Image.Image:
    """Return the part of `image` from its corner to `box` (width and height), scaled to `size`."""
    if Resizer is None or image.mode not in FAST_MODES:
        return image.resize(size, Image.Resampling.BICUBIC, (0.0, 0.0, *box))
    made = Image.new(image.mode, size)
    options = ResizeOptions(resize_alg=ResizeAlg.convolution(FilterType.catmull_rom), crop_box=CropBox(0.0, 0.0, *box))
    Resizer().resize_pil(image, made, options)  # one a call: each keeps what it has once allocated
    return made
