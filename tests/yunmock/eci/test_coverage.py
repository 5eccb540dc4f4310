"""The page on ECI states what yunmock answers and refuses."""

from __future__ import annotations

from pathlib import Path

from yunmock.eci.coverage import COVERAGE

PAGE = Path(__file__).parents[3] / "docs" / "yunmock" / "eci.md"


def test_the_page_has_the_table() -> None:
    """The page lists every call, answered or refused."""
    text = PAGE.read_text(encoding="utf-8")

    assert [name for name in (*COVERAGE.calls, *COVERAGE.refused) if f"| {name} |" not in text] == []
