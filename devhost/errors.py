"""What the development host says when it cannot start: one line, what is wrong and what to do."""


class DevhostError(Exception):
    """The message is the whole answer: it is printed alone, without a traceback, and the exit code is 2."""
