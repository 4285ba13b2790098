"""Words for garments, categories and what a piece is good for, by which `garments` reads a text. Made by us."""

from typing import Final, Literal

Trait = Literal["rain", "snow", "warm", "heavy", "light"]

# category: "name other words | name ..."; a word of several parts is joined by hyphens
NOUNS: Final = {
    "tops": (
        "t-shirt tee tshirt|shirt button-down overshirt shacket|blouse|polo polo-shirt|top camisole cami tunic bustier "
        "corset|tank-top tank singlet|bodysuit|kurta kurti choli|thobe thawb dishdasha kandura jubba agbada boubou"
    ),
    "bottoms": (
        "trousers trouser pants pant chino chinos slacks culottes cords corduroys capris churidar salwar shalwar palazzos "
        "breeches jodhpurs|jeans jean|shorts|skirt skort kilt sarong|leggings legging jeggings treggings|joggers jogger "
        "sweatpants"
    ),
    "dresses": (
        "dress gown sundress|jumpsuit playsuit romper catsuit|overalls dungarees coveralls boiler-suit|saree sari lehenga|"
        "kaftan caftan|abaya jilbab|kimono yukata hanbok qipao cheongsam"
    ),
    "outerwear": (
        "jacket blouson windcheater|coat overcoat topcoat peacoat|rain-jacket raincoat rain-coat mac waterproof-jacket "
        "waxed-jacket cagoule shell-jacket|trench trench-coat|parka|anorak windbreaker|puffer puffer-jacket down-jacket|"
        "denim-jacket jean-jacket trucker-jacket|leather-jacket biker-jacket|bomber bomber-jacket|gilet vest bodywarmer|"
        "cape poncho cloak|fleece"
    ),
    "knitwear": (
        "jumper sweater pullover twinset|cardigan|hoodie sweatshirt hoody quarter-zip half-zip|turtleneck roll-neck "
        "rollneck polo-neck|knit"
    ),
    "shoes": (
        "boots boot booties bootie|rain-boots wellingtons wellies gumboots|loafers loafer moccasins|trainers trainer "
        "sneakers sneaker plimsolls high-top low-top runners|heels heel pumps pump stilettos slingbacks wedges|sandals "
        "sandal flip-flops sliders slides|flats ballet-flats ballerinas mary-janes juttis jutti mojari|brogues oxfords "
        "derbies wingtips|espadrilles|shoes shoe mules clogs slippers footwear"
    ),
    "bags": (
        "bag handbag briefcase holdall duffel purse|tote tote-bag|backpack rucksack|clutch|crossbody-bag shoulder-bag "
        "satchel"
    ),
    "accessories": (
        "scarf scarves shawl stole pashmina snood bandana|headscarf hijab niqab turban dupatta|kufi|hat fedora trilby "
        "sombrero|beanie tuque|cap beret visor|belt|gloves glove mittens|sunglasses glasses spectacles|tie necktie bow-tie|"
        "watch wristwatch|umbrella|necklace choker pendant|earrings earring hoops|bracelet bangle anklet|ring|wallet "
        "cardholder|socks sock|tights stockings|pocket-square|brooch|hair-ribbon hair-clip headband scrunchie barrette|"
        "cufflinks cufflink"
    ),
    "activewear": "sports-bra|sports-top running-top|running-shorts cycling-shorts|yoga-pants|tracksuit",
    "tailoring": (
        "blazer sport-coat sports-coat suit-jacket|suit tuxedo|waistcoat|suit-trousers dress-trousers tailored-trousers"
    ),
    "swimwear": "swimsuit swimming-costume rash-vest rash-guard wetsuit burkini|bikini|trunks swim-shorts boardshorts",
    "underwear": (
        "bra bralette|briefs boxers panties knickers thong|lingerie|pyjamas pajamas nightgown nightdress|vest-top "
        "undershirt long-johns"
    ),
}  # fmt: skip
CATEGORY_WORDS: Final = {
    "tops": "tops t-shirts tees shirts blouses camisoles",
    "bottoms": "bottoms bottom trousers pants denim jeans skirts shorts",
    "dresses": "dresses dress jumpsuits all-in-one onepiece one-piece",
    "outerwear": "outerwear outer coats jackets outdoor",
    "knitwear": "knitwear knits knit sweaters jumpers sweatshirts hoodies",
    "shoes": "shoes shoe footwear boots sneakers trainers",
    "bags": "bags bag handbags luggage",
    "accessories": "accessories accessory jewellery jewelry hats scarves belts eyewear watches",
    "activewear": "activewear sportswear gym sports athletic athleisure",
    "tailoring": "tailoring suits suiting blazers formal formalwear",
    "swimwear": "swimwear swim beachwear",
    "underwear": "underwear lingerie sleepwear nightwear loungewear hosiery",
}  # fmt: skip
TRAITS: Final[dict[Trait, str]] = {
    "rain": (
        "rain rain-jacket trench parka anorak rain-boots umbrella raincoat waterproof waxed gore-tex wellington "
        "water-resistant"
    ),
    "snow": "snow boots rain-boots",
    "warm": (
        "coat parka puffer fleece jumper turtleneck beanie gloves scarf wool woollen merino cashmere shearling thermal "
        "winter quilted padded insulated down knitted sherpa"
    ),
    "heavy": "coat parka puffer shearling thermal winter padded insulated snow sherpa",
    "light": (
        "linen shorts sandals espadrilles swimsuit bikini trunks sundress seersucker tank-top summer sleeveless t-shirt cap"
    ),
}  # fmt: skip
