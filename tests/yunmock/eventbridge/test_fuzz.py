"""Any JSON with a valid signature gets a result or an EventBridge error."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from yunmock.eventbridge.errors import ERRORS
from yunmock.eventbridge.routes import CALLS, PUT_EVENTS
from yunmock.eventbridge.wire import signature, string_to_sign
from yunmock.http import Request

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place

NAMES = (
    "EventBusName", "Description", "RuleName", "Status", "FilterPattern", "Targets", "TargetIds", "Limit", "NextToken",
    "NamePrefix", "Event", "EventPattern", "EventId", "EventIds", "EventSource", "EventType", "StartTime", "EndTime",
    "MatchedRule", "EventStreamingName", "EventStreamingNames", "Source", "Sink", "RunOptions", "Id", "Type",
    "Endpoint", "ParamList", "ResourceKey", "Form", "Value", "Template", "DeadLetterQueue", "SinkFcParameters",
    "FunctionName", "BatchWindow", "CountBasedWindow", "SourceMNSParameters", "id", "source", "type", "data",
    "data_base64", "specversion", "time", "datacontenttype", "aliyuneventbusname", "extensions",
)  # fmt: skip
SCALARS = (
    "default", "r1", "s1", "", "{}", "[", '{"source":["a"]}', "ENABLE", "\0", "é" * 200, "\ud800", 0, 1, -1, 2**70, 0.5,
    True, None, "acs.fc.function", "acs:fc:cn-hangzhou:1:functions/f", "JSONPATH", "$.a", "1.0", "e30=", "x",
)  # fmt: skip


def value(chance: random.Random, depth: int = 0) -> Any:
    """Any JSON value, its keys likely ones."""
    kind = chance.randrange(6 if depth < 3 else 4)
    if kind == 4:
        return [value(chance, depth + 1) for _ in range(chance.randrange(3))]
    if kind == 5:
        return {chance.choice(NAMES): value(chance, depth + 1) for _ in range(chance.randrange(5))}
    return chance.choice(SCALARS)


def answer(place: Place, path: str, body: bytes) -> tuple[int, Any]:
    """The answer to a signed call."""
    account, headers = place.cloud.account, {"content-type": "application/json", "date": "now"}
    sign = signature(string_to_sign(Request("POST", path, headers)), account.access_key_secret)
    headers["authorization"] = f"acs:{account.access_key_id}:{sign}"
    response = place.cloud.handle("eventbridge", Request("POST", path, headers, body))
    return response.status, json.loads(response.body)


@pytest.mark.parametrize("path", [*CALLS, PUT_EVENTS], ids=lambda path: path.rsplit("/", 1)[-1])
def test_any_json(here: Place, path: str) -> None:
    """Random parameters never cause an error that is not documented."""
    chance = random.Random(path)  # noqa: S311 - the same values at each run
    for _ in range(300):
        arguments = {name: value(chance) for name in chance.sample(NAMES, 12)}
        arguments.update({"EventBusName": "default", "aliyuneventbusname": "default"} if chance.random() < 0.5 else {})
        status, content = answer(here, path, json.dumps(arguments).encode())
        assert status == 200 or content["code"] in ERRORS, (arguments, content)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"a":' * 50_000]
)
@pytest.mark.parametrize("path", ["/openapi/createRule", PUT_EVENTS])
def test_bodies_that_are_not_parameters(here: Place, path: str, body: bytes) -> None:
    """A body that is not a JSON object is refused."""
    status, content = answer(here, path, body)

    assert (status, content["code"]) in ((409, "JsonAttributeInvalid"), (400, "InvalidArgument"), (409, "EventInvalid"))
