"""Lives as they are: restatements, routes, missing and absurd times, and whose an id is; in every order."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, PipelineHarness
from tests.opsledger.ledger.lives import (
    DAY,
    HOUR,
    MINUTE,
    SPOT,
    STATE,
    anomalies,
    episodes,
    in_every_order,
    iso,
    of,
    system,
)

from opsledger.deadline import Deadline
from opsledger.ledger import queries
from opsledger.ledger.changes import RecordChange
from opsledger.ledger.commit import commit
from opsledger.ledger.overdue import sweep
from opsledger.ledger.record import KEEP
from opsledger.ledger.rows import read_record
from opsledger.store.tables import RECORDS

if TYPE_CHECKING:
    from opsledger.ledger.record import Record
    from opsledger.store import Key


@pytest.mark.parametrize("hours", [[48, 24], [48, 72], [48, 24, 72], [48, 72, 24]])
def test_the_newest_statement_gives_the_deadline(hours: list[int]) -> None:
    """Brought forward or moved back, in any order of arrival, though the publish time is the same."""
    events = [
        system("Scheduled", notBefore=iso(NOW_MS + h * HOUR), sent=NOW_MS + n * MINUTE) for n, h in enumerate(hours)
    ]
    record = in_every_order(events)

    assert record["due"] == record["not_before"] == iso(NOW_MS + hours[-1] * HOUR)
    assert anomalies(record) == ["restated"] * (len(hours) - 1)
    assert {number for _, number in episodes(record)} == {1}


def test_a_resend_does_not_make_a_statement_newer() -> None:
    """What was sent first counts: a resend keeps its place, and is flagged as a resend or a return."""
    before, after = NOW_MS + 48 * HOUR, NOW_MS + 24 * HOUR
    events = [
        system("Scheduled", notBefore=iso(before), sent=NOW_MS),
        system("Scheduled", notBefore=iso(after), sent=NOW_MS + MINUTE),
        system("Scheduled", notBefore=iso(before), sent=NOW_MS + 2 * MINUTE),
    ]
    record = in_every_order(events)

    assert record["due"] == iso(after)
    assert len(record["transitions"]) == 2
    assert anomalies(record) == ["restated", "possible_return"]


def test_a_return_with_a_new_publish_time_is_newer() -> None:
    """The source says when it issued it."""
    before, after = NOW_MS + 48 * HOUR, NOW_MS + 24 * HOUR
    events = [
        system("Scheduled", notBefore=iso(before)),
        system("Scheduled", NOW_MS + MINUTE, notBefore=iso(after)),
        system("Scheduled", NOW_MS + 2 * MINUTE, notBefore=iso(before)),
    ]
    record = in_every_order(events)

    assert (record["due"], anomalies(record)) == (iso(before), ["restated", "restated"])


def test_routes_of_one_step_are_one_transition() -> None:
    """With and without execution times, milliseconds and a notBefore."""
    published = NOW_MS - 2 * HOUR
    events = [
        system("Executed", publishTime=iso(published)),
        system("Executed", sent=NOW_MS + 5000, publishTime=iso(published + 922), executeFinishTime=iso(NOW_MS + 922)),
        system(
            "Executed",
            publishTime=iso(published),
            executeStartTime=None,
            executeFinishTime=None,
            notBefore=None,
        ),
    ]
    record = in_every_order(events)

    assert len(record["transitions"]) == 1
    assert record["status_at"] == record["finished_at"] == iso(NOW_MS + 922)
    assert anomalies(record) == ["missed_start"]


def test_routes_of_different_precision_are_one_transition() -> None:
    """The milliseconds are kept."""
    record = in_every_order([of(STATE, NOW_MS, "Stopped"), of(STATE, NOW_MS + 922, "Stopped", "cloudmonitor")])

    assert [step["at"] for step in record["transitions"]] == [iso(NOW_MS + 922)]
    assert record["first_seen"] == record["last_seen"] == iso(NOW_MS + 922)


def test_neighbouring_seconds_are_two_transitions_and_flagged() -> None:
    """Nothing says whether they are one."""
    record = in_every_order([of(STATE, NOW_MS + 900, "Stopped"), of(STATE, NOW_MS + 1000, "Stopped")])

    assert (len(record["transitions"]), anomalies(record)) == (2, ["possible_duplicate"])
    assert anomalies(in_every_order([of(STATE, NOW_MS, "Stopped"), of(STATE, NOW_MS + 2000, "Stopped")])) == []


def test_fuller_content_has_a_row_of_its_own(harness: PipelineHarness) -> None:
    """The same content in another envelope has none; rows of one step share the first part of their key."""
    plain = of(STATE, NOW_MS, "Stopped")
    fuller = of(STATE, NOW_MS, "Stopped", instanceName="web-a")

    assert [harness.counts(one) for one in (plain, {**plain, "id": "other"}, fuller)] == [
        {"recorded": 1},
        {"duplicate": 1},
        {"duplicate": 1},
    ]
    keys = [str(row.key.values[2]).split(".") for row in harness.ledger()]
    assert (len(keys), len({step for step, _ in keys}), len({content for _, content in keys})) == (2, 1, 2)


def test_the_order_of_fields_in_a_content_is_no_content(harness: PipelineHarness) -> None:
    """The digest is of the content with sorted keys."""
    event = of(STATE, NOW_MS, "Stopped")
    harness.process(event)
    harness.process({**event, "data": dict(reversed(event["data"].items()))})

    assert len(harness.ledger()) == 1


def test_an_undated_announcement_is_due_listed_and_swept(harness: PipelineHarness) -> None:
    """It is dated by when it was first received, and says so."""
    event = of(SPOT, NOW_MS, form="cloudmonitor-push")
    harness.process(event)
    harness.clock.now += HOUR
    assert harness.counts(event) == {"duplicate": 1}

    record = harness.record()
    assert (record["status_at"], record["due"]) == (iso(NOW_MS), iso(NOW_MS + 5 * MINUTE))
    assert anomalies(record) == ["dated_by_receipt"]
    assert [one.key for one in queries.due(harness.store, NOW_MS + 5 * MINUTE)] == [record["record"]]
    assert len(sweep(harness.store, Deadline(harness.clock, 60.0), "sweep").marked) == 1


def test_undated_copies_are_dated_by_the_first_in_every_order() -> None:
    """A copy that was received earlier and arrives later dates the record."""
    event = of(SPOT, NOW_MS, form="cloudmonitor-push")
    dates = set()
    for order in permutations((NOW_MS, NOW_MS + HOUR, NOW_MS + DAY)):
        harness = PipelineHarness()
        for harness.clock.now in order:
            harness.process(event)
        dates.add(harness.record()["status_at"])
        assert len(harness.ledger()) == 1

    assert dates == {iso(NOW_MS)}


@pytest.mark.parametrize("absurd", [NOW_MS + 61 * DAY, NOW_MS + 3000 * DAY, NOW_MS - 401 * DAY])
def test_an_absurd_time_is_flagged_and_decides_nothing(absurd: int) -> None:
    """Not the status, the first or the last moment, while any other transition does."""
    record = in_every_order([of(STATE, NOW_MS, "Running"), of(STATE, absurd, "Deleted")])
    alone = in_every_order([of(STATE, absurd, "Deleted")])

    assert (record["status"], record["last_seen"], record["first_seen"]) == ("Running", iso(NOW_MS), iso(NOW_MS))
    assert sorted(step["status"] for step in record["transitions"]) == ["Deleted", "Running"]
    assert anomalies(record) == anomalies(alone) == ["absurd_time"]
    assert alone["status"] == "Deleted"


def test_an_absurd_end_does_not_close_what_is_scheduled() -> None:
    """Nor does it give a deadline."""
    record = in_every_order([system("Scheduled"), system("Executed", NOW_MS + 900 * DAY)])

    assert (record["status"], record["outcome"]) == ("Scheduled", "pending")


@pytest.mark.parametrize("days", [-399, 59])
def test_a_time_within_reason_counts(days: int) -> None:
    """A history is read back for months, and clocks are off by less than two."""
    assert anomalies(in_every_order([of(STATE, NOW_MS + days * DAY, "Stopped")])) == []


@pytest.mark.parametrize(
    ("anomaly", "attribute", "field"),
    [
        ("conflicting_account", "aliyunoriginalaccountid", "accounts"),
        ("conflicting_region", "aliyunregionid", "regions"),
        ("conflicting_resource", "instanceId", "resources"),
    ],
)
def test_two_owners_of_one_id_are_an_anomaly(anomaly: str, attribute: str, field: str) -> None:
    """Both are shown, and both are in the ledger."""

    def event(value: str) -> dict[str, Any]:
        if attribute == "instanceId":
            return system("Scheduled", instanceId=value)
        return {**system("Scheduled"), attribute: value}

    record = in_every_order([event("i-b"), event("i-a")])
    own = {"accounts": "account", "regions": "region", "resources": "resource_id"}[field]

    assert anomalies(record) == [anomaly]
    assert (record[own], record["also"][field]) == ("i-a", ["i-b"])
    assert record["anomalies"][0]["note"] == "i-a, i-b"
    harness = PipelineHarness()
    harness.process([event("i-b"), event("i-a")])
    assert len(harness.ledger()) == 2


def test_an_id_that_is_not_global_is_qualified(harness: PipelineHarness) -> None:
    """Two accounts may have a pod, or a node, of the same name; a uid is one thing in the world."""
    pod = of("eci:Event:OOMKilled", NOW_MS, involvedObject={"namespace": "batch", "name": "web-0"})
    node = of("eci:Event:OOMKilled", NOW_MS, involvedObject={"kind": "Node", "name": "vk-1", "uid": "vk-1"})
    for event in (pod, node):
        for account in ("1", "2"):
            delivered = {**event, "aliyunoriginalaccountid": account, "aliyunregionid": "cn-beijing"}
            harness.process({**delivered, "subject": f"acs:cs:cn-beijing:{account}:c-1"})
    harness.process(of("eci:Event:OOMKilled", NOW_MS))

    keys = sorted(key.partition(":container-group-notice:")[2] for key in harness.records())
    assert keys[:4] == [
        f"{account}/cn-beijing/c-1/{name}:OOMKilled" for account in "12" for name in ("batch/web-0", "vk-1")
    ]
    assert "/" not in keys[4]
    assert all(not record["anomalies"] for record in harness.records().values() if "web-0" in record["record"])


def test_a_long_life_is_the_same_in_every_order() -> None:
    """Also where a later copy changes the moment of a transition that is no longer kept."""
    count = KEEP + 20
    whole = [of(STATE, NOW_MS - n * HOUR, ("Running", "Stopped")[n % 2]) for n in range(count)]
    precise = [of(STATE, NOW_MS - n * HOUR + 7, ("Running", "Stopped")[n % 2]) for n in range(count)]
    records = []
    for events in ([*whole, *precise], [*precise[::-1], *whole], [*whole[::-1], *precise[::-1]]):
        harness = PipelineHarness()
        for start in range(0, len(events), 50):
            harness.process(events[start : start + 50])
        records.append(harness.record())

    assert records[0] == records[1] == records[2]
    assert (len(records[0]["transitions"]), records[0]["truncated"]) == (KEEP, True)
    assert records[0]["first_seen"] == iso(NOW_MS - (count - 1) * HOUR)


def test_marks_are_columns_that_a_move_removes_and_a_duplicate_keeps(harness: PipelineHarness) -> None:
    """A settled interruption is over and no longer due; what is to be notified stays to be notified."""
    harness.process(of(SPOT, NOW_MS))
    (key,) = (row.key for row in harness.store.walk(RECORDS, []))
    settle = Settle(key)
    commit(harness.store, [settle], Deadline(harness.clock, 30.0), "settle")
    (row,) = harness.store.walk(RECORDS, [])
    record = harness.record()

    assert {n: row.columns[n] for n in MARKS} == MARKS
    assert read_record(row) == settle.settled
    assert (record["outcome"], record["settled_by"]) == ("happened", "ecs:state:i-1")
    assert list(queries.due(harness.store, NOW_MS + DAY)) == []
    assert harness.counts(of(SPOT, NOW_MS)) == {"duplicate": 1}
    assert list(harness.store.walk(RECORDS, [])) == [row]
    harness.process(of(SPOT, NOW_MS + HOUR))
    (moved,) = harness.stored()
    assert (moved.settled_by, moved.settled_at, moved.notify_at) == (None, None, MARKS["notify_at"])


MARKS: dict[str, Any] = {"settled_by": "ecs:state:i-1", "settled_at": NOW_MS + 7, "notify_at": NOW_MS - 9}


class Settle(RecordChange):
    """One record gets every mark."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.settled: Record | None = None

    def decide(self, stored: Record | None) -> Record | None:
        """The record with the marks."""
        self.settled = None if stored is None else stored._replace(**MARKS)
        return self.settled
