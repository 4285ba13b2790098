"""Details of cut, and further words of description that mean the same; one group a line. Made by us."""

from typing import Final

DETAILS: Final = """
leg-of-mutton sleeve | gigot sleeve | leg of mutton sleeves | gigot sleeves | mutton sleeve
juliet sleeve
lantern sleeve | lantern sleeves
cape sleeve | cape sleeves
flutter sleeve | flutter sleeves | butterfly sleeve | angel sleeve
kimono sleeve | kimono sleeves
set-in sleeve | set-in sleeves
roll-up sleeve | rolled sleeves | rolled-up sleeves
poet sleeve | poet sleeves
drop shoulder | dropped shoulder | drop shoulders | dropped shoulders
button-down collar | buttoned-down collar
spread collar | cutaway collar | wide-spread collar
camp collar | cuban collar | revere collar | notch collar shirt collar
notch lapel | notched lapel | notched lapels | notch lapels
peak lapel | peaked lapel | peak lapels
wing collar | winged collar
club collar | rounded collar
bertha collar
sailor collar | middy collar
funnel collar
pussy bow | pussybow | neck tie bow
jewel neck | jewel neckline
envelope neck
illusion neckline
queen anne neckline | queen anne neck
surplice neckline | surplice | wrap neckline
choker neckline | choker neck
u-neck | u neck
henley neck
split neck | notch neck | notched neckline
basque waist | basque waistline
elasticated waist | elastic waist | stretch waist | elasticated waistband | elastic waistband
paperbag waist | paper-bag waist
thigh slit | thigh-high slit | high slit
side vents
double vent | double vents
kick pleat
box pleats | box pleat | box-pleated
godet | godets
gusset
dart
yoke
placket
epaulettes | epaulets | epaulette
toggle fastening | toggles
frog fastening | frogging | frog closure
hook and eye | hooks and eyes
concealed zip | invisible zip | hidden zip
cargo pockets | cargo pocket | utility pockets
welt pocket | jetted pocket | welt pockets
side pockets | in-seam pockets
kangaroo pocket | pouch pocket
elbow patches | elbow patch
contrast collar
contrast trim | contrasting trim
logo | branding | branded | logos
monogram | monogrammed | initials
slogan | slogan print | text print
lining | inner lining
fleece-lined | fleece lining
fur trim | fur-trimmed
lace trim | lace-trimmed | lace detail
feather trim | feathers | feathered | feather-trimmed | feather
tulle overlay
cape detail | caped
train
handkerchief hem | handkerchief hemline
curved hem | rounded hem
lettuce hem | lettuce edge | lettuce-edge
raw-edged
whipstitch | whip stitch
topstitched
bar tack
trapunto
fagoting
cutwork
openwork | open-knit | open knit | open-work
fully-fashioned
seamless
backpack straps
chunky sole | lug sole | lug-sole | cleated sole | chunky-soled
crepe sole
almond toe
steel toe
ankle strap | ankle-strap | ankle straps
t-strap | t-bar
buckle | buckled | buckles
velcro strap
elastic sides
heel | heeled
stacked heel
wedge heel
spool heel | louis heel
cone heel
ankle-grazing
hip length | hip-length
fingertip length
micro length
above the knee | above-the-knee | above-knee | above knee length
below the knee | below-the-knee | below-knee
tea length | tea-length
high-cut | high-leg | high leg
low-cut armhole
off-centre
gathered waist | ruched waist
fit and flare | fit-and-flare | fit & flare
column silhouette | column
hourglass | hourglass silhouette | hourglass shape
trapeze | trapeze line | tent-shaped | tent
cocoon | cocoon shape | egg-shaped
bubble hem | puffball hem | bubble
mermaid cut | trumpet silhouette | fishtail | fish-tail
princess line | princess seams | princess seam
blouson | bloused
"""
DESCRIPTION: Final = """
faux | fake | imitation | artificial | mock | simulated
genuine | real | authentic
bejewelled | bejeweled | jewelled | jeweled | gem-encrusted | gemmed | jewel-studded
crystal | crystals
gilded | gilt | gold-plated
silvery
golden
coppery
frosty | frosted
candy-coloured | sugary | sugar-sweet
warm tones | warm-toned
cool tones | cool-toned
jewel colours
sun-bleached
sun-drenched | sun-kissed
rain-ready
cold-weather | cold weather
hot-weather | warm-weather | warm weather
all-season | year-round | four-season | all-year
transitional | between-season | mid-season | trans-seasonal
multi-purpose | multipurpose | multifunctional | multi-functional | all-purpose
hard-edged
streamlined
featherlight | feather-light | weightless | ultra-light | ultralight | featherweight
insulated | thermal | insulating
quick-drying | quick-dry | fast-drying
moisture-wicking | sweat-wicking | wicking
ventilated
packable | foldable
hard
tactile
textural
velvety-soft | buttery | butter-soft | buttery-soft
supple | pliable | pliant
scratchy | itchy | prickly
gritty
grubby | dirty
clean
pristine | immaculate | spotless
lived-in | broken-in look
homespun | home-spun
homely | homey
homemade | home-made
diy | do-it-yourself
one-size | one size fits all | one-size-fits-all
size-inclusive
entry-level
affordable | budget | inexpensive | budget-friendly | low-cost | cheap
expensive | costly | pricey | high-priced
investment piece
collectable | collectible
limited edition | limited-edition
iconic
legendary
must-have | musthave
staple | wardrobe staple | essential | basics | basic | wardrobe essential
statement | statement-making | eye-catching | attention-grabbing | head-turning
showstopping | show-stopping | showstopper
unforgettable
jolly
kitsch | kitschy
campy | camp
ironic
humorous | funny | witty
mischievous
innocent
sweet | sugary sweet
nymph-like | nymphlike
fairytale | fairy-tale | fairy tale | storybook
enchanted | magical | enchanting
witchy | witch
vampire | vampiric
pirate | piratecore
monk-like
angelic | angel | cherubic
dark romantic | dark romance
gothic romance
noir | film noir
grown-up | grownup | adult
age-appropriate
kiddish | childish | childlike
teenage | teen
maternal
matronly
executive
managerial
sporty-casual
laddish
rowdy
street-smart | streetwise
underground
countercultural | counterculture
anarchic | anarchist
post-punk
new wave
new romantic
synthwave | vaporwave
rave-ready
clubby
party girl
it girl | it-girl
cool girl
strong
powerful | empowered | commanding
confident | self-assured | self-confident
zen | meditative
spiritual | mystical | mystic
jet-set | jet set | jetset
yacht | yachting | yachty
riviera | côte d'azur | cote d'azur
amalfi
ibiza | ibiza style
hawaiian | aloha
caribbean
moroccan
indian
chinese
russian
turkish
spanish | flamenco
mexican
greek | grecian | greek goddess | goddess
roman
egyptian
celtic
scottish | highland
irish
american
californian | california | cali | west coast
new york | nyc
texan | texas
southern belle
high-contrast
black and white | black-and-white | b&w
all-black | all black | head-to-toe black | total black
all-white | all white | head-to-toe white | total white
denim-on-denim | double denim | canadian tuxedo
head-to-toe
mix of prints | print mixing | mixed prints | pattern mixing | clashing prints | print clash
hard-to-wear
office-ready | work-appropriate | office-appropriate | work-ready
after-work
day-to-night | day to evening
weekend wear | weekendwear
poolside
picnic
brunch
garden party
country house
prom
graduation
funeral
bar mitzvah
halloween
christmas | xmas
valentine's | valentine's day
"""
GROUPS: Final = "".join((DETAILS, DESCRIPTION))
