"""Marks what a trigger calls: each call is an invocation, and a timer's has a span."""

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from shared.clock import Clock
from shared.observe.blocks import invocation, timer
from shared.observe.sink import SWITCH

P = ParamSpec("P")
T = TypeVar("T")


def invoked(trigger: str, name: str, *, cron: str = "") -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Mark an async method that the trigger of the function `name` calls; `cron`: a timer's schedule, which a test compares."""

    def mark(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(call)
        async def watched(*args: P.args, **kwargs: P.kwargs) -> T:
            if SWITCH.sink is None:
                return await call(*args, **kwargs)
            with invocation(trigger, name):
                if trigger != "timer":
                    return await call(*args, **kwargs)
                with timer(name, cron, Clock().now()):
                    return await call(*args, **kwargs)

        watched.__invoked__ = (trigger, name, cron)  # type: ignore[attr-defined]  # the mark
        return watched

    return mark
