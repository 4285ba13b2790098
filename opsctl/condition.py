"""Commands for how the app is: the status, and the same as a live view."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opsctl.layout import Head
from opsctl.outcomes import Exit, UnreachableError
from opsctl.show import Screen, When, counts
from opsctl.times import span
from opsctl.tools import Tools

UNAVAILABLE: Final = frozenset({503})
QUIET: Final = frozenset({"ok", None})  # None: a line of the problems says that no phase is known
ACTIVE: Final = frozenset({"queued", "running"})
RANK: Final = {"ticket": 1, "page": 2, "critical": 3}
QUEUE_COLUMNS: Final = (
    Head("queue", is_long=True), Head("role"), Head("depth", is_number=True), Head("visible", rank=1, is_number=True),
    Head("oldest", is_number=True), Head("deferred since", rank=1), Head("parked", is_number=True),
    Head("held", is_number=True), Head("paused"),
)  # fmt: skip
Document = Mapping[str, Any]


def status(tools: Tools, _given: Namespace) -> Exit:
    """Whether somebody has to be woken."""
    answer = tools.client.get("status", also=UNAVAILABLE)
    tools.screen.show(answer.document, lambda: _status(tools.screen, answer.document))
    return Exit.OK if answer.status not in UNAVAILABLE else Exit.WRONG


def _status(screen: Screen, found: Document) -> None:
    if found.get("ok"):
        screen.line("ok: nobody has to be woken", "bold green")
    for problem in found.get("problems") or []:
        screen.line(problem, "bold red")
    screen.fields({"at": When(found.get("at")), "last look": When(found.get("lastLookAt")), "build": found.get("build"),
                   **_figures(found), "counted up to": When(found.get("countedTo"))})  # fmt: skip
    _dependencies(screen, found)
    _rules(screen, found)
    _timers(screen, found)
    if found.get("queues"):
        screen.line()
        queue_table(screen, found["queues"])


def _figures(found: Document) -> dict[str, object]:
    """What is to be seen whether it is a problem or not; unknown where it could not be read."""
    dead, attempts, doubles = found.get("deadLetters"), found.get("attempts") or [], found.get("duplicates")
    more = "" if dead and dead.get("complete") else " or more"
    last = attempts[-1] if attempts else None
    by_reason = f" ({counts(dead['byReason'])})" if dead and dead.get("byReason") else ""
    return {
        "open dead letters": f"{dead.get('open')}{more}{by_reason}" if dead else "unknown",
        "failed attempts": _tries(last) if last else "unknown",
        "duplicates in 24 h": doubles.get("24h") if doubles else "unknown",
    }


def _tries(last: Document) -> str:
    """Return how many failed; where none was made there is no share of them."""
    told = f"{last.get('failed')} of {last.get('total')}" if last.get("total") else "none made"
    return f"{told} in {last.get('minutes')} min"


def _dependencies(screen: Screen, found: Document) -> None:
    for one in found.get("dependencies") or []:
        waiting = "an unknown number" if one.get("waiting") is None else one["waiting"]
        screen.line(
            f"{one.get('name')}: failing since {screen.when(one.get('since'))} ({one.get('reason')}), "
            f"{waiting} wait, next probe {screen.when(one.get('nextProbeAt'))}", "bold red",
        )  # fmt: skip


def _rules(screen: Screen, found: Document) -> None:
    restless = [
        one for one in found.get("rules") or []
        if one.get("phase") not in QUIET or one.get("unknownSince") or one.get("silenced") or one.get("acknowledged")
    ]  # fmt: skip
    if not restless:
        return
    screen.line()
    columns = (
        "alert", "phase", "severity", Head("since", rank=1), Head("held by", is_long=True),
        Head("condition", is_long=True),
    )  # fmt: skip
    rows = [
        (
            one.get("alert"), one.get("phase"), one.get("severity"), When(one.get("firedAt") or one.get("unknownSince")),
            held_by(screen, one), one.get("text"),
        )
        for one in restless
    ]  # fmt: skip
    screen.table(columns, rows)


def held_by(screen: Screen, one: Document) -> str:
    """Return who holds an alert, a queue or a timer, and until when; empty where nobody does."""
    silenced, acknowledged = one.get("silenced") or one.get("paused"), one.get("acknowledged")
    if isinstance(silenced, Mapping):
        return f"{silenced.get('by')}, {_rest(screen, silenced)}"
    return f"{acknowledged.get('by')}" if isinstance(acknowledged, Mapping) else ""


def _rest(screen: Screen, hold: Document) -> str:
    return f"ends {screen.ago(hold.get('until'))}" if screen.is_terminal else f"until {hold.get('until')}"


def _timers(screen: Screen, found: Document) -> None:
    if not found.get("timers"):
        return
    screen.line()
    columns = ("timer", "last run", "last success", "next", Head("missed", is_number=True), Head("paused"))
    rows = [
        (
            one.get("timer"), (one.get("lastRuns") or [{}])[0].get("outcome"), When(one.get("lastSuccessAt")),
            When(one.get("expectedNext")), len(one.get("missed") or ()), held_by(screen, one),
        )
        for one in found["timers"]
    ]  # fmt: skip
    screen.table(columns, rows)


def queue_table(screen: Screen, found: Sequence[Document]) -> None:
    """Show the queues, one a line."""
    rows = [
        (
            one.get("queue"), one.get("role"), "no queue" if one.get("exists") is False else one.get("depth"),
            one.get("visible"), _oldest(one), "" if one.get("deferredSince") is None else When(one["deferredSince"]),
            one.get("parked"), "unknown" if "held" in one and one["held"] is None else one.get("held") or "",
            held_by(screen, one),
        )
        for one in found
    ]  # fmt: skip
    screen.table(QUEUE_COLUMNS, rows)


def _oldest(queue: Document) -> str:
    """Return how long the oldest work waits; where there may be older, that."""
    age, known = queue.get("oldestAgeSeconds"), queue.get("oldestKnown", True)
    if age is None:
        return "" if known else "unknown"
    return span(age) + ("" if known else " or more")


def watch(tools: Tools, given: Namespace) -> Exit:
    """The status as a live view, drawn anew every few seconds until Ctrl-C."""
    view = _View(tools, given.every)
    with tools.screen.live() as draw:
        try:
            while True:
                view.look()
                if tools.screen.as_json:
                    tools.screen.show(view.document, lambda: None)
                else:
                    draw(view.render)
                if view.frames == given.count:
                    break
                tools.sleep(given.every)
        except KeyboardInterrupt:  # the ordinary way to leave
            return Exit.OK
    return view.code


class _View:
    """What the last looks told. Where a look fails, the frame says so, and shows the last answer with its age."""

    def __init__(self, tools: Tools, every: float) -> None:
        self._tools = tools
        self._every = every
        self.frames = 0
        self.code = Exit.OK
        self.document: Document = {}
        self._operations: Sequence[Document] = ()
        self._failure = ""
        self._unseen = ""

    def look(self) -> None:
        """Ask the app once. Raises `RefusedError` for what will not be otherwise next time, as a wrong key."""
        self.frames += 1
        try:
            answer = self._tools.client.get("status", also=UNAVAILABLE, once=True)
        except UnreachableError as error:
            self._failure, self.code = str(error), Exit.UNREACHABLE
            return
        self.document, self._failure = answer.document, ""
        self.code = Exit.WRONG if answer.status in UNAVAILABLE else Exit.OK
        try:
            self._operations = self._tools.client.get("replays", {"limit": 5}, once=True).document.get("replays") or []
            self._unseen = ""
        except UnreachableError as error:  # they are stored, and the status tells of more than the store
            self._operations, self._unseen = (), f"what runs is not known: {error}"

    def render(self) -> None:
        """Draw a frame: whether it is bad and why first, then what stands behind it."""
        screen, found = self._tools.screen, self.document
        screen.row(*self._bar())
        if self._failure:
            screen.line(f"no answer: {self._failure}", "bold red")
        if found:
            for problem in found.get("problems") or []:
                screen.line(problem, "red")
            _dependencies(screen, found)
            screen.line()
            screen.fields(_figures(found))
            self._running()
            _rules(screen, found)
            _timers(screen, found)
            if found.get("queues"):
                screen.line()
                queue_table(screen, found["queues"])
        if not screen.is_terminal:
            screen.line()

    def _bar(self) -> list[tuple[str, str]]:
        screen, found = self._tools.screen, self.document
        if self._failure or not found:
            word, style = "UNKNOWN", "bold yellow"
        elif found.get("ok"):
            word, style = "OK", "bold green"
        else:
            word, style = self._gravest(found), "bold red"
        seen = f"as of {screen.when(found.get('at'))}" if found else "nothing seen yet"
        return [(word, style), (f" · {seen} · build {found.get('build') or '?'} · every {self._every:g} s", "")]

    @staticmethod
    def _gravest(found: Document) -> str:
        firing = [str(one.get("severity")) for one in found.get("rules") or [] if one.get("phase") == "firing"]
        return max(firing, key=lambda one: RANK.get(one, 0), default="page").upper()

    def _running(self) -> None:
        if self._unseen:
            self._tools.screen.line(self._unseen, "yellow")
        for one in self._operations:
            if one.get("status") in ACTIVE:
                left = f", {one['etaSeconds']} s left" if one.get("etaSeconds") is not None else ""
                words = f"{one.get('action')} {one.get('id')}: {one.get('handled')} of {one.get('total')}{left}"
                self._tools.screen.line(words, "bold")
