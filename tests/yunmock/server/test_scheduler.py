"""The scheduler runs due jobs in order, once, at their time, and keeps them when the process ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from yunmock import Cloud, Fault
from yunmock.cloud import KEPT_CALL_BYTES, KEPT_CALLS
from yunmock.errors import DataFileError
from yunmock.fc.worker import Worker
from yunmock.http import Request, Response
from yunmock.storage import sqlite
from yunmock.storage.sqlite import SqliteSpace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cloud() -> Cloud:
    """A cloud whose clock is frozen at zero."""
    cloud = Cloud()
    cloud.clock.freeze(0)
    return cloud


def record(cloud: Cloud) -> list[tuple[Any, int, int]]:
    """The jobs done from now on: payload, due time, and the clock's time then."""
    done: list[tuple[Any, int, int]] = []
    cloud.workers["test"] = lambda payload, due: done.append((payload["n"], due, cloud.clock.now_ms()))
    return done


def test_order(cloud: Cloud) -> None:
    """Jobs run by due time; those due at the same time in the order they were added; later ones not yet."""
    done = record(cloud)
    for n, due in enumerate((30, 10, 10, 40)):
        cloud.scheduler.add("test", due, {"n": n})

    cloud.clock.advance(0.03)

    assert [n for n, _, _ in done] == [1, 2, 0]
    assert [job.payload["n"] for job in cloud.scheduler] == [3]


def test_advance_stops_at_each_job(cloud: Cloud) -> None:
    """`Cloud.advance` runs each job at its due time; `Clock.advance` moves at once, and jobs get their due time."""
    done = record(cloud)
    for due in (1000, 2000):
        cloud.scheduler.add("test", due, {"n": due})
    cloud.advance(1.5)
    cloud.clock.advance(10)

    assert done == [(1000, 1000, 1000), (2000, 2000, 11_500)]
    assert cloud.clock.now_ms() == 11_500


def test_jobs_that_make_jobs(cloud: Cloud) -> None:
    """A due job that another job adds runs in the same run, also if that job calls `run_due`."""
    done: list[int] = []

    def work(payload: dict[str, Any], due_ms: int) -> None:
        done.append(payload["n"])
        if payload["n"] < 5:
            cloud.scheduler.add("test", due_ms + 1000, {"n": payload["n"] + 1})
            cloud.run_due()
            cloud.advance(0)

    cloud.workers["test"] = work
    cloud.scheduler.add("test", 0, {"n": 0})

    cloud.advance(3)
    assert done == [0, 1, 2, 3]
    cloud.advance(60)
    assert done == [0, 1, 2, 3, 4, 5]


def test_a_function_that_a_job_waits_for_moves_the_clock_at_once(cloud: Cloud) -> None:
    """It does not wait for its own job to end: the clock is there, and what is due then runs after the job."""
    seen: list[object] = []

    def work(payload: dict[str, Any], due_ms: int) -> None:
        if payload["n"] == 0:
            task = Worker("function").run(lambda: cloud.advance(5), limit_s=10)
            seen.append((task.done, task.error, cloud.clock.now_ms()))
        else:
            seen.append((payload["n"], due_ms))

    cloud.workers["test"] = work
    for n in (0, 1):
        cloud.scheduler.add("test", 1000 + n, {"n": n})

    cloud.advance(2)

    assert seen == [(True, None, 6000), (1, 1001)]
    assert cloud.clock.now_ms() == 6000


def test_a_job_that_raises(cloud: Cloud) -> None:
    """A job that raises is removed; the jobs after it run at the next run."""
    done = record(cloud)
    cloud.workers["bad"] = lambda _payload, _due: 1 / 0  # type: ignore[assignment]
    cloud.scheduler.add("bad", 0, {})
    cloud.scheduler.add("test", 0, {"n": 1})

    with pytest.raises(ZeroDivisionError):
        cloud.run_due()
    cloud.run_due()

    assert [n for n, _, _ in done] == [1]


def test_each_job_once(cloud: Cloud) -> None:
    """Many threads that run jobs at once run each job once."""
    done = record(cloud)
    for n in range(200):
        cloud.scheduler.add("test", 0, {"n": n})
    threads = [threading.Thread(target=cloud.run_due) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [n for n, _, _ in done] == list(range(200))


def test_jobs_outlive_the_process(tmp_path: Path) -> None:
    """With a data file a job runs in the next cloud that opens the file."""
    first = Cloud(data=tmp_path / "cloud.sqlite")
    first.scheduler.add("test", 0, {"n": 7})
    first.close()

    second = Cloud(data=tmp_path / "cloud.sqlite")
    done = record(second)
    second.run_due()
    second.close()

    assert [n for n, _, _ in done] == [7]


def test_a_closed_cloud_runs_no_jobs(cloud: Cloud) -> None:
    """Moving the clock of a closed cloud ends, although its jobs stay."""
    done = record(cloud)
    cloud.scheduler.add("test", 1000, {"n": 1})
    cloud.close()

    cloud.advance(5)

    assert done == []
    assert cloud.clock.now_ms() == 5000


def test_a_job_is_removed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process cannot remove a job while the first is about to: it finds the file locked, not the job."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0)
    first, second = (Cloud(data=tmp_path / "cloud.sqlite") for _ in range(2))
    job = first.scheduler.add("test", 0, {})
    space = first.scheduler._space

    def get(key: bytes) -> Any:
        with pytest.raises(DataFileError, match="locked"):
            second.scheduler.remove(job)
        return SqliteSpace.get(space, key)  # type: ignore[arg-type]  # the space of a cloud with a file is one

    monkeypatch.setattr(space, "get", get)

    assert first.scheduler.remove(job)
    assert not second.scheduler.remove(job)
    first.close()
    second.close()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_snapshot(tmp_path: Path, kind: str) -> None:
    """A snapshot can be restored many times, and does not follow later changes."""
    cloud = Cloud(data=tmp_path / "cloud.sqlite" if kind == "sqlite" else None)
    space = cloud.storage.space("things", str.encode, bytes.decode)
    space.put(b"b", "1")
    taken = cloud.snapshot()
    for _ in range(2):
        space.put(b"a", "2")
        space.put(b"b", "changed")
        cloud.restore(taken)
        assert list(space.scan()) == [(b"b", "1")]
    cloud.close()


def test_the_clock_cannot_go_back(cloud: Cloud) -> None:
    """The clock cannot be moved back."""
    with pytest.raises(ValueError, match="does not go back"):
        cloud.advance(-1)
    with pytest.raises(ValueError, match="does not go back"):
        cloud.clock.advance(-1)


class Echo:
    """A service that answers every request with its body."""

    name = "echo"

    def operation(self, request: Request) -> str:
        """The path."""
        return request.path

    def handle(self, request: Request) -> Response:
        """Yes."""
        return Response(200, {}, request.body)

    def fail(self, request: Request, fault: Fault) -> Response:
        """No."""
        return Response(fault.status, {}, request.body)


def test_the_request_log_is_bounded(cloud: Cloud) -> None:
    """A long log drops its older half, never the newest call."""
    cloud.services["echo"] = Echo()
    for number in range(KEPT_CALLS + 1):
        cloud.handle("echo", Request("GET", str(number), {}))

    assert len(cloud.calls) == KEPT_CALLS // 2 + 1
    assert cloud.calls[-1].operation == str(KEPT_CALLS)


def test_the_request_log_is_bounded_in_bytes(cloud: Cloud) -> None:
    """A log with large requests drops its older half until it fits, never the newest call."""
    cloud.services["echo"] = Echo()
    quarter = bytes(KEPT_CALL_BYTES // 4)
    for number in range(5):
        cloud.handle("echo", Request("GET", str(number), {}, quarter))
    assert [call.operation for call in cloud.calls] == ["2", "3", "4"]
    cloud.handle("echo", Request("GET", "all", {}, bytes(KEPT_CALL_BYTES + 1)))
    assert [call.operation for call in cloud.calls] == ["all"]
