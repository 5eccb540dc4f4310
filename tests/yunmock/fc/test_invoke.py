"""Invoking functions with aliyun-fc2: results, errors, context, environment, timeouts, instances."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from types import ModuleType
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


CONTEXT = """
import json

def handler(event, context):
    return json.dumps({
        "common": [context.request_id, context.region, context.account_id, context.function.name,
                   context.function.handler, context.function.memory, context.function.timeout],
        "credentials": hasattr(context, "credentials") and vars(context.credentials),
        "service": hasattr(context, "service") and sorted(vars(context.service)),
        "tracing": hasattr(context, "tracing"),
        "logger": getattr(context, "logger", "none"),
        "has_logger": hasattr(context, "getLogger"),
        "qualifier": getattr(context.function, "qualifier", None),
        "log_project": getattr(context, "log_project", None),
    })
"""


@pytest.mark.parametrize("runtime", ["python3.10", "python3.12"])
def test_context(here: Place, deploy: Any, runtime: str) -> None:
    """The context is that of the runtime: credentials and service up to 3.10, neither in 3.12."""
    deploy(here, CONTEXT, runtime=runtime, timeout=7, logConfig={"project": "p", "logstore": "l"})

    answer = here.invoke()
    seen = json.loads(answer.data)

    assert seen["common"] == [
        answer.headers["X-Fc-Request-Id"],
        "cn-hangzhou",
        "1000000000000001",
        "echo",
        "index.handler",
        512,
        7,
    ]
    old = runtime == "python3.10"
    assert bool(seen["credentials"]) is old
    assert seen["service"] == (["log_project", "log_store", "name", "qualifier", "version_id"] if old else False)
    assert seen["tracing"] is old
    assert (seen["logger"], seen["has_logger"]) == (("none", False) if old else (None, True))
    assert (seen["qualifier"], seen["log_project"]) == ((None, None) if old else ("LATEST", "p"))


ENVIRONMENT = """
import json, os

at_load = dict(os.environ)

def handler(event, context):
    os.environ["LEFT_BEHIND"] = "x"
    return {"now": dict(os.environ), "load": at_load, "getenv": os.getenv("MINE"), "copy": os.environ.copy()["MINE"]}
"""


def test_environment(here: Place, deploy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function sees its own variables, FC's and the account's keys; neither it nor the host sees the other's."""
    monkeypatch.setenv("HOST_SECRET", "hidden")
    here.cloud.function_environment["ADDED"] = "by the cloud"
    deploy(here, ENVIRONMENT, environmentVariables={"MINE": "mine", "ADDED": "by s.yaml"})
    before = dict(os.environ)

    seen = json.loads(here.invoke().data)

    now = seen["now"]
    assert (now["MINE"], seen["getenv"], seen["copy"], seen["load"]["MINE"]) == ("mine",) * 4
    assert now["ADDED"] == "by the cloud"
    assert "HOST_SECRET" not in now
    assert now["ALIBABA_CLOUD_ACCESS_KEY_ID"] == here.cloud.account.access_key_id
    assert now["ALIBABA_CLOUD_SECURITY_TOKEN"]
    assert (now["FC_FUNCTION_NAME"], now["FC_REGION"]) == ("echo", "cn-hangzhou")
    assert "FC_VER_ID" in now
    assert dict(os.environ) == before
    assert type(os.environ).__name__ == "_Environ"


INITIALIZER = """
import json
count = 0

def initializer(context):
    global count
    count += 1
    if context.function.name == "broken":
        raise RuntimeError("cannot start")

def handler(event, context):
    return count
"""
LIFECYCLE = {"initializer": {"handler": "index.initializer", "timeout": 3}}


def test_initializer_runs_once_per_instance(place: Place, deploy: Any) -> None:
    """The initializer runs before an instance's first call only; a warm instance is used again."""
    deploy(place, INITIALIZER, instanceLifecycleConfig=LIFECYCLE)

    answers = [place.invoke() for _ in range(3)]

    assert [answer.data for answer in answers] == [b"1"] * 3
    assert len({answer.headers["X-Fc-Instance-Id"] for answer in answers}) == 1


def test_failing_initializer(here: Place, deploy: Any) -> None:
    """When the initializer fails the call fails, and the next call starts another instance."""
    deploy(here, INITIALIZER, name="broken", instanceLifecycleConfig=LIFECYCLE)

    first, second = here.functions.invoke("broken", b""), here.functions.invoke("broken", b"")

    assert first.error == second.error == "RuntimeError: cannot start"
    assert first.instance_id != second.instance_id


def test_forced_cold_start(here: Place, deploy: Any) -> None:
    """With forced cold starts, every call loads the code again."""
    deploy(here, "calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)\n")
    here.functions.runtime.always_cold = True

    assert [here.invoke().data for _ in range(3)] == [b"1"] * 3


def test_module_state_survives_between_calls(here: Place, deploy: Any) -> None:
    """A warm instance keeps its module's state."""
    deploy(here, "calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)\n")

    assert [here.invoke().data for _ in range(3)] == [b"1", b"2", b"3"]


def test_pre_stop(here: Place, deploy: Any) -> None:
    """pre_stop runs once when an instance ends."""
    code = "def handler(event, context): pass\ndef stop(context):\n    print('bye', context.function.name)\n"
    deploy(here, code, instanceLifecycleConfig={"preStop": {"handler": "index.stop"}})
    here.invoke()

    assert here.functions.runtime.stop() == ["bye echo\n"]
    assert here.functions.runtime.stop() == []


def test_two_functions_with_modules_of_one_name(here: Place, deploy: Any, tmp_path: Any) -> None:
    """Each function imports its own `settings.py`, early or late, and none stays in sys.modules."""
    code = """
    import settings
    def handler(event, context):
        import settings as again
        import late
        return [settings.NAME, again.NAME, late.NAME]
    """
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.py").write_text(f"NAME = {name!r}\n")
        (tmp_path / name / "late.py").write_text(f"NAME = 'late {name}'\n")
        deploy(here, code, name=name)

    seen = {name: json.loads(here.invoke(name=name).data) for name in ("one", "two", "one")}

    assert seen == {"one": ["one", "one", "late one"], "two": ["two", "two", "late two"]}
    assert not {"settings", "late", "index"} & set(sys.modules)
    assert not any(str(tmp_path) in path for path in sys.path)


class Asked(ModuleType):
    """A module that counts how often it is asked where it came from."""

    times = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "__file__":
            type(self).times += 1
        return super().__getattribute__(name)


def test_a_warm_call_does_not_search_modules(here: Place, deploy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules of the process are searched only after a call that imported something."""
    deploy(here, "def handler(event, context):\n    return event\n")
    monkeypatch.setitem(sys.modules, "asked", Asked("asked"))

    assert here.invoke().data == b"{}"
    after_loading = Asked.times
    assert here.invoke().data == b"{}"

    assert after_loading > 0
    assert Asked.times == after_loading


def test_instances_run_at_the_same_time(here: Place, deploy: Any) -> None:
    """Simultaneous calls run at the same time, each in its own instance with its own environment and log."""
    deploy(
        here,
        """
        import os
        def handler(event, context):
            number, barrier = event.decode(), os.environ["N"]
            gate = __import__("threading_gate").GATE
            gate.wait(5)
            print("call", number)
            return os.environ["FC_INSTANCE_ID"]
        """,
        environmentVariables={"N": "x"},
    )
    gate = type(sys)("threading_gate")
    gate.GATE = threading.Barrier(8)  # type: ignore[attr-defined]
    sys.modules["threading_gate"] = gate
    results: list[Any] = []

    def call(number: int) -> None:
        results.append((number, here.functions.invoke("echo", str(number).encode())))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del sys.modules["threading_gate"]

    assert len({result.body for _, result in results}) == 8
    assert all(f"call {number}\n" in result.log for number, result in results)


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


def test_lists(place: Place, deploy: Any, make_trigger: Any) -> None:
    """Functions and triggers are listed and described; any service name will do, since fc3 has none."""
    for name in ("a1", "a2", "b1"):
        deploy(place, name=name, triggers=[make_trigger()])
    fc = place.fc

    assert [item["functionName"] for item in fc.list_functions("s").data["functions"]] == ["a1", "a2", "b1"]
    page = fc.list_functions("s", prefix="a", limit=1).data
    assert ([item["functionName"] for item in page["functions"]], page["nextToken"]) == (["a1"], "a2")
    assert fc.get_function("s", "a1").data["runtime"] == "python3.10"
    assert fc.get_service("anything").data["serviceName"] == "anything"
    assert [item["serviceName"] for item in fc.list_services().data["services"]] == ["fc3"]
    assert fc.get_trigger("s", "a1", "all").data["triggerType"] == "eventbridge"
    assert [item["triggerName"] for item in fc.list_triggers("s", "a1").data["triggers"]] == ["all"]
    assert fc.get_account_settings().data["availableAZs"]
    with pytest.raises(fc2.FcError) as error:
        fc.get_trigger("s", "a1", "gone")
    assert error.value.err_code == "TriggerNotFound"


@pytest.mark.parametrize("limit", ["-1", "0", "101", "9" * 5000, "x", "1.5"])
def test_pages_of_a_size_that_is_none(here: Place, deploy: Any, limit: str) -> None:
    """A page has 1 to 100 functions."""
    deploy(here)

    with pytest.raises(fc2.FcError, match="limit must be a number from 1 to 100") as refused:
        here.fc.list_functions("s", limit=limit)

    assert refused.value.err_code == "InvalidArgument"


def test_an_unsupported_call_is_named(place: Place) -> None:
    """An unsupported call answers PathNotSupported with its method and path."""
    with pytest.raises(fc2.FcError) as error:
        place.fc.create_service("s")

    assert error.value.err_code == "PathNotSupported"
    assert "'POST' against '/2016-08-15/services'" in error.value.message


@pytest.mark.parametrize("header", [{"x_fc_invocation_type": "Later"}, {"x_fc_log_type": "Head"}])
def test_unknown_invocation_and_log_types(here: Place, deploy: Any, header: dict[str, str]) -> None:
    """An unknown invocation or log type is refused."""
    deploy(here)

    with pytest.raises(fc2.FcError) as error:
        here.invoke(b"", **header)

    assert error.value.err_code == "InvalidArgument"


def test_failing_pre_stop(here: Place, deploy: Any) -> None:
    """A pre_stop that raises is reported in its log and stops nothing."""
    code = "def handler(event, context): pass\ndef stop(context): raise ValueError('no')\n"
    deploy(here, code, instanceLifecycleConfig={"preStop": {"handler": "index.stop"}})
    here.invoke()

    assert here.functions.runtime.stop() == ["pre_stop failed: ValueError('no')\n"]


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


def test_new_code_replaces_warm_instances(here: Place, deploy: Any) -> None:
    """Deploying a function with other properties ends the instances of the old one."""
    deploy(here, "def handler(event, context):\n    return context.function.memory\n")
    assert here.invoke().data == b"512"

    deploy(here, "def handler(event, context):\n    return context.function.memory\n", memorySize=1024)

    assert here.invoke().data == b"1024"
