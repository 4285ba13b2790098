"""The command that prints what a shell needs to complete commands, options and their values."""

from argparse import Namespace
from typing import Final

import shtab

from opsctl.outcomes import Exit
from opsctl.show import Screen

SHELLS: Final = ("bash", "zsh", "fish")


def completion(screen: Screen, given: Namespace) -> Exit:
    """Print completion for a shell: `source <(opsctl completion bash)`."""
    screen.raw(shtab.complete(given.described, shell=given.shell))
    return Exit.OK
