"""The function `console`: who may look, and what a browser gets at the function's own address."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulation.memory_store import MemoryStore

from opsctl.console import new_token
from opsledger.console import access
from opsledger.errors import MisconfiguredError
from opsledger.handlers import console, invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FakeClock

    Ask = Callable[..., tuple[int, str]]

ADDRESS = "opsledger-console-abc.cn-hangzhou.fcapp.run"
CONTEXT = SimpleNamespace(request_id="r1", credentials=SimpleNamespace(access_key_id="k", access_key_secret="s"))


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Ask:
    """Sends a request to the function, and returns the status and the body."""
    store = MemoryStore()
    monkeypatch.setattr(invocation, "open_store", lambda _: store)
    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)
    monkeypatch.setenv("OTS_ENDPOINT", "https://x.example")
    monkeypatch.setenv("OTS_INSTANCE", "x")

    def ask(path: str, host: str = "ops.example.com", **more: Any) -> tuple[int, str]:
        event = {"rawPath": path, "requestContext": {"domainName": host, "http": {"method": "GET"}}, **more}
        answer = console.handle(json.dumps(event), CONTEXT)
        return answer["statusCode"], base64.b64decode(answer["body"]).decode()

    return ask


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A token of each scope, by it; the function knows them."""
    made = {scope: new_token(f"of-{scope}", scope) for scope in access.SCOPES}
    monkeypatch.setenv("OPSLEDGER_CONSOLE_TOKENS", ", ".join(str(entry) for _, entry in made.values()))
    return {scope: token for scope, (token, _) in made.items()}


def test_without_tokens_the_trigger_decides(ask: Ask) -> None:
    """Who comes through it sees everything."""
    assert ask("/now.json")[0] == 200
    assert "<h1>" in ask("/")[1]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"queryParameters": {"token": ""}},
        {"queryParameters": {"token": "wrong"}},
        {"headers": {"Authorization": "Bearer wrong"}},
        {"headers": {"Authorization": "Basic d3Jvbmc="}},
    ],
)
def test_with_tokens_nobody_else_gets_in(ask: Ask, tokens: dict[str, str], given: dict[str, Any]) -> None:
    """Neither without one nor with a wrong one, to any page or file."""
    for path in ("/", "/now.json", "/console.css", "/calendar.ics", "/none"):
        status, body = ask(path, **given)
        assert (status, "token" in body, "<" in body) == (401, True, False)
    assert tokens


def test_a_token_opens_what_its_scope_names(ask: Ask, tokens: dict[str, str]) -> None:
    """In the address, or in the header; a calendar's reads no page."""
    with_all, calendar = tokens["all"], tokens["calendar"]

    assert ask("/now.json", queryParameters={"token": with_all})[0] == 200
    assert ask("/now.json", headers={"Authorization": f"bearer {with_all}"})[0] == 200
    assert ask("/now.json", queryParameters={"token": calendar})[0] == 403
    assert ask("/", queryParameters={"token": calendar})[0] == 403
    status, body = ask("/calendar.ics", ADDRESS, queryParameters={"token": calendar, "severity": "critical"})
    assert (status, body.splitlines()[0]) == (200, "BEGIN:VCALENDAR")
    assert calendar not in body
    assert ask("/calendar.ics", queryParameters={"token": tokens["metrics"]})[0] == 403


def test_a_monitoring_system_reads_the_metrics_alone(ask: Ask, tokens: dict[str, str]) -> None:
    """With its token in the header, at the function's own address; without one, nobody does."""
    bearer = {"Authorization": f"Bearer {tokens['metrics']}", "Accept": "application/openmetrics-text"}

    status, body = ask("/metrics", ADDRESS, headers=bearer)
    assert (status, body.splitlines()[-1]) == (200, "# EOF")
    assert ask("/now.json", headers=bearer)[0] == ask("/health.json", headers=bearer)[0] == 403
    assert ask("/metrics")[0] == 401
    assert ask("/metrics", queryParameters={"token": tokens["calendar"]})[0] == 403


def test_a_token_is_on_no_page(ask: Ask, tokens: dict[str, str]) -> None:
    """Links do not repeat it, so a page that is passed on gives nothing away."""
    status, body = ask("/now", queryParameters={"token": tokens["all"], "severity": "critical"})

    assert status == 200
    assert "severity=critical" in body
    assert tokens["all"] not in body


def test_an_entry_that_is_removed_revokes_its_token(
    ask: Ask, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others go on."""
    _, kept = new_token("kept", "all")
    monkeypatch.setenv("OPSLEDGER_CONSOLE_TOKENS", str(kept))

    assert ask("/now.json", queryParameters={"token": tokens["all"]})[0] == 401


@pytest.mark.parametrize(
    "entries", ["secret", "a.all.xyz", f"a.some.{'0' * 64}", f"a.all.{'0' * 64} b", f".all.{'0' * 64}"]
)
def test_a_wrong_entry_stops_the_function_and_is_not_shown(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, entries: str
) -> None:
    """A console that should ask for tokens is never open by mistake."""
    monkeypatch.setenv("OPSLEDGER_CONSOLE_TOKENS", entries)

    with pytest.raises(MisconfiguredError, match="OPSLEDGER_CONSOLE_TOKENS") as stopped:
        ask("/now.json")

    assert entries not in str(stopped.value)


@pytest.mark.parametrize("host", [ADDRESS, "X.FCAPP.RUN:443"])
def test_the_function_s_own_address_has_no_pages(ask: Ask, host: str) -> None:
    """A browser would download them; programs get JSON and CSV there, and a page is refused with what to do."""
    assert ask("/now.json", host)[0] == ask("/search.csv", host)[0] == 200
    status, body = ask("/now", host)

    assert (status, "opsledger console --remote" in body) == (406, True)
    assert ask("/now", "fcapp.run.example.com")[0] == 200
