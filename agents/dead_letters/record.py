"""The ids of dead letters: `<job>.<generation>`, or `raw.<hash>` for bytes that belong to no job. Pure."""

from typing import Final

RAW: Final = "raw."


def record_id_of(job_id: str, generation: int) -> str:
    """Return the id of the dead letter of one like."""
    return f"{job_id}.{generation}"


def is_raw(record: str) -> bool:
    """True for a dead letter that belongs to no job."""
    return record.startswith(RAW)


def partition_of(record: str) -> str:
    """Return the partition that a dead letter is stored in: its job's id, or its own."""
    return record if is_raw(record) else record.partition(".")[0]


def generation_of(record: str) -> int | None:
    """Return which like of the job a dead letter is about; None for one that belongs to no job."""
    digits = record.rpartition(".")[2]
    return int(digits) if not is_raw(record) and digits.isdigit() else None
