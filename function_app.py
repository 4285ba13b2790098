"""The table of contents: every trigger, its name, schedule, queue and route. Importing it does nothing.

Queue bodies are taken as bytes (`DataType.BINARY`): as text, what is not UTF-8 would be replaced, and lost.
"""

import os

import azure.functions as func

from agents import entry
from agents.api import Response
from shared.names import queue_names

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
TASTE_JOBS, TASTE_DEAD_LETTERS = queue_names(os.environ)


@app.function_name("ProcessTasteAnalysisJob")
@app.queue_trigger("message", TASTE_JOBS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_taste_analysis_job(message: func.QueueMessage) -> None:
    """Run the taste analysis of one like."""
    await entry.process_taste_job(message.get_body())


@app.function_name("ProcessTasteAnalysisJobDlq")
@app.queue_trigger("message", TASTE_DEAD_LETTERS, connection="StorageQueue", data_type=func.DataType.BINARY)
async def process_taste_analysis_job_dlq(message: func.QueueMessage) -> None:
    """Persist one dead letter for replay and forensics."""
    await entry.persist_dead_letter(message.get_body())


@app.function_name("SweepTasteDeadLetters")
@app.timer_trigger("timer", schedule="30 */5 * * * *", use_monitor=False)
async def sweep_taste_dead_letters(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the binding's)
    """Take in dead letters that their trigger cannot see, every five minutes."""
    await entry.sweep_dead_letters()


@app.function_name("ReconcileTasteJobs")
@app.timer_trigger("timer", schedule="0 */10 * * * *", use_monitor=False)
async def reconcile_taste_jobs(timer: func.TimerRequest) -> None:  # noqa: ARG001  (the binding's)
    """Mend what a crash left behind, every ten minutes."""
    await entry.reconcile()


@app.route("ops/taste-jobs", methods=["POST"])
async def post_taste_job(req: func.HttpRequest) -> func.HttpResponse:
    """Accept a like."""
    return _response(await entry.answer("post_taste_job", req.get_body(), req.params, req.route_params))


@app.route("ops/taste-jobs/{jobId}", methods=["GET"])
async def get_taste_job(req: func.HttpRequest) -> func.HttpResponse:
    """Show one job."""
    return _response(await entry.answer("get_taste_job", b"", req.params, req.route_params))


@app.route("ops/taste-profiles/{userId}", methods=["GET"])
async def get_taste_profile(req: func.HttpRequest) -> func.HttpResponse:
    """Show a user's taste, and on demand the signals behind a term."""
    return _response(await entry.answer("get_taste_profile", b"", req.params, req.route_params))


@app.route("ops/dead-letters", methods=["GET"])
async def get_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Page through the dead letters, newest first."""
    return _response(await entry.answer("get_dead_letters", b"", req.params, req.route_params))


@app.route("ops/dead-letters/{id}", methods=["GET"])
async def get_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """Show one dead letter in full."""
    return _response(await entry.answer("get_dead_letter", b"", req.params, req.route_params))


@app.route("ops/reconcile", methods=["POST"])
async def post_reconcile(req: func.HttpRequest) -> func.HttpResponse:
    """Run the reconciler now, or only look (`?dryRun=true`)."""
    return _response(await entry.answer("post_reconcile", b"", req.params, req.route_params))


@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether the app is up and its store can be read."""
    return _response(await entry.answer("get_health", b"", req.params, req.route_params))


def _response(answer: Response) -> func.HttpResponse:
    return func.HttpResponse(answer.body, status_code=answer.status, mimetype=answer.content_type, headers=dict(answer.headers))
