"""What must hold of the app after everything that was inflicted, read from its store and its endpoints."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from agents.dead_letters.record import WAITING
from agents.taste_analysis.profile import PROFILE_ID, TasteProfile, every_state, fold_all
from agents.taste_analysis.rebuilding import stored_signals
from shared.store.base import Store
from shared.store.containers import BACKGROUND_JOBS, DEAD_LETTERS, DIGESTS, JOBS, RUNS, TASTE
from tests.soak.fleet import Client
from tests.soak.ledgers import ENDED, Ledgers, Verdict, everything
from tests.soak.more_checks import alerts, audited, gone, moods, words
from tests.soak.story import Sent

SAME_WEIGHT: Final = 1e-6


async def examine(store: Store, client: Client, ledgers: Ledgers) -> Verdict:
    """Hold the app to what was accepted."""
    verdict, sent = Verdict(), ledgers.sent
    done = {user for user, erasure in sent.erased.items() if await _is_erased(client, erasure)}
    verdict.counts["erasures completed"] = len(done)
    jobs = {one["jobId"]: one for one in await everything(store, JOBS.key)}
    records = await everything(store, DEAD_LETTERS.key)
    stored = await everything(store, TASTE.key)
    signals = [one for one in stored if one.get("type") == "signal"]
    _likes(verdict, sent, done, jobs, records, signals)
    await _profiles(verdict, store, stored)
    for one in stored:
        if one["userId"] in done:
            verdict.say("erased, yet kept", f"{one['userId']}: {one.get('type')} {one['id']}")
    _garbage(verdict, sent, records)
    await _digests(verdict, sent, store)
    await _ledger(verdict, store, client, ledgers)
    await words(verdict, store, ledgers)
    await moods(verdict, store, client, ledgers)
    await audited(verdict, client, ledgers)
    if ledgers.later:
        await gone(verdict, store, sent, done)
        await alerts(verdict, client)
    return verdict


async def _is_erased(client: Client, erasure: str) -> bool:
    """Whether it says so: until then what was on its way when it began may be stored, and a later pass takes it."""
    return bool((await client.call("GET", f"ops/erasures/{erasure}"))["status"] == "completed")


def _likes(
    verdict: Verdict,
    sent: Sent,
    done: set[str],
    jobs: Mapping[str, Any],
    records: list[dict[str, Any]],
    signals: list[dict[str, Any]],
) -> None:
    """Every accepted like is applied once, or stands among the dead letters."""
    applied = Counter(one["jobId"] for one in signals)
    dead = {one["jobId"] for one in records if one["status"] == "open"}
    verdict.counts["likes accepted"] = len(sent.likes)
    for job_id, like in sent.likes.items():
        status = "erased" if like.user in sent.erased else jobs[job_id]["status"] if job_id in jobs else "no document"
        verdict.counts[f"of them {status}"] += 1
        if like.user in sent.erased:
            if applied[job_id] and like.user in done:
                verdict.say("erased, yet learnt", f"{like.user} {like.item} {status}")
        elif job_id in sent.withdrawn:
            if applied[job_id]:
                verdict.say("taken back, yet learnt", f"{like.user} {like.item} {status}")
        elif applied[job_id] > 1:
            verdict.say("doubled", f"{like.user} {like.item}: {applied[job_id]} signals")
        elif not applied[job_id] and not (job_id in dead and status == "dead_lettered"):
            verdict.say("lost", f"{like.user} {like.item}: {status}, job {job_id}")
        elif applied[job_id] and status != "completed":
            verdict.say("applied, yet not completed", f"{like.user} {like.item}: {status}")
    for job_id in applied.keys() - sent.likes.keys():
        verdict.say("signals of no like", job_id)
    for one in records:
        if one["status"] == "open" and applied[one["jobId"]] and one["jobId"] in sent.likes:
            verdict.say("dead letters of what is done", one["id"])
        if one["status"] in WAITING and one["jobId"] in sent.withdrawn:
            verdict.say("dead letters of what was taken back", one["id"])


async def _profiles(verdict: Verdict, store: Store, stored: list[dict[str, Any]]) -> None:
    """Every user's profile is what their signals say: no word lost, none counted twice."""
    for document in stored:
        if document["id"] != PROFILE_ID:
            continue
        profile = TasteProfile.from_document(document)
        anew = fold_all(profile.user_id, await stored_signals(store, profile.user_id))
        verdict.counts["profiles"] += 1
        verdict.counts["words in them"] += sum(1 for _ in every_state(profile))
        if not _alike(profile, anew):
            verdict.say(
                "profiles that are not their signals", f"{profile.user_id}: {profile.signals} of {anew.signals} signals"
            )


def _alike(one: TasteProfile, other: TasteProfile) -> bool:
    """Whether two profiles tell the same: weights that decay are summed in another order, and differ in their last digits."""
    ours, theirs = ({state.key: state for state in every_state(profile)} for profile in (one, other))
    return (one.signals, ours.keys()) == (other.signals, theirs.keys()) and all(
        (mine.evidence, mine.last_seen) == (theirs[key].evidence, theirs[key].last_seen)
        and math.isclose(mine.weight, theirs[key].weight, abs_tol=SAME_WEIGHT)
        for key, mine in ours.items()
    )


def _garbage(verdict: Verdict, sent: Sent, records: list[dict[str, Any]]) -> None:
    kept = {one.get("payloadBytes") and one.get("rawPayload") for one in records if one["reason"] == "payload_undecodable"}
    verdict.counts["garbage sent"] = len(sent.garbage)
    verdict.counts["garbage kept"] = len(kept)
    if len(kept) < len(set(sent.garbage)):
        verdict.say("lost", f"garbage: {len(set(sent.garbage))} sent, {len(kept)} kept")


async def _digests(verdict: Verdict, sent: Sent, store: Store) -> None:
    """Every digest job has ended, with one digest a user and window; what is left of who is being erased goes with them."""
    for job in await everything(store, BACKGROUND_JOBS.key):
        verdict.counts[f"other jobs {job['status']}"] += 1
        if job["status"] not in ENDED and job.get("userId") not in sent.erased:
            verdict.say("other jobs that have not ended", f"{job['jobId']}: {job['status']}")
    found = Counter((one["userId"], one["window"]) for one in await everything(store, DIGESTS.key) if "window" in one)
    verdict.counts["digests"] = len(found)
    for (user, window), count in found.items():
        if count > 1:
            verdict.say("doubled", f"digest of {user}, {window}: {count}")


async def _ledger(verdict: Verdict, store: Store, client: Client, ledgers: Ledgers) -> None:
    """Every run that was asked for stands in the ledger and has ended; so has every operation."""
    rows = {one["id"]: one for one in await everything(store, RUNS.key)}
    for run_id, timer in ledgers.sent.runs.items():
        outcome = rows[run_id].get("outcome") if run_id in rows else "no row"
        verdict.counts[f"runs of {timer} {outcome}"] += 1
        if outcome in {None, "no row", "running"}:
            verdict.say("runs that have not ended", f"{run_id}: {outcome}")
    for operation in ledgers.operations:
        state = await client.call("GET", f"ops/replays/{operation}")
        verdict.counts[f"operations {state['status']}"] += 1
        if state["status"] in {"queued", "running"}:
            verdict.say("operations that have not ended", f"{operation}: {state['status']}")
    left = await client.call("POST", "ops/reconcile?dryRun=true")
    for repair in left["repairs"]:
        verdict.say("still to be mended", str(repair)[:200])
