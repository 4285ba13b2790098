"""The command line: every command with its options."""

from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Callable, Iterable
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

from opsctl import collecting, condition, holding, jobs, letters, likes, looking, operating, person, replaying, running, series
from opsctl.completing import SHELLS, completion
from opsctl.deployment import ACTION_KEY, KEY, URL
from opsctl.doctor import doctor
from opsctl.outcomes import EXPLAINED, Exit

SIGNALS: Final = ("up", "down", "none")
INSTANTS: Final = frozenset({"since", "until"})
INSTANT: Final = "ISO 8601, or 90m, 2h, 3d ago"
if TYPE_CHECKING:
    Commands = _SubParsersAction[ArgumentParser]  # no generic at run time
Described = Callable[..., Exit]


def parser() -> ArgumentParser:
    """Return the parser; the namespace's `command` is what to call, or `local` where it needs no deployment."""
    top = ArgumentParser(
        prog="opsctl", formatter_class=RawDescriptionHelpFormatter, epilog=EXPLAINED,
        description="On-call's client of a PluckIt Processor: looks at a deployment,\nand puts right what went wrong.",
    )  # fmt: skip
    top.set_defaults(command=None, local=None)
    _common(top, first=True)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _looking(commands)
    _likes(commands)
    _person(commands)
    _letters(commands)
    _replaying(commands)
    _operations(commands)
    _running(commands)
    _holding(commands)
    completed = _add(commands, "completion", local=completion)
    completed.add_argument("shell", choices=SHELLS)
    completed.set_defaults(described=top)
    return top


def _common(one: ArgumentParser, *, first: bool = False) -> None:
    """Options that may stand before the command or after it: what stands after it counts."""
    nothing = None if first else SUPPRESS
    group = one.add_argument_group("the deployment")
    group.add_argument("--url", default=nothing, help=f"its address (default: {URL} in the environment)")
    group.add_argument("--key", default=nothing, help=f"its function key (default: {KEY}; options can be seen by others)")
    group.add_argument("--action-key", default=nothing, help=f"its key for what changes something (default: {ACTION_KEY})")
    group.add_argument(
        "--timeout", type=_seconds, default=30.0 if first else SUPPRESS, metavar="S", help="seconds to wait for an answer"
    )
    shown = one.add_argument_group("what is shown")
    off = False if first else SUPPRESS
    shown.add_argument("--json", action="store_true", default=off, help="print the app's own documents")
    shown.add_argument("--wide", action="store_true", default=off, help="on a terminal too: whole ids, UTC, every column")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 600:  # noqa: PLR2004  (a wait that a person would sit through)
        raise ValueError(text)
    return value


def _add(
    commands: "Commands", name: str, command: Described | None = None, *, local: Described | None = None
) -> ArgumentParser:  # fmt: skip
    described = (command or local).__doc__ or ""
    summary = described.strip().rstrip(".")
    added = commands.add_parser(name, help=summary[:1].lower() + summary[1:], description=fill(described, 78),
                                epilog=EXPLAINED, formatter_class=RawDescriptionHelpFormatter)  # fmt: skip
    added.set_defaults(command=command, local=local)
    _common(added)
    return added


def _group(commands: "Commands", name: str, summary: str) -> "Commands":
    group = commands.add_parser(name, help=summary, description=summary)
    return group.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _paged(one: ArgumentParser, *, limit: int = 50) -> None:
    one.add_argument("--limit", type=int, default=limit, metavar="N", help=f"records a page, 1 to 200 (default: {limit})")
    one.add_argument("--cursor", help="go on after an earlier page")
    one.add_argument("--all", action="store_true", help="all pages")


def _filters(one: ArgumentParser, names: Iterable[str]) -> None:
    for name in names:
        one.add_argument(f"--{name}", help=INSTANT if name in INSTANTS else None)


def _signed(one: ArgumentParser) -> None:
    one.add_argument("--reason", required=True, help="why, for the audit")
    _actor(one)


def _actor(one: ArgumentParser) -> None:
    one.add_argument("--actor", help="who (default: the login name)")


def _looking(commands: "Commands") -> None:
    _add(commands, "status", condition.status)
    watched = _add(commands, "watch", condition.watch)
    watched.add_argument("--every", type=_seconds, default=5.0, metavar="S", help="seconds between two looks (default: 5)")
    watched.add_argument("--count", type=int, metavar="N", help="so many looks; then it ends as `status` does")
    _add(commands, "whoami", holding.whoami)
    queues = _add(commands, "queues", looking.queues)
    queues.add_argument("--peek", action="store_true", help="say of what kind the first messages are")
    shown = _add(commands, "series", series.series)
    shown.add_argument("--window", choices=series.WINDOWS, default="24h", help="(default: 24h)")
    shown.add_argument("--only", metavar="TEXT", help="the figures with this in their name, as model")
    _add(commands, "preflight", looking.preflight)
    examined = _add(commands, "doctor", doctor)
    examined.add_argument("--wait", type=float, default=0.0, metavar="S", help="seconds to wait for the app to answer at all")
    reconcile = _add(commands, "reconcile", looking.reconcile)
    reconcile.add_argument("--dry-run", action="store_true", help="only look")
    _add(commands, "incident-note", looking.incident_note)
    _paged(_add(commands, "audit", collecting.audit))
    kept = _add(commands, "sources", collecting.sources)
    kept.add_argument("--kind", help="of one kind alone, as brand_site")
    _paged(kept)
    trends = _add(commands, "moods", collecting.moods)
    trends.add_argument("--primary", help="of one primary mood alone, as Coastal")
    _paged(trends)


def _likes(commands: "Commands") -> None:
    sent = _add(commands, "like", likes.like)
    sent.add_argument("user")
    sent.add_argument("item")
    sent.add_argument("image", help="the picture's address")
    sent.add_argument("--index", type=int, metavar="N", help="the picture's place in the item's gallery")
    sent.add_argument("--signal", choices=SIGNALS, default="up", help="down and none take the item's likes back (default: up)")
    sent.add_argument("--wait", action="store_true", help="follow its job to its end")
    listed = _add(commands, "jobs", jobs.jobs)
    _filters(listed, replaying.JOB_FILTERS)
    _paged(listed)
    followed = _add(commands, "timeline", jobs.timeline)
    followed.add_argument("job", help="its id, or the beginning of it")
    followed.add_argument("--raw", action="store_true", help="the message's first bytes in hex as well")
    taste = _add(commands, "taste", looking.taste)
    taste.add_argument("user")
    taste.add_argument("--term", help="show the likes behind a term, as style:minimalist")
    digest = _add(commands, "digest", looking.digest)
    digest.add_argument("user")
    digest.add_argument("--format", choices=sorted(looking.KINDS), default="md")
    digest.add_argument("--why", action="store_true", help="say why there is one of the week, or none")
    digest.add_argument("--window", help="of which week, as 2026-W48; with --why")


def _person(commands: "Commands") -> None:
    group = _group(commands, "person", "a person's rights: what is kept of them, and erasing it")
    _add(group, "export", person.export).add_argument("user")
    forgotten = _add(group, "forget", person.forget)
    forgotten.add_argument("user")
    forgotten.add_argument("item")
    erased = _add(group, "erase", person.erase)
    erased.add_argument("user")
    erased.add_argument("--confirm", metavar="USER", help="the same id; asked for on the terminal without it")
    erased.add_argument("--reason", required=True, help="why, for the audit: a ticket, and no name of theirs")
    _actor(erased)
    _add(group, "erasure", person.erasure).add_argument("id")


def _letters(commands: "Commands") -> None:
    group = _group(commands, "dead-letters", "jobs that died: look at them, mend them")
    for name, command in (("list", letters.list_), ("groups", letters.groups)):
        one = _add(group, name, command)
        _filters(one, letters.FILTERS)
        one.add_argument("--expiring-within-days", type=int, metavar="N", help="whose evidence the store deletes by then")
        if name == "list":
            _paged(one)
        else:
            one.add_argument("--limit", type=int, default=50, metavar="N", help="causes, 1 to 200 (default: 50)")
            one.add_argument("--dry-run", action="store_true", help="say of each what would come of a replay")
    for name, command in (("show", letters.show), ("validate", letters.validate)):
        _add(group, name, command).add_argument("id")
    repair = _add(group, "repair", letters.repair)
    repair.add_argument("id")
    repair.add_argument("--patch", metavar="JSON", help="a JSON merge patch, or @FILE with one")
    repair.add_argument("--set", action="append", default=[], metavar="NAME=TEXT", help="set a field to a text")
    repair.add_argument("--unset", action="append", default=[], metavar="NAME", help="remove a field")
    repair.add_argument("--version", help="the version that the repair was made for (default: the present one)")
    _signed(repair)


def _replaying(commands: "Commands") -> None:
    for name, command in (("replay", replaying.replay), ("purge", replaying.purge), ("retry-now", replaying.retry_now)):
        one = _add(commands, name, command)
        is_retry = name == "retry-now"
        names = replaying.JOB_FILTERS if is_retry else letters.FILTERS
        rest = "" if is_retry else "; without a status the open ones"
        one.add_argument("ids", nargs="*", metavar="ID", help="jobs" if is_retry else "dead letters")
        one.add_argument(
            "--filter", action="append", default=[], metavar="KEY=VALUE",
            help=f"instead of ids: {', '.join(names)}; all must match{rest}",
        )  # fmt: skip
        one.add_argument("--dry-run", action="store_true", help="only say what would come of it")
        one.add_argument("--no-wait", action="store_true", help="do not follow the operation to its end")
        one.add_argument("--idempotency-key", metavar="KEY", help="calls with one key are one operation (default: a new key)")
        _signed(one)
        if name == "purge":
            one.add_argument("--confirm", type=int, metavar="N", help="their number; asked for on the terminal without it")
            continue
        one.add_argument("--yes", action="store_true", help="do not ask")
        one.add_argument("--rate", type=float, default=1.0, metavar="N", help="records a second, 0.1 to 20 (default: 1)")
        if is_retry:
            one.add_argument("--all", action="store_true", help="every job that failed or was deferred")
        one.add_argument("--canary", type=int, default=3, metavar="N", help="so many first, 0 to 20 (default: 3)")
        one.add_argument("--force", action="store_true", help="although a dependency is down")


def _operations(commands: "Commands") -> None:
    group = _group(commands, "operations", "replays, purges and retries: how far they are, and stopping one")
    _paged(_add(group, "list", operating.list_), limit=20)
    show = _add(group, "show", operating.show)
    show.add_argument("id")
    show.add_argument("--follow", action="store_true", help="until it has ended")
    show.add_argument("--limit", type=int, default=50, metavar="N", help="records a page, 1 to 200 (default: 50)")
    show.add_argument("--cursor", help="go on after an earlier page")
    cancel = _add(group, "cancel", operating.cancel)
    cancel.add_argument("id")
    _signed(cancel)


def _running(commands: "Commands") -> None:
    runs = _add(commands, "runs", running.list_)
    runs.add_argument("--timer", help="of one timer alone")
    _paged(runs, limit=20)
    run = _add(commands, "run", running.run)
    run.add_argument("timer", help="a timer's name, as `opsctl status` shows it")
    run.add_argument("--window", help="digest: the week, as 2026-W48")
    run.add_argument("--user", help="digest: of one user alone")
    run.add_argument("--source", help="scraper: of one source alone")
    run.add_argument("--force", action="store_true", help="digest: although nothing has changed")
    run.add_argument("--wait", action="store_true", help="follow it to its end")
    _actor(run)


def _holding(commands: "Commands") -> None:
    made: list[tuple[str, Any, bool]] = [
        ("acknowledge", holding.acknowledge, False), ("silence", holding.silence, True),
        ("unsilence", holding.unsilence, False),
    ]  # fmt: skip
    for name, command, ends in made:
        one = _add(commands, name, command)
        one.add_argument("alert", help="as A13, or A7.moods")
        _until(one, ends=ends)
    for name, command, ends in (("pause", holding.pause, True), ("resume", holding.resume, False)):
        one = _add(commands, name, command)
        one.add_argument("what", choices=("queue", "timer"))
        one.add_argument("name", help="the queue's or the timer's name")
        _until(one, ends=ends)


def _until(one: ArgumentParser, *, ends: bool) -> None:
    if ends:
        one.add_argument("--until", required=True, metavar="WHEN", help="ISO 8601, or for so long: 30m, 2h")
    _signed(one)
