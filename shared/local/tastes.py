"""What a style likes: words for pieces and colours by which the rule-based digest lets a taste speak.

They are rules of thumb of this house. Styles are found by the vocabulary, so that "boho" is bohemian here as well.
"""

from functools import cache
from typing import Final

from shared.fashion.vocabulary import meaning_of, same_meaning

# style: nouns and words of pieces / colours
STYLES: Final = """
minimalist: turtleneck trousers loafers tote coat shirt cashmere / black white grey ivory navy beige
quiet luxury: cashmere loafers coat blazer silk merino / camel ivory navy beige cream
old money: polo loafers blazer cashmere brogues tennis / navy cream camel forest-green
classic: trench blazer loafers shirt belt brogues coat / navy camel white burgundy
preppy: polo blazer loafers cardigan oxford chinos / navy forest-green burgundy white
tailored: blazer suit waistcoat trousers brogues / charcoal navy grey
smart casual: blazer chinos loafers shirt polo cardigan / navy olive white grey
casual: jeans t-shirt hoodie trainers denim cap / navy grey white olive
bohemian: skirt espadrilles blouse sandals dress crossbody fringed / rust mustard cream olive terracotta
romantic: blouse skirt dress flats cardigan ribbon / blush ivory lilac pink
feminine: blouse skirt dress heels flats / blush lilac pink ivory
edgy: leather boots bomber studded jeans / black burgundy charcoal
punk: leather boots studded t-shirt jeans / black red
grunge: flannel boots jeans beanie cardigan / black burgundy charcoal olive
goth: boots leather velvet turtleneck / black burgundy purple
rock: leather boots jeans t-shirt / black charcoal
streetwear: hoodie bomber trainers cap backpack t-shirt joggers / black grey olive white
skater: hoodie trainers beanie t-shirt jeans / black white green
athleisure: hoodie trainers joggers leggings fleece cap / black grey navy
sporty: trainers fleece cap hoodie polo anorak / navy white red green
gorpcore: fleece anorak parka boots backpack beanie rain / olive mustard forest-green khaki
utility: overshirt parka boots chinos canvas gilet / olive khaki navy
workwear style: overshirt boots jeans denim beanie dungarees / navy khaki brown
military: parka boots belt overshirt / olive khaki black
nautical: breton striped espadrilles trench canvas / navy white red
coastal: linen espadrilles sandals striped canvas / white navy sky-blue cream
cottagecore: dress cardigan blouse straw boots / sage cream blush
prairie: dress skirt blouse boots / cream sage rust
dark academia: blazer turtleneck brogues cardigan tweed satchel / brown forest-green burgundy charcoal
light academia: cardigan chinos loafers linen satchel / cream beige camel
vintage: cardigan denim brogues skirt satchel / mustard rust burgundy brown
retro: polo denim trainers skirt / mustard orange teal
seventies: skirt boots turtleneck suede / rust mustard brown orange
nineties: denim jeans t-shirt bomber / black grey
western: denim boots belt hat fringed suede / brown tan denim
cowboycore: denim boots belt hat / brown tan
maximalist: printed scarf brooch earrings coat / fuchsia orange teal purple
dopamine dressing: jumper scarf beanie / fuchsia yellow orange turquoise
glamorous: heels clutch earrings silk dress / gold black red
elegant: coat silk heels gloves blouse trousers / black ivory burgundy
sexy: heels dress leather / black red
parisian: trench breton loafers blazer scarf / navy black white red
scandi: coat jumper boots scarf / grey cream black
japanese: coat trousers tote overshirt / black navy grey
sustainable: linen merino canvas / olive cream sage
layered: cardigan gilet overshirt scarf turtleneck / olive camel rust
monochrome: turtleneck trousers boots coat / black white grey
knitted: jumper cardigan scarf beanie / cream rust camel
denim: denim jeans / denim navy
leather: leather boots belt / black brown
business: blazer trousers shirt loafers brogues / navy charcoal grey white
formal: suit blazer brogues heels tie / black charcoal navy
masculine: boots parka jeans belt bomber / navy olive brown
androgynous: blazer trousers shirt boots / black grey white
coquette: ribbon blouse flats skirt / blush pink ivory
balletcore: flats cardigan bodysuit skirt / blush ivory
techwear: anorak parka backpack trainers bomber / black charcoal
resort: linen espadrilles sandals hat sunglasses / white sky-blue coral
equestrian: boots blazer gloves / brown camel navy
normcore: t-shirt jeans trainers fleece jumper / grey white navy
y2k: denim crossbody tank / pink silver
avant-garde: coat jumpsuit boots / black
artsy: scarf jumper earrings / mustard teal rust
festival: shorts boots hat crossbody denim / rust white
cosy: jumper fleece scarf cardigan beanie / cream camel rust
"""


@cache
def _styles() -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    found = []
    for line in STYLES.strip().splitlines():
        style, _, rest = line.partition(":")
        words, _, colours = rest.partition("/")
        found.append((style, frozenset(words.split()), frozenset(one.replace("-", " ") for one in colours.split())))
    return tuple(found)


def likes_of(style: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words for pieces and the colours that a style likes; nothing of one that is not known."""
    wanted = meaning_of(style)
    for name, words, colours in _styles():
        if same_meaning(name, style) or meaning_of(name).name in wanted.parts:
            return words, colours
    return frozenset(), frozenset()
