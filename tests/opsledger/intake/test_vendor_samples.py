"""The vendor's nine samples, as documented, masked digits included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import FakeClock, PipelineHarness

from opsledger.ledger import state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import MakeHarness

RECEIVED_MS = 1_554_900_000_000
"""2019-04-10T12:40:00Z: the samples are of 2018 and 2019, and their times are believed only near when they came."""
EXPECTED = {
    "ecs:event": ("system-event", ["Scheduled", "Avoided"], "Avoided"),
    "ecs:state": ("instance-state", ["Running"], "Running"),
    "ecs:interruption": ("preemptible-interruption", ["delete"], "delete"),
    "ecs:migration": ("live-migration", ["started", "accomplished", "failed"], None),
    "ecs:performance-mode": ("performance-mode", ["Unlimited"], "Unlimited"),
    "ecs:performance-restriction": ("performance-restriction", ["Restricted"], "Restricted"),
}


@pytest.fixture
def harness() -> PipelineHarness:
    """The pipeline at the time of the samples."""
    return PipelineHarness(clock=FakeClock(now=RECEIVED_MS))


def test_each_sample_is_recorded(harness: PipelineHarness, vendor_samples: Sequence[dict[str, Any]]) -> None:
    """Nine notifications are six records, and none is refused."""
    counted = [harness.counts(sample) for sample in vendor_samples]

    assert len(counted) == 9
    assert not any("quarantined" in c for c in counted)
    assert {key.rpartition(":i-bp1ecr")[0]: row["kind"] for key, row in harness.records().items()} == {
        prefix: kind for prefix, (kind, _, _) in EXPECTED.items()
    }


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("batched", [False, True])
def test_both_system_event_samples_are_one_record(
    harness: PipelineHarness,
    vendor_samples: Sequence[dict[str, Any]],
    order: tuple[int, int],
    batched: bool,  # noqa: FBT001 - a parameter
) -> None:
    """They share an envelope id and have differently masked event ids; they are one event: Scheduled, then Avoided."""
    events = [vendor_samples[n] for n in order]
    for payload in [events] if batched else events:
        harness.process(payload)

    record = harness.record()

    assert [step["status"] for step in record["transitions"]] == ["Scheduled", "Avoided"]
    assert (record["status"], record["terminal"], record["outcome"], record["severity"]) == (
        "Avoided",
        True,
        "averted",
        "info",
    )
    assert record["status_at"] == record["finished_at"] == "2019-04-10T08:01:01Z"
    assert record["not_before"] == "2019-04-12T01:01:01Z"
    assert (record["region"], record["account"]) == ("cn-hangzhou", "169070********30")
    # The second sample's name still says Scheduled: the content takes precedence, and the mismatch is an anomaly.
    assert [a["anomaly"] for a in record["anomalies"]] == ["status_mismatch"]


def test_the_second_end_of_a_migration_is_an_anomaly(
    harness: PipelineHarness, vendor_samples: Sequence[dict[str, Any]]
) -> None:
    """The page shows one migration as both accomplished and failed at one moment."""
    for sample in vendor_samples[4:7]:
        harness.process(sample)

    record = harness.record()

    assert record["status"] == record["transitions"][1]["status"]
    assert [a["anomaly"] for a in record["anomalies"]] == ["unexpected_move"]


@given(data=st.data())
def test_any_order_and_grouping_gives_the_same_ledger(
    make_harness: MakeHarness, vendor_samples: Sequence[dict[str, Any]], data: st.DataObject
) -> None:
    """All nine shuffled, repeated and batched give the records and ledger rows of the page's order."""
    plain, mixed = make_harness(), make_harness()
    plain.process(list(vendor_samples))
    order = data.draw(st.permutations([*vendor_samples, *vendor_samples[:3]]))

    while order:
        size = data.draw(st.integers(1, len(order)))
        batch, order = order[:size], order[size:]
        mixed.process(batch)

    assert mixed.dump() == plain.dump()


def test_each_record_has_the_statuses_of_its_samples(
    harness: PipelineHarness, vendor_samples: Sequence[dict[str, Any]]
) -> None:
    """And the expected last one."""
    harness.process(list(vendor_samples))

    for record in harness.stored():
        _, statuses, status = EXPECTED[record.key.rpartition(":i-bp1ecr")[0]]
        seen = state.summarize(record)
        assert sorted(t.status for t in seen.transitions) == sorted(statuses)
        assert status in (None, seen.status)
