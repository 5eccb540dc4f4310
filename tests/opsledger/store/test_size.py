"""The size of a row, by which a batch is kept within the service's limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsledger.store import Key, Put, size, size_at_most
from opsledger.store.tables import LEDGER

NAMES = st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), min_size=1, max_size=40)
VALUES = st.text(max_size=300) | st.binary(max_size=300) | st.integers(-(2**63), 2**63 - 1) | st.booleans()


@given(st.dictionaries(NAMES, VALUES, max_size=30), st.text(max_size=256), st.integers(0, 2**62))
def test_no_row_is_larger_than_its_bound(columns: dict[str, str | bytes | int | bool], resource: str, at: int) -> None:
    """For any columns."""
    put = Put(Key(LEDGER, (resource, at, "n" * 64)), columns)

    assert size(put) <= size_at_most(put)
