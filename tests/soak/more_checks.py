"""What must hold besides the likes: the users' own words, moods, audit, alerts, and that of the erased nothing is left."""

from collections import Counter, defaultdict
from typing import Any, Final

from shared.store.base import Store
from shared.store.containers import DEAD_LETTERS, DIGESTS, JOBS, MOODS, TASTE, USER_PROFILES, WARDROBE
from tests.soak.fleet import Client
from tests.soak.ledgers import Ledgers, Verdict, everything
from tests.soak.story import Sent
from tests.soak.webapi import LIST

PERSONAL: Final = (JOBS, DEAD_LETTERS, TASTE, DIGESTS, USER_PROFILES, WARDROBE)


async def words(verdict: Verdict, store: Store, ledgers: Ledgers) -> None:
    """What users declared stands, in their order, beside what the app adds; what they took out stays out."""
    profiles = {one["id"]: one for one in await everything(store, USER_PROFILES.key)}
    web_api, erased = ledgers.web_api, ledgers.sent.erased
    for user, declared in web_api.declared.items():
        if user in erased:
            continue
        document = profiles.get(user, {})
        listed = [str(one) for one in document.get(LIST) or []]
        verdict.counts["words declared"] += len(declared)
        kept = [one for one in listed if one.startswith("Declared ")]
        if kept != declared:
            verdict.say("lost", f"words of {user}: declared {declared}, kept {kept}")
        if (document.get("measurements") or {}).get("waist") != web_api.size[user]:
            verdict.say("lost", f"measurement of {user}: {document.get('measurements')}, written {web_api.size[user]}")
    for user, declined in web_api.declined.items():
        listed = [str(one) for one in profiles.get(user, {}).get(LIST) or []]
        verdict.counts["words declined"] += len(declined)
        back = declined.intersection(listed)
        if back and user not in erased:
            verdict.say("declined, yet added", f"{user}: {sorted(back)}")
    for user, document in profiles.items():
        verdict.counts["words inferred in lists"] += len((document.get("tasteInferred") or {}).get(LIST) or [])
        listed = [str(one).casefold() for one in document.get(LIST) or []]
        if len(listed) != len(set(listed)):
            verdict.say("doubled", f"a word in the list of {user}: {listed}")


async def moods(verdict: Verdict, store: Store, client: Client, ledgers: Ledgers) -> None:
    """Each article that was read counts once, for the one mood that it is about."""
    stored = await everything(store, MOODS.key)
    counted = Counter(key for one in stored for key in one["countedArticles"])
    told = await seen(client)
    verdict.counts |= Counter({"moods": len(stored), "articles counted": len(counted)})
    for key, count in counted.items():
        if count > 1:
            verdict.say("doubled", f"the article {key} counts for {count} moods")
    for one in stored:
        if one["trendScore"] != len(one["countedArticles"]):
            verdict.say("doubled", f"mood {one['id']}: {one['trendScore']} of {len(one['countedArticles'])} articles")
    if "moods" in ledgers.sent.runs.values() and len(counted) < len(told["articles"]):
        verdict.say("lost", f"articles: {len(told['articles'])} were read, {len(counted)} count")


async def audited(verdict: Verdict, client: Client, ledgers: Ledgers) -> None:
    """What on-call and users asked for stands in the audit, once."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    cursor: str | None = ""
    while cursor is not None:
        page = await client.call("GET", f"ops/audit?limit=200{cursor and f'&cursor={cursor}'}")
        for one in page["audit"]:
            found[one["action"]][one["operationId"]] += 1
        cursor = page["cursor"]
    verdict.counts["audited actions"] = sum(count.total() for count in found.values())
    begun = found["replay.requested"] + found["retry.requested"]
    for operation in ledgers.operations:
        if begun[operation] != 1:
            verdict.say("operations that the audit has not once", f"{operation}: {begun[operation]}")
    for user, erasure in ledgers.sent.erased.items():
        if found["erasure.requested"][erasure] != 1:
            verdict.say("erasures that the audit has not once", f"{user} {erasure}")
    for action, least in zip(("queue.paused", "queue.resumed"), ledgers.pauses, strict=True):
        if found[action].total() < least:
            verdict.say("pauses that the audit has not", f"{least} {action}, {found[action].total()} in the audit")


async def gone(verdict: Verdict, store: Store, sent: Sent, done: set[str]) -> None:
    """Of the erased nothing is left."""
    for user, erasure in sent.erased.items():
        if user not in done:
            verdict.say("erasures that have not ended", f"{user}: {erasure}")
    for container in PERSONAL:
        for one in await everything(store, container.key):
            owner = one.get("userId") or (one["id"] if container is USER_PROFILES else None)
            if owner in done:
                verdict.say("erased, yet kept", f"{owner}: {container.key} {one['id']}")


async def alerts(verdict: Verdict, client: Client) -> None:
    """Every alert fired once an incident and resolved once, and what fires now was told and is not resolved."""
    told: defaultdict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for notice in (await seen(client))["notices"]:
        told[notice["incident"]][notice["event"]].add(notice["id"])
    for incident, events in told.items():
        for event in ("fired", "resolved"):
            verdict.counts[f"alerts {event}"] += len(events[event])
            if len(events[event]) > 1:
                verdict.say("doubled", f"alert {incident} {event} {len(events[event])} times")
        if not events["fired"]:
            verdict.say("lost", f"alert {incident} was told as {sorted(events)}, never that it fired")
    _, status = await client.ask("GET", "/api/ops/status", take=(200, 503))
    firing = {one["alert"] for one in status["rules"] if one["phase"] == "firing"}
    unresolved = {_alert_of(incident) for incident, events in told.items() if not events["resolved"]}
    for alert in firing - {_alert_of(incident) for incident in told}:
        verdict.say("lost", f"alert {alert} fires, and nobody was told")
    for alert in unresolved - firing:
        verdict.say("alerts told as firing that do not fire", alert)


def _alert_of(incident: str) -> str:
    return incident.partition(".20")[0]  # the key, before the time at which it fired


async def seen(client: Client) -> dict[str, Any]:
    """Return what came in at the other end of the wire."""
    async with client.session.get(client.seen) as response:
        return dict(await response.json())
