"""Forms that arrive: over a hundred, each with the record, status, times, owner and flags that it must become."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import sample
from opsledger import catalog, timestamps
from opsledger.intake.understand import Refused, Understood, understand_each

if TYPE_CHECKING:
    from tests.conftest import PipelineHarness

NOW_MS = timestamps.parse("2026-06-02T03:11:00Z")
FORMS = [json.loads(line) for line in Path(__file__).with_name("forms.jsonl").read_text(encoding="utf-8").splitlines()]
"""`payload`: what arrives, as JSON; `expect`: what each event in it becomes, without what it does not have."""


def outcome_of(payload: Any) -> list[dict[str, Any]]:
    """What each event in `payload` becomes."""
    return [_outcome(one) for one in understand_each(json.dumps(payload).encode(), NOW_MS)]


def _outcome(one: Understood) -> dict[str, Any]:
    if isinstance(one.result, Refused):
        return {"refused": one.result.error.reason, "at": sorted({error.path for error in one.result.error.errors})}
    assert one.delivery is not None
    record, transition, delivery = one.result.record, one.result.transition, one.delivery
    moments = {"at": transition.at, "not_before": transition.not_before, "due": transition.due_at}
    found = {
        "record": record.key,
        "resource": record.resource_id,
        "status": transition.status,
        "severity": transition.severity,
        **{name: None if moment is None else timestamps.show(moment) for name, moment in moments.items()},
        "last_at": None if transition.last_at in (None, transition.at) else timestamps.show(transition.last_at),
        "count": transition.count if transition.count > 1 else None,
        "detail": dict(transition.detail),
        "flags": list(transition.anomalies),
        "form": " < ".join((delivery.form, *reversed(delivery.via))),
        "owner": [record.account, record.region, delivery.cluster],
        "envelope": [delivery.envelope.id, delivery.envelope.instance_name, delivery.envelope.level],
    }
    return {name: value for name, value in found.items() if value not in (None, [], {})}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["name"])
def test_a_form_becomes_what_it_says(form: dict[str, Any]) -> None:
    """Each event in it, in order; a refusal names the fields at fault."""
    assert outcome_of(form["payload"]) == form["expect"]


def test_the_order_of_fields_says_nothing() -> None:
    """At every level of every form."""
    for form in FORMS:
        assert outcome_of(_reversed(form["payload"])) == form["expect"], form["name"]


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(item) for name, item in reversed(value.items())}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("encode", [json.dumps, lambda value: json.dumps(json.dumps(value))], ids=["text", "quoted"])
def test_every_form_is_stored_whole(harness: PipelineHarness, encode: Any) -> None:
    """As JSON and as JSON in a string: each record is there, each refusal is kept, and a repetition is no news."""
    wanted = [event for form in FORMS for event in form["expect"]]
    for form in FORMS:
        harness.process(encode(form["payload"]))
    before = harness.dump()

    assert set(harness.records()) == {event["record"] for event in wanted if "record" in event}
    assert {kept.reason for kept in harness.quarantine()} == {e["refused"] for e in wanted if "refused" in e}
    for form in FORMS:
        assert set(harness.counts(encode(form["payload"]))) <= {"duplicate", "quarantined"}
    assert set(harness.dump()) == set(before)


SPEAKERS = ("[eci.containergroup]", "[eci.imagecache] ", "[eci.nodes]")
REASONS = [row for row in catalog.event_types() if row.templates]


@pytest.mark.parametrize("row", REASONS, ids=lambda row: row.name)
def test_who_speaks_in_a_message_is_no_part_of_it(row: catalog.EventType) -> None:
    """Of every ECI reason, in every wording: the same step with the same parameters, and no drift."""
    for case in sample.cases(row):
        event = sample.event(row, case.status, "kubernetes", seed="s", now_ms=NOW_MS, template=case.template)
        (plain,) = outcome_of(event)
        for speaker in SPEAKERS:
            (spoken,) = outcome_of({**event, "message": f"{speaker}{event['message']}"})
            assert not any(flag.startswith("message_drift") for flag in spoken.get("flags", ()))
            shown = spoken["detail"].pop("message")
            assert shown.startswith(speaker)
            assert spoken == {**plain, "detail": {k: v for k, v in plain["detail"].items() if k != "message"}}
