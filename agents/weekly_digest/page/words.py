"""The page's own sentences, in English: dates, money, counts, how sure we are. Both pages say the same with them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from agents.weekly_digest.page.reading import CostLine, Money, MonthWears, PageContent, ShownSuggestion
from shared.text import plural

# Written out: strftime would follow the host's locale.
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
NUMBERS: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪", "TRY": "₺", "UAH": "₴"}
# ISO 4217 gives these no minor unit; the list holds those that people price clothes in.
WITHOUT_CENTS: Final = {"JPY", "KRW", "CLP", "ISK", "VND", "PYG", "XAF", "XOF"}
NO_BREAK: Final = "\u00a0"
CENTS_BELOW: Final = 1000.0
CONFIDENCE: Final = ((0.85, "very sure"), (0.65, "quite sure"), (0.45, "fairly sure"), (0.0, "a hunch, no more"))


def capital(text: str) -> str:
    """Return the text with its first letter as a sentence begins."""
    return text[:1].upper() + text[1:]


def number_word(count: int) -> str:
    """Return a count as a sentence begins with it: a word up to twelve, then figures."""
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def listed(parts: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def day(on: date) -> str:
    """Return `23 November 2026`."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def month(on: date) -> str:
    """Return `November 2026`."""
    return f"{MONTHS[on.month - 1]} {on.year}"


def short_month(on: date) -> str:
    """Return `Nov`."""
    return MONTHS[on.month - 1][:3]


def week(monday: date) -> str:
    """Return `23 to 29 November 2026`, naming month and year once where they are the same."""
    if monday > date.max - timedelta(days=6):
        return day(monday)
    sunday = monday + timedelta(days=6)
    if monday.year != sunday.year:
        return f"{day(monday)} to {day(sunday)}"
    if monday.month != sunday.month:
        return f"{monday.day} {MONTHS[monday.month - 1]} to {day(sunday)}"
    return f"{monday.day} to {day(sunday)}"


def price(money: Money) -> str:
    """Return a price without cents where it is whole: `€120`, `CHF 49.50`."""
    whole = money.amount.is_integer() or money.currency in WITHOUT_CENTS
    return _with_currency(f"{money.amount:,.0f}" if whole else f"{money.amount:,.2f}", money.currency)


def cost(money: Money) -> str:
    """Return a cost per wear, with cents where the currency has them and they still matter: `€4.00`."""
    whole = money.currency in WITHOUT_CENTS or money.amount >= CENTS_BELOW
    return _with_currency(f"{money.amount:,.0f}" if whole else f"{money.amount:,.2f}", money.currency)


def _with_currency(figure: str, currency: str) -> str:
    if currency in SYMBOLS:
        return SYMBOLS[currency] + figure
    return f"{currency}{NO_BREAK}{figure}" if currency else figure


def confidence(share: float) -> str:
    """Return how sure we are, in words, of a confidence from 0 to 1."""
    return next(words for least, words in CONFIDENCE if share >= least)


def issue(page: PageContent) -> str:
    """Return the line above the headline: `Week 48 · 23 to 29 November 2026`, or the day it was written, or nothing."""
    if page.monday is not None:
        return f"Week {page.monday.isocalendar().week} · {week(page.monday)}"
    return day(page.written.date()) if page.written else ""


def headline(page: PageContent) -> str:
    """Return the page's first words."""
    count = len(page.suggestions)
    if count == 0:
        return "Nothing to buy this week"
    return f"{number_word(count)} {'piece' if count == 1 else 'pieces'} worth making room for"


def opening(page: PageContent) -> str:
    """Return the letter's first paragraph: where the reader's wardrobe stands."""
    said = []
    if page.cut_at:
        said.append(f"Your wardrobe holds more than is counted here: the first {plural(page.cut_at, 'piece')}.")
    elif page.total:
        said.append(f"You own {plural(page.total, 'piece')}{_worn(page.worn, page.total)}")
        said += _unworn(page.never_worn.count, page.total, page.worn)
    if page.suggestions:
        place = ("beside it" if page.total == 1 else "beside them") if page.total else "in your wardrobe"
        said.append(f"Here is what would earn its place {place}{f' this {page.season}' if page.season else ''}.")
    else:
        said.append("What you have will do.")
    return " ".join(said)


def _unworn(waiting: int, total: int, worn: int | None) -> list[str]:
    """Say what became of the pieces that were not worn, so that the counts add up: those bought of late are not waiting."""
    new = total - worn - waiting if worn is not None and 0 < worn < total else 0
    parts = [f"{number_word(waiting)} {'is' if waiting == 1 else 'are'} still waiting for a first outing"] if waiting else []
    if new > 0:
        count = number_word(new)
        parts.append(f"{count.lower() if parts else count} {'is' if new == 1 else 'are'} new")
    return [f"{' and '.join(parts)}."] if parts and waiting < total else []


def _worn(worn: int | None, total: int) -> str:
    if worn is None or worn > total:
        return "."
    if worn == 0:
        return ", and have not noted a wear yet."
    if worn == total:
        return ", and have worn every one of them." if total > 1 else ", and have worn it."
    return f" and have worn {worn:,} of them."


def combines(suggestion: ShownSuggestion, page: PageContent) -> str:
    """Return `17 of your 41 pieces`; empty when it was not counted, or tells nothing because it is all of them."""
    count = suggestion.combines_with
    if count is None or (count == page.total and count > 1):
        return ""
    if count == 0:
        return "nothing you own yet"
    if page.total is None or count > page.total:
        return f"{plural(count, 'piece')} you own"
    return f"{count:,} of your {plural(page.total, 'piece')}"


def reckoning(suggestion: ShownSuggestion) -> tuple[str, str]:
    """Return what it would cost: the figure that counts, and how it comes about; both may be empty."""
    wears = suggestion.wears_a_year
    how_often = plural(wears, "wear") + " a year" if wears else ""
    if suggestion.cost_per_wear is not None:
        parts = [price(suggestion.price) if suggestion.price else "", f"about {plural(wears, 'wear')}" if wears else ""]
        over = " over ".join(part for part in parts if part)
        return f"{cost(suggestion.cost_per_wear)} a wear", f"{over} in its first year" if over else ""
    if suggestion.price is not None:
        return f"around {price(suggestion.price)}", f"about {how_often}" if how_often else ""
    return (f"about {how_often}", "") if how_often else ("", "")


def kicker(suggestion: ShownSuggestion) -> str:
    """Return what kind of thing it is: `Outerwear, olive`; empty when that is not known."""
    return capital(", ".join(part for part in (suggestion.category, suggestion.tint.name) if part))


def median(costs: CostLine) -> str:
    """Return `€4.20 is the median of 22 priced pieces`."""
    return f"{cost(costs.median)} is the median of {plural(costs.items, 'priced piece')}"


def unfinished(one: MonthWears, page: PageContent) -> bool:
    """True for the month in which the digest was written: its wears are not all in."""
    return page.written is not None and (page.written.year, page.written.month) == (one.first.year, one.first.month)


def span(page: PageContent) -> str:
    """Return which months the bars show, and all wears noted. `page` has months."""
    first, last = page.months[0], page.months[-1]
    shown = f"{month(first.first)} to {month(last.first)}" if first != last else month(first.first)
    so_far = f", {MONTHS[last.first.month - 1]} so far" if unfinished(last, page) and first != last else ""
    in_all = f"; {plural(page.wears, 'wear')} noted in all" if page.wears else ""
    return shown + so_far + in_all


def months_told(months: Sequence[MonthWears]) -> str:
    """Return the months and their wears as a sentence, for those who do not see the bars."""
    return "Wears by month: " + ", ".join(f"{month(one.first)} {one.wears:,}" for one in months) + "."


def colophon(page: PageContent) -> list[str]:
    """Return the sentences at the foot: what the page was made from, and what not to take for granted."""
    said = []
    if page.written is not None:
        said.append(f"Written on {day(page.written.date())}.")
    if page.suggestions:
        author = f"the model {page.model}" if page.model else "a model"
        said.append(f"The suggestions are the words of {author} and may be wrong.")
    if page.has_figures:
        said.append("The figures are counted from your own wardrobe.")
    if page.costs is not None:
        said.append("Cost per wear is the price divided by the wears so far, at least one.")
    if page.climate:
        said.append(f"Climate: {page.climate}.")
    if page.styles:
        said.append(f"Styles considered: {listed(page.styles)}.")
    return said
