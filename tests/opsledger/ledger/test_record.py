"""Joins: commutative, associative and idempotent, so that order does not matter."""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsledger import strict_json
from opsledger.catalog.transition import SEVERITIES, UNNOTED, Transition, max_known, min_known
from opsledger.ledger import codec, state
from opsledger.ledger.codec import State
from opsledger.ledger.record import KEEP, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

MOMENTS = st.none() | st.sampled_from([1_600_000_000_000, 1_600_000_000_922, 1_600_000_000_005, 1_600_000_001_000])
WORDS = st.sampled_from(["a", "b"])
STATUSES = ("Scheduled", "Executing", "Executed", "Avoided")
ALONE: dict[str, tuple[str, ...]] = {"also": (), "also_accounts": (), "also_regions": ()}

TRANSITIONS = st.builds(
    Transition,
    key=st.sampled_from(["1600000001-k1", "1600000002-k2", "1600000003-k3"]),
    status=st.just(""),  # set from the key: the status is part of what the key is made of
    type=st.sampled_from(["ecs:Instance:SystemMaintenance.Reboot", "ecs:Instance:SystemMaintenance.Stop"]),
    severity=st.sampled_from(SEVERITIES),
    at=MOMENTS,
    not_before=MOMENTS,
    due=MOMENTS,
    started_at=MOMENTS,
    finished_at=MOMENTS,
    count=st.integers(1, 3),
    last_at=MOMENTS,
    detail=st.dictionaries(WORDS, WORDS, max_size=2),
    anomalies=st.sets(st.sampled_from(["unreadable_time", "status_mismatch:x"])).map(lambda s: tuple(sorted(s))),
    issued_at=MOMENTS,
    received_at=st.none() | st.sampled_from([UNNOTED, 1_600_000_000_500, 1_700_000_000_000]),
    sent_at=st.none() | st.sampled_from([UNNOTED, 1_600_000_000_400, 1_600_000_001_000]),
).map(lambda t: t._replace(status=STATUSES[int(t.key[-1])], last_sent_at=t.sent_at))


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A record of one entity with some of its transitions."""
    transitions = {t.key: t for t in draw(st.lists(TRANSITIONS, min_size=1, max_size=3))}
    return Record(
        key="ecs:event:e-1",
        kind="system-event",
        product="ecs",
        resource_type="instance",
        resource_id=draw(st.sampled_from(["i-1", "i-2"])),
        account=draw(st.none() | WORDS),
        region=draw(st.none() | WORDS),
        transitions=transitions,
        also_accounts=tuple(draw(st.lists(st.just("c"), max_size=1))),
        first_at=draw(MOMENTS),
        truncated=draw(st.booleans()),
    )


def same(one: Record, other: Record) -> bool:
    """Whether two records are equal, also as JSON."""
    return one == other and state.to_json(one) == state.to_json(other)


@given(records(), records())
def test_joining_is_commutative(one: Record, other: Record) -> None:
    """In every field."""
    assert same(one.join(other), other.join(one))


@given(records(), records(), records())
def test_joining_is_associative(one: Record, two: Record, three: Record) -> None:
    """In every field."""
    assert same(one.join(two).join(three), one.join(two.join(three)))


@given(records(), records())
def test_joining_is_idempotent(one: Record, other: Record) -> None:
    """A record joined twice adds nothing."""
    both = one.join(other)

    assert same(both.join(other), both)
    assert same(one.join(one), one)


@given(TRANSITIONS)
def test_a_transition_is_read_back_as_it_was_written(transition: Transition) -> None:
    """A state has all of it, a step all but its arrival; both are written as `strict_json.write` would."""
    step, whole = codec.write_step(transition), codec.write_state(State((transition,), None, truncated=False, **ALONE))

    assert codec.read_transition(step) == transition._replace(sent_at=None, last_sent_at=None, received_at=None)
    assert codec.read_state(whole).transitions == (transition,)
    for written in (step, whole):
        assert written == strict_json.write(json.loads(written))


def test_a_field_of_a_newer_schema_is_ignored() -> None:
    """A row written by a later version can be read by this one."""
    text = json.dumps({"key": "k", "status": "Scheduled", "type": "t", "colour": "blue"})

    assert codec.read_transition(text) == Transition("Scheduled", "k", "t")


@pytest.mark.parametrize(("one", "other", "low", "high"), [(1, 2, 1, 2), (None, 2, 2, 2), (2, None, 2, 2)])
def test_none_is_no_value(one: Any, other: Any, low: int, high: int) -> None:
    """The minimum and the maximum of a moment and None are the moment."""
    assert (min_known(one, other), max_known(one, other)) == (low, high)


# -------------------------------------------------------------------------------------------------------- truncation
FIRST_MS = 1_600_000_000_000
MORE = KEEP + 30


def running(n: int, later_ms: int = 0) -> Record:
    """An instance that was seen Running in second `n`, by a route that dates it `later_ms` later in that second."""
    at = FIRST_MS + n * 1000
    transition = Transition(
        "Running",
        codec.transition_key("Running", at, ()),
        "ecs:Instance:StateChange",
        at=at + later_ms,
    )
    return Record("ecs:state:i-1", "instance-state", "ecs", "instance", "i-1", transitions={transition.key: transition})


def joined(parts: Iterable[Record]) -> Record:
    """The record after these updates, in this order."""
    return reduce(Record.join, parts)


def seconds(record: Record) -> list[int]:
    """The seconds of a record's transitions."""
    return sorted(((codec.key_moment(key) or 0) - FIRST_MS) // 1000 for key in record.transitions)


@given(st.permutations(range(KEEP + 5)))
def test_the_newest_transitions_are_kept(order: list[int]) -> None:
    """Beyond `KEEP` the oldest are dropped, for every order of arrival."""
    record = joined(map(running, order))

    assert same(record, joined(map(running, sorted(order))))
    assert seconds(record) == list(range(5, KEEP + 5))
    assert (record.truncated, record.first_at) == (True, FIRST_MS)


@given(st.permutations([(n, later) for n in range(MORE) for later in (0, 922)]), st.integers(1, 40))
def test_order_does_not_matter_beyond_what_is_kept(order: list[tuple[int, int]], size: int) -> None:
    """Also where a later delivery changes the moment of a transition that is dropped, and in any grouping."""
    updates = [running(*one) for one in order]
    groups = [joined(updates[start : start + size]) for start in range(0, len(updates), size)]
    record = joined(groups)

    assert same(record, joined(updates))
    assert same(record, joined(running(n, later) for n in range(MORE) for later in (922, 0)))
    assert seconds(record) == list(range(MORE - KEEP, MORE))
    assert state.summarize(record).first_seen == FIRST_MS
    assert {t.at for t in record.transitions.values()} == {FIRST_MS + n * 1000 + 922 for n in range(MORE - KEEP, MORE)}


def test_an_end_is_kept_though_its_announcement_is_restated_without_end() -> None:
    """A lifecycle in stages drops the early stages first, whatever their moments."""
    reboot = "ecs:Instance:SystemMaintenance.Reboot"
    steps = [("Scheduled", n) for n in range(MORE)] + [("Executed", 0)]
    updates = []
    for status, n in steps:
        at = FIRST_MS + n * 1000
        step = Transition(status, codec.transition_key(status, at, ()), reboot, at=at, issued_at=at)
        updates.append(Record("ecs:event:e", "system-event", "ecs", "instance", "i-1", transitions={step.key: step}))

    record = joined(reversed(updates))

    assert same(record, joined(updates))
    assert "Executed" in {t.status for t in record.transitions.values()}


def test_exactly_keep_transitions_are_not_truncated() -> None:
    """The limit is inclusive."""
    record = joined(map(running, range(KEEP)))

    assert (len(record.transitions), record.truncated) == (KEEP, False)
    assert state.to_json(record)["count_covers"] == "all transitions"


def test_a_truncated_record_says_what_its_count_covers() -> None:
    """The ledger has the rest."""
    shown = state.to_json(joined(map(running, range(MORE))))

    assert (shown["count"], shown["truncated"], shown["count_covers"]) == (KEEP, True, "the transitions kept")


def test_a_dropped_transition_does_not_come_back() -> None:
    """A late delivery of a transition that is no longer kept changes nothing."""
    record = joined(map(running, range(KEEP + 1)))

    assert same(record.join(running(0)), record)
