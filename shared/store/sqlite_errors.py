"""What SQLite and the system say of the embedded store's file, as errors of the store's; and what hinders its writes."""

import contextlib
import errno
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

from shared.errors import InvalidItem, StoreMisconfigured, StoreNotWritable, StoreThrottled, StoreUnavailable

PLACE: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
STALE: Final = PLACE | {sqlite3.SQLITE_IOERR}  # what a connection may go on to say when the place is sound again
FULL: Final = "its disk is full: make room"
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
REFUSED: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
BESIDE: Final = ("", "-wal", "-shm")  # the file, its log, and the log's index


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's own code, without what extends it; 0 where there is none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def error_of(error: sqlite3.Error, path: str) -> Exception:
    """Return the store's error for one of SQLite's, by its code."""
    words, code = str(error), primary_code(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreThrottled(f"the embedded store is busy: {words}")
    if code == sqlite3.SQLITE_FULL:
        return _not_writable(path, FULL)
    hindered = _hindrance(path) if code in PLACE or code == sqlite3.SQLITE_IOERR else ""
    if hindered:
        return _not_writable(path, hindered)
    if code in PLACE:
        return StoreMisconfigured(f"the embedded store at {path}: {words}")
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreMisconfigured(
            f"the embedded store's file {path} is damaged ({words}): stop the app, and put back a copy of it, or what "
            f"`sqlite3 {path} .recover` finds"
        )
    if code == sqlite3.SQLITE_NOTADB or (code == sqlite3.SQLITE_ERROR and "no such column" in words):
        return StoreMisconfigured(
            f"the file {path} is not of this app's embedded store ({words}): EMBEDDED_STORE_PATH has to name one that is, or "
            "a place where there is none yet"
        )
    if "malformed JSON" in words:  # by SQLite's measure: nested too deeply
        return InvalidItem(f"the embedded store takes no such document: {words}")
    return StoreUnavailable(f"the embedded store at {path} failed: {words}")


def place_error_of(error: OSError, path: str) -> Exception:
    """Return the store's error for a folder or file that the system does not give."""
    if error.errno in NO_ROOM:
        return _not_writable(path, FULL)
    if error.errno in REFUSED:
        return _not_writable(path, _hindrance(path) or f"{error.strerror}: {error.filename}")
    return StoreMisconfigured(f"the embedded store cannot be at {path}: {error}")


def let_in_again(path: str) -> None:
    """Make the log and its index writable where the file is: SQLite gives them the mode that the file has in that moment, and
    leaves them behind where that was read-only.
    """
    for one in BESIDE[1:]:
        beside = Path(f"{path}{one}")
        if beside.is_file() and Path(path).is_file() and _may_write(Path(path)) and not _may_write(beside):
            with contextlib.suppress(OSError):  # another user's: what is wrong is told when the file is opened
                beside.chmod(Path(path).stat().st_mode & 0o777)


def _not_writable(path: str, why: str) -> StoreNotWritable:
    return StoreNotWritable(f"the embedded store at {path} takes no writes, {why}; what waits goes on by itself then")


def _hindrance(path: str) -> str:
    """Return what keeps this process from writing there, and what to do; empty where nothing is seen to."""
    folder = next((one for one in Path(path).absolute().parents if one.is_dir()), None)
    if folder is None:
        return ""
    if not _may_write(folder):
        return f"its folder {folder} is read-only for this process: let it be written"
    shut = [f"{path}{one}" for one in BESIDE if Path(f"{path}{one}").is_file() and not _may_write(Path(f"{path}{one}"))]
    if shut:
        return f"{shut[0]} is read-only for this process: let it be written"
    return "" if shutil.disk_usage(folder).free else FULL


def _may_write(place: Path) -> bool:
    """Whether the user that the process runs as may: a file system that is mounted read-only lets nobody."""
    return os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
