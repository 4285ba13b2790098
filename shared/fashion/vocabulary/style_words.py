"""Style labels with other words for them, and plain words of description; one group a line, the label first. Made by us."""

from typing import Final

LABELS: Final = """
minimalist | minimal | minimalism | minimalistic | pared-back | pared-down | stripped-back | bare-bones
maximalist | maximal | maximalism | maximalistic | more is more
quiet luxury | stealth wealth | understated luxury | silent luxury | logo-free luxury
old money | inherited wealth | old-money style | old money chic
new money
classic | classical | classics
timeless | ageless | dateless | perennial | evergreen
traditional | conventional
preppy | prep | preppie | preppy chic | prep style | varsity
ivy league | ivy | ivy style | collegiate
smart casual | business casual | smart-casual | elevated casual | casual smart
business formal | business attire | corporate | business wear
business | businesslike
casual | informal | everyday | laid-back | relaxed style | easygoing
formal | dressy | dressed-up | dress-up
black tie
white tie
tailored | tailoring | well-tailored | sharply tailored | tailor-fitted | sharp tailoring
bespoke | made-to-measure | custom-made | tailor-made | made-to-order | custom | bespoken | customised | custom-tailored
| custom-fit | tailored to order
ready-to-wear | off-the-rack | off-the-peg | ready-made | pret-a-porter | ready made | off-the-shelf
haute couture | couture | high fashion
bohemian | boho | boho-chic | boho chic | bohemian chic | bohemian luxe | boho luxe
hippie | hippy | flower child | hippy chic | hippie chic | hippie style
gypset
festival | festival wear
folk | folksy | folkloric
ethnic | tribal
western | wild west | country western | western style | western chic
cowboycore | cowboy core | cowgirl | cowboy | rodeo | cowboy style
americana
romantic | romanticism | romance
feminine | femininity | womanly | femme | girly-girl | womanlike | ultra-feminine
ladylike | refined lady | genteel lady
girly | girlish | girlie | girl-like | schoolgirlish
coquette | coquettish
balletcore | ballet core | ballerina style
princesscore | princess
soft girl
clean girl
vsco girl
e-girl
lolita | gothic lolita style
kawaii
masculine | masculinity | manlike | mannish | menswear-inspired | masc
manly | virile | manful | he-man
androgynous | unisex | gender-neutral | genderless | gender-fluid | androgyny | gender-bending | agender
boyish | tomboyish | tomboy | boylike | schoolboyish | tomboy style
boyfriend style | borrowed from the boys
edgy | edge | edginess | edgy look
grunge | grungy
punk | punk rock | punky
pop punk
rock | rocker | rock and roll | rock 'n' roll | rock chic | rockstar | rocker chic
glam rock
biker | moto | motorcycle style | biker chic | moto chic | biker style | moto style
goth | gothic | gothic style | gothic fashion | goth chic
emo
scene
whimsigoth | whimsical goth
streetwear | street wear | street style | street fashion | urban streetwear | street chic | urban wear
urban | city style | metropolitan
hip-hop | hip hop | rap
hypebeast | hype
skater | skate | skater style | skateboarding style
techwear | tech wear | technical wear
warcore
cyberpunk
steampunk
athleisure | athletic leisure | ath-leisure | sports luxe | sporty chic | sport luxe | athleisurewear
sporty | athletic | sporting | sportive
tenniscore | tennis core | tennis style
blokecore | bloke core
motorsport | racing style | motorcore
gorpcore | gorp core | outdoorsy | outdoor style | hiking style
utility | utilitarian | utilitarianism | functional | utility style | utility chic | utilitarian chic
military | army style | military-inspired | militaristic | army | military chic
workwear style | blue-collar
nautical | marine | maritime | sailor style | seafaring
coastal | seaside | beachy
coastal grandmother | coastal grandma
resort | resort wear | holiday wear | vacation | cruise wear | resort style | vacation style | holiday style
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
equestrian | horse-riding style | horsey | equestrian chic | horse girl
dark academia
light academia
academia | academic | scholarly | bookish
geek chic | geeky | nerdy | nerd chic
grandmacore | grannycore | granny chic | grandma chic | grandma style
grandpacore | grandpa style | grandpa chic | eclectic grandpa
normcore | norm core
scandi | scandinavian | nordic | scandinavian style | scandi style | scandi chic | scandi minimalism
parisian | french | french girl | parisian chic | french chic | parisienne | parisian style | french style | french girl style
italian | la dolce vita | sprezzatura
british | english
japanese | japanese street style | harajuku
korean | k-fashion | k-style
mediterranean
vintage | vintage-inspired
retro | throwback | retro-inspired | old-school
antique
art deco | deco | twenties | 1920s | flapper | 20s | gatsby
forties | 1940s | 40s
fifties | 1950s | 50s | rockabilly | fifties style
mod | sixties | 1960s | 60s | mod style
seventies | 1970s | 70s | seventies style
disco | studio 54
eighties | 1980s | 80s | eighties style
nineties | 1990s | 90s | nineties style
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
modern | contemporary | modernist | modernistic | modern-day | present-day | up-to-date | current
avant-garde | experimental | vanguard
deconstructed
conceptual
artsy | arty | artistic
eclectic | mix-and-match | eclecticism
quirky | offbeat | kooky | far-out | way-out
eccentric | bizarre | outlandish | freakish | outre | off-the-wall | weird | strange | odd | peculiar | freaky
whimsical | playful | whimsy | fanciful | whimsy look | impish
dopamine dressing | mood-boosting colour
barbiecore | barbie core | barbie
mob wife
office siren
glamorous | glam | glamour | glamourous | old hollywood | glammed-up | movie-star | hollywood glamour
sexy | seductive | sultry | alluring | steamy | slinky | come-hither
sensual
elegant | elegance | graceful
sophisticated | sophistication
refined | polished | urbane
chic | voguish | smart
stylish | fashionable | in fashion | chic and stylish | fashion-forward | a la page
trendy | in vogue | modish | a la mode | in style | faddish | on-trend | of the moment | all the rage | latest fashion | voguey
luxurious | luxury | sumptuous | opulent | luxe | deluxe | lavish | princely | grand | plush | luxury look | high-end | upscale
| palatial | upmarket | luxe look
glitzy | ritzy | glittering chic
understated | low-key | unostentatious | unpretentious | subdued | restrained | low-keyed
capsule wardrobe | capsule
layered | layering | layers
tonal | tone-on-tone | tone on tone
monochrome look
safari | safari style | safari chic
aviator style
second-hand | secondhand | pre-owned | preloved | thrifted | used | pre-worn | thrift | thrift store | charity shop | cast-off
| hand-me-down
sustainable | eco-friendly | environmentally friendly | ethical | eco | green fashion | eco-conscious | planet-friendly
wedding | bridal | nuptial
bridesmaid
maternity
evening | night-time
cocktail
party | partywear | festive | going out | party look | festive look | night out
office | office wear | work style | office look | office style | work look | 9-to-5
lounge | loungy
modest | modest fashion | modest wear | covered-up
plus-size | plus size | curvy
petite | diminutive | tiny
"""
QUALITIES: Final = """
cosy | cozy | snug | snuggly | cozy look | hygge
comfortable | comfy | comfort | comfy look | comfortable to wear
uncomfortable
gaudy | flashy | garish | tawdry | loud | tacky | brash | meretricious | showy | jazzy | trashy | tatty finery | gimcrack
| brassy | cheap-looking | flash | splashy | flamboyant
simple | uncomplicated | plain and simple
fancy
ornate | flowery decoration
elaborate | detailed | luxuriant | intricate
embellished | adorned | decorated | ornamented | embellishment | decorative | ornamental | bedecked | embellishments
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
matte | matt | mat | flat finish | lustreless | lusterless | dull finish | non-shiny | unpolished finish
shiny | glossy | lustrous | gleaming | sheeny | shining | glistening | burnished | polished look | high-shine | glossed
| lustre | sheen | shine | glassy | wet-look
metallic
sparkly | glittery | sparkling | glittering | shimmering | shimmery | glitter | glinting | scintillating | twinkling | twinkly
| spangly look | glistering | coruscant | glittering look | glitter-covered | blingy | bling
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
stretchy | elastic | stretch | elasticated | elasticised | stretchable | with stretch | stretch fabric | elastic fabric
| springy
waterproof | rainproof | water-resistant | water-repellent | showerproof | weatherproof
windproof | wind-resistant
durable | hard-wearing | long-lasting | hardwearing | long-wearing | lasting
breathable
washable | machine-washable
crease-resistant | wrinkle-free | non-iron | wrinkle-resistant | wrinkleproof | no-iron
creased | wrinkled | crinkled | crumpled | wrinkly | crinkly | rumpled | rumply | crumply
shabby | tatty | threadbare | ragged | tattered | scruffy | worn-out | ratty | moth-eaten | seedy | down-at-heel
handmade | handcrafted | hand-made | hand-crafted | hand-sewn | hand-stitched | artisanal | artisan | handcraft
old-fashioned | outdated | dated | outmoded | passe | demode | old-hat | out of date | antiquated | behind the times | fusty
| passee | fuddy-duddy | unmodern
unfashionable | unstylish | out of fashion | styleless
dowdy | frumpy | frumpish
new
dapper | natty | spruce | spiffy | dashing | jaunty | raffish | rakish | snappy | debonair | smartly dressed | well-groomed
neat | tidy look
tidy
messy | untidy
lacy | lacelike
youthful | young | young-looking
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
