"""Validation: documented fields are required and typed, others are ignored; every refusal has a path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import sample
from opsledger import catalog, strict_json
from opsledger.catalog.content import Id, Moment, OptionalMoment
from opsledger.catalog.ecs import content as ecs
from opsledger.catalog.ecs.notices import ResourceNotice
from opsledger.intake.notifications import MAX_CONTENT_BYTES, MAX_DETAIL
from opsledger.intake.understand import Refused, understand
from opsledger.ledger.codec import KEY_DIGITS
from opsledger.ledger.notification import Notification

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.fields import FieldInfo
    from tests.conftest import MakeEvent, PipelineHarness

    from opsledger.catalog.content import Content

NOW_MS = 1_767_225_600_000
ECS = tuple(spec for spec in catalog.event_types() if spec.kind.product == "ecs")
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"

# The fields that the vendor documents as always there: a model must not lose one. A new model needs no edit here.
DOCUMENTED: dict[type[Content], tuple[str, ...]] = {
    ecs.SystemEvent: ("eventId", "publishTime", "instanceId", "eventType"),
    ecs.DiskEvent: ("eventId", "diskId"),
    ecs.StateChange: ("resourceId", "resourceType", "state"),
    ecs.PreemptibleInstanceInterruption: ("instanceId", "action"),
    ecs.LiveMigrationAcrossDDH: (
        "instanceId",
        "sourceDedicatedHostId",
        "destinationDedicatedHostId",
        "startTime",
        "status",
    ),
    ecs.PerformanceModeChange: ("instanceId", "creditSpecification", "operator"),
    ecs.BurstablePerformanceRestricted: ("instanceId", "intervalStart", "intervalEnd"),
}
# A notice has no field that has to be there: tests/opsledger/catalog/test_notices.py.
BY_CONTENT = {spec.content: spec for spec in reversed(ECS) if not issubclass(spec.content, ResourceNotice)}


def cases(wanted: Callable[[FieldInfo], bool]) -> list[tuple[str, str]]:
    """A type of each content model, with the name of each field that is wanted."""
    return [
        (spec.type, info.alias or name)
        for model, spec in BY_CONTENT.items()
        for name, info in model.model_fields.items()
        if wanted(info)
    ]


def is_text_or_moment(info: FieldInfo) -> bool:
    """Whether a number, boolean, list or object is wrong for the field; a moment is a number after it was read."""
    return info.annotation not in (int, float, bool) or is_a(info, Moment)


def is_a(info: FieldInfo, annotated: Any) -> bool:
    """Whether the field has an annotated type of `content`."""
    return info.metadata == list(annotated.__metadata__)


REQUIRED_CASES = cases(lambda info: info.is_required() and is_text_or_moment(info))
MOMENT_CASES = cases(lambda info: is_a(info, OptionalMoment))
ID_CASES = cases(lambda info: info.is_required() and is_a(info, Id))
ILL_TYPED = [5, 1.5, True, [], {}, ["x"], {"a": 1}]


def understood(value: Any) -> Notification:
    """The one notification in `value`."""
    (only,) = understand(json.dumps(value), NOW_MS)
    assert isinstance(only, Notification), only
    return only


def refused(value: Any) -> Refused:
    """The one refusal of `value`."""
    (only,) = understand(json.dumps(value), NOW_MS)
    assert isinstance(only, Refused), only
    return only


@pytest.mark.parametrize("model", DOCUMENTED, ids=lambda model: model.__name__)
def test_a_documented_field_is_required(model: type[Content]) -> None:
    """Each model requires the documented fields and no other."""
    assert {f.alias for f in model.model_fields.values() if f.is_required()} == set(DOCUMENTED[model])


def test_the_field_tests_have_every_model_and_documented_field() -> None:
    """The cases below are made from the models: none is left out."""
    documented = {(BY_CONTENT[model].type, name) for model, names in DOCUMENTED.items() for name in names}

    assert documented <= set(REQUIRED_CASES)
    assert {type_ for type_, _ in REQUIRED_CASES} == {spec.type for spec in BY_CONTENT.values()}
    assert len(MOMENT_CASES) >= 6
    assert len(ID_CASES) >= 12


# ---------------------------------------------------------------------------------------------- fields and their paths
@pytest.mark.parametrize(("type_", "name"), REQUIRED_CASES)
@pytest.mark.parametrize(("form", "prefix"), [("cloudevent", "data"), ("cloudmonitor", "content")])
def test_a_missing_field_is_reported_with_its_path(
    event: MakeEvent, type_: str, name: str, form: str, prefix: str
) -> None:
    """Each documented field of each type, in either envelope."""
    error = refused(event(type_, form=form, **{name: None})).error

    assert (error.reason, [e.path for e in error.errors]) == ("malformed_content", [f"{prefix}.{name}"])


@pytest.mark.parametrize(("type_", "name"), [*REQUIRED_CASES, *MOMENT_CASES])
@pytest.mark.parametrize("value", ILL_TYPED, ids=str)
def test_an_ill_typed_field_is_reported_with_its_path(event: MakeEvent, type_: str, name: str, value: Any) -> None:
    """A number, boolean, list or object is neither text nor a moment."""
    error = refused(event(type_, **{name: value})).error

    assert (error.reason, [e.path for e in error.errors]) == ("malformed_content", [f"data.{name}"])


@pytest.mark.parametrize(("type_", "name"), [*MOMENT_CASES, (REBOOT, "publishTime")])
@pytest.mark.parametrize("text", ["soon", "2019-04-09", "2019-04-09T04:18:26", "1999-01-01T00:00:00Z"])
def test_an_unreadable_moment_is_reported_with_its_path(event: MakeEvent, type_: str, name: str, text: str) -> None:
    """Without a zone, without a time of day, or out of range; the message has the text."""
    error = refused(event(type_, **{name: text})).error

    assert [e.path for e in error.errors] == [f"data.{name}"]
    assert repr(text) in error.errors[0].message


@pytest.mark.parametrize(("type_", "name"), ID_CASES)
@pytest.mark.parametrize("text", ["", " ", "i 1", "i-1\n", "\x1b[31m", "\uff49-1", "-i", "a" * 129, "i-\x00"])
def test_an_identifier_is_plain_ascii(event: MakeEvent, type_: str, name: str, text: str) -> None:
    """Spaces, control characters, wide letters and very long ids are refused, because ids become keys."""
    assert [e.path for e in refused(event(type_, **{name: text})).error.errors] == [f"data.{name}"]


def test_all_errors_are_reported_at_once(event: MakeEvent) -> None:
    """A content with three errors has three paths, and the message has all of them."""
    error = refused(event(REBOOT, publishTime="x", instanceId=None, notBefore=5)).error

    assert sorted(e.path for e in error.errors) == ["data.instanceId", "data.notBefore", "data.publishTime"]
    assert all(e.path in str(error) for e in error.errors)


@pytest.mark.parametrize(
    ("form", "path"),
    [("cloudmonitor", "content.publishTime"), ("cloudevent-base64", "data.publishTime"), ("raw", "publishTime")],
)
def test_an_error_path_starts_at_the_top_of_the_element(event: MakeEvent, form: str, path: str) -> None:
    """Each form has its content under another name."""
    whole = event(form=form)
    if form == "cloudevent-base64":
        whole = {**whole, "data": {**event()["data"], "publishTime": "x"}}
        del whole["data_base64"]
    else:
        (whole if form == "raw" else whole["content"])["publishTime"] = "x"

    assert [e.path for e in refused(whole).error.errors] == [path]


def test_an_error_path_includes_both_envelopes(event: MakeEvent) -> None:
    """Of a CloudMonitor notification in a CloudEvent."""
    inner = event(form="cloudmonitor", publishTime="x")

    assert [e.path for e in refused({**event(), "data": inner}).error.errors] == ["data.content.publishTime"]


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_optional_moment_is_none(event: MakeEvent, empty: Any) -> None:
    """The vendor writes an empty string, null, or leaves it out."""
    sent = event(REBOOT, "Scheduled")
    sent["data"]["notBefore"] = empty

    assert understood(sent).transition.not_before is None


@pytest.mark.parametrize("spec", ECS, ids=lambda spec: spec.name)
def test_extra_fields_are_tolerated(event: MakeEvent, spec: catalog.EventType) -> None:
    """A field that is not documented, of any type, changes neither the record nor the transition."""
    extra = {"newField": {"deep": [1]}, "reasonCode": 7, "extendedAttribute": "x", "instanceName": "重启"}

    plain, with_more = understood(event(spec.type)), understood(event(spec.type, **extra))

    assert (with_more.record, with_more.digest) == (plain.record, plain.digest)


def test_an_interval_must_end_after_it_begins(event: MakeEvent) -> None:
    """Each of the two fields alone is well-formed."""
    bad = event("ecs:Instance:BurstablePerformanceRestricted", intervalEnd="2019-11-11T11:00Z")

    assert [e.path for e in refused(bad).error.errors] == ["data.intervalEnd"]


# ---------------------------------------------------------------------------------------------------- type and status
@pytest.mark.parametrize(
    "type_",
    [
        "ecs:Instance:Unheard.Of",
        "ecs:Snapshot:SnapshotLevitated",
        "ecs:Instance:SystemMaintenance.Levitate",
        "ecs:instance:statechange",
        f"{REBOOT}:Sched uled!",
        f"{REBOOT}:Scheduled:Scheduled",
        "oss:ObjectCreated",
        "ecs:",
        ":",
        "",
    ],
)
def test_an_unknown_type_is_refused_as_such(event: MakeEvent, type_: str) -> None:
    """And not as malformed content."""
    refusal = refused({**event(), "type": type_ or "x"})

    assert refusal.error.reason == "unknown_type"
    assert refusal.form == "cloudevent"


def refuses_statuses(spec: catalog.EventType) -> bool:
    """Whether the content holds its status in a field, and the lifecycle has all that there are."""
    return not spec.kind.lifecycle.open_ended and spec.content.status_field in {
        f.alias for f in spec.content.model_fields.values()
    }


CLOSED = [s for s in ECS if refuses_statuses(s) and s.kind.name != "preemptible-interruption"]
"""The types whose statuses are all known; an interruption takes any action."""


@pytest.mark.parametrize("spec", CLOSED, ids=lambda spec: spec.name)
def test_an_unknown_status_is_refused_as_such(event: MakeEvent, spec: catalog.EventType) -> None:
    """The message has the status, and those that the lifecycle has."""
    error = refused(event(spec.type, **{spec.content.status_field: "Levitating"})).error

    assert error.reason == "unknown_status"
    assert "Levitating" in error.errors[0].message
    assert next(iter(spec.kind.lifecycle.moves)) in error.errors[0].message


@pytest.mark.parametrize("spec", [s for s in ECS if s.content.status_field == "state"], ids=lambda spec: spec.name)
def test_an_unknown_state_is_recorded_as_an_anomaly(
    harness: PipelineHarness, event: MakeEvent, spec: catalog.EventType
) -> None:
    """The vendor adds states of resources: the record is in the new one, whatever came before, and can move on."""
    known = sample.statuses(spec)[0]
    for seconds, state in enumerate((known, "Levitating", known)):
        harness.process(event(spec.type, now_ms=NOW_MS + seconds * 1000, state=state))
        assert harness.record()["status"] == state

    assert [a["anomaly"] for a in harness.record()["anomalies"]] == ["undocumented_status"]


@pytest.mark.parametrize("state", ["", "two words", "\x1b[31m", "执行", "x" * 65])
def test_a_state_that_is_no_word_is_refused(event: MakeEvent, state: str) -> None:
    """A documented content has to have a state; it becomes a column, so it is a short plain word."""
    assert refused(event(STATE, state=state)).error.reason in ("unknown_status", "malformed_content")


def test_an_undocumented_status_of_a_type_is_recorded_as_an_anomaly(harness: PipelineHarness, event: MakeEvent) -> None:
    """If the lifecycle has the status."""
    harness.process(event("ecs:Instance:SystemFailure.Reboot", "Avoided"))

    assert "undocumented_status" in [a["anomaly"] for a in harness.record()["anomalies"]]


def test_a_system_event_without_a_status_field_takes_it_from_its_name(event: MakeEvent) -> None:
    """The suffix replaces a missing `eventStatus`."""
    assert understood(event(REBOOT, "Avoided", "cloudmonitor", eventStatus=None)).transition.status == "Avoided"


def test_a_system_event_without_any_status_is_malformed(event: MakeEvent) -> None:
    """The missing field is reported."""
    error = refused(event(REBOOT, "Avoided", eventStatus=None)).error

    assert [e.path for e in error.errors] == ["data.eventStatus"]


# ---------------------------------------------------------------------------------------------------------------- time
def test_an_unreadable_time_is_an_error_only_where_the_content_has_none(
    harness: PipelineHarness, event: MakeEvent
) -> None:
    """A state change needs the envelope's time; for a system event it is an anomaly."""
    assert [e.path for e in refused({**event(STATE), "time": "noon"}).error.errors] == ["time"]

    harness.process({**event(REBOOT, "Scheduled"), "time": "noon"})

    assert [a["anomaly"] for a in harness.record()["anomalies"]] == ["unreadable_time"]


def test_a_dated_delivery_dates_the_record_of_an_undated_one(harness: PipelineHarness, event: MakeEvent) -> None:
    """A push without a time and the CloudEvent of the same release are one episode, due when the CloudEvent says."""
    interruption = "ecs:Instance:PreemptibleInstanceInterruption"
    harness.clock.now = NOW_MS + 30_000
    harness.process(event(interruption, form="cloudmonitor-push"))
    before = harness.record()
    harness.process(event(interruption))
    after = harness.record()

    assert [a["anomaly"] for a in before["anomalies"]] == ["dated_by_receipt"]
    assert (before["status_at"], before["due"]) == ("2026-01-01T00:00:30Z", "2026-01-01T00:05:30Z")
    assert (after["status_at"], after["due"]) == ("2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z")
    assert [a["anomaly"] for a in after["anomalies"]] == ["possible_duplicate", "dated_by_receipt"]
    assert [step["episode"] for step in after["transitions"]] == [1, 1]


# -------------------------------------------------------------------------------------------------------------- keys
@pytest.mark.parametrize("form", [f for f in (*sample.FORMS, *sample.FURTHER_FORMS) if f != "raw"])
def test_the_same_notification_has_the_same_transition_in_every_form(event: MakeEvent, form: str) -> None:
    """It is made from the content, not from the envelope or its id; only when it was sent is the envelope's."""
    made = [understood(event(REBOOT, "Scheduled", one)).transition for one in (form, "cloudevent")]

    assert made[0]._replace(sent_at=None, last_sent_at=None) == made[1]._replace(sent_at=None, last_sent_at=None)


def test_keys_and_digests_are_the_same_in_every_process() -> None:
    """They are stored; a change would make every known notification new."""
    spec = catalog.find(REBOOT)[0]
    pinned = understood(sample.event(spec, "Scheduled", "cloudevent", seed="pinned", now_ms=NOW_MS))

    assert pinned.record.key == "ecs:event:" + str(strict_json.read_object(pinned.content)["eventId"])
    assert pinned.transition.key == PINNED_KEY
    assert (
        pinned.digest
        == understood(sample.event(spec, "Scheduled", "cloudmonitor", seed="pinned", now_ms=NOW_MS)).digest
    )


PINNED_KEY = "1767225600-3a2dad29c1119092"


def test_another_envelope_id_is_the_same_notification(event: MakeEvent) -> None:
    """Some routes give a new id at every redelivery."""
    assert understood({**event(), "id": "another"}).digest == understood(event()).digest


def test_one_envelope_id_may_carry_two_notifications(event: MakeEvent) -> None:
    """In the documentation the Scheduled and the Avoided notification share theirs."""
    both = [{**event(REBOOT, status), "id": "one"} for status in ("Scheduled", "Avoided")]

    assert understood(both[0]).transition.key != understood(both[1]).transition.key


# -------------------------------------------------------------------------------------------------------------- size
def test_a_content_larger_than_a_row_is_refused(event: MakeEvent) -> None:
    """The limit counts bytes as stored, not characters."""
    room = MAX_CONTENT_BYTES - len(strict_json.write(event(padding="")["data"]))

    assert understood(event(padding="x" * room)).content
    assert refused(event(padding="x" * (room + 1))).error.reason == "oversize"
    assert refused(event(padding="重" * (room // 3 + 1))).error.reason == "oversize"


def test_a_detail_is_cut_to_what_a_record_can_hold() -> None:
    """One cell of a record holds the details of a hundred transitions; the ledger has the whole content."""
    reason = "eci:Event:StockExhaust"
    case = sample.cases(catalog.find(reason)[0])[0]
    spec = catalog.find(reason)[0]
    sent = sample.event(spec, case.status, "cloudevent", seed="a", now_ms=NOW_MS, template=case.template)
    longest = max(understood(sent).transition.detail.values(), key=len)
    sent["data"]["message"] = sent["data"]["message"].replace(longest, longest * 10_000)

    read = understood(sent)

    assert max(len(text) for text in read.transition.detail.values()) == MAX_DETAIL
    assert len(read.content) > 10_000


def test_understanding_is_pure(event: MakeEvent) -> None:
    """The same payload gives equal notifications."""
    payload = json.dumps([event(), event(STATE)])

    assert understand(payload, NOW_MS) == understand(payload, NOW_MS)
    assert len(understood(event()).transition.key) == len("1767225600-") + KEY_DIGITS
