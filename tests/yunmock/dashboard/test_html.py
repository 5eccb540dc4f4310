"""How single values stand on a page: JSON, spans of time, and which cells may break."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from yunmock.dashboard.document import Link, Listing, Moment, Status, TextBlock, TypedValue, WebPage
from yunmock.dashboard.html import render, spoken
from yunmock.dashboard.indented import indented

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            '{"a":1.50,"b":[1e2,-0],"c":{},"d":[],"e":"{,}\\""}',
            '{\n  "a": 1.50,\n  "b": [\n    1e2,\n    -0\n  ],\n  "c": {},\n  "d": [],\n  "e": "{,}\\""\n}',
        ),
        ("[]", "[]"),
        ("{not json", "{not json"),
        ("plain", "plain"),
    ],
)
def test_json_is_indented_and_keeps_its_numbers(text: str, lines: str) -> None:
    """Every number is as it was written; what is no JSON is left alone."""
    assert indented(text) == lines


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("i-bp1", "short"),
        ("two words", None),
        ("x" * 33, "long"),
        (["x", "x" * 33], "long"),
        (Link("i-bp1", "event", {"key": "x" * 99}), "short"),
        (Status("delivered", "good"), "short"),
        (TypedValue("a_column_with_a_very_long_name", "STRING", "open", 0), "short"),
        (TypedValue("digest", "BINARY", b"\0" * 32, 9), "long"),
        (TextBlock("{}"), "long"),
        (Moment(1_800_000_000_000), "short"),
        (None, "short"),
    ],
    ids=str,
)
def test_a_cell_breaks_by_what_it_shows(cell: Shown, kind: str | None) -> None:
    """One short word stays on its line, and a long one may be broken, so that no page is wider than its screen."""
    page = render(WebPage("A", (Listing("B", ("C",), [(cell,)]),)), "events", 0, "")

    (given,) = re.findall(r'<td data-label="C"(?: class="(\w+)")?>', page)
    assert given == (kind or "")


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 ms"),
        (0.25, "0.25 ms"),
        (-12, "-12 ms"),
        (999.7, "1 s"),
        (-1500, "-1.5 s"),
        (90_000, "1.5 min"),
        (3_600_000, "1 h"),
        (7 * 86_400_000, "7 d"),
    ],
)
def test_a_span_is_read_at_a_glance(ms: float, words: str) -> None:
    """It has three digits at most, and the unit that suits it."""
    assert spoken(ms) == words
