"""The moods that this app knows by name: what names them in any text, and what only where fashion is spoken of.

Made for this app from general knowledge of fashion; no list of others was copied.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MoodName:
    """One mood. `sure`: what names it in any text; `words`: what does where the text is about fashion, and in names."""

    name: str
    primary: str
    description: str
    sure: tuple[str, ...]
    words: tuple[str, ...]


def _moods(primary: str, *rows: tuple[str, str, str, str]) -> list[MoodName]:
    return [
        MoodName(name, primary, description, tuple(filter(None, sure.split("|"))), tuple(filter(None, words.split("|"))))
        for name, description, sure, words in rows
    ]


# name, description, what is sure, words that need the context of fashion
MOODS: Final[tuple[MoodName, ...]] = (
    *_moods(
        "Minimalist",
        ("Quiet Luxury", "fine fabrics, no logos, muted colours",
         "stealth wealth|logo-free luxury|silent luxury", "understated luxury"),
        ("Clean Girl", "slicked hair, bare skin, white basics and small gold hoops",
         "clean girl aesthetic|clean girl look|that girl aesthetic", ""),
        ("Scandi Minimalism", "functional shapes, neutral layers, Nordic calm",
         "scandi style|copenhagen style|scandi girl|scandinavian minimalism", "scandi|scandinavian|nordic minimalism"),
        ("Nineties Minimalism", "slip dresses, plain black, bare lines",
         "90s minimalism|nineties slip dress|'90s minimalism", ""),
        ("Minimal Dressing", "pared-back shapes, few colours, no ornament",
         "minimalist style|minimalist wardrobe|minimalist fashion|minimalist dressing",
         "minimalism|minimalist|pared-back|pared back"),
        ("Monochrome", "one colour from head to toe",
         "monochrome dressing|tonal dressing|head-to-toe black|head to toe black|head-to-toe white|monochrome outfit|"
         "all-black outfit|all-black outfits|all-white outfit|all-white outfits",
         "monochrome|monochromatic|head-to-toe"),
        ("Normcore", "plain jeans, grey sweatshirts and trainers, ordinary on purpose", "normcore|norm core", ""),
        ("Vanilla Girl", "cream knits, soft white layers, cosy neutrals", "vanilla girl", ""),
    ),
    *_moods(
        "Maximalist",
        ("Dopamine Dressing", "bright clashing colours worn to cheer up",
         "dopamine dressing|mood-boosting colour|mood-boosting color|joyful dressing", ""),
        ("Cluttercore", "piled up prints, beads and layers, more is more",
         "print clashing|clashing prints|pattern clashing|cluttercore|clutter core",
         "more is more|print mixing|mixed prints|pattern mixing"),
        ("Maximal Dressing", "more colour, more pattern, more of everything",
         "maximalist fashion|maximalist style|maximalist dressing", "maximalism|maximalist"),
        ("Mob Wife", "fur coats, big hair, gold, leopard print",
         "mob wife aesthetic|mob wife style|mob wives aesthetic|mob wife trend|mob wife look", ""),
        ("Colour Blocking", "blocks of strong plain colours side by side",
         "colour blocking|color blocking|colour-blocking|color-blocking|colour block|color block|colorblock|"
         "colourblock",
         ""),
        ("Logomania", "logos all over", "logomania|logo mania", ""),
        ("Disco", "sequins, lam\xe9, flares and platform shoes of the dance floor",
         "disco style|disco fashion|disco look|disco dressing|studio 54 style", "disco"),
        ("Barbiecore", "hot pink from head to toe", "barbiecore|barbie core|barbie pink", ""),
    ),
    *_moods(
        "Romantic",
        ("Balletcore", "wrap cardigans, tulle skirts, ballet flats, blush pink",
         "ballet core|ballerina style|balletcore|ballerina core|ballerinacore", "ballet flats|ballerina"),
        ("Coquette", "bows, lace, ribbons, pastel girlishness",
         "coquette aesthetic|coquettecore|coquette core|bows and ribbons", "coquette"),
        ("Regencycore", "empire waists, puff sleeves and gloves of the Regency",
         "regency core|regencycore|bridgerton style|empire waist", ""),
        ("Fairycore", "gauzy layers, wings of organza, forest colours", "fairycore|fairy core|fairywave", ""),
        ("Princesscore", "ball gowns, corsets and tiaras", "princesscore|princess core|royalcore", ""),
        ("Lingerie Dressing", "slips, corsets and bras worn as clothes",
         "underwear as outerwear|lingerie dressing|innerwear as outerwear", ""),
        ("Pastels", "sugary pale colours",
         "pastel dressing|ice cream pastels|ice-cream pastels|candy pastels", "pastels|pastel"),
        ("Cottage Romance", "milkmaid tops, puffed sleeves, little flowers",
         "milkmaid style|milkmaid dress|milkmaid dresses", "milkmaid"),
    ),
    *_moods(
        "Edgy",
        ("Grunge Revival", "ripped denim, flannel shirts, heavy boots",
         "grunge revival|nineties grunge|90s grunge|'90s grunge|soft grunge", "grunge"),
        ("Gothic Glamour", "black lace, velvet, dark lips, silver crosses", "goth glam|gothic glamour|goth glamour", ""),
        ("Goth", "black, lace, leather, dark lips",
         "goth fashion|goth aesthetic|gothcore|gothic fashion|goth style|gothic style", "goth|gothic"),
        ("Whimsigoth", "velvet, moons and stars, witchy nineties layers", "whimsigoth|whimsygoth", ""),
        ("Biker Chic", "leather biker jackets, boots, black denim",
         "moto chic|biker chic|bikercore|biker core|biker style", "biker jacket|biker jackets"),
        ("Punk", "safety pins, tartan, studs and ripped shirts", "punk fashion|punk style|punk look|punk chic", "punk"),
        ("Rock Chic", "skinny leather, band tees, dark glasses",
         "rock chic|rocker chic|rock-chic|indie sleaze|rockstar girlfriend", "rocker"),
        ("Vampire", "blood red, black lace, high collars", "vampire chic|vampire style|vampcore|vampirecore", "vampy"),
        ("Cyberpunk", "neon, metal and black plastic of a dark future",
         "cyberpunk fashion|cybercore|cyberpunk style", "cyberpunk"),
        ("Steampunk", "brass, goggles, corsets of an age of steam", "steampunk fashion|steampunk style", "steampunk"),
        ("Emo", "tight black jeans, studs, side fringe", "emo fashion|emo style|emo revival", ""),
    ),
    *_moods(
        "Preppy",
        ("Tenniscore", "pleated white skirts, polo shirts, cable knit vests",
         "tennis core|tenniscore|tennis whites|tennis style", "court style"),
        ("Ivy Style", "blazers, loafers, rugby shirts, college crests",
         "ivy league style|collegiate style|ivy style|varsity style", "ivy league|collegiate"),
        ("Old Money", "inherited wealth: cashmere, pearls, riding boots, navy blazers",
         "old money aesthetic|old money style|old money look|old-money style|old-money aesthetic|old money dressing",
         "old money|old-money"),
        ("Prep School", "blazers, pleated skirts, loafers, cable knits",
         "preppy style|preppy look|prep school style|preppy fashion|athletic prep|sporty prep|modern prep|new prep|"
         "geek chic",
         "preppy|prep school"),
        ("Equestrian", "riding boots, hacking jackets, jodhpurs",
         "equestrian style|horse girl aesthetic|horsegirl aesthetic|equestrian chic", "equestrian"),
        ("Country Club", "polo shirts, white pleats, sweaters around the shoulders",
         "country club style|country club aesthetic|golfcore|golf core", ""),
        ("Schoolgirl Style", "pleated skirts, knee socks, ties", "schoolgirl style|back-to-school style", ""),
    ),
    *_moods(
        "Bohemian",
        ("Boho Revival", "floaty blouses, fringed suede, seventies maxi dresses",
         "boho chic|boho-chic|boho is back|bohemian revival|boho revival|boho style|bohemian style|boho look",
         "boho|bohemian|hippie"),
        ("Festival Style", "crochet tops, denim cut-offs, flowers in the hair",
         "festival fashion|festival dressing|festival style|coachella style|coachella fashion", ""),
        ("Cowboycore", "cowboy boots, fringe, denim and bolo ties",
         "cowboy core|cowboycore|cowgirlcore|western wear|western style|western boots|western shirts|western hats|"
         "westerncore|cowgirl style|coastal cowgirl",
         "cowboy|cowgirl"),
        ("Safari", "khaki, belted jackets, pockets and pith", "safari chic|safari style|safari jacket|safari jackets", ""),
        ("Seventies Revival", "flares, suede, brown and orange",
         "seventies revival|70s revival|'70s revival|70s style|seventies style|70s fashion|seventies fashion", ""),
        ("Tie-Dye Revival", "swirls of dye on cotton", "tie-dye trend|tie dye trend", ""),
    ),
    *_moods(
        "Sporty",
        ("Athleisure", "leggings, hoodies and trainers worn all day", "athleisure|yoga wear all day|athflow", ""),
        ("Blokecore", "vintage football shirts, straight jeans, trainers",
         "bloke core|blokecore|blokette|soccercore", "football shirts|football shirt"),
        ("Gorpcore", "technical outdoor jackets, trail shoes, fleece",
         "gorp core|gorpcore|hikecore|hiking chic", "hiking gear"),
        ("Sports Luxe", "track pants with heels, jersey with silk",
         "sports luxe|sport luxe|sporty chic|sporty-chic", "sports-luxe"),
        ("Motorcore", "racing jackets, checkered flags, leather", "motorcore|racingcore|racecore|f1 core|motorsport style", ""),
        ("Apr\u00e8s-Ski", "fair isle knits, puffer jackets, fleece boots",
         "apr\u00e8s-ski style|apres-ski style|apr\u00e8s ski style|ski chalet style|skicore", "apr\u00e8s-ski|apres-ski"),
        ("Surf Style", "board shorts, rash vests, sun-bleached denim", "surf style|surfer style|surfcore|surfer girl", ""),
        ("Pilates Princess", "matching sets, grippy socks, slicked buns", "pilates princess|pink pilates princess", ""),
    ),
    *_moods(
        "Classic",
        ("Office Siren", "pencil skirts, tight shirts, small glasses of the nineties office",
         "office siren|sexy secretary|corpcore|corporate core", ""),
        ("Parisian Chic", "trench coats, striped tops, straight jeans, red lipstick",
         "french girl style|parisian style|parisian chic|french girl chic|french-girl style|french chic", ""),
        ("Capsule Wardrobe", "few timeless pieces that all combine", "capsule wardrobe|timeless staples", ""),
        ("Back to Basics", "white shirts, plain tees, good jeans",
         "elevated basics", "back to basics|back-to-basics|wardrobe basics"),
        ("Vintage", "clothes of other decades, found second-hand",
         "vintage fashion|vintage dressing|vintage-inspired fashion|thrifted vintage", ""),
        ("Retro", "shapes and prints of other decades", "retro fashion|retro style|retro look", ""),
        ("Power Dressing", "strong shoulders, suits, pumps", "power dressing|power suit|power suits|boardroom style", ""),
        ("Ladylike", "skirt suits, pearls, gloves and top-handle bags",
         "ladylike style|ladylike dressing|ladylike look", "ladylike"),
        ("Military", "epaulettes, brass buttons, khaki and navy", "military style|military chic|military jacket trend", ""),
        ("Mod", "shift dresses, go-go boots, graphic black and white", "mod style|sixties mod|60s mod|mod revival", ""),
        ("Model Off Duty", "big coats, dark glasses, jeans and trainers",
         "model off duty|model-off-duty|off-duty model|off duty model", ""),
        ("Old Hollywood", "satin gowns, waves, red lips",
         "old hollywood glamour|old hollywood glamor|old hollywood style|hollywood glamour", ""),
    ),
    *_moods(
        "Streetwear",
        ("Y2K", "low-rise jeans, baby tees, logos of the early two-thousands",
         "y2k fashion|noughties revival|y2k style|y2k aesthetic|y2k trend|2000s fashion", "y2k"),
        ("Techwear", "black technical fabrics, straps, taped seams", "tech wear|techwear|warcore", ""),
        ("Skater Style", "baggy jeans, hoodies, flat trainers of skateboarders",
         "skater style|skatecore|skater fashion|baggy skate", ""),
        ("Hip-Hop Style", "baggy denim, gold chains, caps", "hip-hop style|hip hop fashion|hip-hop fashion", ""),
        ("Hypebeast", "rare trainers, big logos, queues", "hypebeast style|hypebeast look", ""),
        ("Workwear", "chore jackets, carpenter trousers, heavy boots",
         "workwear trend|blue-collar style|utilitycore|utility chic", ""),
        ("Harajuku", "layers, platforms and plastic of Tokyo's streets",
         "harajuku style|harajuku fashion|decora fashion|lolita fashion", "harajuku"),
        ("Goblincore", "moss greens, mushrooms, found things", "goblincore|goblin core", ""),
        ("Clowncore", "ruffs, polka dots, primary colours", "clowncore|circuscore|clown core", ""),
    ),
    *_moods(
        "Coastal",
        ("Coastal Grandmother", "linen shirts, cream knits, bucket hats, a house by the sea",
         "coastal grandma|coastal grandmother|coastal granny", ""),
        ("Nautical", "breton stripes, navy and white, brass buttons",
         "sailor style|breton stripes|nautical style|nautical fashion|sailorcore", "nautical"),
        ("Mermaidcore", "sequins, shells, sea green and shimmering fabrics",
         "mermaid core|mermaidcore|shell jewellery|shell jewelry|sirencore", ""),
        ("Seaside Style", "raffia, linen, white and sand",
         "coastal style|coastal fashion|beach chic|coastal-inspired|coastal chic|hamptons style", "coastal"),
        ("Riviera", "white linen, head scarves, big glasses",
         "riviera style|french riviera style|riviera chic|tomato girl|tomato girl summer|amalfi style", "riviera"),
        ("Tropical", "palm prints, bright shirts, raffia",
         "tropical prints|tropical print|hawaiian shirts|vacationcore|island style", ""),
    ),
    *_moods(
        "Cottagecore",
        ("Prairie Dress", "long floral cotton dresses with puffed sleeves and ruffles",
         "prairie dresses|prairie dress|prairie style|prairiecore", "prairie"),
        ("Gardencore", "dungarees, straw hats, florals and rubber boots", "garden core|gardencore|gardening style", ""),
        ("Grannycore", "crochet cardigans, pleated skirts, brooches",
         "granny chic|grannycore|grandmacore|grandma core|grandparentcore|grandpacore|grandpa core|eclectic grandpa|"
         "grandma cardigan",
         ""),
        ("Cottage Style", "florals, aprons, baskets, straw", "cottagecore|cottage core|farmcore|farm core|countrycore", ""),
        ("Tradwife", "aprons, florals, puffed sleeves at the stove", "tradwife style|tradwife aesthetic", ""),
    ),
    *_moods(
        "Dark Academia",
        ("Dark Academia Tweed", "tweed blazers, turtlenecks, oxford shoes, leather satchels",
         "tweed blazers|scholarly tweed|dark academia", ""),
        ("Light Academia", "cream knits, beige tweed, linen shirts", "light academia", ""),
        ("Gothic Library", "dark velvet, ruffled white shirts, candle-lit bookishness",
         "gothic library|poetcore|poet core|librariancore|librarian chic", ""),
    ),
)  # fmt: skip
