"""`opsledger publish`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsctl import sample
from opsctl.cli.options import DONE, FAILED, REFUSED
from opsledger import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
ECS = tuple(spec for spec in catalog.event_types() if spec.kind.product == "ecs")


def test_an_event_becomes_a_record(run: Callable[..., Ran], event: MakeEvent) -> None:
    """From the bus through the rule and the function to the tables."""
    published = run("publish", "--json", given=event(REBOOT, "Scheduled"))
    records = run("records", "--json")

    (shown,) = published.json
    assert (published.code, records.code) == (DONE, DONE)
    matched = [rule for rule in shown["rules"] if rule["matched"]]
    (delivery,) = matched[0]["deliveries"]
    assert (shown["type"], delivery["target"]) == (REBOOT, "opsledger-ecs-events")
    assert delivery["attempts"][0]["result"] == {
        "received": 1,
        "recorded": 1,
        "duplicate": 0,
        "out_of_order": 0,
        "quarantined": 0,
    }
    assert [record["status"] for record in records.json] == ["Scheduled"]


def test_an_event_without_a_matching_rule_is_shown_with_reasons(run: Callable[..., Ran], event: MakeEvent) -> None:
    """The command succeeds, and people and programs see each rule's reasons."""
    unmatched = {**event(), "type": "ecs:ActionTrail:ApiCall"}

    as_json = run("publish", "--json", given=unmatched)
    shown = run("publish", given=unmatched)

    assert (as_json.code, shown.code) == (DONE, DONE)
    assert not any(rule["matched"] for rule in as_json.json[0]["rules"])
    assert all(rule["reasons"] for rule in as_json.json[0]["rules"])
    assert "did not match" in shown.out


@pytest.mark.parametrize("text", [b"not json", b'{"a": NaN}', b"17", b"{}", b'{"surprise": 1}', b"\xff"])
def test_text_that_is_no_event_fails(run: Callable[..., Ran], text: bytes) -> None:
    """Exit code 4 and a line that says so, without a traceback."""
    published = run("publish", given=text)

    assert published.code == REFUSED
    assert "not published" in published.out
    assert "Traceback" not in published.out + published.err


def test_a_bad_event_does_not_stop_the_others(run: Callable[..., Ran], event: MakeEvent) -> None:
    """The rest of the file is published, and the exit code is 4."""
    published = run("publish", "--json", given=[event(seed="a"), {"surprise": 1}, event(seed="b")])

    assert published.code == REFUSED
    assert ["error" in one for one in published.json] == [False, True, False]
    assert len(run("records", "--json").json) == 2


@pytest.mark.parametrize("data", [7, "not base64"])
def test_bad_base64_is_an_error_of_that_event(run: Callable[..., Ran], event: MakeEvent, data: object) -> None:
    """The SDK cannot send it; the event after it is published."""
    broken = {**event(seed="a"), "data_base64": data}
    published = run("publish", "--json", given=[broken, event(seed="b")])

    assert published.code == FAILED
    assert published.json[0]["error"].startswith("the SDK refuses it: ")
    assert "error" not in published.json[1]


@pytest.mark.usefixtures("no_writes")
def test_a_failed_invocation_fails_the_command(run: Callable[..., Ran], event: MakeEvent) -> None:
    """The event was published and delivered, but the function failed: exit code 1."""
    assert run("publish", given=event()).code == FAILED


KINDS = [kind for kind in catalog.kinds().values() if kind.product == "ecs"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_sample_is_recorded(run: Callable[..., Ran], kind: catalog.Kind) -> None:
    """Each type and status in each form, by `publish -` and by `invoke --event -`."""
    cases = [(spec, status) for spec in ECS if spec.kind is kind for status in sample.statuses(spec)]
    events = [
        sample.event(spec, status, form, seed=spec.type, now_ms=1_767_225_600_000)
        for spec, status in cases
        for form in sample.all_forms(spec)
    ]
    # Of the many system events every fifth is published: with six forms, each type and each form in turn.
    some = events[:: 5 if len(events) > 200 else 1]

    published = run("publish", "-", "--json", given=some)
    invoked = run("invoke", "ecs_events", "--event", "-", "--json", given=events)

    assert (published.code, invoked.code) == (DONE, DONE)
    assert invoked.json["result"]["received"] == len(events)
    assert invoked.json["result"]["quarantined"] == 0
    assert {record["kind"] for record in run("records", "--json").json} == {kind.name}
