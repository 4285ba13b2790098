"""Large WebP pictures, scaled while they are decoded, by the WebP library that Pillow brings.

Pillow itself decodes every WebP as an animation: sixteen bytes a pixel, 650 MB for a picture of 6,300 x 6,300 that arrives in
105 KB. The library can give back the scaled rows alone. Its structures are those of `webp/decode.h`, whose layout is bound to
the version that is handed over with each call: a library of another layout refuses. Where there is none, Pillow does it all.
"""

import ctypes
import ctypes.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import PIL
from PIL import Image

ABI: Final = 0x0209  # WEBP_DECODER_ABI_VERSION
RGBA: Final = 1  # MODE_RGBA
OK: Final = 0
OUT_OF_MEMORY: Final = 1
ALPHA_FLAG, ANIMATION_FLAG = 0x10, 0x02  # of the chunk VP8X


class _Features(ctypes.Structure):
    _fields_ = [
        ("width", ctypes.c_int), ("height", ctypes.c_int), ("has_alpha", ctypes.c_int), ("has_animation", ctypes.c_int),
        ("format", ctypes.c_int), ("pad", ctypes.c_uint32 * 5),
    ]  # fmt: skip


class _Rgba(ctypes.Structure):
    _fields_ = [("rows", ctypes.c_void_p), ("stride", ctypes.c_int), ("size", ctypes.c_size_t)]


class _Yuva(ctypes.Structure):
    _fields_ = [("planes", ctypes.c_void_p * 4), ("strides", ctypes.c_int * 4), ("sizes", ctypes.c_size_t * 4)]


class _Planes(ctypes.Union):
    _fields_ = [("rgba", _Rgba), ("yuva", _Yuva)]


class _Buffer(ctypes.Structure):
    _fields_ = [
        ("colorspace", ctypes.c_int), ("width", ctypes.c_int), ("height", ctypes.c_int), ("is_external", ctypes.c_int),
        ("u", _Planes), ("pad", ctypes.c_uint32 * 4), ("private_memory", ctypes.c_void_p),
    ]  # fmt: skip


class _Options(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in (
            "bypass_filtering", "no_fancy_upsampling", "use_cropping", "crop_left", "crop_top", "crop_width", "crop_height",
            "use_scaling", "scaled_width", "scaled_height", "use_threads", "dithering_strength", "flip",
            "alpha_dithering_strength",
        )),
        ("pad", ctypes.c_uint32 * 5),
    ]  # fmt: skip


class _Config(ctypes.Structure):
    _fields_ = [("input", _Features), ("output", _Buffer), ("options", _Options)]


@cache
def _library() -> Any:  # noqa: ANN401  (ctypes gives functions no types)
    """Return the library, None where there is none of this layout."""
    wheel = sorted((Path(PIL.__file__).parent.parent / "pillow.libs").glob("libwebp-*.so*"))
    name = str(wheel[0]) if wheel else ctypes.util.find_library("webp")
    if not name:
        return None
    try:
        library = ctypes.CDLL(name)
        library.WebPDecode.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(_Config)]
        fits = library.WebPInitDecoderConfigInternal(ctypes.byref(_Config()), ABI)
    except (OSError, AttributeError):
        return None
    return library if fits else None


def can_scale() -> bool:
    """True where `scaled` works on this machine."""
    return _library() is not None


def scaled(body: bytes, width: int, height: int) -> Image.Image:
    """Decode a still picture at this size, in RGBA. Raises `OSError` for what is damaged, `MemoryError`."""
    library, config = _library(), _Config()
    library.WebPInitDecoderConfigInternal(ctypes.byref(config), ABI)
    rows = ctypes.create_string_buffer(width * height * 4)
    config.output.colorspace, config.output.is_external = RGBA, 1
    config.output.u.rgba.rows = ctypes.addressof(rows)
    config.output.u.rgba.stride, config.output.u.rgba.size = width * 4, len(rows)
    config.options.use_scaling, config.options.scaled_width, config.options.scaled_height = 1, width, height
    status = library.WebPDecode(body, len(body), ctypes.byref(config))
    if status == OUT_OF_MEMORY:
        raise MemoryError
    if status != OK:
        raise OSError(f"WebP status {status}")
    return Image.frombuffer("RGBA", (width, height), memoryview(rows), "raw", "RGBA", 0, 1)  # type: ignore[arg-type]


def chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of the file (RFC 9649 section 2.3) with their data, as far as they are whole."""
    at = 12
    while at + 8 <= len(body):
        size = int.from_bytes(body[at + 4 : at + 8], "little")
        if at + 8 + size > len(body):
            return
        yield body[at : at + 4], body[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
