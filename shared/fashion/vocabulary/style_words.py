"""Style labels with other words for them, and plain words of description; one group a line, the label first. Made by us."""

from typing import Final

LABELS: Final = """
minimalist | minimal | minimalism | minimalistic | pared-back | pared-down | stripped-back
maximalist | maximal | maximalism | maximalistic | more is more
quiet luxury | stealth wealth | understated luxury | silent luxury | logo-free luxury
old money | inherited wealth
new money
classic | classical | classics
timeless | ageless | dateless
traditional | conventional
preppy | prep | preppie
ivy league | ivy | ivy style | collegiate
smart casual | business casual | smart-casual | elevated casual | casual smart
business formal | business attire | corporate | business wear
business | businesslike
casual | informal | everyday | laid-back
formal | dressy
black tie
white tie
tailored | tailoring | well-tailored | sharply tailored
bespoke | made-to-measure | custom-made | tailor-made | made-to-order | custom | bespoken | customised
ready-to-wear | off-the-rack | off-the-peg | ready-made | pret-a-porter | ready made | off-the-shelf
haute couture | couture | high fashion
bohemian | boho | boho-chic | boho chic
hippie | hippy | flower child | hippy chic
gypset
festival | festival wear
folk | folksy | folkloric
ethnic | tribal
western | wild west | country western
cowboycore | cowboy core | cowgirl | cowboy | rodeo
americana
romantic | romanticism
feminine | femininity | womanly
ladylike | refined lady
girly | girlish | girlie
coquette | coquettish
balletcore | ballet core | ballerina style
princesscore | princess
soft girl
clean girl
vsco girl
e-girl
lolita | gothic lolita style
kawaii
masculine | masculinity | manlike
manly | virile | manful
androgynous | unisex | gender-neutral | genderless | gender-fluid | androgyny
boyish | tomboyish | tomboy
boyfriend style | borrowed from the boys
edgy | edge | edginess
grunge | grungy
punk | punk rock | punky
pop punk
rock | rocker | rock and roll | rock 'n' roll | rock chic
glam rock
biker | moto | motorcycle style | biker chic | moto chic
goth | gothic | gothic style
emo
scene
whimsigoth | whimsical goth
streetwear | street wear | street style | street fashion | urban streetwear
urban | city style | metropolitan
hip-hop | hip hop | rap
hypebeast | hype
skater | skate | skater style | skateboarding style
techwear | tech wear | technical wear
warcore
cyberpunk
steampunk
athleisure | athletic leisure | ath-leisure | sports luxe | sporty chic | sport luxe
sporty | athletic | sporting | sportive
tenniscore | tennis core | tennis style
blokecore | bloke core
motorsport | racing style | motorcore
gorpcore | gorp core | outdoorsy | outdoor style | hiking style
utility | utilitarian | utilitarianism | functional
military | army style | military-inspired | militaristic
workwear style | blue-collar
nautical | marine | maritime | sailor style
coastal | seaside | beachy
coastal grandmother | coastal grandma
resort | resort wear | holiday wear | vacation | cruise wear
tropical
surf | surfer
mermaidcore | mermaid core | mermaid
cottagecore | cottage core | cottage
goblincore
fairycore | fairy core | fairy
prairie
rustic | countrified | countryfied | agrestic
rural
countryside | country | british country
equestrian | horse-riding style | horsey
dark academia
light academia
academia | academic | scholarly | bookish
geek chic | geeky | nerdy | nerd chic
grandmacore | grannycore | granny chic | grandma chic | grandma style
grandpacore | grandpa style | grandpa chic | eclectic grandpa
normcore | norm core
scandi | scandinavian | nordic | scandinavian style | scandi style
parisian | french | french girl | parisian chic | french chic | parisienne
italian | la dolce vita | sprezzatura
british | english
japanese | japanese street style | harajuku
korean | k-fashion | k-style
mediterranean
vintage | vintage-inspired
retro | throwback | retro-inspired
antique
art deco | deco | twenties | 1920s | flapper | 20s | gatsby
forties | 1940s | 40s
fifties | 1950s | 50s | rockabilly
mod | sixties | 1960s | 60s | mod style
seventies | 1970s | 70s
disco | studio 54
eighties | 1980s | 80s
nineties | 1990s | 90s
y2k | 2000s | noughties | early 2000s | year 2000
indie sleaze
indie
victorian
edwardian
regencycore | regency | regency core
medieval | medievalcore | castlecore
baroque
renaissance
space age | futuristic | futurism
modern | contemporary | modernist | modernistic | modern-day | present-day
avant-garde | experimental | vanguard
deconstructed
conceptual
artsy | arty | artistic
eclectic | mix-and-match | eclecticism
quirky | offbeat | kooky | far-out | way-out
eccentric | bizarre | outlandish | freakish | outre | off-the-wall
whimsical | playful | whimsy
dopamine dressing | mood-boosting colour
barbiecore | barbie core | barbie
mob wife
office siren
glamorous | glam | glamour | glamourous | old hollywood
sexy | seductive | sultry
sensual
elegant | elegance | graceful
sophisticated | sophistication
refined | polished | urbane
chic | voguish | smart
stylish | fashionable | in fashion
trendy | in vogue | modish | a la mode | in style | faddish
luxurious | luxury | sumptuous | opulent | luxe | deluxe | lavish | princely | grand | plush
glitzy | ritzy | glittering chic
understated | low-key | unostentatious | unpretentious | subdued | restrained | low-keyed
capsule wardrobe | capsule
layered | layering | layers
tonal | tone-on-tone | tone on tone
monochrome look
safari
aviator style
second-hand | secondhand | pre-owned | preloved | thrifted | used
sustainable | eco-friendly | environmentally friendly | ethical
wedding | bridal | nuptial
bridesmaid
maternity
evening
cocktail
party | partywear | festive | going out
office | office wear | work style
lounge | loungy
modest | modest fashion | modest wear
plus-size | plus size | curvy
petite | diminutive | tiny
"""
QUALITIES: Final = """
cosy | cozy | snug | snuggly
comfortable | comfy
uncomfortable
gaudy | flashy | garish | tawdry | loud | tacky | brash | meretricious | showy | jazzy | trashy | tatty finery | gimcrack
| brassy | cheap-looking | flash | splashy | flamboyant
simple | uncomplicated | plain and simple
fancy
ornate | flowery decoration
elaborate | detailed | luxuriant
embellished | adorned | decorated | ornamented
delicate | finespun
dainty | exquisite
bold | daring | audacious | venturesome
vivid | bright | vibrant | brightly coloured | brilliant | intense
pastel | pastel-coloured
neutral | neutral-toned
dark | dark-coloured
light | light-coloured | pale
lightweight | light-weight
heavyweight | heavy-weight
warm
cool
matte | matt | mat | flat finish | lustreless | lusterless
shiny | glossy | lustrous | gleaming | sheeny | shining | glistening | burnished
metallic
sparkly | glittery | sparkling | glittering | shimmering | shimmery | glitter | glinting | scintillating
sheer | transparent | see-through | diaphanous | gauzy | filmy | gossamer | gauze-like | cobwebby | vaporous
translucent | semi-transparent
opaque
silky | silken | satiny | sleek | slick | silklike | satinlike
soft
fluffy | downy | downlike
fuzzy | fuzzed
furry | furred
crisp
stiff
stretchy | elastic | stretch | elasticated | elasticised | stretchable
waterproof | rainproof | water-resistant | water-repellent | showerproof | weatherproof
windproof | wind-resistant
durable | hard-wearing | long-lasting | hardwearing | long-wearing | lasting
breathable
washable | machine-washable
crease-resistant | wrinkle-free | non-iron | wrinkle-resistant | wrinkleproof | no-iron
creased | wrinkled | crinkled | crumpled | wrinkly | crinkly
shabby | tatty | threadbare | ragged | tattered | scruffy
handmade | handcrafted | hand-made | hand-crafted
old-fashioned | outdated | dated | outmoded | passe | demode | old-hat | out of date
unfashionable | unstylish | out of fashion | styleless
dowdy | frumpy | frumpish
new
dapper | natty | spruce | spiffy | dashing | jaunty | raffish | rakish | snappy | debonair
neat
tidy
messy | untidy
lacy | lacelike
youthful | young
mature
practical
versatile
reversible | double-sided | two-sided
adjustable
convertible
structured
unstructured
cute | adorable
pretty | lovely
beautiful | gorgeous | stunning
exotic
extravagant | over-the-top | exuberant | excessive
dramatic | spectacular | striking
theatrical | stagy
mysterious
ethereal | airy | otherworldly
dreamy
rugged
rebellious
tough
nostalgic
earthy | earth-toned | earth tones
muted | softened | toned-down
subtle
summery | summer
wintry | winter | wintery
autumnal | autumn | fall
spring
navy | navy blue
grey | gray
beige
woven
"""
GROUPS: Final = "".join((LABELS, QUALITIES))
