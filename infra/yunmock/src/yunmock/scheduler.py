"""What is still to be done, and when: retries, timers, batch windows, queued invocations.

Jobs lie in the cloud's storage, so those of a cloud with a data file outlive its process. A job is removed only
after it was done: a process killed in between does it again, as an at-least-once service would.
"""

from __future__ import annotations

import itertools
import json
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.storage import Space, Storage

_KEY = struct.Struct(">QQI")


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do: which service does it, when (milliseconds since the epoch), and what it needs to know."""

    service: str
    due_ms: int
    payload: dict[str, Any]
    key: bytes = b""


Content = dict[str, Any]
"""What is kept of a job beside its key: `service` and `payload`."""


class Agenda:
    """The jobs of a cloud, earliest first; jobs due at one moment keep the order they were added in."""

    def __init__(self, storage: Storage) -> None:
        self._space: Space[Content] = storage.space("yunmock.agenda", _encode, json.loads)
        self._count = itertools.count()

    def add(self, service: str, due_ms: int, payload: dict[str, Any]) -> Job:
        """Have `service` do a job at `due_ms`; the payload must be JSON and stay as it is."""
        key = _KEY.pack(due_ms, time.time_ns(), next(self._count) & 0xFFFFFFFF)
        self._space.put(key, {"service": service, "payload": payload})
        return Job(service, due_ms, payload, key)

    def next(self, until_ms: int | None = None) -> Job | None:
        """The earliest job, if there is one due by `until_ms`."""
        end = None if until_ms is None else _KEY.pack(until_ms + 1, 0, 0)
        return next((_job(key, content) for key, content in self._space.scan(None, end)), None)

    def remove(self, job: Job) -> bool:
        """Take a job off; false when it is no longer there."""
        present = self._space.get(job.key) is not None
        self._space.delete(job.key)
        return present

    def __iter__(self) -> Iterator[Job]:
        return (_job(key, content) for key, content in self._space.scan())


def _job(key: bytes, content: Content) -> Job:
    return Job(content["service"], _KEY.unpack(key)[0], content["payload"], key)


def _encode(content: Content) -> bytes:
    return json.dumps(content).encode()
