"""Which things are a kind of a thing whose name may stand behind theirs and says nothing more: a "fedora hat" is a fedora.

By names of groups. What is a phrase of its own ("shirt dress", "slip dress", "derby hat") is known as such and read first.
"""

from typing import Final

_KINDS: Final = {
    "hat": "fedora|beret|beanie|trilby|boater|"
    "panama hat|cloche|bowler hat|top hat|bucket hat|sun hat|pillbox hat|pork pie hat|"
    "deerstalker|sombrero|tricorne|bicorne|fez|turban|ushanka|cowboy hat|straw hat|slouch hat|fascinator|chullo|bearskin|"
    "flat cap",
    "cap": "beanie|beret|flat cap|baseball cap|visor|garrison cap|skullcap|kufi",
    "shoes": "trainers|high-tops|plimsolls|brogues|oxfords|derbies|monk shoes|loafers|moccasins|mary janes|espadrilles|mules|"
    "clogs|court shoes|ballet flats|slingbacks|stilettos|kitten heels|wedges|platforms|boat shoes|high heels|"
    "block heels|spectator shoes|low-tops|brothel creepers|winklepickers|babouches|jutti|tabi",
    "high heels": "stilettos|kitten heels|slingbacks|court shoes|wedges|block heels",
    "sandals": "flip-flops|slides|gladiator sandals|huaraches|zori|geta|kolhapuri chappals",
    "boots": "wellingtons|ankle boots|chelsea boots|chukka boots|thigh boots|knee boots|ugg boots",
    "handbag": "clutch|tote bag|satchel|shoulder bag|crossbody bag|bucket bag|hobo bag|"
    "baguette bag|evening bag|saddle bag|pouch|wristlet",
    "jacket": "blazer|bomber jacket|bolero|parka|windbreaker|harrington jacket|overshirt|gilet|cagoule|spencer jacket|"
    "puffer jacket|fleece|nehru jacket|haori|tuxedo|noragi|shell jacket|bandhgala|mackinaw",
    "coat": "overcoat|trench coat|parka|pea coat|duffle coat|raincoat|puffer jacket|cape coat|ulster|loden coat|chesterfield|"
    "covert coat|crombie",
    "sweater": "cardigan|turtleneck|hoodie|half-zip|twinset|breton top|fair isle",
    "top": "camisole|blouse|tank top|bustier|corset|tube top|halter|tunic|bodysuit|bralette|henley|t-shirt|polo shirt|"
    "undershirt|sweatshirt|shrug|hoodie|cardigan|kurta|strappy top|huipil",
    "shirt": "t-shirt|polo shirt|henley|overshirt|tank top|kurta|dashiki|guayabera|barong|blouse|tunic|undershirt|sweatshirt",
    "trousers": "chinos|leggings|jeans|culottes|joggers|palazzo pants|harem pants|cargo trousers|bell-bottoms|jodhpurs|"
    "churidar|capri pants|corduroys|jeggings|track pants|pedal pushers|salwar|hakama|knee breeches|dhoti",
    "jeans": "jeggings|bell-bottoms",
    "shorts": "bermuda shorts|hot pants|cutoffs|culottes",
    "skirt": "kilt|tutu|miniskirt|sarong|skort|culottes|petticoat|lehenga|lungi|pollera|sampot",
    "dress": "dirndl|kaftan|cheongsam|sundress|pinafore|muumuu|gown|sari|hanbok|ao dai|abaya|sarafan|ball gown|"
    "evening dress|babydoll dress|huipil|slip",
    "gown": "evening dress|ball gown|wedding dress|dressing gown|nightgown|kaftan",
    "dressing gown": "kimono|kaftan|abaya|djellaba|jubba|yukata|hanfu|agbada|negligee",
    "cardigan": "shrug",
    "shawl": "pashmina|bandana|hijab|snood|headscarf|dupatta|kaffiyeh|stole|muffler|neckerchief|rebozo|serape|sarong",
    "cape": "poncho|cloak|ruana",
    "poncho": "ruana|serape",
    "headscarf": "hijab|dupatta",
    "necklace": "choker|pendant|locket|drop necklace|pearls",
    "bracelet": "bangle|anklet|cuff bracelet",
    "earrings": "hoop earrings|stud earrings|pendant earrings|huggies",
    "ring": "signet ring|wedding ring|eternity ring",
    "jewellery": "necklace|bracelet|earrings|brooch",
    "suit": "tuxedo|trouser suit|tracksuit|wetsuit|catsuit|jumpsuit|boiler suit|playsuit|salwar kameez",
    "jumpsuit": "boiler suit|playsuit|catsuit",
    "bra": "bralette",
    "panties": "thong",
    "briefs": "thong|boxer briefs",
    "underwear": "briefs|boxer shorts|panties|bra|thong|long johns|boxer briefs|drawers|underpants",
    "lingerie": "teddy|negligee|babydoll|corset|bustier",
    "pyjamas": "sleepsuit",
    "swimsuit": "bikini|tankini|burkini|maillot",
    "tie": "bow tie|bolo tie|cravat|ascot",
    "sunglasses": "aviator sunglasses|wayfarer sunglasses|cat-eye sunglasses",
    "belt": "obi|cummerbund|sash",
    "knitted": "cable knit|ribbed|waffle|pointelle|crochet|jersey|intarsia|bouclé",
    "checked": "gingham|tartan|houndstooth|windowpane|buffalo check|tattersall|madras|argyle|micro check|"
    "prince of wales check",
    "striped": "pinstripe|chalk stripe|breton stripe|bengal stripe|regimental stripe|awning stripe",
}  # fmt: skip
KINDS: Final = {thing: frozenset(kinds.split("|")) for thing, kinds in _KINDS.items()}
