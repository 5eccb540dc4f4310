"""The thread of an instance: it runs one task after the other, as the real runtime's process does.

State that a library keeps by thread (a session, an event loop) therefore lasts from call to call.
"""

from __future__ import annotations

import queue
import threading
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

T = TypeVar("T")

IDLE_S = 10.0


def _held() -> threading.Lock:
    """A lock that is held: waiting for its release costs a fraction of what waiting for an Event costs."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class Task(Generic[T]):
    """Something to run, and its result or error; `done` when it has ended."""

    work: Callable[[], T]
    result: T | None = None
    error: BaseException | None = None
    done: bool = False
    _running: threading.Lock = field(default_factory=_held)

    def run(self) -> None:
        """Run it; an exception is kept as `error`."""
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - whatever a function raises is its error
            self.error = error
        self.done = True
        self._running.release()

    def wait(self, limit_s: float) -> None:
        """Wait for its end, `limit_s` seconds at most; only one thread may, and once."""
        self._running.acquire(timeout=limit_s)


class Worker:
    """A thread that starts with the first task and ends after some idle time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: queue.SimpleQueue[Task[Any]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._alive = False

    def run(self, work: Callable[[], T], limit_s: float) -> Task[T]:
        """Run `work` and wait for it, `limit_s` seconds at most; a task that takes longer keeps running in vain.

        It runs in the context (`contextvars`) of the caller, who waits for it.
        """
        context = copy_context()
        task = Task(lambda: context.run(work))
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
