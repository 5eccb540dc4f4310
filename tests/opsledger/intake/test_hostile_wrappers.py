"""Hostile wrappers: nests, bombs, wrong types and mixed forms are refused or read, and never raise."""

from __future__ import annotations

import base64
import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsledger import strict_json
from opsledger.handlers import log
from opsledger.intake.envelope import FORMS
from opsledger.intake.fields import MAX_NOTE
from opsledger.intake.understand import Refused, understand, understand_each
from opsledger.intake.unwrap import MAX_WRAPPERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import MakeEvent, PipelineHarness

ROOT = Path(__file__).parents[3]
SAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "events" / "arrivals").glob("*.json")}
EVENT = {
    "name": "Instance:StateChange",
    "product": "ECS",
    "eventTime": "20260602T111000.118+0800",
    "content": {"resourceId": "i-1", "resourceType": "ALIYUN::ECS::Instance", "state": "Running"},
}
NESTS: dict[str, Callable[[Any], Any]] = {
    "request": lambda inner: {"headers": {}, "body": inner},
    "request with text": lambda inner: {"headers": {}, "body": json.dumps(inner)},
    "message": lambda inner: {"messageBody": base64.b64encode(json.dumps(inner).encode()).decode()},
    "list": lambda inner: {"kind": "List", "items": [inner]},
    "watch": lambda inner: {"type": "ADDED", "object": inner},
    "destination": lambda inner: {"requestContext": {}, "requestPayload": inner},
    "SLS row": lambda inner: {"eventId": inner},
}
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, "", "  ", "x", "\ud800", "\x1b[31m", [], {}, [[]], [None], {"": ""}, [1, 1],
    {"a": {"b": 1}}, "{", "[", "[]", "{}", "[1]", '"x"', "null", "e30=", "****", "<x>", "i-b***3", "9" * 4000,
    "acs:cs::::", "acs:cs:::", "2026-01-01T00:00:00Z", "1767225600000", 1767225600000, "\u0663" * 13,
)  # fmt: skip

NOW_MS = 1_767_225_600_000


def nested(wrap: Callable[[Any], Any], times: int, inner: Any = EVENT) -> Any:
    """`inner`, wrapped so many times."""
    for _ in range(times):
        inner = wrap(inner)
    return inner


def the_refusal(payload: Any) -> Refused:
    """The one refusal of `payload`."""
    (only,) = understand(payload if isinstance(payload, bytes | str) else json.dumps(payload), NOW_MS)
    assert isinstance(only, Refused), only
    return only


# ---------------------------------------------------------------------------------------------------------- depth
@pytest.mark.parametrize("wrap", NESTS.values(), ids=NESTS.keys())
def test_an_event_is_found_in_a_few_wrappers_and_refused_in_more(wrap: Callable[[Any], Any]) -> None:
    """The limit is the same for every wrapper, and the refusal says so."""
    assert not isinstance(understand(json.dumps(nested(wrap, MAX_WRAPPERS)), NOW_MS)[0], Refused)

    refused = the_refusal(nested(wrap, MAX_WRAPPERS + 1))
    assert refused.error.reason == "unknown_envelope"
    assert f"more than {MAX_WRAPPERS} wrappers" in str(refused.error)


@pytest.mark.parametrize("name", [name for name in NESTS if name not in ("request with text", "message")])
@pytest.mark.parametrize("times", [60, 300])
def test_a_nest_of_hundreds_is_refused(name: str, times: int) -> None:
    """Each opens at most as many wrappers as are allowed."""
    assert the_refusal(nested(NESTS[name], times)).error.reason == "unknown_envelope"


@pytest.mark.parametrize("start", ['{"headers":{},"body":', '{"kind":"List","items":[', '{"eventId":', '{"alert":'])
def test_a_nest_of_hundred_thousands_is_refused(start: str) -> None:
    """The parser gives up, and nothing else is tried."""
    ends = "".join({"{": "}", "[": "]"}[mark] for mark in reversed(start) if mark in "{[").replace("}}", "}")
    payload = start * 100_000 + "1" + ends * 100_000

    assert the_refusal(payload).error.reason == "not_json"


def test_a_large_body_in_base64_that_is_no_json_is_refused() -> None:
    """Ten megabytes of zero bytes."""
    refused = the_refusal({"messageBody": base64.b64encode(bytes(10_000_000)).decode()})

    assert refused.error.reason == "not_json"
    assert all(len(message) < 300 for _, message in refused.error.errors)


def test_many_refusals_in_one_wrapper_cut_its_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a list of bad events would take a time that grows with the square of their number."""
    cuts = []
    original = strict_json.split_array

    def counted(payload: bytes | str, at_least: int = 2) -> list[str]:
        cuts.append(payload)
        return original(payload, at_least)

    monkeypatch.setattr(strict_json, "split_array", counted)
    found = understand(json.dumps({"kind": "List", "items": [{"a": number} for number in range(50)]}), NOW_MS)

    assert [item.received for item in found if isinstance(item, Refused)] == [f'{{"a": {n}}}' for n in range(50)]
    assert len(cuts) == 1


# ---------------------------------------------------------------------------------------------------- empty, binary
UNREADABLE = {
    "a request without a body": ({"headers": {}, "body": None}, "unknown_envelope"),
    "a request with an empty body": ({"headers": {}, "body": ""}, "unknown_envelope"),
    "a blank body": ({"headers": {}, "body": " \n"}, "unknown_envelope"),
    "binary": ({"headers": {}, "body": "AAECAwQFBgf//g==", "isBase64Encoded": True}, "not_json"),
    "no base64": ({"headers": {}, "body": "*", "isBase64Encoded": True}, "malformed_content"),
    "base64 of a number": ({"headers": {}, "body": 5, "isBase64Encoded": True}, "malformed_content"),
    "a form that is none": (
        {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "a=1&" * 200},
        "malformed_content",
    ),
    "an empty message": ({"messageBody": ""}, "unknown_envelope"),
    "a message of text": ({"messageBody": "TEST message"}, "not_json"),
    "a message of nothing": ({"messageBody": None}, "unknown_envelope"),
    "no payload": ({"requestContext": {}, "requestPayload": None}, "unknown_envelope"),
    "items that are no list": ({"kind": "List", "items": 5}, "malformed_content"),
    "a timer": ({"triggerTime": "2026-06-02T03:10:00Z", "triggerName": {}, "payload": "{}"}, "unknown_envelope"),
    "an alarm on a metric": ({"alert": {"alertStatus": "TRIGGERED", "meta": {}}}, "malformed_content"),
    "an alert without content": (
        {"alert": {"meta": {"sysEventMeta": {"name": "Instance:StateChange"}}}},
        "malformed_content",
    ),
    "no status in the history": ({"EventType": {"Name": "x"}, "EventCycleStatus": {}}, "malformed_content"),
    "a watch of another object": ({"type": "ERROR", "object": {"kind": "Status", "code": 410}}, "unknown_type"),
}


@pytest.mark.parametrize(("value", "reason"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_wrapper_without_an_event_is_refused_with_a_reason(harness: PipelineHarness, value: Any, reason: str) -> None:
    """It is kept whole, with a message for people."""
    harness.process(value)

    (kept,) = harness.quarantine()
    assert (kept.reason, json.loads(kept.payload)) == (reason, value)
    assert all(message for _, message in kept.errors)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_binary_body_in_any_encoding_of_json_is_read(harness: PipelineHarness, encoding: str) -> None:
    """And its bad event is refused alone."""
    body = base64.b64encode(json.dumps([EVENT, {"a": "é"}], ensure_ascii=False).encode(encoding)).decode()

    assert harness.counts({"headers": {}, "body": body, "isBase64Encoded": True}) == {"recorded": 1, "quarantined": 1}
    assert [kept.payload.decode() for kept in harness.quarantine()] == ['{"a": "é"}']


# ------------------------------------------------------------------------------------------------------ dry runs
@pytest.mark.parametrize(
    "changes",
    [
        {"content": {"instanceId": "i-b***3m3", "action": "delete"}},
        {"content": {"instanceId": "i-abc1", "action": "de***"}},
        {"resourceId": "acs:ecs:cn-hangzhou:1:instance/<resource-id>"},
    ],
    ids=["masked id", "masked action", "placeholder"],
)
@pytest.mark.parametrize("form", ["cloudmonitor", "cloudmonitor-attribute", "cloudmonitor-policy"])
def test_a_test_message_is_refused_as_one(event: MakeEvent, form: str, changes: dict[str, Any]) -> None:
    """SendDryRunSystemEvent masks what it sends; the refusal says that it is a test message."""
    sent: dict[str, Any] = event("ecs:Instance:PreemptibleInstanceInterruption", form=form)
    if form == "cloudmonitor-policy":
        sent["alert"]["meta"]["sysEventMeta"].update({n: v for n, v in changes.items() if n == "resourceId"})
        sent["alert"]["eventContentMap"] = changes.get("content", sent["alert"]["eventContentMap"])
    else:
        sent.update(changes)

    refused = the_refusal(sent)
    assert refused.error.reason == "test_message"
    assert "test message" in str(refused.error)


def test_a_name_with_stars_is_no_test_message(event: MakeEvent) -> None:
    """Only ids, actions and states are looked at; the documentation's masks of eight stars are read."""
    sent = event("ecs:Instance:PreemptibleInstanceInterruption", form="cloudmonitor", instanceName="a***b")
    documented = event("ecs:Instance:PreemptibleInstanceInterruption", form="cloudmonitor")
    documented["content"]["instanceId"] = "i-bp1ecr********5go2go"

    assert [isinstance(item, Refused) for item in understand(json.dumps([sent, documented]), NOW_MS)] == [False, False]


# ----------------------------------------------------------------------------------------------- any value anywhere
def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in `value`: a container, and a key or an index in it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield value, key
        yield from places(item)


@pytest.mark.parametrize("name", SAMPLES)
def test_any_value_in_any_field_is_read_or_refused(name: str) -> None:
    """Every field of every sample: each value is tried in it, and the field is left out."""
    for place in range(sum(1 for _ in places(json.loads(SAMPLES[name])))):
        value = json.loads(SAMPLES[name])
        container, key = next(islice(places(value), place, None))
        for replacement in VALUES:
            container[key] = replacement
            understand(json.dumps(value), NOW_MS)
        del container[key]
        understand(json.dumps(value), NOW_MS)


def first_object(name: str) -> dict[str, Any]:
    """The sample, or the first element of its batch."""
    value = json.loads(SAMPLES[name])
    value = value[0] if isinstance(value, list) else value
    return dict(json.loads(value) if isinstance(value, str) else value)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_marks_of_two_forms_at_once_are_read_or_refused(name: str) -> None:
    """The table decides which form opens the object, and not the order of its fields."""
    for other in SAMPLES:
        both = {**first_object(name), **first_object(other)}
        turned = dict(reversed(both.items()))
        forms = [next(form.name for form in FORMS if form.matches(value)) for value in (both, turned)]
        assert forms[0] == forms[1]
        for value in (both, turned, {**both, "data": turned}, {"kind": "List", "items": [both, turned]}):
            understand(json.dumps(value), NOW_MS)


# ------------------------------------------------------------------------------------------- what is only kept beside
@pytest.mark.parametrize("value", [5, 1.5, True, [], {}, " ", "x" * 5000, "é" * 5000])
@pytest.mark.parametrize("form", ["cloudevent", "cloudmonitor", "cloudmonitor-policy", "cloudmonitor-attribute-pascal"])
def test_what_is_only_kept_beside_the_event_never_refuses_it(event: MakeEvent, form: str, value: Any) -> None:
    """An id, a name or a level of the wrong kind is dropped or cut: a key column holds 1 KB."""
    sent: dict[str, Any] = event(form=form)
    target = sent["alert"]["meta"]["sysEventMeta"] if form == "cloudmonitor-policy" else sent
    for name in ("id", "level", "instanceName", "Id", "Level", "InstanceName", "aliyunpublishtime"):
        target[name] = value

    (one,) = understand_each(json.dumps(sent), NOW_MS)
    assert one.delivery is not None
    assert not isinstance(one.result, Refused)
    envelope = one.delivery.envelope
    for kept in (envelope.id, envelope.level, envelope.instance_name):
        assert kept is None or (kept.strip() and len(kept) <= MAX_NOTE)


def test_half_a_surrogate_pair_in_a_wrapper_is_refused() -> None:
    """In an attribute that becomes a column; one that is only kept beside the event is dropped."""
    carrier = {"specversion": "1.0", "type": "mns:Queue:SendMessage", "source": "q", "data": {"messageBody": [EVENT]}}

    assert the_refusal({**carrier, "subject": "\udfff"}).error.errors[0].path == "subject"
    (one,) = understand_each(json.dumps({**carrier, "id": "\udfff"}), NOW_MS)
    assert one.delivery is not None
    assert one.delivery.envelope.id is None


# ------------------------------------------------------------------------------------------------- filling of gaps
def test_the_innermost_envelope_wins_and_outer_ones_fill_gaps() -> None:
    """A carrier's time is a time of publication; its source and subject are a queue's and are dropped."""
    bare = {name: value for name, value in EVENT.items() if name != "eventTime"}
    carrier = {
        "specversion": "1.0",
        "type": "mns:Queue:SendMessage",
        "id": "carrier",
        "source": "q",
        "subject": "acs:mns:cn-a:1:queues/q",
        "time": "2026-06-02T03:11:00Z",
        "aliyunaccountid": "1",
        "aliyunregionid": "cn-a",
        "data": {"messageBody": json.dumps(bare)},
    }
    (unnamed,) = understand_each(json.dumps(carrier), NOW_MS)
    named = {**bare, "id": "own", "userId": "2", "regionId": "cn-b", "resourceId": "acs:ecs:cn-b:2:instance/i-1"}
    (own,) = understand_each(json.dumps({**carrier, "data": {"messageBody": named}}), NOW_MS)

    assert unnamed.delivery is not None
    assert own.delivery is not None
    kept = unnamed.delivery.envelope
    assert (unnamed.delivery.at, unnamed.delivery.account, unnamed.delivery.region) == (None, "1", "cn-a")
    assert (kept.id, kept.source, kept.subject, kept.sent_at, kept.published_at) == (
        "carrier",
        None,
        None,
        None,
        1_780_369_860_000,
    )
    assert (own.delivery.account, own.delivery.region, own.delivery.envelope.id) == ("2", "cn-b", "own")
    assert own.delivery.envelope.subject == "acs:ecs:cn-b:2:instance/i-1"


def test_the_log_line_has_the_id_of_the_envelope(
    harness: PipelineHarness, event: MakeEvent, capsys: pytest.CaptureFixture[str]
) -> None:
    """By it a delivery is found in EventBridge's own trace."""
    sent = event()
    log.deliveries(harness.process(sent).entries, "request-1")

    assert json.loads(capsys.readouterr().out)["envelope"] == sent["id"]
