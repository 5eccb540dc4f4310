"""`opsledger records` and `opsledger show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import DONE, NOT_THERE, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FakeClock, MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
FIELDS = """record product kind resource_type resource_id status status_at terminal severity region account not_before
    started_at finished_at first_seen last_seen transitions anomalies"""


def test_json_has_every_field(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Times are ISO 8601 in UTC, and `show` prints the same object with its notes."""
    run("publish", given=[event(REBOOT, "Scheduled"), event(REBOOT, "Avoided")])

    (record,) = run("records", "--json").json

    assert set(FIELDS.split()) <= set(record)
    assert [set(step) >= {"status", "at", "key"} for step in record["transitions"]] == [True, True]
    assert record["status_at"] == "2026-01-01T00:00:00Z"
    assert record["terminal"] is True
    assert run("show", record["record"], "--json").json == {**record, "notes": []}


@pytest.fixture
def filled(run: Callable[..., Ran], event: MakeEvent, once: Callable[..., None]) -> Callable[..., Ran]:
    """A ledger with one reboot scheduled, one avoided, and one instance running in another account."""
    running = {**event("ecs:Instance:StateChange", "Running", seed="a"), "aliyunoriginalaccountid": "7"}
    events = [event(REBOOT, "Scheduled", seed="a"), event(REBOOT, "Avoided", seed="b"), running]
    once(lambda: run("publish", given=events))
    return run


FILTERS = [
    ((), 3),
    (("--status", "Scheduled"), 1),
    (("--status", "scheduled"), 1),
    (("--kind", "system-event"), 2),
    (("--kind", REBOOT), 2),
    (("--kind", "Instance:StateChange"), 1),
    (("--kind", "system-event", "--status", "Avoided"), 1),
    (("--region", "cn-hangzhou"), 3),
    (("--region", "eu-west-1"), 0),
    (("--status", "Executing"), 0),
    (("--open",), 1),
    (("--open", "--kind", "system-event"), 1),
    (("--open", "--status", "Avoided"), 0),
    (("--severity", "critical"), 1),
    (("--severity", "warning"), 0),
    (("--severity", "info", "--region", "cn-hangzhou"), 2),
    (("--resource", "i-none"), 0),
]


@pytest.mark.parametrize(("options", "count"), FILTERS)
def test_records_are_filtered(filled: Callable[..., Ran], options: tuple[str, ...], count: int) -> None:
    """As JSON and as a table; finding nothing is not an error."""
    as_json, shown = filled("records", *options, "--json"), filled("records", *options)

    assert (as_json.code, shown.code) == (DONE, DONE)
    assert len(as_json.json) == count
    assert shown.out.rstrip().endswith(f"{count} record{'' if count == 1 else 's'}")


def test_records_of_one_resource(filled: Callable[..., Ran], event: MakeEvent) -> None:
    """`--resource` finds the records of every kind."""
    found = filled("records", "--resource", event(seed="a")["data"]["instanceId"], "--json").json

    assert {record["kind"] for record in found} == {"system-event", "instance-state"}


def test_due_within_lists_open_records_by_deadline(filled: Callable[..., Ran], event: MakeEvent) -> None:
    """A scheduled reboot is due; an avoided one and a running instance are not."""
    found = filled("records", "--due-within", "1000000", "--json").json

    assert [record["record"] for record in found] == [f"ecs:event:{event(seed='a')['data']['eventId']}"]


def test_a_record_is_shown_by_key_or_by_id(filled: Callable[..., Ran], event: MakeEvent) -> None:
    """The whole key, or the event id in it."""
    event_id = event(seed="a")["data"]["eventId"]

    by_key, by_id = filled("show", f"ecs:event:{event_id}", "--json"), filled("show", event_id, "--json")
    shown = filled("show", event_id)

    assert by_key.json == by_id.json
    assert by_id.json["record"] == f"ecs:event:{event_id}"
    assert shown.code == DONE
    assert "Scheduled" in shown.out


def test_anomalies_have_a_column(run: Callable[..., Ran], event: MakeEvent) -> None:
    """The table counts them, and the timeline names them."""
    run("publish", given=event(REBOOT, "Executed"))
    (record,) = run("records", "--json").json

    assert [anomaly["anomaly"] for anomaly in record["anomalies"]] == ["missed_start"]
    assert "Anomalies" in run("records").out
    assert "missed_start" in run("show", record["record"]).out


def test_an_unknown_record_is_not_found(filled: Callable[..., Ran]) -> None:
    """Exit code 3, and one line that names the command which lists the records."""
    shown = filled("show", "e-none\x1b[31m")

    assert (shown.code, shown.out) == (NOT_THERE, "")
    assert "opsledger records" in shown.err
    assert "\x1b" not in shown.err


def test_the_sweeper_marks_records_as_overdue(run: Callable[..., Ran], event: MakeEvent, clock: FakeClock) -> None:
    """`--overdue` lists the marked records; an event that moves a record clears its mark."""
    run("publish", given=[event(REBOOT, "Scheduled", seed="a"), event(REBOOT, "Scheduled", seed="b")])
    clock.now += 30 * 86_400_000
    swept = run("invoke", "sweeper", "--json", given={"triggerName": "every-ten-minutes"}).json["result"]
    overdue = run("records", "--overdue", "--json").json
    run("publish", given=event(REBOOT, "Executed", seed="a"))

    assert swept == {"looked": 2, "overdue": 2, "presumed": 0, "unreadable": 0, "finished": True}
    assert len(overdue) == 2
    assert all(record["overdue_since"] for record in overdue)
    assert "Overdue" in run("records").out
    assert [record["status"] for record in run("records", "--overdue", "--json").json] == ["Scheduled"]


def test_a_listing_goes_on_where_it_stopped(run: Callable[..., Ran], event: MakeEvent) -> None:
    """`--limit` says so on standard error, and `--after` takes what it printed; anything else is refused."""
    run("publish", given=[event(REBOOT, "Scheduled", seed=str(n)) for n in range(5)])
    first = run("records", "--status", "Scheduled", "--limit", "3", "--json")
    place = first.err.strip().rpartition(" ")[2]
    rest = run("records", "--status", "Scheduled", "--after", place, "--json")
    refused = run("records", "--after", "nowhere")

    assert (len(first.json), len(rest.json)) == (3, 2)
    assert len({record["record"] for record in first.json + rest.json}) == 5
    assert rest.err == ""
    assert (refused.code, "nowhere" in refused.err) == (USAGE, True)


def test_a_record_is_found_by_any_id(filled: Callable[..., Ran], event: MakeEvent) -> None:
    """An event's, or a resource's; what nothing has is not found."""
    made = event(seed="a")["data"]
    by_event, by_resource = (filled("find", made[name], "--json") for name in ("eventId", "instanceId"))
    nothing = filled("find", "i-none")

    assert [record["record"] for record in by_event.json] == [f"ecs:event:{made['eventId']}"]
    assert {record["kind"] for record in by_resource.json} == {"system-event", "instance-state"}
    assert filled("find", made["eventId"]).out.rstrip().endswith("1 record")
    assert (nothing.code, nothing.out) == (NOT_THERE, "")
