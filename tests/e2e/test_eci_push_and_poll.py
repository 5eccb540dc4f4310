"""ECI events by push and by poll: either way, and any number of times, they give one record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.eci_cloud import NOW_MS, REGION, EciCloud, open_cloud

from opsctl import sample
from opsledger import catalog
from opsledger.catalog.eci import lifecycles
from opsledger.catalog.eci.content import ContainerGroupState
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import BY_REASON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.catalog import EventType


EVENT_CASES = [
    pytest.param(spec, case, id=case.name)
    for spec in catalog.event_types()
    if spec.kind.product == "eci" and spec.content is not ContainerGroupState
    for case in sample.cases(spec)
]


@pytest.fixture
def ledger(pytestconfig: pytest.Config) -> Iterator[EciCloud]:
    """A ledger with nothing in it."""
    with open_cloud(pytestconfig.rootpath / "s.yaml") as opened:
        yield opened


def group_id(case: sample.Case) -> str:
    """The container group of a case."""
    return f"eci-{case.name.lower().replace('.', '-').replace('_', '-')}"


def pushed_event(spec: EventType, case: sample.Case) -> dict[str, Any]:
    """The case as kube-eventer pushes it, about the case's own container group."""
    event = sample.event(spec, case.status, "cloudevent", seed=case.name, now_ms=NOW_MS, template=case.template)
    event["data"]["involvedObject"]["uid"] = group_id(case)
    return event


@pytest.fixture(scope="module")
def pushed(pytestconfig: pytest.Config) -> dict[str, dict[str, Any]]:
    """The records after every case of the catalogue was pushed."""
    with open_cloud(pytestconfig.rootpath / "s.yaml") as opened:
        for parameter in EVENT_CASES:
            spec, case = parameter.values
            answer = opened.push(pushed_event(spec, case))  # type: ignore[arg-type]
            assert answer["recorded"] == 1, case
        return opened.records()


@pytest.fixture(scope="module")
def polled(pytestconfig: pytest.Config) -> dict[str, dict[str, Any]]:
    """The records after every case of the catalogue happened in ECI and was polled."""
    with open_cloud(pytestconfig.rootpath / "s.yaml") as opened:
        for parameter in EVENT_CASES:
            spec, case = parameter.values
            group = opened.eci.create_container_group(
                REGION,
                group_id(case),  # type: ignore[arg-type]
                container_group_id=group_id(case),  # type: ignore[arg-type]
                status="Running",
            )
            opened.add(group, pushed_event(spec, case)["data"])  # type: ignore[arg-type]
        assert opened.poll()["finished"]
        return opened.records()


@pytest.mark.parametrize(("spec", "case"), EVENT_CASES)
def test_push_and_poll_give_the_same_record(
    spec: EventType, case: sample.Case, pushed: dict[str, dict[str, Any]], polled: dict[str, dict[str, Any]]
) -> None:
    """For every reason and message of the catalogue."""
    own = [key for key, record in pushed.items() if record["resource_id"] == group_id(case)]

    assert len(own) == 1
    assert pushed[own[0]]["type"] == spec.type
    assert pushed[own[0]]["anomalies"] == [] or spec.kind.name in ("container-group-maintenance", "image-cache")
    assert not [a for a in pushed[own[0]]["anomalies"] if a["anomaly"] != "missed_start"]
    for whole in (pushed[own[0]], polled[own[0]]):
        # A poll also tells the state of the group, which StopCharge shares its record with.
        transitions = [t for t in whole["transitions"] if t["type"] == spec.type]
        assert transitions == pushed[own[0]]["transitions"]
    if case.status != "StopCharge":
        assert polled[own[0]] == pushed[own[0]]


@pytest.mark.parametrize("order", ["push first", "poll first"])
@pytest.mark.parametrize("casing", ["pascal", "camel"])
def test_push_and_poll_of_one_event_give_one_record(ledger: EciCloud, order: str, casing: str) -> None:
    """In either order, in either casing, any number of times."""
    spec = catalog.find("eci:Event:OOMKilled")[0]
    case = sample.cases(spec)[0]
    event = pushed_event(spec, case)
    ledger.eci.set_casing(casing)
    ledger.eci.create_container_group(REGION, "web", container_group_id=group_id(case), status="Running")
    ledger.add(group_id(case), event["data"])
    ways = [lambda: ledger.push(event), ledger.poll]

    first, second = [way() for way in (ways if order == "push first" else reversed(ways))]
    again = ledger.push(event), ledger.poll()

    outcomes = [answer["duplicate"] for answer in (second, *again)]
    record = ledger.record(f"eci:container-group-notice:{group_id(case)}:OOMKilled")
    assert first["recorded"] >= 1
    assert outcomes == [1, 1, 0]  # the second round no longer asks for so old an event
    assert (record["count"], len(record["transitions"]), record["anomalies"]) == (1, 1, [])


def test_repeats_of_one_event_merge_in_any_order(ledger: EciCloud) -> None:
    """The largest count, the earliest first and the latest last time are kept; a repeat is no new transition."""
    spec = catalog.find("eci:Event:OOMKilled")[0]
    case = sample.cases(spec)[0]
    base = pushed_event(spec, case)
    repeats = []
    for count, first, last in ((3, "00:02:00", "00:09:00"), (7, "00:02:00", "00:30:00"), (1, "00:01:00", "00:02:00")):
        data = {**base["data"], "count": count}
        data |= {"firstTimestamp": f"2026-01-01T{first}Z", "lastTimestamp": f"2026-01-01T{last}Z"}
        repeats.append({**base, "id": f"repeat-{count}", "data": data})

    ledger.push(*repeats)
    once = ledger.record(f"{group_id(case)}:OOMKilled")
    ledger.push(*reversed(repeats))

    assert (once["count"], once["first_seen"], once["last_seen"]) == (7, "2026-01-01T00:01:00Z", "2026-01-01T00:30:00Z")
    assert len(once["transitions"]) == 1
    assert ledger.record(f"{group_id(case)}:OOMKilled") == once


def test_a_poll_reads_only_new_events(ledger: EciCloud) -> None:
    """A second round asks for events since the start of the first."""
    group = ledger.eci.create_container_group(REGION, "web", status="Running")
    ledger.eci.add_event(group, "OOMKilled", "Warning", "Out of memory", at="2026-01-01T00:00:00Z")
    first = ledger.poll()

    second = ledger.poll()

    assert first["recorded"] == 2  # the event and the state
    assert second["received"] == 0


def test_every_group_status_is_a_transition(ledger: EciCloud) -> None:
    """A group that disappears before its end becomes Vanished."""
    for status in lifecycles.GROUP_STATES:
        group = ledger.eci.create_container_group(REGION, status.lower(), status=status)
        ledger.poll()
        assert ledger.record(f"eci:state:{group}")["status"] == status
        ledger.eci.delete_container_group(group)
        ledger.poll()
        ended = lifecycles.GROUP_STATE.terminal(status)
        assert ledger.record(f"eci:state:{group}")["status"] == (status if ended else "Vanished")


def test_each_maintenance_is_an_episode(ledger: EciCloud) -> None:
    """A maintenance after the end of another starts a new episode in the same record."""
    steps = [
        ("ScheduledMaintenance", "2026-01-01T00:00:00Z", 1),
        ("SandboxRebootSucceeded", "2026-01-02T00:00:00Z", 1),
        ("SystemReboot", "2026-03-01T00:00:00Z", 2),
        ("SandboxRebootCanceled", "2026-03-02T00:00:00Z", 2),
        ("SandboxNotReady", "2026-04-01T00:00:00Z", 3),
    ]
    events = []
    for reason, at, _ in steps:
        spec = catalog.find(f"eci:Event:{reason}")[0]
        event = sample.event(spec, reason, "kubernetes", seed="one group", now_ms=NOW_MS)
        event |= {"firstTimestamp": at, "lastTimestamp": at, "metadata": {"name": f"web.{reason}"}}
        events.append(event)

    ledger.push(*reversed(events))

    record = ledger.record(events[0]["involvedObject"]["uid"])
    assert [(t["status"], t["at"], t["episode"]) for t in record["transitions"]] == steps
    assert (record["status"], record["outcome"], record["anomalies"]) == ("SandboxNotReady", "active", [])


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"involvedObject": {}}, "involvedObject.uid"),
        ({"involvedObject": {"uid": "a b\n"}}, "involvedObject.uid"),
        ({"involvedObject": "eci-1"}, "involvedObject"),
        ({"count": -1}, "count"),
        ({"count": 10**12}, "count"),
        ({"count": "3"}, "count"),
        ({"firstTimestamp": "yesterday"}, "firstTimestamp"),
        ({"lastTimestamp": "2999-01-01T00:00:00Z"}, "lastTimestamp"),
        ({"lastTimestamp": "2020-01-01T00:00:00Z"}, "lastTimestamp"),
        ({"message": ["x"]}, "message"),
        ({"type": "Fatal"}, "type"),
        ({"metadata": 7}, "metadata"),
    ],
)
def test_an_invalid_kubernetes_event_is_quarantined(ledger: EciCloud, change: dict[str, Any], path: str) -> None:
    """The error has the path of the field, and the rest of the batch is recorded."""
    spec = catalog.find("eci:Event:OOMKilled")[0]
    good = pushed_event(spec, sample.cases(spec)[0])
    bad = {**good, "data": {**good["data"], **change}}

    answer = ledger.push(bad, good)

    rows = list(walk_buckets(ledger.store, BY_REASON, ["malformed_content"]))
    row = ledger.store.read([rows[0].key])[rows[0].key]
    assert (answer["recorded"], answer["quarantined"]) == (1, 1)
    assert f"data.{path}" in {found for found, _ in json.loads(str(row.columns["errors"]))}


def test_a_maintenance_without_a_json_message_has_no_deadline(ledger: EciCloud) -> None:
    """It is recorded, with the anomaly message_drift."""
    spec = catalog.find("eci:Event:ScheduledMaintenance")[0]
    event = pushed_event(spec, sample.cases(spec)[0])
    event["data"]["message"] = "host maintenance next week"

    answer = ledger.push(event)

    record = ledger.record(f"eci:maintenance:{event['data']['involvedObject']['uid']}")
    assert answer["recorded"] == 1
    assert (record["status"], record["due"]) == ("ScheduledMaintenance", None)
    assert {anomaly["anomaly"] for anomaly in record["anomalies"]} == {"message_drift"}


@pytest.mark.parametrize(
    ("reason", "message", "due"),
    [
        ("SpotToBeReleased", "Spot ECI will be released in 3 minutes", "2026-01-01T00:13:00Z"),
        ("SystemReboot", None, "2026-01-03T00:00:00Z"),
        (
            "ScheduledMaintenance",
            '{"originReason":"Redeploy","originMessage":"Redeploy","planExecTime":"2026-01-05T09:00:00.000+08:00"}',
            "2026-01-05T01:00:00Z",
        ),
    ],
)
def test_an_announcement_has_a_deadline(ledger: EciCloud, reason: str, message: str | None, due: str) -> None:
    """A spot release counts from when it was last seen, a reboot from when it was first seen; a plan has a time."""
    spec = catalog.find(f"eci:Event:{reason}")[0]
    event = pushed_event(spec, sample.cases(spec)[0])
    event["data"] |= {"lastTimestamp": "2026-01-01T00:10:00Z", "count": 2}
    if message is not None:
        event["data"]["message"] = message

    ledger.push(event)

    (record,) = ledger.records().values()
    assert (record["due"], record["outcome"], record["severity"]) == (due, "pending", "critical")
