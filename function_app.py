"""The table of contents: every trigger, its name, schedule, queue and route. Importing it does nothing.

Queue bodies are taken as bytes (`DataType.BINARY`): as text, what is not UTF-8 would be replaced, and lost.
"""

import os
from typing import TYPE_CHECKING

import azure.functions as func

from agents.entry import ENTRY
from shared.names import command_queue_name, queue_names

if TYPE_CHECKING:
    from agents.api.http import Response

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
TASTE_JOBS, TASTE_DEAD_LETTERS = queue_names(os.environ)
RUN_COMMANDS = command_queue_name(os.environ)


@app.function_name("ProcessTasteAnalysisJob")
@app.queue_trigger("message", TASTE_JOBS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_taste_analysis_job(message: func.QueueMessage) -> None:
    """Run the taste analysis of one like."""
    await (await ENTRY.app()).process_taste_job(message.get_body())


@app.function_name("ProcessTasteAnalysisJobDlq")
@app.queue_trigger("message", TASTE_DEAD_LETTERS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_taste_analysis_job_dlq(message: func.QueueMessage) -> None:
    """Persist one dead letter for replay and forensics."""
    await (await ENTRY.app()).persist_dead_letter(message.get_body())


@app.function_name("SweepTasteDeadLetters")
@app.timer_trigger("timer", schedule="30 */5 * * * *", use_monitor=False)
async def sweep_taste_dead_letters(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the binding's)
    """Take in dead letters that their trigger cannot see, every five minutes."""
    await (await ENTRY.app()).sweep_dead_letters()


@app.function_name("ReconcileTasteJobs")
@app.timer_trigger("timer", schedule="0 */10 * * * *", use_monitor=False)
async def reconcile_taste_jobs(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the binding's)
    """Mend what a crash left behind, every ten minutes."""
    await (await ENTRY.app()).reconcile()


@app.function_name("PluckItMoodProcessor")
@app.timer_trigger("timer", schedule="0 0 6 * * *")
async def mood_processor(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the ledger knows what is past due)
    """Learn the moods of the day from the fashion feeds."""
    await (await ENTRY.app()).process_moods()


@app.function_name("RunOnDemand")
@app.queue_trigger("message", RUN_COMMANDS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def run_on_demand(message: func.QueueMessage) -> None:
    """Run a timer's work because somebody asked for it."""
    await (await ENTRY.app()).run_command(message.get_body())


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


@app.route("ops/dead-letters", methods=["GET"])
async def get_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Page through the dead letters, newest first."""
    return await _answer("get_dead_letters", req)


@app.route("ops/dead-letters/{id}", methods=["GET"])
async def get_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """Show one dead letter in full."""
    return await _answer("get_dead_letter", req)


@app.route("ops/preflight", methods=["GET"])
async def get_preflight(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether what a replay needs is up."""
    return await _answer("get_preflight", req)


@app.route("ops/replays", methods=["POST"])
async def post_replays(req: func.HttpRequest) -> func.HttpResponse:
    """Replay or purge dead letters, or predict it."""
    return await _answer("post_replays", req)


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


@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether the app is up and its store can be read."""
    return await _answer("get_health", req)


async def _answer(name: str, req: func.HttpRequest) -> func.HttpResponse:
    answer: Response = await ENTRY.answer(name, req.get_body(), req.params, req.route_params, req.headers)
    return func.HttpResponse(answer.body, status_code=answer.status, mimetype=answer.content_type, headers=dict(answer.headers))
