"""Thirty-two wardrobes of our own making, of people who dress in different ways, places and languages.

One line a wardrobe: `name @ city | pieces`, each piece `its name*wears`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.clock import to_iso

LINES: Final = """
denim man @ Denver, USA | blue jeans*90; black jeans*60; denim jacket*40; white t-shirt*80; grey t-shirt*70; flannel shirt*30; brown work boots*60; white trainers*50; navy hoodie*45; brown leather belt*80
office woman @ Lyon | navy wool blazer*50; white silk blouse*40; black tailored trousers*60; grey pencil skirt*20; black leather loafers*70; camel wool coat*40; black heels*15; cream jumper*25; leather tote*90; pearl earrings*30
student @ Berlin | Jeans*80; schwarze Stiefel*50; grauer Pullover*40; weißes T-Shirt*60; Winterjacke*45; Rucksack*90; Turnschuhe*70; Wollmütze*20; kariertes Hemd*25; Kapuzenpullover*30
parisienne @ Paris | jean bleu*70; marinière*40; trench beige*35; ballerines noires*50; pull gris en laine*30; chemise blanche*45; sac à main noir*80; écharpe en laine*25; jupe noire*20; bottines noires*40
madrid office @ Madrid | camisa blanca*60; pantalón gris*50; americana azul marino*40; zapatos marrones*55; abrigo negro*25; jersey de lana*20; cinturón marrón*60; vaqueros*40; corbata azul*15; mocasines negros*20
milan tailoring @ Milan | abito blu*30; camicia bianca*60; camicia azzurra*40; cravatta blu*20; scarpe stringate nere*45; cappotto grigio*25; cintura nera*50; maglione di lana*20; giacca blu*35; orologio*90
lisbon summer @ Lisbon | camiseta branca*50; calças de ganga*60; vestido azul*20; sandálias castanhas*40; casaco preto*25; ténis brancos*60; saia verde*15; mala castanha*70; camisa de linho*20; óculos de sol*50
amsterdam @ Amsterdam | spijkerbroek*80; zwarte laarzen*40; regenjas*50; wollen trui*30; witte sneakers*60; wit overhemd*20; rugzak*70; sjaal*25; muts*20; T-shirt*60
tokyo @ Tokyo | 白いTシャツ*60; デニムパンツ*70; 黒いブーツ*30; ウールのコート*25; 白いスニーカー*60; グレーのパーカー*40; リュック*80; ニット帽*20; 黒いスカート*15; シャツ*30
unread @ Helsinki | musta takki*30; siniset farkut*60; valkoinen paita*40; ruskeat saappaat*30; harmaa neule*25; reppu*70; pipo*20; hanskat*15; huivi*15; lenkkarit*50
singapore man @ Singapore | white linen shirt*50; navy polo shirt*40; beige chinos*60; navy shorts*30; brown loafers*45; white trainers*50; leather belt*60; backpack*70; sunglasses*50; grey t-shirt*60
dubai woman @ Dubai | linen dress*30; white blouse*40; wide trousers*40; gold sandals*50; handbag*80; silk scarf*20; sunglasses*60; black jumpsuit*15; gold necklace*50; navy blazer*20
oslo outdoor @ Oslo | down parka*60; merino base top*50; hiking trousers*40; snow boots*30; wool beanie*50; fleece*60; leather gloves*30; backpack*60; wool socks*70; trail trainers*40
sydney surfer @ Sydney | board shorts*50; white t-shirt*70; tank top*40; flip-flops*60; blue jeans*30; grey hoodie*30; cap*50; trainers*40; linen shirt*15; sunglasses*60
bohemian @ Portland, USA | floral maxi skirt*30; crochet cardigan*25; white peasant blouse*30; suede ankle boots*50; denim jacket*30; fringed bag*60; straw hat*10; floral dress*20; gold necklace*40; blue jeans*50
goth @ Leeds | black velvet dress*20; black jeans*70; black leather jacket*40; black boots*80; black turtleneck*30; silver necklace*50; black t-shirt*60; black skirt*25; black coat*30; black tights*40
streetwear @ Los Angeles | black hoodie*60; cargo trousers*50; white trainers*80; graphic t-shirt*60; bomber jacket*30; cap*50; backpack*60; grey joggers*40; black t-shirt*60; beanie*20
banker @ London | charcoal wool suit*80; navy wool suit*60; white shirt*90; blue shirt*70; black oxfords*80; brown brogues*30; silk tie*50; navy overcoat*40; cufflinks*30; leather gloves*15
teacher @ Dublin | navy cardigan*50; grey jumper*40; tweed skirt*20; corduroy trousers*40; white shirt*40; brown ankle boots*60; waxed jacket*40; wool scarf*30; leather satchel*80; green dress*15
retired @ Bath | beige chinos*60; check shirt*50; navy jumper*40; brown brogues*40; waxed jacket*50; flat cap*30; wool scarf*20; corduroy trousers*30; tweed blazer*20; leather belt*50
runner @ Boulder, USA | running shorts*60; running top*60; trainers*90; leggings*40; fleece*40; cap*40; jeans*40; t-shirt*60; hoodie*50; puffer jacket*30
new parent @ Manchester | stretch jeans*70; breton top*40; grey sweatshirt*50; white trainers*80; parka*50; backpack*80; jersey dress*20; wool scarf*20; ankle boots*30; cardigan*30
small @ Vienna | black trousers*40; white shirt*30; grey jumper*25; black shoes*50
dresses @ Nice | floral dress*30; linen dress*30; black slip dress*15; knitted dress*15; navy wrap dress*25; sandals*40; heels*20; trench coat*25; handbag*60; denim jacket*20
monochrome @ Copenhagen | black trousers*60; white shirt*50; black turtleneck*40; grey wool coat*40; black ankle boots*60; black leather tote*80; grey jumper*40; white trainers*50; black blazer*30; grey scarf*30
vintage @ Glasgow | brown suede jacket*30; mustard cardigan*30; plaid skirt*20; rust jumper*25; brown brogues*40; corduroy trousers*30; cream blouse*25; brown satchel*70; wool beret*20; green coat*30
techie @ Seattle | grey hoodie*80; navy t-shirt*80; black t-shirt*70; blue jeans*90; chinos*30; trainers*90; rain jacket*50; backpack*90; fleece*30; beanie*20
farmer @ Hereford | waxed jacket*70; wellingtons*80; work trousers*80; check shirt*70; wool jumper*50; flat cap*40; boots*60; jeans*50; gilet*50; wool socks*70
bride to be @ Valencia | vestido rojo*10; falda negra*20; blusa blanca*30; vaqueros*60; sandalias*40; botines negros*30; chaqueta de cuero*25; bolso negro*70; pendientes*50; zapatillas blancas*50
musician @ Austin | black leather jacket*40; band t-shirt*60; black jeans*80; cowboy boots*60; denim shirt*40; leather belt*70; white t-shirt*50; sunglasses*50; felt hat*30; silver bracelet*60
many tops @ Toronto | white t-shirt*40; grey t-shirt*40; navy t-shirt*40; black t-shirt*40; striped t-shirt*30; red t-shirt*20; green t-shirt*20; blue t-shirt*30; white shirt*20; blue shirt*20; jeans*90; trainers*90; parka*40; jumper*30
unworn pieces @ Zurich | navy suit*0; white dress shirt*5; black oxfords*2; blue jeans*80; grey hoodie*70; white trainers*90; red swim shorts*0; parka*40; t-shirt*70; beanie*20
"""  # noqa: E501  (a line a wardrobe)
COLOURS: Final = (
    "navy", "white", "black", "grey", "brown", "camel", "cream", "blue", "green", "red", "beige", "olive", "mustard", "rust",
    "burgundy", "gold", "silver", "charcoal",
)  # fmt: skip
STEMS: Final = """
schwarz noir negr ner pret zwart 黒 = black; weiß blanc bianc branc wit 白 = white; grau gris grigi グレ = grey; marr castanh =
brown; bleu azul blu azzurr = blue; roj = red; verde = green
"""
HEX: Final = {
    stem: colour.strip()
    for stems, _, colour in (entry.partition("=") for entry in STEMS.split(";"))
    for stem in stems.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One person: where they live, and what they own with its wears."""

    name: str
    city: str
    pieces: tuple[tuple[str, int], ...]

    def documents(self, now: datetime) -> list[dict[str, Any]]:
        """Return the wardrobe's documents, in the web API's shape; the wears lie within the last two years."""
        return [
            {
                "id": f"item-{number:02}", "userId": self.name, "title": title, "category": None,
                "colours": [{"name": colour, "hex": None} for colour in [_colour(title)] if colour],
                "wearCount": wears, "dateAdded": to_iso(now - timedelta(days=700)),
                "wearEvents": [
                    {"occurredAt": to_iso(now - timedelta(days=3 + number + 9 * at))} for at in range(min(wears, 30))
                ],
            }
            for number, (title, wears) in enumerate(self.pieces)
        ]  # fmt: skip


def _colour(title: str) -> str | None:
    words = title.casefold().replace("-", " ").split()
    named = next((word for word in words if word in COLOURS), None)
    return named or next((colour for stem, colour in HEX.items() if stem in title.casefold()), None)


def people() -> tuple[Person, ...]:
    """Return all of them."""
    found = []
    for line in LINES.strip().splitlines():
        head, _, rest = line.partition("|")
        name, _, city = head.partition("@")
        pieces = tuple((title.strip(), int(wears)) for title, _, wears in (one.partition("*") for one in rest.split(";")))
        found.append(Person(name.strip(), city.strip(), pieces))
    return tuple(found)
