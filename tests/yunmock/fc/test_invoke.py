"""Invoking functions with aliyun-fc2: results, errors, timeouts, signatures, faults."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import fc2
import pytest

from yunmock import Fault

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place


def error_of(place: Place, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
    """The error the vendor's client raises, and its body."""
    with pytest.raises(fc2.FcError) as error:
        place.invoke(**kwargs)
    return error.value, json.loads(error.value.message)


@pytest.mark.parametrize(
    ("returned", "expected"),
    [("{'a': 1}", b'{"a": 1}'), ("'text'", b"text"), ("b'\\xff'", b"\xff"), ("None", b"null"), ("[1]", b"[1]")],
)
def test_results(here: Place, deploy: Any, returned: str, expected: bytes) -> None:
    """Bytes and texts are returned as they are, anything else as JSON."""
    deploy(here, f"def handler(event, context):\n    return {returned}\n")

    assert here.invoke().data == expected


def test_event_is_bytes(place: Place, deploy: Any) -> None:
    """The handler receives the payload as the bytes that were sent, JSON or not."""
    deploy(place, "def handler(event, context):\n    assert type(event) is bytes\n    return event[::-1]\n")

    assert place.invoke(b"\xff\x00a").data == b"a\x00\xff"


def test_unhandled_exception(place: Place, deploy: Any) -> None:
    """An exception is FC's error: HTTP 200, its type, message and a stack that starts at the function's code."""
    deploy(place, "def handler(event, context):\n    return inner()\n\ndef inner():\n    raise ValueError('no good')\n")

    error, body = error_of(place)

    assert error.status_code == 200
    assert (body["errorMessage"], body["errorType"]) == ("no good", "ValueError")
    assert [frame[2] for frame in body["stackTrace"]] == ["in handler", "in inner"]
    assert body["stackTrace"][1][1:] == ["line 5", "in inner", "raise ValueError('no good')"]


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("def other(event, context): pass", "ImportError", "has no function 'handler'"),
        ("import surely_not_installed", "ModuleNotFoundError", "surely_not_installed"),
        ("def handler(event", "SyntaxError", "never closed"),
        ("def handler(event, context): return object()", "TypeError", "not JSON serializable"),
        ("import sys\ndef handler(event, context): sys.exit(3)", "SystemExit", "3"),
    ],
)
def test_code_that_does_not_work(here: Place, deploy: Any, code: str, kind: str, message: str) -> None:
    """Code that cannot be loaded, exits, or returns what is not JSON fails that invocation only."""
    deploy(here, code)

    _, body = error_of(here)

    assert body["errorType"] == kind
    assert message in body["errorMessage"]


def test_unknown_function(place: Place) -> None:
    """A function that is not deployed is FunctionNotFound."""
    error, body = error_of(place, name="gone")

    assert (error.status_code, error.err_code) == (404, "FunctionNotFound")
    assert "'gone'" in body["ErrorMessage"]


def test_timeout(here: Place, deploy: Any) -> None:
    """A handler that exceeds its timeout is abandoned with its instance; the next call gets a new instance."""
    deploy(
        here,
        """
        import json, time
        def handler(event, context):
            time.sleep(json.loads(event))
            return context.request_id
        """,
        timeout=0.05,
    )

    _, body = error_of(here, payload=b"0.1")
    again = here.functions.invoke("echo", b"0")
    while type(os.environ).__name__ == "EnvironProxy":
        time.sleep(0.005)  # until the abandoned call has ended

    assert body["errorMessage"].startswith("Function timed out after 0.05 seconds")
    assert (again.ok, again.cold) == (True, True)


def test_a_function_calls_another_over_the_network(place: Place, deploy: Any) -> None:
    """A function may invoke another through the SDK while it runs, in process and through the server."""
    deploy(place, "def handler(event, context):\n    return b'inner ' + event\n", name="inner")
    code = """
    import os, fc2
    def handler(event, context):
        client = fc2.Client(endpoint=os.environ["TEST_FC"], accessKeyID=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                            accessKeySecret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
                            securityToken=os.environ["ALIBABA_CLOUD_SECURITY_TOKEN"])
        return client.invoke_function("any", "inner", event).data
    """
    deploy(place, code, name="outer", environmentVariables={"TEST_FC": place.endpoints["fc"]})

    assert place.invoke(b"x", name="outer").data == b"inner x"


def test_signature(place: Place, deploy: Any) -> None:
    """A wrong secret and a wrong key are refused with FC's codes."""
    deploy(place)
    account = place.cloud.account
    codes = []
    for key, secret in ((account.access_key_id, "wrong"), ("someone", account.access_key_secret)):
        client = fc2.Client(endpoint=place.endpoints["fc"], accessKeyID=key, accessKeySecret=secret)
        with pytest.raises(fc2.FcError) as error:
            client.invoke_function("s", "echo", b"{}")
        codes.append((error.value.status_code, error.value.err_code))

    assert codes == [(403, "SignatureNotMatch"), (403, "InvalidAccessKeyID")]


@pytest.mark.parametrize("header", [{"x_fc_invocation_type": "Later"}, {"x_fc_log_type": "Head"}])
def test_unknown_invocation_and_log_types(here: Place, deploy: Any, header: dict[str, str]) -> None:
    """An unknown invocation or log type is refused."""
    deploy(here)

    with pytest.raises(fc2.FcError) as error:
        here.invoke(b"", **header)

    assert error.value.err_code == "InvalidArgument"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault("fc", "InvokeFunction", code="ResourceThrottled"), 429, "ResourceThrottled"),
        (Fault("fc", code="Odd", status=418, message="short"), 418, "Odd"),
        (Fault("fc", skip=1), 503, "ServiceUnavailable"),
        (Fault("fc", matches=lambda request: request.body == b"{}"), 503, "ServiceUnavailable"),
    ],
)
def test_faults(here: Place, deploy: Any, fault: Fault, status: int, code: str) -> None:
    """A fault is answered in FC's form; it skips, matches and is used up as it says."""
    deploy(here, "calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)\n")
    here.cloud.faults.add(fault)
    if fault.skip or fault.matches:
        here.invoke(b"[]")

    error, _ = error_of(here)

    assert (error.status_code, error.err_code) == (status, code)
    assert here.invoke().data in (b"1", b"2")


def test_delay_fault(here: Place, deploy: Any) -> None:
    """A delay fault answers as usual, but later."""
    deploy(here)
    here.cloud.faults.add(Fault("fc", action="delay", seconds=0.05))
    started = time.perf_counter()

    assert here.invoke().data == b'{"seen": {}}'
    assert time.perf_counter() - started >= 0.05
