"""The sweeper's handler: its answer and its log."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event

from opsledger import settings
from opsledger.errors import MisconfiguredError, UnavailableError
from opsledger.handlers import invocation, sweeper
from opsledger.ledger import overdue
from opsledger.metrics import arrival, cloudmonitor, totals
from opsledger.store.tables import RECORDS

CONFIGURED = SimpleNamespace(reports_metrics=False)
CONTEXT = SimpleNamespace(request_id="request-1", function=SimpleNamespace(timeout=60))
REBOOT, SPOT = "ecs:Instance:SystemMaintenance.Reboot", "eci:Event:SpotToBeReleased"


@pytest.fixture(autouse=True)
def harness(monkeypatch: pytest.MonkeyPatch, harness: PipelineHarness) -> PipelineHarness:
    """A store in memory that the handler opens."""
    monkeypatch.setattr(settings, "read", lambda _context: CONFIGURED)
    monkeypatch.setattr(invocation, "open_store", lambda _settings: harness.store)
    return harness


def test_each_marked_record_is_a_line_of_the_log(harness: PipelineHarness, capsys: pytest.CaptureFixture[str]) -> None:
    """With what it is, since when, and the request; the last line and the answer have the numbers."""
    long_ago = NOW_MS - 400 * 86_400_000
    harness.process([make_event(REBOOT, "Scheduled", now_ms=long_ago), make_event(SPOT, now_ms=long_ago)])
    answer = sweeper.handle(b"", CONTEXT)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answer == {"looked": 2, "overdue": 1, "presumed": 1, "unreadable": 0, "finished": True}
    assert lines[-1] == {"event": "swept", "request_id": "request-1", **answer}
    assert {line["event"]: line["type"] for line in lines[:-1]} == {"overdue": REBOOT, "presumed": SPOT}
    assert all(line["since"] < "2026" and line["request_id"] == "request-1" for line in lines[:-1])


@pytest.mark.parametrize(
    "damage", [{"state": "{"}, {"state": "[]"}, {"state": '{"transitions": [{}]}'}, {"product": None}]
)
def test_a_damaged_row_does_not_end_the_function(
    harness: PipelineHarness, capsys: pytest.CaptureFixture[str], damage: dict[str, str | None]
) -> None:
    """The others are swept and counted, and the row is counted as unreadable."""
    long_ago = NOW_MS - 400 * 86_400_000
    harness.process([make_event(REBOOT, "Scheduled", seed=seed, now_ms=long_ago) for seed in ("a", "b")])
    row = next(iter(harness.store.walk(RECORDS, [])))
    columns = {name: value for name, value in {**row.columns, **damage}.items() if value is not None}
    harness.store.rows[row.key] = columns  # type: ignore[attr-defined]

    answer = sweeper.handle(b"", CONTEXT)

    assert (answer["overdue"], answer["unreadable"], answer["finished"]) == (1, 1, True)
    assert "not counted" not in capsys.readouterr().out


def test_a_store_that_fails_is_logged_and_raised(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next sweep goes over it again."""

    def fail(*_: object) -> None:
        raise UnavailableError("no answer")

    monkeypatch.setattr(overdue, "sweep", fail)
    with pytest.raises(UnavailableError):
        sweeper.handle(b"", CONTEXT)

    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["error"], line["message"]) == ("failed", "UnavailableError", "no answer")


def test_what_is_not_counted_is_logged_and_the_sweep_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], harness: PipelineHarness
) -> None:
    """Such as for a grant that an older template lacks, or where the totals cannot be written."""

    def refuse(*_: object) -> None:
        raise MisconfiguredError("no permission")

    monkeypatch.setattr(sweeper, "commit", refuse)
    monkeypatch.setattr(arrival, "measure", refuse)
    answer = sweeper.handle(b"", CONTEXT)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert answer["finished"] is True
    assert {line["part"]: line["message"] for line in lines if line["event"] == "not counted"} == {
        "arrival": "MisconfiguredError: no permission",
        "totals": "MisconfiguredError: no permission",
    }
    assert totals.read(harness.store) is None


def test_where_it_is_switched_on_the_totals_are_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report that fails is logged, and the sweep stands."""
    monkeypatch.setattr(settings, "read", lambda _context: SimpleNamespace(reports_metrics=True))
    results: list[int | Exception] = [32, UnavailableError("no answer")]

    def report(*_: object) -> int:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(cloudmonitor, "report", report)
    answers = [sweeper.handle(b"", CONTEXT), sweeper.handle(b"", CONTEXT)]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert all(answer["finished"] for answer in answers)
    assert [line for line in lines if "reported" in line["event"]] == [
        {"event": "reported", "request_id": "request-1", "entries": 32},
        {"event": "not reported", "request_id": "request-1", "error": "UnavailableError", "message": "no answer"},
    ]
