"""Words for fabrics, patterns, fits and details that mean the same, one group a line, the everyday word first. Made by us."""

from typing import Final

FABRICS: Final = """
cotton
linen
silk | silken cloth
satin
sateen
wool | woollen | woolen
woolly | wooly | lanate
merino | merino wool
cashmere | cashmere wool
mohair
angora
alpaca
camel hair | camelhair
tweed
worsted
flannel
felt
fleece fabric | polar fleece fabric
jersey | jersey knit
knitted | knit | knitted fabric
cable knit | cable-knit | cable stitch | aran knit
ribbed | rib knit | ribbed knit
crochet | crocheted
denim
chambray
corduroy | cord
velvet | velvety
velveteen
velour | velours
chenille
leather | leathery | leatherlike
suede | suede leather | suede cloth
nubuck
patent leather | patent
faux leather | imitation leather | leatherette | vegan leather | pleather | artificial leather | leather-look
| synthetic leather
faux fur | fake fur | imitation fur | artificial fur | fun fur
fur | real fur
shearling | sheepskin
faux suede | imitation suede | ultrasuede | suedette | alcantara
canvas | sailcloth
lace
broderie anglaise | eyelet lace | english embroidery
tulle
mesh | net | netting | meshing | meshwork | network
fishnet
chiffon
organza
organdie | organdy
georgette
voile
muslin
crepe | crape
taffeta
brocade
damask
jacquard
poplin
gabardine | gaberdine
twill
seersucker
madras
gingham
hessian | burlap | gunny
terry cloth | terry | terry towelling | terrycloth
nylon | polyamide
polyester
viscose | rayon | viscose rayon
elastane | spandex | lycra
lyocell | tencel
acrylic
neoprene | scuba fabric
gore-tex
waxed cotton | wax cotton
rubber
latex
lame | metallic fabric
moire | watered silk
sheepskin leather
hemp
bamboo
down | goose down | duck down
"""
PATTERNS: Final = """
striped | stripes | stripe | stripy | stripey | stripiness
pinstripe | pinstriped | pinstripes | pin stripe
breton stripe | breton stripes | sailor stripe
checked | check | checks | checkered | chequered | checked pattern | checkerboard
tartan | plaid | tartan check
argyle | argyll | diamond pattern
houndstooth | dogtooth | hound's-tooth | dogstooth | houndstooth check | dogtooth check | dog-tooth
herringbone
prince of wales check | glen check | glen plaid | glenurquhart check
windowpane | windowpane check
polka dot | polka dots | dotted | dot | dots | polka-dotted | spotted | spotty | spots
speckled | flecked | stippled
floral | flowery | flowered | floral print | flower print | floral-print | flower pattern
ditsy floral | ditsy print
paisley | paisley print
animal print | animal-print
leopard print | leopard | leopard-print | leopard spot
zebra print | zebra | zebra stripe
cheetah print | cheetah
snake print | snakeskin | snakeskin print | python print
crocodile | croc | crocodile print | mock croc
tiger print | tiger
camouflage | camo | camouflage print | camo print
tie-dye | tie dye | tie-dyed
geometric | geometric print | geometrical
abstract | abstract print
graphic print | graphic
fair isle | fair isle pattern
ikat
batik
chevron | zigzag | zig-zag
ombre | dip-dyed | gradient
plain | solid | solid-coloured | unpatterned | plain-coloured | unadorned | unembellished | unornamented
patterned | printed | print | pattern
colour-block | color block | colour blocking | colour-blocked | colourblock
monochrome | monochromatic | single-coloured | monochromic
multicoloured | multicolored | multi-coloured | multicolour | many-coloured | rainbow-coloured | parti-coloured | motley
| varicoloured
colourful | colorful | vividly coloured
two-tone | two-toned | bicoloured | bicolour
tropical print | palm print
logo print | monogram print
"""
FITS: Final = """
oversized | oversize | over-sized | outsized
slouchy | slouch
baggy | loose-fitting | sloppy
loose | loose fit
relaxed | relaxed fit | easy fit
slim | slim fit | slim-fitting | slim cut
skinny | skinny fit
fitted | close-fitting | form-fitting | figure-hugging
skin-tight | skintight | tight-fitting | tightfitting | tightly fitting | tight | body-hugging
bodycon | body-conscious
regular fit | standard fit | classic fit
boxy | boxy fit
tapered | tapered leg | tapered fit
peg leg | peg-top
straight leg | straight-leg | straight cut | straight fit
wide leg | wide-leg | wide-legged
bootcut | boot-cut | boot leg | bootleg
flared | flare | bell-shaped
cropped | crop
longline | longer length
high waist | high-waisted | high rise | high-rise
low waist | low-waisted | low rise | low-rise | hipster cut | hip-hugging
mid rise | mid-rise
empire waist | empire line | empire waistline | high empire waist
drop waist | dropped waist | drop-waist
mini | mini length | thigh-length
midi | midi length | calf-length | mid-calf
maxi | maxi length | ankle-length | full-length
floor length | floor-length
knee length | knee-length
a-line | a line | a-shaped
pleated | pleats | pleat | pleating
gathered | shirred
ruched | ruching
draped | draping | drapey
tiered
asymmetric | asymmetrical | asymmetry
symmetrical | symmetric
peplum
wrap | wraparound | wrap-over | wrapover
double-breasted
single-breasted
sleeveless
strapless | bandeau
off-the-shoulder | off shoulder | bardot
one-shoulder | one shoulder | single-shoulder
cold shoulder
backless | open-back | low back
long sleeve | long-sleeved | long sleeves | full sleeve | full-length sleeve
short sleeve | short-sleeved | short sleeves
three-quarter sleeve | three-quarter-length sleeve | three-quarter sleeves
cap sleeve | cap sleeves
puff sleeve | puffed sleeve | puff sleeves | puffed sleeves | puffy sleeve | balloon sleeve
bell sleeve | bell sleeves
bishop sleeve
raglan | raglan sleeve
batwing | dolman | batwing sleeve | dolman sleeve
crew neck | crew-neck | crew neckline | crewneck
round neck | round neckline
scoop neck | scooped neck | scoop neckline
v-neck | v neck | v-neckline | vee neck | v-shaped neckline
boat neck | bateau neck | boat neckline | bateau | bateau neckline
square neck | square neckline | square-neck
cowl neck | cowl neckline | draped neck
halterneck neckline | halter neckline
high neck | high-necked | high neckline
sweetheart neckline | sweetheart neck
plunging neckline | plunge neck | plunging neck | low-cut | low neckline | deep neckline | low-necked | decollete | decolletage
mandarin collar | nehru collar | mao collar | stand-up collar
band collar | grandad collar
peter pan collar
shawl collar
lapel | lapels
hooded | hood
lace-up | laced | lace up
zip | zipper | zip fastener | zip-up | zipped | slide fastener
button | buttoned
snap fastener | press stud | popper | snap
hook and loop | velcro | touch fastener | touch-and-close
drawstring
pocket | pockets
patch pocket | patch pockets
frill | ruffle | ruffled | frilly | frilled | ruffles | frills
fringe | fringed | fringing | fringes
embroidered | embroidery
beaded | beading | bead | beadwork
sequinned | sequined | sequins | sequin | spangled | spangly
rhinestone | diamante | rhinestones | crystal-studded
studded | studs detail | stud detail
applique | appliqued
quilted | quilting
padded | wadded
tassel | tassels | tasselled
bow | bows
cut-out | cutout | cut out
slit | split | side slit | side split
distressed | ripped | destroyed
frayed | raw hem | raw edge
washed | stonewashed | stone-washed | acid wash
"""
FURTHER: Final = """
bouclé | boucle fabric
bombazine
canton flannel | cotton flannel
calico
cheesecloth | scrim
chinchilla
chintz
crepe de chine | crêpe de chine
crepe marocain | marocain
dimity
etamine | etamin
faille
foulard
fustian
grosgrain
haircloth | hair cloth
hopsack | hopsacking
huckaback | huck
khadi | khaddar
lawn
lisle
moleskin
mousseline
needlepoint lace | point lace
bobbin lace | pillow lace
oilskin
pashmina
percale
permanent press | durable press | non-crease fabric | drip-dry
pique
plush fabric | plush velvet
pongee
rep | repp
sackcloth | sacking
sarcenet | sarsenet
satinet | satinette
serge
sharkskin
stockinette | stockinet
tapestry | tapis
tarpaulin | tarp
ticking
toile de jouy | toile
valenciennes | valenciennes lace
vicuna
viyella
whipcord
polyurethane | pu leather
pvc | vinyl
jeans fabric
needlecord | fine-wale corduroy
sweatshirt fabric | loopback cotton
quilted fabric
rib
pointelle
chevron knit
intarsia
smocked | smocking | shirring
pin-tucked | pintuck | pintucks
perforated | laser-cut
scalloped | scalloped edge | scallop edge
piped | piping
contrast stitching | topstitching | top-stitching
gold-toned | gold-tone
marl | marled | heathered | melange | heather
stripe-free
pinspot | pin dot | pin dots
paint splatter | splatter print
butterfly print | butterflies
botanical | botanical print | leaf print | foliage print
harlequin
hand-woven | handwoven
hand-knitted | handknit | hand-knit
hand-painted
iridescent | opalescent | holographic | pearlescent | opaline | nacreous
nude-coloured | skin-coloured | skin-toned | flesh-coloured
jewel-toned | jewel tones | jewel-coloured
neon | fluorescent | day-glo
colour-coordinated | matching | coordinated | matchy-matchy
mismatched | uncoordinated
clashing
faded | washed-out | bleached
belted | tie-waist | with a belt
high-low | high-low hem | dipped hem | dip hem | mullet hem
bodice
hemline | hem
waistband | waistline band
cuff | cuffs | turn-up | turn-ups | turnup
hipster
bias-cut | cut on the bias | bias cut
boned | boning
darted | darts
cinched | cinched waist | nipped-in waist | nipped-in
shoulder pads | padded shoulders | shoulder-padded | power shoulders
spaghetti strap | spaghetti straps | strappy | thin straps
racerback | racer back | t-back
crisscross | criss-cross | crossover | cross-over
tie-front | tie front | knot front
keyhole neckline | keyhole neck
asymmetric hem | uneven hem | asymmetric hemline
square toe | square-toed | squared-toe
round toe | round-toed | rounded toe
pointed toe | pointed-toe | pointy toe | pointed | pointy | pointy-toed | pointed-toed
open toe | open-toed | peep toe | peep-toe
block heel | chunky heel | block-heeled
flat heel | flat sole | flat-soled
platform sole | flatform sole
"""
GROUPS: Final = "".join((FABRICS, PATTERNS, FITS, FURTHER))
