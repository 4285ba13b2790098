"""Words for clothes in seven languages beside English, as the English words that the rest of this room knows. Made by us.

A text a language: `english = words`. Plurals and accents are folded where they are looked up; German and Dutch write compounds
as one word ("Winterjacke", "regenjas"), which are read from their end; Japanese writes no spaces, and is searched for words.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from shared.fashion import translations_further as further

GERMAN: Final = """
t-shirt = tshirt kurzarmshirt; shirt = hemd oberhemd flanellhemd; blouse = bluse; polo = poloshirt; top = oberteil
langarmshirt tunika; tank-top = tanktop trägertop; bodysuit = body; trousers = hose stoffhose anzughose chino chinos
cordhose; jeans = jeanshose röhrenjeans; shorts = kurze-hose bermuda bermudas; skirt = rock röcke minirock faltenrock;
leggings = leggins; dress = kleid abendkleid; jumpsuit = overall einteiler; overalls = latzhose; jacket = jacke
übergangsjacke; coat = mantel; rain-jacket = regenjacke regenmantel; trench = trenchcoat; puffer = daunenjacke steppjacke
winterjacke; denim-jacket = jeansjacke; leather-jacket = lederjacke; bomber = bomberjacke; gilet = steppweste; cape =
umhang; fleece = fleecejacke; jumper = pullover pulli strickpullover; cardigan = strickjacke; hoodie = kapuzenpullover
kapuzenpulli; turtleneck = rollkragenpullover; boots = stiefel stiefelette stiefeletten; rain-boots = gummistiefel;
loafers = slipper mokassin mokassins; trainers = turnschuh turnschuhe sportschuh sportschuhe sneaker; heels = pumps
stöckelschuh stöckelschuhe; sandals = sandale sandalen sandalette; flats = ballerina ballerinas; brogues = schnürschuh
schnürschuhe; shoes = schuh schuhe halbschuhe; bag = tasche handtasche; tote = shopper umhängebeutel; backpack = rucksack;
clutch = abendtasche; crossbody-bag = umhängetasche schultertasche; scarf = schal tuch halstuch; hat = hut; beanie = mütze
strickmütze; cap = kappe schirmmütze basecap; belt = gürtel; gloves = handschuh handschuhe; sunglasses = sonnenbrille; tie
= krawatte fliege; watch = armbanduhr uhr; umbrella = regenschirm schirm; necklace = kette halskette; earrings = ohrring
ohrringe; bracelet = armband; ring = fingerring; wallet = geldbörse portemonnaie; socks = socke socken; tights =
strumpfhose; blazer = sakko; suit = anzug hosenanzug; waistcoat = weste; swimsuit = badeanzug; trunks = badehose; bra =
bh; lingerie = unterwäsche; pyjamas = schlafanzug; tops = oberteile; bottoms = hosen; dresses = kleider; outerwear =
jacken mäntel; knitwear = strick strickwaren; accessories = accessoire accessoires schmuck; bags = taschen; activewear =
sportbekleidung sportmode; tailoring = anzüge; swimwear = bademode; leather = leder; wool = wolle woll; linen = leinen;
cotton = baumwolle; silk = seide seiden; denim = jeansstoff; winter = winterlich gefüttert; summer = sommer sommerlich;
waterproof = wasserdicht; rain = regen; snow = schnee; warm = warm; knitted = gestrickt; velvet = samt; suede = wildleder;
down = daunen; coat = wintermantel
"""
FRENCH: Final = """
t-shirt = tee-shirt; shirt = chemise; blouse = blouse chemisier; polo = polo; top = haut débardeur marinière; bodysuit =
body; trousers = pantalon; jeans = jean; shorts = short bermuda; skirt = jupe minijupe; leggings = legging; dress = robe;
jumpsuit = combinaison combishort; overalls = salopette; jacket = veste blouson; coat = manteau pardessus caban;
rain-jacket = imperméable ciré; trench = trench; puffer = doudoune; gilet = bodywarmer; cape = cape; fleece = polaire;
jumper = pull chandail pull-over; cardigan = gilet cardigan; hoodie = sweat sweat-capuche; turtleneck = col-roulé; boots =
botte bottes bottine bottines; rain-boots = bottes-de-pluie; loafers = mocassin mocassins; trainers = basket baskets
tennis; heels = escarpin escarpins talons; sandals = sandale sandales; flats = ballerine ballerines; brogues = richelieu
derby derbies; espadrilles = espadrille; shoes = chaussure chaussures; bag = sac sac-à-main; tote = cabas; backpack =
sac-à-dos; clutch = pochette; crossbody-bag = bandoulière; scarf = écharpe foulard; hat = chapeau; beanie = bonnet; cap =
casquette; belt = ceinture; gloves = gant gants; sunglasses = lunettes-de-soleil lunettes; tie = cravate; watch = montre;
umbrella = parapluie; necklace = collier; earrings = boucles-d'oreilles boucle-d'oreille; bracelet = bracelet; ring =
bague; wallet = portefeuille; socks = chaussette chaussettes; tights = collant collants; blazer = blazer; suit = costume
tailleur; waistcoat = gilet-de-costume; swimsuit = maillot-de-bain maillot; bra = soutien-gorge; lingerie =
sous-vêtements; pyjamas = pyjama; tops = hauts; bottoms = bas pantalons; dresses = robes; outerwear = vestes manteaux;
knitwear = maille tricot; accessories = accessoire accessoires bijoux; bags = sacs maroquinerie; activewear = sport;
leather = cuir; wool = laine; linen = lin; cotton = coton; silk = soie; winter = hiver fourré fourrée; summer = été;
waterproof = étanche; rain = pluie; snow = neige après-ski; velvet = velours; suede = daim; warm = chaud chaude
"""
SPANISH: Final = """
t-shirt = camiseta playera; shirt = camisa; blouse = blusa; polo = polo; top = top; tank-top = camiseta-de-tirantes;
bodysuit = body; trousers = pantalón pantalones; jeans = vaquero vaqueros tejanos; shorts = pantalón-corto bermudas; skirt
= falda minifalda; leggings = mallas; dress = vestido; jumpsuit = mono enterizo; overalls = peto; jacket = chaqueta
cazadora; coat = abrigo; rain-jacket = chubasquero impermeable; trench = gabardina; puffer = plumas anorak-acolchado
plumífero; gilet = chaleco-acolchado; cape = capa; fleece = polar; jumper = jersey suéter; cardigan = cárdigan rebeca;
hoodie = sudadera; turtleneck = cuello-alto cuello-vuelto; boots = bota botas botín botines; rain-boots = botas-de-agua;
loafers = mocasín mocasines; trainers = zapatilla zapatillas deportivas; heels = tacones; sandals = sandalia sandalias;
flats = bailarina bailarinas; espadrilles = alpargata alpargatas; shoes = zapato zapatos calzado; bag = bolso; tote =
capazo; backpack = mochila; clutch = cartera-de-mano; crossbody-bag = bandolera; scarf = bufanda pañuelo fular; hat =
sombrero; beanie = gorro; cap = gorra; belt = cinturón; gloves = guante guantes; sunglasses = gafas-de-sol gafas; tie =
corbata; watch = reloj; umbrella = paraguas; necklace = collar; earrings = pendiente pendientes; bracelet = pulsera; ring
= anillo; wallet = cartera; socks = calcetín calcetines; tights = medias; blazer = americana; suit = traje; waistcoat =
chaleco; swimsuit = bañador; bra = sujetador; pyjamas = pijama; tops = camisetas camisas; dresses = vestidos; outerwear =
abrigos chaquetas; knitwear = punto; accessories = accesorio accesorios complementos joyas; bags = bolsos; activewear =
deporte; tailoring = trajes; leather = cuero piel; wool = lana; linen = lino; cotton = algodón; silk = seda; winter =
invierno; summer = verano; rain = lluvia; snow = nieve; velvet = terciopelo; suede = ante
"""
ITALIAN: Final = """
t-shirt = maglietta; shirt = camicia; blouse = blusa; top = canotta top; trousers = pantalone pantaloni; jeans = jeans;
shorts = pantaloncini bermuda; skirt = gonna minigonna; dress = vestito; jumpsuit = tuta-intera; overalls = salopette;
jacket = giacca giubbotto giubbino; coat = cappotto; rain-jacket = impermeabile; trench = trench; puffer = piumino; gilet
= smanicato; cape = mantella; fleece = pile; jumper = maglione maglia; cardigan = cardigan; hoodie = felpa; turtleneck =
dolcevita lupetto; boots = stivale stivali stivaletto stivaletti; rain-boots = stivali-di-gomma; loafers = mocassino
mocassini; trainers = scarpe-da-ginnastica; heels = décolleté tacchi; sandals = sandalo sandali; flats = ballerina
ballerine; brogues = stringate; shoes = scarpa scarpe calzature; bag = borsa borsetta; backpack = zaino; clutch =
pochette; crossbody-bag = tracolla; scarf = sciarpa foulard; hat = cappello; beanie = berretto cuffia; belt = cintura;
gloves = guanto guanti; sunglasses = occhiali-da-sole occhiali; tie = cravatta; watch = orologio; umbrella = ombrello;
necklace = collana; earrings = orecchino orecchini; bracelet = bracciale braccialetto; ring = anello; wallet =
portafoglio; socks = calza calze calzino calzini; tights = collant; blazer = blazer; suit = completo tailleur; waistcoat =
panciotto; swimsuit = costume-da-bagno; bra = reggiseno; pyjamas = pigiama; tops = magliette camicie; dresses = vestiti;
outerwear = cappotti giacche capispalla; knitwear = maglieria; accessories = accessorio accessori gioielli; bags = borse;
activewear = sportivo; leather = pelle cuoio; wool = lana; linen = lino; cotton = cotone; silk = seta; winter = invernale
inverno; summer = estivo estate; rain = pioggia; snow = neve doposci; velvet = velluto; suede = camoscio
"""
PORTUGUESE: Final = """
t-shirt = camiseta camisola-interior tshirt; shirt = camisa; blouse = blusa; top = top; trousers = calça calças; jeans =
calça-jeans calças-de-ganga ganga; shorts = calção calções bermuda; skirt = saia minissaia; leggings = legging; dress =
vestido; jumpsuit = macacão; overalls = jardineira; jacket = jaqueta casaco blusão; coat = sobretudo casacão; rain-jacket
= impermeável capa-de-chuva; trench = gabardine; puffer = doudoune casaco-acolchoado; gilet = colete-acolchoado; jumper =
suéter camisola pulôver; cardigan = cardigã; hoodie = moletom; turtleneck = gola-alta; boots = bota botas botim botins;
rain-boots = galochas; loafers = mocassim mocassins; trainers = tênis ténis sapatilhas; heels = salto-alto saltos; sandals
= sandália sandálias; flats = sapatilha; espadrilles = alpercata alpercatas; shoes = sapato sapatos calçado; bag = bolsa
mala; backpack = mochila; clutch = carteira-de-mão; scarf = cachecol lenço; hat = chapéu; beanie = gorro touca; cap =
boné; belt = cinto; gloves = luva luvas; sunglasses = óculos-de-sol óculos; tie = gravata; watch = relógio; umbrella =
guarda-chuva; necklace = colar; earrings = brinco brincos; bracelet = pulseira; ring = anel; wallet = carteira; socks =
meia meias; tights = meia-calça; blazer = blazer; suit = terno fato; waistcoat = colete; swimsuit = maiô fato-de-banho;
bra = sutiã; pyjamas = pijama; tops = camisetas camisas; dresses = vestidos; outerwear = casacos jaquetas; knitwear =
malhas malha; accessories = acessório acessórios joias; bags = bolsas malas; leather = couro pele; wool = lã; linen =
linho; cotton = algodão; silk = seda; winter = inverno; summer = verão; rain = chuva; snow = neve; velvet = veludo; suede
= camurça
"""
DUTCH: Final = """
t-shirt = tshirt; shirt = overhemd hemd shirtje; blouse = bloes; polo = poloshirt; top = topje hemdje longsleeve; trousers
= broek pantalon; jeans = spijkerbroek; shorts = korte-broek; skirt = rok minirok; leggings = legging; dress = jurk;
overalls = tuinbroek; jacket = jas jack jasje; coat = mantel winterjas overjas; rain-jacket = regenjas; trench =
trenchcoat; puffer = donsjas donsjack gewatteerde; denim-jacket = spijkerjas spijkerjack; leather-jacket = leren-jas;
gilet = bodywarmer; jumper = trui pullover sweater; cardigan = vest; hoodie = capuchontrui; turtleneck = coltrui; boots =
laars laarzen laarsjes enkellaarsjes; rain-boots = regenlaarzen; loafers = instappers mocassins; trainers = sportschoenen
gympen sneakers; heels = hakken; sandals = sandaal sandalen; flats = ballerina's; brogues = veterschoenen; shoes = schoen
schoenen; bag = tas handtas; tote = shopper; backpack = rugzak rugtas; clutch = avondtasje; crossbody-bag = schoudertas;
scarf = sjaal; hat = hoed; beanie = muts; cap = pet; belt = riem; gloves = handschoen handschoenen; sunglasses =
zonnebril; tie = stropdas das; watch = horloge; umbrella = paraplu; necklace = ketting; earrings = oorbel oorbellen;
bracelet = armband; wallet = portemonnee; socks = sok sokken; tights = panty; blazer = colbert; suit = pak kostuum;
waistcoat = gilet; swimsuit = badpak; trunks = zwembroek; bra = beha; lingerie = ondergoed; tops = bovenkleding; bottoms =
broeken; dresses = jurken; outerwear = jassen; knitwear = truien; accessories = accessoire sieraden; bags = tassen;
leather = leer leren; wool = wol wollen; linen = linnen; cotton = katoen katoenen; silk = zijde zijden; winter = winters;
summer = zomer; waterproof = waterdicht waterdichte; rain = regen; snow = sneeuw; velvet = fluweel; suede = suède
"""
JAPANESE: Final = """
t-shirt = Tシャツ ティーシャツ; polo = ポロシャツ; blouse = ブラウス; shirt = シャツ; tank-top = タンクトップ; trousers =
ズボン パンツ スラックス チノパン; jeans = ジーンズ デニムパンツ ジーパン; shorts = ショートパンツ 短パン ハーフパンツ;
skirt = スカート; leggings = レギンス; dress = ワンピース ドレス; jumpsuit = オールインワン ジャンプスーツ; overalls =
オーバーオール サロペット; rain-jacket = レインコート レインジャケット 雨合羽; trench = トレンチコート; puffer =
ダウンジャケット 中綿ジャケット; denim-jacket = デニムジャケット ジージャン; leather-jacket = レザージャケット 革ジャン;
coat = コート 外套; parka = モッズコート; jacket = ジャケット 上着 ブルゾン; fleece = フリース; cardigan = カーディガン;
hoodie = パーカー スウェット; turtleneck = タートルネック; jumper = セーター ニット; rain-boots = 長靴 レインブーツ; boots
= ブーツ; loafers = ローファー; trainers = スニーカー 運動靴; heels = パンプス ハイヒール; sandals = サンダル; brogues =
革靴; shoes = 靴 シューズ; backpack = リュック バックパック リュックサック; tote = トートバッグ; crossbody-bag =
ショルダーバッグ; clutch = クラッチバッグ; bag = バッグ 鞄 かばん カバン ハンドバッグ; scarf = マフラー スカーフ ストール;
beanie = ニット帽 ビーニー; cap = キャップ; hat = 帽子 ハット; belt = ベルト; gloves = 手袋; sunglasses = サングラス 眼鏡;
tie = ネクタイ; watch = 腕時計 時計; umbrella = 傘; necklace = ネックレス; earrings = ピアス イヤリング; bracelet =
ブレスレット; ring = 指輪; wallet = 財布; socks = 靴下 ソックス; tights = タイツ; blazer = ブレザー; suit = スーツ;
waistcoat = ベスト; swimsuit = 水着; pyjamas = パジャマ; lingerie = 下着; tops = トップス; bottoms = ボトムス; outerwear =
アウター; knitwear = ニットウェア; accessories = アクセサリー 小物; leather = 革 レザー 本革; wool = ウール 羊毛; linen =
リネン 麻; cotton = 綿 コットン; silk = シルク 絹; denim = デニム; winter = 冬 冬用; summer = 夏 夏用; waterproof = 防水;
rain = 雨; snow = スノー 雪; down = ダウン
"""
PHRASE_LENGTH: Final = 4
MIN_HEAD: Final = 3
FOR: Final = re.compile(r"\bfür\b", re.IGNORECASE)  # without its dots it is what coats are made of
JOINTS: Final = ("s", "n", "en", "e", "")  # between the parts of a compound


def folded(word: str) -> str:
    """Return a word without case and accents: "Gürtel" as gurtel."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=8192)
def in_english(text: str) -> str:
    """Return a text with every word for clothes that is known here replaced by its English one; the rest stays as it is."""
    if any(ord(letter) > 0x2FFF for letter in text):  # noqa: PLR2004  (where Japanese letters begin)
        pattern, words = _japanese()
        text = pattern.sub(lambda match: f" {words[match.group(0)]} ", text)
    tokens = re.findall(r"\w+(?:['\u2019]\w+)*", folded(FOR.sub("for", text)))
    foreign = any(token in HINTS or (token in _table() and not _is_english(token)) for token in tokens)
    out: list[str] = []
    at = 0
    while at < len(tokens):
        english, used = _at(tokens, at, foreign=foreign)
        out.append(english)
        at += used
    return " ".join(out)


def _at(tokens: list[str], at: int, *, foreign: bool) -> tuple[str, int]:
    table = _table()
    for length in range(min(PHRASE_LENGTH, len(tokens) - at), 0, -1):
        phrase = "-".join(tokens[at : at + length])
        if phrase in table and (foreign or not _is_english(phrase)):
            return table[phrase], length
    word = tokens[at]
    return _compound(word) or word, 1


def _is_english(word: str) -> bool:
    return word in ENGLISH or (word.removesuffix("s") in ENGLISH and word != "robes")  # as a category, these are dresses


@lru_cache(maxsize=8192)
def _compound(word: str) -> str | None:
    """Return the English of a German or Dutch compound, the kind before the thing: "wollmantel" as wool coat."""
    heads, whole = _germanic(), _table()
    for cut in range(MIN_HEAD, len(word) - MIN_HEAD + 1):
        head = heads.get(word[cut:])
        if head is None:
            continue
        first = word[:cut]
        for joint in JOINTS:
            stem = first.removesuffix(joint) if joint else first
            if stem in whole:
                return f"{whole[stem]} {head}"
        return f"{first} {head}"
    return None


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for entry in " ".join(text.split()).split(";"):
        english, _, words = entry.partition("=")
        for word in words.split():
            yield english.strip(), word


@cache
def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    later = (further.GERMAN, further.FRENCH, further.SPANISH, further.ITALIAN, further.PORTUGUESE, further.DUTCH)
    for text in (GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH, *later):
        for english, word in _entries(text):
            key = folded(word).replace("\u2019", "'")
            for form in (key, f"{key}s", f"{key}n"):
                table.setdefault(form, english)
    return table


@cache
def _germanic() -> dict[str, str]:
    found: dict[str, str] = {}
    for text in (GERMAN, DUTCH, further.GERMAN, further.DUTCH):
        for english, word in _entries(text):
            key = folded(word)
            for form in (key, f"{key}e", f"{key}n", f"{key}en"):
                found.setdefault(form, english)
    return {word: english for word, english in found.items() if len(word) >= MIN_HEAD and word not in {"ring", "vest", "top"}}


@cache
def _japanese() -> tuple[re.Pattern[str], dict[str, str]]:
    words = {word: english for english, word in (*_entries(JAPANESE), *_entries(further.JAPANESE))}
    longest = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest))), words


# Written alike in English, where it means another thing or nothing to wear: read as foreign only beside a word that is foreign.
ENGLISH: Final = frozenset({
    "top", "tops", "body", "short", "costume", "costumes", "vest", "vests", "gilet", "gilets", "robe", "polo", "cape", "bonnet",
    "das", "pet", "pets", "pile", "tennis", "basket", "pumps", "pull", "collar", "collars", "bas", "mono", "ante", "sport",
    "slipper", "slippers", "overall", "overalls", "rock", "mantel", "hose", "jersey", "shopper", "clutch", "pack", "ring",
    "rings",
    "pan", "sweat", "sweater", "derby", "polar", "jack", "plumas", "tuta", "completo", "pelle", "meia", "fato",
    "pochette", "blouse", "blouses", "jean", "pullover", "legging", "chino", "panty", "traje", "suit",
})  # fmt: skip
# colours and small words that tell a language by themselves
TELLING: Final = """
schwarz schwarze schwarzer weiß weiße weißer blau blaue blauer rot rote roter grün grüne grau graue braun braune mit und für
aus herren damen gestreift kariert dunkelblau hellblau noir noire blanc blanche bleu bleue rouge vert grise marron rayé rayée
le les pour avec femme homme longue courte manches negro negra blanco blanca azul rojo roja verde marrón con para mujer
hombre nero nera bianco bianca rosso rossa blu grigio grigia marrone di uomo donna preto preta branco branca vermelho
vermelha cinza blanches blancs noires noirs bleues verte vertes rouges grises laine cuir brut femmes hommes negros negras
blancos blancas azules rojos rojas verdes grises marrones rayas cuadros neri nere bianchi bianche grigi grigie rossi rosse
marroni verdi pretos pretas brancos brancas azuis hellgrau dunkelgrau schwarzes weisse weisses rotes graues blaues braunes
vermelhos cinzentas castanho com mulher homem zwart zwarte wit witte rood rode blauw blauwe groen groene grijs grijze bruin
bruine met dames heren
"""
HINTS: Final = frozenset(map(folded, TELLING.split()))
