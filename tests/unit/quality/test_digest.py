"""A small part of `make quality`: the digests of six wardrobes reach their goals, and the counters see what they are for."""

from agents.weekly_digest.summary import Taste
from quality.digest import Said, clash, measure, offence, repeats, weeks_of
from quality.wardrobes import people
from shared.fashion.suggestions import SuggestedItem


def said(item: str, why: str = "It would be useful.", partners: tuple[str, ...] = (), person: int = 0) -> Said:
    one = SuggestedItem(item=item, category="other", why=why, confidence=0.5)
    return Said(people()[person], 0, one, partners)


async def test_six_wardrobes_reach_every_goal() -> None:
    assert [figure.line() for figure in await measure(6) if not figure.is_met] == []


def test_the_counters_see_offences_clashes_and_repeats() -> None:
    assert offence(said("coral midi skirt"))
    assert offence(said("silver cufflinks"))
    assert offence(said("linen shirt"))
    assert offence(said("wool coat", "The reference mix asks for it."))
    student = next(at for at, person in enumerate(people()) if person.name == "student")
    assert offence(said("leather loafers", "Your 10 pieces include no shoes.", person=student))
    assert not offence(said("wool coat"))
    assert clash(said("snow boots"), "black slip dress")
    assert clash(said("navy wool scarf"), "sandals")
    assert not clash(said("navy wool scarf"), "blue jeans")
    first = weeks_of(people()[0], Taste(), weeks=2)
    assert repeats(first) == 0
    assert repeats([*first, *(Said(one.person, 2, one.one, ()) for one in first)]) > 0


def test_there_are_thirty_two_wardrobes_each_of_its_own() -> None:
    assert len({person.name for person in people()}) == 32
    assert all(len(person.pieces) >= 4 for person in people())
