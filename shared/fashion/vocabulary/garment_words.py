"""Words for garments that mean the same thing, one group a line, the everyday word first.

Made by us, from what shops, dressmakers and both sides of the Atlantic call things. A word stands in one group alone; what is
a kind of another thing (a moccasin of a shoe) has a group of its own. Spelling, hyphens and plurals are folded elsewhere.
"""

from typing import Final

TOPS: Final = """
t-shirt | tee | tee shirt | tshirt | tees | t shirts | tee-shirts
shirt | button-up | button-up shirt | button-down | button-down shirt | button-front shirt | shirts | woven shirt
| button-through shirt
dress shirt | evening shirt | formal shirt
blouse
polo shirt | sport shirt | polo | golf shirt | tennis shirt
tank top | vest top | sleeveless tee | muscle tee | muscle top
camisole | cami | cami top | camisole top | underbodice
crop top | cropped top | belly top | midriff top
halter | halterneck | halter top | halterneck top
tube top | bandeau top | boob tube
bodysuit | leotard top
tunic | tunic top
overshirt | shirt jacket | shacket
lumberjack shirt | flannel shirt
hawaiian shirt | aloha shirt
henley | henley shirt | grandad shirt | granddad shirt | henley top | henley tee
rugby shirt | rugby jersey | rugby top
football shirt | soccer jersey | soccer shirt | football jersey
breton top | breton shirt | sailor top | mariniere
top
sweater | jumper | pullover | jersey sweater | slipover | pullover sweater | knitted sweater | knit sweater | knitted jumper
| knit jumper | knit pullover | knitted pullover | sweaters and jumpers | crewneck sweater | woolly jumper
cardigan | cardi | cardie
turtleneck | polo neck | roll neck | turtleneck sweater | polo-neck jumper | roll-neck jumper | turtle neck | turtle | skivvy
| turtleneck jumper | turtleneck top
mock neck | mock turtleneck | funnel neck
sweatshirt | sweat shirt | crewneck sweatshirt | sweater shirt | sweat top
hoodie | hoody | hooded sweatshirt | hooded sweater | hooded jumper | hooded top | hooded sweat | hoodie sweatshirt
sweater vest | knitted vest | sleeveless sweater | sleeveless jumper
twinset | twin set | sweater set
shrug
bolero | bolero jacket
dickey | dickie | shirtfront
undershirt | singlet | wifebeater
"""
BOTTOMS: Final = """
trousers | pants | trouser | pant | slacks | pair of trousers | pair of pants
jeans | blue jeans | denim jeans | denims | jean | denim pants | denim trousers
chinos | chino | khakis | chino trousers | chino pants
cargo trousers | cargo pants | cargos | combat trousers | combats
corduroys | cords | corduroy trousers | corduroy pants
joggers | sweatpants | sweat pants | jogging bottoms | jogging pants | tracksuit bottoms | sweats bottoms | jogger pants
| jogger | tracksuit trousers | jogging trousers | track bottoms
track pants | tracksuit pants | trackies
leggings | legging | legings
jeggings | denim leggings
shorts | short pants
cycling shorts | bike shorts | biker shorts | bicycle shorts
bermuda shorts | bermudas | jamaica shorts | walking shorts
cutoffs | cut-offs | denim shorts | jean shorts | jorts | cut-off jeans | cut-off shorts | denim cutoffs | cut-off denim shorts
hot pants | short shorts | micro shorts
culottes | culotte | divided skirt | split skirt
capri pants | capris | capri trousers
pedal pushers | toreador pants | clam diggers
cropped trousers | cropped pants | three-quarter trousers
palazzo pants | palazzo trousers | palazzos | palazzo
bell-bottoms | bell bottom | bellbottom trousers | bell bottom jeans | flares | flared trousers | flared pants | flared jeans
| flare jeans | flare pants | flare trousers
harem pants | harem trousers | hammer pants | parachute pants | harems
skinny jeans | skinnies | skinny jean | drainpipe jeans | drainpipes | drainpipe trousers | stovepipe jeans | skinny denim
knee breeches | knee pants | breeches | knickerbockers
plus fours
jodhpurs | riding breeches | jodhpur breeches | riding pants
lederhosen
overtrousers | rain pants | waterproof trousers
skirt
miniskirt | mini skirt | thigh-length skirt
midi skirt | calf-length skirt
maxi skirt | floor-length skirt | ankle-length skirt | full-length skirt
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
dress | frock | frocks
gown
evening dress | evening gown | dinner dress | dinner gown | formal gown | evening gowns | formal dress
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
mini dress | minidress | thigh-length dress
midi dress | calf-length dress
maxi dress | floor-length dress | ankle-length dress | full-length dress
sweater dress | jumper dress | knit dress | knitted dress | knitwear dress | jersey knit dress
pinafore | pinafore dress | pinny | gymslip | jumper skirt | pinafore frock
tea dress
smock dress | smock
kaftan | caftan
muumuu | mother hubbard
kimono
cheongsam | qipao
sari | saree
dirndl
jumpsuit | all-in-one
playsuit | romper | romper suit | rompers
dungarees | overalls | bib overalls | dungaree | bib and brace | bib and braces | dungaree overalls | bib-and-brace overalls
boiler suit | coverall | coveralls | boilersuit | flight suit | overall suit
catsuit | unitard | body stocking
"""
OUTERWEAR: Final = """
coat
overcoat | topcoat | greatcoat | top coat
jacket
raincoat | mac | mack | mackintosh | macintosh | rain coat | rain mac | rain jacket | slicker | waterproof coat
| waterproof jacket
| waterproofs | rainwear
cagoule | kagoul | kagoule | cagoul | pac-a-mac | kag | cag
trench coat | trench | trenchcoat
parka | anorak
windbreaker | windcheater | wind jacket | windjammer
puffer jacket | puffer | down jacket | quilted jacket | puffa jacket | padded jacket | puffer coat | down coat | padded coat
| puffer coat jacket | puffers | quilted coat | puffy jacket | padded puffer | down puffer | bubble jacket | bubble coat
gilet | bodywarmer | body warmer | puffer vest | quilted vest | padded vest | down vest
fleece | fleece jacket | polar fleece | fleece pullover | fleece top
denim jacket | jean jacket | trucker jacket | jeans jacket
leather jacket
biker jacket | moto jacket | motorcycle jacket | perfecto
bomber jacket | bomber | flight jacket | aviator jacket | ma-1
varsity jacket | letterman jacket | baseball jacket | college jacket
lumberjack jacket | lumberjacket | lumber jacket | lumberjack
field jacket | army jacket | military jacket | m65 jacket | m65
safari jacket | bush jacket
barn jacket | chore jacket | chore coat | worker jacket | french work jacket | barn coat | workwear jacket | bleu de travail
ski jacket | ski parka | snow jacket | ski coat
tracksuit jacket | track jacket | track top | tracksuit top
pea coat | peacoat | pea jacket | reefer jacket | reefer coat | reefer | pilot coat
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
shawl | scarf | wrap scarf | scarves | neck scarf
stole
blazer | sport coat | sports coat | sport jacket | sports jacket | suit jacket | blazers | suit coat | sport blazer
suit | suit of clothes | suits
business suit | office suit
two-piece suit | two-piece | lounge suit
trouser suit | pantsuit | pant suit | trousersuit
tuxedo | dinner jacket | tux | dinner suit | smoking
waistcoat | vest | suit vest
tracksuit | sweats | workout suit | sweatsuit | jogging suit | track suit | shell suit | warm-up suit
wetsuit | wet suit
lab coat | laboratory coat
duster coat | dust coat | duster
dressing gown | bathrobe | robe | bath robe | lounging robe | robe de chambre | house robe | bath gown
negligee | négligée | peignoir | neglige | housecoat
"""
UNDERWEAR: Final = """
underwear | unmentionables | unmentionable | underclothes | underclothing | undergarments | undies | undergarment | smalls
| underthings
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
braces | gallus | brace | suspenders | galluses
garter
slip | chemise | full slip | shimmy
teddy
bloomers
long johns | long underwear | thermals | thermal underwear | long-johns | long john
nightgown | nightdress | nightie | night gown | nighty | night-robe | sleep dress | nightie dress
nightshirt
pyjamas | pajamas | pjs | jammies | pyjama | pajama | pjs set | nightsuit | pajama set | pyjamas set | sleep set
sleepwear | nightwear | nightclothes | night clothes
loungewear | lounge clothes | leisurewear
tights | pantyhose | panty hose
stockings | stocking
nylons | rayons | rayon stockings | nylon stockings | silk stockings | nylon stocking | silk stocking
socks | sock
ankle socks | bobby socks | bobbysock | bobbysocks | bobby sock
knee socks | knee-highs | knee-high socks | knee-hi | knee-hose
hosiery | hose
swimsuit | swimwear | bathing suit | swimming costume | swimming suit | bathing costume | one-piece swimsuit | swim suit
| bathers | swimmers | cossie | swimming togs
beachwear
bikini | two-piece swimsuit
swimming trunks | swim trunks | bathing trunks | swim shorts | swim trunk | swimming shorts | bathing shorts
board shorts | boardshorts
tankini
cover-up | beach cover-up
"""
GROUPS: Final = "".join((TOPS, BOTTOMS, DRESSES, OUTERWEAR, UNDERWEAR))
