"""Words that say how others are read: what adds nothing, what is the opposite of what, and how words end."""

from typing import Final

# said of anything, and so of nothing: "bohemian style", "polka dot print", "slim fit"
GENERIC: Final = frozenset({
    "style", "styled", "look", "aesthetic", "vibe", "vibes", "inspired", "pattern", "print", "fabric", "material", "cloth",
    "fit",
    "silhouette", "cut", "detail", "effect", "trend", "fashion", "color", "colored", "design", "wear", "clothing", "clothes",
    "attire", "length", "neckline", "texture", "textured", "dressing", "outfit", "garment", "item", "piece", "type", "tone",
})  # fmt: skip
SAID_OF_ALL: Final = frozenset({"style", "styled", "print", "inspired", "effect", "pattern", "color", "colored", "fit"})
# plural alone: a "short" is no pair of shorts, and "tight" no pair of tights
ONLY_PLURAL: Final = frozenset({
    "shorts", "tights", "heels", "flats", "briefs", "boxers", "braces", "drawers", "cords", "denims", "corduroys", "flares",
    "knits", "stays", "tails", "studs", "trunks", "courts", "monks", "rubbers", "hoops", "khakis", "slides", "sliders",
    "thermals",
    "combats", "cargos", "intimates", "platforms", "wedges", "nylons", "shades", "runners", "classics", "pearls", "suspenders",
    "sports", "socials", "spots", "leathers", "courtshoes", "mules", "garments", "mitts", "specs", "stripes", "checks",
})  # fmt: skip
OPPOSITES: Final = frozenset(
    frozenset(pair)
    for pair in (
        ("minimalist", "maximalist"), ("oversized", "fitted"), ("casual", "formal"), ("masculine", "feminine"),
        ("loose", "tight"), ("cropped", "longline"), ("short", "long"), ("matte", "shiny"), ("plain", "patterned"),
        ("old", "new"), ("high", "low"), ("dark", "light"), ("vintage", "modern"), ("faux", "real"), ("fake", "real"),
        ("fake", "genuine"), ("faux", "genuine"), ("warm", "cool"), ("warm", "cold"), ("hot", "cold"), ("big", "small"),
        ("large", "small"), ("wide", "narrow"), ("wide", "slim"), ("wide", "skinny"), ("thick", "thin"), ("heavy", "light"),
        ("soft", "hard"), ("soft", "stiff"), ("open", "closed"), ("single", "double"), ("mini", "maxi"), ("mini", "midi"),
        ("midi", "maxi"), ("micro", "mini"), ("upper", "lower"), ("front", "back"), ("inner", "outer"), ("day", "evening"),
        ("day", "night"), ("summer", "winter"), ("spring", "autumn"), ("black", "white"), ("bright", "dull"), ("bright",
        "muted"),
        ("simple", "ornate"), ("simple", "fancy"), ("plain", "fancy"), ("rough", "smooth"), ("wet", "dry"), ("men", "women"),
        ("male", "female"), ("boy", "girl"), ("round", "square"), ("straight", "curved"), ("straight", "skinny"), ("full",
        "half"),
        ("top", "bottom"), ("rural", "urban"), ("modest", "sexy"), ("natural", "synthetic"), ("neat", "messy"), ("tidy",
        "messy"),
    )
)  # fmt: skip
NEGATIONS: Final = ("un", "non", "in", "im", "ir", "il", "dis", "anti", "de")
LACKING: Final = ("less", "free")
HUES: Final = frozenset({"blue", "green", "red", "brown", "gray", "yellow", "pink", "purple", "white", "black", "orange"})
ENDINGS: Final = frozenset({"", "s", "es", "d", "ed", "y", "ing", "er", "r", "ish", "e", "n", "en", "ie", "ies", "al", "ic"})
BEHIND: Final = frozenset({"with", "in"})
# "cap-sleeved" has cap sleeves
HAVING: Final = {
    "sleeved": "sleeve", "heeled": "heel", "toed": "toe", "necked": "neck", "collared": "collar", "waisted": "waist",
    "legged": "leg", "hemmed": "hem", "soled": "sole", "shouldered": "shoulder", "fronted": "front", "backed": "back",
    "strapped": "strap", "pocketed": "pocket", "breasted": "breast", "skirted": "skirt", "brimmed": "brim",
}  # fmt: skip
