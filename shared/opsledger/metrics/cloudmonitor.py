"""Report the totals to CloudMonitor as custom metrics, for alarms without a monitoring system of one's own.

Limits and forms: https://www.alibabacloud.com/help/doc-detail/115004.htm (21 entries a call) and
https://www.alibabacloud.com/help/doc-detail/63275.html. A number is reported as aggregated data, which costs nothing,
in both periods, as the first page recommends. Zeros are reported too, so that an alarm ends.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsledger.catalog.transition import SEVERITIES
from opsledger.errors import UnavailableError
from opsledger.metrics.counting import FINAL_STATES, JUDGED
from opsledger.metrics.families import PREFIX
from opsledger.rpc import CLOUDMONITOR, RpcClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.deadline import Deadline
    from opsledger.metrics.totals import Series, Totals
    from opsledger.settings import Settings

MOST_ENTRIES: Final = 21
PERIODS: Final = (60, 300)
ATTEMPTS: Final = 3
NO_GROUP: Final = "0"


class ReportedMetric(NamedTuple):
    """One custom metric.

    Attributes:
        name: of the metric in CloudMonitor and, behind `PREFIX`, in `/metrics`.
        dimension: a dimension beside the ledger's name, with its place among the labels; none if it is empty.
        values: those of the dimension that are reported, whether or not they were counted.
    """

    name: str
    dimension: str = ""
    place: int = 0
    values: tuple[str, ...] = ()


REPORTED: Final = (
    ReportedMetric("open_records", "severity", 2, SEVERITIES),
    ReportedMetric("overdue_records", "severity", 1, SEVERITIES),
    ReportedMetric("quarantined_payloads"),
    ReportedMetric("unplanned_notices"),
    ReportedMetric("undelivered_notices"),
    ReportedMetric("deliveries", "state", 1, FINAL_STATES),
    ReportedMetric("verdicts", "verdict", 0, tuple(kind.value for kind in JUDGED)),
)
"""The custom metrics; of a part that was not counted none is reported."""


def report(configured: Settings, totals: Totals, deadline: Deadline) -> int:
    """Report the totals, in as many calls as they need; return how many entries they were.

    Raises:
        WorldFailedError: CloudMonitor does not answer, or refuses; the next sweep reports its own totals.
    """
    client = RpcClient(CLOUDMONITOR, configured.own_region, configured.keys, configured.cloudmonitor_address)
    found = list(entries(totals, configured.instance))
    for first in range(0, len(found), MOST_ENTRIES):
        part = found[first : first + MOST_ENTRIES]
        deadline.retry(partial(_put, client, part), attempts=ATTEMPTS)
    return len(found)


def _put(client: RpcClient, part: list[dict[str, str]]) -> None:
    answer = client.call("PutCustomMetric", {}, {"MetricList": part})
    if str(answer.get("Code")) != "200":
        raise UnavailableError(f"CloudMonitor: {str(answer.get('Code'))[:100]}: {str(answer.get('Message'))[:300]}")


def entries(totals: Totals, ledger: str) -> Iterator[dict[str, str]]:
    """The entries of all calls.

    Args:
        ledger: the name of the Tablestore instance, which tells two ledgers of an account apart.
    """
    for metric in REPORTED:
        if metric.name in totals.series:
            for value, number in _numbers(metric, totals.series[metric.name]).items():
                dimensions = {"ledger": ledger, **({metric.dimension: value} if metric.dimension else {})}
                yield from (_entry(metric, dimensions, number, period, totals.counted_at) for period in PERIODS)


def _numbers(metric: ReportedMetric, series: Series) -> dict[str, float]:
    """The numbers by the values of the dimension; one number under an empty text where it has none."""
    if not metric.dimension:
        return {"": sum(series.values())}
    found = dict.fromkeys(metric.values, 0.0)
    for labels, number in series.items():
        if (value := labels[metric.place]) in found:
            found[value] += number
    return found


def _entry(
    metric: ReportedMetric, dimensions: dict[str, str], number: float, period: int, counted_at: int
) -> dict[str, str]:
    statistics: dict[str, Any] = dict.fromkeys(("Average", "Maximum", "Minimum", "Sum", "LastValue"), number)
    return {
        "GroupId": NO_GROUP,
        "MetricName": PREFIX + metric.name,
        "Dimensions": json.dumps({name: value.replace(" ", "_") for name, value in sorted(dimensions.items())}),
        "Time": str(counted_at),
        "Type": "1",
        "Period": str(period),
        "Values": json.dumps({**statistics, "SampleCount": 1}),
    }
