"""The table of contents: every trigger, its name, schedule, queue and route. Importing it does nothing.

Queue bodies are taken as bytes (`DataType.BINARY`): as text, what is not UTF-8 would be replaced, and lost.
"""

import os
from typing import TYPE_CHECKING

import azure.functions as func

from agents import timers
from agents.entry import ENTRY
from shared.queues.names import commands_queue_name, dead_letter_queue_name, queue_name

if TYPE_CHECKING:
    from agents.api.http import Response

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
TASTE_JOBS, TASTE_DEAD_LETTERS = queue_name("TASTE_JOB", os.environ), dead_letter_queue_name("TASTE_JOB", os.environ)
DIGEST_JOBS, DIGEST_DEAD_LETTERS = queue_name("DIGEST_JOB", os.environ), dead_letter_queue_name("DIGEST_JOB", os.environ)
SCRAPE_JOBS, SCRAPE_DEAD_LETTERS = queue_name("SCRAPE_JOB", os.environ), dead_letter_queue_name("SCRAPE_JOB", os.environ)
RUN_COMMANDS = commands_queue_name(os.environ)


@app.function_name("ProcessTasteAnalysisJob")
@app.queue_trigger("message", TASTE_JOBS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_taste_analysis_job(message: func.QueueMessage) -> None:
    """Run the taste analysis of one like."""
    await ENTRY.deliver("taste-analysis", message)


@app.function_name("ProcessTasteAnalysisJobDlq")
@app.queue_trigger("message", TASTE_DEAD_LETTERS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_taste_analysis_job_dlq(message: func.QueueMessage) -> None:
    """Persist one dead letter for replay and forensics."""
    await ENTRY.persist("taste-analysis", message)


@app.function_name("ProcessDigestJob")
@app.queue_trigger("message", DIGEST_JOBS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_digest_job(message: func.QueueMessage) -> None:
    """Compose one user's digest."""
    await ENTRY.deliver("weekly-digest", message)


@app.function_name("ProcessDigestJobDlq")
@app.queue_trigger("message", DIGEST_DEAD_LETTERS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_digest_job_dlq(message: func.QueueMessage) -> None:
    """Persist the dead letter of a digest job."""
    await ENTRY.persist("weekly-digest", message)


@app.function_name("ProcessScrapeJob")
@app.queue_trigger("message", SCRAPE_JOBS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_scrape_job(message: func.QueueMessage) -> None:
    """Scrape one source, take in a client's posts, or embed what has no embedding yet."""
    await ENTRY.deliver("scrape", message)


@app.function_name("ProcessScrapeJobDlq")
@app.queue_trigger("message", SCRAPE_DEAD_LETTERS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_scrape_job_dlq(message: func.QueueMessage) -> None:
    """Persist the dead letter of a scrape job."""
    await ENTRY.persist("scrape", message)


@app.function_name("SweepDeadLetters")
@app.timer_trigger("timer", schedule=timers.SWEEP.ncrontab, use_monitor=False)
async def sweep_dead_letters(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the binding's)
    """Take in dead letters that their triggers cannot see, every five minutes."""
    await ENTRY.tick(timers.SWEEP)


@app.function_name("SweepTaste")
@app.timer_trigger("timer", schedule=timers.SWEEP_TASTE.ncrontab, use_monitor=False)
async def sweep_taste(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the binding's)
    """Take out of the users' lists what has faded without a like, every night."""
    await ENTRY.tick(timers.SWEEP_TASTE)


@app.function_name("ReconcileJobs")
@app.timer_trigger("timer", schedule=timers.RECONCILE.ncrontab, use_monitor=False)
async def reconcile_jobs(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the binding's)
    """Mend what a crash left behind, every ten minutes."""
    await ENTRY.tick(timers.RECONCILE)


@app.function_name("OpsWatch")
@app.timer_trigger("timer", schedule=timers.WATCH.ncrontab, use_monitor=False)
async def ops_watch(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the binding's)
    """Look whether on-call has to hear of something, every five minutes."""
    await ENTRY.tick(timers.WATCH)


@app.function_name("PluckItWeeklyDigest")
@app.timer_trigger("timer", schedule=timers.DIGEST.ncrontab)
async def weekly_digest(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the ledger knows what is past due)
    """Begin the digests of the week."""
    await ENTRY.tick(timers.DIGEST)


@app.function_name("PluckItMoodProcessor")
@app.timer_trigger("timer", schedule=timers.MOODS.ncrontab)
async def mood_processor(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the ledger knows what is past due)
    """Learn the moods of the day from the fashion feeds."""
    await ENTRY.tick(timers.MOODS)


@app.function_name("PluckItScraper")
@app.timer_trigger("timer", schedule=timers.SCRAPER.ncrontab)
async def scraper(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the ledger knows what is past due)
    """Begin the collection of every source that is due."""
    await ENTRY.tick(timers.SCRAPER)


@app.function_name("RunOnDemand")
@app.queue_trigger("message", RUN_COMMANDS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def run_on_demand(message: func.QueueMessage) -> None:
    """Run a timer's work because somebody asked for it, or its next stage."""
    await ENTRY.command(message)


@app.route("ops/taste-jobs", methods=["POST"])
async def post_taste_job(req: func.HttpRequest) -> func.HttpResponse:
    """Accept a like."""
    return await _answer("post_taste_job", req)


@app.route("ops/taste-jobs/{jobId}", methods=["GET"])
async def get_taste_job(req: func.HttpRequest) -> func.HttpResponse:
    """Show one job."""
    return await _answer("get_taste_job", req)


@app.route("ops/taste-profiles/{userId}", methods=["GET"])
async def get_taste_profile(req: func.HttpRequest) -> func.HttpResponse:
    """Show a user's taste, and on demand the signals behind a term."""
    return await _answer("get_taste_profile", req)


@app.route("ops/taste-profiles/{userId}/items/{itemId}", methods=["DELETE"])
async def delete_taste_item(req: func.HttpRequest) -> func.HttpResponse:
    """Take back every like of an item."""
    return await _answer("delete_taste_item", req)


@app.route("ops/users/{userId}", methods=["DELETE"])
async def delete_user(req: func.HttpRequest) -> func.HttpResponse:
    """Erase all that is kept of a user."""
    return await _answer("delete_user", req)


@app.route("ops/users/{userId}/export", methods=["GET"])
async def get_user_export(req: func.HttpRequest) -> func.HttpResponse:
    """Hand out all that is kept of a user."""
    return await _answer("get_user_export", req)


@app.route("ops/erasures/{id}", methods=["GET"])
async def get_erasure(req: func.HttpRequest) -> func.HttpResponse:
    """Show an erasure, or its receipt."""
    return await _answer("get_erasure", req)


@app.route("ops/jobs", methods=["GET"])
async def get_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """Page through the jobs of every kind, newest first."""
    return await _answer("get_jobs", req)


@app.route("ops/jobs/{jobId}", methods=["GET"])
async def get_job(req: func.HttpRequest) -> func.HttpResponse:
    """Show one job of whatever kind."""
    return await _answer("get_job", req)


@app.route("ops/jobs/{jobId}/timeline", methods=["GET"])
async def get_job_timeline(req: func.HttpRequest) -> func.HttpResponse:
    """Follow one job from the request to what it taught."""
    return await _answer("get_job_timeline", req)


@app.route("ops/series", methods=["GET"])
async def get_series(req: func.HttpRequest) -> func.HttpResponse:
    """Show what was measured every five minutes, and what changed meanwhile."""
    return await _answer("get_series", req)


@app.route("ops/dead-letters", methods=["GET"])
async def get_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Page through the dead letters, newest first."""
    return await _answer("get_dead_letters", req)


@app.route("ops/dead-letters/{id}", methods=["GET"])
async def get_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """Show one dead letter in full."""
    return await _answer("get_dead_letter", req)


@app.route("ops/dead-letters/{id}/validate", methods=["POST"])
async def post_validate_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """Say what is wrong with a dead letter."""
    return await _answer("post_validate_dead_letter", req)


@app.route("ops/dead-letters/{id}/payload", methods=["PATCH"])
async def patch_dead_letter_payload(req: func.HttpRequest) -> func.HttpResponse:
    """Repair a dead letter's payload; the original is kept."""
    return await _answer("patch_dead_letter_payload", req)


@app.route("ops/preflight", methods=["GET"])
async def get_preflight(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether what a replay needs is up."""
    return await _answer("get_preflight", req)


@app.route("ops/doctor", methods=["POST"])
async def post_doctor(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether a deployment has all it needs."""
    return await _answer("post_doctor", req)


@app.route("ops/replays", methods=["POST"])
async def post_replays(req: func.HttpRequest) -> func.HttpResponse:
    """Replay or purge dead letters, or predict it."""
    return await _answer("post_replays", req)


@app.route("ops/jobs/retry-now", methods=["POST"])
async def post_retry_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """Run jobs now that wait for a later attempt, or predict it."""
    return await _answer("post_retry_jobs", req)


@app.route("ops/replays", methods=["GET"])
async def get_replays(req: func.HttpRequest) -> func.HttpResponse:
    """Page through the replays and purges, newest first."""
    return await _answer("get_replays", req)


@app.route("ops/replays/{id}", methods=["GET"])
async def get_replay(req: func.HttpRequest) -> func.HttpResponse:
    """Show how far a replay or purge is, and what became of each record."""
    return await _answer("get_replay", req)


@app.route("ops/replays/{id}/cancel", methods=["POST"])
async def post_cancel_replay(req: func.HttpRequest) -> func.HttpResponse:
    """Stop a replay or purge before its next record."""
    return await _answer("post_cancel_replay", req)


@app.route("ops/audit", methods=["GET"])
async def get_audit(req: func.HttpRequest) -> func.HttpResponse:
    """Page through what on-call did with dead letters."""
    return await _answer("get_audit", req)


@app.route("ops/status", methods=["GET"])
async def get_status(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether somebody has to be woken."""
    return await _answer("get_status", req)


@app.route("ops/alerts/{alert}/acknowledge", methods=["POST"])
async def post_acknowledge_alert(req: func.HttpRequest) -> func.HttpResponse:
    """Say that somebody is at a firing alert."""
    return await _answer("post_acknowledge_alert", req)


@app.route("ops/alerts/{alert}/silence", methods=["POST"])
async def post_silence_alert(req: func.HttpRequest) -> func.HttpResponse:
    """Tell nothing of an alert until a time."""
    return await _answer("post_silence_alert", req)


@app.route("ops/alerts/{alert}/unsilence", methods=["POST"])
async def post_unsilence_alert(req: func.HttpRequest) -> func.HttpResponse:
    """Let an alert be heard again."""
    return await _answer("post_unsilence_alert", req)


@app.route("ops/metrics", methods=["GET"])
async def get_metrics(req: func.HttpRequest) -> func.HttpResponse:
    """Show every metric as OpenMetrics text."""
    return await _answer("get_metrics", req)


@app.route("ops/queues", methods=["GET"])
async def get_queues(req: func.HttpRequest) -> func.HttpResponse:
    """Show the queues, and look at a few messages of each."""
    return await _answer("get_queues", req)


@app.route("ops/queues/{queue}/pause", methods=["POST"])
async def post_pause_queue(req: func.HttpRequest) -> func.HttpResponse:
    """Hold a queue's messages until a time."""
    return await _answer("post_pause_queue", req)


@app.route("ops/queues/{queue}/resume", methods=["POST"])
async def post_resume_queue(req: func.HttpRequest) -> func.HttpResponse:
    """Give a queue's messages out again."""
    return await _answer("post_resume_queue", req)


@app.route("ops/timers/{timer}/pause", methods=["POST"])
async def post_pause_timer(req: func.HttpRequest) -> func.HttpResponse:
    """Let a timer's slots wait until a time."""
    return await _answer("post_pause_timer", req)


@app.route("ops/timers/{timer}/resume", methods=["POST"])
async def post_resume_timer(req: func.HttpRequest) -> func.HttpResponse:
    """Resume a timer."""
    return await _answer("post_resume_timer", req)


@app.route("ops/incident-note", methods=["GET"])
async def get_incident_note(req: func.HttpRequest) -> func.HttpResponse:
    """Write the note of what is wrong now."""
    return await _answer("get_incident_note", req)


@app.route("ops/reconcile", methods=["POST"])
async def post_reconcile(req: func.HttpRequest) -> func.HttpResponse:
    """Run the reconciler now, or only look (`?dryRun=true`)."""
    return await _answer("post_reconcile", req)


@app.route("ops/runs", methods=["GET"])
async def get_runs(req: func.HttpRequest) -> func.HttpResponse:
    """Page through the runs of the timers, newest first."""
    return await _answer("get_runs", req)


@app.route("ops/run/{timer}", methods=["POST"])
async def post_run(req: func.HttpRequest) -> func.HttpResponse:
    """Run a timer's work now."""
    return await _answer("post_run", req)


@app.route("ops/moods", methods=["GET"])
async def get_moods(req: func.HttpRequest) -> func.HttpResponse:
    """Page through the moods, most mentioned first."""
    return await _answer("get_moods", req)


@app.route("ops/digests/{userId}/why", methods=["GET"])
async def get_digest_why(req: func.HttpRequest) -> func.HttpResponse:
    """Say why a person has, or has not, the digest of a week."""
    return await _answer("get_digest_why", req)


@app.route("ops/digests/{userId}/latest", methods=["GET"])
async def get_latest_digest(req: func.HttpRequest) -> func.HttpResponse:
    """Show a user's latest digest, as JSON or as a page."""
    return await _answer("get_latest_digest", req)


@app.route("ops/console", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_console(req: func.HttpRequest) -> func.HttpResponse:
    """Show the console of on-call, a page for browsers."""
    return await _answer("get_console", req)


@app.route("ops/console/assets/{name}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_console_asset(req: func.HttpRequest) -> func.HttpResponse:
    """Give a file of the console's page."""
    return await _answer("get_console_asset", req)


@app.route("ops/openapi.json", methods=["GET"])
async def get_openapi(req: func.HttpRequest) -> func.HttpResponse:
    """Describe every endpoint, for clients that others build."""
    return await _answer("get_openapi", req)


@app.route("ops/whoami", methods=["GET"])
async def get_whoami(req: func.HttpRequest) -> func.HttpResponse:
    """Say who calls, and whether they may act."""
    return await _answer("get_whoami", req)


@app.route("ops/scraper/sources", methods=["GET"])
async def get_scraper_sources(req: func.HttpRequest) -> func.HttpResponse:
    """Page through the scraper's sources, each with its health."""
    return await _answer("get_scraper_sources", req)


@app.route("ops/scraper/ingest/reddit", methods=["POST"])
async def post_reddit_posts(req: func.HttpRequest) -> func.HttpResponse:
    """Take in posts that a client has collected from a subreddit."""
    return await _answer("post_reddit_posts", req)


@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether the app is up and its store can be read."""
    return await _answer("get_health", req)


@app.route("{*path}", methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
async def unknown_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """Say that there is no such endpoint, or which methods it has."""
    return await _answer("unknown_endpoint", req)


async def _answer(name: str, req: func.HttpRequest) -> func.HttpResponse:
    answer: Response = await ENTRY.answer(name, req.method, req.get_body(), req.params, req.route_params, req.headers)
    return func.HttpResponse(answer.body, status_code=answer.status, mimetype=answer.content_type, headers=dict(answer.headers))
