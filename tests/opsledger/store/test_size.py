"""The size of a row, by which a batch is kept within the service's limit."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from opsledger.store import Key, Put, batched, size, size_at_most
from opsledger.store.tables import LEDGER

NAMES = st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), min_size=1, max_size=40)
VALUES = st.text(max_size=300) | st.binary(max_size=300) | st.integers(-(2**63), 2**63 - 1) | st.booleans()


@given(st.dictionaries(NAMES, VALUES, max_size=30), st.text(max_size=256), st.integers(0, 2**62))
def test_no_row_is_larger_than_its_bound(columns: dict[str, str | bytes | int | bool], resource: str, at: int) -> None:
    """For any columns."""
    put = Put(Key(LEDGER, (resource, at, "n" * 64)), columns)

    assert size(put) <= size_at_most(put)


@given(st.lists(st.integers(0, 12)), st.integers(1, 5))
def test_batches_keep_order_and_limits(weights: list[int], most: int) -> None:
    """All items in order; within both limits, unless one item alone is too heavy; no batch ends early."""
    batches = list(batched(weights, most, lambda weight: weight, 10))

    assert [weight for batch in batches for weight in batch] == weights
    assert all(len(batch) == 1 or (len(batch) <= most and sum(batch) <= 10) for batch in batches)
    for batch, following in pairwise(batches):
        assert len(batch) == most or sum(batch) + following[0] > 10
