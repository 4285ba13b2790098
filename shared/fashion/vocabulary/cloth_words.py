"""Words for fabrics and patterns that mean the same, one group a line, the everyday word first. Made by us."""

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
"""
GROUPS: Final = "".join((FABRICS, PATTERNS, FURTHER))
