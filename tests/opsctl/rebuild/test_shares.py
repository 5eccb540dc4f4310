"""All records in equal shares, side by side: none is left out, none comes twice, and a run goes on where it stopped."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from tests.opsctl.rebuild.rebuilding import REBOOT, run

from opsctl.shares import HASHES, MOST, Places
from opsctl.side_by_side import AHEAD, side_by_side
from opsledger.ledger.rows import record_key
from opsledger.store.tables import hashed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakeEvent, PipelineHarness

RECORDS = 150


@pytest.fixture
def filled(harness: PipelineHarness, event: MakeEvent) -> PipelineHarness:
    """A ledger with many records, of a few resources."""
    harness.process([event(REBOOT, "Scheduled", seed=f"{n}", instanceId=f"i-{n % 40}") for n in range(RECORDS)])
    return harness


@pytest.mark.parametrize("count", [1, 2, 3, 7, MOST])
def test_shares_have_every_record_once(filled: PipelineHarness, count: int) -> None:
    """However many shares there are."""
    keys = [one.key for one in run(filled, shares=Places(count).shares())]

    assert len(keys) == RECORDS
    assert set(keys) == {record.key for record in filled.stored()}


def test_a_run_goes_on_where_it_stopped(filled: PipelineHarness) -> None:
    """From any record on: what is left is read, and of what was read no more than a few records again."""
    every = {record.key for record in filled.stored()}
    for stop in (1, 40, RECORDS):
        places = Places(4)
        read = set()
        for one in islice(run(filled, shares=places.shares()), stop):
            places.passed(hashed(one.key))
            read.add(one.key)
        again = Places.read(str(places))
        assert again is not None
        rest = {one.key for one in run(filled, shares=again.shares())}

        assert read | rest == every
        assert len(read & rest) <= 8


OUTSIDE = ("0000.0000", "8000.8000", "0000.ffff.ffff")
NO_PLACES = ("e-1", "12345", "0000.", "g000", "²000", ".".join(["0000"] * (MOST + 1)))


@pytest.mark.parametrize("text", [*OUTSIDE, *NO_PLACES])
def test_what_is_no_place_is_refused(text: str) -> None:
    """Such as one that was typed wrong: a rebuild would pass over most records, and find no difference."""
    with pytest.raises(ValueError, match="not where a run stopped"):
        Places.read(text)


@pytest.mark.parametrize("text", ["", "ecs:event:e-1"])
def test_a_records_key_is_no_place(text: str) -> None:
    """It has a colon."""
    assert Places.read(text) is None


def test_places_say_how_much_was_read() -> None:
    """From nothing to nearly all; a place never goes back."""
    places = Places(4)
    assert places.share_read() == 0
    for number in range(0, HASHES, 64):
        places.passed(f"{number:04x}:x")
    places.passed("0001:x")

    assert places.share_read() > 0.99
    assert str(places) == "3fc0.7fc0.bfc0.ffc0"


def test_a_missing_record_is_found_once(filled: PipelineHarness) -> None:
    """By the share that reads its resource first, though several do."""
    (gone, *_) = [record for record in filled.stored() if record.resource_id == "i-3"]
    del filled.store.rows[record_key(gone.key)]  # type: ignore[attr-defined]
    found = run(filled, shares=Places(16).shares(), apply=True)

    assert [one.key for one in found if one.gained] == [gone.key]
    assert len(found) == RECORDS
    assert len(filled.stored()) == RECORDS


def counting(ended: list[int]) -> Iterator[int]:
    """Numbers for ever; notes its end."""
    try:
        yield from range(10**9)
    finally:
        ended.append(1)


def test_threads_end_when_the_reader_does() -> None:
    """Each after the item that it is at; and they were not far ahead."""
    before, ended = threading.active_count(), list[int]()
    items = side_by_side([counting(ended), counting(ended)])
    read = list(islice(items, 5))
    items.close()  # type: ignore[attr-defined]

    assert max(read) <= AHEAD + 5
    assert (threading.active_count(), len(ended)) == (before, 2)


def test_an_error_ends_all() -> None:
    """It is raised where the items are read, and no thread is left."""

    def failing() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    before, ended = threading.active_count(), list[int]()
    with pytest.raises(LookupError, match="gone"):
        list(side_by_side([failing(), counting(ended)]))

    assert (threading.active_count(), len(ended)) == (before, 1)
