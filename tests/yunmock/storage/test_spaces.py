"""Spaces in memory and in a file are independent ordered maps."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunmock.storage.memory import MemoryStorage
from yunmock.storage.sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.storage import Space, Storage

MEDIA = ("memory", "sqlite")
MANY = 3_000
"""Rows enough for several pages of a scan, of several sizes."""

KEYS = st.binary(max_size=2)
BOUNDS = st.none() | KEYS
STEPS = st.lists(
    st.tuples(st.just("put"), KEYS, st.integers(0, 9))
    | st.tuples(st.just("delete"), KEYS, st.just(0))
    | st.tuples(st.just("clear"), st.just(b""), st.just(0)),
    max_size=30,
)


def opened(medium: str, folder: Path) -> Storage:
    """An empty storage."""
    return MemoryStorage() if medium == "memory" else SqliteStorage(folder / "state.sqlite")


def numbers(storage: Storage, name: str = "numbers") -> Space[int]:
    """A space of whole numbers."""
    return storage.space(name, lambda number: b"%d" % number, int)


def key(number: int) -> bytes:
    """A key that sorts as its number does."""
    return number.to_bytes(4, "big")


@pytest.fixture(params=MEDIA)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """A storage of each kind."""
    with closing(opened(request.param, tmp_path)) as storage:
        yield storage


@pytest.fixture(scope="module", params=MEDIA)
def fresh(request: pytest.FixtureRequest) -> Iterator[Iterator[Space[int]]]:
    """One empty space after another."""
    with TemporaryDirectory() as folder, closing(opened(request.param, Path(folder))) as storage:
        yield (numbers(storage, f"space {n}") for n in count())


def expected(
    held: dict[bytes, int], start: bytes | None, end: bytes | None, *, reverse: bool
) -> list[tuple[bytes, int]]:
    """What a scan of these items yields."""
    within = ((k, v) for k, v in held.items() if (start or b"") <= k and (end is None or k < end))
    return sorted(within, reverse=reverse)


@given(steps=STEPS, start=BOUNDS, end=BOUNDS, reverse=st.booleans())
def test_a_space_is_an_ordered_map(
    fresh: Iterator[Space[int]],
    steps: list[tuple[str, bytes, int]],
    start: bytes | None,
    end: bytes | None,
    reverse: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    """After random puts, deletes and clears, get and scan answer as a sorted dictionary does."""
    space, held = next(fresh), dict[bytes, int]()
    for step, at, value in steps:
        if step == "put":
            space.put(at, value)
            held[at] = value
        elif step == "delete":
            space.delete(at)
            held.pop(at, None)
        else:
            space.clear()
            held.clear()

        assert space.get(at) == held.get(at)
    assert list(space.scan(start, end, reverse=reverse)) == expected(held, start, end, reverse=reverse)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("start", "end"), [(None, None), (key(7), key(MANY - 7)), (key(MANY), None), (key(9), key(9))])
def test_a_long_scan_misses_nothing(storage: Storage, start: bytes | None, end: bytes | None, *, reverse: bool) -> None:
    """A scan of many pages yields each item within its bounds once, in order."""
    space, held = numbers(storage), {key(n): n for n in range(MANY)}
    with storage.atomic():
        for at, value in held.items():
            space.put(at, value)

    assert list(space.scan(start, end, reverse=reverse)) == expected(held, start, end, reverse=reverse)


@pytest.mark.parametrize("reverse", [False, True])
def test_items_can_be_deleted_during_a_scan(storage: Storage, *, reverse: bool) -> None:
    """A scan goes on to the end while its items are deleted, as when a queue is emptied."""
    space = numbers(storage)
    with storage.atomic():
        for n in range(MANY):
            space.put(key(n), n)
        seen = []
        for at, value in space.scan(reverse=reverse):
            space.delete(at)
            seen.append(value)

    assert seen == sorted(range(MANY), reverse=reverse)
    assert list(space.scan()) == []


def test_spaces_are_independent(storage: Storage) -> None:
    """The same key is a different item in another space, and clearing one space leaves the other."""
    one, other = numbers(storage, "one"), numbers(storage, "other")
    one.put(b"k", 1)
    other.put(b"k", 2)
    one.clear()

    assert (one.get(b"k"), other.get(b"k")) == (None, 2)
    assert numbers(storage, "other").get(b"k") == 2


def test_reset_and_restore_reach_every_space(storage: Storage) -> None:
    """Reset empties all spaces, and a snapshot brings them back, also those first used after it, as empty."""
    spaces: list[Any] = [numbers(storage, name) for name in ("one", "other")]
    for n, space in enumerate(spaces):
        space.put(b"k", n)
    taken = storage.snapshot()
    storage.reset()
    late = numbers(storage, "late")
    late.put(b"k", 9)

    assert [space.get(b"k") for space in spaces] == [None, None]
    storage.restore(taken)
    assert [space.get(b"k") for space in (*spaces, late)] == [0, 1, None]


def test_no_change_reaches_a_snapshot(storage: Storage) -> None:
    """Whatever changes after a snapshot or a restore changes no snapshot: puts, deletes, clears, a reset."""
    space = numbers(storage, "one")
    space.put(b"a", 1)
    first = storage.snapshot()
    space.put(b"b", 2)
    second = storage.snapshot()
    changes: list[Callable[[], object]] = [
        lambda: space.put(b"a", 9),
        lambda: space.delete(b"a"),
        space.clear,
        storage.reset,
    ]
    for change in changes:
        for taken, kept in ((first, [(b"a", 1)]), (second, [(b"a", 1), (b"b", 2)])):
            storage.restore(taken)
            assert list(space.scan()) == kept
            change()
