"""Words for shoes, headwear, bags and jewellery that mean the same, one group a line, the everyday word first. Made by us."""

from typing import Final

SHOES: Final = """
shoes | shoe
footwear | footgear
trainers | sneakers | running trainers | running sneakers | gym shoes | tennis shoes | runners | running shoes | sneaker
| trainer | gym shoe | tennis shoe
| athletic shoe | kicks | sport shoes | gym trainers
high-tops | high-top trainers | high-top sneakers | hi-tops
plimsolls | canvas shoes | canvas sneakers | plimsoll | canvas trainers | pumps shoes
boots | boot
ankle boots | booties | bootees | ankle boot | anklet boot | ankle-high boots | shooties | shoe boots | bootie | bootee
chelsea boots | dealer boots | gusset boots | chelsea boot
chukka boots | desert boots | chukkas
combat boots | military boots | army boots | lace-up combat boots
cowboy boots | western boots | cowgirl boots
riding boots
knee boots | knee-high boots | knee high boots | knee-length boots | knee high boot | tall boots
thigh boots | thigh-high boots | over-the-knee boots | hip boots | hip boot | overknee boots | thigh highs boots | otk boots
| over the knee boot
hiking boots | walking boots | hikers | trekking boots
work boots
snow boots | winter boots | moon boots
wellingtons | wellies | wellington boots | rain boots | gumboots | gum boots | rubber boots | welly boots | wellington
| galoshes | welly | wellie
overshoes | rubbers | golosh
ski boots
high heels | heels | high-heeled shoes | heeled shoes | high heel | high-heeled
court shoes | pumps | pump | court shoe | courts | pump shoes | court heels
stilettos | stiletto heels | spike heels | stiletto
kitten heels | low heels | kitten-heel
wedges | wedge heels | wedgies | wedge shoes
platforms | platform shoes | flatforms
slingbacks | sling-backs | slingback
ballet flats | ballet pumps | ballerinas | ballerina flats | ballerina shoes | ballet shoes | flats | ballerina pumps
| ballet slippers | dolly shoes | ballerina pump
mary janes | bar shoes | mary jane | maryjane shoes
loafers | penny loafers | slip-ons | slip-on shoes | slip ons | penny loafer
moccasins | moccasin | driving shoes
boat shoes | deck shoes | topsiders
brogues | wingtips | wing tips | brogans | full brogues | wing-tip shoes | brogue
oxfords | oxford shoes | lace-up shoes | lace-ups
derbies | derby shoes | bluchers
monk shoes | monk straps | monks
sandals | sandal | open sandals
flip-flops | thong sandals | thongs sandals | jandals | thongs
slides | sliders | pool slides | slider sandals
gladiator sandals | gladiators | roman sandals
espadrilles | espadrille | alpargatas
huaraches | huarache
mules | backless shoes
clogs | sabots
slippers | house shoes | carpet slippers | bedroom slippers | indoor shoes | house slippers
football boots | soccer cleats | cleats | soccer shoes
"""
HEADWEAR: Final = """
hat | hats | chapeau
cap
headwear | headgear | headdress
beanie | knit cap | knitted beanie | knit beanie | woolly hat | stocking cap | bobble hat | watch cap | ski cap | knit hat
| tuque | knitted hat
| pom-pom beanie | pompom hat | toboggan cap | wooly cap | knitted cap
baseball cap | trucker cap | jockey cap | snapback | golf cap | trucker hat | ball cap
flat cap | newsboy cap | cloth cap | baker boy cap | ivy cap | driving cap | scally cap | newsboy hat | baker boy hat | ivy hat
| cheese-cutter | paperboy cap | cabbie cap
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
headscarf | head scarf | head wrap
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
handbag | purse | bag | pocketbook | ladies' bag | hand bag | woman's bag
clutch | clutch bag | clutch purse | clutch handbag | pochette
evening bag
shoulder bag | shoulderbag
crossbody bag | cross-body bag | messenger bag | crossbody | cross body purse | courier bag
tote bag | tote | shopper | shopping bag | carryall | shopping tote | tote handbag
satchel | school bag | schoolbag
backpack | rucksack | knapsack | haversack | back pack | packsack | rucksacks | daypack
bum bag | fanny pack | belt bag | waist bag | waist pack | hip bag | hip pack
duffle bag | duffel bag | duffel | duffle | gym bag | kit bag | barrel bag
holdall | weekend bag | weekender | overnight bag | weekend holdall
bucket bag
briefcase | attache case
suitcase | travelling case | luggage case
wallet | billfold | notecase
card holder | cardholder | card case
coin purse | change purse
belt | waist belt
sash | waist sash
cummerbund | cumberbund
tie | necktie | neck tie | ties
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
gloves | glove | hand gloves
mittens | mitts | mitten
gauntlets | gauntlet | gantlet | metal glove
umbrella | brolly
parasol | sunshade
glasses | eyeglasses | spectacles | specs | eyewear | spectacle frames
sunglasses | shades | dark glasses | sunnies | shades glasses | sunnys
goggles
watch | wristwatch | wrist watch | timepiece
jewellery | jewelry | jewels | jewelry pieces
costume jewellery | fashion jewellery | imitation jewellery | junk jewellery | bijouterie
necklace | neck chain | neckpiece
choker | choker necklace
pendant | pendant necklace
bracelet
bangle | bangle bracelet
anklet | ankle bracelet | ankle chain
earrings | earring
hoop earrings | hoops | hoop
stud earrings | studs
ring | finger ring | rings | finger rings
wedding ring | wedding band
signet ring | seal ring | signet
brooch | breastpin | broach | pin brooch | broaches
cufflinks | cuff links | cuff-links
pearls | pearl necklace | string of pearls
apron
leg warmers | legwarmers
accessories | accessory | accoutrements | accoutrement | accouterment | accouterments
fancy dress | masquerade | masquerade costume | fancy-dress costume
clothes | clothing | article of clothing | apparel | wearing apparel | habiliment | vesture
| habiliments
attire | garb
sportswear | athletic wear | sports clothes | activewear | gym wear | athletic apparel | gym clothes | training clothes
| athletic clothing
knitwear | knits | knitted garments
outerwear | outer garments | overgarment | outer garment | overclothes
menswear | men's clothing
womenswear | women's clothing | ladieswear
evening wear | eveningwear | formal wear | formalwear | evening clothes | evening attire | formal attire
workwear | work clothes | work wear | work clothing | office casual | work attire
uniform
"""
GROUPS: Final = "".join((SHOES, HEADWEAR, ACCESSORIES))
