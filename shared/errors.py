"""The one error tree: who can mend it decides the branch.

    ProcessorError
    ├── RetryableError            time mends it: try again, after `retry_after_seconds` where the other side said so
    │   ├── StoreThrottled        429 from the store
    │   ├── StoreUnavailable      unreachable, 5xx, timeout; a write may or may not have been applied
    │   │   └── StoreMisconfigured  a container that is missing, 400, 401, 403: an operator mends it, jobs wait meanwhile
    │   │       └── StoreNotWritable  a full disk, a folder that is read-only
    │   ├── QueueUnavailable      the queue service cannot be reached or refuses for now
    │   ├── ModelUnavailable      408, 409, 424, 425, 499, 5xx, reset, timeout, short 429
    │   └── ModelGarbage          an answer that could not be read, after one repair
    │       └── ModelUnsound      one that could, and that our own check refused
    ├── DeferredError             nothing is wrong with this job: come back at a stated time, without spending an attempt
    │   ├── HostShortage          this instance lacks memory, disk, files or sockets
    │   └── ModelSuspended        outage, long 429, quota, broken credential, missing deployment: the circuit breaker is open
    ├── PermanentError            only a person can mend it: carries a reason from `Reason`
    │   └── ModelRejected         4xx that says nothing of a content filter: this request's fault, or that of every request
    └── StoreConflict             the protocol's own branch: read again and decide
        ├── ItemNotFound          404, and only 404
        ├── AlreadyExists         409
        └── PreconditionFailed    412: an ETag or a condition did not hold

`InvalidItem` and `ConfigurationError` are the programmer's or the operator's to mend.
Foreign errors are mapped to these once, in the adapter that meets them.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a job died: a closed list, the first thing on-call reads."""

    PAYLOAD_UNDECODABLE = "payload_undecodable"
    PAYLOAD_INVALID = "payload_invalid"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    JOB_ID_COLLISION = "job_id_collision"
    IMAGE_UNREACHABLE = "image_unreachable"
    IMAGE_BLOCKED = "image_blocked"
    IMAGE_FORBIDDEN = "image_forbidden"
    IMAGE_NOT_IMAGE = "image_not_image"
    IMAGE_TOO_LARGE = "image_too_large"
    IMAGE_NOT_ACCEPTED = "image_not_accepted"
    SOURCE_UNREACHABLE = "source_unreachable"
    SOURCE_BLOCKED = "source_blocked"
    SOURCE_NOT_READABLE = "source_not_readable"
    ROBOTS_DISALLOWED = "robots_disallowed"
    MODEL_RATE_LIMITED = "llm_rate_limited"
    MODEL_BUDGET_EXHAUSTED = "llm_budget_exhausted"
    MODEL_UNAVAILABLE = "llm_unavailable"
    MODEL_TIMEOUT = "llm_timeout"
    MODEL_REFUSED = "llm_refused"
    MODEL_REJECTED = "llm_rejected"
    MODEL_INPUT_TOO_LARGE = "llm_input_too_large"
    MODEL_GARBAGE = "llm_garbage"
    MODEL_MISCONFIGURED = "llm_misconfigured"
    STORE_CONFLICT_EXHAUSTED = "store_conflict_exhausted"
    STORE_THROTTLED = "store_throttled"
    STORE_UNAVAILABLE = "store_unavailable"
    STORE_MISCONFIGURED = "store_misconfigured"
    HOST_CRASH_SUSPECTED = "host_crash_suspected"
    HOST_SHORTAGE = "host_shortage"
    DEPLOY_MISMATCH = "deploy_mismatch"
    UNKNOWN = "unknown"


def known_reason(text: object) -> Reason:
    """Return a reason, UNKNOWN for one of a newer build."""
    try:
        return Reason(str(text))
    except ValueError:
        return Reason.UNKNOWN


# What a document that is not as it should be makes of code that reads it: that document's own fault, in a run over many.
SICK_DOCUMENT = (KeyError, ValueError, TypeError, AttributeError)


class ProcessorError(Exception):
    """Something failed, and this app knows what."""

    reason: Reason = Reason.UNKNOWN


class RetryableError(ProcessorError):
    """Time may mend it. `retry_after_seconds` is the other side's own wish, None where it said nothing."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.reason = reason or type(self).reason


class StoreThrottled(RetryableError):
    """The store answered 429 for longer than the adapter waits."""

    reason = Reason.STORE_THROTTLED


class StoreUnavailable(RetryableError):
    """The store did not answer, or with 5xx or a timeout. A write may have been applied all the same."""

    reason = Reason.STORE_UNAVAILABLE


class StoreMisconfigured(StoreUnavailable):
    """The store refuses, and no time mends it: a container that is not there, a role, a key. Jobs wait for whoever does."""

    reason = Reason.STORE_MISCONFIGURED


class StoreNotWritable(StoreMisconfigured):
    """The store takes no writes: its disk is full, or its place is read-only. It goes on by itself when that is mended."""


class QueueUnavailable(RetryableError):
    """The queue service did not answer. A send may have been applied all the same."""


class ModelUnavailable(RetryableError):
    """The model did not answer, or answered 408, 409, 424, 425, 499, 5xx or a short 429."""

    reason = Reason.MODEL_UNAVAILABLE


class ModelGarbage(RetryableError):
    """The model's answer could not be read as the type asked for, even after one repair call."""

    reason = Reason.MODEL_GARBAGE


class ModelUnsound(ModelGarbage):
    """The model's answer could be read, and our own check of what it says refused it: the model is up."""


class DeferredError(ProcessorError):
    """Not now, and not this job's fault: nothing is spent, the job comes back in `delay_seconds`."""

    def __init__(self, message: str, *, delay_seconds: float, reason: Reason) -> None:
        super().__init__(message)
        self.delay_seconds = delay_seconds
        self.reason = reason


class HostShortage(DeferredError):
    """This instance ran out of something of its own: memory, disk, file descriptors, sockets. Never an input's fault."""

    def __init__(self, message: str, *, delay_seconds: float = 30.0) -> None:
        super().__init__(message, delay_seconds=delay_seconds, reason=Reason.HOST_SHORTAGE)


class ModelSuspended(DeferredError):
    """Every call would fail alike (outage, long rate limit, quota, credential, deployment): the breaker is open."""


class PermanentError(ProcessorError):
    """No retry can succeed; a person has to look. `reason` says what died, the message says of what."""

    def __init__(self, message: str, *, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class ModelRejected(PermanentError):
    """The model answered this request with a 4xx. `named`: the answer says that it is the request's own fault; without that
    only a comparison with another request tells whether it is.
    """

    def __init__(self, message: str, *, reason: Reason, named: bool) -> None:
        super().__init__(message, reason=reason)
        self.named = named


class StoreConflict(ProcessorError):
    """The store refused because its content is not what the caller believed: read again and decide."""

    reason = Reason.STORE_CONFLICT_EXHAUSTED


class ItemNotFound(StoreConflict):
    """The item does not exist. Never raised for an outage."""


class AlreadyExists(StoreConflict):
    """An item with this id exists in this partition."""


class PreconditionFailed(StoreConflict):
    """The ETag is stale, or the patch's condition does not hold."""


class InvalidItem(ProcessorError):
    """The document cannot be stored: its id has a slash, backslash, # or ?, it has no partition key, or it is too large."""


class ConfigurationError(ProcessorError):
    """One or more settings are wrong; the message lists every one: name, value, what was expected."""
