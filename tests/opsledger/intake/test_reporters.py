"""Who may speak for ECI: a generic reason of somebody else is refused, and nothing of it is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from opsledger import catalog
from opsledger.catalog.eci import reporters
from opsledger.catalog.transition import UNNOTED
from opsledger.intake.understand import Refused, understand

if TYPE_CHECKING:
    from tests.conftest import PipelineHarness


def event(reason: str = "FailedScheduling", **changes: Any) -> dict[str, Any]:
    """An event of Kubernetes; None removes a field."""
    whole = {
        "metadata": {"name": "web-0.18455f1f2c6a3b90", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "namespace": "default", "name": "web-0", "uid": "7a55d7f0-33b8-4dd5-a3a2-1"},
        "reason": reason,
        "message": "?",
        "source": {"component": "EciService"},
        "firstTimestamp": "2026-06-02T03:10:00Z",
        "lastTimestamp": "2026-06-02T03:10:00Z",
        "count": 1,
        "type": "Warning",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


GROUP = {"kind": "Pod", "namespace": "default", "name": "web-0", "uid": "eci-2zeaaaaaaaaaaaaaaa01"}
SCHEDULER: dict[str, Any] = {
    "source": {},
    "reportingComponent": "default-scheduler",
    "reportingInstance": "default-scheduler-master-1",
}
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("ECI", event(), ""),
    ("eci-provider", event(source={"component": "eci-provider"}), ""),
    ("the virtual kubelet", event(source={"component": "virtual-kubelet/pod-controller"}), ""),
    ("the kubelet of ECI", event(source={"component": "kubelet", "host": "eci"}), ""),
    ("a kubelet on a virtual node", event(source={"component": "kubelet", "host": "virtual-kubelet-cn-a"}), ""),
    ("a kubelet without a host", event(source={"component": "kubelet"}), ""),
    ("ECI in the new field", event(source={}, reportingComponent="EciService"), ""),
    ("nobody, about a container group", event(source=None, involvedObject=GROUP), ""),
    ("nobody, a reason of ECI's own", event("SpotToBeReleased", source=None), ""),
    ("the scheduler", event(source={"component": "default-scheduler"}), "foreign_event"),
    ("the scheduler in the new field", event(**SCHEDULER), "foreign_event"),
    ("an ordinary kubelet", event("OOMKilled", source={"component": "kubelet", "host": "node-1"}), "foreign_event"),
    ("another product", event("OOMKilled", source={"component": "AcsService"}), "foreign_event"),
    ("an unknown reason of the scheduler", event("Scheduled", **SCHEDULER), "foreign_event"),
    ("an unknown reason of ECI", event("SomethingNew"), "unknown_type"),
    ("an unknown reason of nobody", event("SomethingNew", source=None), "unknown_type"),
    ("a reason of ECI's own, by somebody", event("SpotToBeReleased", source={"component": "forwarder"}), ""),
]


@pytest.mark.parametrize(("given", "reason"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_who_reports_it_decides(given: dict[str, Any], reason: str) -> None:
    """Alone, pushed by kube-eventer, and republished: the same verdict, with the form and the type kept."""
    pushed = {"specversion": "1.0", "id": "1", "source": "acs.cs", "type": "cs:k8s:PodRelatedEvent", "data": given}
    republished = {**pushed, "source": "acs.eci", "type": f"eci:Event:{given['reason']}"}
    for payload in (given, pushed, republished):
        (result,) = understand(json.dumps(payload), UNNOTED)
        assert (result.error.reason if isinstance(result, Refused) else "") == reason
        if isinstance(result, Refused):
            assert (bool(result.form), result.type) == (True, f"eci:Event:{given['reason']}")


@pytest.mark.parametrize("source", [None, {}, {"component": ""}, {"component": 7}, "EciService"])
def test_a_generic_reason_that_nobody_reports(source: Any) -> None:
    """About an ordinary pod it is refused; republished as an ECI event, the envelope says that it is ECI's."""
    given = event(source=source, reportingComponent="")
    republished = {"specversion": "1.0", "id": "1", "source": "acs.eci", "type": "eci:Event:FailedScheduling"}
    (alone,) = understand(json.dumps(given), UNNOTED)
    (claimed,) = understand(json.dumps({**republished, "data": given}), UNNOTED)

    assert isinstance(alone, Refused)
    assert alone.error.reason == "foreign_event"
    assert "by nobody" in str(alone.error)
    assert not isinstance(claimed, Refused) or claimed.error.reason == "malformed_content"


def test_an_element_of_the_eci_api_is_eci_s_word() -> None:
    """DescribeContainerGroups names no reporter; DescribeContainerGroupEvents names EciService, in capitals."""
    listed = {"Type": "Warning", "Reason": "FailedScheduling", "Message": "?", "Name": "web-0", "Count": 1}
    both = [{**listed, "ContainerGroupId": "eci-2ze1", "FirstTimestamp": "2026-06-02T03:10:00Z"}]
    both.append({**both[0], "Source": {"Component": "EciService"}})
    foreign = {**both[0], "Source": {"Component": "default-scheduler"}}

    assert [isinstance(one, Refused) for one in understand(json.dumps(both), UNNOTED)] == [False, False]
    (refused,) = understand(json.dumps(foreign), UNNOTED)
    assert isinstance(refused, Refused)
    assert refused.error.reason == "foreign_event"


def test_a_foreign_event_is_quarantined_with_who_reported_it(harness: PipelineHarness) -> None:
    """Its bytes are kept, and the error names the reporter, shortened."""
    long = event(source={"component": "x" * 5000})

    assert harness.counts(long) == {"quarantined": 1}
    (kept,) = harness.quarantine()
    assert (kept.reason, kept.type) == ("foreign_event", "eci:Event:FailedScheduling")
    assert json.loads(kept.payload) == long
    assert kept.errors[0].path == "source.component"
    assert len(kept.errors[0].message) < 200


def test_every_generic_reason_is_in_the_catalogue() -> None:
    """A misspelt one would be checked by nobody; no reason of a container's ordinary life is in it."""
    assert {reason for reason in reporters.GENERIC_REASONS if not catalog.knows(f"eci:Event:{reason}")} == set()
    assert {reason for reason in reporters.CONTAINER_REASONS if catalog.knows(f"eci:Event:{reason}")} == set()
