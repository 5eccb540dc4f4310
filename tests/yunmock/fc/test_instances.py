"""Instances: initializer and pre_stop, warm and cold, modules of their own, calls at the same time."""

from __future__ import annotations

import json
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest
    from tests.yunmock.conftest import Place


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


def test_failing_pre_stop(here: Place, deploy: Any) -> None:
    """A pre_stop that raises is reported in its log and stops nothing."""
    code = "def handler(event, context): pass\ndef stop(context): raise ValueError('no')\n"
    deploy(here, code, instanceLifecycleConfig={"preStop": {"handler": "index.stop"}})
    here.invoke()

    assert here.functions.runtime.stop() == ["pre_stop failed: ValueError('no')\n"]


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


def test_new_code_replaces_warm_instances(here: Place, deploy: Any) -> None:
    """Deploying a function with other properties ends the instances of the old one."""
    deploy(here, "def handler(event, context):\n    return context.function.memory\n")
    assert here.invoke().data == b"512"

    deploy(here, "def handler(event, context):\n    return context.function.memory\n", memorySize=1024)

    assert here.invoke().data == b"1024"
