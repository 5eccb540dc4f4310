"""The first page: how the cloud is set up, what there is, and what happened last."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from yunmock.dashboard.document import Facts, Link, Listing, Moment, Status, WebPage
from yunmock.dashboard.pages import events, functions, requests, schedule
from yunmock.dashboard.visit import counted
from yunmock.local import FACTORIES
from yunmock.storage.sqlite import SqliteStorage
from yunmock.tablestore.state import TablestoreState, instances

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit

FEW = 6
CALLS = 1000
JOBS = 1000
ALARMS = {"Failed runs": "bad", "Refused": "bad", "Faults": "warn"}
"""The counts that stand out when they are not 0, and how."""
TITLES = {
    "tablestore": "Tablestore",
    "eventbridge": "EventBridge",
    "fc": "Function Compute",
    "eci": "Elastic Container Instance",
    "ecs": "Elastic Compute Service",
    "ros": "Resource Orchestration Service",
    "mns": "Simple Message Queue",
    "cloudmonitor": "CloudMonitor",
    "chat": "Chat, pagers, webhooks",
}


def overview(visit: Visit) -> WebPage:
    """The state of the cloud at a glance."""
    account = visit.cloud.account
    return WebPage(
        "Overview",
        (
            Facts("Counts", _counts(visit), tiles=True),
            Listing("Newest events", events.COLUMNS, _newest(visit), "No event has arrived."),
            Listing(
                "Newest runs of functions",
                functions.RUNS,
                [functions.run_row(run) for run in visit.functions.invocations()[: -FEW - 1 : -1]],
                "No function has run.",
            ),
            Listing("Newest refusals", requests.REFUSED, requests.refused(visit, FEW), "No request was refused."),
            Listing("Due next", schedule.COLUMNS, schedule.rows(visit, FEW), "Nothing is due later."),
            Listing(
                "Services",
                ("Service", "Name in logs", "Used", "Requests", "Refused", "Last request"),
                _services(visit),
                note=f"Of the newest {CALLS:,} requests.",
            ),
            Facts("Settings", _settings(visit)),
        ),
        summary=f"The local cloud of the account {account.account_id} in {account.region}.",
    )


def _counts(visit: Visit) -> dict[str, Shown]:
    buses = visit.bridge.registry.buses()
    failed = sum(not run.invocation.ok for run in visit.functions.invocations())
    jobs = sum(1 for _ in islice(visit.cloud.scheduler, JOBS + 1))
    counts = {
        "Events": ("events", sum(visit.bridge.traces.count(bus.name) for bus in buses)),
        "Rules": ("rules", sum(len(visit.bridge.registry.rules(bus.name)) for bus in buses)),
        "Functions": ("functions", len(visit.functions.functions)),
        "Failed runs": ("functions", failed),
        "Tables": ("tables", _tables(visit)),
        "Queues": ("queues", len(visit.queues.state.all_queues())),
        "Due later": ("schedule", counted(jobs, JOBS)),
        "Refused": ("requests", len(visit.refused.items())),
        "Faults": ("faults", sum(fault.times != 0 for fault in visit.cloud.faults)),
    }
    return {
        name: Link(count, page, tone=ALARMS.get(name, "") if count else "") for name, (page, count) in counts.items()
    }


def _tables(visit: Visit) -> int:
    storage = visit.cloud.storage
    return sum(1 for name in instances(storage) for _ in TablestoreState(storage, name).tables())


def _newest(visit: Visit) -> list[tuple[Shown, ...]]:
    found = [
        trace for bus in visit.bridge.registry.buses() for _, trace in islice(visit.bridge.traces.newest(bus.name), FEW)
    ]
    newest = sorted(found, key=lambda trace: trace.received_ms, reverse=True)
    return [events.row(trace) for trace in newest[:FEW]]


def _services(visit: Visit) -> list[tuple[Shown, ...]]:
    calls = visit.cloud.newest_calls(CALLS)
    asked = Counter(call.service for call in calls)
    refused = Counter(call.service for call in calls if requests.failed(call))
    last = {call.service: call.at_ms for call in reversed(calls)}
    return [
        (
            TITLES[name],
            name,
            Status("in use", "good") if name in visit.cloud.services else Status("not yet"),
            Link(asked[name], "requests", {"service": name}),
            refused[name],
            Moment(last[name]) if name in last else None,
        )
        for name in FACTORIES
    ]


def _settings(visit: Visit) -> dict[str, Shown]:
    cloud = visit.cloud
    return {
        "Clock": schedule.clock_status(visit),
        "State": "in a data file" if isinstance(cloud.storage, SqliteStorage) else "in memory",
        "Roles": "enforced" if cloud.access else "not enforced",
        "Keys": "the account's own alone" if cloud.account.strict_keys else "any key pair",
        "Publishes on the bus default": "everyone" if cloud.act_as_cloud else "the cloud alone",
        "asyncInvocationType: true": cloud.readings.async_invocation_type,
        "Function errors": cloud.readings.function_errors,
        "Robot errors": cloud.readings.robot_errors,
    }
