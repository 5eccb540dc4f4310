"""The command line: what each command prints, for people and for programs, and the code it ends with."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import sample
from opsctl.cli.app import app
from opsledger import __version__, catalog
from yunmock import Cloud, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
DONE, FAILED, USAGE, NOT_THERE = 0, 1, 2, 3
ECS = tuple(spec for spec in catalog.event_types() if spec.kind.product == "ecs")
FAMILIES = {
    "system-event",
    "instance-state",
    "preemptible-interruption",
    "live-migration",
    "performance-mode",
    "performance-restriction",
}
RECORD = """record product kind resource_type resource_id status status_at terminal severity region account not_before
    started_at finished_at first_seen last_seen transitions anomalies"""


def as_bytes(value: Any) -> bytes:
    """What is piped into a command."""
    return json.dumps(value).encode()


# -------------------------------------------------------------------------------------------------------------- publish
def test_an_event_travels_the_whole_way(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Bus, rule, function, tables, and back."""
    published = run("publish", "--json", given=as_bytes(event(REBOOT, "Scheduled")))
    found = run("records", "--json")

    (told,) = published.json
    assert (published.code, found.code) == (DONE, DONE)
    matched = [rule for rule in told["rules"] if rule["matched"]]
    (delivery,) = matched[0]["deliveries"]
    assert (told["type"], delivery["target"]) == (REBOOT, "opsledger-ecs-events")
    assert delivery["attempts"][0]["result"] == {
        "received": 1,
        "recorded": 1,
        "duplicate": 0,
        "out_of_order": 0,
        "quarantined": 0,
    }
    assert [record["status"] for record in found.json] == ["Scheduled"]


def test_a_record_in_json_has_what_programs_need(run: Callable[..., Ran], event: MakeEvent) -> None:
    """At least these fields, moments in ISO 8601, UTC."""
    run("publish", given=as_bytes([event(REBOOT, "Scheduled"), event(REBOOT, "Avoided")]))

    (record,) = run("records", "--json").json

    assert set(RECORD.split()) <= set(record)
    assert [set(step) >= {"status", "at", "key"} for step in record["transitions"]] == [True, True]
    assert record["status_at"] == "2026-01-01T00:00:00Z"
    assert record["terminal"] is True
    assert run("show", record["record"], "--json").json == record


def test_what_is_not_matched_is_told_with_reasons(run: Callable[..., Ran], event: MakeEvent) -> None:
    """No rule takes it: not a failure, and the reasons are there for people and programs."""
    stray = {**event(), "type": "ecs:Snapshot:CreateSnapshotCompleted"}

    (told,) = run("publish", "--json", given=as_bytes(stray)).json
    shown = run("publish", given=as_bytes(stray))

    assert not any(rule["matched"] for rule in told["rules"])
    assert all(rule["reasons"] for rule in told["rules"])
    assert "did not match" in shown.out


@pytest.mark.parametrize("text", [b"not json", b'{"a": NaN}', b"17", b"{}", b'{"surprise": 1}', b"\xff"])
def test_what_cannot_be_published_fails(run: Callable[..., Ran], text: bytes) -> None:
    """With a line that says so, and no traceback."""
    told = run("publish", given=text)

    assert told.code == FAILED
    assert "not published" in told.out
    assert "Traceback" not in told.out + told.err


def test_one_bad_event_does_not_keep_the_others_from_the_bus(run: Callable[..., Ran], event: MakeEvent) -> None:
    """The rest of the file is published; the command fails all the same."""
    told = run("publish", "--json", given=as_bytes([event(seed="a"), {"surprise": 1}, event(seed="b")]))

    assert told.code == FAILED
    assert ["error" in one for one in told.json] == [False, True, False]
    assert len(run("records", "--json").json) == 2


def test_a_function_that_fails_fails_the_command(
    run: Callable[..., Ran], event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published, delivered, and not recorded: exit code 1."""
    break_down(monkeypatch)

    assert run("publish", given=as_bytes(event())).code == FAILED


def break_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every write of every cloud dropped."""
    made = Cloud.__init__

    def faulty(cloud: Cloud, **told: Any) -> None:
        made(cloud, **told)
        cloud.faults.add(Fault("tablestore", "BatchWriteRow", action="drop", times=-1))

    monkeypatch.setattr(Cloud, "__init__", faulty)


KINDS = [kind for kind in catalog.kinds().values() if kind.product == "ecs"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_sample_round_trips(run: Callable[..., Ran], kind: catalog.Kind) -> None:
    """Each type and status in each form goes through `invoke --event -`, and through `publish -` before."""
    told = [(spec, status) for spec in ECS if spec.kind is kind for status in sample.statuses(spec)]
    events = [
        sample.event(spec, status, form, seed=spec.type, now_ms=1_767_225_600_000)
        for spec, status in told
        for form in sample.all_forms(spec)
    ]
    # Of the many system events, every fifth: with six forms, each type and each form in turn.
    usual = events[:: 5 if len(events) > 200 else 1]

    published = run("publish", "-", "--json", given=as_bytes(usual))
    invoked = run("invoke", "ecs_events", "--event", "-", "--json", given=as_bytes(events))

    assert (published.code, invoked.code) == (DONE, DONE)
    assert invoked.json["result"]["received"] == len(events)
    assert invoked.json["result"]["quarantined"] == 0
    assert {record["kind"] for record in run("records", "--json").json} == {kind.name}


@pytest.mark.parametrize("form", sample.all_forms(ECS[0]))
def test_a_sample_of_every_type_can_be_had(run: Callable[..., Ran], form: str) -> None:
    """By the command, in each form, in its last status; what it prints is read without refusal."""
    made = [run("sample", s.type, "--status", sample.statuses(s)[-1], "--form", form, "--seed", s.type) for s in ECS]

    assert {one.code for one in made} == {DONE}
    invoked = run("invoke", "ecs_events", "--json", given=as_bytes([one.json for one in made])).json
    assert (invoked["result"]["received"], invoked["result"]["quarantined"]) == (len(ECS), 0)


# --------------------------------------------------------------------------------------------------------------- invoke
@pytest.mark.parametrize("name", ["ecs_events", "opsledger-ecs-events"])
def test_a_function_is_invoked_by_either_name(run: Callable[..., Ran], event: MakeEvent, name: str) -> None:
    """Its own, or its code folder's; the result, the duration and the memory are told."""
    told = run("invoke", name, "--json", given=as_bytes(event())).json

    assert told["result"]["recorded"] == 1
    assert told["error_type"] == ""
    assert told["request_id"] in told["log"]
    assert told["duration_ms"] > 0


def test_an_invocation_is_shown_to_people(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path) -> None:
    """Function Compute's log lines, then the result."""
    file = tmp_path / "event.json"
    file.write_bytes(as_bytes(event()))

    told = run("invoke", "ecs_events", "--event", str(file))

    assert told.code == DONE
    assert "FC Invoke Start RequestId" in told.out
    assert "Max Memory Used" in told.out
    assert '"recorded": 1' in told.out


def test_a_failed_invocation_shows_the_platforms_error(
    run: Callable[..., Ran], event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, and Function Compute's error object."""
    break_down(monkeypatch)

    told = run("invoke", "ecs_events", "--json", given=as_bytes(event()))

    assert told.code == FAILED
    assert told.json["error_type"] == "UnhandledInvocationError"
    assert told.json["error"]["errorType"] == "UnavailableError"


def test_bad_input_is_invoked_and_quarantined(run: Callable[..., Ran]) -> None:
    """`invoke` takes any bytes: so the function's refusal can be seen."""
    told = run("invoke", "ecs_events", "--json", given=b"\xff\x00 not json")

    assert told.code == DONE
    assert told.json["result"]["quarantined"] == 1


# -------------------------------------------------------------------------------------------------------- records, show
@pytest.fixture
def filled(run: Callable[..., Ran], event: MakeEvent) -> Callable[..., Ran]:
    """A ledger with a reboot scheduled, one avoided, and an instance running in Beijing."""
    running = {**event("ecs:Instance:StateChange", "Running", seed="a"), "aliyunoriginalaccountid": "7"}
    run("publish", given=as_bytes([event(REBOOT, "Scheduled", seed="a"), event(REBOOT, "Avoided", seed="b"), running]))
    return run


FILTERS = [
    ((), 3),
    (("--status", "Scheduled"), 1),
    (("--status", "scheduled"), 1),
    (("--kind", "system-event"), 2),
    (("--kind", REBOOT), 2),
    (("--kind", "Instance:StateChange"), 1),
    (("--kind", "system-event", "--status", "Avoided"), 1),
    (("--region", "cn-hangzhou"), 3),
    (("--region", "mars"), 0),
    (("--status", "Executing"), 0),
    (("--resource", "i-none"), 0),
]


@pytest.mark.parametrize(("asked", "count"), FILTERS)
def test_records_are_filtered(filled: Callable[..., Ran], asked: tuple[str, ...], count: int) -> None:
    """For programs and for people alike; nothing found is no failure."""
    told, shown = filled("records", *asked, "--json"), filled("records", *asked)

    assert (told.code, shown.code) == (DONE, DONE)
    assert len(told.json) == count
    assert shown.out.rstrip().endswith(f"{count} record{'' if count == 1 else 's'}")


def test_records_of_one_resource(filled: Callable[..., Ran], event: MakeEvent) -> None:
    """All kinds of them."""
    told = filled("records", "--resource", event(seed="a")["data"]["instanceId"], "--json").json

    assert {record["kind"] for record in told} == {"system-event", "instance-state"}


def test_a_record_is_shown_by_key_or_by_id(filled: Callable[..., Ran], event: MakeEvent) -> None:
    """The whole key, or what identifies the event."""
    event_id = event(seed="a")["data"]["eventId"]

    by_key, by_id = filled("show", f"ecs:event:{event_id}", "--json"), filled("show", event_id, "--json")
    shown = filled("show", event_id)

    assert by_key.json == by_id.json
    assert by_id.json["record"] == f"ecs:event:{event_id}"
    assert shown.code == DONE
    assert "Scheduled" in shown.out


def test_an_unknown_record_is_not_there(filled: Callable[..., Ran]) -> None:
    """Exit code 3, one line, and how to find what there is."""
    told = filled("show", "e-none\x1b[31m")

    assert (told.code, told.out) == (NOT_THERE, "")
    assert "opsledger records" in told.err
    assert "\x1b" not in told.err


# -------------------------------------------------------------------------------------------------------------- sample
def test_a_sample_is_fresh_unless_seeded(run: Callable[..., Ran]) -> None:
    """Two calls give two things; a seed gives the same, so that it can be followed on."""
    one, other = run("sample").json, run("sample").json
    first, then = run("sample", "--seed", "x").json, run("sample", "--seed", "x", "--status", "Avoided").json

    assert one["data"]["eventId"] != other["data"]["eventId"]
    assert first["data"]["eventId"] == then["data"]["eventId"]
    assert then["data"]["eventStatus"] == "Avoided"


@pytest.mark.parametrize(
    "words",
    [
        ("Instance:StateChange",),
        ("instance:statechange",),
        ("ecs:Instance:StateChange",),
        ("StateChange",),
        ("StateChange", "--status", "running"),
    ],
)
def test_a_type_is_named_in_any_way(run: Callable[..., Ran], words: tuple[str, ...]) -> None:
    """With or without product and family, in any case."""
    assert run("sample", *words).json["type"] == "ecs:Instance:StateChange"


def test_a_status_may_stand_in_the_type(run: Callable[..., Ran]) -> None:
    """As in the vendor's names."""
    assert run("sample", "Instance:SystemMaintenance.Reboot:Avoided").json["data"]["eventStatus"] == "Avoided"


# ------------------------------------------------------------------------------------------------ catalog, docs, others
def test_the_catalogue_is_told_to_programs(run: Callable[..., Ran]) -> None:
    """Every type, what identifies its thing, and its lifecycle whole."""
    told = {row["type"]: row for row in run("catalog", "--json").json}

    assert set(told) == {spec.type for spec in catalog.event_types()}
    for spec in ECS:
        row, moves = told[spec.type], spec.kind.lifecycle.moves
        assert row["identified_by"] == spec.kind.identified_by
        assert {status: set(after) for status, after in row["lifecycle"]["moves"].items()} == moves
        assert set(row["lifecycle"]["outcomes"]) == set(moves)


def test_the_catalogue_is_shown_to_people(run: Callable[..., Ran]) -> None:
    """Types and moves; one product alone when asked."""
    told = run("catalog", "--product", "ecs")

    assert told.code == DONE
    assert all(spec.type in told.out for spec in ECS)
    assert "eci:" not in told.out


def test_generated_pages_are_checked(run: Callable[..., Ran], tmp_path: Path, root: Path) -> None:
    """What was written is up to date; what was changed or is missing is named, and fails."""
    (tmp_path / "README.md").write_text((root / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    there = ("docs", "--root", str(tmp_path))
    assert run(*there, "--check").code == FAILED
    assert run(*there).code == DONE
    assert run(*there, "--check").code == DONE

    page, event = tmp_path / "docs" / "catalog.md", next((tmp_path / "events" / "ecs").rglob("*.json"))
    page.write_text("changed", encoding="utf-8")
    event.unlink()
    told = run(*there, "--check")

    assert told.code == FAILED
    assert "docs/catalog.md" in told.err
    assert event.name in told.err
    assert page.read_text(encoding="utf-8") == "changed"


def test_the_tour_shows_six_families_and_changes_nothing_twice(run: Callable[..., Ran]) -> None:
    """Exit code 0 both times; the second run says that nothing changed."""
    first, before = run("tour"), run("records", "--json").json
    second, after = run("tour"), run("records", "--json").json

    assert (first.code, second.code) == (DONE, DONE)
    assert {record["kind"] for record in before} >= FAMILIES
    assert "nothing changed" not in first.out
    assert "nothing changed" in second.out
    assert after == before


def test_data_goes_before_or_after_the_command(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path) -> None:
    """The one after wins; the folder keeps the state and stays out of git."""
    folder = tmp_path / "elsewhere" / "deep"
    run("publish", "--data", str(folder), given=as_bytes(event()))

    assert len(run("records", "--json", "--data", str(folder)).json) == 1
    assert len(run("records", "--json", data=folder).json) == 1
    assert run("records", "--json").json == []
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"


WRONG_USAGE = [
    ("records", "--colour"),
    ("sample", "NoSuchType"),
    ("sample", "StateChange", "--status", "Levitating"),
    ("sample", "StateChange", "--form", "pigeon"),
    ("show",),
    ("nonsense",),
    ("invoke",),
]


@pytest.mark.parametrize("words", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_ends_with_two(run: Callable[..., Ran], words: tuple[str, ...]) -> None:
    """And says what is wrong on standard error."""
    told = run(*words)

    assert (told.code, told.out) == (USAGE, "")
    assert told.err.strip()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("invoke", "no_such_function"), NOT_THERE),
        (("publish", "no/such/file.json"), FAILED),
        (("invoke", "ecs_events", "--event", "no/such/file.json"), FAILED),
        (("publish", "--template", "no/such/s.yaml"), FAILED),
    ],
)
def test_what_is_missing_is_told_in_a_line(run: Callable[..., Ran], words: tuple[str, ...], code: int) -> None:
    """No traceback."""
    told = run(*words, given=b"{}")

    assert told.code == code
    assert told.err.startswith("opsledger: ")
    assert told.err.count("\n") == 1


def test_help_and_version_are_there(run: Callable[..., Ran]) -> None:
    """Of the whole and of every command, with the exit codes."""
    assert run("--version").out.strip() == __version__
    assert "Exit codes" in run("--help").out
    for command in app.registered_commands:
        name = command.name or getattr(command.callback, "__name__", "").replace("_", "-")
        assert run(name, "--help").code == DONE


def test_hostile_events_print_nothing_hostile(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Whatever is published, no line on the screen holds a control character or markup's effect."""
    hostile = "\x1b[31m[red]x[/red]\r\nforged\x07\u202e"
    told = [
        {**event(), "type": hostile},
        {**event(seed="b"), "aliyunregionid": hostile, "subject": hostile},
        event(seed="c", instanceId=hostile),
        {"name": hostile, "content": {}},
        hostile,
    ]
    shown = [run("publish", given=as_bytes(told)), run("records"), run("invoke", "ecs_events", given=as_bytes(told))]

    for one in shown:
        assert all(line.isprintable() for line in (one.out + one.err).split("\n"))


# ---------------------------------------------------------------------------------------------------- as a real process
def command(*words: str, given: bytes = b"", folder: Path) -> subprocess.CompletedProcess[bytes]:
    """`opsledger` in a process of its own."""
    return subprocess.run(  # noqa: S603 - this interpreter, these words
        [sys.executable, "-c", "from opsctl.cli import main; main()", "--data", str(folder), *words],
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_two_processes_share_a_folder(event: MakeEvent, tmp_path: Path) -> None:
    """What one publishes the next one shows; a pipe gets a whole table, and nothing goes to standard error."""
    published = command("publish", "-", given=as_bytes(event(REBOOT, "Scheduled")), folder=tmp_path)
    shown = command("records", folder=tmp_path)
    missing = command("show", "e-none", folder=tmp_path)

    assert (published.returncode, shown.returncode, missing.returncode) == (DONE, DONE, NOT_THERE)
    assert b"ecs:event:" + event()["data"]["eventId"].encode() in shown.stdout
    assert (published.stderr, shown.stderr) == (b"", b"")
