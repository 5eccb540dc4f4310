"""HTTP triggers, and the 2023-03-30 API with its signature."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tests.yunmock.fc.signed import call

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place

ECHO = """
import json

def handler(event, context):
    request = json.loads(event)
    return {"statusCode": 201, "headers": {"X-Mine": "yes", "Content-Type": "text/plain"},
            "body": json.dumps(request), "isBase64Encoded": False}
"""


def http(auth: str = "anonymous", **config: Any) -> dict[str, Any]:
    """An HTTP trigger as an s.yaml writes it."""
    return {
        "triggerName": "web",
        "triggerType": "http",
        "triggerConfig": {"authType": auth, "methods": ["GET", "POST"], **config},
    }


def test_request_and_response(place: Place, deploy: Any) -> None:
    """The function receives the request as documented and answers with a status, headers and a body."""
    deploy(place, ECHO, triggers=[http()])
    url = f"{place.endpoints['fc']}/2016-08-15/proxy/any/echo/a/b%20c"

    answer = requests.post(url, params={"q": "1"}, data=b"body", headers={"X-Sent": "h"}, timeout=5)

    assert (answer.status_code, answer.headers["X-Mine"], answer.headers["Content-Type"]) == (201, "yes", "text/plain")
    seen = answer.json()
    assert (seen["version"], seen["rawPath"], seen["queryParameters"]) == ("v1", "/a/b c", {"q": "1"})
    assert (seen["body"], seen["isBase64Encoded"], seen["headers"]["x-sent"]) == ("body", False, "h")
    assert seen["requestContext"]["http"]["method"] == "POST"
    assert seen["requestContext"]["accountId"] == "1000000000000001"
    assert seen["requestContext"]["requestId"] == answer.headers["X-Fc-Request-Id"]


def test_public_address(here: Place, deploy: Any) -> None:
    """In process a function answers at its public address."""
    deploy(here, ECHO, name="echo-long", triggers=[http()])

    answer = requests.get("https://echo-long-abcdefghij.cn-hangzhou.fcapp.run/x", timeout=5)

    assert answer.json()["rawPath"] == "/x"


@pytest.mark.parametrize(
    ("returned", "status", "body"),
    [
        ("{'a': 1}", 200, b'{"a": 1}'),
        ("'text'", 200, b"text"),
        ("{'statusCode': 404}", 404, b""),
        ("{'statusCode': 200, 'body': {'x': 1}}", 200, b'{"x": 1}'),
        ("{'statusCode': 200, 'body': '/w==', 'isBase64Encoded': True}", 200, b"\xff"),
    ],
)
def test_results(here: Place, deploy: Any, returned: str, status: int, body: bytes) -> None:
    """A result without statusCode is the body of a 200; a body may be base64."""
    deploy(here, f"def handler(event, context):\n    return {returned}\n", triggers=[http()])

    answer = requests.get("https://echo.cn-hangzhou.fcapp.run/", timeout=5)

    assert (answer.status_code, answer.content) == (status, body)


def test_browsers_download(here: Place, deploy: Any) -> None:
    """At a function's own address every answer is a download, whatever the function says; elsewhere it is not."""
    shown = "{'statusCode': 200, 'headers': {'content-disposition': 'inline', 'Content-Type': 'text/html'}, 'body': ''}"
    deploy(here, f"def handler(event, context):\n    return {shown}\n", triggers=[http()])

    own = requests.get("https://echo.cn-hangzhou.fcapp.run/", timeout=5)
    proxy = requests.get(f"{here.endpoints['fc']}/2016-08-15/proxy/any/echo/", timeout=5)

    assert (own.headers["Content-Disposition"], own.headers["Content-Type"]) == ("attachment", "text/html")
    assert proxy.headers["Content-Disposition"] == "inline"


def test_binary_request(here: Place, deploy: Any) -> None:
    """A binary body arrives as base64."""
    deploy(here, ECHO, triggers=[http()])

    seen = requests.post("https://echo.cn-hangzhou.fcapp.run/", data=b"\xff\x00", timeout=5).json()

    assert (base64.b64decode(seen["body"]), seen["isBase64Encoded"]) == (b"\xff\x00", True)


def test_refusals(here: Place, deploy: Any) -> None:
    """A method that the trigger does not accept, a function without a trigger, and a failing function are errors."""
    deploy(here, ECHO, name="web", triggers=[http()])
    deploy(here, ECHO, name="none")
    deploy(here, "def handler(event, context):\n    1 / 0\n", name="fails", triggers=[http()])

    answers = [
        requests.request(method, f"https://{name}.cn-hangzhou.fcapp.run/", timeout=5)
        for method, name in (("DELETE", "web"), ("GET", "none"), ("GET", "gone"), ("GET", "fails"))
    ]

    assert [answer.status_code for answer in answers] == [405, 404, 404, 502]
    assert answers[3].json()["errorType"] == "ZeroDivisionError"
    assert answers[3].headers["X-Fc-Error-Type"] == "UnhandledInvocationError"


def test_signed_call(place: Place, deploy: Any) -> None:
    """A trigger with authType function accepts the vendor's signed calls and refuses unsigned ones."""
    deploy(place, ECHO, triggers=[http("function")])

    answer = place.fc.do_http_request("GET", "any", "echo", "/x", params={"b": "2", "a": "1"})
    unsigned = requests.get(f"{place.endpoints['fc']}/2016-08-15/proxy/any/echo/x", timeout=5)

    assert (answer.status_code, answer.json()["queryParameters"]) == (201, {"b": "2", "a": "1"})
    assert "authorization" not in answer.json()["headers"]
    assert (unsigned.status_code, unsigned.json()["ErrorCode"]) == (400, "MissingRequiredHeader")


def test_fc3_invocation(place: Place, deploy: Any) -> None:
    """The 2023-03-30 path invokes, synchronously and not, with the log if asked."""
    deploy(place)
    path = "/2023-03-30/functions/echo/invocations"

    answer = call(place, "POST", path, b"[1]", lambda headers: headers.update({"x-fc-log-type": "Tail"}), qualifier="L")
    queued = call(place, "POST", path, b"[2]", lambda headers: headers.update({"x-fc-invocation-type": "Async"}))

    assert answer.json() == {"seen": [1]}
    assert answer.headers["X-Fc-Log-Result"]
    assert queued.status_code == 202
    assert place.functions.queue.results(queued.headers["X-Fc-Request-Id"])[0].body == b'{"seen": [2]}'


def test_fc3_descriptions(place: Place, deploy: Any) -> None:
    """Functions, their triggers and their asynchronous configuration are described."""
    deploy(place, ECHO, triggers=[http()], asyncInvokeConfig={"maxAsyncRetryAttempts": 2})

    listed = call(place, "GET", "/2023-03-30/functions", limit="10").json()
    assert [item["functionName"] for item in listed["functions"]] == ["echo"]
    assert call(place, "GET", "/2023-03-30/functions/echo").json()["handler"] == "index.handler"
    triggers = call(place, "GET", "/2023-03-30/functions/echo/triggers").json()["triggers"]
    assert [item["triggerName"] for item in triggers] == ["web"]
    web = call(place, "GET", "/2023-03-30/functions/echo/triggers/web").json()
    assert (web["triggerType"], json.loads(web["triggerConfig"])) == ("http", http()["triggerConfig"])
    config = call(place, "GET", "/2023-03-30/functions/echo/async-invoke-config").json()
    assert config["maxAsyncRetryAttempts"] == 2


ALTERED: list[tuple[str, Callable[[dict[str, str]], None], int, str]] = [
    ("date", lambda h: h.update({"x-acs-date": "2026-01-02T00:00:00Z"}), 403, "SignatureNotMatch"),
    ("body", lambda h: h.update({"x-acs-content-sha256": "0" * 64}), 403, "SignatureNotMatch"),
    ("none", lambda h: h.clear(), 400, "MissingRequiredHeader"),
    ("key", lambda h: h.update(authorization=h["authorization"].replace("yunmock", "x")), 403, "InvalidAccessKeyID"),
    ("unsigned", lambda h: h.update(authorization=h["authorization"].replace("host;", "")), 400, "MissingRequired"),
]


@pytest.mark.parametrize(("change", "status", "code"), [case[1:] for case in ALTERED], ids=[c[0] for c in ALTERED])
def test_fc3_signature(
    here: Place, deploy: Any, change: Callable[[dict[str, str]], None], status: int, code: str
) -> None:
    """A request altered after it was signed is refused, in the form of this API."""
    deploy(here)

    answer = call(here, "POST", "/2023-03-30/functions/echo/invocations", b"{}", change)

    assert answer.status_code == status
    assert answer.json()["Code"].startswith(code)
    assert set(answer.json()) == {"Code", "Message", "RequestId"}


def test_fc3_errors(here: Place) -> None:
    """Unknown functions and unsupported calls are errors in the form of this API."""
    assert call(here, "GET", "/2023-03-30/functions/gone").json()["Code"] == "FunctionNotFound"
    unknown = call(here, "PUT", "/2023-03-30/layers/gone/acl")
    assert (unknown.status_code, unknown.json()["Code"]) == (400, "PathNotSupported")
