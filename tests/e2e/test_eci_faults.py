"""Polls that fail on any page: nothing is lost and nothing doubled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest
from tests.e2e.eci_cloud import REGION, EciCloud, open_cloud

from opsledger.ledger import queries
from yunmock import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock import Cloud


When = Literal["before", "after"]
WRITES = ("journal refused", "record refused", "mark refused", "cursor refused")
"""The writes of a page with new groups, in their order. Before the first page, one write takes the cursor."""
FAULTS = ("throttled", "reply dropped", *WRITES)


@pytest.fixture
def ledger(pytestconfig: pytest.Config) -> Iterator[EciCloud]:
    """A ledger with nothing in it."""
    with open_cloud(pytestconfig.rootpath / "s.yaml") as opened:
        yield opened


def add_fault(cloud: Cloud, fault: str, page: int, when: When = "before") -> None:
    """Make a call fail when the poller is at `page`."""
    if fault in WRITES:
        # A refusal that is not worth retrying ends the invocation in the middle of its round.
        skip = 1 + page * len(WRITES) + WRITES.index(fault)
        cloud.faults.add(Fault("tablestore", "BatchWriteRow", code="OTSAuthFailed", status=403, when=when, skip=skip))
    elif fault == "throttled":
        cloud.faults.add(Fault("eci", "DescribeContainerGroups", code="Throttling.User", status=429, skip=page))
    else:
        cloud.faults.add(Fault("eci", "DescribeContainerGroupEvents", action="drop", when="after", skip=page))


def poll_until_finished(ledger: EciCloud, at_most: int) -> int:
    """Poll until a round is finished; return how many polls it took."""
    functions: Any = ledger.cloud.services["fc"]
    for number in range(1, at_most + 1):
        answer = functions.invoke("opsledger-eci-poller", b"{}")
        if answer.ok and json.loads(answer.body)["finished"]:
            return number
    raise AssertionError(f"not finished after {at_most} polls: {answer.error or answer.body}")


def make_groups(ledger: EciCloud, count: int, *, every: int) -> None:
    """Make `count` running groups, with an event at every `every`th."""
    for number in range(count):
        group = ledger.eci.create_container_group(REGION, f"web-{number}", status="Running", at="2026-01-01T00:00:00Z")
        if number % every == 0:
            ledger.eci.add_event(group, "OOMKilled", "Warning", "Out of memory", at="2026-01-01T00:00:01Z")


def check_once(ledger: EciCloud, groups: int, events: int) -> None:
    """Every group and every event has one record with one transition."""
    records = ledger.records().values()
    assert sum(record["kind"] == "container-group-state" for record in records) == groups
    assert sum(record["kind"] == "container-group-notice" for record in records) == events
    assert all(len(record["transitions"]) == 1 and record["count"] == 1 for record in records)


@pytest.mark.parametrize("page", [0, 1, 2])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_on_any_page_loses_and_doubles_nothing(ledger: EciCloud, fault: str, when: When, page: int) -> None:
    """Whatever fails, on the first, a middle or the last page, the next polls complete the round."""
    make_groups(ledger, 60, every=10)  # three pages
    add_fault(ledger.cloud, fault, page, when)

    polls = poll_until_finished(ledger, 2)

    assert polls == (2 if fault in WRITES else 1)
    check_once(ledger, 60, 6)


@pytest.mark.parametrize("fault", WRITES)
def test_a_group_that_changes_while_a_round_is_interrupted(ledger: EciCloud, fault: str) -> None:
    """What the failed invocation journaled is recorded, then what is new; ledger and record agree."""
    group = ledger.eci.create_container_group(REGION, "web", status="Pending", at="2026-01-01T00:00:00Z")
    ledger.poll()
    ledger.eci.set_status(group, "Running")
    add_fault(ledger.cloud, fault, 0, "after")
    functions: Any = ledger.cloud.services["fc"]
    assert not functions.invoke("opsledger-eci-poller", b"{}").ok
    ledger.eci.set_status(group, "Restarting")

    assert ledger.poll()["finished"]

    (record,) = queries.find(ledger.store, f"eci:state:{group}")
    recorded = [str(row.columns["status"]) for row in queries.history(ledger.store, record)]
    assert sorted(recorded) == sorted(t.status for t in record.transitions.values())
    assert [t["status"] for t in ledger.record(record.key)["transitions"]] == ["Pending", "Running", "Restarting"]


def test_a_thousand_groups_with_faults_on_several_pages(ledger: EciCloud) -> None:
    """Fifty pages and one fault of each kind: nothing is missing and nothing is recorded twice."""
    make_groups(ledger, 1000, every=25)
    for fault, page in zip(FAULTS, (7, 13, 20, 29, 37, 48), strict=True):
        add_fault(ledger.cloud, fault, page)

    polls = poll_until_finished(ledger, 5)

    assert polls > 1
    assert len(ledger.cloud.calls_of("eci", "DescribeContainerGroups")) >= 50
    check_once(ledger, 1000, 40)
