"""Further words for clothes: of Latin America, Brazil, Québec and Switzerland, of sport, work and everyday. Made by us.

Written as in `translations`: `english = words`. What stands there already is not repeated.
"""

from typing import Final

GERMAN: Final = """
t-shirt = leibchen funktionsshirt sportshirt; top = longsleeve; shirt = leinenhemd jeanshemd karohemd businesshemd;
tank-top = achselshirt unterziehshirt; trousers = leinenhose wanderhose outdoorhose cargohose bundfaltenhose lederhose;
joggers = jogginghose trainingshose sporthose; leggings = laufhose radlerhose; shorts = badeshorts radhose; dress =
sommerkleid strickkleid dirndl etuikleid; overalls = latzhosen blaumann; jacket = softshelljacke blouson laufjacke
trainingsjacke kapuzenjacke skijacke; rain-jacket = friesennerz; coat = wollmantel; jumper = strickpulli sweatpulli
troyer; cardigan = strickweste; hoodie = kapuzenjacke; boots = bergschuhe winterstiefel winterschuhe wanderstiefel;
trainers = laufschuhe laufschuh wanderschuhe tennisschuhe; sandals = badelatschen badeschlappen flipflops zehentrenner;
shoes = halbschuh hausschuhe hausschuh pantoffeln; tote = stoffbeutel jutebeutel einkaufstasche; bag = bauchtasche
aktentasche reisetasche sporttasche laptoptasche; scarf = seidentuch; hat = sonnenhut strohhut; beanie = wollmütze
haube; cap = schiebermütze; headscarf = kopftuch; gloves = fäustlinge; socks = strümpfe wollsocken kniestrümpfe
sneakersocken; tights = strumpfhosen; tie = krawatten; wallet = geldbeutel brieftasche; belt = ledergürtel; bra =
büstenhalter sportbh; briefs = unterhose boxershorts; pyjamas = nachthemd; trunks = badehosen; blazer = sakkos jackett;
waistcoat = anzugweste; suit = kostüm
"""
FRENCH: Final = """
tank-top = débardeurs; top = brassière caraco crop-top; shirt = chemisette surchemise; trousers = pantalons; joggers =
jogging survêtement pantalon-de-jogging; shorts = culotte-courte; skirt = jupes jupe-culotte; dress = robe-chemise
robe-pull; jumpsuit = combi-pantalon; jacket = vestes blousons; coat = manteaux caban duffle-coat paletot; rain-jacket =
k-way coupe-vent; jumper = pulls gros-pull; cardigan = gilets-en-laine; boots = bottillons bottes-d'hiver; trainers =
basket baskets espadrilles-de-course; heels = talons-hauts; sandals = tongs tong claquettes claquette nu-pieds
gougounes; shoes = chaussons sabots sabot souliers soulier; bag = besace banane cartable sac-banane sacoche bourse;
scarf = châle étole tour-de-cou; beanie = tuque bonnet; hat = béret chapeau-de-paille; cap = casquettes calotte; gloves
= mitaines moufles; sunglasses = lunettes-soleil; socks = bas-de-laine mi-bas; trunks = short-de-bain maillot-short;
swimsuit = maillots; briefs = caleçon; pyjamas = chemise-de-nuit pyjamas; blazer = veston; tie = noeud-papillon; watch =
montres; earrings = boucles; ring = bagues; suit = complet
"""
SPANISH: Final = """
t-shirt = remera remeras polera poleras playera playeras camisetas; tank-top = musculosa esqueleto camisilla; shirt =
camisas guayabera; top = crop-top; trousers = pantalones-de-vestir; joggers = buzo-pantalón pantalón-de-chándal; jeans =
vaqueros mezclilla blue-jeans; shorts = pantaloneta pantalones-cortos; skirt = pollera polleras faldas; leggings =
calzas calza; dress = vestidos; jumpsuit = enterito mono-largo; overalls = jardinero overol; jacket = campera camperas
chamarra chamarras casaca casacas chumpa cazadoras chaquetón; coat = tapado sobretodo abrigos; rain-jacket = piloto
rompevientos cortavientos; parka = parca; jumper = chompa chompas pulóver chaleca jerséis suéteres; cardigan =
saco-de-lana chaqueta-de-punto; hoodie = buzo buzos polerón polerones canguro sudaderas; boots = botines bototos
borceguíes; trainers = tenis zapatillas championes; sandals = chanclas chancla ojotas chalas chancletas sandalia
huaraches; shoes = zuecos merceditas pantuflas; heels = zapatos-de-tacón; bag = riñonera maletín carteras; backpack =
morral mochilas; scarf = chalina chal mantón pashmina bufandas; hat = sombreros; beanie = gorros; cap = gorras cachucha
boina visera; headscarf = velo hiyab; gloves = mitones; sunglasses = lentes-de-sol lentes anteojos-de-sol anteojos;
earrings = aretes aros zarcillos caravanas; necklace = collares cadena; bracelet = pulseras; socks = medias-cortas
soquetes calcetas; belt = correa cinturones cinto; tie = corbatín pajarita moño; swimsuit = malla traje-de-baño
vestido-de-baño; trunks = bermudas-de-baño; bra = corpiño sostén brasier; briefs = calzoncillos bragas calzones; pyjamas
= pijamas camisón; waistcoat = chalecos; blazer = saco; suit = terno
"""
ITALIAN: Final = """
t-shirt = magliette; tank-top = canottiera; shirt = camicie camiciotto; blouse = camicetta camicette bluse; top =
toppino; trousers = pantaloni-cargo pantalone-elegante; joggers = pantaloni-della-tuta; shorts = calzoncini; skirt =
gonne; dress = abitino vestitino tubino; overalls = salopette-jeans; suit = abito-uomo; jacket = giubbotti giubbino
bomber-giacca chiodo; coat = cappottino paltò montgomery; rain-jacket = k-way giacca-a-vento; parka = eskimo; jumper =
golfino pulloverino maglioncino lupetto; cardigan = golf-aperto; hoodie = felpe; boots = anfibi scarponi scarponcini
polacchine; trainers = scarpe-da-tennis; sandals = ciabatte infradito ciabatta zoccoli; heels = décolletè; flats =
paperine scarpe-basse; shoes = pantofole zoccolo; bag = marsupio cartella valigetta borsone; scarf = scialle stola
pashmina foulard; hat = cappelli cappello-di-paglia; beanie = cuffie berretti; cap = cappellino coppola basco; headscarf
= velo fazzoletto; gloves = muffole; socks = calzettoni gambaletti; tie = cravatte farfallino papillon; swimsuit =
costume-intero; trunks = costume-da-uomo boxer-mare; briefs = mutande; pyjamas = camicia-da-notte pigiami; earrings =
orecchini; necklace = collane; waistcoat = gilet-da-abito
"""
PORTUGUESE: Final = """
t-shirt = camisetas; tank-top = regata regatas cavada; shirt = camisas camisa-social; blouse = blusas bata; top =
corpete; trousers = pantalona calça-social pantacourt; joggers = calça-de-moletom calça-jogger; jeans = calças-jeans;
shorts = calções; skirt = saias; dress = vestidos; jumpsuit = macaquinho macacão-longo; jacket = jaquetas casaquinho;
coat = sobretudos; rain-jacket = corta-vento; parka = parca; jumper = blusa-de-frio tricô suéteres camisolas; hoodie =
moletons blusão-com-capuz; boots = coturno coturnos bota; trainers = tênis sapatênis ténis; sandals = chinelo chinelos
rasteirinha rasteirinhas papete havaianas; shoes = tamancos pantufas scarpin; heels = sapato-de-salto scarpins; bag =
bolsas pochete; backpack = mochilas; scarf = cachecóis xale echarpe; hat = chapéus; beanie = gorros; cap = bonés boina
viseira; headscarf = véu; gloves = mitenes; sunglasses = óculos-escuros; earrings = argolas; necklace = corrente
colares; bracelet = pulseiras; socks = meião peúgas; belt = cintos; tie = gravatas gravata-borboleta; swimsuit = maiôs;
trunks = sunga calção-de-banho; bikini = biquíni biquínis biquini; bra = soutien; briefs = cuecas cueca calcinha;
pyjamas = pijamas camisola-de-dormir; blazer = paletó; suit = ternos fatos
"""
DUTCH: Final = """
tank-top = hemdje-zonder-mouwen; trousers = broeken cargobroek nette-broek wandelbroek regenbroek; joggers =
joggingbroek trainingsbroek; shorts = kortebroek; skirt = rokken; dress = jurken jurkje; jacket = jassen windjack
trainingsjas zomerjas spijkerjack; coat = mantels wollen-jas; rain-jacket = regenpak; jumper = truien schipperstrui;
cardigan = vestje; hoodie = capuchonvest; boots = winterlaarzen bergschoenen wandelschoenen; trainers = hardloopschoenen
gymschoenen; sandals = teenslippers badslippers slippertjes; shoes = klompen pantoffels sloffen; heels = hakschoenen;
bag = heuptas aktetas; tote = linnen-tas; scarf = omslagdoek sjaals; beanie = mutsen; cap = petten petje; headscarf =
hoofddoek; gloves = wanten fietshandschoenen; socks = kousen; tights = panty's; swimsuit = zwempak; briefs = onderbroek
boxershort; pyjamas = nachthemd; tie = dassen vlinderdas strikje; belt = riemen; earrings = oorbellen; suit = trouwpak
"""
JAPANESE: Final = """
shirt = ワイシャツ ブラウスシャツ アロハシャツ; t-shirt = ロンT カットソー; hoodie = トレーナー
スウェットシャツ; joggers = スウェットパンツ ジャージ; trousers = カーゴパンツ ワイドパンツ 長ズボン;
skirt = ロングスカート ミニスカート; dress = 着物 浴衣; jacket = ジャンパー ウインドブレーカー; coat
= ダッフルコート ピーコート; gilet = ダウンベスト; sandals = ビーチサンダル 下駄 草履; flats =
バレエシューズ フラットシューズ; bag = ビジネスバッグ ボストンバッグ ウエストポーチ; hat = 麦わら帽子 ベレー帽;
headscarf = ヒジャブ; tie = 蝶ネクタイ; trunks = 海パン; bikini = ビキニ
"""
