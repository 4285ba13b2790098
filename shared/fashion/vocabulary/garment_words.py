"""Words for garments that mean the same thing, one group a line, the everyday word first.

Made by us, from what shops, dressmakers and both sides of the Atlantic call things. A word stands in one group alone; what is
a kind of another thing (a moccasin of a shoe) has a group of its own. Spelling, hyphens and plurals are folded elsewhere.
"""

from typing import Final

TOPS: Final = """
t-shirt | tee | tee shirt | tshirt
shirt | button-up | button-up shirt | button-down | button-down shirt | button-front shirt
dress shirt | evening shirt | formal shirt
blouse
polo shirt | polo | golf shirt | tennis shirt
tank top | sleeveless tee | muscle tee | muscle top
camisole | cami | cami top | camisole top | underbodice
crop top | cropped top | belly top | midriff top
halter | halterneck | halter top | halterneck top
tube top | bandeau top | boob tube
bodysuit | leotard top
tunic | tunic top
overshirt | shirt jacket | shacket
lumberjack shirt | flannel shirt
hawaiian shirt | aloha shirt
henley | henley shirt | grandad shirt | granddad shirt
rugby shirt | rugby jersey
football shirt | soccer jersey | soccer shirt | football jersey
breton top | breton shirt | sailor top | mariniere
top
sweater | jumper | pullover | jersey sweater | slipover
cardigan | cardi | cardie
turtleneck | polo neck | roll neck | turtleneck sweater | polo-neck jumper | roll-neck jumper | turtle neck | turtle | skivvy
mock neck | mock turtleneck | funnel neck
sweatshirt | sweat shirt | crewneck sweatshirt
hoodie | hoody | hooded sweatshirt | hooded sweater | hooded jumper
sweater vest | knitted vest | sleeveless sweater | sleeveless jumper
twinset | twin set | sweater set
shrug
bolero | bolero jacket
dickey | dickie | shirtfront
undershirt | singlet | vest top
"""
BOTTOMS: Final = """
trousers | pants | trouser | pant | slacks | pair of trousers | pair of pants
jeans | blue jeans | denim jeans | denims | jean | denim pants | denim trousers
chinos | chino | khakis | chino trousers | chino pants
cargo trousers | cargo pants | cargos | combat trousers | combats
corduroys | cords | corduroy trousers | corduroy pants
joggers | sweatpants | sweat pants | jogging bottoms | jogging pants | tracksuit bottoms
track pants | tracksuit pants | trackies
leggings | legging
jeggings | denim leggings
shorts | short pants
cycling shorts | bike shorts | biker shorts | bicycle shorts
bermuda shorts | bermudas | jamaica shorts | walking shorts
cutoffs | cut-offs | denim shorts | jean shorts | jorts | cut-off jeans
hot pants | short shorts | micro shorts
culottes | culotte | divided skirt | split skirt
capri pants | capris | capri trousers
pedal pushers | toreador pants | clam diggers
cropped trousers | cropped pants | three-quarter trousers
palazzo pants | palazzo trousers
bell-bottoms | bell bottom | bellbottom trousers | bell bottom jeans | flares | flared trousers | flared pants | flared jeans
harem pants | harem trousers | hammer pants | parachute pants
skinny jeans | skinnies | skinny jean
knee breeches | knee pants | breeches | knickerbockers
plus fours
jodhpurs | riding breeches | jodhpur breeches | riding pants
lederhosen
overtrousers | rain pants | waterproof trousers
skirt
miniskirt | mini skirt
midi skirt
maxi skirt
pencil skirt | tube skirt | tight skirt
a-line skirt
pleated skirt
wrap skirt | wraparound skirt | wrapover skirt
skater skirt | circle skirt
gypsy skirt
prairie skirt
kilt
tutu | ballet skirt
hoopskirt | crinoline | hoop skirt
sarong | pareo
petticoat | underskirt | half slip | waist slip
skort
"""
DRESSES: Final = """
dress | frock
gown
evening dress | evening gown | dinner dress | dinner gown | formal gown
ball gown | ballgown | ball dress
cocktail dress | party dress
little black dress | lbd
wedding dress | wedding gown | bridal gown | bridal dress
prom dress | prom gown
sundress | sun dress | summer dress | strappy dress
slip dress | slipdress
shirt dress | shirtdress | shirtwaister | shirtwaist dress | shirtwaist
wrap dress | wraparound dress | wrapover dress
shift dress | shift
sheath dress | sheath | pencil dress
bodycon dress | bandage dress | body-conscious dress
mini dress | minidress
midi dress
maxi dress
sweater dress | jumper dress | knit dress | knitted dress
pinafore | pinafore dress | pinny | gymslip
tea dress
smock dress | smock
kaftan | caftan
muumuu
kimono
cheongsam | qipao
sari | saree
dirndl
jumpsuit | all-in-one
playsuit | romper | romper suit
dungarees | overalls | bib overalls | dungaree | bib and brace
boiler suit | coverall | coveralls | boilersuit | flight suit | overall suit
catsuit | unitard | body stocking
"""
OUTERWEAR: Final = """
coat
overcoat | topcoat | greatcoat | top coat
jacket
raincoat | mac | mackintosh | macintosh | rain coat | rain mac | rain jacket | slicker | waterproof coat | waterproof jacket
cagoule | kagoul | kagoule | cagoul
trench coat | trench | trenchcoat
parka | anorak
windbreaker | windcheater | wind jacket | windjammer
puffer jacket | puffer | down jacket | quilted jacket | puffa jacket | padded jacket | puffer coat | down coat | padded coat
gilet | bodywarmer | body warmer | puffer vest | quilted vest | padded vest | down vest
fleece | fleece jacket | polar fleece
denim jacket | jean jacket | trucker jacket | jeans jacket
leather jacket
biker jacket | moto jacket | motorcycle jacket | perfecto
bomber jacket | bomber | flight jacket | aviator jacket | ma-1
varsity jacket | letterman jacket | baseball jacket | college jacket
lumberjack jacket | lumberjacket | lumber jacket | lumberjack
field jacket | army jacket | military jacket
safari jacket | bush jacket
barn jacket | chore jacket | chore coat | worker jacket | french work jacket
ski jacket | ski parka | snow jacket | ski coat
tracksuit jacket | track jacket | track top | tracksuit top
pea coat | peacoat | pea jacket
duffle coat | duffel coat | toggle coat
car coat
shearling coat | sheepskin coat | sheepskin jacket | shearling jacket | afghan coat
fur coat
teddy coat | teddy bear coat | borg coat
frock coat
tailcoat | tail coat | swallow-tailed coat | morning coat | cutaway | swallowtail coat | swallowtail | tails
cape | mantle
cloak
poncho
shawl | scarf | wrap scarf
stole
blazer | sport coat | sports coat | sport jacket | sports jacket | suit jacket
suit | suit of clothes
two-piece suit | two-piece | lounge suit
trouser suit | pantsuit | pant suit | trousersuit
tuxedo | dinner jacket | tux | dinner suit | smoking
waistcoat | vest | suit vest
tracksuit | sweatsuit | jogging suit | track suit | shell suit | warm-up suit
wetsuit | wet suit
lab coat | laboratory coat
duster coat | dust coat | duster
dressing gown | bathrobe | robe | bath robe | lounging robe | robe de chambre
negligee | peignoir | neglige | housecoat
"""
UNDERWEAR: Final = """
underwear | underclothes | underclothing | undergarments | undies | undergarment
lingerie | intimates | intimate apparel
bra | brassiere
bralette | soft bra | bralet
sports bra | sport bra | running bra | crop bra
panties | knickers | panty | pantie
underpants | undershorts
drawers | underdrawers
briefs | jockey shorts | y-fronts
boxer shorts | boxers | boxershorts
thong | g-string | tanga
corset | stays
bustier
girdle
foundation garment | foundation
suspender belt | garter belt
braces | suspenders | galluses
garter
slip | chemise | full slip | shimmy
teddy
bloomers
long johns | long underwear | thermals | thermal underwear | long-johns
nightgown | nightdress | nightie | night gown | nighty | night-robe
nightshirt
pyjamas | pajamas | pjs | jammies | pyjama | pajama
sleepwear | nightwear | nightclothes | night clothes
loungewear
tights | pantyhose | panty hose
stockings | stocking
nylons | nylon stockings | silk stockings | nylon stocking | silk stocking
socks | sock
ankle socks | bobby socks | bobbysock | bobbysocks | bobby sock
knee socks | knee-highs | knee-high socks | knee-hi | knee-hose
hosiery | hose
swimsuit | swimwear | bathing suit | swimming costume | swimming suit | bathing costume | one-piece swimsuit | swim suit
beachwear
bikini | two-piece swimsuit
swimming trunks | swim trunks | bathing trunks | swim shorts
board shorts | boardshorts
tankini
cover-up | beach cover-up
"""
GROUPS: Final = "".join((TOPS, BOTTOMS, DRESSES, OUTERWEAR, UNDERWEAR))
