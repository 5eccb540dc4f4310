"""`opsledger quarantine` and `opsledger drift`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import DONE, FAILED, NOT_THERE, USAGE
from opsledger import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
NEW = "ecs:Instance:SystemMaintenance.Teleport"
EVIL = "\x1b]0;pwned\x07\u202etxt"


@pytest.fixture
def learn(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Add the new type to the catalogue, as an update would."""

    def learned() -> None:
        monkeypatch.setitem(catalog._EVENT_TYPES, NEW, catalog.find(REBOOT)[0]._replace(type=NEW))

    return learned


def test_an_unknown_type_waits_until_the_catalogue_has_it(
    run: Callable[..., Ran], event: MakeEvent, learn: Callable[[], None]
) -> None:
    """It is listed and reported as drift; once the catalogue has the type, a replay records the event."""
    run("publish", given={**event(REBOOT, "Scheduled"), "type": NEW})
    (waiting,) = run("quarantine", "list", "--json").json
    assert (waiting["reason"], waiting["type"], waiting["count"]) == ("unknown_type", NEW, 1)
    (finding,) = run("drift", "--days", "9999", "--json").json
    assert (finding["what"], finding["type"], finding["example"]) == ("new type", NEW, waiting["digest"])
    assert "subject" in finding

    too_early = run("quarantine", "replay", "--reason", "unknown_type", "--json")
    assert (too_early.code, too_early.json[0]["resolved"]) == (FAILED, None)
    learn()
    replayed = run("quarantine", "replay", "--reason", "unknown_type", "--json")

    (record,) = run("records", "--json").json
    assert (replayed.code, replayed.json[0]["became"]) == (
        DONE,
        [{"outcome": "recorded", "subject": record["record"]}],
    )
    assert record["status"] == "Scheduled"
    assert run("quarantine", "list", "--json").json == []
    assert [entry["replays"] for entry in run("quarantine", "list", "--all", "--json").json] == [2]
    assert run("drift", "--days", "9999", "--json").json == []


def test_people_see_the_same_as_programs(run: Callable[..., Ran], event: MakeEvent, learn: Callable[[], None]) -> None:
    """Tables and lines for what waits, for one payload, for the drift report and for a replay."""
    run("publish", given={**event(REBOOT, "Scheduled"), "type": NEW})
    listed, drift = run("quarantine", "list").out, run("drift", "--days", "9999").out
    digest = run("quarantine", "list", "--json").json[0]["digest"]
    shown = run("quarantine", "show", digest[:9]).out
    learn()
    replayed = run("quarantine", "replay").out

    assert "unknown_type" in listed
    assert "1 waiting" in listed
    assert "new type: add a row to the catalogue" in drift
    assert "1 to do" in drift
    assert digest in shown
    assert f"the catalogue has no type '{NEW}'" in shown
    assert "recorded: ecs:event:" in replayed
    assert "1 replayed, 1 resolved, 0 still waiting" in replayed


@pytest.mark.parametrize(
    "payload", [b"\xff\x00\x1b[2J", EVIL.encode(), json.dumps({"type": EVIL, "source": EVIL}).encode()]
)
def test_a_hostile_payload_is_escaped(run: Callable[..., Ran], payload: bytes) -> None:
    """No output has control characters; only `--raw` writes the payload's exact bytes."""
    run("invoke", "ecs_events", given=payload)
    digest = run("quarantine", "list", "--json").json[0]["digest"]
    shown = [run("quarantine", "show", digest).out, run("quarantine", "list").out, run("explain", given=payload).out]
    shown += [
        run("quarantine", "show", digest, "--json").out,
        run("quarantine", "replay").out,
        run("drift", "--days", "9999").out,
    ]

    assert all(line.isprintable() for text in shown for line in text.split("\n"))
    raw = run("quarantine", "show", digest, "--raw").out
    assert raw.encode(errors="surrogateescape") in (payload, payload.decode(errors="replace").encode())


def test_exit_codes(run: Callable[..., Ran]) -> None:
    """An unknown digest gives 3, an unknown reason 2, and two selections at once 2."""
    assert run("quarantine", "show", "abc").code == NOT_THERE
    assert run("quarantine", "replay", "abc").code == NOT_THERE
    assert run("quarantine", "list", "--reason", "bad_luck").code == USAGE
    assert run("quarantine", "replay", "abc", "--reason", "not_json").code == USAGE
