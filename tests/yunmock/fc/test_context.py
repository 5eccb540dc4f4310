"""What a function finds around it: the context of its runtime, and its environment."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place


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
