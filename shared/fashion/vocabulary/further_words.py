"""Rarer words of costume and cloth, and spellings of borrowed ones; one group a line, the commoner word first. Made by us."""

from typing import Final

GARMENTS: Final = """
academic gown | academic robe | scholar's gown
apres-ski wear | apres ski
athletic sock | sweat sock | sports sock | varsity sock
baldric | baldrick
bandolier | bandoleer
bearskin | busby | bearskin hat
bolo tie | bolo | bola tie | bola | bootlace tie
breechcloth | loincloth | breechclout
burka | burqa | burkha
burnous | burnoose | burnouse
chador | chadar | chaddar | chuddar
civvies | civilian clothing | civilian garb | civies | plain clothes | civilian clothes | civilian dress | mufti
coonskin cap | coonskin
dashiki | daishiki
diadem | crown | tiara crown
dirndl skirt | gathered skirt
djellaba | jellaba | djellabah | galabia | jellabiya | jalabiya | galabiya | jalabiyya
dolman jacket
dress suit | full dress | white tie and tails
dunce cap | fool's cap | dunce's cap
garrison cap | overseas cap | forage cap
hair extension | false hair | hairpiece | postiche
half mask | domino | eye mask
hooded cloak | capote | hooded coat
jerkin
judge's robe
knitted dress shirt
leotard | leotards
lounging jacket | smoking jacket | velvet jacket
lungi | lungyi | longyi
mackinaw | mackinaw coat
maillot | tank suit | one-piece
mantilla | mantelet
middy blouse | middy
mink coat | mink
mitre | miter
morning dress
monkey jacket | mess jacket
muff | hand warmer
nappy | diaper
nightcap
outfit | get-up | getup | turnout
panama suit
pendant earrings | drop earrings | eardrops | dangly earrings | drop earring | pendant earring | eardrop | dangle earrings
peplos | peplus
prayer shawl | tallith | tallis
raglan coat
riding habit | habit
saddle shoes | saddle oxfords | saddle shoe | saddle oxford
salwar | shalwar | salwar trousers
salwar kameez | shalwar kameez | punjabi suit
scrubs | surgical gown
serape | sarape
shin pads | shin guards | shinpad | shin guard
sabre belt
slouch hat | cavalier hat
spats | gaiters | spat | gaiter
spectator shoes | co-respondent shoes | spectator pumps | spectator pump | two-tone shoes | spectators
straitjacket | straightjacket
support hose | support stockings | compression stockings | support stocking
sun bonnet | sunbonnet
sunday best | sunday clothes
swaddling clothes | swaddling bands
tabard
tabi | tabis
threads | togs | duds
toupee | toupe | hairpiece toupee
tricorne | tricorn
bicorne | bicorn
trews | tartan trousers
tyrolean hat | tyrolean | tirolean | alpine hat
union suit | combination underwear | combinations
vestments | clerical robes | ecclesiastical attire | ecclesiastical robe
regalia | finery | raiment | array
haik | haick
neckcloth
scapular | scapulary
diving suit | diving dress
anti-g suit | g suit
widow's weeds | weeds
millinery
arm guard | arm pad
opera cloak | opera hood
dressing sack | dressing sacque
wellington liner
wig
wimple
wooden shoes | wooden shoe | sabot
yashmak | yashmac
zori | pusher
academic cap | mortarboard | square academic cap
athletic supporter | jockstrap | supporter | jock strap
breastplate | aegis
chaps | leather chaps
cowl
deely bopper | deely boppers
earpiece warmer
eye patch | eyepatch
face mask | cloth mask
false eyelashes | lashes extension
finger gloves
fingerless gloves | half-finger gloves
flat shoes | flatties | low-heeled shoes
hair tie | hair bobble | hair elastic | ponytail holder
key chain | key ring | keychain | key fob
lanyard | neck strap
lace-up boots | granny boots
life jacket | life vest | cork jacket
money belt
nursing bra | maternity bra
party hat
pocket watch | fob watch
push-up bra | padded bra | wonderbra
rash guard | rash vest | rashie
ring binder bag
roller skates | skates
sleeping mask | eye shades | sleep mask
sleepsuit | babygro | onesie | all-in-one pyjamas
snowsuit | ski suit
sports shoes | athletic footwear
strappy top | spaghetti strap top | spaghetti-strap top
stud collar
sweatband | wristband
swim goggles
t-bar shoes | t-strap shoes | t-bars
tiara | coronet
toe ring
toggle
travel bag | travelling bag | grip | valise
vanity case | make-up bag | cosmetic bag | toiletry bag | wash bag | sponge bag
watch strap | watch band | watchband | watchstrap
wedding veil | bridal veil
wide-leg trousers | wide-leg pants | wide leg trousers | wide-legged trousers | wide legged pants | wide trousers
wide-brimmed hat | broad-brimmed hat | floppy hat | wide brim hat
yoga pants | yoga leggings | yoga trousers
zip-up hoodie | zipped hoodie | zip hoodie | zip-through hoodie
half-zip | quarter-zip | half zip sweater | quarter zip | half-zip jumper
polo dress
rain hat | sou'wester | sou-wester
rain cape | waterproof cape
roll-up bag
jersey top
jersey dress | t-shirt dress | tee dress | tee shirt dress
denim shirt | chambray shirt
denim dress
denim skirt | jean skirt
denim dungarees
leather trousers | leather pants
linen trousers | linen pants
mom jeans | mum jeans
dad shoes | chunky trainers | chunky sneakers | ugly sneakers | dad trainers | dad sneakers
skate shoes | skateboarding shoes | skater shoes
walking shoes | hiking shoes
lounge pants | pyjama bottoms | pyjama trousers | pajama pants | lounge trousers
longline coat | maxi coat
utility jacket | cargo jacket
waxed jacket | wax jacket | barbour jacket
softshell | soft-shell jacket | softshell jacket
"""
DESCRIPTION: Final = """
aristocratic | patrician | blue-blooded | upper-class
regal | royal | majestic | imperial | queenly
bulky | chunky
slender | slight
flattering | becoming | figure-flattering
unflattering | unbecoming
wearable
revealing | skimpy | low-cut and short | scanty | barely there
demure | coy
prim | prim and proper | prissy
severe | austere | stark | spartan | ascetic
festal | festive mood | merry
ceremonial | ceremonious
spectral | ghostly | spooky
gory
romanticised
scruffy look
carefree | breezy
effortless | effortlessly chic
upbeat
mainstream
unconventional | nonconformist | alternative
nontraditional | untraditional
one-of-a-kind | unique | one-off
classy | high-class | posh | swish
swanky | swank
plush look
sassy | saucy | cheeky
flirty | flirtatious
vampy | femme fatale
girl-next-door
wholesome
outdoors
weekend
holiday look
travel | travelling
commuter
date night
clubwear | nightclub style | clubbing
rave | raver
cosplay
drag
burlesque | cabaret
gala | red carpet | red-carpet
black-tie optional
semi-formal | half-formal
morning suit
school uniform | schoolgirl | schoolboy
scout
sailor moon
medical
pin-up | pinup
bombshell
siren
balletic
gamine
garçonne | garconne
dandy | dandyish | foppish | dandified
hipster style | hipster look
lumberjack style | lumbersexual
yuppie
power dressing | power suit
art school
craft | crafty | crafted
patchwork | patched
upcycled | reworked | remade
zero-waste
vegan | cruelty-free
fast fashion
slow fashion
designer | designer label
streetstyle star
unfussy | fuss-free | no-fuss
clean lines | clean-lined | sleek lines
sculptural | architectural
flowing | flowy | floaty | billowy | loose and flowing | fluid
breezy fabric
crinkly texture
voluminous | full-bodied | volume | volume look | billowing | full volume
figure-concealing
weather-beaten | weathered
battered | worn-in | worn | broken-in
oriental | eastern
african | afrocentric
latin
nomadic | nomad
desert
alpine
arctic | polar
jungle
equatorial
monastic | monkish
sombre | gloomy | drab | sober
joyful | cheerful | happy
moody | brooding
serene | calm | tranquil
energetic | dynamic
sensible
"""
GROUPS: Final = "".join((GARMENTS, DESCRIPTION))
