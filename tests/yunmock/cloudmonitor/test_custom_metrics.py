"""PutCustomMetric: what the vendor's pages allow is kept as they say, and everything else is refused as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from yunmock import local_cloud
from yunmock.cloudmonitor.custom_metrics import DATUM_BYTES, KEPT_BYTES
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = {
    "GroupId": "0",
    "MetricName": "waiting",
    "Dimensions": '{"team": "shop"}',
    "Type": "1",
    "Period": "60",
    "Time": "1508136760000",
    "Values": '{"LastValue": 10.5}',
}


@pytest.fixture(scope="module")
def monitor() -> Iterator[Any]:
    """The service of one cloud."""
    cloud = local_cloud()
    yield cloud.services["cloudmonitor"]
    cloud.close()


def put(monitor: Any, *entries: dict[str, str]) -> None:
    """Report entries."""
    sent = {f"MetricList.{n}.{k}": v for n, one in enumerate(entries, 1) for k, v in one.items()}
    assert monitor._metrics.put(sent)["Code"] == "200"


def test_an_entry_is_kept_as_the_pages_say(monitor: Any) -> None:
    """What may not be in a name is replaced, what is too long is cut; a time may be a text."""
    raw = {"Type": "0", "Values": '{"value": 3}', "Time": "20171012T132456.888+0800"}
    put(monitor, GOOD, {**GOOD, **raw, "MetricName": "9 lives" + "x" * 99, "Dimensions": '{"a": "b=c&d,e"}'})
    first, second = monitor.list_metrics()

    assert (first["name"], first["period"], first["time_ms"]) == ("waiting", 60, 1508136760000)
    assert (first["dimensions"], first["values"]) == ({"team": "shop"}, {"LastValue": 10.5})
    assert (second["name"], second["period"], second["time_ms"]) == ("A_lives" + "x" * 57, None, 1507785896888)
    assert second["dimensions"] == {"a": "b_c_d_e"}
    assert [one["name"] for one in monitor.list_metrics(name="waiting")] == ["waiting"]


@pytest.mark.parametrize(
    ("changed", "code", "place"),
    [
        *(({name: ""}, "MissingParameter", f"MetricList.2.{name}") for name in GOOD if name != "Time"),
        ({"GroupId": "mine"}, "InvalidParameter", "GroupId"),
        ({"Type": "2"}, "InvalidParameter", "Type"),
        ({"Period": "900"}, "InvalidParameter", "Period"),
        ({"Time": "yesterday"}, "InvalidParameter", "Time"),
        ({"Dimensions": "team=shop"}, "InvalidParameter", "Dimensions"),
        ({"Dimensions": "{}"}, "InvalidParameter", "Dimensions"),
        ({"Dimensions": '{"team": 1}'}, "InvalidParameter", "Dimensions"),
        ({"Values": '{"LastValue": "10"}'}, "InvalidParameter", "Values"),
        ({"Values": "[1]"}, "InvalidParameter", "Values"),
        ({"Values": '{"LastValue": true}'}, "InvalidParameter", "Values"),
        ({"Values": '{"LastValue": 1e999}'}, "InvalidParameter", "Values"),
        ({"Type": "0"}, "InvalidParameter", "Values"),
    ],
)
def test_a_wrong_entry_refuses_the_call(monitor: Any, changed: dict[str, str], code: str, place: str) -> None:
    """The refusal names the parameter, and nothing is kept."""
    before = len(monitor.list_metrics())
    with pytest.raises(RpcError) as refused:
        put(monitor, GOOD, {**GOOD, **changed})

    assert refused.value.code == code
    assert place in str(refused.value)
    assert len(monitor.list_metrics()) == before


@pytest.mark.parametrize(
    "entries", [{}, {"MetricList.2.Type": "1"}, {f"MetricList.{n}.Type": "1" for n in range(1, 23)}]
)
def test_entries_are_numbered_from_one_to_twenty_one(monitor: Any, entries: dict[str, str]) -> None:
    """None, a gap, or one too many are refused."""
    with pytest.raises(RpcError, match="MetricList"):
        monitor._metrics.put(entries)


def test_a_request_is_no_larger_than_it_may_be(monitor: Any) -> None:
    """256 KB."""
    with pytest.raises(RpcError, match="262144 bytes"):
        put(monitor, {**GOOD, "Dimensions": '{"a": "' + "x" * 300_000 + '"}'})


def test_large_entries_leave_room_for_fewer(monitor: Any) -> None:
    """What is kept is bounded in bytes: an entry may have very many values."""
    values = {"Values": "{" + ", ".join(f'"{name:060}": 1' for name in range(3_000)) + "}"}
    for _ in range(60):
        put(monitor, {**GOOD, **values})

    assert len(monitor.list_metrics()) == KEPT_BYTES // (DATUM_BYTES + sum(map(len, {**GOOD, **values}.values())))
