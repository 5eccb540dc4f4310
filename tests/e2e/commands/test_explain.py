"""`opsledger explain`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from opsctl.rules.corpus import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def test_a_payload_is_explained_from_rule_to_row(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Form, rules with reasons, outcome and rows; nothing is written, and publishing it has the same result."""
    run("publish", given=event(REBOOT, "Scheduled"))
    explained = run("explain", "--json", given=event(REBOOT, "Executing")).json
    (delivery,) = explained["deliveries"]
    rules = {rule["function"]: rule for rule in delivery["rules"]}

    assert (delivery["form"], delivery["outcome"]) == ("cloudevent", "recorded")
    assert rules["opsledger-ecs-events"]["matched"]
    assert not rules["opsledger-eci-events"]["matched"]
    assert rules["opsledger-eci-events"]["reasons"][0].startswith("source: ")
    assert (delivery["before"]["status"], delivery["after"]["status"]) == ("Scheduled", "Executing")
    assert [(row["table"], row["effect"]) for row in explained["rows"]] == [("ledger", "new"), ("records", "replaced")]
    assert run("records", "--json").json == [{**delivery["before"], "resource": None, "drill": None}]
    run("publish", given=event(REBOOT, "Executing"))
    assert run("records", "--json").json == [{**delivery["after"], "resource": None, "drill": None}]


def test_a_batch_is_explained_delivery_by_delivery(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Invalid deliveries are shown with their paths, and do not affect the valid one."""
    batch = [event(REBOOT, "Scheduled", instanceId=7), event(REBOOT, "Avoided"), 7]
    explained = run("explain", "--json", given=batch).json["deliveries"]
    shown = run("explain", given=batch).out

    assert [one["outcome"] for one in explained] == ["quarantined", "recorded", "quarantined"]
    assert explained[0]["errors"][0]["path"] == "data.instanceId"
    assert "invalid: data.instanceId" in shown
    assert "Nothing was written." in shown
    assert run("quarantine", "list", "--json").json == []


def test_the_rules_note_a_form_that_is_not_a_cloudevent(run: Callable[..., Ran], event: MakeEvent) -> None:
    """A CloudMonitor notification is matched as the CloudEvent with the same content, and the output says so."""
    explained = run("explain", "--json", given=event(REBOOT, "Scheduled", "cloudmonitor")).json
    shown = run("explain", given=event(REBOOT, "Scheduled", "cloudmonitor")).out

    assert explained["deliveries"][0]["rules"][0]["note"].startswith("cloudmonitor form")
    assert shown.count("note: cloudmonitor form, published as the CloudEvent with the same content") == 1


def test_a_foreign_event_is_explained_with_who_reported_it(run: Callable[..., Ran], root: Path) -> None:
    """The rules drop it, and the function would refuse it: `explain` says both, with the reasons."""
    forms = read(root / "events" / "corpus").forms
    given = next(form.event["data"] for form in forms if form.name == "FailedScheduling, empty source")
    (delivery,) = run("explain", "--json", given=given).json["deliveries"]
    shown = run("explain", given=given).out

    assert not any(rule["matched"] for rule in delivery["rules"])
    assert (delivery["type"], delivery["outcome"]) == ("eci:Event:FailedScheduling", "quarantined")
    assert (delivery["reason"], delivery["errors"][0]["path"]) == ("foreign_event", "source.component")
    assert "note: kubernetes form, as kube-eventer publishes it" in shown
    assert "is reported by 'default-scheduler on default-scheduler-master-1'" in shown
    assert "would be quarantined: foreign_event" in shown


def test_each_event_in_a_wrapper_is_explained(run: Callable[..., Ran], event: MakeEvent) -> None:
    """With the wrappers around it and the verdict of each rule on the event itself; `publish` unpacks the same."""
    body = json.dumps([event(REBOOT, "Scheduled", "cloudmonitor"), {"no": "event"}])
    request = {"rawPath": "/", "headers": {}, "body": body, "isBase64Encoded": False}
    explained = run("explain", "--json", given=request).json["deliveries"]
    shown = run("explain", given=request).out
    published = run("publish", given={**request, "body": json.dumps([event(REBOOT, "Scheduled", "cloudmonitor")])})

    assert [(one["form"], one["via"], one["outcome"]) for one in explained] == [
        ("cloudmonitor", ["http"], "recorded"),
        ("raw", ["http"], "quarantined"),
    ]
    assert any(rule["matched"] for rule in explained[0]["rules"])
    assert "(cloudmonitor in http)" in shown
    assert "note: cloudmonitor in http form, published as the CloudEvent with the same content" in shown
    assert published.code == 0
    assert [record["status"] for record in run("records", "--json").json] == ["Scheduled"]
