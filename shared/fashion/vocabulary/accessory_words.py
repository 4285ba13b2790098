"""Words for shoes, headwear, bags and jewellery that mean the same, one group a line, the everyday word first. Made by us."""

from typing import Final

SHOES: Final = """
shoes | shoe
footwear | footgear
trainers | sneakers | gym shoes | tennis shoes | runners | running shoes | sneaker | trainer | gym shoe | tennis shoe
| athletic shoe
high-tops | high-top trainers | high-top sneakers | hi-tops
plimsolls | canvas shoes | canvas sneakers | plimsoll | canvas trainers | pumps shoes
boots | boot
ankle boots | booties | bootees | ankle boot | anklet boot
chelsea boots | dealer boots | gusset boots
chukka boots | desert boots | chukkas
combat boots | military boots | army boots
cowboy boots | western boots
riding boots
knee boots | knee-high boots | knee high boots
thigh boots | thigh-high boots | over-the-knee boots | hip boots | hip boot | overknee boots
hiking boots | walking boots | hikers | trekking boots
work boots
snow boots | winter boots | moon boots
wellingtons | wellies | wellington boots | rain boots | gumboots | gum boots | rubber boots | welly boots | wellington
| galoshes
overshoes | rubbers | golosh
ski boots
high heels | heels | high-heeled shoes | heeled shoes
court shoes | pumps | pump | court shoe | courts
stilettos | stiletto heels | spike heels | stiletto
kitten heels | low heels
wedges | wedge heels | wedgies | wedge shoes
platforms | platform shoes | flatforms
slingbacks | sling-backs | slingback
ballet flats | ballet pumps | ballerinas | ballerina flats | ballerina shoes | ballet shoes | flats
mary janes | bar shoes
loafers | penny loafers | slip-ons | slip-on shoes | slip ons
moccasins | moccasin | driving shoes
boat shoes | deck shoes | topsiders
brogues | wingtips | wing tips | brogans
oxfords | oxford shoes | lace-up shoes | lace-ups
derbies | derby shoes | bluchers
monk shoes | monk straps | monks
sandals | sandal
flip-flops | thong sandals | thongs sandals | jandals
slides | sliders | pool slides | slider sandals
gladiator sandals | gladiators
espadrilles | espadrille | alpargatas
huaraches | huarache
mules | backless shoes
clogs | sabots
slippers | house shoes | carpet slippers
football boots | soccer cleats | cleats | soccer shoes
"""
HEADWEAR: Final = """
hat
cap
headwear | headgear | headdress
beanie | knit cap | woolly hat | stocking cap | bobble hat | watch cap | ski cap | knit hat | tuque | knitted hat
baseball cap | trucker cap | jockey cap | snapback | golf cap | trucker hat
flat cap | newsboy cap | cloth cap | baker boy cap | ivy cap | driving cap | scally cap
peaked cap | service cap | kepi | yachting cap
bathing cap | swimming cap | swim cap
bucket hat | fishing hat | fisherman hat | fisherman's hat
sun hat | sunhat
straw hat
boater | skimmer
panama hat | panama
cowboy hat | ten-gallon hat | stetson
bowler hat | bowler | derby hat | derby | plug hat
top hat | topper | silk hat | high hat | stovepipe | opera hat | stovepipe hat | dress hat
fedora
trilby
pork pie hat | porkpie hat | porkpie
cloche | cloche hat
pillbox hat | pillbox
beret
tam-o'-shanter | tam o shanter | tammy
fez | tarboosh
turban
balaclava | balaclava helmet | ski mask
deerstalker
sombrero
hard hat | safety helmet | tin hat
pith helmet | pith hat | sun helmet | topee | topi
visor | sun visor
headscarf | head scarf
headband | hairband | hair band | alice band
hair clip | hair slide | barrette | hairslide
hairpin
bobby pin | kirby grip | hair grip
scrunchie | scrunchy
fascinator
earmuffs | ear muffs
veil
skullcap
yarmulke | kippah | kippa | yarmulka | yarmelke
"""
ACCESSORIES: Final = """
handbag | purse | bag | pocketbook | ladies' bag | hand bag
clutch | clutch bag | clutch purse
evening bag
shoulder bag | shoulderbag
crossbody bag | cross-body bag | messenger bag
tote bag | tote | shopper | shopping bag | carryall
satchel | school bag | schoolbag
backpack | rucksack | knapsack | haversack | back pack | packsack
bum bag | fanny pack | belt bag | waist bag | waist pack | hip bag
duffle bag | duffel bag | duffel | duffle | gym bag | kit bag | barrel bag
holdall | weekend bag | weekender | overnight bag
bucket bag
briefcase | attache case
suitcase | travelling case | luggage case
wallet | billfold | notecase
card holder | cardholder | card case
coin purse | change purse
belt | waist belt
sash | waist sash
cummerbund | cumberbund
tie | necktie | neck tie
bow tie | dickie bow | bow-tie | bowtie
ascot | ascot tie
cravat
tie clip | tie bar
tie pin | tiepin | scarfpin | tie tack | stickpin | scarf pin
pocket square | pocket handkerchief
handkerchief | hankie | hanky
bandana | bandanna
neckerchief
kerchief
muffler | winter scarf
snood | infinity scarf | neck warmer | tube scarf
feather boa | boa
gloves | glove
mittens | mitts | mitten
gauntlets | gauntlet
umbrella | brolly
parasol | sunshade
glasses | eyeglasses | spectacles | specs
sunglasses | shades | dark glasses | sunnies
goggles
watch | wristwatch | wrist watch
jewellery | jewelry
costume jewellery | fashion jewellery | imitation jewellery
necklace
choker | choker necklace
pendant | pendant necklace
bracelet
bangle | bangle bracelet
anklet | ankle bracelet
earrings | earring
hoop earrings | hoops
stud earrings | studs
ring | finger ring
wedding ring | wedding band
signet ring | seal ring
brooch | breastpin | broach
cufflinks | cuff links | cuff-links
pearls | pearl necklace | string of pearls
apron
leg warmers | legwarmers
accessories | accessory
fancy dress | masquerade costume | fancy-dress costume
clothes | clothing | article of clothing
apparel | wearing apparel
attire | garb
sportswear | athletic wear | sports clothes | activewear | gym wear
knitwear | knits | knitted garments
outerwear | outer garments | overgarment | outer garment | overclothes
menswear | men's clothing
womenswear | women's clothing | ladieswear
evening wear | eveningwear | formal wear | formalwear | evening clothes
workwear | work clothes | work wear | work clothing
uniform
"""
GROUPS: Final = "".join((SHOES, HEADWEAR, ACCESSORIES))
