"""The totals as custom metrics: every call is one that CloudMonitor accepts, and what it does not accept is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, FakeClock

from opsledger.deadline import Deadline
from opsledger.errors import MisconfiguredError, UnavailableError
from opsledger.metrics import cloudmonitor
from opsledger.metrics.families import FAMILIES
from opsledger.metrics.totals import Totals
from opsledger.rpc import RpcClient
from opsledger.settings import Settings
from yunmock import Fault, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock import Cloud

REGION = "cn-hangzhou"
TOTALS = Totals(
    NOW_MS,
    {
        "open_records": {("a", "Scheduled", "critical", REGION): 3, ("b", "Executing", "critical", ""): 2},
        "overdue_records": {},
        "quarantined_payloads": {("not_json",): 1, ("oversize",): 1},
        "unplanned_notices": {(): 0},
        "undelivered_notices": {("ops",): 4},
        "deliveries": {("ops", "given up"): 1, ("dev", "given up"): 1, ("ops", "sent"): 9},
        "verdicts": {("missed", REGION): 2},
        "arrival_seconds": {("a", "median"): 1.5},
    },
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A cloud that checks signatures."""
    with mock_aliyun(strict_keys=True) as running:
        yield running


def report(cloud: Cloud, totals: Totals = TOTALS, seconds: float = 20) -> int:
    """Report to the cloud."""
    keys = cloud.account.access_key_id, cloud.account.access_key_secret
    configured = Settings("https://x.example", "prod", "opsledger_", *keys, own_region=REGION)
    return cloudmonitor.report(configured, totals, Deadline(FakeClock(), seconds))


def test_every_total_arrives_in_both_periods(cloud: Cloud) -> None:
    """With zeros, so that an alarm ends; in calls of 21 entries at most."""
    sent = report(cloud)
    service: Any = cloud.services["cloudmonitor"]
    data = service.list_metrics()
    values = {(d["name"], *d["dimensions"].values()): d["values"]["Maximum"] for d in data if d["period"] == 300}

    assert sent == len(data) == 2 * len(values)
    calls = [(call.operation, call.request.host) for call in cloud.calls_of("cloudmonitor")]
    assert calls == [("PutCustomMetric", f"metrics.{REGION}.aliyuncs.com")] * 2
    assert {name: value for name, value in values.items() if value} == {
        ("opsledger_open_records", "prod", "critical"): 5,
        ("opsledger_quarantined_payloads", "prod"): 2,
        ("opsledger_undelivered_notices", "prod"): 4,
        ("opsledger_deliveries", "prod", "given_up"): 2,
        ("opsledger_deliveries", "prod", "sent"): 9,
        ("opsledger_verdicts", "prod", "missed"): 2,
    }
    assert values["opsledger_overdue_records", "prod", "critical"] == 0
    assert values["opsledger_unplanned_notices", "prod"] == 0
    assert {d["period"] for d in data} == {60, 300}
    assert all(d["time_ms"] == NOW_MS and d["group"] == "0" and d["type"] == "1" for d in data)
    assert {d["name"] for d in data} <= {family.full_name for family in FAMILIES}


def test_what_was_not_counted_is_not_reported(cloud: Cloud) -> None:
    """A zero would say that all is well."""
    assert report(cloud, Totals(NOW_MS)) == 0


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [("Throttling.User", 400, None), ("ServiceUnavailable", 503, None), ("Forbidden.RAM", 403, MisconfiguredError)],
)
def test_a_call_that_fails_is_tried_again_where_that_may_help(
    cloud: Cloud, code: str, status: int, error: type[Exception] | None
) -> None:
    """A missing grant is not."""
    cloud.faults.add(Fault(service="cloudmonitor", code=code, status=status, times=1))
    try:
        if error is None:
            assert report(cloud) == 32
        else:
            with pytest.raises(error):
                report(cloud)
    finally:
        cloud.faults.clear()


def test_an_answer_that_says_no_is_a_failure(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudMonitor may answer with HTTP 200 and another code."""
    monkeypatch.setattr(RpcClient, "call", lambda *_: {"Code": "206", "Message": "part of it failed"})

    with pytest.raises(UnavailableError, match="206: part of it failed"):
        report(cloud)
