"""The batched embedding client: callers ask for their own texts, alone; requests that meet travel as one call.

Identical texts are sent once, a bounded cache answers repeats, order is kept, and a reply of another length than its
request is an error, never a silent shift. A text that alone is at fault fails alone: its batch is halved until it stands
by itself. A rate limit pauses the whole client. Whatever a call ends in, its texts are settled with it: nobody waits for a
batch that is over, and nobody for longer than `deadline_seconds`.
"""

import asyncio
import logging
import math
import unicodedata
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared import observe
from shared.clock import Clock
from shared.embeddings.base import EmbeddingProvider, Vector
from shared.errors import ModelGarbage, ModelUnavailable, PermanentError, ProcessorError, Reason, RetryableError
from shared.observe.log import log_event
from shared.recent import Recent

logger = logging.getLogger(__name__)
MAX_TOKENS_A_TEXT: Final = 8_000
BYTES_A_TOKEN: Final = 3  # a careful guess: real tokenizers need a table from the network, and average about four
MAX_PAUSE_SECONDS: Final = 60.0
DEADLINE_SECONDS: Final = 120.0  # below a job's share of its lease; a batch that is halved takes several calls


@dataclass(eq=False, slots=True)
class _Wanted:
    """One distinct text that is on its way: everybody who waits for it waits for `vector`."""

    text: str
    tokens: int
    vector: "asyncio.Future[Vector]"
    waiters: int = field(default=0)


class BatchedEmbeddingClient:
    """Gathers texts for `wait_seconds`, or until `max_texts` or `max_tokens` are reached, and embeds them in one call.

    `provider_name`: as MODEL_PROVIDER has it. A batch's span belongs to the trace of whoever came first.
    """

    def __init__(
        self,
        *,
        provider: EmbeddingProvider,
        clock: Clock,
        max_texts: int = 256,
        max_tokens: int = 100_000,
        wait_seconds: float = 0.005,
        max_in_flight: int = 2,
        cache_size: int = 10_000,
        queue_limit: int = 2_000,
        provider_name: str = "local",
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._max_texts = max_texts
        self._max_tokens = max_tokens
        self._wait_seconds = wait_seconds
        self._queue_limit = queue_limit
        self._slots = asyncio.Semaphore(max_in_flight)
        self._cache: Recent[Vector] = Recent(cache_size)
        self._wanted: dict[str, _Wanted] = {}
        self._waiting: list[_Wanted] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._gathering = False
        self._gathered_since = 0.0
        self._resume_at = 0.0
        self._provider_name = provider_name
        self._deadline_seconds = deadline_seconds
        self._closed = False

    @property
    def model(self) -> str:
        """The provider's model."""
        return self._provider.model

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return a unit vector a text, in order.

        Raises what the provider says of these very texts, `PermanentError` for an empty or overlong one, and
        `ModelUnavailable` when more than `queue_limit` texts wait already.
        """
        cleaned = [_clean(text) for text in texts]
        found = {text: self._cache.get(text) for text in cleaned}
        mine: list[_Wanted] = []
        try:
            mine.extend(self._want(text) for text, vector in found.items() if vector is None)
            async with asyncio.timeout(self._deadline_seconds):
                for wanted in mine:
                    found[wanted.text] = await asyncio.shield(wanted.vector)
        except TimeoutError:
            late = ModelUnavailable("the embeddings did not come in time", reason=Reason.MODEL_TIMEOUT)
            for wanted in mine:
                self._fail(wanted, late)  # whoever asks next begins anew
            raise late from None
        finally:
            for wanted in mine:
                wanted.waiters -= 1
        return [vector for vector in (found[text] for text in cleaned) if vector is not None]

    async def ask_now(self, text: str) -> Vector:
        """Embed a text in a call of its own, past cache and pause and although a breaker is open: a person wants to know
        whether the provider answers. An answer ends the pause. Raises what the provider says.
        """
        with observe.model_call("embeddings", self._provider_name, self.model):
            [vector] = _checked(await self._provider.embed([_clean(text)], early=True), 1)
        self._resume_at = 0.0
        return vector

    @property
    def unsettled(self) -> list[str]:
        """The texts that are on their way."""
        return list(self._wanted)

    async def close(self) -> None:
        """Stop: whoever waits is told that the client is gone."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for wanted in list(self._wanted.values()):
            self._fail(wanted, ModelUnavailable("the embedding client was closed"))
        await self._provider.close()

    def _want(self, text: str) -> _Wanted:
        wanted = self._wanted.get(text)
        if wanted is None:
            if self._closed:
                raise ModelUnavailable("the embedding client was closed")
            if len(self._waiting) >= self._queue_limit:
                raise ModelUnavailable(f"{len(self._waiting)} texts wait for their embeddings already")
            tokens = max(1, math.ceil(len(text.encode()) / BYTES_A_TOKEN))
            wanted = _Wanted(text, tokens, asyncio.get_running_loop().create_future())
            wanted.vector.add_done_callback(_retrieved)
            self._wanted[text] = wanted
            self._waiting.append(wanted)
            self._gather()
        wanted.waiters += 1
        return wanted

    def _gather(self) -> None:
        if not self._gathering:
            self._gathering = True
            self._gathered_since = self._clock.now().timestamp()
            self._start(self._flush_soon())

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # its texts are settled; what remains is to say so
            log_event(
                logger, "a call for embeddings ended in a way nobody foresaw", level=logging.ERROR, error=type(error).__name__
            )

    async def _flush_soon(self) -> None:
        """Wait for company unless a batch is full, then send all that waits, a batch a task."""
        try:
            if len(self._waiting) < self._max_texts and sum(one.tokens for one in self._waiting) < self._max_tokens:
                await asyncio.sleep(self._wait_seconds)
        finally:
            self._gathering = False
        while self._waiting:
            batch = self._next_batch()
            if batch:
                self._start(self._send(batch, self._gathered_since))

    def _next_batch(self) -> list[_Wanted]:
        batch: list[_Wanted] = []
        tokens = 0
        while self._waiting and len(batch) < self._max_texts:
            head = self._waiting[0]
            if batch and tokens + head.tokens > self._max_tokens:
                break
            self._waiting.pop(0)
            if head.waiters <= 0:
                self._fail(head, ModelUnavailable("nobody waits any more"))
                continue
            batch.append(head)
            tokens += head.tokens
        return batch

    async def _send(self, batch: list[_Wanted], since: float) -> None:
        """Embed a batch, settle each of its texts, however it ends: with its vector, with an error, or in a smaller batch."""
        error: ProcessorError = ModelUnavailable("the call for embeddings ended without an answer")
        try:
            vectors = await self._call(batch, since)
        except PermanentError as refused:
            if len(batch) > 1:
                middle = len(batch) // 2
                halves, batch = (batch[:middle], batch[middle:]), []
                for half in halves:
                    self._start(self._send(half, since))
            error = refused
        except ProcessorError as failed:
            self._note_limit(failed)
            error = failed
        else:
            for one, vector in zip(batch, vectors, strict=True):
                self._settle(one, vector)
        finally:
            for one in batch:
                self._fail(one, error)

    async def _call(self, batch: list[_Wanted], since: float) -> list[Vector]:
        async with self._slots:
            await self._pause()
            observe.embedded(
                self.model, len(batch), sum(one.tokens for one in batch), self._clock.now().timestamp() - since
            )  # fmt: skip
            with observe.model_call("embeddings", self._provider_name, self.model):
                return _checked(await self._provider.embed([one.text for one in batch]), len(batch))

    async def _pause(self) -> None:
        wait = self._resume_at - self._clock.now().timestamp()
        if wait > 0:
            await self._clock.sleep(min(wait, MAX_PAUSE_SECONDS))

    def _note_limit(self, error: ProcessorError) -> None:
        if isinstance(error, RetryableError) and error.retry_after_seconds:
            wait = min(error.retry_after_seconds, MAX_PAUSE_SECONDS)
            self._resume_at = max(self._resume_at, self._clock.now().timestamp() + wait)

    def _settle(self, wanted: _Wanted, vector: Vector) -> None:
        self._cache.put(wanted.text, vector)
        self._let_go(wanted)
        if not wanted.vector.done():
            wanted.vector.set_result(vector)

    def _fail(self, wanted: _Wanted, error: ProcessorError) -> None:
        """Tell whoever waits; a text that is settled already stays so."""
        self._let_go(wanted)
        if not wanted.vector.done():
            wanted.vector.set_exception(error)

    def _let_go(self, wanted: _Wanted) -> None:
        if self._wanted.get(wanted.text) is wanted:
            del self._wanted[wanted.text]


def _retrieved(future: "asyncio.Future[Vector]") -> None:
    """Nobody may be waiting any more: an error that nobody awaits is no news."""
    if not future.cancelled():
        future.exception()


def _clean(text: str) -> str:
    cleaned = " ".join(unicodedata.normalize("NFC", text).split())
    if not cleaned:
        raise PermanentError("an empty text has no embedding", reason=Reason.PAYLOAD_INVALID)
    if len(cleaned.encode()) > MAX_TOKENS_A_TEXT * BYTES_A_TOKEN:
        raise PermanentError("the text is too long to embed", reason=Reason.PAYLOAD_TOO_LARGE)
    return cleaned


def _checked(vectors: list[list[float]], count: int) -> list[Vector]:
    """Return unit vectors; raises `ModelGarbage` for a reply that is not one finite, non-zero vector a text."""
    if len(vectors) != count:
        raise ModelGarbage(f"asked for {count} embeddings, {len(vectors)} came")
    checked: list[Vector] = []
    for vector in vectors:
        norm = math.sqrt(sum(value * value for value in vector))
        if not math.isfinite(norm) or norm == 0.0 or len(vector) != len(vectors[0]):
            raise ModelGarbage("an embedding is not a finite vector of the right length")
        checked.append(tuple(value / norm for value in vector))
    return checked
