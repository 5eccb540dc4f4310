"""Tables that fit the terminal."""

from __future__ import annotations

import pytest

from opsctl.cli.columns import Column, lines, width_of

ID, TIME, TEXT = "e-bp1jcvxgvu85akvc8812", "2026-01-01 08:00", "SystemMaintenance.RebootAndIsolateErrorDisk"
ROW = (ID, TIME, TEXT, "计划")
COLUMNS = (
    Column("Record", whole=True),
    Column("Time", whole=True, rank=5),
    Column("Type", keep_end=True),
    Column("维护", rank=1),
)


@pytest.mark.parametrize("width", [*range(20, 121, 5), None])
def test_no_line_is_wider_and_no_id_is_cut(width: int | None) -> None:
    """At every width the id is whole, other text is whole or cut with an ellipsis, and a time is whole or not there."""
    shown = ["".join(text + "  " for _, text in line).rstrip() for line in lines(COLUMNS, [ROW], width)]

    assert any(ID in line for line in shown)
    assert all(TIME in line or TIME[:4] not in line for line in shown)
    if width is None or width >= 40:
        assert max(map(width_of, shown)) <= (width or 10**6)
    if width is None:
        assert TEXT in shown[2]
