"""Order, repetition, grouping and envelope do not change a record, for every kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl import sample
from opsledger import catalog
from opsledger.catalog import Order
from opsledger.ledger import state

if TYPE_CHECKING:
    from tests.conftest import MakeHarness

    from opsledger.catalog import Kind

NOW_MS = 1_767_225_600_000
MINUTE = 60_000
KINDS = tuple(catalog.kinds().values())
ENVELOPES = ("cloudevent", "cloudmonitor")


@st.composite
def histories(draw: st.DrawFn, kind: Kind) -> list[list[dict[str, Any]]]:
    """Some notifications of one entity, each in both envelopes; in any order, not only the vendor's."""
    spec = draw(st.sampled_from([spec for spec in catalog.event_types() if spec.kind is kind]))
    # Of a disk and of ECI, only the documented ones have a notification that says so in every form.
    anything = kind.product == "ecs" and kind.name != "disk-event"
    statuses = list(kind.lifecycle.moves if anything else sample.statuses(spec))
    steps = draw(
        st.lists(
            st.tuples(st.sampled_from(statuses), st.integers(0, 8).map(lambda n: n * 37 * MINUTE)),
            min_size=1,
            max_size=7,
            unique=True,
        )
    )
    forms = ENVELOPES if kind.product == "ecs" else sample.forms(spec)[:1]
    return [
        [of_one_entity(sample.event(spec, status, form, seed="entity", now_ms=NOW_MS + later)) for form in forms]
        for status, later in steps
    ]


def of_one_entity(event: dict[str, Any]) -> dict[str, Any]:
    """`event` with a fixed start time, which is part of a migration's identity."""
    content = event.get("data", event.get("content", {}))
    if "sourceDedicatedHostId" in content:
        content["startTime"] = "2025-12-31T23:00:00Z"
    return event


@st.composite
def deliveries(draw: st.DrawFn, steps: list[list[dict[str, Any]]]) -> list[Any]:
    """Payloads that carry each notification at least once: any order, copies, envelopes and batches."""
    places = draw(st.permutations([*range(len(steps)), *draw(st.lists(st.integers(0, len(steps) - 1), max_size=5))]))
    events = [draw(st.sampled_from(steps[place])) for place in places]
    written: list[Any] = [json.dumps(e) if draw(st.booleans()) else e for e in events]
    payloads: list[Any] = []
    while written:
        size = draw(st.integers(1, len(written)))
        batch, written = written[:size], written[size:]
        payloads.append(batch[0] if size == 1 and draw(st.booleans()) else batch)
    return payloads


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@given(data=st.data())
def test_every_delivery_of_one_history_gives_the_same_record(
    kind: Kind, make_harness: MakeHarness, data: st.DataObject
) -> None:
    """Any order, repetition, batching and envelope; the record has each transition once."""
    steps = data.draw(histories(kind))
    plain, mixed = make_harness(), make_harness()
    for forms in steps:
        plain.counts(forms[0])

    counted = [mixed.counts(payload) for payload in data.draw(deliveries(steps))]

    assert mixed.record() == plain.record()
    keys = [step["key"] for step in mixed.record()["transitions"]]
    new = sum(c.get("recorded", 0) + c.get("out_of_order", 0) for c in counted)
    assert len(keys) == len(set(keys)) == new
    assert {row.columns["record"] for row in mixed.ledger()} == set(mixed.records())
    assert mixed.quarantine() == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@given(data=st.data())
def test_a_record_follows_its_lifecycle(kind: Kind, make_harness: MakeHarness, data: st.DataObject) -> None:
    """Transitions are in the lifecycle's order, and only a declared move leaves an end; any other is an anomaly."""
    harness = make_harness()
    for forms in data.draw(histories(kind)):
        harness.process(forms[0])
    seen, lifecycle = state.summarize(harness.stored()[0]), kind.lifecycle
    flagged = {anomaly.key for anomaly in seen.anomalies if anomaly.anomaly == "unexpected_move"}
    status, *later = zip(seen.transitions, seen.episodes, strict=True)
    reached, episode = status[0].status, 1
    suspended = ""

    for step, number in later:
        opened, episode = number > episode, number
        if opened:
            reached, suspended = step.status, ""
            continue
        if reached in lifecycle.suspended_by.get(step.status, ()):
            suspended = step.status
            continue
        allowed = lifecycle.allows(reached, step.status)
        assert (step.key in flagged) is not allowed
        if not allowed and lifecycle.terminal(reached):
            continue
        if step.status in lifecycle.suspended_by.get(reached, ()):
            suspended = reached
        reached = step.status
        if suspended and lifecycle.terminal(reached):
            reached, suspended = suspended, ""

    assert seen.status == reached
    for number in set(seen.episodes):
        own = [t for t, n in zip(seen.transitions, seen.episodes, strict=True) if n == number]
        by_progress = lifecycle.order is Order.PROGRESS
        places = [lifecycle.rank(t.status) if by_progress else t.moment or 0 for t in own]
        assert places == sorted(places)


@given(data=st.data())
def test_entities_in_one_stream_do_not_affect_each_other(make_harness: MakeHarness, data: st.DataObject) -> None:
    """Several histories in shared batches give the same records as each alone."""
    alone, together = make_harness(), make_harness()
    every = [steps for kind in data.draw(st.permutations(KINDS))[:4] for steps in data.draw(histories(kind))]
    for forms in every:
        alone.process(forms[0])

    for payload in data.draw(deliveries(every)):
        together.counts(payload)

    assert together.records() == alone.records()
