"""`opsledger invoke`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import DONE, FAILED, NOT_THERE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran


@pytest.mark.parametrize("name", ["ecs_events", "opsledger-ecs-events"])
def test_a_function_has_two_names(run: Callable[..., Ran], event: MakeEvent, name: str) -> None:
    """Its full name and its code folder; the output has the result, the duration and the log."""
    invoked = run("invoke", name, "--json", given=event()).json

    assert invoked["result"]["recorded"] == 1
    assert invoked["error_type"] == ""
    assert invoked["request_id"] in invoked["log"]
    assert invoked["duration_ms"] > 0


def test_the_log_comes_before_the_result(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path) -> None:
    """People see Function Compute's log lines, then the result as JSON."""
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event()), encoding="utf-8")

    invoked = run("invoke", "ecs_events", "--event", str(file))

    assert invoked.code == DONE
    assert invoked.out.startswith("FC Invoke Start RequestId")
    assert "Max Memory Used" in invoked.out
    assert '"recorded": 1' in invoked.out


@pytest.mark.usefixtures("no_writes")
def test_a_failed_invocation_shows_the_platforms_error(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Exit code 1, and Function Compute's error object."""
    invoked = run("invoke", "ecs_events", "--json", given=event())

    assert invoked.code == FAILED
    assert invoked.json["error_type"] == "UnhandledInvocationError"
    assert invoked.json["error"]["errorType"] == "UnavailableError"


def test_a_payload_that_is_not_json_is_quarantined(run: Callable[..., Ran]) -> None:
    """`invoke` sends any bytes, so the function's refusal can be seen."""
    invoked = run("invoke", "ecs_events", "--json", given=b"\xff\x00 not json")

    assert invoked.code == DONE
    assert invoked.json["result"]["quarantined"] == 1


def test_an_unknown_function_is_not_found(run: Callable[..., Ran]) -> None:
    """Exit code 3, and the functions that s.yaml has."""
    invoked = run("invoke", "no_such_function", given=b"{}")

    assert invoked.code == NOT_THERE
    assert invoked.err.startswith("opsledger: no function 'no_such_function' in s.yaml; choose from ")
    assert "ecs_events" in invoked.err
