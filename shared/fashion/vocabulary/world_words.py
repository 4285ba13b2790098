"""Words for the garments of the world, of sport and of work, and shops' newer words; one group a line. Made by us."""

from typing import Final

WORLD: Final = """
abaya | abayah
achkan
agbada | grand boubou
ao dai | vietnamese long dress
baju kurung
barong | barong tagalog
bandhgala | jodhpuri suit | prince suit | nehru suit
choli | sari blouse | saree blouse
churidar | churidars
dhoti | veshti
dupatta | chunni | chunari | odhni
fustanella
guayabera | guayabera shirt
hakama
hanbok | korean traditional dress
hanfu
haori | haori jacket
happi coat | happi
hijab | islamic headscarf | muslim headscarf
huipil | huipile
jilbab
jubba | jubbah | thobe | thawb | dishdasha | kandura
kaffiyeh | keffiyeh | kufiya | ghutra | shemagh
kanzu
kebaya
kente | kente cloth
kurta | kurti | kurta shirt
kufi | kufi cap
lehenga | lehnga | lehenga choli | ghagra choli | ghagra | lengha
mekhela chador
niqab
nehru jacket | nehru vest | modi jacket
obi | obi belt
pollera
ruana
sampot
sarafan
sherwani
songket
tracht | trachten
ushanka | trapper hat | trapper cap | ear-flap hat | earflap hat | russian hat
vyshyvanka
yukata | summer kimono
zouave trousers | zouave pants
geta
jutti | mojari | khussa
babouches | babouche
kolhapuri chappals | kolhapuris
chullo | peruvian hat
rebozo
batik shirt
ankara | ankara print | african wax print | wax print | dutch wax
mudcloth | bogolan | bogolanfini
bandhani | bandhej
ajrakh
kalamkari
kantha | kantha stitch
zari
phulkari
suzani
shweshwe
"""
SPORT: Final = """
base layer | base layers | thermal base layer | thermal layer
compression leggings | compression tights
compression top | compression shirt
running tights | running leggings
running shorts | jogging shorts
gym shorts | training shorts | workout shorts | athletic shorts
gym leggings | workout leggings | training leggings | sports leggings
basketball shoes | basketball trainers | basketball sneakers
basketball jersey | basketball vest
cycling jersey | bike jersey | bicycle jersey
cycling shoes | bike shoes
bib shorts
tennis skirt | tennis skort
tennis dress
golf shoes
golf trousers | golf pants
ski trousers | ski pants | salopettes | snow pants | snowboard pants | snowboarding trousers
snowboard jacket | snowboarding jacket
swim leggings
swim dress | swimdress
bikini top
bikini bottoms | bikini briefs | bikini bottom
burkini | modest swimsuit
dance leotard | gymnastics leotard | ballet leotard
pointe shoes | toe shoes
tap shoes
running vest | running singlet
trail shoes | trail running shoes | trail runners | trail trainers
climbing shoes
rugby boots
cricket jumper | cricket sweater | tennis sweater | tennis jumper
baseball jersey | baseball shirt
hockey jersey | hockey sweater
martial arts uniform | gi | karate gi
judo suit | judogi
boxing shorts
sports cap | running cap
sweat shorts | sweatshorts | jogger shorts
hiking trousers | hiking pants | walking trousers | trekking pants | trekking trousers
zip-off trousers | zip-off pants | convertible trousers | convertible pants
insulated jacket | insulating jacket
shell jacket | hardshell | hardshell jacket | hard shell
sports bag | sport bag
sports socks | athletic socks | gym socks | crew socks
trainer socks | no-show socks | invisible socks | liner socks | low-cut socks
over-the-knee socks | over-knee socks | thigh-high socks | thigh highs
hold-ups | hold-up stockings | stay-ups | thigh-high stockings
scrub top
chef jacket | chef coat | chef's jacket | chef's whites
hi-vis vest | high-visibility vest | safety vest | hi-vis jacket
steel-toe boots | safety boots | steel toe cap boots | steel-toed boots
"""
SHOPS: Final = """
baby tee | shrunken tee | shrunken t-shirt
muscle shirt
boxy tee | boxy t-shirt
graphic tee | graphic t-shirt | printed tee | printed t-shirt | slogan tee | slogan t-shirt
band tee | band t-shirt | concert tee | tour tee | tour t-shirt
long-sleeve t-shirt | long sleeve tee | long-sleeved top | long sleeve top
baseball tee | raglan tee | raglan t-shirt | baseball t-shirt
ringer tee | ringer t-shirt
oxford shirt | oxford cloth shirt | ocbd
flannel overshirt
bowling shirt | camp collar shirt | camp shirt | cuban collar shirt | camp-collar shirt
collarless shirt | band collar shirt | mandarin collar shirt
plaid shirt | checked shirt | check shirt | tartan shirt
tuxedo shirt | pleated-front shirt
pussy-bow blouse | pussybow blouse | tie-neck blouse | bow blouse
peasant blouse | peasant top | gypsy top | gypsy blouse
poet blouse | poet shirt | pirate shirt | pirate blouse
peplum top | peplum blouse
wrap top | wrap blouse | ballet wrap top
corset top | corset-style top
knit top | knitted top
knit vest | knit waistcoat | knitted waistcoat
cable-knit sweater | aran sweater | aran jumper | fisherman's sweater | fisherman sweater | fisherman's jumper
v-neck jumper | v-neck sweater
cape coat | cape jacket
harrington jacket | harrington
coach jacket | coaches jacket
denim shacket | denim overshirt
cropped jacket | crop jacket
noragi
waterfall cardigan | draped cardigan | open-front cardigan
wrap coat | belted coat
camel coat | camel-coloured coat | camel hair coat
polo coat
opera coat
inverness cape | inverness coat
loden coat | loden
chesterfield | chesterfield coat
crombie | crombie coat
covert coat
ulster | ulster coat
spencer jacket | spencer
hacking jacket | riding jacket | riding coat
norfolk jacket
three-piece suit | three-piece | suit with waistcoat
skirt suit
shorts suit | short suit
co-ord | coord | co-ord set | matching set | two-piece set | coordinates | co-ordinates | coords
straight jeans | straight-leg jeans | straight leg jeans | straight-cut jeans
slim jeans | slim-fit jeans | slim fit jeans | slim-leg jeans
bootcut jeans | boot cut jeans
boyfriend jeans | boyfriend fit jeans | boyfriend-fit jeans
girlfriend jeans
carpenter jeans | painter jeans | carpenter pants | carpenter trousers | painter pants
wide-leg jeans | wide leg jeans | wide-legged jeans
barrel jeans | barrel-leg jeans | horseshoe jeans | balloon jeans
baggy jeans | loose jeans | loose-fit jeans | loose-fitting jeans
high-waisted jeans | high-rise jeans | high-waist jeans
low-rise jeans | low-waisted jeans | hipster jeans | hip-huggers | low-waist jeans
ripped jeans | distressed jeans | torn jeans
tapered jeans | carrot jeans | carrot-fit jeans
cigarette trousers | cigarette pants | ankle-grazer trousers
suit trousers | suit pants | dress pants | dress trousers | formal trousers | tailored trousers
pleated trousers | pleated pants
stirrup leggings | stirrup pants | ski leggings
paperbag trousers | paper bag trousers | paperbag pants | paperbag-waist trousers | paper-bag waist trousers
drop-crotch trousers | drop-crotch pants
plaid skirt | tartan skirt | checked skirt
slip skirt | bias-cut skirt | satin slip skirt
tiered skirt
tulip skirt
bubble skirt | puffball skirt | balloon skirt
handkerchief-hem skirt | handkerchief skirt
pinafore skirt
babydoll dress | baby doll dress
milkmaid dress
skater dress | fit and flare dress | fit-and-flare dress | fit & flare dress
a-line dress
column dress | column gown
tiered dress
blazer dress | tuxedo dress
coat dress | coatdress
halter dress | halterneck dress | halter neck dress
off-the-shoulder dress | bardot dress
one-shoulder dress
bridesmaid dress | bridesmaid's dress | bridesmaid gown
backless dress | open-back dress
prairie dress | milkmaid maxi dress
house dress | housedress
tunic dress
tank dress | vest dress
babydoll | baby-doll nightie
bed jacket
shapewear | control underwear | body shaper | shaping underwear | bodyshaper
boxer briefs | trunk underwear
boyshorts | boy shorts | hipster briefs
thermal vest | thermal top
strapless bra | bandeau bra
t-shirt bra
plunge bra
triangle bra
nipple covers | pasties
trench dress
jelly shoes | jelly sandals | jellies | jelly shoe
fisherman sandals
t-bar sandals | t-strap sandals
ankle-strap heels | ankle strap heels | ankle-strap shoes
strappy sandals | strappy heels | barely-there sandals
platform sandals
platform boots
platform trainers | platform sneakers | flatform trainers
wedge sandals
wedge trainers | wedge sneakers | hidden-wedge trainers
block heels | block-heeled shoes | block-heel shoes | chunky heels
heeled boots | high-heeled boots | heel boots
heeled ankle boots
sock boots
go-go boots | gogo boots
lace-up ankle boots
biker boots | motorcycle boots | engineer boots | moto boots
duck boots | bean boots
ugg boots | sheepskin boots | uggs | shearling boots
rigger boots
winklepickers | winkle-pickers
brothel creepers | creepers
tassel loafers
horsebit loafers | bit loafers | snaffle loafers
smoking slippers | velvet slippers
slip-on trainers | slip-on sneakers | skate slip-ons
low-tops | low-top trainers | low-top sneakers
tabi boots | split-toe boots
barefoot shoes
orthopaedic shoes | orthopedic shoes
nursing shoes
baguette bag
hobo bag | hobo | slouch bag
saddle bag
top-handle bag | top handle bag
drawstring bag | pouch bag
box bag
camera bag
laptop bag | computer bag
basket bag | straw bag | wicker bag | raffia bag
beach bag
chain bag | chain-strap bag
doctor's bag | doctor bag | gladstone bag
pouch
wristlet
minaudiere
phone bag
tool belt
bag charm
cadet cap | military cap
sailor hat | sailor cap
claw clip | hair claw | jaw clip | claw hair clip
hair bow | hair ribbon
headpiece
tennis bracelet
charm bracelet
cuff bracelet | bracelet cuff
ear cuff
drop necklace | lariat | lariat necklace | y-necklace
locket | locket necklace
layered necklace | layered necklaces
statement necklace | bib necklace
chain necklace | chain
nose ring
nose stud
huggies | huggie hoops | huggie earrings
chandelier earrings
cocktail ring | statement ring
engagement ring
eternity ring
stacking rings | stackable rings | stack rings
cat-eye sunglasses | cat eye sunglasses | cat's eye sunglasses | cat-eye glasses
aviator sunglasses | aviators | aviator glasses | pilot sunglasses
wayfarer sunglasses | wayfarers
round glasses
reading glasses
chain belt
western belt
corset belt | waist cincher | waspie
silk scarf
blanket scarf | oversized scarf
opera gloves | evening gloves | long gloves
driving gloves
shirt studs
collar pin
lapel pin | enamel pin
arm band | armband
harness
leg harness
knee pads
shirt collar | detachable collar | false collar
"""
GROUPS: Final = "".join((WORLD, SPORT, SHOPS))
