"""Numbers keep the text they were written with, from PutEvents to the function."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from yunmock.control import Control
from yunmock.eventbridge.model import Param, Rule, Target
from yunmock.exact_json import MAX_DEPTH, NumberText, load_json, read_json, store_json, write_json
from yunmock.http import Request

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place

ENDPOINT = "acs:fc:cn-hangzhou:1000000000000001:functions/echo"
BODIES = "seen = []\ndef handler(event, context):\n    seen.append(event.decode())\n    return seen\n"
FAILS_ONCE = BODIES.replace("    return", "    assert len(seen) > 1\n    return")
NUMBERS = ("12.50", "3.0e2", "3E+02", "-0", "-0.0", "0", "7", "123456789012345678901234567890.10", "1e400", "9" * 5000)
DATA = f'{{"n":[{",".join(NUMBERS)}],"o":{{"price":12.50}},"t":"12.50"}}'


def add_rule(place: Place, body: Param, **changes: Any) -> None:
    """A rule on bus default whose one target is the function echo."""
    target = Target(id="t1", type="acs.fc.function", endpoint=ENDPOINT, params=(body,), **changes)
    place.bridge.put_rule(Rule("default", "r1", "{}", (target,)))


def bodies(place: Place) -> list[str]:
    """What the function has received."""
    seen: list[str] = json.loads(place.functions.invoke("echo", b"").body)
    return seen[:-1]


CASES = [
    (Param("Body", "JSONPATH", "$.data"), DATA),
    (Param("Body", "JSONPATH", "$.data.o.price"), "12.50"),
    (Param("Body", "JSONPATH", "$.data.n[1]"), "3.0e2"),
    (
        Param("Body", "TEMPLATE", '{"p":"$.data.o.price","o":"$.data.o","l":7.50}', "${p} ${o} ${l}"),
        '12.50 {"price":12.50} 7.50',
    ),
]


@pytest.mark.parametrize(("body", "received"), CASES)
def test_transforms_keep_numbers(here: Place, deploy: Any, event: Any, body: Param, received: str) -> None:
    """A function receives the numbers of an event as they were written, through every transform."""
    deploy(here, BODIES)
    add_rule(here, body)

    here.put(event("e1", data=DATA.encode()))

    assert bodies(here) == [received]


def test_original_keeps_numbers(place: Place, deploy: Any, event: Any) -> None:
    """The whole event has its numbers as they were written, in memory and from a file."""
    deploy(place, BODIES)
    add_rule(place, Param("Body", "ORIGINAL"))

    place.put(event("e1", data=DATA.encode()))

    (body,) = bodies(place)
    assert f'"data":{DATA}' in body
    assert write_json(place.trace("e1").event["data"]) == DATA


def test_retries_and_undelivered_events_keep_numbers(place: Place, deploy: Any, event: Any) -> None:
    """A retry sends the same body, and so does a dead letter."""
    deploy(place, FAILS_ONCE)
    add_rule(place, Param("Body", "JSONPATH", "$.data"))
    place.cloud.clock.freeze()

    place.put(event("e1", data=DATA.encode()))
    place.cloud.advance(20)
    assert bodies(place) == [DATA, DATA]

    place.bridge.deliverer.dead_letter(
        "acs:mns:cn-hangzhou:1000000000000001:/queues/q", "r1", "error", place.trace("e1").event
    )
    assert write_json(place.bridge.dead_letters()[0]["event"]["data"]) == DATA


def test_streams_keep_numbers(place: Place, deploy: Any) -> None:
    """Messages of a stream keep their numbers while they wait and while their batch is retried."""
    deploy(place, FAILS_ONCE)
    place.cloud.clock.freeze()
    constant: Any = {"Form": "CONSTANT", "Value": "echo"}
    sink: Any = {"SinkFcParameters": {"FunctionName": constant, "Body": {"Form": "JSONPATH", "Value": "$.data"}}}
    place.bridge.streams.create("s1", {"Source": {"SourceMNSParameters": {"QueueName": "q"}}, "Sink": sink})
    message = read_json(f'{{"data":{DATA}}}')
    assert isinstance(message, dict)

    place.bridge.streams.feed("s1", [message])
    place.bridge.streams.start("s1")
    place.cloud.advance(20)

    assert bodies(place) == [f"[{DATA}]"] * 2


def test_inline_data_keeps_numbers(here: Place, deploy: Any) -> None:
    """Data that is sent inline, not as base64, keeps its numbers, too."""
    deploy(here, BODIES)
    add_rule(here, Param("Body", "JSONPATH", "$.data"))
    event = read_json(f'{{"id":"e1","source":"s","specversion":"1.0","type":"t","data":{DATA}}}')
    assert isinstance(event, dict)

    here.bridge.publish("default", event)

    assert bodies(here) == [DATA]


def test_control_calls_keep_numbers(here: Place, deploy: Any) -> None:
    """A trace that is read through a control call has the event's numbers, and so has a message fed through one."""
    deploy(here, BODIES)
    constant: Any = {"Form": "CONSTANT", "Value": "echo"}
    sink: Any = {"SinkFcParameters": {"FunctionName": constant, "Body": {"Form": "JSONPATH", "Value": "$.data"}}}
    here.bridge.streams.create("s1", {"Source": {"SourceMNSParameters": {"QueueName": "q"}}, "Sink": sink})
    here.bridge.streams.start("s1")
    event = read_json(f'{{"id":"e1","source":"s","specversion":"1.0","type":"t","data":{DATA}}}')
    assert isinstance(event, dict)
    here.bridge.publish("default", event)
    control = Control(here.cloud)

    shown = control.handle(Request("GET", "/_yunmock/traces", {}, query={"event_id": "e1"}))

    assert f'"data":{DATA}'.encode() in shown.body
    fed = f'{{"name":"s1","messages":[{{"data":{DATA}}}]}}'
    assert control.handle(Request("POST", "/_yunmock/streams/feed", {}, body=fed.encode())).status == 200
    assert bodies(here) == [f"[{DATA}]"]


@pytest.mark.parametrize("written", NUMBERS)
def test_a_number_is_written_as_it_was_read(written: str) -> None:
    """Reading and writing changes no number, and neither do copies."""
    value = read_json(written)

    assert write_json(value) == write_json(copy.deepcopy(value)) == write_json(load_json(store_json(value))) == written


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", '{"a":[NaN]}', "01", "+1", "1.", ".5"])
def test_what_is_not_a_number_in_json(text: str) -> None:
    """NaN, infinity and numbers that JSON does not know are refused."""
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_not_written(value: float) -> None:
    """A number that JSON does not know is not written either."""
    with pytest.raises(ValueError, match="Out of range"):
        write_json({"a": value})


def test_a_number_with_its_text_is_a_float() -> None:
    """A number that keeps its text calculates as a float, also where the text is beyond one."""
    assert (NumberText("12.50") == 12.5, repr(NumberText("12.50")), NumberText("1e400") > 1e308) == (
        True,
        "12.50",
        True,
    )


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_depth(opening: str) -> None:
    """JSON may be nested as deep as the limit, not deeper."""
    closing = "]" if opening == "[" else "}"

    def nested(depth: int) -> str:
        return opening * depth + "1" + closing * depth

    assert write_json(read_json(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(ValueError, match="nested deeper than 255 levels"):
            read_json(nested(depth))
