"""`notify`, and what `explain` and `doctor` say of notifications."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from opsledger.deadline import SystemClock
from opsledger.notify.config import read
from yunmock import local_cloud
from yunmock.chat.service import ChatService
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from tests.conftest import FakeClock, MakeEvent
    from tests.e2e.conftest import Ran

    Run: TypeAlias = Callable[..., Ran]

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
ROUTES = """\
channels:
  ops:
    url: {url}
    language: en
routes:
  - match: {{severity: [critical, warning]}}
quiet:
  - {{from: 22:00, to: 07:00}}
allow_private: true
"""
WRONG = [
    ("    language: xx\n", 4, "channels.ops.language"),
    ("    zoen: x\n", 4, "channels.ops.zoen"),
    ("reminders: [2x]\n", 4, "reminders.0"),
    ("quiet:\n  - {from: 25:00, to: 07:00}\n", 5, "quiet.0.from"),
    ("routes:\n  - match: {severity: [x]}\n    chanels: ops\n", 6, "routes.0.chanels"),
    ("  : [\n", 4, "routes"),
]


@pytest.fixture
def chat() -> Iterator[tuple[ChatService, str]]:
    """A chat behind a server on loopback, and the address of a DingTalk robot in it."""
    cloud = local_cloud()
    service = cloud.services["chat"]
    assert isinstance(service, ChatService)
    with Server(cloud) as server:
        yield service, f"http://{server.address}{service.add('dingtalk', 'token-1')}"
    cloud.close()


@pytest.mark.parametrize(("text", "line", "path"), WRONG)
def test_a_mistake_in_the_routes_has_its_line(run: Run, tmp_path: Path, text: str, line: int, path: str) -> None:
    """And the file; the command fails."""
    file = tmp_path / "notify.yaml"
    file.write_text(f"channels:\n  ops:\n    url: https://receiver.example/x\n{text}")
    result = run("notify", "compile", str(file))

    assert result.code == 1
    assert f"{file}:{line}: {path}: " in result.err


def test_compiled_routes_are_what_the_variable_takes(run: Run, tmp_path: Path) -> None:
    """A time in YAML stays a time."""
    file = tmp_path / "notify.yaml"
    file.write_text(ROUTES.format(url="https://receiver.example/x"))
    config = read(run("notify", "compile", str(file)).out)

    assert config is not None
    assert (config.quiet[0].begin, config.quiet[0].end) == (22 * 60, 7 * 60)


def test_a_preview_has_every_message(run: Run, event: MakeEvent, tmp_path: Path) -> None:
    """The announcement, the reminders and that it is overdue, each with its id, its moment and its text."""
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event(REBOOT, "Scheduled", now_ms=SystemClock().now_ms())))
    found = run("notify", "preview", str(file), "--json").json

    assert [one["kind"] for one in found if one["kind"] != "reminder"] == ["step", "overdue"]
    assert len({one["id"] for one in found}) == len(found)
    assert all(one["id"] in one["text"] and "What to do" in one["text"] for one in found)


def test_what_was_sent_is_listed_and_can_be_sent_again(
    run: Run, event: MakeEvent, clock: FakeClock, chat: tuple[ChatService, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its id, by its record and by its state; a muted record is not sent."""
    receivers, address = chat
    monkeypatch.setenv(
        "OPSLEDGER_NOTIFY",
        json.dumps({"channels": {"ops": {"url": address, "kind": "dingtalk"}}, "allow_private": True}),
    )
    run("publish", given=event(REBOOT, "Scheduled"))
    assert run("invoke", "opsledger-notifier", given={}).code == 0
    (sent,) = run("notify", "list", "--json").json
    assert (sent["state"], sent["channel"], sent["attempts"]) == ("sent", "ops", 1)
    assert run("notify", "show", sent["id"], "--json").json == run("notify", "show", sent["subject"], "--json").json
    assert "step" in run("notify", "list", "--state", "sent").out
    assert run("notify", "retry", sent["id"]).code == 0
    assert run("notify", "mute", sent["subject"], "--until", "2099-01-01T00:00:00Z").code == 0
    clock.now = SystemClock().now_ms() + 1  # the functions' clock stands; that of the commands does not
    run("invoke", "opsledger-notifier", given={})
    assert run("notify", "show", sent["id"], "--json").json[0]["state"] == "muted"
    assert len(receivers.messages("dingtalk")) == 1
    assert run("notify", "test", "ops").code == 0
    assert len(receivers.messages("dingtalk")) == 2
    assert run("notify", "show", "nothing").code == 3


def test_explain_says_who_would_be_notified(run: Run, event: MakeEvent, monkeypatch: pytest.MonkeyPatch) -> None:
    """When and of what; and why nobody is."""
    assert "nobody: no channel" in run("explain", given=event(REBOOT, "Scheduled")).out
    monkeypatch.setenv("OPSLEDGER_NOTIFY", "https://oapi.dingtalk.com/robot/send?access_token=x")
    assert "→ default: step:" in run("explain", given=event(REBOOT, "Scheduled")).out
    assert "nobody: no route takes it" in run("explain", given=event("ecs:Instance:StateChange", "Running")).out


ROUTED = {
    "channels": {name: {"url": f"https://{name}.example/x"} for name in ("pager", "ops", "info", "spare", "later")},
    "routes": [
        {"match": {"severity": "critical"}, "channels": "pager", "continue": True},
        {"match": {"type": "Instance:SystemMaintenance.*"}, "channels": "ops"},
        {"match": {"region": ["cn-beijing", "cn-shanghai"]}, "channels": "info"},
        {"channels": "later"},
    ],
}


def test_explain_says_through_which_route_and_why_others_are_not(
    run: Run, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each channel with its route, or with what keeps each route that names it from leading there."""
    monkeypatch.setenv("OPSLEDGER_NOTIFY", json.dumps(ROUTED))
    shown = run("explain", "--json", given=event(REBOOT, "Scheduled")).json
    found = {one["channel"]: (one["route"], one["reasons"]) for one in shown["routing"]}

    assert found == {
        "pager": ("routes.0", []),
        "ops": ("routes.1", []),
        "info": (None, ["routes.2 asks for region cn-beijing or cn-shanghai, and it is cn-hangzhou"]),
        "spare": (None, ["no route names it"]),
        "later": (None, ["routes.1 takes it and does not continue to routes.3"]),
    }
    assert {one["channel"] for one in shown["notifications"]} == {"pager", "ops"}
    text = run("explain", given=event("ecs:Instance:StateChange", "Running")).out
    assert "pager: not: routes.0 asks for severity critical, and it is info" in text
    monkeypatch.setenv("OPSLEDGER_NOTIFY", json.dumps({"channels": ROUTED["channels"]}))
    assert "pager: through the default" in run("explain", given=event(REBOOT, "Scheduled")).out
    text = run("explain", given=event("ecs:Instance:StateChange", "Running")).out
    assert "pager: not: it is info, and without routes" in text


def test_doctor_reads_the_routes(run: Run, tmp_path: Path) -> None:
    """A notify.yaml beside the s.yaml is checked too."""
    (tmp_path / "s.yaml").write_text("edition: 3.0.0\nname: x\nresources: {}\n")
    (tmp_path / "notify.yaml").write_text("channels:\n  ops:\n    url: ftp://x\n")
    result = run("doctor", str(tmp_path / "s.yaml"))

    assert result.code == 1
    assert "notify.yaml:2: channels.ops" in result.err
