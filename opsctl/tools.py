"""What a command is given: the app, the screen, and everything that differs from run to run."""

import getpass
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from opsctl.client import Client
from opsctl.outcomes import Exit, UsageError
from opsctl.show import Screen


@dataclass(frozen=True, slots=True)
class Tools:
    """The hands of a command. `pause`: seconds between two looks at something that runs."""

    client: Client
    screen: Screen
    stdin: TextIO
    sleep: Callable[[float], None]
    now: Callable[[], datetime]
    new_key: Callable[[], str]
    pause: float = 1.0

    def actor(self, given: str | None) -> str:
        """Return who acts: as given, else the login name. Raises `UsageError` where neither is known."""
        if given:
            return given
        try:
            return getpass.getuser()
        except (OSError, KeyError, ImportError):
            raise UsageError("who are you? Give --actor") from None


Command = Callable[[Tools, Namespace], Exit]
