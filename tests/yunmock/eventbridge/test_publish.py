"""PutEvents with the vendor's SDK: accepted and rejected entries, and what a function receives."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client as EventBridgeClient
from Tea.exceptions import TeaException

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.wire import signature, string_to_sign
from yunmock.http import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place

ADDED = {
    "aliyunaccountid": "1000000000000001",
    "aliyunoriginalaccountid": "1000000000000001",
    "aliyuneventbusname": "default",
    "aliyunregionid": "cn-hangzhou",
}


def test_event_reaches_function(place: Place, deploy: Any, event: Any, make_trigger: Any) -> None:
    """A published event goes through the s.yaml's trigger to the function, whole and stamped by the bus."""
    deploy(place, triggers=[make_trigger({"source": ["acs.ecs"]}, "ecs")])

    answer = place.put(event("e1", datacontenttype="application/json"))

    assert answer.failed_entry_count == 0
    assert [entry.event_id for entry in answer.entry_list] == ["e1"]
    (judgement,) = place.trace("e1").rules
    assert (judgement.rule, judgement.matched) == ("echo-ecs", True)
    (attempt,) = judgement.deliveries[0].attempts
    assert attempt.ok
    seen = json.loads(attempt.response)["seen"]
    assert seen["data"] == {"state": "Running"}
    assert seen.items() >= ADDED.items()
    assert seen["aliyunpublishtime"].endswith("Z")


def test_default_content_type_arrives_inline(here: Place, deploy: Any, event: Any, make_trigger: Any) -> None:
    """The SDK's default content type sends data_base64; the function finds its JSON inline."""
    deploy(here, triggers=[make_trigger()])

    here.put(event("e1"))

    seen = json.loads(here.trace("e1").rules[0].deliveries[0].attempts[0].response)["seen"]
    assert seen["data"] == {"state": "Running"}
    assert "data_base64" not in seen


def test_data_that_is_not_json_is_kept_as_base64(here: Place, event: Any) -> None:
    """Bytes that are not JSON stay `data_base64`."""
    here.put(event("e1", data=b"\xff\x00"))

    assert here.trace("e1").event["data_base64"] == base64.b64encode(b"\xff\x00").decode()


def test_each_entry_alone(place: Place, event: Any) -> None:
    """Invalid entries are reported with their code; valid ones in the same call are accepted."""
    answer = place.put(
        event("good"),
        event("-starts-badly"),
        event("e2", subject="s" * 513),
        event("e3", specversion="2.0"),
        event("e4", datacontenttype="text/plain"),
        event("e5", data=b"x" * 66_000),
        event("e6", extensions={"Bad_Name": "x"}),
    )

    assert answer.failed_entry_count == 6
    assert [(entry.event_id, entry.error_code) for entry in answer.entry_list] == [
        ("good", None),
        ("-starts-badly", "EventIdInvalid"),
        ("e2", "EventSubjectInvalid"),
        ("e3", "EventSpecversionInvalid"),
        ("e4", "EventContentTypeInvalid"),
        ("e5", "EventSizeExceed"),
        ("e6", "EventExtensionsAttributeInvalid"),
    ]
    assert place.trace("good").id == "good"
    assert place.bridge.traces.of_event("default", "e5") == []


def test_missing_data(here: Place, event: Any) -> None:
    """An event without data is reported."""
    assert here.put(event("e1", data=None)).entry_list[0].error_code == "EventDataEmpty"


REFUSALS: list[tuple[str, Callable[[Any], list[Any]], str]] = [
    ("no bus", lambda event: [event("e1", bus="")], "EventBusEmpty"),
    ("unknown bus", lambda event: [event("e1", bus="gone")], "EventBusNotExist"),
    ("two buses", lambda event: [event("a"), event("b", bus="other")], "PutEventsRequestMoreThanOneEventBus"),
    ("17 events", lambda event: [event(f"e{i}") for i in range(17)], "PutEventsEntriesExceedLimit"),
    ("256 KB", lambda event: [event(f"e{i}", data=b"1" * 60_000) for i in range(5)], "PutEventsSizeExceed"),
]


@pytest.mark.parametrize(("make", "code"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
def test_whole_request_refused(here: Place, event: Any, make: Any, code: str) -> None:
    """An error of the request as a whole refuses all events."""
    with pytest.raises(TeaException) as refusal:
        here.put(*make(event))

    assert refusal.value.code == code
    assert list(here.bridge.traces.between("default", 0, 10**15)) == []


def test_largest_event(here: Place, event: Any) -> None:
    """An event may have 64 KB: its attributes, 36 bytes for the time, and its data before base64."""
    attributes = {"id": "e1", "source": "s", "type": "t", "specversion": "1.0"}
    counted = 36 + sum(map(len, [*attributes.values(), "default", "application/json; charset=utf-8"]))
    largest = b"1" * (64 * 1024 - counted)

    answers = [here.put(event(**attributes, data=data)).entry_list[0] for data in (largest, largest + b"1")]

    assert [answer.error_code for answer in answers] == [None, "EventSizeExceed"]
    assert str(64 * 1024) in answers[1].error_message


def test_largest_request(here: Place) -> None:
    """The events of a request may have 256 KB together."""
    head = {**ONE, "data": ""}
    counted = 36 + sum(len(str(value)) for value in head.values())
    size = 256 * 1024 // 4 - counted
    events = [{**head, "id": f"x{number}", "data": "d" * size} for number in range(4)]
    assert _post(here, json.dumps(events).encode(), "application/cloudevents-batch+json")[1]["FailedEntryCount"] == 0

    events.append({**head, "id": "x4"})
    status, answer = _post(here, json.dumps(events).encode(), "application/cloudevents-batch+json")
    assert (status, answer["code"]) == (409, "PutEventsSizeExceed")


def test_sixteen_events_are_accepted(here: Place, event: Any) -> None:
    """A call may have sixteen events, and they are accepted in order."""
    here.put(*(event(f"e{i:02}") for i in range(16)))

    ids = [trace.id for trace in here.bridge.traces.between("default", 0, 10**15)]
    assert ids == [f"e{i:02}" for i in range(16)]


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [
        (None, "wrong", "SignatureDoesNotMatch"),
        ("someone", "yunmock-access-key-secret", "InvalidAccessKeyId"),
    ],
)
def test_signature(place: Place, event: Any, key: str | None, secret: str, code: str) -> None:
    """Only the account's key and secret are accepted; others get the vendor's error code."""
    with pytest.raises(TeaException) as refusal:
        place.eventbridge(secret, key).put_events([event("e1")])

    assert refusal.value.code == code
    assert place.bridge.traces.of_event("default", "e1") == []


def _post(here: Place, body: bytes, content_type: str, **headers: str) -> tuple[int, Any]:
    """A PutEvents request signed by hand."""
    account = here.cloud.account
    sent = {"content-type": content_type, "date": "now", **headers}
    request = Request("POST", "/openapi/putEvents", sent, body)
    sign = signature(string_to_sign(request), account.access_key_secret)
    sent["authorization"] = f"acs:{account.access_key_id}:{sign}"
    response = here.cloud.handle("eventbridge", Request("POST", "/openapi/putEvents", sent, body))
    return response.status, json.loads(response.body)


ONE = {"id": "x1", "source": "s", "type": "t", "aliyuneventbusname": "default", "specversion": "1.0", "data": {"a": 1}}


def test_structured_and_binary_bindings(here: Place) -> None:
    """An event may also be sent in the structured binding, or in the binary binding with attributes in headers."""
    assert _post(here, json.dumps(ONE).encode(), "application/cloudevents+json")[1]["FailedEntryCount"] == 0
    headers = {f"ce-{key}": value for key, value in {**ONE, "id": "x2"}.items() if isinstance(value, str)}
    assert _post(here, b'{"a": 1}', "application/json", **headers)[1]["FailedEntryCount"] == 0

    assert [here.trace(name).event["data"] for name in ("x1", "x2")] == [{"a": 1}, {"a": 1}]


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{", "application/cloudevents-batch+json", "JsonAttributeInvalid"),
        (b"{}", "application/cloudevents-batch+json", "JsonAttributeInvalid"),
        (b"[]", "application/cloudevents-batch+json", "JsonAttributeInvalid"),
        (b"\xff", "application/cloudevents+json", "JsonAttributeInvalid"),
        (b"[" * 100_000, "application/json", "JsonAttributeInvalid"),
        (b"[" * 256 + b"]" * 256, "application/json", "JsonAttributeInvalid"),
        (b'[{"id":"x","data":NaN}]', "application/json", "JsonAttributeInvalid"),
        (b'[{"id":"x","data":-Infinity}]', "application/json", "JsonAttributeInvalid"),
        (b'[{"id":"\xed\xa0\x80"}]', "application/json", "JsonAttributeInvalid"),
        (b"x", "text/xml", "EventContentTypeInvalid"),
    ],
)
def test_malformed_bodies(here: Place, body: bytes, content_type: str, code: str) -> None:
    """A body that does not match its content type is refused with an error code."""
    status, answer = _post(here, body, content_type)

    assert (status, answer["code"]) == (409, code)


def test_entries_that_are_not_objects(here: Place) -> None:
    """Entries that are not objects are reported; the event beside them is accepted."""
    both = {**ONE, "data_base64": "e30="}
    broken = {**{key: value for key, value in ONE.items() if key != "data"}, "data_base64": "###"}
    body = json.dumps([ONE, 5, both, broken]).encode()

    _, answer = _post(here, body, "application/cloudevents-batch+json")

    codes = [entry.get("ErrorCode") for entry in answer["EntryList"]]
    assert codes == [None, "EventInvalid", "EventInvalid", "EventInvalid"]


def test_pattern_call(place: Place) -> None:
    """TestEventPattern says whether an event matches."""
    request = models.TestEventPatternRequest(event='{"source":"acs.ecs"}', event_pattern='{"source":["acs.ecs"]}')
    other = models.TestEventPatternRequest(event='{"source":"acs.eci"}', event_pattern='{"source":["acs.ecs"]}')

    assert place.eb.test_event_pattern(request).result is True
    assert place.eb.test_event_pattern(other).result is False


@pytest.mark.parametrize(
    ("event", "pattern", "code"),
    [
        ("{", "{}", "JsonAttributeInvalid"),
        ("[]", "{}", "EventInvalid"),
        ("{}", '{"a":1}', "EventRuleFilterPatternInvalid"),
    ],
)
def test_pattern_call_refused(here: Place, event: str, pattern: str, code: str) -> None:
    """An invalid event and an invalid pattern are refused, each with its code."""
    with pytest.raises(TeaException) as refusal:
        here.eb.test_event_pattern(models.TestEventPatternRequest(event=event, event_pattern=pattern))

    assert refusal.value.code == code


def test_an_unknown_call_is_named(here: Place) -> None:
    """An unsupported call answers an error with the call's name."""
    with pytest.raises(TeaException) as refusal:
        here.eb.create_event_source(models.CreateEventSourceRequest(event_source_name="s", event_bus_name="default"))

    assert refusal.value.code == "ActionNotSupported"
    assert "createEventSource" in refusal.value.message


async def _put_async(place: Place, event: Any) -> Any:
    return await place.eb.put_events_async([event("e1")])


def test_async_client(here: Place, event: Any) -> None:
    """The SDK's coroutine calls reach the same cloud."""
    assert asyncio.run(_put_async(here, event)).failed_entry_count == 0
    assert here.trace("e1").id == "e1"


def test_queries(place: Place, deploy: Any, event: Any, make_trigger: Any) -> None:
    """Events and traces can be queried by id and by period, source, type and rule."""
    deploy(place, triggers=[make_trigger({"source": ["acs.ecs"]})])
    place.cloud.clock.freeze(1_000_000)
    place.put(event("e1"), event("e2", source="my.app"))
    place.cloud.clock.advance(10)
    place.put(event("e3", type="other"), event("e1"))
    eb, bus = place.eb, {"event_bus_name": "default"}

    def period(start: int, end: int, **wanted: Any) -> list[str]:
        request = models.QueryEventsByPeriodRequest(**bus, start_time=start, end_time=end, **wanted)
        return [entry.event_id for entry in eb.query_events_by_period(request).traced_events]

    assert period(0, 2_000_000) == ["e1", "e2", "e3", "e1"]
    assert period(1_000_001, 1_010_000) == ["e3", "e1"]
    assert period(0, 2_000_000, event_source="my.app") == ["e2"]
    assert period(0, 2_000_000, event_type="other") == ["e3"]
    assert period(0, 2_000_000, matched_rule="echo-all") == ["e1", "e3", "e1"]
    by_id = eb.query_event_by_event_id(models.QueryEventByEventIdRequest(**bus, event_id="e1"))
    assert [entry.event_received_time for entry in by_id.traced_events] == [1_000_000, 1_010_000]
    found = eb.query_events(models.QueryEventsRequest(**bus, event_ids=["e2", "gone"]))
    assert json.loads(found.event_map["e2"])["source"] == "my.app"
    traces = eb.query_event_traces(models.QueryEventTracesRequest(**bus, event_id="e1")).event_trace_list
    assert [(row.action, row.rule_name, row.notify_status) for row in traces[:2]] == [
        ("RECEIVE", "", ""),
        ("PUSH", "echo-all", "SUCCESS"),
    ]


def test_sixteen_publishers(place: Place, deploy: Any, event: Any, make_trigger: Any) -> None:
    """Events published from sixteen threads at once are each traced and delivered once."""
    deploy(place, triggers=[make_trigger()])

    def publish(thread: int) -> None:
        for number in range(3):
            place.put(event(f"e{thread}-{number}"))

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    traces = list(place.bridge.traces.between("default", 0, 2**53))
    assert len({trace.id for trace in traces}) == len(traces) == 48
    states = [[delivery.state for delivery in trace.rules[0].deliveries] for trace in traces]
    assert states == [["delivered"]] * 48


def test_refusals_do_not_repeat_the_token(place: Place, event: Any) -> None:
    """The string to sign in a refusal shows everything but the security token."""
    config = models.Config(
        access_key_id=place.cloud.account.access_key_id,
        access_key_secret="wrong",
        security_token="hidden-token",
        endpoint=place.endpoints["eventbridge"],
    )
    with pytest.raises(TeaException) as refusal:
        EventBridgeClient(config).put_events([event("e1")])

    assert "x-acs-security-token:***" in refusal.value.message
    assert "hidden-token" not in refusal.value.message


@pytest.mark.parametrize(
    ("bus", "event", "reason"),
    [
        ("gone", {"source": "s", "type": "t", "data": {}}, r"bus \[gone\] not existed"),
        ("default", {"type": "t", "data": {}}, r"source \[\] is invalid"),
        ("default", {"source": "s", "type": "t"}, "data is empty"),
        ("default", {"id": "no spaces", "source": "s", "type": "t", "data": {}}, r"id \[no spaces\] is invalid"),
    ],
)
def test_what_a_test_cannot_publish(here: Place, bus: str, event: dict[str, Any], reason: str) -> None:
    """`publish` refuses what no bus takes, with the reason of PutEvents; `id` and `specversion` it fills in."""
    bridge = here.bridge

    with pytest.raises(EventBridgeError, match=reason):
        bridge.publish(bus, event)
    assert bridge.publish("default", {"source": "s", "type": "t", "data": {}}).id
