"""The quarantine: refused payloads are listed, shown and replayed, and never lost."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import PipelineHarness

from opsctl import quarantine
from opsledger import catalog
from opsledger.deadline import Deadline
from opsledger.errors import DamagedRowError
from opsledger.ledger import refused
from opsledger.store import Put
from opsledger.store.tables import BUCKETS, BY_REASON, QUARANTINE, RECORDS

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, MakeHarness, TablestoreHarness

    from opsctl.quarantine import Replayed

NEW = "ecs:Instance:SystemMaintenance.Teleport"
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


@pytest.fixture
def learn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Add the new type to the catalogue, as an update would."""

    def learned() -> None:
        monkeypatch.setitem(catalog._EVENT_TYPES, NEW, catalog.find(REBOOT)[0]._replace(type=NEW))

    return learned


def unknown(event: MakeEvent, **replayed: Any) -> dict[str, Any]:
    """An event of a type that the catalogue does not have."""
    return {**event(REBOOT, "Scheduled", **replayed), "type": NEW}


def replay(harness: PipelineHarness, digest: str = "") -> Replayed:
    """Replay one entry: by default the only one that waits."""
    if not digest:
        (entry,) = refused.entries(harness.store)
        digest = entry.digest
    return quarantine.replay(harness.store, digest, Deadline(harness.clock, 10), f"replay-{next(harness._requests)}")


def test_waiting_payloads_are_listed_newest_first(harness: PipelineHarness, event: MakeEvent) -> None:
    """By reason, then by last arrival; a payload that arrives again stays one entry."""
    for seed in ("a", "b", "a"):
        harness.clock.seconds += 1
        harness.process(unknown(event, seed=seed))
    harness.process(b"not json")
    found = list(refused.entries(harness.store))

    assert [(entry.reason, entry.count) for entry in found] == [
        ("not_json", 1),
        ("unknown_type", 2),
        ("unknown_type", 1),
    ]
    assert [e.reason for e in refused.entries(harness.store, ("unknown_type",))] == ["unknown_type"] * 2


def test_listing_reads_only_the_index(tablestore_harness: TablestoreHarness, event: MakeEvent, learn: Any) -> None:
    """No whole table is read, and resolved entries are not walked."""
    for seed in range(30):
        tablestore_harness.process(unknown(event, seed=str(seed)))
    learn()
    for entry in list(refused.entries(tablestore_harness.store)):
        replay(tablestore_harness, entry.digest)
    tablestore_harness.clear_calls()
    waiting = list(refused.entries(tablestore_harness.store))

    assert waiting == []
    assert tablestore_harness.calls() == ["GetRange"] * len(refused.REASONS) * len(BUCKETS)


def test_a_replay_goes_through_the_pipeline(
    any_harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent, learn: Any
) -> None:
    """Afterwards the tables equal those of a catalogue that always had the type."""
    any_harness.process(unknown(event))
    learn()
    replayed = replay(any_harness)
    knowing = make_harness()
    knowing.process(unknown(event))

    assert [one.outcome for one in replayed.became] == ["recorded"]
    assert any_harness.records() == knowing.records()
    assert [row.key for row in any_harness.ledger()] == [row.key for row in knowing.ledger()]


def test_a_replayed_entry_is_marked_and_kept(harness: PipelineHarness, event: MakeEvent, learn: Any) -> None:
    """It is listed only among resolved entries, and keeps its bytes and history."""
    harness.process(unknown(event))
    (before,) = harness.quarantine()
    learn()
    replayed = replay(harness)
    (after,) = harness.quarantine()

    assert list(refused.entries(harness.store)) == []
    (listed,) = refused.entries(harness.store, resolved=True)
    assert listed.resolved == replayed.resolved == harness.clock.now_ms()
    assert listed.became == (("recorded", replayed.became[0].subject),)
    assert after == before._replace(replays=1, resolved=listed.resolved, became=listed.became)


def test_a_replay_can_be_repeated(harness: PipelineHarness, event: MakeEvent, learn: Any) -> None:
    """A replay of a resolved entry writes nothing, and has the same result."""
    harness.process(unknown(event))
    learn()
    first = replay(harness)
    rows = dict(harness.store.rows)  # type: ignore[attr-defined]
    again = replay(harness, first.digest)

    assert (again.again, again.became, again.resolved) == (True, first.became, first.resolved)
    assert harness.store.rows == rows  # type: ignore[attr-defined]


def test_a_replay_reports_duplicate_and_late_deliveries(harness: PipelineHarness, event: MakeEvent, learn: Any) -> None:
    """Of events that were delivered again, or overtaken, in the meantime."""
    harness.process(unknown(event, seed="a"))
    harness.process(unknown(event, seed="b"))
    learn()
    harness.process(unknown(event, seed="a"))
    harness.process({**event(REBOOT, "Executed", seed="b"), "type": NEW})
    replayed = sorted(replay(harness, e.digest).became[0].outcome for e in list(refused.entries(harness.store)))

    assert replayed == ["duplicate", "out_of_order"]


def test_a_payload_refused_again_keeps_its_newest_reason(
    harness: PipelineHarness, event: MakeEvent, learn: Any
) -> None:
    """The type is known now but the content is invalid; the count of deliveries does not change."""
    harness.process(unknown(event, instanceId=7))
    learn()
    replayed = replay(harness)
    (entry,) = refused.entries(harness.store)

    assert replayed.resolved is None
    assert replayed.became[0].outcome == "quarantined"
    assert (entry.reason, entry.count, entry.replays) == ("malformed_content", 1, 1)
    assert entry.errors[0].path == "data.instanceId"


def test_a_batch_inside_a_payload_is_replayed(harness: PipelineHarness, event: MakeEvent) -> None:
    """Each delivery has an outcome; a refused one becomes a separate entry with the count 1."""
    inside = [event(REBOOT, "Scheduled", seed="a"), unknown(event), event(REBOOT, "Scheduled", seed="b")]
    harness.process([inside, 7])
    batch = next(e for e in refused.entries(harness.store) if e.errors[0].message.endswith("an array"))
    replayed = replay(harness, batch.digest)

    assert [one.outcome for one in replayed.became] == ["recorded", "quarantined", "recorded"]
    assert replayed.resolved is not None
    waiting = {entry.reason: entry.count for entry in refused.entries(harness.store)}
    assert waiting == {"unknown_envelope": 1, "unknown_type": 1}


def test_a_resolved_payload_that_is_refused_again_waits_again(
    harness: PipelineHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is listed again, with its counts."""
    harness.process(unknown(event))
    with monkeypatch.context() as patch:
        patch.setitem(catalog._EVENT_TYPES, NEW, catalog.find(REBOOT)[0]._replace(type=NEW))
        replay(harness)
    harness.process(unknown(event))
    (entry,) = refused.entries(harness.store)

    assert (entry.count, entry.replays, entry.resolved) == (2, 1, None)


def test_the_next_replay_repairs_a_crash_before_marking(
    tablestore_harness: TablestoreHarness, event: MakeEvent, learn: Any
) -> None:
    """The recorded event is a duplicate then, and the entry is resolved."""
    tablestore_harness.process(unknown(event))
    learn()
    tablestore_harness.fault("BatchWriteRow", skip=1, times=1, code="OTSNoPermissionAccess", status=403)
    with pytest.raises(Exception, match="OTSNoPermissionAccess"):
        replay(tablestore_harness)
    assert len(tablestore_harness.ledger()) == 1
    replayed = replay(tablestore_harness)

    assert ([one.outcome for one in replayed.became], replayed.resolved is not None) == (["duplicate"], True)


def test_a_large_payload_is_joined_from_its_parts(harness: PipelineHarness) -> None:
    """Byte by byte."""
    payload = random.Random(5).randbytes(4_000_000)  # noqa: S311 - not for secrets
    harness.process(payload)
    (entry,) = refused.entries(harness.store)

    assert quarantine.find(harness.store, entry.digest[:9]).payload == payload
    assert len([row for row in harness.store.walk(QUARANTINE, []) if row.key.values[1]]) > 1


@pytest.mark.parametrize("digits", [9, 64])
def test_a_payload_that_is_not_whole_waits_on(
    harness: PipelineHarness, event: MakeEvent, learn: Any, digits: int
) -> None:
    """Of a backup that was cut off, say: it is an error to show it, and it is not replayed as an empty one."""
    harness.process(random.Random(5).randbytes(4_000_000))  # noqa: S311 - not for secrets
    (large,) = refused.entries(harness.store)
    harness.process(unknown(event))
    kept = [row for row in harness.store.walk(QUARANTINE, []) if row.key.values[1] != 1]
    cut_off = PipelineHarness()
    cut_off.store.write([Put(row.key, row.columns) for row in kept])
    learn()
    replayed = {entry.digest: replay(cut_off, entry.digest[:digits]) for entry in list(refused.entries(cut_off.store))}

    with pytest.raises(DamagedRowError, match="1 of 3 parts of a payload in quarantine are missing"):
        quarantine.find(cut_off.store, large.digest)
    damaged = replayed.pop(large.digest)
    assert (damaged.digest, damaged.resolved, damaged.reason) == (large.digest, None, "not_json")
    assert damaged.became[0].outcome == "quarantined"
    assert [one.resolved is not None for one in replayed.values()] == [True]
    assert [entry.digest for entry in refused.entries(cut_off.store)] == [large.digest]


def test_a_payload_about_a_damaged_record_waits_on(harness: PipelineHarness, event: MakeEvent, learn: Any) -> None:
    """The next replay takes it, when the record is repaired; till then it is no reason to stop for a replay of all."""
    harness.process(unknown(event))
    learn()
    known = PipelineHarness()
    known.process(unknown(event))
    (row,) = known.store.walk(RECORDS, [])
    harness.store.write([Put(row.key, {**row.columns, "state": "{"})])
    waiting = replay(harness)
    harness.store.rows[row.key] = row.columns  # type: ignore[attr-defined]

    assert (waiting.resolved, waiting.reason) == (None, "unknown_type")
    assert waiting.became[0].subject.startswith("the row of record ecs:event:")
    assert replay(harness).resolved is not None


def test_an_unknown_or_ambiguous_digest_is_an_error(harness: PipelineHarness, event: MakeEvent) -> None:
    """The message says which."""
    harness.process(unknown(event))
    harness.process(b"not json")

    with pytest.raises(LookupError, match="2 payloads begin"):
        quarantine.find(harness.store, "")
    with pytest.raises(LookupError, match="no payload 'xyz'"):
        quarantine.find(harness.store, "xyz")
    with pytest.raises(LookupError, match="no payload"):
        quarantine.find(harness.store, "0" * 64)


def test_a_delivery_between_list_and_replay_is_counted(harness: PipelineHarness, event: MakeEvent, learn: Any) -> None:
    """If an older handler refuses the payload again meanwhile, the replay keeps that count."""
    harness.process(unknown(event))
    (entry,) = refused.entries(harness.store)
    learn()
    mark = quarantine._MarkReplayed(entry.digest, None, 5, (quarantine.Became("recorded", "r"),))

    marked = mark.decide(entry._replace(count=9))

    assert marked is not None
    assert (marked.count, marked.resolved, marked.replays) == (9, 5, 1)
    assert [row.columns["reason"] for row in harness.store.walk(BY_REASON, [])] == ["unknown_type"]


def test_every_payload_is_found_by_its_digest(harness: PipelineHarness) -> None:
    """With exactly its bytes."""
    payloads = [b"\xff\xfe", b"7", b'"', "\u202e\x1b[2J".encode(), json.dumps({"type": "x", "source": "y"}).encode()]
    for payload in payloads:
        harness.process(payload)

    shown = [quarantine.find(harness.store, entry.digest).payload for entry in refused.entries(harness.store)]
    assert sorted(shown) == sorted(payloads)
