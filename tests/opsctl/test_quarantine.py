"""What was refused waits, is looked at, and is replayed once the catalogue has learned; nothing of it is ever lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import quarantine
from opsledger import catalog
from opsledger.deadline import Deadline
from opsledger.store.tables import BY_REASON, QUARANTINE

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness, TablestoreHarness

    from opsctl.quarantine import Replayed

NEW = "ecs:Instance:SystemMaintenance.Teleport"
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


@pytest.fixture
def learn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Add the new type to the catalogue, as an update would."""

    def learned() -> None:
        monkeypatch.setitem(catalog._EVENT_TYPES, NEW, catalog.find(REBOOT)[0]._replace(type=NEW))

    return learned


def unknown(event: MakeEvent, **told: Any) -> dict[str, Any]:
    """An event of a type that the catalogue does not have."""
    return {**event(REBOOT, "Scheduled", **told), "type": NEW}


def replay(harness: PipelineHarness, digest: str = "") -> Replayed:
    """Replay one entry: by default the only one that waits."""
    if not digest:
        (entry,) = quarantine.entries(harness.store)
        digest = entry.digest
    return quarantine.replay(harness.store, digest, Deadline(harness.clock, 10), f"replay-{next(harness._requests)}")


def test_what_waits_is_listed_newest_first(harness: PipelineHarness, event: MakeEvent) -> None:
    """By reason, then by when it last came; a payload that came again is one entry."""
    for seed in ("a", "b", "a"):
        harness.clock.seconds += 1
        harness.process(unknown(event, seed=seed))
    harness.process(b"no json")
    found = list(quarantine.entries(harness.store))

    assert [(entry.reason, entry.count) for entry in found] == [
        ("not_json", 1),
        ("unknown_type", 2),
        ("unknown_type", 1),
    ]
    assert [e.reason for e in quarantine.entries(harness.store, ("unknown_type",))] == ["unknown_type"] * 2


def test_listing_asks_the_index_alone(tablestore_harness: TablestoreHarness, event: MakeEvent, learn: Any) -> None:
    """No table is read through, and what is resolved is not even walked."""
    for seed in range(30):
        tablestore_harness.process(unknown(event, seed=str(seed)))
    learn()
    for entry in list(quarantine.entries(tablestore_harness.store)):
        replay(tablestore_harness, entry.digest)
    tablestore_harness.clear_calls()
    waiting = list(quarantine.entries(tablestore_harness.store))

    assert waiting == []
    assert tablestore_harness.calls() == ["GetRange"] * len(quarantine.REASONS)


def test_a_replay_goes_through_the_pipeline(
    any_harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent, learn: Any
) -> None:
    """After the update the tables hold what they would, had the type been known from the beginning."""
    any_harness.process(unknown(event))
    learn()
    told = replay(any_harness)
    knowing = make_harness()
    knowing.process(unknown(event))

    assert [one.outcome for one in told.became] == ["recorded"]
    assert any_harness.records() == knowing.records()
    assert [row.key for row in any_harness.ledger()] == [row.key for row in knowing.ledger()]


def test_a_replayed_entry_is_marked_and_kept(harness: PipelineHarness, event: MakeEvent, learn: Any) -> None:
    """It is no longer listed, but with what is resolved; its bytes and its history stay."""
    harness.process(unknown(event))
    (before,) = harness.quarantine()
    learn()
    told = replay(harness)
    (after,) = harness.quarantine()

    assert list(quarantine.entries(desk.store)) == []
    (listed,) = quarantine.entries(desk.store, resolved=True)
    assert listed.resolved == told.resolved == desk.clock.now_ms()
    assert listed.became == (("recorded", told.became[0].subject),)
    assert after == before._replace(replays=1, resolved=listed.resolved, became=listed.became)


def test_replaying_is_idempotent(harness: PipelineHarness, event: MakeEvent, learn: Any) -> None:
    """Again after it was accepted, a replay writes nothing and repeats what it said."""
    harness.process(unknown(event))
    learn()
    first = replay(harness)
    rows = dict(harness.store.rows)  # type: ignore[attr-defined]
    again = replay(harness, first.digest)

    assert (again.again, again.became, again.resolved) == (True, first.became, first.resolved)
    assert harness.store.rows == rows  # type: ignore[attr-defined]


def test_a_replay_says_what_is_a_duplicate_and_what_is_late(
    harness: PipelineHarness, event: MakeEvent, learn: Any
) -> None:
    """What was delivered again in the meantime, or overtaken, is told as such."""
    harness.process(unknown(event, seed="a"))
    harness.process(unknown(event, seed="b"))
    learn()
    harness.process(unknown(event, seed="a"))
    harness.process({**event(REBOOT, "Executed", seed="b"), "type": NEW})
    told = sorted(replay(harness, e.digest).became[0].outcome for e in list(quarantine.entries(harness.store)))

    assert told == ["duplicate", "out_of_order"]


def test_what_is_still_refused_waits_with_its_newest_reason(
    harness: PipelineHarness, event: MakeEvent, learn: Any
) -> None:
    """The type is known now, the content is not what it should be: the reason changes, the count of deliveries not."""
    harness.process(unknown(event, instanceId=7))
    learn()
    told = replay(harness)
    (entry,) = quarantine.entries(harness.store)

    assert told.resolved is None
    assert told.became[0].outcome == "quarantined"
    assert (entry.reason, entry.count, entry.replays) == ("malformed_content", 1, 1)
    assert entry.errors[0].path == "data.instanceId"


def test_a_batch_inside_a_payload_is_replayed_whole(harness: PipelineHarness, event: MakeEvent) -> None:
    """Each delivery inside is told; one that is refused still becomes an entry of its own, counted once."""
    inside = [event(REBOOT, "Scheduled", seed="a"), unknown(event), event(REBOOT, "Scheduled", seed="b")]
    harness.process([inside, 7])
    batch = next(e for e in quarantine.entries(harness.store) if e.errors[0].message.endswith("an array"))
    told = replay(harness, batch.digest)

    assert [one.outcome for one in told.became] == ["recorded", "quarantined", "recorded"]
    assert told.resolved is not None
    waiting = {entry.reason: entry.count for entry in quarantine.entries(harness.store)}
    assert waiting == {"unknown_envelope": 1, "unknown_type": 1}


def test_refused_anew_after_a_replay_it_waits_again(
    harness: PipelineHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the catalogue forgets the type and the payload comes again, the entry is listed again, nothing forgotten."""
    harness.process(unknown(event))
    with monkeypatch.context() as patch:
        patch.setitem(catalog._EVENT_TYPES, NEW, catalog.find(REBOOT)[0]._replace(type=NEW))
        replay(harness)
    harness.process(unknown(event))
    (entry,) = quarantine.entries(harness.store)

    assert (entry.count, entry.replays, entry.resolved) == (2, 1, None)


def test_a_crash_between_recording_and_marking_is_mended_by_the_next_replay(
    tablestore_harness: TablestoreHarness, event: MakeEvent, learn: Any
) -> None:
    """What was recorded is a duplicate the second time, and the entry is resolved."""
    tablestore_harness.process(unknown(event))
    learn()
    tablestore_harness.fault("BatchWriteRow", skip=1, times=1, code="OTSNoPermissionAccess", status=403)
    with pytest.raises(Exception, match="OTSNoPermissionAccess"):
        replay(tablestore_harness)
    assert len(tablestore_harness.ledger()) == 1
    told = replay(tablestore_harness)

    assert ([one.outcome for one in told.became], told.resolved is not None) == (["duplicate"], True)


def test_a_large_payload_is_whole(harness: PipelineHarness) -> None:
    """What is kept in parts is put together again, byte by byte."""
    import random  # noqa: PLC0415 - bytes that do not compress

    payload = random.Random(5).randbytes(4_000_000)  # noqa: S311 - not for secrets
    harness.process(payload)
    (entry,) = quarantine.entries(harness.store)

    assert quarantine.find(harness.store, entry.digest[:9]).payload == payload
    assert len([row for row in harness.store.walk(QUARANTINE, []) if row.key.values[1]]) > 1


def test_a_digest_is_found_by_its_beginning(harness: PipelineHarness, event: MakeEvent) -> None:
    """One that is nobody's or several's is refused in words."""
    harness.process(unknown(event))
    harness.process(b"no json")

    with pytest.raises(LookupError, match="2 payloads begin"):
        quarantine.find(harness.store, "")
    with pytest.raises(LookupError, match="no payload 'xyz'"):
        quarantine.find(harness.store, "xyz")
    with pytest.raises(LookupError, match="no payload"):
        quarantine.find(harness.store, "0" * 64)


def test_a_delivery_between_list_and_replay_is_counted(harness: PipelineHarness, event: MakeEvent, learn: Any) -> None:
    """A handler of the old version that refuses it once more meanwhile loses nothing: the replay decides again."""
    harness.process(unknown(event))
    (entry,) = quarantine.entries(harness.store)
    learn()
    mark = quarantine._MarkReplayed(entry.digest, None, 5, (quarantine.Became("recorded", "r"),))

    marked = mark.decide(entry._replace(count=9))

    assert marked is not None
    assert (marked.count, marked.resolved, marked.replays) == (9, 5, 1)
    assert [row.columns["reason"] for row in harness.store.walk(BY_REASON, [])] == ["unknown_type"]


def test_every_payload_that_waits_can_be_shown(harness: PipelineHarness) -> None:
    """Whatever was refused for whatever reason is found again with exactly its bytes."""
    payloads = [b"\xff\xfe", b"7", b'"', "\u202e\x1b[2J".encode(), json.dumps({"type": "x", "source": "y"}).encode()]
    for payload in payloads:
        harness.process(payload)

    shown = [quarantine.find(harness.store, entry.digest).payload for entry in quarantine.entries(harness.store)]
    assert sorted(shown) == sorted(payloads)
