"""Any request that is signed gets an answer of its service: a result, or a refusal with one of the service's codes."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from yunmock import local_cloud
from yunmock.cloudmonitor.custom_metrics import API as CLOUDMONITOR
from yunmock.eci.routes import CALLS as ECI_CALLS
from yunmock.ecs.errors import EcsError
from yunmock.ecs.routes import CALLS as ECS_CALLS
from yunmock.fc.errors import ERRORS as FC_ERRORS
from yunmock.http import Request
from yunmock.mns.errors import ERRORS as MNS_ERRORS
from yunmock.ros.errors import RosError
from yunmock.ros.routes import CALLS as ROS_CALLS
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock import Cloud
    from yunmock.http import Response

    Strategy = st.SearchStrategy[Any]

NOW_MS = 1_767_225_600_000
NAMES = (
    *(
        "InstanceId.1",
        "InstanceIds",
        "EventId.1",
        "EventType",
        "Status",
        "Limit",
        "NextToken",
        "MaxResults",
        "PageSize",
    ),
    *("PageNumber", "NotBefore.Start", "NotBefore.End", "EventPublishTime.Start", "ContainerGroupIds", "SinceSecond"),
    *("Tag.1.Key", "Tag.1.Value", "DiskId.1", "StackId", "StackName", "Parameters.1.ParameterKey", "TimeoutInMinutes"),
    *("ActionOnMaintenance", "MaintenanceWindow.1.StartTime", "ResourceId.1", "InstanceEventCycleStatus.1", "DryRun"),
    *("MetricList.1.GroupId", "MetricList.1.MetricName", "MetricList.1.Dimensions", "MetricList.1.Type"),
    *("MetricList.1.Values", "MetricList.1.Time", "MetricList.1.Period", "MetricList.2.MetricName"),
)
TEXTS = st.sampled_from(
    (
        *(
            "",
            "1",
            "0",
            "-1",
            "x",
            "9" * 5000,
            "\u00b2",
            "\u0663",
            "i-1",
            "[]",
            "[1]",
            '["a"]',
            "{",
            "true",
            "\0",
            "\u00e9",
        ),
        *("2026-01-01T00:00:00Z", "2026-99-99T00:00:00Z", "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "q" * 300),
    )
)


def zipped(name: str, text: str) -> str:
    """A package with one file, in base64."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return base64.b64encode(file.getvalue()).decode()


PACKAGES = [
    zipped("index.py", "def handler(event, context):\n    return event\n"),
    zipped("../index.py", ""),
    zipped("index.py", "this is not Python"),
    zipped("index.py", "")[:-40],
    "UEs=",
    "!",
    "",
]
FUNCTION = {"functionName": "fn", "runtime": "python3.10", "handler": "index.handler", "code": {"zipFile": PACKAGES[0]}}
FIELDS = (
    *("functionName", "runtime", "handler", "code", "timeout", "memorySize", "cpu", "diskSize", "environmentVariables"),
    *("layers", "role", "initializer", "instanceLifecycleConfig", "triggerName", "triggerType", "triggerConfig"),
    *("maxAsyncRetryAttempts", "maxAsyncEventAgeInSeconds", "destinationConfig", "compatibleRuntime", "zipFile"),
)
SCALARS: Strategy = st.one_of(
    st.sampled_from([None, 0, -1, 2**70, 1e308, True, "", "x", "index.none", "none", "timer", "http", "eventbridge"]),
    st.sampled_from([*PACKAGES, "{}", "{", '{"cronExpression": "@every 1m"}', '{"authType": "jwt", "authConfig": []}']),
)
VALUES: Strategy = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3)
)
BROKEN = st.sampled_from([b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b"\0", b"NaN", b'{"code": {"zipFile": '])


@st.composite
def function_calls(draw: Callable[[Strategy], Any]) -> Request:
    """A call of Function Compute's API of 2023-03-30."""
    name = draw(st.sampled_from(["fn", "none", "\0", "\u00e9", "x" * 500]))
    one, version = f"/2023-03-30/functions/{name}", draw(TEXTS) or "1"
    method, path, base = draw(
        st.sampled_from(
            [
                ("POST", "/2023-03-30/functions", FUNCTION),
                ("PUT", one, {}),
                ("GET", one, {}),
                ("DELETE", one, {}),
                ("GET", "/2023-03-30/functions", {}),
                ("POST", f"{one}/triggers", {"triggerName": "t", "triggerType": "timer"}),
                ("PUT", f"{one}/triggers/t", {}),
                ("PUT", f"{one}/async-invoke-config", {}),
                ("POST", f"{one}/invocations", {}),
                ("POST", "/2023-03-30/layers/l/versions", {"code": {"zipFile": "UEs="}}),
                ("GET", f"/2023-03-30/layers/l/versions/{version}", {}),
                ("GET", "/2023-03-30/layers/l/versions", {}),
            ]
        )
    )
    body = json.dumps({**base, **draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3))}).encode()
    asked = {name: draw(TEXTS) for name in draw(st.sets(st.sampled_from(["limit", "startVersion", "nextToken"])))}
    headers = {"x-fc-async-delay": draw(TEXTS), "x-fc-invocation-type": draw(st.sampled_from(["Sync", "Async", "x"]))}
    own = {"host": "h", "x-acs-content-sha256": "0", "x-acs-date": "d"}
    sign = f"ACS3-HMAC-SHA256 Credential=other,SignedHeaders={';'.join(own)},Signature=00"
    whole = draw(st.one_of(st.just(body), st.just(body), BROKEN))
    return Request(method, path, {**own, **headers, "authorization": sign}, whole, asked, host="1.fc.aliyuncs.com")


DOCUMENTS = st.sampled_from(
    (
        *(
            b"",
            b"<",
            b"<Queue/>",
            b"<Message/>",
            b"<Messages/>",
            b"<ReceiptHandles/>",
            b"<a>" * 3000,
            b"\xff\xfe<\0a\0>\0",
        ),
        b"<Message><MessageBody>a</MessageBody></Message>",
        b"<Message><MessageBody>a</MessageBody><Priority>99</Priority></Message>",
        b"<Message><MessageBody>a</MessageBody><?x y?></Message>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><Message>&b;</Message>",
        b"<?xml version='1.0' encoding='none'?><Message/>",
        b"<Queue><VisibilityTimeout>%s</VisibilityTimeout></Queue>" % (b"9" * 5000),
        b"<Queue><X><Y/></X></Queue>",
        b"<Messages>%s</Messages>" % (b"<Message><MessageBody>a</MessageBody></Message>" * 17),
        b"<ReceiptHandles><ReceiptHandle>1-AA==</ReceiptHandle></ReceiptHandles>",
        b"<Message>\xc3\x28</Message>",
    )
)
DATES = st.sampled_from(["Thu, 01 Jan 2026 00:00:00 GMT"] * 4 + ["x", "Thu, 99 Foo 9999999 00:00:00 GMT"])


@st.composite
def queue_calls(draw: Callable[[Strategy], Any]) -> Request:
    """A call of Simple Message Queue."""
    path = draw(st.sampled_from(["/queues", "/queues/q", "/queues/q/messages", "/queues/", "/queues/\0", "/topics/t"]))
    names = draw(st.sets(st.sampled_from(["numOfMessages", "peekonly", "receiptHandle", "visibilityTimeout", "x"])))
    headers = {
        "authorization": draw(st.sampled_from(["MNS other:x", "MNS other:x", "MNS other:x", "MNS", ""])),
        "date": draw(DATES),
        "x-mns-version": "2015-06-06",
        "x-mns-ret-number": draw(st.sampled_from(["1", "1", "x", "9" * 5000])),
    }
    method = draw(st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH"]))
    return Request(method, path, headers, draw(DOCUMENTS), {name: draw(TEXTS) for name in names}, host="1.mns.x")


def rpc_calls(calls: Mapping[str, object], version: str) -> Strategy:
    """A call of an RPC API."""
    common = {"Version": version, "AccessKeyId": "other", "SignatureMethod": "HMAC-SHA1", "Signature": "x"}

    @st.composite
    def call(draw: Callable[[Strategy], Any]) -> Request:
        given_ = draw(st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=6))
        region = draw(st.sampled_from(["cn-hangzhou", "cn-hangzhou", "cn-hangzhou", "", "\0"]))
        action = draw(st.sampled_from([*calls, "None", ""]))
        return Request("POST", "/", {}, b"", {**common, "Action": action, "RegionId": region, **given_}, host="h")

    return call()


def json_code(response: Response) -> object:
    """The code of a refusal in JSON."""
    content = json.loads(response.body)
    return content.get("Code") or content.get("ErrorCode")


def xml_code(response: Response) -> object:
    """The code of a refusal in XML; that of the first entry that failed, if it refuses a batch."""
    found = re.search(rb"<(?:Error)?Code>([^<]+)<", response.body)
    return found and found[1].decode()


SERVICES: dict[str, tuple[Strategy, Callable[[Response], object], Mapping[str, object]]] = {
    "fc": (function_calls(), json_code, FC_ERRORS),
    "mns": (queue_calls(), xml_code, MNS_ERRORS),
    "ecs": (rpc_calls(ECS_CALLS, "2014-05-26"), json_code, EcsError.errors),
    "eci": (rpc_calls(ECI_CALLS, "2018-08-08"), json_code, RpcError.errors),
    "cloudmonitor": (rpc_calls(CLOUDMONITOR.calls, CLOUDMONITOR.version), json_code, RpcError.errors),
    "ros": (rpc_calls(ROS_CALLS, "2019-09-10"), json_code, RosError.errors),
}


@pytest.fixture
def cloud() -> Cloud:
    """A cloud with an instance, a container group and a queue."""
    cloud: Any = local_cloud()
    cloud.clock.freeze(NOW_MS)
    cloud.services["ecs"].create_instance("cn-hangzhou", "web", instance_id="i-1")
    cloud.services["eci"].create_container_group("cn-hangzhou", "web")
    cloud.services["mns"].create_queue("q")
    made: Cloud = cloud
    return made


@pytest.mark.parametrize("service", SERVICES)
def test_any_request_is_answered(cloud: Cloud, service: str) -> None:
    """No request ends in an error of Python, nor in a status 500, nor with a code that the service does not have."""
    requests, code_of, known = SERVICES[service]

    @seed(1)
    @settings(max_examples=60, deadline=None, database=None)
    @given(requests)
    def answer(request: Request) -> None:
        response = cloud.handle(service, request)
        assert response.status < 500
        assert response.status < 300 or code_of(response) in known
        assert not any(set("\r\n") & set(value) for value in response.headers.values())

    answer()
    cloud.close()
