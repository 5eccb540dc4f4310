"""Jobs that are due later: retries, timers, batch windows, queued invocations.

Jobs are kept in the cloud's storage, so a cloud with a data file finds them again after a restart. A job is removed
only after it ran. If the process dies in between, the job runs again: at-least-once, as the real services do it.
"""

from __future__ import annotations

import itertools
import json
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.json_types import JsonObject
    from yunmock.storage import Space, Storage

SPACE = "yunmock.agenda"
"""The space's stored name; files of earlier versions have it."""

_KEY = struct.Struct(">QQI")


@dataclass(frozen=True, slots=True)
class Job:
    """Work for one service, due at `due_ms` (milliseconds since the epoch); `payload` is what the service needs."""

    service: str
    due_ms: int
    payload: JsonObject
    key: bytes = b""


class StoredJob(TypedDict):
    """What is stored of a job; the due time is in the key."""

    service: str
    payload: JsonObject


class Scheduler:
    """The jobs of a cloud, earliest first; jobs due at the same time keep the order they were added in."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._space: Space[StoredJob] = storage.space(SPACE, _encode, json.loads)
        self._count = itertools.count()

    def add(self, service: str, due_ms: int, payload: JsonObject) -> Job:
        """Schedule a job of `service` for `due_ms`; do not change the payload afterwards."""
        key = _KEY.pack(due_ms, time.time_ns(), next(self._count) & 0xFFFFFFFF)
        self._space.put(key, {"service": service, "payload": payload})
        return Job(service, due_ms, payload, key)

    def next(self, until_ms: int | None = None) -> Job | None:
        """The earliest job that is due by `until_ms`, or the earliest of all."""
        end = None if until_ms is None else _KEY.pack(until_ms + 1, 0, 0)
        return next((_job(key, stored) for key, stored in self._space.scan(None, end)), None)

    def remove(self, job: Job) -> bool:
        """Remove a job; false if it is gone. Of several threads or processes only one gets true."""
        with self._storage.atomic():
            present = self._space.get(job.key) is not None
            self._space.delete(job.key)
        return present

    def __iter__(self) -> Iterator[Job]:
        return (_job(key, stored) for key, stored in self._space.scan())


def _job(key: bytes, stored: StoredJob) -> Job:
    return Job(stored["service"], _KEY.unpack(key)[0], stored["payload"], key)


def _encode(stored: StoredJob) -> bytes:
    return json.dumps(stored).encode()
