"""PutCustomMetric: its parameters, the limits that the vendor's pages name, and what becomes of a datum.

Sources: https://www.alibabacloud.com/help/doc-detail/115004.htm (parameters, 1 to 21 entries) and
https://www.alibabacloud.com/help/doc-detail/63275.html (what is replaced and cut, and the two types). The pages do not
say with which code a wrong entry is refused; here it is that of other RPC APIs.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from yunmock.exact_json import read_json
from yunmock.ram.policy import Permission
from yunmock.recent import Recent
from yunmock.rpc.errors import RpcError
from yunmock.rpc.front import RpcApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from yunmock.cloud import Account, Cloud
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.rpc.arguments import Arguments

MOST_ENTRIES = 21
MOST_PAIRS = 10
MOST_BYTES = 64
MOST_BODY = 256 * 1024
KEPT = 10_000
KEPT_BYTES = 8 * 1024 * 1024
DATUM_BYTES = 500
"""About what a datum takes beside the texts of its entry."""
RAW, AGGREGATED = "0", "1"
PERIODS = ("60", "300")
_NAME = re.compile(r"MetricList\.(\d{1,4})\.(\w+)", re.ASCII)


class CustomDatum(NamedTuple):
    """One reported value, as CloudMonitor keeps it.

    Attributes:
        period: in s; None of raw data.
        time_ms: since 1970, UTC.
    """

    name: str
    group: str
    dimensions: dict[str, str]
    type: str
    period: int | None
    time_ms: int
    values: dict[str, float]


class CustomMetrics:
    """What was reported, the newest."""

    def __init__(self, cloud: Cloud) -> None:
        self._clock = cloud.clock
        self._data: Recent[CustomDatum] = Recent(KEPT, KEPT_BYTES)
        cloud.on_reset.append(self._data.clear)

    def put(self, arguments: Arguments) -> JsonObject:
        """PutCustomMetric: all of the entries, or none.

        Raises:
            RpcError: an entry lacks a parameter, or has a wrong one.
        """
        if sum(len(name) + len(value) for name, value in arguments.items()) > MOST_BODY:
            raise RpcError("InvalidParameter", "MetricList", f"at most {MOST_BODY} bytes")
        entries = _entries(arguments)
        data = [
            (self._datum(f"MetricList.{place}", entry), DATUM_BYTES + sum(map(len, entry.values())))
            for place, entry in sorted(entries.items())
        ]
        for datum, size in data:
            self._data.add(datum, size)
        return {"Code": "200", "Message": "success"}

    def data(self, name: str | None = None) -> list[CustomDatum]:
        """The newest data of a metric, or of all, the oldest first."""
        return [datum for datum in self._data.items() if name in (None, datum.name)]

    def _datum(self, place: str, entry: Mapping[str, str]) -> CustomDatum:
        for needed in ("GroupId", "MetricName", "Dimensions", "Type", "Values"):
            if not entry.get(needed):
                raise RpcError("MissingParameter", f"{place}.{needed}")
        if not re.fullmatch(r"\d{1,18}", entry["GroupId"], re.ASCII):
            raise RpcError("InvalidParameter", f"{place}.GroupId", "the number of a group, or 0")
        return CustomDatum(
            _kept_name(entry["MetricName"]),
            entry["GroupId"],
            _dimensions(f"{place}.Dimensions", entry["Dimensions"]),
            entry["Type"],
            _period(place, entry),
            self._time(f"{place}.Time", entry.get("Time", "")),
            _values(f"{place}.Values", entry),
        )

    def _time(self, place: str, text: str) -> int:
        if not text:
            return self._clock.now_ms()
        if re.fullmatch(r"\d{10,15}", text, re.ASCII):
            return int(text)
        try:
            return round(datetime.strptime(text, "%Y%m%dT%H%M%S.%f%z").timestamp() * 1000)
        except ValueError:
            raise RpcError("InvalidParameter", place, "milliseconds, or such as 20171012T132456.888+0800") from None


def _entries(arguments: Arguments) -> dict[int, dict[str, str]]:
    """The entries by their number, which goes from 1 without a gap."""
    entries: dict[int, dict[str, str]] = {}
    for name, value in arguments.items():
        if match := _NAME.fullmatch(name):
            entries.setdefault(int(match[1]), {})[match[2]] = value
    if not entries:
        raise RpcError("MissingParameter", "MetricList")
    if sorted(entries) != list(range(1, len(entries) + 1)) or len(entries) > MOST_ENTRIES:
        raise RpcError("InvalidParameter", "MetricList", f"numbered from 1, at most {MOST_ENTRIES} entries")
    return entries


def _kept_name(text: str) -> str:
    """A metric's name as it is kept: what may not be in it is replaced, and what is too long is cut."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII)
    return (name if name[0].isalpha() else f"A{name[1:]}")[:MOST_BYTES]


def _dimensions(place: str, text: str) -> dict[str, str]:
    found = _object(place, text)
    if not 1 <= len(found) <= MOST_PAIRS or not all(isinstance(value, str) and value for value in found.values()):
        raise RpcError("InvalidParameter", place, f"1 to {MOST_PAIRS} pairs of texts")
    return {_cut(name): _cut(str(value)) for name, value in found.items()}


def _cut(text: str) -> str:
    return re.sub(r"[=&,]", "_", text).encode()[:MOST_BYTES].decode("utf-8", "ignore")


def _period(place: str, entry: Mapping[str, str]) -> int | None:
    if entry["Type"] == RAW:
        return None
    if entry["Type"] != AGGREGATED:
        raise RpcError("InvalidParameter", f"{place}.Type", "0 or 1")
    if not entry.get("Period"):
        raise RpcError("MissingParameter", f"{place}.Period")
    if entry["Period"] not in PERIODS:
        raise RpcError("InvalidParameter", f"{place}.Period", "60 or 300")
    return int(entry["Period"])


def _values(place: str, entry: Mapping[str, str]) -> dict[str, float]:
    found = _object(place, entry["Values"])
    numbers = {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    if not numbers or len(numbers) < len(found):
        raise RpcError("InvalidParameter", place, "numbers by name")
    if entry["Type"] == RAW and set(numbers) != {"value"}:
        raise RpcError("InvalidParameter", place, "raw data has value alone")
    return numbers


def _object(place: str, text: str) -> Mapping[str, JsonValue]:
    try:
        found = read_json(text, finite=True)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise RpcError("InvalidParameter", place, "a JSON object")
    return found


def _asked(_account: Account, name: str, _sent: Mapping[str, str]) -> Iterator[Permission]:
    """PutCustomMetric has no resources: a policy allows it for all or for none (the first page above)."""
    yield Permission(f"cms:{name}", "*")


_CALLS: dict[str, Callable[[CustomMetrics, Arguments], JsonObject]] = {"PutCustomMetric": CustomMetrics.put}
API: RpcApi[CustomMetrics] = RpcApi(
    title="CloudMonitor",
    version="2019-01-01",
    host="metrics.aliyuncs.com",
    calls=_CALLS,
    refused={},
    asked=_asked,
)
