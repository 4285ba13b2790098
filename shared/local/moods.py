"""Finds moods in articles without a language model: names that the lexicon knows, `-core` words, and the pieces beside them.

Honest about its limits: it recognises what it was taught, and understands no sentence. Pairs of names are never judged the
same here; the embedding thresholds decide alone.
"""

import json
import re
from functools import cache
from typing import Any, Final

from shared.chat.base import Question
from shared.fashion.mood_lexicon import MOODS
from shared.fashion.mood_names import fold
from shared.fashion.moods import PRIMARY_MOODS, FoundMood, FoundMoods, SameMoods
from shared.local.lexicon import find_words

FASHION: Final = (
    r"fashion|styl(?:e|es|ed|ing|ish)|outfits?|wardrobes?|dress(?:es|ing)?|accessor(?:y|ies)|cloth(?:es|ing)|garments?"
    r"|footwear|shoes?|boots?"
    r"|sneakers?|trainers|sandals|loafers|handbags?|jewel(?:ry|lery)|denim|jeans|trousers|pants|skirts?|tees|t-shirts?"
    r"|shirts?|blouses?|knit(?:s|wear)?|sweaters?|cardigans?|jackets?|blazers?|coats?|gowns?|swimwear|bikinis?|lingerie"
    r"|menswear"
    r"|womenswear|tailoring|bottoms|leggings|hats?|scarves|aesthetic|chic|couture|apparel|separates|silhouettes?|swimsuits?"
    r"|jumpsuits?|editorials|lookbooks?"
    r"|streetwear|eyewear|sunglasses|eyeglasses|purses|backpacks|hoodies|sweatshirts|corsets?|necklaces|earrings|bracelets"
    r"|heels|pullovers?|overalls"
    r"|tracksuits?|minidress(?:es)?|sundress(?:es)?|looks(?! (?:to|at|for|like|set|into|back|ahead|away|on|as|out|over"
    r"|forward|up|down|toward)\b)"
)
# with a mood's word before: at most two words lie between them ("edgy Brazilian footwear")
BESIDE: Final = rf"(?:[- ]?(?:inspired|style|esque|tinged))?(?:\s+[\w'\u2019-]+)?\s+(?:{FASHION})\b"
# right before a word of fashion, or before a word that is only said of clothes
CLOTH: Final = (
    r"leather|denim|lace|silk|velvet|satin|linen|tweed|knitted|crochet|maxi|midi|mini|puffer|bomber|oversized|cropped"
    r"|wide-leg|high-waisted"
    r"|men's|women's|menswear|womenswear|evening|party|prom|bridal|summer|winter|spring|fall|autumn|designer|luxury|shift"
    r"|slip|wrap|lace-up"
    r"|plaid|tartan|gingham|checked|striped|suede|fringed|cashmere|cotton|wool|power|puff-sleeve|ankle|platform|statement"
    r"|printed|floral|color-blocked|colour-blocked|tailored|layered"
)
ADJACENT: Final = rf"(?:[- ]?(?:inspired|style|esque|tinged|ready|themed|era))?\s+(?:(?:{CLOTH})\s+)?(?:{FASHION})\b"
ABOUT_FASHION: Final = re.compile(
    r"\b(?:fashion|runways?|catwalks?|outfits?|wardrobes?|street style|designers?|couture|stylists?|lookbooks?|aesthetics?"
    r"|dressing|tiktok|menswear|womenswear|what to wear|look of|obsession|trend(?:s|ing)?)\b",
    re.IGNORECASE,
)
OTHER_SUBJECT: Final = re.compile(
    r"\b(?:hair|hairstyles?|make-?up|nails?|skin-?care|skin|beauty|fragrances?|perfumes?|lipsticks?|mascaras?|manicures?"
    r"|recipes?|dinner|cocktails?"
    r"|kitchen|interiors?|decor|furniture|homes?|houses?|hotels?|films?|movies?|albums?|songs?|games?|novels?|wine|music)\b",
    re.IGNORECASE,
)
# what is reported of clothes, and not worn: "retro sneakers fetch a million", "cowboy hat thrown at judge"
HARD_NEWS: Final = re.compile(
    r"\b(?:bann?(?:s|ed)?|lawsuits?|su(?:es?|ed|ing)|courts?(?! style)|judges?"
    r"|(?<!prep )(?<!prep-)(?<!old )(?<!old-)schools?|thie(?:f|ves)|st[eo]len?|steals?|lost|missing|arrest(?:s|ed)?"
    r"|police|officers?|kill(?:s|ed)?|die[sd]?|dead|death|murder(?:s|ed)?|shot|shooting|suspects?|guilty|jail(?:ed)?|prison"
    r"|collaps(?:es?|ed)"
    r"|bankrupt(?:cy)?|lays? off|layoffs|recall(?:s|ed)?|auction(?:s|ed)?|fetch(?:es|ed)?|thrown?|fined?|charged|attack(?:s"
    r"|ed)?|fires?|crash(?:es|ed)?"
    r"|elections?|president|minister|lawmakers?|senators?|senate|congress|parliament|army|soldiers?|troops|war|wars"
    r"|disputes?|controvers(?:y|ial)"
    r"|scientists?|stud(?:y|ies)|researchers?|hospital|charity|museums?|exhibition|damaged|donated|returned|halloween"
    r"|costumes?|raises questions"
    r"|on the ground|thieves|robbery|robbed|smuggl\w+|tariffs?|factory|workers?|unions?|strikes?|ceo|profits?)\b",
    re.IGNORECASE,
)
AMBIGUOUS: Final = frozenset({
    "Old Money", "Country Club", "Prep School", "Back to Basics", "Mob Wife", "Animal Print", "Business Casual",
    "Private School", "Soft Girl", "British Heritage", "Pop Art", "Downtown Girl", "Glam Rock", "Dark Academia",
})  # fmt: skip
SHORT: Final = 3  # words of a headline that is a mood's name and little else
# "bloke core strength": of the body, of a business, of a computer
NOT_BODILY: Final = (
    r"(?! (?:strength|exercises?|workouts?|muscles?|training|values|principles|issues|beliefs|business|inflation)\b)"
)
CORE: Final = re.compile(r"\b([a-z]{3,16})core\b", re.IGNORECASE)
SPACED_CORE: Final = re.compile(
    r"(?:['\"\u2018\u201c]([a-z]{3,16})[- ]core['\"\u2019\u201d]"
    r"|\b([a-z]{3,16})[- ]core\s+(?:aesthetic|style|trend|look|fashion|outfits?|dressing))",
    re.IGNORECASE,
)
# what ends in "core" and is music, computing, a fish or exercise
NOT_MOODS: Final = frozenset(
    {
        "hard", "soft", "multi", "dual", "quad", "octa", "hexa", "single", "many", "metal", "death", "grind", "math",
        "emo", "rap", "nerd", "speed", "break", "slow", "jazz", "electro", "digital", "alba", "manti", "your", "the",
        "her", "his", "our", "their", "its", "this", "that", "strong", "weak", "inner", "outer", "earth", "iron",
        "reactor", "intel", "common", "rotten", "apple", "abs", "strengthen", "engage", "tight", "business", "values",
        "low", "post", "fore", "under", "out",
    }
)  # fmt: skip


def extract(question: Question[Any]) -> FoundMoods:
    """Solve `moods.extract`."""
    found: dict[tuple[str, str], FoundMood] = {}
    for article in json.loads(question.text):
        text = f"{article['title']}. {article['summary']}"
        for primary, name, description in moods_in(article["title"], article["summary"]):
            mood = found.setdefault(
                (primary, name), FoundMood(name=name, primary_mood=primary, description=description, articles=[])
            )
            mood.articles.append(article["number"])
            words = find_words(f"{text} {description}")
            mood.key_pieces = list(dict.fromkeys([*mood.key_pieces, *words.garments]))
            mood.fabrics = list(dict.fromkeys([*mood.fabrics, *(word for word in words.styles if word in FABRICS)]))
            mood.patterns = list(dict.fromkeys([*mood.patterns, *(word for word in words.styles if word in PATTERNS)]))
    return FoundMoods(moods=list(found.values()))


def same(question: Question[Any]) -> SameMoods:
    """Solve `moods.same`: it cannot tell, and says so with no."""
    return SameMoods(same=[False] * len(json.loads(question.text)))


FABRICS: Final = frozenset({"denim", "leather", "linen", "silk", "wool", "cotton", "knitted"})
PATTERNS: Final = frozenset({"striped", "checked"})


Name = tuple[str, str, str]  # primary mood, name, description


@cache
def _table() -> tuple[dict[str, Name], re.Pattern[str], tuple[re.Pattern[str], re.Pattern[str]], re.Pattern[str]]:
    """Return the moods by what names them; what names them anywhere, beside a word of fashion (near, or right before one), and
    as a headline of its own.
    """
    surfaces: dict[str, Name] = {}
    sure: list[str] = []
    words: list[str] = []
    adjacent: list[str] = []
    for mood in MOODS:
        own = mood.name.casefold()
        coined = (len(own.split()) > 1 or own.endswith("core")) and mood.name not in AMBIGUOUS
        sure += [*([own] if coined else []), *mood.sure]
        words += [*([own] if mood.name in AMBIGUOUS else []), *mood.words]
        adjacent += mood.beside
        for surface in (mood.name.casefold(), *mood.surfaces):
            surfaces.setdefault(surface, (mood.primary, mood.name, mood.description))
    any_word = f"({_one_of(words)})"
    return (
        surfaces,
        re.compile(rf"(?<!\w)({_one_of(sure)})(?!\w){NOT_BODILY}", re.IGNORECASE),
        (
            re.compile(rf"(?<!\w){any_word}{BESIDE}", re.IGNORECASE),
            re.compile(rf"(?<!\w)({_one_of(adjacent)}){ADJACENT}", re.IGNORECASE),
        ),
        re.compile(rf"(?<!\w){any_word}(?!\w)", re.IGNORECASE),
    )


@cache
def _by_fold() -> dict[str, Name]:
    """Return the moods by what their names have in common: "Fisherman core" is Fishermancore."""
    surfaces, *_ = _table()
    return {fold(surface): name for surface, name in surfaces.items()}


def _one_of(surfaces: list[str]) -> str:
    return "|".join(map(re.escape, sorted(set(surfaces), key=lambda surface: (-len(surface), surface))))


def moods_in(title: str, summary: str) -> list[Name]:
    """Return the moods that an article names: by what means nothing else, by a word beside one of fashion, by a short headline.

    "Coastal flooding" is no mood and "coastal-inspired accessories" is one; so is the headline "Hot Goth".
    """
    surfaces, sure, beside, alone = _table()
    text = f"{title}. {summary}"
    found = [surfaces[match.group(1).casefold()] for match in sure.finditer(text)]
    for part in (title, summary):
        if not (OTHER_SUBJECT.search(part) or HARD_NEWS.search(title)):
            found += [surfaces[match.group(1).casefold()] for pattern in beside for match in pattern.finditer(part)]
    if not summary and (whole := surfaces.get(" ".join(title.split()).casefold())):
        found.append(whole)
    if not summary and not OTHER_SUBJECT.search(title):
        words = len(title.split())
        for match in alone.finditer(title):
            more = words - len(match.group(1).split())
            if more <= 1 or (more <= SHORT - 1 and match.end() == len(title)):
                found.append(surfaces[match.group(1).casefold()])
    coined = [(_primary_of(text), f"{stem.capitalize()}core", "") for stem in _coined(title, text)]
    return list(dict.fromkeys([*found, *(_by_fold().get(fold(one[1]), one) for one in coined)]))


def _coined(title: str, text: str) -> list[str]:
    """Return the stems of `-core` words that are of fashion."""
    about = ABOUT_FASHION.search(text) or re.search(rf"\b(?:{FASHION})\b", text, re.IGNORECASE) or len(title.split()) <= SHORT
    glued = [match.group(1) for match in CORE.finditer(text)] if about else []
    spaced = [match.group(1) or match.group(2) for match in SPACED_CORE.finditer(text)]
    stems = dict.fromkeys(stem.casefold() for stem in (*glued, *spaced))
    return [stem for stem in stems if stem not in NOT_MOODS and not stem.endswith("s")]


def _primary_of(text: str) -> str:
    """A coined `-core` belongs where the article's own style words point; else it is of the street."""
    styles = find_words(text).styles
    names = {primary.casefold(): primary for primary in PRIMARY_MOODS}
    return next((names[style] for style in styles if style in names), "Streetwear")
