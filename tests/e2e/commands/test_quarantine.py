"""Operators' commands from end to end: the command line, `s.yaml`, the real SDKs, and the local cloud behind them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from opsledger import catalog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FakeClock, MakeEvent
    from tests.e2e.conftest import Ran

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

DONE, FAILED, USAGE, NOT_THERE = 0, 1, 2, 3
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
NEW = "ecs:Instance:SystemMaintenance.Teleport"
EVIL = "\x1b]0;pwned\x07\u202etxt"


@pytest.fixture
def learn(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Add the new type to the catalogue, as an update would."""

    def learned() -> None:
        monkeypatch.setitem(catalog._EVENT_TYPES, NEW, catalog.find(REBOOT)[0]._replace(type=NEW))

    return learned


# ----------------------------------------------------------------------------------------------------- quarantine
def test_an_unknown_type_is_quarantined_listed_and_replayed(
    run: Callable[..., Ran], event: MakeEvent, learn: Callable[[], None]
) -> None:
    """The whole story: the report asks for a row, the catalogue gets one, the replay records, and nothing waits."""
    run("publish", given={**event(REBOOT, "Scheduled"), "type": NEW})
    (waiting,) = run("quarantine", "list", "--json").json
    assert (waiting["reason"], waiting["type"], waiting["count"]) == ("unknown_type", NEW, 1)
    (todo,) = run("drift", "--days", "9999", "--json").json
    assert (todo["what"], todo["type"], todo["example"]) == ("new type", NEW, waiting["digest"])

    still = run("quarantine", "replay", "--reason", "unknown_type", "--json")
    assert (still.code, still.json[0]["resolved"]) == (FAILED, None)
    learn()
    told = run("quarantine", "replay", "--reason", "unknown_type", "--json")

    assert (told.code, [one["outcome"] for one in told.json[0]["became"]]) == (DONE, ["recorded"])
    assert [record["status"] for record in run("records", "--json").json] == ["Scheduled"]
    assert run("quarantine", "list", "--json").json == []
    assert [entry["replays"] for entry in run("quarantine", "list", "--all", "--json").json] == [2]
    assert run("drift", "--days", "9999", "--json").json == []


def test_people_see_what_waits_and_what_became_of_it(
    run: Callable[..., Ran], event: MakeEvent, learn: Callable[[], None]
) -> None:
    """Tables and lines say the same as the JSON."""
    run("publish", given={**event(REBOOT, "Scheduled"), "type": NEW})
    listed = run("quarantine", "list").out
    digest = run("quarantine", "list", "--json").json[0]["digest"]
    shown = run("quarantine", "show", digest[:9]).out
    learn()
    replayed = run("quarantine", "replay").out

    assert "unknown_type" in listed
    assert "1 waiting" in listed
    assert digest in shown
    assert f"the catalogue has no type '{NEW}'" in shown
    assert "recorded: ecs:event:" in replayed
    assert "1 replayed, 1 resolved, 0 still waiting" in replayed


@pytest.mark.parametrize(
    "payload", [b"\xff\x00\x1b[2J", EVIL.encode(), json.dumps({"type": EVIL, "source": EVIL}).encode()]
)
def test_a_hostile_payload_is_shown_escaped_and_written_exactly(run: Callable[..., Ran], payload: bytes) -> None:
    """No terminal is moved by it; --raw alone gives the bytes, every one."""
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


def test_what_is_not_there_is_told(run: Callable[..., Ran]) -> None:
    """An unknown digest or record ends with 3, an unknown reason with 1, two ways to choose with 2."""
    assert run("quarantine", "show", "abc").code == NOT_THERE
    assert run("quarantine", "replay", "abc").code == NOT_THERE
    assert run("quarantine", "list", "--reason", "bad_luck").code == FAILED
    assert run("quarantine", "replay", "abc", "--reason", "not_json").code == USAGE
    assert run("rebuild", "--record", "nobody").code == NOT_THERE
    assert run("rebuild", "--record", "a", "--kind", "b").code == USAGE


# -------------------------------------------------------------------------------------------------------- explain
def test_a_payload_is_explained_from_rule_to_row(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Form, rules with reasons, identity, decision and rows; and it is what then happens."""
    run("publish", given=event(REBOOT, "Scheduled"))
    told = run("explain", "--json", given=event(REBOOT, "Executing")).json
    (delivery,) = told["deliveries"]
    rules = {rule["function"]: rule for rule in delivery["rules"]}

    assert (delivery["form"], delivery["outcome"]) == ("cloudevent", "recorded")
    assert rules["opsledger-ecs-events"]["matched"]
    assert not rules["opsledger-eci-events"]["matched"]
    assert rules["opsledger-eci-events"]["reasons"][0].startswith("source: ")
    assert (delivery["before"]["status"], delivery["after"]["status"]) == ("Scheduled", "Executing")
    assert [(row["table"], row["effect"]) for row in told["rows"]] == [("ledger", "new"), ("records", "replaced")]
    assert run("records", "--json").json == [delivery["before"]]
    run("publish", given=event(REBOOT, "Executing"))
    assert run("records", "--json").json == [delivery["after"]]


def test_a_batch_with_something_bad_is_explained_delivery_by_delivery(
    run: Callable[..., Ran], event: MakeEvent
) -> None:
    """The bad one is refused with its paths and the others are not kept from theirs."""
    batch = [event(REBOOT, "Scheduled", instanceId=7), event(REBOOT, "Avoided"), 7]
    told = run("explain", "--json", given=batch).json["deliveries"]
    shown = run("explain", given=batch).out

    assert [one["outcome"] for one in told] == ["quarantined", "recorded", "quarantined"]
    assert told[0]["errors"][0]["path"] == "data.instanceId"
    assert "invalid: data.instanceId" in shown
    assert "Nothing was written." in shown
    assert run("quarantine", "list", "--json").json == []


# -------------------------------------------------------------------------------------------------------- sweeper
def test_the_sweeper_marks_and_an_event_takes_the_mark_off(
    run: Callable[..., Ran], event: MakeEvent, clock: FakeClock
) -> None:
    """Deployed by s.yaml and invoked as its timer does; `records --overdue` lists what it found."""
    run("publish", given=[event(REBOOT, "Scheduled", seed="a"), event(REBOOT, "Scheduled", seed="b")])
    clock.now += 30 * 86_400_000
    swept = run("invoke", "sweeper", "--json", given={"triggerName": "every-ten-minutes"}).json["result"]
    overdue = run("records", "--overdue", "--json").json
    run("publish", given=event(REBOOT, "Executed", seed="a"))

    assert swept == {"looked": 2, "overdue": 2, "presumed": 0, "unreadable": 0, "finished": True}
    assert len(overdue) == 2
    assert all(record["overdue_since"] for record in overdue)
    assert "Overdue since" in run("records").out
    assert [record["status"] for record in run("records", "--overdue", "--json").json] == ["Scheduled"]


# ------------------------------------------------------------------------------------- rebuild, export and import
def test_a_backup_is_restored_into_an_empty_cloud(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path) -> None:
    """Records, ledger and quarantine; a second import changes nothing, and the ledger proves the records."""
    run("publish", given=[event(REBOOT, "Scheduled"), event(REBOOT, "Executed")])
    run("invoke", "ecs_events", given=b"no json")
    backup, other = str(tmp_path / "backup.jsonl"), ("--data", str(tmp_path / "other"))
    exported = run("export", backup)
    imported = [run("import", backup, *other), run("import", backup, *other, "--resume")]

    assert exported.out == "exported 2 rows of ledger, 1 rows of quarantine\n"
    assert [ran.code for ran in imported] == [DONE, DONE]
    for listing in (("records",), ("quarantine", "list")):
        assert run(*listing, "--json", *other).json == run(*listing, "--json").json != []
    assert run("rebuild", *other).out == "1 record compared with the ledger, 0 differ\n"
    assert run("export", backup).code == FAILED  # never over what is there
    assert run("export", backup, "--resume").out == "exported nothing more\n"


def test_a_rebuild_reports_and_applies_new_rules(
    run: Callable[..., Ran], event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with 1 while something differs, and with 0 once it is applied."""
    run("publish", given=event(REBOOT, "Scheduled"))
    spec = catalog.find(REBOOT)[0]._replace(level="warning")
    monkeypatch.setitem(catalog._EVENT_TYPES, REBOOT, spec)
    differing = run("rebuild", "--from-content", "--json")
    shown = run("rebuild", "--from-content", "--apply")

    assert differing.code == FAILED
    assert differing.json["differences"][0]["columns"]["severity"] == {"stored": "critical", "ledger": "warning"}
    assert (shown.code, "severity: stored critical, by the ledger warning" in shown.out) == (DONE, True)
    assert run("rebuild", "--from-content").code == DONE
