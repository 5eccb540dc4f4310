"""Joins: commutative, associative and idempotent, so that order does not matter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsledger import strict_json
from opsledger.catalog.transition import SEVERITIES, Transition, max_known, min_known
from opsledger.ledger import codec, state
from opsledger.ledger.record import KEEP, Record

MOMENTS = st.none() | st.integers(1_600_000_000_000, 1_600_000_000_005)
WORDS = st.sampled_from(["a", "b"])
STATUSES = ("Scheduled", "Executing", "Executed", "Avoided")
TRANSITIONS = st.builds(
    Transition,
    key=st.sampled_from(["k1", "k2", "k3"]),
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
).map(lambda t: t._replace(status=STATUSES[int(t.key[1])]))


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
    """`read_transition` is the inverse of `write_transition`, which writes what `strict_json.write` would."""
    written = codec.write_transition(transition)

    assert codec.read_transition(written) == transition
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
def running(n: int) -> Record:
    """An instance that was seen Running at moment `n`."""
    at = 1_600_000_000_000 + n
    transition = Transition("Running", f"k{n}", "ecs:Instance:StateChange", at=at)
    return Record(
        "ecs:state:i-1",
        "instance-state",
        "ecs",
        "instance",
        "i-1",
        transitions={transition.key: transition},
        first_at=at,
    )


def joined(numbers: list[int]) -> Record:
    """The record after these moments, in this order."""
    record = running(numbers[0])
    for n in numbers[1:]:
        record = record.join(running(n))
    return record


@given(st.permutations(range(KEEP + 5)))
def test_the_newest_transitions_are_kept(order: list[int]) -> None:
    """Beyond `KEEP` the oldest are dropped, for every order of arrival."""
    record = joined(list(order))

    assert same(record, joined(sorted(order)))
    assert sorted(int(key[1:]) for key in record.transitions) == list(range(5, KEEP + 5))
    assert (record.truncated, record.first_at) == (True, 1_600_000_000_000)


def test_exactly_keep_transitions_are_not_truncated() -> None:
    """The limit is inclusive."""
    record = joined(list(range(KEEP)))

    assert (len(record.transitions), record.truncated) == (KEEP, False)


def test_a_dropped_transition_does_not_come_back() -> None:
    """A late delivery of a transition that is no longer kept changes nothing."""
    record = joined(list(range(KEEP + 1)))

    assert same(record.join(running(0)), record)
