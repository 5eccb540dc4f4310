"""Several iterators at once, each in a thread of its own, for work that waits for a service."""

from __future__ import annotations

from collections.abc import Generator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Item = TypeVar("Item")
AHEAD = 100
"""Items that all threads together may be ahead of the reader."""
LOOK_S = 0.2
"""How often a thread that waits looks whether anybody still reads."""


class _Ended(NamedTuple):
    """One iterator has ended, by itself or by an error."""

    error: BaseException | None = None


def side_by_side(sources: Sequence[Iterable[Item]]) -> Iterator[Item]:
    """The items of all `sources` as they come, those of each in their order; a single one is read without a thread.

    When the reader ends first, or one source raises, the threads end after the item that they are at.

    Raises:
        BaseException: what one of the sources raised.
    """
    if len(sources) == 1:
        yield from sources[0]
        return
    queue: Queue[Item | _Ended] = Queue(AHEAD)
    stopped = Event()
    threads = [Thread(target=_run, args=(source, queue, stopped), daemon=True) for source in sources]
    for thread in threads:
        thread.start()
    try:
        yield from _items(queue, len(threads))
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _items(queue: Queue[Item | _Ended], running: int) -> Iterator[Item]:
    while running:
        try:
            item = queue.get(timeout=LOOK_S)  # a wait without an end would not see Ctrl-C on every system
        except Empty:
            continue
        if not isinstance(item, _Ended):
            yield item
        elif item.error is not None:
            raise item.error
        else:
            running -= 1


def _run(source: Iterable[Item], queue: Queue[Item | _Ended], stopped: Event) -> None:
    ended = _Ended()
    try:
        for item in source:
            if not _put(queue, item, stopped):
                return
    except BaseException as error:  # noqa: BLE001 - it is raised again where the items are read
        ended = _Ended(error)
    finally:
        if isinstance(source, Generator):
            source.close()
    _put(queue, ended, stopped)


def _put(queue: Queue[Item | _Ended], item: Item | _Ended, stopped: Event) -> bool:
    """Hand an item over; False if nobody reads any more."""
    while not stopped.is_set():
        try:
            queue.put(item, timeout=LOOK_S)
        except Full:
            continue
        return True
    return False
