"""The digest of the embedded model, for thirty-two wardrobes over eight weeks: what offends, clashes, repeats, or ignores them.

The offences are counted by rules of this file's own, as plain lists of words, and not by those of the product: what a German
wardrobe has is told by its labels, what a summer thing is by a list. The baseline draws a piece, a colour and partners by lot.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.weekly_digest.items import owned_items
from agents.weekly_digest.prompt import Wardrobe, prepare, question_of
from agents.weekly_digest.summary import Taste
from quality.figure import Figure
from quality.wardrobes import Person, people
from shared.fashion.suggestions import SuggestedItem
from shared.local.catalogue import offers
from shared.local.digest import suggest

START = datetime(2026, 10, 5, 9, tzinfo=UTC)  # a Monday in autumn
WEEKS = 8
SUMMER = frozenset(
    {"sandals", "espadrilles", "shorts", "tank", "linen", "swim", "straw", "summer", "sleeveless", "flip-flops", "slip"}
)
WINTER = frozenset({"snow", "beanie", "gloves", "puffer", "parka", "wool", "cashmere", "merino", "fleece", "coat", "down"})
WOMENS = frozenset(
    {
        "skirt",
        "dress",
        "blouse",
        "heels",
        "flats",
        "clutch",
        "earrings",
        "tights",
        "necklace",
        "jumpsuit",
        "ribbon",
        "brooch",
        "handbag",
        "bodysuit",
        "leggings",
    }
)
MENS_FORMAL = frozenset({"tie", "cufflinks", "square", "suit", "waistcoat"})
FORMAL = {"tie", "cufflinks", "square", "suit", "waistcoat"}
FORMAL = {"suit", "tie", "cufflinks", "square", "oxfords", "heels", "clutch", "gown", "blouse", "brogues"}
ROUGH = {
    "hoodie",
    "joggers",
    "running",
    "wellingtons",
    "snow",
    "flip-flops",
    "cargo",
    "board",
    "swim",
    "fleece",
    "cap",
    "beanie",
}
JARGON = re.compile(r"reference mix|owned items|comes? under|\b[fg]\d+\b", re.IGNORECASE)
HAS_WOMENS = re.compile(
    r"skirt|dress|blouse|heels|earring|tights|necklace|jumpsuit|jupe|ballerine|falda|blusa|vestido|saia|pendientes|スカート|leggings"
    r"|handbag|sac à main|pearl",
    re.IGNORECASE,
)
HAS_FORMAL = re.compile(r"\bsuit|tie\b|cufflink|abito|corbata|cravatta|americana|blazer|oxford", re.IGNORECASE)
HAS = {
    "shoes": re.compile(
        r"shoe|boot|trainer|loafer|heels|sandal|flip|brogue|oxford|wellington|stiefel|turnschuh|ballerine|bottine|zapat|mocas|botin"
        r"|scarpe|sandálias|ténis|laarzen|sneaker|ブーツ|スニーカー|saappaat|lenkkarit|espadrille",
        re.IGNORECASE,
    ),
    "bottoms": re.compile(
        r"jean|trouser|skirt|chino|short|legging|jogger|suit|dress|jupe|pantal|vaquer|falda|calças|saia|spijkerbroek|パンツ|スカート"
        r"|farkut|abito|vestido|jumpsuit",
        re.IGNORECASE,
    ),
    "tops": re.compile(
        r"shirt|tee|top|blouse|polo|hemd|marinière|chemise|camisa|camicia|camiseta|overhemd|シャツ|paita|dress|jumper|hoodie|blusa"
        r"|sweat|turtleneck|cardigan",
        re.IGNORECASE,
    ),
    "outerwear": re.compile(
        r"coat|jacket|parka|fleece|gilet|jacke|trench|abrigo|cappotto|giacca|casaco|regenjas|コート|takki|blazer|chaqueta|americana",
        re.IGNORECASE,
    ),
}  # fmt: skip
WARM_PLACES = {"Singapore", "Dubai"}
SOUTH = {"Sydney"}


@dataclass(frozen=True, slots=True)
class Said:
    """One suggestion to one person, with the labels that it is paired with, and what a bought one is called."""

    person: Person
    week: int
    one: SuggestedItem
    partners: tuple[str, ...]

    @property
    def words(self) -> set[str]:
        """The words of its name."""
        return set(re.findall(r"[\w-]+", self.one.item.casefold()))

    @property
    def kind(self) -> str:
        """The kind of thing: the last word of its name, in the singular."""
        return self.one.item.casefold().split()[-1].rstrip("s")


def offence(said: Said) -> str | None:
    """Return what offends good sense in a suggestion, if anything."""
    owned, words = " ; ".join(title for title, _ in said.person.pieces), said.words
    if words & WOMENS and not HAS_WOMENS.search(owned):
        return "of a kind that the wearer shows no sign of wearing"
    if words & MENS_FORMAL and not HAS_FORMAL.search(owned):
        return "for a business that the wearer is not in"
    warm = said.person.city in WARM_PLACES or said.person.city in SOUTH
    if words & (WINTER - {"coat"} if warm else SUMMER):
        return "for the wrong season"
    denied = re.match(r"(?:Your \d+ pieces include|You own) no(?: \w+)*? (shoes|bottoms|tops|outerwear)\b", said.one.why)
    if denied and not re.search(r"warm|rain|light|snow", denied.group(0)) and HAS[denied.group(1)].search(owned):
        return f"says that there are no {denied.group(1)}"
    if JARGON.search(said.one.why):
        return "in jargon"
    return None


def clash(said: Said, partner: str) -> bool:
    """Whether a partner is not worn with the suggested piece."""
    words, others = said.words, set(re.findall(r"[\w-]+", partner.casefold()))
    if (words & SUMMER and others & WINTER) or (words & WINTER and others & SUMMER):
        return True
    return bool((words & FORMAL and others & ROUGH) or (words & ROUGH and others & FORMAL))


def composed(person: Person, at: datetime, taste: Taste, recent: Sequence[str], rejected: Sequence[str]) -> list[Said]:
    """Return one digest."""
    items = owned_items(person.documents(at), now=at)
    wardrobe = Wardrobe(items, {"locationCity": person.city}, taste, rejected, recent)
    prepared = prepare(wardrobe, window=f"2026-W{at.isocalendar().week:02}", at=at)
    answer = suggest(question_of(prepared))
    week = (at - START).days // 7
    return [
        Said(person, week, one, tuple(item.label for ref in one.pairs_with if (item := prepared.summary.item_of(ref))))
        for one in answer.suggestions
    ]


def weeks_of(person: Person, taste: Taste, weeks: int = WEEKS) -> list[Said]:
    """Return the digests of some weeks, each knowing the ones before, the latest first."""
    said: list[Said] = []
    for week in range(weeks):
        recent = [one.one.item for one in reversed(said)][:40]
        said += composed(person, START + timedelta(days=7 * week), taste, recent, ())
    return said


def by_lot(person: Person, seed: str) -> Iterator[Said]:
    """Yield as many suggestions as a person gets, drawn by lot."""
    draw = random.Random(seed)
    for week in range(WEEKS):
        for offer in draw.sample(offers(), 4):
            one = SuggestedItem(
                item=f"{draw.choice(offer.colours)} {offer.name}", category=offer.category, why="You may like it.",
                confidence=0.5,
            )  # fmt: skip
            yield Said(person, week, one, tuple(draw.sample([title for title, _ in person.pieces], 3)))


def repeats(said: Sequence[Said]) -> float:
    """Return the share of suggestions, from the second week on, of a kind that the person was suggested in an earlier week."""
    seen: dict[tuple[str, str], int] = {}
    again = later = 0
    for one in said:
        first = seen.setdefault((one.person.name, one.kind), one.week)
        if one.week:
            later += 1
            again += first < one.week
    return again / max(later, 1)


def after_down(person: Person) -> tuple[int, int]:
    """Return how many suggestions of four weeks are of a kind that was turned down before them, and of how many."""
    first = composed(person, START, Taste(), (), ())
    down = [one.one.item for one in first]
    kinds, recent = {one.kind for one in first}, list(down)
    later: list[Said] = []
    for week in range(1, 5):
        found = composed(person, START + timedelta(days=7 * week), Taste(), recent, down)
        later += found
        recent = [one.one.item for one in found] + recent
    return sum(one.kind in kinds for one in later), len(later)


TASTES = (
    Taste(styles=("minimalist",), colours=("black", "white"), garments=("turtleneck",)),
    Taste(styles=("bohemian",), colours=("rust", "mustard"), garments=("cardigan",)),
)


def figures_of(said: Sequence[Said]) -> Mapping[str, Any]:
    """Return what is wrong in suggestions: the share that offends, and that of the pairings that clash; and examples."""
    wrong = [(one, found) for one in said if (found := offence(one))]
    pairs = [(one, partner) for one in said for partner in one.partners]
    clashing = [(one, partner) for one, partner in pairs if clash(one, partner)]
    return {
        "offences": 100 * len(wrong) / max(len(said), 1), "clashes": 100 * len(clashing) / max(len(pairs), 1),
        "wrong": [f"{one.person.name}, week {one.week}: {one.one.item}, {found}: {one.one.why}" for one, found in wrong],
        "clashing": [f"{one.person.name}: {one.one.item} with {partner}" for one, partner in clashing],
    }  # fmt: skip


async def measure(some: int | None = None) -> list[Figure]:
    """Return the room's figures; `some`: of so many people only."""
    everybody = people()[:some]
    said = [one for person in everybody for one in weeks_of(person, Taste())]
    lots = [one for person in everybody for one in by_lot(person, person.name)]
    ours, lot = figures_of(said), figures_of(lots)
    again = [after_down(person) for person in everybody]
    by_taste = [[{one.one.item for one in composed(person, START, taste, (), ())} for taste in TASTES] for person in everybody]
    differ = [one != other for one, other in by_taste]
    counts = Counter(one.person.name for one in said)
    few = [f"{person.name}: {counts[person.name]} in {WEEKS} weeks" for person in everybody if counts[person.name] < 3 * WEEKS]
    kinds = [f"{person.name}: {repeats([one for one in said if one.person is person]):.0%}" for person in everybody]
    return [
        Figure("suggestions with an offence, of 100", ours["offences"], "<=", 3, lot["offences"], ours["wrong"]),
        Figure("pairings that clash, of 100", ours["clashes"], "<=", 1, lot["clashes"], ours["clashing"]),
        Figure(
            "suggestions of a kind that an earlier week had, of 100", 100 * repeats(said), "<=", 15, 100 * repeats(lots),
            sorted(kinds, key=lambda text: -int(text.rpartition(": ")[2].rstrip("%"))),
        ),
        Figure(
            "suggestions of a kind that was turned down, of 100 in the four weeks after",
            100 * sum(one for one, _ in again) / max(sum(of for _, of in again), 1), "<=", 0,
        ),
        Figure("share of wardrobes whose suggestions depend on the taste", sum(differ) / len(differ), ">=", 0.9),
        Figure("digests with fewer than three suggestions a week, people", len(few), "<=", 0, None, few),
    ]  # fmt: skip


def of_another(person: Person, *titles: str) -> Person:
    """Return a person with further pieces, for tests."""
    return replace(person, pieces=(*person.pieces, *((title, 10) for title in titles)))
