"""What bytes are, by their first ones alone: a picture that is read, or a thing that is refused by its name.

Names and headers of a server are never believed. On-call reads the names: a phone's photo, a login page and an empty body
are mended by different people.
"""

import re
from enum import StrEnum
from typing import Final

READ: Final = "JPEG, PNG, WebP, GIF, AVIF and HEIC are read"
LEAD: Final = b"\xef\xbb\xbf \t\r\n"  # what careless scripts put before a picture
MAX_LEAD: Final = 64


class Media(StrEnum):
    """The kinds of pictures that are read; the values are the decoder's names."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    GIF = "GIF"
    AVIF = "AVIF"
    HEIF = "HEIF"


_PICTURES: Final = (
    (b"\xff\xd8\xff", Media.JPEG), (b"\x89PNG\r\n\x1a\n", Media.PNG), (b"GIF87a", Media.GIF), (b"GIF89a", Media.GIF),
)  # fmt: skip
_BRANDS: Final = {
    b"avif": Media.AVIF, b"avis": Media.AVIF,
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), Media.HEIF),
}  # fmt: skip
_OTHERS: Final = (
    (b"%PDF", "a PDF"), (b"II*\0", "a TIFF or a camera's raw picture"), (b"MM\0*", "a TIFF or a camera's raw picture"),
    (b"BM", "a BMP"), (b"\0\0\x01\0", "an icon (ICO)"), (b"\0\0\x02\0", "a cursor (CUR)"), (b"8BPS", "a Photoshop document"),
    (b"\xff\x0a", "a JPEG XL"), (b"\0\0\0\x0cJXL ", "a JPEG XL"), (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"), (b"II\xbc\x01", "a JPEG XR"), (b"FUJIFILM", "a camera's raw picture"),
    (b"\x1a\x45\xdf\xa3", "a video (WebM)"), (b"FLV", "a video (FLV)"), (b"ID3", "a sound (MP3)"), (b"OggS", "a sound (Ogg)"),
    (b"PK\x03\x04", "a ZIP archive"), (b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"), (b"qoif", "a QOI"), (b"P6", "a PPM"), (b"v/1\x01", "an OpenEXR"),
    (b"#?RADIANCE", "an HDR"), (b"AT&TFORM", "a DjVu"), (b"%!PS", "PostScript"), (b"wOF", "a font"),
    (b"\x7fELF", "a program"), (b"KTX", "a texture (KTX)"), (b"gimp xcf", "a GIMP file"),
    (b"MZ", "a program"), (b"version https://git-lfs", "a Git LFS pointer"), (b"DDS ", "a texture (DDS)"),
)  # fmt: skip
_RIFF: Final = {b"AVI ": "a video (AVI)", b"WAVE": "a sound (WAV)"}
_MARKUP: Final = (
    (re.compile(rb"<svg[\s>]", re.IGNORECASE), "an SVG"),
    (re.compile(rb"<(!doctype html|html|head|body|script|title|meta|div|p|h1|iframe)\b", re.IGNORECASE), "an HTML page"),
    (re.compile(rb"<\?xml|<[a-z]", re.IGNORECASE), "an XML document"),
    (re.compile(rb"[\[{]\s*[\"\[{\]}]"), "JSON"),
)


def without_lead(body: bytes) -> bytes:
    """Return `body` from its picture on, where no more than a byte order mark and white space stands before it."""
    lead = len(body[:MAX_LEAD]) - len(body[:MAX_LEAD].lstrip(LEAD))
    return body[lead:] if lead and kind_of(body[lead:]) is not None else body


def kind_of(body: bytes) -> Media | None:
    """Return the kind of picture that begins `body`; None where it is none that is read."""
    for magic, kind in _PICTURES:
        if body.startswith(magic):
            return kind
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return Media.WEBP
    if body[4:8] == b"ftyp":
        return next((_BRANDS[brand] for brand in brands(body) if brand in _BRANDS), None)
    return None


def brands(body: bytes) -> list[bytes]:
    """Return the brands of an ISO file (ISO/IEC 14496-12 section 4.3), the major one first."""
    size = min(int.from_bytes(body[:4], "big"), 512, len(body))
    return [body[8:12], *(body[at : at + 4] for at in range(16, size - 3, 4))]


def name_of(body: bytes) -> str:
    """Return what `body`, which is no picture that is read, is in words: "an SVG", "an empty body"."""
    text = body[:1_024].lstrip(LEAD)
    if not body:
        return "an empty body"
    if not text:
        return "white space"
    for magic, name in _OTHERS:
        if body.startswith(magic):
            return name
    if body[:4] == b"RIFF":
        return _RIFF.get(body[8:12], "a RIFF file")
    if body[4:8] == b"ftyp":
        return _name_of_iso(body)
    found = _name_of_text(text)
    return found or f"of no known kind, and begins with {body[:8].hex(' ')}"


def _name_of_iso(body: bytes) -> str:
    major = body[8:12]
    if major in {b"mif1", b"msf1", b"heif"}:
        return "a HEIF of a kind that is not read"
    if major == b"crx ":
        return "a camera's raw picture"
    return "a video (QuickTime)" if major == b"qt  " else "a video (MP4)"


def _name_of_text(text: bytes) -> str:
    for pattern, name in _MARKUP:
        if (pattern.search if name == "an SVG" and text.startswith(b"<") else pattern.match)(text):
            return name
    printable = sum(byte in b"\t\r\n" or 0x20 <= byte < 0x7F for byte in text)  # noqa: PLR2004  (ASCII)
    return "text" if printable >= 0.95 * len(text) else ""
