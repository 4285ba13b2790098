"""The parts of a picture file that have to be known before a decoder sees it: whether it is whole, and what decoding costs.

Nothing is decoded here, and nothing of a file is believed beyond its own lengths.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from shared.pictures.kinds import Media

PNG_NEEDED: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
PNG_USEFUL: Final = frozenset({b"tRNS", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf", b"sBIT", b"bKGD", b"pHYs"})
PNG_HEAD: Final = 8
JPEG_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
JPEG_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
JPEG_SCAN, JPEG_END, JPEG_BARE = 0xDA, 0xD9, frozenset({0x01, *range(0xD0, 0xD9)})
# `\xff\xff*` and not `\xff+`: a pattern that begins with a byte is looked for by that byte, at a tenth of the time, and what
# is looked through are all the entropy-coded bytes of a picture
_NEXT_MARKER: Final = re.compile(rb"\xff\xff*[^\x00\xff\xd0-\xd7]")
LAST_COEFFICIENT: Final = 63


def png_essentials(body: bytes) -> bytes:
    """Return a PNG without what is not needed to show it: text of any length, and ancillary chunks with a bad checksum.

    The frames of an animation go too: what stays is the picture for those who cannot animate.
    """
    kept, dropped, at = [body[:PNG_HEAD]], False, PNG_HEAD
    while at + 8 <= len(body):
        length, kind = int.from_bytes(body[at : at + 4], "big"), body[at + 4 : at + 8]
        end = at + 12 + length
        if kind in PNG_NEEDED or (kind in PNG_USEFUL and _checks(body[at + 4 : end])):
            kept.append(body[at:end])
        elif kind[:1].isupper():
            return body  # a critical chunk that nobody knows: the decoder says what is wrong
        else:
            dropped = True
        at = end
        if kind == b"IEND":
            break
    return b"".join(kept) if dropped else body


def _checks(chunk: bytes) -> bool:
    return len(chunk) >= 8 and zlib.crc32(chunk[:-4]) == int.from_bytes(chunk[-4:], "big")  # noqa: PLR2004  (type and CRC)


@dataclass(slots=True)
class Jpeg:
    """What a JPEG's markers say. `samples`: of all components together, for each pixel of the picture. `row`: how many rows of
    pixels one row of blocks has.

    `buffered`: its scans have to be kept until the last has come (progressive, or components one after another).
    `ended`: its end marker came. `covered`: every coefficient of every component has come in a scan that is whole.
    `whole`: where the last of these ends.
    """

    width: int = 0
    height: int = 0
    samples: float = 0.0
    row: int = 8
    buffered: bool = False
    ended: bool = False
    covered: bool = False
    whole: int = 0
    _seen: dict[int, set[int]] = field(default_factory=dict)


def read_jpeg(body: bytes) -> Jpeg:
    """Return what the markers of `body` say (ITU-T T.81 annex B); what is broken ends the reading."""
    jpeg, progressive, open_scan = Jpeg(), False, b""
    for at, marker, segment in _segments(body):
        if open_scan:
            _close(jpeg, open_scan)
            jpeg.whole = at
            open_scan = b""
        if marker in JPEG_FRAMES and len(segment) >= 6 + 3 * segment[5]:
            progressive = marker in JPEG_PROGRESSIVE
            _read_frame(jpeg, segment)
            jpeg.buffered = jpeg.buffered or progressive
        elif marker == JPEG_SCAN and segment and len(segment) >= 4 + 2 * segment[0]:
            jpeg.buffered = jpeg.buffered or segment[0] < len(jpeg._seen)
            open_scan = segment
        elif marker == JPEG_END:
            jpeg.ended = True
    jpeg.covered = bool(jpeg._seen) and progressive and all(len(seen) > LAST_COEFFICIENT for seen in jpeg._seen.values())
    return jpeg


def _read_frame(jpeg: Jpeg, segment: bytes) -> None:
    jpeg.height, jpeg.width = int.from_bytes(segment[1:3], "big"), int.from_bytes(segment[3:5], "big")
    factors = [(segment[at] >> 4 or 1, segment[at] & 15 or 1) for at in range(7, 6 + 3 * segment[5], 3)]
    across, down = max((h for h, _ in factors), default=1), max((v for _, v in factors), default=1)
    jpeg.samples = sum(h * v for h, v in factors) / (across * down)
    jpeg.row = 8 * down
    jpeg._seen = {segment[at]: set() for at in range(6, 6 + 3 * segment[5], 3)}


def _close(jpeg: Jpeg, scan: bytes) -> None:
    """Note what a scan that is whole has brought: the coefficients from its first to its last, of its components."""
    first, last, precision = scan[-3:]
    if precision >> 4 == 0:  # a first pass, no refinement
        for at in range(1, 1 + 2 * scan[0], 2):
            if scan[at] in jpeg._seen:
                jpeg._seen[scan[at]].update(range(first, min(last, LAST_COEFFICIENT) + 1))


def _segments(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield where each marker stands, the marker, and its segment; the entropy-coded bytes after a scan's are passed over."""
    at = 2
    while True:
        found = _NEXT_MARKER.search(body, at)
        if found is None:
            return
        marker, start = body[found.end() - 1], found.end()
        if marker == JPEG_END:
            yield found.start(), marker, b""
            return
        if marker in JPEG_BARE:
            at = start
            continue
        length = int.from_bytes(body[start : start + 2], "big")
        if length < 2 or start + length > len(body):  # noqa: PLR2004  (a length counts itself)
            return
        yield found.start(), marker, body[start + 2 : start + length]
        at = start + length


def is_cut(kind: Media, body: bytes) -> bool:
    """True where the file's own lengths or end marks say that bytes of it are missing."""
    match kind:
        case Media.JPEG:
            return not read_jpeg(body).ended
        case Media.PNG:
            return b"IEND" not in body[-4_096:] and b"IEND" not in body
        case Media.GIF:
            return not body.rstrip(b"\0").endswith(b";")
        case Media.WEBP:
            return int.from_bytes(body[4:8], "little") + 8 > len(body)
        case Media.AVIF | Media.HEIF:
            return _iso_end(body) > len(body)


def _iso_end(body: bytes) -> int:
    """Return where the last box of an ISO file ends by its own account."""
    at = 0
    while at + 8 <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(body[at + 8 : at + 16], "big")
        if size < 8:  # noqa: PLR2004  (0: to the end of the file; less than a box's head: broken)
            return len(body)
        at += size
    return at
