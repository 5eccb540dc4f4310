"""Runs several threads so that exactly one is awake, and picks the next one by a seeded random choice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


class Interleaver:
    """Lets one of several worker threads run at a time.

    A worker offers to pause with `switch`. Every interleaving of the code between those points is possible, and the
    same random numbers give the same one.
    """

    def __init__(self, rng: random.Random, workers: int) -> None:
        self._rng = rng
        self._live = list(range(workers))
        self._locks = [threading.Lock() for _ in range(workers)]
        self._finished = threading.Lock()
        for lock in (*self._locks, self._finished):
            lock.acquire()

    def run(self, worker: Callable[[int], None]) -> None:
        """Run `worker` in every thread and return when all have finished."""

        def body(number: int) -> None:
            self._locks[number].acquire()
            try:
                worker(number)
            finally:
                self._live.remove(number)
                (self._locks[self._rng.choice(self._live)] if self._live else self._finished).release()

        threads = [threading.Thread(target=body, args=(number,), daemon=True) for number in self._live]
        for thread in threads:
            thread.start()
        self._locks[self._rng.choice(self._live)].release()
        self._finished.acquire()
        for thread in threads:
            thread.join()

    def switch(self, worker: int) -> None:
        """Pause `worker` and wake another one, or let it continue, by chance."""
        if len(self._live) > 1:
            chosen = self._rng.choice(self._live)
            if chosen != worker:
                self._locks[chosen].release()
                self._locks[worker].acquire()
