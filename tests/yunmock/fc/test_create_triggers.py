"""Triggers made, changed and deleted by the API of 2023-03-30."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tests.yunmock.fc.test_create import arguments, send

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place


@pytest.fixture
def made(place: Place) -> Place:
    """A place with the function `made`."""
    send(place, "POST", "", arguments())
    return place


@pytest.fixture
def one(here: Place) -> Place:
    """The same in process and in memory."""
    send(here, "POST", "", arguments())
    return here


def trigger(kind: str, config: Any, name: str = "t") -> dict[str, Any]:
    """What CreateTrigger is given."""
    return {"triggerName": name, "triggerType": kind, "triggerConfig": json.dumps(config)}


HTTP = {"authType": "anonymous", "methods": ["GET"]}
EVERY_MINUTE = {"cronExpression": "@every 1m", "enable": True, "payload": "p"}
OF_ECS = {
    "triggerEnable": True,
    "asyncInvocationType": True,
    "eventRuleFilterPattern": '{"source":["acs.ecs"]}',
    "eventSourceConfig": {"eventSourceType": "Default"},
}


def runs(place: Place) -> list[str]:
    """Why the function ran."""
    return [run.cause for run in place.cloud.invocations_of("made")]


def test_an_http_trigger(made: Place) -> None:
    """Its answer has the addresses of the function; the first answers requests until the trigger is deleted."""
    answer = send(made, "POST", "/made/triggers", trigger("http", HTTP)).json()

    public = answer["httpTrigger"]["urlInternet"]
    assert public.startswith("https://made-")
    assert public.endswith(".cn-hangzhou.fcapp.run")
    assert send(made, "GET", "/made/triggers/t").json()["httpTrigger"] == answer["httpTrigger"]
    host = public.removeprefix("https://")
    url, headers = (made.endpoints["fc"], {"Host": host}) if "127.0.0.1" in made.endpoints["fc"] else (public, {})
    assert requests.get(f"{url}/x", headers=headers, timeout=10).status_code == 200
    assert send(made, "DELETE", "/made/triggers/t").status_code == 204
    assert requests.get(f"{url}/x", headers=headers, timeout=10).status_code == 404


def test_a_timer(made: Place) -> None:
    """It fires on the cloud's clock, with the new settings after a change, and no more when it is deleted."""
    made.cloud.clock.freeze()
    send(made, "POST", "/made/triggers", trigger("timer", EVERY_MINUTE))
    made.cloud.advance(125)
    assert runs(made) == ["timer"] * 2

    send(
        made, "PUT", "/made/triggers/t", {"triggerConfig": json.dumps({**EVERY_MINUTE, "cronExpression": "@every 1h"})}
    )
    made.cloud.advance(3600)
    assert len(runs(made)) == 3

    send(made, "DELETE", "/made/triggers/t")
    made.cloud.advance(7200)
    assert len(runs(made)) == 3


def test_one_timer_does_not_move_another(one: Place) -> None:
    """A timer keeps its time when a second one is made."""
    one.cloud.clock.freeze()
    send(one, "POST", "/made/triggers", trigger("timer", EVERY_MINUTE, "first"))
    one.cloud.advance(59)
    send(one, "POST", "/made/triggers", trigger("timer", EVERY_MINUTE, "second"))
    one.cloud.advance(1)

    assert len(runs(one)) == 1


def test_an_eventbridge_trigger(made: Place, event: Any) -> None:
    """It is a rule on the bus `default`, which is changed and deleted with it."""
    send(made, "POST", "/made/triggers", trigger("eventbridge", OF_ECS))
    made.put(event("e1"))
    assert made.trace("e1").matched == ["made-t"]

    changed = {**OF_ECS, "eventRuleFilterPattern": '{"source":["acs.oss"]}'}
    send(made, "PUT", "/made/triggers/t", {"triggerConfig": json.dumps(changed)})
    made.put(event("e2"))
    assert made.trace("e2").matched == []

    send(made, "DELETE", "/made/triggers/t")
    assert made.bridge.registry.rules("default") == []
    assert len(runs(made)) == 1


def test_a_stream(one: Place) -> None:
    """A trigger of another source is an event stream, which is deleted with it."""
    source = {
        "eventSourceType": "MNS",
        "eventSourceParameters": {"sourceMNSParameters": {"QueueName": "q", "RegionId": "cn-hangzhou"}},
    }
    answer = send(one, "POST", "/made/triggers", trigger("eventbridge", {**OF_ECS, "eventSourceConfig": source}))
    one.cloud.queues.send("acs:mns:cn-hangzhou:1000000000000001:/queues/q", "message")
    one.cloud.advance(20)

    assert answer.status_code == 200
    assert [stream.name for stream in one.bridge.streams.all()] == ["made-t"]
    send(one, "DELETE", "/made/triggers/t")
    assert [stream.name for stream in one.bridge.streams.all()] == []


def test_a_function_with_triggers_is_not_deleted(one: Place) -> None:
    """Its triggers must go first; they survive a change of the function."""
    send(one, "POST", "/made/triggers", trigger("http", HTTP))
    send(one, "PUT", "/made", {"memorySize": 256})

    answer = send(one, "DELETE", "/made")

    assert (answer.status_code, answer.json()["Code"]) == (409, "FunctionNotEmpty")
    assert [each["triggerName"] for each in send(one, "GET", "/made/triggers").json()["triggers"]] == ["t"]
    send(one, "DELETE", "/made/triggers/t")
    assert send(one, "DELETE", "/made").status_code == 204


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (trigger("oss", {}), "triggerType must be one of"),
        (trigger("http", {"authType": "basic"}), "triggerConfig.authType must be one of"),
        (trigger("http", {"methods": ["FETCH"]}), "triggerConfig.methods must be a list of"),
        (trigger("timer", {"cronExpression": "soon"}), "triggerConfig.cronExpression"),
        (trigger("eventbridge", {**OF_ECS, "eventRuleFilterPattern": "{"}), "triggerConfig is invalid"),
        (trigger("eventbridge", {}), "triggerConfig is invalid"),
        (trigger("http", HTTP, "a b"), "triggerName must begin"),
        ({"triggerName": "t", "triggerType": "http", "triggerConfig": "{"}, "triggerConfig is not JSON"),
        ({"triggerName": "t", "triggerType": "http", "triggerConfig": "[]"}, "triggerConfig must be an object"),
    ],
)
def test_what_is_refused(one: Place, given: Any, problem: str) -> None:
    """A wrong trigger is InvalidArgument with the name of the field; nothing is kept or connected."""
    answer = send(one, "POST", "/made/triggers", given)

    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidArgument")
    assert problem in answer.json()["Message"]
    assert send(one, "GET", "/made/triggers").json()["triggers"] == []
    assert one.bridge.registry.rules("default") == []


def test_names_and_numbers(one: Place) -> None:
    """A name is taken once, a function has one HTTP trigger, and a missing trigger is TriggerNotFound."""
    send(one, "POST", "/made/triggers", trigger("http", HTTP))

    again = send(one, "POST", "/made/triggers", trigger("timer", EVERY_MINUTE))
    second = send(one, "POST", "/made/triggers", trigger("http", HTTP, "second"))
    missing = [send(one, method, "/made/triggers/gone", {}) for method in ("GET", "PUT", "DELETE")]

    assert (again.status_code, again.json()["Code"]) == (409, "TriggerAlreadyExists")
    assert second.json()["Message"] == "a function has one HTTP trigger"
    assert {answer.json()["Code"] for answer in missing} == {"TriggerNotFound"}
