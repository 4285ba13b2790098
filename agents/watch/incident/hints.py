"""What on-call may want to think of first: fixed tables by cause, so that a note never guesses."""

from collections.abc import Mapping
from typing import Final

from shared.errors import Reason

PERMANENT: Final = frozenset({
    Reason.PAYLOAD_UNDECODABLE, Reason.PAYLOAD_INVALID, Reason.PAYLOAD_TOO_LARGE, Reason.JOB_ID_COLLISION,
    Reason.IMAGE_BLOCKED, Reason.IMAGE_FORBIDDEN,
    Reason.IMAGE_NOT_IMAGE, Reason.IMAGE_TOO_LARGE, Reason.MODEL_REFUSED, Reason.SOURCE_BLOCKED,
    Reason.SOURCE_NOT_READABLE, Reason.ROBOTS_DISALLOWED, Reason.IMAGE_NOT_ACCEPTED, Reason.MODEL_REJECTED,
    Reason.MODEL_INPUT_TOO_LARGE,
})  # fmt: skip
DOMINANT: Final = 0.8  # a cause with more than this share is *the* cause

_PAYLOAD: Final = (
    "A producer sends what cannot be read: find it. Repair the payloads or purge them; replayed as they are, they die again."
)
_PICTURE: Final = "The picture itself is the trouble. Replay only where it has been replaced, else purge."
_QUOTA: Final = "Wait until the quota is back, or raise it. Nothing is lost: jobs are deferred and come back by themselves."
_STORE: Final = "The store was down or too slow. When preflight is green again, replay with a canary."
_MODEL: Final = "The model did not answer well. When preflight is green again, replay with a canary."

BY_REASON: Final[Mapping[Reason, str]] = {
    Reason.PAYLOAD_UNDECODABLE: _PAYLOAD,
    Reason.PAYLOAD_INVALID: _PAYLOAD,
    Reason.PAYLOAD_TOO_LARGE: _PAYLOAD,
    Reason.JOB_ID_COLLISION: "Two different likes have one job id: rename the item of one of them, then repair its payload.",
    Reason.IMAGE_UNREACHABLE: "Is one host of pictures down, or are its pictures gone? Replay when they can be fetched.",
    Reason.IMAGE_BLOCKED: "The address is refused for good. Do not replay; purge.",
    Reason.IMAGE_FORBIDDEN: (
        "The host refuses us: does it want a Referer, or have signed addresses expired? Replay where it lets us in, else purge."
    ),
    Reason.IMAGE_NOT_IMAGE: _PICTURE,
    Reason.IMAGE_TOO_LARGE: _PICTURE,
    Reason.SOURCE_UNREACHABLE: "Is the source down? Its next daily visit tries again; replay only for today's items.",
    Reason.SOURCE_BLOCKED: "The source's address is refused for good. Mend the source's entry or switch it off; then purge.",
    Reason.SOURCE_NOT_READABLE: "The source has changed its pages: mend its entry in the catalogue, then replay.",
    Reason.ROBOTS_DISALLOWED: "The source forbids visits. Switch it off and purge; do not work around it.",
    Reason.MODEL_RATE_LIMITED: _QUOTA,
    Reason.MODEL_BUDGET_EXHAUSTED: _QUOTA,
    Reason.MODEL_UNAVAILABLE: _MODEL,
    Reason.MODEL_TIMEOUT: _MODEL,
    Reason.MODEL_REFUSED: "The model will not describe these pictures. Do not replay; purge.",
    Reason.IMAGE_NOT_ACCEPTED: _PICTURE,
    Reason.MODEL_REJECTED: "The model takes these requests from nobody, and others well. Look at one before you replay any.",
    Reason.MODEL_INPUT_TOO_LARGE: "The request is too large for this model. Replayed to the same deployment, it dies again.",
    Reason.MODEL_GARBAGE: "Has the deployment or the prompt changed? Compare with what changed, then replay a few.",
    Reason.MODEL_MISCONFIGURED: "Was a key rotated, or a deployment renamed? Mend the setting, then replay. Nothing is lost.",
    Reason.STORE_CONFLICT_EXHAUSTED: "Who else writes these profiles so often? Replay slowly.",
    Reason.STORE_THROTTLED: _STORE,
    Reason.STORE_UNAVAILABLE: _STORE,
    Reason.STORE_MISCONFIGURED: "A container, a role, a key or room is missing of the store: mend it, then replay.",
    Reason.HOST_CRASH_SUSPECTED: "One of these may kill its worker: look at memory and at the picture before you replay any.",
    Reason.HOST_SHORTAGE: "The instances ran out of memory, disk or sockets for a day: give them more, then replay slowly.",
    Reason.DEPLOY_MISMATCH: "A producer is newer than this build: deploy, then replay.",
    Reason.UNKNOWN: "The host moved these before a cause was recorded: look at one, then replay a few.",
}

SAFE: Final = (
    "a dry run of anything",
    "a replay repeated: each job counts once",
    "a timer's run by hand, also twice",
    "to wait: messages in the queues do not expire by this app",
)
UNSAFE: Final = (
    "clearing a queue by hand: what has no record yet is lost",
    "a forced replay while a check fails: the jobs die again",
    "a purge before the cause is known: the payload is gone. It is never needed to end an alert",
)
