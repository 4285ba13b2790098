"""What somebody else does in the midst of a test's deed: between two of the calls that it makes of the store."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass
class Interlude:
    """`deed` happens once, before the call of the store that is the `moment`-th from 1; its own calls do not count."""

    moment: int
    deed: Callable[[], Awaitable[None]]
    calls: int = 0
    happened: bool = False

    def around(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return `call` as the store is to have it."""

        async def called(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls == self.moment:
                await self.happen()
            return await call(*args, **kwargs)

        return called

    async def happen(self) -> None:
        """Do it now, if it was not done yet."""
        if not self.happened:
            self.happened, self.calls = True, self.moment  # past which its own calls count on
            await self.deed()


@contextmanager
def interlude(store: Any, moment: int, deed: Callable[[], Awaitable[None]], *, names: str) -> Iterator[Interlude]:
    """Within the block, the calls of `store` of these `names` are counted; a process has to be wired anew to make them."""
    it = Interlude(moment, deed)
    with pytest.MonkeyPatch.context() as patched:
        for name in names.split():
            patched.setattr(store, name, it.around(getattr(store, name)))
        yield it
