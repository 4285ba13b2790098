"""Words for fits, cuts and their details that mean the same, one group a line, the everyday word first. Made by us."""

from typing import Final

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
GROUPS: Final = "".join((FITS, FURTHER))
