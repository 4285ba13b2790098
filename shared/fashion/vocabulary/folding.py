"""Folds what is a matter of writing: case, accents, hyphens, apostrophes, American spelling, articles and plurals."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_TEXT: Final = 200
# British spelling to American, by whole words: what the endings below do not reach
SPELLINGS: Final = {
    "grey": "gray", "greyish": "grayish", "greige": "greige", "jewellery": "jewelry", "jewelled": "jeweled",
    "pyjamas": "pajamas",
    "pyjama": "pajama", "woollen": "woolen", "woolly": "wooly", "cosy": "cozy", "mould": "mold", "plough": "plow",
    "tyre": "tire",
    "aluminium": "aluminum", "fibre": "fiber", "microfibre": "microfiber", "centre": "center", "theatre": "theater",
    "catalogue": "catalog", "travelling": "traveling", "sequinned": "sequined", "tasselled": "tasseled",
    "panelled": "paneled", "modelled": "modeled", "chequered": "checkered", "moustache": "mustache", "sceptre": "scepter",
    "sombre": "somber", "lustre": "luster", "ochre": "ocher", "axe": "ax", "draught": "draft", "programme": "program",
    "licence": "license", "defence": "defense", "glamourous": "glamorous", "matt": "matte", "crape": "crepe",
    "gipsy": "gypsy", "boxey": "boxy", "kaftan": "caftan", "duffle": "duffel", "bandanna": "bandana", "moccassin": "moccasin",
    "mocassin": "moccasin", "sneekers": "sneakers", "acessory": "accessory",
}  # fmt: skip
OUR: Final = re.compile(r"\b(col|fav|hon|vap|arm|harb|fl|behavi|neighb|glam|od|parl|sav)our")
IS: Final = re.compile(r"(?<=\w{3})is(e|ed|es|ing|ation)$")
NOT_IZED: Final = frozenset({
    "advertise", "chemise", "precise", "disguise", "concise", "paradise", "premise", "promise", "raised", "noise", "praise",
    "cruise", "bruise", "raise", "turquoise", "tortoise", "exercise", "franchise", "parisienne", "likewise", "otherwise",
    "poise", "poised", "merchandise", "merchandising", "rising", "advertising",
})  # fmt: skip
ARTICLES: Final = frozenset({"a", "an", "the"})
OF_PAIRS: Final = re.compile(r"^(?:a )?(?:pair|set|piece) of ")
SHORT: Final = 3


@lru_cache(maxsize=16_384)
def folded(text: str) -> tuple[str, ...]:
    """Return the words of a text, as they are compared: without articles; plurals are left, see `singular`."""
    plain = unicodedata.normalize("NFKD", text[:MAX_TEXT])
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().replace("&", " and ")
    plain = re.sub(r"(?<=\w)['\u2019\u02bc`](?=\w)", "", plain)
    spaced = OF_PAIRS.sub("", " ".join(re.findall(r"[^\W_]+", plain)))
    words = [_american(word) for word in spaced.split()]
    kept = [word for word in words if word not in ARTICLES] if len(words) > 1 and words[0] in ARTICLES else words
    return tuple(kept)


def singular(word: str) -> str:
    """Return a noun's singular, and `-ie` as `-y`: "hoodies", "hoodie" and "hoody" are one. What is no plural stays."""
    if len(word) <= SHORT or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > SHORT + 2:
        return word[:-3] + "y"
    if word.endswith("ie") and len(word) > SHORT + 1:
        return word[:-2] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("ves") and word[:-3] in {"scar", "shel", "lea", "hal"}:
        return word[:-3] + "f"
    return word[:-1] if word.endswith("s") else word


def _american(word: str) -> str:
    word = SPELLINGS.get(word, word)
    word = OUR.sub(r"\1or", word)
    return word if word in NOT_IZED else IS.sub(r"iz\1", word)
