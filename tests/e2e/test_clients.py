"""The functions on either client of Tablestore, with either version of its signature."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import CLIENTS

from opsctl.cli import fc2_invocation
from opsctl.cli.local import INSTANCE, local
from opsledger.deadline import Deadline
from opsledger.handlers import invocation
from opsledger.store.tablestore import TablestoreStore
from opsledger.store.wire import signature

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import FakeClock, MakeEvent


@pytest.mark.parametrize("region", ["", "cn-hangzhou"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_function_stores_events_with_either_client(
    client: str, region: str, tmp_path: Path, root: Path, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings choose the client and the signature; both find and extend what is stored."""
    monkeypatch.setattr(invocation, "_opened", None)
    for name, value in INSTANCE.items():
        monkeypatch.setenv(name, value)
    signed = _watch_signatures(monkeypatch)
    with local(tmp_path / "data", root / "s.yaml") as here:
        here.cloud.function_environment.update(OPSLEDGER_TABLESTORE_CLIENT=client, OTS_REGION=region)
        results: list[Any] = [
            fc2_invocation.invoke(here.endpoint("fc"), "opsledger-ecs-events", json.dumps(event()).encode()).result
            for _ in range(2)
        ]

    assert [(result["recorded"], result["duplicate"]) for result in results] == [(1, 0), (0, 1)]
    assert invocation._opened is not None
    assert isinstance(invocation._opened[1], TablestoreStore) is (client == "sdk")
    assert set(signed) == ({region} if client == "wire" else set())


def _watch_signatures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The region of each signature that the wire client makes, or an empty text for version 2."""
    regions: list[str] = []
    sign = signature.sign

    def watched(*arguments: Any) -> Any:
        made = sign(*arguments)
        regions.append(made.headers.get("x-ots-signregion", ""))
        return made

    monkeypatch.setattr(signature, "sign", watched)
    return regions


def test_a_call_may_take_what_the_invocation_has_left(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    """Before an invocation a fixed time; at the deadline a part of the margin."""
    monkeypatch.setattr(invocation, "_CURRENT", invocation._Current())
    assert invocation._seconds_left() == invocation.INITIALIZER_S

    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)
    assert isinstance(invocation.deadline(None), Deadline)
    assert invocation._seconds_left() == pytest.approx(59)

    clock.seconds = 100
    assert 0 < invocation._seconds_left() < invocation.MARGIN_S
