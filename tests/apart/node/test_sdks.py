"""Node programs with the vendor's SDKs of EventBridge, Function Compute (both APIs) and ECI, against a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from yunmock import Cloud, local_cloud

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CODE = """
import json

def handler(event, context):
    given = json.loads(event)
    print("said hello")
    if given.get("fail"):
        raise KeyError("asked to fail")
    return given
"""
WEB = {"triggerName": "web", "triggerType": "http", "triggerConfig": {"authType": "function", "methods": ["GET"]}}


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """A cloud with the function `echo`, which has an HTTP trigger."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "index.py").write_text(CODE)
    props = {
        "region": "cn-hangzhou",
        "functionName": "echo",
        "runtime": "python3.10",
        "handler": "index.handler",
        "code": "./code",
        "triggers": [WEB],
    }
    resources = {"echo": {"component": "fc3", "props": props}}
    path = tmp_path / "s.yaml"
    path.write_text(yaml.safe_dump({"edition": "3.0.0", "name": "t", "access": "default", "resources": resources}))
    return local_cloud(template=path)


DESCRIBED = {
    "functions": ["echo"],
    "described": ["python3.10", "index.handler", 512, 3],
    "triggers": [["web", "http"]],
    "trigger": "function",
    "config": 3,
}
"""What both APIs of Function Compute say of the function."""


def test_eventbridge(run: Callable[..., Any], cloud: Cloud) -> None:
    """Buses, a rule made with status "enable", its targets, events accepted and refused, and their traces."""
    assert run("eventbridge.js", cloud) == {
        "buses": ["default", "orders"],
        "targets": [["first", 2], ["second", 2]],
        "rule": ["made", "ENABLE", True, ["first"]],
        "matches": True,
        "put": [1, [["a", ""], ["b", ""], ["", "EventIdEmpty"]]],
        "traces": [["RECEIVE", "", ""], ["PUSH", "made", "SUCCESS"]],
        "listed": [["made", "DISABLE"]],
        "taken": "EventBusAlreadyExist",
        "gone": "EventRuleNotExist",
    }
    assert [record.event for record in cloud.invocations_of("echo")] == [b'{"total":12.5}']


def test_fc2(run: Callable[..., Any], cloud: Cloud) -> None:
    """The 2016-08-15 API: invocations with their log, an HTTP trigger, and refusals by their codes."""
    assert run("fc2.js", cloud) == {
        **DESCRIBED,
        "invoked": [{"n": 1}, True, True],
        "queued": True,
        "failed": ["UnhandledInvocationError", "KeyError"],
        "page": ["/a/b", {"q": "1"}],
        "unknown": ["FunctionNotFound", "FCFunctionNotFoundError"],
        "large": ["EntityTooLarge", "FCEntityTooLargeError"],
    }


def test_fc20230330(run: Callable[..., Any], cloud: Cloud) -> None:
    """The 2023-03-30 API: invocations with their log, triggers with their settings as text, and refusals."""
    assert run("fc20230330.js", cloud) == {
        **DESCRIBED,
        "invoked": [200, {"n": 1}, True],
        "queued": [202, ""],
        "failed": [200, "UnhandledInvocationError", "KeyError"],
        "unknown": ["FunctionNotFound", 404],
        "task": ["InvalidArgument", 400],
    }


def test_eci20180808(run: Callable[..., Any]) -> None:
    """Container groups by pages and by id, with their events, and a refusal by its code."""
    assert run("eci20180808.js") == {
        "all": [3, ["a", "b", "c"]],
        "pages": [2, 1, ""],
        "one": [["a", "Running", ["Pulled"]]],
        "events": [[True, ["Pulled"]]],
        "refused": "MissingParameter",
    }
