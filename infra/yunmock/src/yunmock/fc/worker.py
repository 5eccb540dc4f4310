"""The thread an instance lives in: what it runs, it runs one after the other, as the runtime's own process does.

State that a library keeps by thread (a session, an event loop) therefore lasts from call to call.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_S = 10.0


def _held() -> threading.Lock:
    """A lock that is taken: one thread waits for another to release it at a fraction of what an Event costs."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class Task:
    """Something to run, and what came of it; `done` when it has ended."""

    work: Callable[[], Any]
    result: Any = None
    error: BaseException | None = None
    done: bool = False
    _running: threading.Lock = field(default_factory=_held)

    def run(self) -> None:
        """Run it; whatever it raises is its outcome."""
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - whatever a function raises is its result
            self.error = error
        self.done = True
        self._running.release()

    def wait(self, limit_s: float) -> None:
        """Wait for its end, `limit_s` seconds at most; only one thread may, and once."""
        self._running.acquire(timeout=limit_s)


class Worker:
    """A thread that starts with the first task and ends when there was none for a while."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._alive = False

    def run(self, work: Callable[[], Any], limit_s: float) -> Task:
        """Run `work` and wait for it, `limit_s` seconds at most; one that takes longer runs on unattended."""
        task = Task(work)
        with self._lock:
            self._tasks.put(task)
            if not self._alive:
                self._alive = True
                threading.Thread(target=self._serve, name=self._name, daemon=True).start()
        task.wait(limit_s)
        return task

    def _serve(self) -> None:
        while True:
            try:
                task = self._tasks.get(timeout=IDLE_S)
            except queue.Empty:
                with self._lock:
                    if not self._tasks.empty():
                        continue
                    self._alive = False
                    return
            task.run()
            del task
