"""Further cloths and patterns, with other words for them; one group a line. Made by us."""

from typing import Final

CLOTHS: Final = """
lambswool | lamb's wool
sherpa | borg | teddy fleece | sherpa fleece | borg fleece
teddy fabric
shetland wool
boiled wool
bouclé wool
loden cloth
melton | melton wool
ponte | ponte di roma | ponte knit
scuba
french terry
waffle | waffle knit | waffle weave | thermal knit
cotton jersey
organic cotton
pima cotton | supima
egyptian cotton
cotton poplin
oxford cloth
cotton voile
cotton drill | drill
duck canvas | duck
ripstop
nylon taffeta
ramie
jute
raffia | straw
wicker
cork
silk satin
charmeuse
crepe satin | satin crepe
duchess satin | duchesse satin
dupioni | dupion
shantung
silk chiffon
habotai | china silk
noil
mikado
cupro | cupra
modal
acetate
triacetate
microfibre | microfiber
polar fabric
mohair blend
wool blend | wool mix
cotton blend | cotton mix
linen blend | linen mix
cashmere blend | cashmere mix
lurex | lamé thread | metallic thread
vinyl fabric
coated denim
raw denim | selvedge denim | selvage denim | dry denim
stretch denim
light-wash denim | light wash denim | light denim
dark-wash denim | dark wash denim | dark denim | indigo denim
black denim
nappa | nappa leather
lambskin | lamb leather
calfskin | calf leather
cowhide | cowhide leather
pebbled leather | grained leather
saffiano | saffiano leather
pony hair | ponyhair | calf hair
ostrich leather
mink fur
fox fur
rabbit fur
devore | burnout velvet | burn-out velvet
crushed velvet
panne velvet
guipure | guipure lace
chantilly | chantilly lace
crochet lace
macrame | macramé
dotted swiss | swiss dot | plumetis
chainmail | chain mail | metal mesh
"""
PRINTS: Final = """
banana leaf print
toile print
chinoiserie
marble print | marbled | marbling
watercolour print | watercolor
psychedelic | trippy
op art | optical print
baroque print
scarf print | bandana print | bandanna print
patch print
cow print | cow
dalmatian print | dalmatian
giraffe print | giraffe
peacock print | peacock | peacock feather print
bird print
star print | stars
heart print | hearts
fruit print
cherry print | cherries
strawberry print
moon and stars | celestial | celestial print
cartoon print | character print
photo print
newspaper print | newsprint
micro check
windowpane plaid
buffalo check | buffalo plaid
madras check
tattersall | tattersall check
shepherd's check
bird's eye | birdseye
chalk stripe | chalkstripe | chalk stripes
bengal stripe | candy stripe | candy-striped | candy stripes
awning stripe
regimental stripe | repp stripe | college stripe
vertical stripes | vertical stripe
horizontal stripes | horizontal stripe
pin-check
navajo | aztec | southwestern | aztec print
folk print
ethnic print | tribal print
kilim
greek key | meander
art print
brush stroke | brushstroke print
space dye | space-dyed
acid house
neon print
"""
GROUPS: Final = "".join((CLOTHS, PRINTS))
