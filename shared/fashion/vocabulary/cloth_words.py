"""Words for fabrics, patterns, fits and details that mean the same, one group a line, the everyday word first. Made by us."""

from typing import Final

FABRICS: Final = """
cotton
linen
silk | silken cloth
satin
sateen
wool | woollen | woolen | pure wool | virgin wool | new wool | sheep's wool
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
knitted | knit | knitted fabric | knitting
cable knit | cable-knit | cable stitch | aran knit | cabled | cable | aran
ribbed | rib knit | ribbed knit | ribbing | rib knitted
crochet | crocheted
denim | denim fabric | jean fabric
chambray
corduroy | cord
velvet | velvety
velveteen
velour | velours
chenille
leather | leathery | leatherlike | genuine leather | real leather
suede | suede leather | suede cloth
nubuck
patent leather | patent | varnished leather
faux leather | imitation leather | leatherette | vegan leather | pleather | artificial leather | leather-look
| synthetic leather | fake leather | pu | mock leather | man-made leather
faux fur | fake fur | imitation fur | artificial fur | fun fur | synthetic fur | man-made fur
fur | real fur | genuine fur | natural fur
shearling | sheepskin
faux suede | imitation suede | ultrasuede | suedette | alcantara
canvas | sailcloth
lace | lace fabric | lacework
broderie anglaise | eyelet lace | english embroidery
tulle | tulle net
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
seersucker | seersucker cotton
madras
gingham | gingham check | vichy check | vichy
hessian | burlap | gunny
terry cloth | terry | terry towelling | terrycloth | towelling | toweling | towelling fabric
nylon | polyamide
polyester
viscose | rayon | viscose rayon
elastane | spandex | lycra | lycra spandex
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
striped | stripes | stripe | stripy | stripey | stripiness | striated | stripe pattern
pinstripe | pinstriped | pinstripes | pin stripe
breton stripe | breton stripes | sailor stripe | nautical stripes | nautical stripe | mariniere stripe
checked | check | checks | checkered | chequered | checked pattern | checkerboard | chequerboard | check pattern | chequer
tartan | plaid | tartan check
argyle | argyll | diamond pattern
houndstooth | dogtooth | hound's-tooth | dogstooth | houndstooth check | dogtooth check | dog-tooth | pied-de-poule
herringbone | herringbone weave
prince of wales check | glen check | glen plaid | glenurquhart check
windowpane | windowpane check
polka dot | polka dots | dotted | dot | dots | polka-dotted | spotted | spotty | spots | dotty | polka
speckled | flecked | stippled
floral | flowery | flowered | floral print | flower print | floral-print | flower pattern | flowers | blossom print
| floral motif | blooms | florals
ditsy floral | ditsy print | ditsy | small floral | micro floral
paisley | paisley print | paisley pattern | boteh
animal print | animal-print | animal pattern | animal motif
leopard print | leopard | leopard-print | leopard spot | leopard spots | leopard pattern | leopard-spotted
zebra print | zebra | zebra stripe | zebra pattern | zebra-striped
cheetah print | cheetah
snake print | snakeskin | snakeskin print | python print | snake | reptile print | snake-effect | serpent print | python
| snake pattern
crocodile | croc | crocodile print | mock croc | crocodile effect | croc-effect | croc-embossed
tiger print | tiger | tiger stripe | tiger stripes
camouflage | camo | camouflage print | camo print | camo pattern | camouflage pattern
tie-dye | tie dye | tie-dyed | tie-dyed look | tie-dyeing
geometric | geometric print | geometrical | geometric pattern | geometrics
abstract | abstract print | abstract pattern
graphic print | graphic
fair isle | fair isle pattern
ikat
batik
chevron | zigzag | zig-zag | chevron stripe | zigzag stripe | zig-zag print
ombre | dip-dyed | gradient | dégradé | dip dye | colour gradient
plain | solid | solid-coloured | unpatterned | plain-coloured | unadorned | unembellished | unornamented | solid colour
| plain-colour | unprinted | without pattern | undecorated | no pattern
patterned | printed | print | pattern
colour-block | color block | colour blocking | colour-blocked | colourblock | colour-blocked look
monochrome | monochromatic | single-coloured | monochromic | one-coloured | all one colour
multicoloured | multicolored | multi-coloured | multicolour | many-coloured | rainbow-coloured | parti-coloured | motley
| varicoloured | polychrome | polychromatic | rainbow | multi | multicolor | pied | calico-coloured
colourful | colorful | vividly coloured | multihued | bright-coloured | kaleidoscopic | chromatic
two-tone | two-toned | bicoloured | bicolour | bicolor | two-coloured | two-color | dichromatic
tropical print | palm print | tropical pattern | palm tree print | palm leaf print
logo print | monogram print
"""
FITS: Final = """
oversized | oversize | over-sized | outsized | supersized | extra-large | xl fit
slouchy | slouch
baggy | loose-fitting | sloppy | roomy
loose | loose fit | unfitted | loosely cut | loose-cut
relaxed | relaxed fit | easy fit | slouchy relaxed | comfort fit
slim | slim fit | slim-fitting | slim cut | slimline | close-cut
skinny | skinny fit
fitted | close-fitting | form-fitting | figure-hugging | figure-skimming | contoured
skin-tight | skintight | tight-fitting | tightfitting | tightly fitting | tight | body-hugging | second-skin | spray-on
bodycon | body-conscious
regular fit | standard fit | classic fit
boxy | boxy fit
tapered | tapered leg | tapered fit | tapering | carrot fit | carrot leg
peg leg | peg-top
straight leg | straight-leg | straight cut | straight fit | straight-legged
wide leg | wide-leg | wide-legged | wide cut
bootcut | boot-cut | boot leg | bootleg
flared | flare | bell-shaped
cropped | crop
longline | longer length
high waist | high-waisted | high rise | high-rise
low waist | low-waisted | low rise | low-rise | hipster cut | hip-hugging | lowrise | hip-slung | low-slung
mid rise | mid-rise | mid-waist | medium rise
empire waist | empire line | empire waistline | high empire waist
drop waist | dropped waist | drop-waist
mini | mini length | thigh-length
midi | midi length | calf-length | mid-calf
maxi | maxi length | ankle-length | full-length
floor length | floor-length
knee length | knee-length
a-line | a line | a-shaped
pleated | pleats | pleat | pleating | plisse | knife-pleated | accordion pleated
gathered | shirred
ruched | ruching
draped | draping | drapey
tiered | tiers | tier
asymmetric | asymmetrical | asymmetry | asymmetrical cut
symmetrical | symmetric
peplum
wrap | wraparound | wrap-over | wrapover
double-breasted
single-breasted
sleeveless | without sleeves | no sleeves
strapless | bandeau | no straps | without straps
off-the-shoulder | off shoulder | bardot | off the shoulders | bare-shouldered | bardot neckline | bardot neck
one-shoulder | one shoulder | single-shoulder | asymmetric shoulder | one-shouldered
cold shoulder
backless | open-back | low back | bare-backed
long sleeve | long-sleeved | long sleeves | full sleeve | full-length sleeve
short sleeve | short-sleeved | short sleeves
three-quarter sleeve | three-quarter-length sleeve | three-quarter sleeves | 3/4 sleeve | 3/4 sleeves | elbow-length sleeve
cap sleeve | cap sleeves
puff sleeve | puffed sleeve | puff sleeves | puffed sleeves | puffy sleeve | balloon sleeve | puff-sleeved | puffy sleeves
| voluminous sleeves
bell sleeve | bell sleeves | bell-shaped sleeve | bell-shaped sleeves | trumpet sleeve | trumpet sleeves | flared sleeve
| flared sleeves
bishop sleeve
raglan | raglan sleeve
batwing | dolman | batwing sleeve | dolman sleeve
crew neck | crew-neck | crew neckline | crewneck
round neck | round neckline
scoop neck | scooped neck | scoop neckline
v-neck | v neck | v-neckline | vee neck | v-shaped neckline | v-necked | v shaped neck | deep v
boat neck | bateau neck | boat neckline | bateau | bateau neckline
square neck | square neckline | square-neck
cowl neck | cowl neckline | draped neck | draped neckline
halterneck neckline | halter neckline
high neck | high-necked | high neckline
sweetheart neckline | sweetheart neck
plunging neckline | plunge neck | plunging neck | low-cut | low neckline | deep neckline | low-necked | decollete | decolletage
mandarin collar | nehru collar | mao collar | stand-up collar | stand collar | standing collar | chinese collar
band collar | grandad collar
peter pan collar
shawl collar
lapel | lapels
hooded | hood | with hood | with a hood
lace-up | laced | lace up | lace-up front | laced up | lacing
zip | zipper | zip fastener | zip-up | zipped | slide fastener | zip fastening | zip closure | zipper closure | zip-front
button | buttoned | button closure | button fastening | button-front | buttons
snap fastener | press stud | popper | snap
hook and loop | velcro | touch fastener | touch-and-close
drawstring | drawcord | drawstring waist
pocket | pockets | with pockets
patch pocket | patch pockets
frill | ruffle | ruffled | frilly | frilled | ruffles | frills | ruffle trim | ruffle detail | flounce | flounced | flouncy
| ruffly | frill trim
fringe | fringed | fringing | fringes | fringe trim | fringed trim
embroidered | embroidery | embroidered detail
beaded | beading | bead | beadwork | beads | bead-embellished | bead embroidery
sequinned | sequined | sequins | sequin | spangled | spangly | sequin-embellished | paillettes | paillette
rhinestone | diamante | rhinestones | crystal-studded | crystal-embellished
studded | studs detail | stud detail | stud | studs embellishment
applique | appliqued
quilted | quilting | quilt | diamond-quilted
padded | wadded | padding
tassel | tassels | tasselled
bow | bows
cut-out | cutout | cut out | cutout detail
slit | split | side slit | side split | slits
distressed | ripped | destroyed | ripped detail | shredded | distressing | destroyed denim
frayed | raw hem | raw edge
washed | stonewashed | stone-washed | acid wash | stone wash
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
needlecord | fine-wale corduroy | pincord | babycord
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
belted | tie-waist | with a belt | belted waist | waist-tie | tied waist
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
