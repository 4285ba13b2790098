"""An event loop whose time is simulated: a test that waits for a timeout, a back-off or a lease ends at once, and never
fails because the machine is slow.

A turn of the loop takes ten microseconds, whatever it does. When nothing is ready, no thread of the loop's executors works
and no socket has anything to say, the time leaps to the next timer. Servers that a test asks must therefore run in its own
loop, as those of `tests/fakes` do; a test that waits for another process or thread is marked `real_time`.
"""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any, Final

from tests.inline import Inline

IN_FLIGHT_SECONDS: Final = 0.005  # what was written to a socket of this machine is there by then
TURN_SECONDS: Final = 1e-5  # so that timers come due beside a task that never rests
OWN_SOCKETS: Final = 1  # by which other threads wake the loop


class _Leaping(selectors.DefaultSelector):  # type: ignore[valid-type,misc]  # which one it is depends on the machine
    """Waits for sockets as the real one does, but lets the loop's time leap where that would wait for a timer."""

    loop: "SimulatedLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        self.loop.now += TURN_SECONDS
        if timeout is not None and timeout <= 0 and len(self.get_map()) <= OWN_SOCKETS:
            return []  # the wake-up of a thread may wait: what it wakes for is ready
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self.loop.working:
            return super().select(None)
        if len(self.get_map()) > OWN_SOCKETS and (ready := super().select(IN_FLIGHT_SECONDS)):
            return ready
        self.loop.now += timeout
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """`now`: seconds since the loop was made, of its own time. `working`: how many calls its executors have in work."""

    def __init__(self) -> None:
        self.now = 0.0
        self.working = 0
        selector = _Leaping()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Return the simulated time."""
        return self.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """As the real one; the time stands still until it is done. What is done inline needs no thread to wake the loop."""
        if isinstance(executor, Inline):
            return self._done_inline(func, args)
        future = super().run_in_executor(executor, func, *args)
        self.working += 1
        future.add_done_callback(self._rest)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  (the loop's own signature)
        """As the real one, without its time-out: the threads end by the machine's time and not by this one."""
        self.working += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self.working -= 1

    def _done_inline(self, func: Callable[..., Any], args: tuple[Any, ...]) -> asyncio.Future[Any]:
        """Return a future that has its result with the next turn."""
        future = self.create_future()
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001  (the future's own business)
            self.call_soon(_end, future, future.set_exception, error)
        else:
            self.call_soon(_end, future, future.set_result, result)
        return future

    def _rest(self, _: object) -> None:
        self.working -= 1


def _end(future: asyncio.Future[Any], end: Callable[[Any], object], value: object) -> None:
    if not future.done():
        end(value)
