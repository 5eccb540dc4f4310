"""Notices of ECS: a content that the vendor does not document is kept, whatever it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsledger import catalog, timestamps
from opsledger.catalog.content import ReadContext
from opsledger.catalog.ecs.notices import ResourceNotice
from opsledger.intake.understand import understand
from opsledger.ledger.notification import Notification

if TYPE_CHECKING:
    from opsledger.catalog import EventType
    from opsledger.catalog.content import Reading

NOTICES = tuple(spec for spec in catalog.event_types() if issubclass(spec.content, ResourceNotice))
AT = 1_772_697_600_345
ARN = "acs:ecs:cn-shanghai:1000000000000003:"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["instanceId", "diskId", "eniId", "resourceId", "state", "result", "status", "startTime", "endTime", "invokeId"]
)


def read(type_: str, content: dict[str, Any], at: int | None = AT, subject: str = "") -> Reading:
    """What a content of the type says."""
    spec, suffix = catalog.find(type_)
    context = ReadContext(at, suffix, subject=subject, name=spec.name)
    return spec.content.model_validate(content).read(context)


def event(spec: EventType, content: dict[str, Any], at: int = AT) -> str:
    """A CloudEvent with the content, sent at `at`."""
    return json.dumps(
        {"id": "1", "source": "acs.ecs", "specversion": "1.0", "type": spec.type, "time": timestamps.show(at)}
        | {"data": content}
    )


@given(
    spec=st.sampled_from(NOTICES),
    content=st.dictionaries(FIELDS | st.text(max_size=12), JSON, max_size=6),
    subject=st.text(max_size=40),
)
def test_no_content_is_refused(spec: EventType, content: dict[str, Any], subject: str) -> None:
    """Any JSON object as the content, and any subject, is recorded; each part of the reading can be stored."""
    reading = read(spec.type, content, subject=subject)

    assert reading.resource_id.isascii()
    assert reading.resource_id.isprintable()
    assert spec.kind.lifecycle.accepts(reading.transition.status)
    assert all(isinstance(text, str) for text in reading.transition.detail.values())


@pytest.mark.parametrize("spec", NOTICES, ids=lambda spec: spec.name)
@pytest.mark.parametrize("content", [{}, {"x": [1, {"y": None}]}, {"instanceId": 7, "state": True, "result": ["no"]}])
def test_an_event_with_a_strange_content_is_recorded(spec: EventType, content: dict[str, Any]) -> None:
    """Through the whole intake, with the content unchanged for the ledger."""
    (item,) = understand(event(spec, content), AT)

    assert isinstance(item, Notification), item
    assert json.loads(item.content) == content


@pytest.mark.parametrize(
    ("type_", "content", "subject", "resource"),
    [
        ("ecs:Instance:AutoReactivateCompleted", {"instanceId": "i-1"}, "", "i-1"),
        ("ecs:Instance:AutoReactivateCompleted", {"InstanceId": "i-1", "resourceId": "i-2"}, "", "i-1"),
        ("ecs:Instance:AutoReactivateCompleted", {"resourceId": f"{ARN}instance/i-1"}, "", "i-1"),
        ("ecs:Instance:AutoReactivateCompleted", {"result": "failed"}, f"{ARN}instance/i-1", "i-1"),
        ("ecs:Instance:AutoReactivateCompleted", {"instanceId": "two words"}, f"{ARN}instance/i-1", "i-1"),
        ("ecs:Instance:AutoReactivateCompleted", {"hostId": "h-1", "eventId": "e-1"}, "", "h-1"),
        ("ecs:Disk:OverduePaymentRelease", {"instanceId": "i-1", "diskId": "d-1"}, "", "d-1"),
        ("ecs:Snapshot:SnapshotDeleted", {"diskId": "d-1"}, f"{ARN}snapshot/s-1", "s-1"),
        ("ecs:NetworkInterface:StateChange", {"eniId": "eni-1", "state": "InUse"}, "", "eni-1"),
        ("ecs:CloudAssistant:TaskCompleted", {"invokeId": "t-1", "instanceId": "i-1"}, "", "i-1"),
        ("ecs:CloudAssistant:FirstHeartbeat", {}, "acs.ecs:cn-shanghai:1000000000000003:215672", "215672"),
    ],
)
def test_the_resource_is_found(type_: str, content: dict[str, Any], subject: str, resource: str) -> None:
    """In the field that is named for it, in any casing; else in the ARN of the envelope; else in any other id."""
    reading = read(type_, content, subject=subject)

    assert reading.resource_id == resource
    assert reading.is_global


@pytest.mark.parametrize(
    "content", [{"valid": "yes"}, {"regionId": "cn-shanghai"}, {"requestId": "r-1", "eventId": "e-1"}]
)
def test_not_every_id_names_a_resource(content: dict[str, Any]) -> None:
    """A word that ends in the letters, and the ids of regions, requests and events, are none."""
    assert read("ecs:CloudAssistant:FirstHeartbeat", content).resource_id == "unidentified"


def test_an_unidentified_resource_is_not_global() -> None:
    """Two accounts' notices of no resource are two records, which account and region tell apart."""
    assert not read("ecs:CloudAssistant:FirstHeartbeat", {}).is_global


@pytest.mark.parametrize(
    ("type_", "one", "other", "same"),
    [
        ("ecs:Disk:DiskOperationCompleted", {"operation": "AttachDisk"}, {"operation": "DetachDisk"}, False),
        ("ecs:NetworkInterface:PrivateIPAssigned", {"ipv4Prefixes": ["a", "b"]}, {"ipv4Prefixes": ["b", "a"]}, True),
        ("ecs:NetworkInterface:PrivateIPAssigned", {"primaryPrivateIp": "a"}, {"primaryPrivateIp": "b"}, False),
        ("ecs:Instance:VSwitchChanged", {"vswitchId": "vsw-1"}, {"VswitchId": "vsw-1", "more": 1}, True),
    ],
)
def test_what_tells_two_notices_of_one_second_apart(
    type_: str, one: dict[str, Any], other: dict[str, Any], *, same: bool
) -> None:
    """What was done; neither the order of a list, nor the casing of names, nor a field more."""
    assert (read(type_, one).distinct == read(type_, other).distinct) is same


def test_routes_of_different_precision_are_one_transition() -> None:
    """A time is compared to the second: one route has milliseconds, another has none."""
    content = {"instanceId": "i-1"}
    times = (AT, AT // 1000 * 1000, AT + 1000)
    payloads = (event(catalog.find("ecs:Instance:VSwitchChanged")[0], content, at) for at in times)
    keys = [item.transition.key for one in payloads for item in understand(one, AT) if isinstance(item, Notification)]

    assert len(keys) == 3
    assert keys[0] == keys[1] != keys[2]


def test_the_times_of_a_content_are_read_where_they_can_be() -> None:
    """The end dates the notice, else the beginning, else the envelope; a time that cannot be read is none."""
    times = {"startTime": "2026-03-05T07:50:00Z", "endTime": "2026-03-05T07:55:00Z"}
    whole = read("ecs:Snapshot:CreateSnapshotCompleted", times).transition
    unreadable = read("ecs:Snapshot:CreateSnapshotCompleted", {"startTime": "soon", "endTime": 5}).transition

    assert (whole.at, whole.started_at, whole.finished_at) == (1_772_697_300_000, 1_772_697_000_000, 1_772_697_300_000)
    assert (unreadable.at, unreadable.started_at, unreadable.finished_at) == (AT, None, None)


def test_a_record_shows_the_fields_that_are_known_of_its_type() -> None:
    """In any casing, a list as text; all others are in the ledger alone."""
    content = {"EniId": "eni-1", "secondaryPrivateIps": ["172.16.0.6", "172.16.0.5"], "ipv4Prefixes": [], "note": "x"}

    detail = read("ecs:NetworkInterface:PrivateIPAssigned", content).transition.detail
    assert detail == {"secondaryPrivateIps": "172.16.0.5, 172.16.0.6"}
