"""The collector rests while much is imported, and works again afterwards whatever happened."""

import gc

import pytest

from shared.loading import much_is_imported


def broken_import() -> None:
    with much_is_imported(to_stay=False):
        assert not gc.isenabled()
        raise ImportError


def test_the_collector_rests_for_the_block_and_works_again_after_a_failure() -> None:
    before = gc.get_freeze_count()
    with pytest.raises(ImportError):
        broken_import()
    assert gc.isenabled()
    assert gc.get_freeze_count() == before


def test_what_stays_is_left_out_of_its_rounds() -> None:
    before = gc.get_freeze_count()
    with much_is_imported(to_stay=True):
        imported: list[list[int]] = [[] for _ in range(1_000)]
    assert gc.get_freeze_count() >= before + len(imported)


def test_a_block_within_another_does_not_end_the_rest() -> None:
    with much_is_imported(to_stay=False):
        with much_is_imported(to_stay=True):
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
