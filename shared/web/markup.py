"""Markup that is made to be expensive: told by a look at its bytes, before a parser spends its time on it."""

import re
from typing import Final

MAX_ATTRIBUTES: Final = 200
MAX_TAG: Final = 100_000  # bytes; pictures may stand in an attribute
CROWDED: Final = re.compile(  # nothing in it can be read in two ways, so that it is linear
    rb"<[a-z][\w:.-]{0,60}(?:\s+[\w:.@-]{1,60}(?:\s*=\s*(?:\"[^\"<]{0,500}\"|'[^'<]{0,500}'|[^\s\"'<>=]{1,500}))?){%d}"
    % MAX_ATTRIBUTES,
    re.IGNORECASE,
)
OVERLONG: Final = re.compile(rb"<[a-z/][^<>]{%d}" % MAX_TAG, re.IGNORECASE)


def made_to_be_expensive(text: bytes) -> str:
    """Return what is: a tag with more attributes than anybody writes, whose parsing is quadratic in them, or one that does not
    end; "" where nothing is.
    """
    if CROWDED.search(text):
        return f"a tag has more than {MAX_ATTRIBUTES} attributes"
    return f"a tag is longer than {MAX_TAG} bytes" if OVERLONG.search(text) else ""
