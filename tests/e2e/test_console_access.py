"""Who may look at the console on Function Compute, and what the command says about it."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import jwt
import pytest
import requests
from tests.conftest import PipelineHarness, make_event

from opsctl.cli.local import INSTANCE, LocalCloud, local
from opsctl.console import new_token
from opsctl.doctor import open_consoles
from opsledger.console import access
from opsledger.handlers import invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import FakeClock
    from tests.e2e.conftest import Ran

    from yunmock.fc.service import FunctionComputeService

FUNCTION = "opsledger-console"
SECRET = b"a secret of at least thirty-two bytes"
KEY = {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET).rstrip(b"=").decode(), "alg": "HS256"}
ADDRESS = f"https://{FUNCTION}-abcdefghij.cn-hangzhou.fcapp.run"


@pytest.fixture
def here(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Iterator[LocalCloud]:
    """A cloud with s.yaml deployed, the console's trigger with a JWT in a cookie, and one event."""
    monkeypatch.setattr(invocation, "_opened", None)
    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)
    for name, value in INSTANCE.items():
        monkeypatch.setenv(name, value)
    with local(tmp_path / "data", root / "s.yaml") as opened:
        state = cast("FunctionComputeService", opened.cloud.services["fc"])._state
        (trigger,) = (function := state.function(FUNCTION, "")).triggers
        auth: Any = {"jwks": {"keys": [KEY]}, "tokenLookup": "cookie:session"}
        with_jwt = replace(trigger, config={**trigger.config, "authType": "jwt", "authConfig": auth})
        state.functions[FUNCTION] = replace(function, triggers=(with_jwt,))
        PipelineHarness(opened.store).process(make_event("ecs:Instance:SystemMaintenance.Reboot", "Scheduled"))
        yield opened


@pytest.mark.usefixtures("here")
def test_a_jwt_opens_the_console_and_nothing_else_does() -> None:
    """With one that the trigger's key signed there are records; without, or with another, there is nothing."""
    good = jwt.encode({"uid": "li"}, SECRET, algorithm="HS256")
    bad = jwt.encode({"uid": "li"}, SECRET[::-1], algorithm="HS256")

    answers = [requests.get(f"{ADDRESS}/now.json", cookies={"session": t} if t else {}, timeout=10) for t in (bad, "")]
    opened = requests.get(f"{ADDRESS}/now.json", cookies={"session": good}, timeout=10)

    assert len(opened.json()["records"]) == 1
    for answer in answers:
        assert answer.status_code == 403
        assert "records" not in answer.text


@pytest.mark.usefixtures("here")
def test_the_function_s_own_address_gives_no_pages() -> None:
    """A browser would only download them."""
    good = jwt.encode({"uid": "li"}, SECRET, algorithm="HS256")

    answer = requests.get(f"{ADDRESS}/now", cookies={"session": good}, timeout=10)

    assert answer.status_code == 406
    assert "opsledger console --remote" in answer.text


def test_a_calendar_reads_its_feed_with_a_token_and_nothing_else(here: LocalCloud) -> None:
    """At the function's own address, where a calendar can neither sign nor send a JWT; the token reads no page."""
    token, entry = new_token("phone", "calendar")
    state = cast("FunctionComputeService", here.cloud.services["fc"])._state
    (trigger,) = (function := state.functions[FUNCTION]).triggers
    opened = replace(trigger, config={**trigger.config, "authType": "anonymous"})
    environment = {**function.environment, "OPSLEDGER_CONSOLE_TOKENS": str(entry)}
    state.functions[FUNCTION] = replace(function, triggers=(opened,), environment=environment)

    feed = requests.get(f"{ADDRESS}/calendar.ics?token={token}&severity=critical", timeout=10)
    refused = [requests.get(f"{ADDRESS}/calendar.ics{query}", timeout=10) for query in ("", "?token=x")]
    page = requests.get(f"{ADDRESS}/now.json?token={token}", timeout=10)

    assert (feed.status_code, feed.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert feed.text.count("BEGIN:VEVENT") == 1
    assert [one.status_code for one in (*refused, page)] == [401, 401, 403]
    assert not any("VCALENDAR" in one.text for one in (*refused, page))


@pytest.mark.parametrize(
    ("auth", "tokens", "is_open"),
    [("function", "", False), ("jwt", "", False), ("anonymous", "x.all.0", False), ("anonymous", "", True)],
)
def test_doctor_finds_a_console_that_is_open_to_the_world(
    root: Path, tmp_path: Path, auth: str, tokens: str, *, is_open: bool
) -> None:
    """An anonymous trigger needs tokens."""
    text = (root / "s.yaml").read_text(encoding="utf-8").replace("authType: function", f"authType: {auth}")
    text = text.replace("code: ./functions", f"code: {root}/functions")
    file = tmp_path / "s.yaml"
    file.write_text(text.replace("${env('OPSLEDGER_CONSOLE_TOKENS', '')}", f"'{tokens}'"), encoding="utf-8")

    assert open_consoles(file) == ([FUNCTION] if is_open else [])


def test_the_command_makes_tokens_that_the_function_knows(run: Callable[..., Ran]) -> None:
    """The token once, and the entry with its digest alone."""
    made = run("console", "--new-token", "phone", "--scope", "calendar", "--json").json
    (entry,) = access.read(made["entry"])

    assert (entry.name, entry.scope, entry.digest) == ("phone", "calendar", access.digest(made["token"]))
    assert made["token"] not in made["entry"]
    assert run("console", "--new-token", "a b").code == 2


def test_the_command_prints_one_line_and_serves_until_it_is_stopped(tmp_path: Path) -> None:
    """`--port 0 --no-browser --json` for programs: an address that answers, and an end without an error."""
    command = [sys.executable, "-m", "opsctl", "--data", str(tmp_path), "console"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--port", "0", "--no-browser", "--json"], stdout=subprocess.PIPE, env=dict(os.environ)
    ) as served:
        assert served.stdout is not None
        line = served.stdout.readline()
        url = json.loads(line)["url"]
        answer: Any = requests.get(f"{url}now.json", timeout=10)
        served.send_signal(signal.SIGTERM)
        code, rest = served.wait(30), served.stdout.read()

    assert re.fullmatch(rb'\{"url": "http://127\.0\.0\.1:\d+/"\}\n', line)
    assert answer.json()["records"] == []
    assert (code, rest) == (0, b"")
