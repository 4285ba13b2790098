"""An executor without a thread: for a store in memory that thousands of steps of a simulation ask, one after the other."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class Inline(Executor):
    """Runs what it is given in the caller's own thread. Its caller still awaits one turn of the loop."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  (the future's own business)
            future.set_exception(error)
        return future
