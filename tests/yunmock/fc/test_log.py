"""What a function prints and logs is in its own log, between Function Compute's lines, and nowhere else."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest
    from tests.yunmock.conftest import Place


PRINTS = """
import logging, sys

def initializer(context):
    print("getting ready")

def handler(event, context):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    logging.getLogger().info("logged")
    logging.getLogger("mine").debug("too low")
    return "x" * 5
"""


def test_log(place: Place, deploy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """What a function prints and logs is in its log between FC's lines, and not on the host's output."""
    deploy(place, PRINTS, instanceLifecycleConfig={"initializer": {"handler": "index.initializer"}})

    answer = place.invoke(x_fc_log_type="Tail")

    log = base64.b64decode(answer.headers["X-Fc-Log-Result"]).decode()
    request_id = answer.headers["X-Fc-Request-Id"]
    lines = log.splitlines()
    assert lines[0] == f"FC Invoke Start RequestId: {request_id}"
    assert lines[1:4] == ["getting ready", "to stdout", "to stderr"]
    assert lines[4].endswith(f" {request_id} [INFO] logged")
    assert lines[5] == f"FC Invoke End RequestId: {request_id}"
    assert lines[6].startswith("Duration: ")
    assert "Memory Size: 512 MB" in lines[6]
    assert len(lines) == 7
    assert "to stdout" not in capsys.readouterr().out
    assert "X-Fc-Log-Result" not in place.invoke().headers


def test_every_way_to_print(here: Place, deploy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines and bytes written to the streams are in the log too, and the environment can be merged like a dict."""
    code = """
    import os, sys
    def handler(event, context):
        sys.stdout.writelines(["a\\n", "b\\n"])
        sys.stdout.buffer.write(b"c\\n")
        sys.stdout.buffer.flush()
        sys.stdout.flush()
        os.environ |= {"ADDED": "1"}
        merged = (os.environ | {"X": "1"}, {"FC_REGION": "mine"} | os.environ)
        del os.environ["ADDED"]
        return [merged[0]["X"], merged[0]["ADDED"], merged[1]["FC_REGION"], "ADDED" in os.environ]
    """
    deploy(here, code)

    run = here.functions.invoke("echo", b"")

    assert json.loads(run.body) == ["1", "1", "cn-hangzhou", False]
    assert run.log.splitlines()[1:4] == ["a", "b", "c"]
    assert capsys.readouterr().out == ""


def test_log_tail_is_four_kilobytes(here: Place, deploy: Any) -> None:
    """The log header carries the last 4 KB."""
    deploy(here, "def handler(event, context):\n    print('x' * 9000)\n    print('end')\n")

    answer = here.invoke(x_fc_log_type="Tail")

    tail = base64.b64decode(answer.headers["X-Fc-Log-Result"])
    assert len(tail) == 4096
    assert b"\nend\n" in tail


INSTALLS_HANDLER = """
import logging, sys
handler_of_mine = logging.StreamHandler(sys.stdout)
handler_of_mine.setFormatter(logging.Formatter("MINE %(message)s"))
logging.getLogger().addHandler(handler_of_mine)

def handler(event, context):
    logging.getLogger().info("hello")
"""


def test_log_handlers_stay_with_their_function(here: Place, deploy: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A log handler that a function adds to the root logger serves only that function, in later calls, too."""
    deploy(here, INSTALLS_HANDLER, name="installs")
    deploy(here, PRINTS, name="other")

    first, second = (here.functions.invoke("installs", b"").log for _ in range(2))
    other = here.functions.invoke("other", b"").log

    assert first.count("MINE hello") == second.count("MINE hello") == 1
    assert "MINE" not in other
    assert caplog.text == ""


def test_context_logger(here: Place, deploy: Any) -> None:
    """The logger of python3.12's context writes to the function's log."""
    code = """
    def handler(event, context):
        context.getLogger().warning("careful")
        return context.logger is not None
    """
    deploy(here, code, runtime="python3.12")

    run = here.functions.invoke("echo", b"")

    assert run.body == b"true"
    assert f"{run.request_id} [WARNING] careful\n" in run.log
