"""The reconciler's handler: every region, and what the log says of rounds and problems."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.ecs_reconciler.scene import DAY_S, HOUR_S, REGION, Scene

from opsledger.deadline import Deadline
from opsledger.errors import MisconfiguredError
from opsledger.handlers import ecs_reconciler, invocation
from yunmock import mock_aliyun
from yunmock.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = "cn-beijing"


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene whose functions read two regions."""
    with mock_aliyun() as cloud:
        made = Scene(cloud)
        for name, value in {
            "OTS_ENDPOINT": "https://local.cn-hangzhou.ots.aliyuncs.com",
            "OTS_INSTANCE": "local",
            "OPSLEDGER_REGIONS": f"{REGION}, {OTHER}",
            "OPSLEDGER_MISSED_AFTER": "20",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": cloud.account.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cloud.account.access_key_secret,
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(invocation, "open_store", lambda _settings: made.store)
        monkeypatch.setattr(invocation, "deadline", lambda _context: Deadline(made.clock, 299.0))
        yield made


def invoke(**payload: Any) -> Any:
    """One invocation by its timer."""
    return ecs_reconciler.handle(json.dumps({"payload": json.dumps(payload)}), None)


def lines(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    """The log lines of one event since the last look."""
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in logged if line["event"] == event]


def test_each_region_has_a_round(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer adds them up, and each has a line with its numbers."""
    for region in (REGION, OTHER):
        instance = scene.ecs.create_instance(region, "web")
        scene.ecs.schedule_event(instance, "SystemFailure.Stop")
    answer = invoke()

    assert (answer["finished"], answer["rows"], answer["recorded"]) == (True, 2, 2)
    assert {record.region for record in scene.records().values()} == {REGION, OTHER}
    assert [line["region"] for line in lines(capsys, "reconciled")] in ([REGION, OTHER], [OTHER, REGION])


def test_a_problem_has_a_line(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """Once, after the minutes that the setting gives; the numbers count it, too."""
    invoke()
    name = scene.maintenance(in_s=DAY_S)
    invoke()
    scene.advance(20 * 60)
    lines(capsys, "verdict")
    answer = invoke()

    (line,) = lines(capsys, "verdict")
    assert (line["record"], line["verdict"], line["note"]) == (name, "missed", "Scheduled")
    assert answer["verdict_missed"] == 1
    scene.advance(HOUR_S)
    invoke()
    assert lines(capsys, "verdict") == []


def test_a_region_that_fails_does_not_keep_the_other(scene: Scene) -> None:
    """The other one is read; the invocation fails, so that it shows."""
    scene.ecs.schedule_event(scene.ecs.create_instance(OTHER, "web"), "SystemFailure.Stop")
    scene.cloud.faults.add(Fault("ecs", code="Forbidden.RAM", status=403, times=1))

    with pytest.raises(MisconfiguredError, match="Forbidden"):
        invoke(regions=[REGION, OTHER])
    assert invoke(regions=[OTHER])["finished"]
    assert {record.region for record in scene.records().values()} == {OTHER}
