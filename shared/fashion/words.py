"""What a word of a model is worth: cleaned of what cannot be seen, and nothing where it says nothing.

Models fill fields that they have no answer for ("N/A", "no visible brand", "unknown"), decorate words (emoji, markup,
invisible characters), or answer with a colour's code; none of it is anybody's taste.
"""

import html
import re
import unicodedata
from typing import Final

MAX_TOKENS: Final = 5  # more is a sentence, and no word of style, whoever wrote it
MAX_MARKS: Final = 4  # combining marks on one letter: no script has more
MAX_DENIAL: Final = 120
_READ: Final = 2_000  # characters of a value that are looked at
_MARKUP: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|</?[a-z!][^<>]*(?:>|\Z)", re.IGNORECASE | re.DOTALL)
_CODE: Final = re.compile(
    r"#\s*[0-9a-f]{3,8}|0x[0-9a-f]{3,8}|(?=[a-f]*\d)[0-9a-f]{6}(?:[0-9a-f]{2})?|(?:rgb|hsl|hsv|hwb|lab|lch|cmyk)a?\s*\(.*",
    re.IGNORECASE,
)
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"), "-")
_QUOTES: Final = dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc\uff07`\u00b4"), "'")
_SPACES: Final = frozenset("\t\n\v\f\r")
_EDGES: Final = " -_.,;:!?'\"/\\|*#~^=@<>()[]{}\u00a1\u00bf\u201c\u201d\u201e\u00ab\u00bb\u2026\u2022\u00b7\u3001\u3002\u30fb"
_NOTHING: Final = frozenset(
    word.strip()
    for words in (
        "n/a, n.a, na, n a, n / a, none, nobody, null, nil, nan, undefined, unknown, unclear, unspecified, unsure, uncertain",
        "unidentified, unidentifiable, unrecognizable, unrecognisable, unreadable, unlabeled, unlabelled, unbranded, invisible",
        "undetermined, unavailable, unnamed, nothing, no, not, yes, ok, true, false, other, others, misc, miscellaneous",
        "various, varied, assorted, any, all, some, same, same as above, ditto, tbd, tba, todo, test, empty, blank, missing",
        "default, example, string, text, word, value, item, items, thing, things, object, placeholder, image, picture, photo",
        "photograph, no-name, no name, generic, brand, brand name, logo, label, colour, color, colours, colors, garment",
        "garments, style, styles, keyword, keywords, transparent, colourless, colorless, see description, lorem ipsum",
        "keine, kein, keiner, unbekannt, nicht sichtbar, keine angabe, aucun, aucune, inconnu, inconnue, non visible",
        "sans marque, non disponible, ninguno, ninguna, desconocido, desconocida, no visible, sin marca, nessuno, nessuna",
        "sconosciuto, sconosciuta, nenhum, nenhuma, desconhecido, desconhecida, sem marca, geen, onbekend",
        "\u306a\u3057, \u7121\u3057, \u4e0d\u660e, \u672a\u77e5, \u65e0, \u7121, \u6ca1\u6709, \u6c92\u6709",
        "\u043d\u0435\u0442, \u043d\u0435\u0438\u0437\u0432\u0435\u0441\u0442\u043d\u043e",
    )
    for word in words.split(",")
)
_THINGS: Final = (
    r"(?:brand|logo|label|tag|garment|clothing|clothes|apparel|item|outfit|person|people|colou?r|image|picture|photo|style|"
    r"information|info|data|text|answer|keyword|fashion|description|detail|design|pattern)s?"
)
_STATES: Final = (
    r"(?:visible|discernible|apparent|identifiable|recogni[sz]able|readable|legible|seen|shown|see|tell|say|determined?|identif(?:y|ied)|"
    r"known|available|applicable|specified|specific|given|provided|detected|present|found|clear|sure|certain|mentioned|stated)"
)
_DENIAL: Final = re.compile(
    rf"(?:no|not|non|none|nothing|without|lacks?|cannot|can ?not|can't|could ?n[o']t|"
    rf"unable to|impossible to|hard to|difficult to|unknown|unclear|unidentified|unidentifiable|unspecified|unrecogni[sz]able|"
    rf"undetermined|unbranded|unlabell?ed)\b.*\b"
    rf"(?:{_THINGS}|{_STATES})|.*\b(?:is|are|was|be)? ?(?:unknown|unclear|unavailable|unspecified|unidentifiable|undetermined|"
    rf"not(?: be)? (?:\w+ )?{_STATES})|{_THINGS} (?:placeholder|missing|not found)|placeholder {_THINGS}"
)


def clean_word(text: str, *, limit: int, tokens: int = MAX_TOKENS, cut: bool = False) -> str:
    """Return `text` as it may be kept, in its own case; empty where it says nothing, or has over `tokens` words.

    Longer than `limit` characters it ends at the last blank before; without one it is nothing, or cut all the same (`cut`).
    """
    visible = _visible(text[:_READ])
    if _CODE.fullmatch(visible):
        return ""
    plain = visible.strip(_EDGES)
    if "." in plain and f"{plain}." in visible:
        plain += "."  # an abbreviation keeps its last point
    if not _says_something(plain) or len(plain.split()) > tokens:
        return ""
    if len(plain) > limit:
        head = plain[:limit] if plain[limit] == " " else plain[:limit].rpartition(" ")[0]
        plain = (head or (plain[:limit] if cut else "")).strip(_EDGES)
    return plain


def folded_word(text: str, *, limit: int) -> str:
    """Return a word of style, colour or garment: clean, in lower case; empty where it says nothing."""
    lower = unicodedata.normalize("NFC", clean_word(text, limit=limit).casefold()).translate(_QUOTES)
    return lower.replace("i\u0307", "i")[:limit].strip(_EDGES)


def _visible(text: str) -> str:
    """Without markup, control and format characters, emoji, and heaps of marks; one blank between words."""
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFKC", _MARKUP.sub(" ", html.unescape(text))).translate(_DASHES):
        category = unicodedata.category(letter)
        if category[0] == "M":
            marks += 1
            if marks > MAX_MARKS:
                if marks == MAX_MARKS + 1:
                    del kept[-MAX_MARKS:]
                continue
        else:
            marks = 0
        if letter in _SPACES or category[0] == "Z" or category in {"So", "Sk"}:
            kept.append(" ")
        elif category[0] != "C" and not 0xFE00 <= ord(letter) <= 0xFE0F:  # noqa: PLR2004  (variation selectors)
            kept.append(letter)
    return " ".join("".join(kept).split())


def _says_something(plain: str) -> bool:
    letters = [letter for letter in plain if letter.isalpha()]
    if not letters or (len(plain) == 1 and plain.isascii()):
        return False
    folded = plain.casefold().translate(_QUOTES).replace("_", " ").rstrip(".")
    return folded not in _NOTHING and not (len(folded) <= MAX_DENIAL and _DENIAL.fullmatch(folded))
