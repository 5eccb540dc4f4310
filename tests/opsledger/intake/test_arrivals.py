"""Every route by which events arrive: the samples in `events/arrivals`, each with its right outcome."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import sample
from opsctl.sample import wrappers
from opsctl.sample.names import Names
from opsledger import catalog, timestamps
from opsledger.intake.envelope import FORMS
from opsledger.intake.understand import Refused, Understood, understand, understand_each

if TYPE_CHECKING:
    from tests.conftest import PipelineHarness

    from opsledger.catalog.transition import Transition
    from opsledger.ledger.notification import Notification

ROOT = Path(__file__).parents[3]
SAMPLES = sorted((ROOT / "events" / "arrivals").glob("*.json"))
EXPECTED = json.loads(Path(__file__).with_name("arrivals.json").read_text(encoding="utf-8"))
"""File → what each of its events must become: `form` lists the innermost envelope first, `owner` has account, region
and cluster."""
NOW_MS = 1_767_225_600_000
TYPES = catalog.event_types()


def read(value: Any) -> list[Understood]:
    """Every event in `value`."""
    return understand_each(value if isinstance(value, bytes | str) else json.dumps(value).encode(), NOW_MS)


def notified(value: Any) -> Notification:
    """The one notification in `value`."""
    (only,) = read(value)
    assert not isinstance(only.result, Refused), only.result
    return only.result


def shown(moment: int | None) -> str | None:
    """A moment as the expectations have it."""
    return None if moment is None else timestamps.show(moment)


def outcome(one: Understood) -> dict[str, Any]:
    """One event as the expectations have it."""
    if isinstance(one.result, Refused):
        return {"refused": one.result.error.reason, "says": str(one.result.error)}
    assert one.delivery is not None
    record, transition, envelope = one.result.record, one.result.transition, one.result.envelope._asdict()
    owner = (one.delivery.account, one.delivery.region, one.delivery.cluster)
    dated = {name: shown(envelope[name]) for name in ("sent_at", "published_at")}
    return {
        "record": record.key,
        "status": transition.status,
        "at": shown(transition.at),
        "form": " < ".join((one.delivery.form, *reversed(one.delivery.via))),
        "owner": " ".join(map(str, owner)),
        "envelope": {name: value for name, value in {**envelope, **dated}.items() if value is not None},
    }


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_becomes_what_it_says(path: Path) -> None:
    """Record, status, time, owner and envelope of each event in it, or the refusal."""
    assert [outcome(one) for one in read(path.read_bytes())] == EXPECTED[path.name]


def test_every_sample_is_expected_and_every_form_has_one() -> None:
    """A form without a sample is not known to work; the samples of a form begin with its name."""
    forms = {path.stem.partition(".")[0] for path in SAMPLES}

    assert set(EXPECTED) == {path.name for path in SAMPLES}
    assert forms == {form.name for form in FORMS}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_opened_by_the_form_that_it_is_named_after(path: Path) -> None:
    """As the only envelope, or as one of several."""
    name = path.stem.partition(".")[0]

    for one in read(path.read_bytes()):
        if one.delivery is not None:
            assert name in (one.delivery.form, *one.delivery.via)


def test_every_sample_is_stored(any_harness: PipelineHarness) -> None:
    """On every store: each expected record is there, and each refusal; delivered again, nothing is new."""
    wanted = [event for name in sorted(EXPECTED) for event in EXPECTED[name]]
    for path in SAMPLES:
        any_harness.process(path.read_bytes())
    stored = set(any_harness.records())
    for path in SAMPLES:
        assert set(any_harness.counts(path.read_bytes())) <= {"duplicate", "quarantined"}

    assert stored == set(any_harness.records()) == {event["record"] for event in wanted if "record" in event}
    refused = [event["refused"] for event in wanted if "refused" in event]
    assert sorted(kept.reason for kept in any_harness.quarantine()) == sorted(refused)


def test_each_form_of_the_table_is_named_once() -> None:
    """A name is one row of the docs."""
    assert len({form.name for form in FORMS}) == len(FORMS)


# ------------------------------------------------------------------------------ the catalogue, in every envelope
def event(row: catalog.EventType, case: sample.Case, form: str) -> dict[str, Any]:
    """A sample event of the catalogue."""
    return sample.event(row, case.status, form, seed=row.type, now_ms=NOW_MS, template=case.template)


@cache
def alone(type_: str, form: str) -> tuple[str, Notification]:
    """A sample event of a type as JSON, and its notification: every wrapper is compared with it."""
    row = catalog.find(type_)[0]
    text = json.dumps(event(row, sample.cases(row)[0], form))
    return text, notified(text)


def step(notification: Notification) -> Transition:
    """The transition without when this copy of it was sent and received."""
    return notification.transition._replace(sent_at=None, last_sent_at=None, received_at=None)


@pytest.mark.parametrize("name", wrappers.WRAPPINGS)
def test_a_wrapped_event_is_the_plain_event(name: str) -> None:
    """Of every type, in every form that comes in the wrapper: the same record and the same transition."""
    forms = wrappers.WRAPPINGS[name].forms
    tried = 0
    for row in TYPES:
        names = Names.of(row.type)
        for form in sample.all_forms(row):
            if forms and form not in forms:
                continue
            text, plain = alone(row.type, form)
            inside = notified(wrappers.wrapped(name, json.loads(text), names))
            assert (inside.record.key, step(inside)) == (plain.record.key, step(plain)), (row.type, form)
            assert json.loads(inside.content) == json.loads(plain.content) or name == "eci-events-response"
            assert inside.envelope.sent_at == plain.envelope.sent_at
            assert inside.record.account in (plain.record.account, names.account)
            tried += 1
    assert tried >= 20


@pytest.mark.parametrize("row", TYPES, ids=lambda row: row.type)
def test_every_dated_form_gives_one_transition(row: catalog.EventType) -> None:
    """In every status."""
    for case in sample.cases(row):
        expected = notified(event(row, case, "cloudevent"))
        for form in sample.all_forms(row):
            found = notified(event(row, case, form))
            assert (found.record.key, found.transition.status) == (expected.record.key, expected.transition.status)
            assert step(found) == step(expected) or form in ("raw", "cloudmonitor-push", "ecs-history")


@pytest.mark.parametrize("row", [row for row in TYPES if "ecs-history" in sample.all_forms(row)], ids=lambda r: r.type)
def test_what_the_ecs_api_lists_is_the_step_that_was_notified(row: catalog.EventType) -> None:
    """In every status: it does not say when an event began, and joined to the notification it changes nothing."""
    for case in sample.cases(row):
        pushed, listed = (notified(event(row, case, form)).transition for form in ("cloudevent", "ecs-history"))
        assert listed.key == pushed.key
        assert pushed.join(listed) == listed.join(pushed) == pushed


# --------------------------------------------------------------------------------------------- several in one
GOOD, ALSO_GOOD = (
    sample.event(catalog.find("ecs:Instance:StateChange")[0], "Running", "cloudmonitor", seed=seed, now_ms=NOW_MS)
    for seed in "ab"
)
ILL_FORMED = '{"name": "Instance:StateChange",  "product": "ECS", "content": {"state": 1.50}}'
CARRIER = {"specversion": "1.0", "type": "mns:Queue:SendMessage", "source": "queue"}


def carried(body: str) -> str:
    """A message of an event stream with the JSON text `body` inside."""
    return f'{json.dumps(CARRIER)[:-1]}, "data": {{"messageBody": {body}}}}}'


SEVERAL = {
    "http": lambda body: json.dumps({"headers": {}, "body": body}),
    "smq": lambda body: carried(json.dumps(body)),
    "smq object": carried,
    "kafka": lambda body: json.dumps([json.dumps({"topic": "t", "value": body})]),
    "destination": lambda body: json.dumps({"requestContext": {}, "requestPayload": body}),
    "destination of a request": lambda body: json.dumps(
        {"requestContext": {}, "requestPayload": json.dumps({"rawPath": "/", "body": body})}
    ),
    "list": lambda body: f'{{"kind": "List", "items": {body}}}',
    "responses": lambda body: f'{{"SystemEvents": {{"SystemEvent": {body}}}}}',
}
"""Ways to send the events of a JSON array in one element."""
BAD = {
    "ill-formed": ILL_FORMED,
    "no event": "{}",
    "a number": "17",
    "too deep": '{"a":' * 70 + "1" + "}" * 70,
    "half a pair": '{"a": "\\udfff"}',
    "text": '"reboot"',
    "unknown type": '{"name": "Instance:Unheard.Of", "product": "ECS", "content": {}}',
}


@pytest.mark.parametrize("wrap", SEVERAL.values(), ids=SEVERAL.keys())
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_event_in_a_wrapper_is_refused_alone(harness: PipelineHarness, wrap: Any, bad: str, place: int) -> None:
    """At any place; its own text is kept, and the others are recorded."""
    events = [json.dumps(GOOD), json.dumps(ALSO_GOOD)]
    events.insert(place, bad)

    counted = harness.counts(wrap(f"[{', '.join(events)}]"))

    assert counted == {"recorded": 2, "quarantined": 1}
    (kept,) = harness.quarantine()
    assert kept.payload.decode() in (bad, json.loads(bad))


def test_one_unreadable_event_in_a_body_is_refused_alone(harness: PipelineHarness) -> None:
    """A body that cannot be parsed as a whole is cut at its brackets, as a batch is."""
    body = f'[{json.dumps(GOOD)}, {{"a": NaN}}, {json.dumps(ALSO_GOOD)}]'

    assert harness.counts({"headers": {}, "body": body}) == {"recorded": 2, "quarantined": 1}
    assert [kept.payload for kept in harness.quarantine()] == [b'{"a": NaN}']


@pytest.mark.parametrize("wrap", SEVERAL.values(), ids=SEVERAL.keys())
def test_a_wrapper_of_one_bad_event_is_kept_whole(harness: PipelineHarness, wrap: Any) -> None:
    """Then nothing that the wrapper says of the event is lost, and a replay opens it as a delivery does."""
    payload = wrap(f"[{ILL_FORMED}]")
    harness.process(payload)

    (kept,) = harness.quarantine()
    (element,) = json.loads(payload) if payload.startswith("[") else [payload]
    assert kept.payload.decode() == element


@pytest.mark.parametrize("wrap", SEVERAL.values(), ids=SEVERAL.keys())
def test_a_wrapper_of_nothing_has_no_event(wrap: Any) -> None:
    """As an empty batch."""
    assert understand(wrap("[]"), NOW_MS) == []


def test_an_error_in_a_wrapper_has_the_path_from_the_top() -> None:
    """Through each envelope."""
    (refused,) = understand(carried(json.dumps(ILL_FORMED)), NOW_MS)

    assert isinstance(refused, Refused)
    assert {error.path for error in refused.error.errors} == {
        "data.messageBody.content.resourceId",
        "data.messageBody.content.resourceType",
        "data.messageBody.content.state",
    }
