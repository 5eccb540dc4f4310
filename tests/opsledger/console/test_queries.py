"""Whatever a query has, a page answers: it shows something, or says what is wrong with the query."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from opsledger.console.routes import FILES, PAGES
from opsledger.console.visit import MOST_ROWS

if TYPE_CHECKING:
    from tests.opsledger.console.conftest import Visitor

NAMES = (
    *("limit", "within", "after", "id", "q", "digest", "message", "by", "reason", "state", "kind", "severity"),
    *("owner", "tag", "region", "resource", "status", "overdue", "open", "lang", "other"),
)
VALUES = ("1", "0", "-1", "1e3", "9" * 30, "٣", "\ud800", "\x00", "{0}", "[]", "a.b", "~", "x" * 1001)
EXPECTED = {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}


@pytest.mark.parametrize("page", [*PAGES, "search.json", *FILES])
def test_a_page_answers_whatever_the_query_has(visitor: Visitor, page: str) -> None:
    """No value of any name is a bug; a name with half a surrogate pair is none either."""
    for name in NAMES:
        for value in VALUES:
            assert visitor.get(f"/{page}", {name: value}).status in EXPECTED, (name, value)
    assert visitor.get(f"/{page}", {"\ud800": "1"}).status in EXPECTED


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("1", 200),
        (f"00{MOST_ROWS}", 200),
        (f"{'0' * 30}1", 200),
        (f"{MOST_ROWS + 1}", 400),
        ("0", 400),
        ("00000000001999", 400),
        (f"0000000001{'9' * 900}", 400),
        ("", 200),
    ],
)
def test_a_number_is_within_its_bounds_however_it_is_written(visitor: Visitor, number: str, status: int) -> None:
    """Zeros before it are no way around the most rows of a page."""
    assert visitor.get("/search", {"limit": number}).status == status


@pytest.mark.parametrize("page", ["now", "week"])
def test_a_filter_that_only_other_pages_have_is_none(visitor: Visitor, page: str) -> None:
    """So it is not shown as one."""
    plain = visitor.json(page)

    assert visitor.json(page, overdue="1", open="1", within="5") == plain


@pytest.mark.parametrize("page", [*PAGES, "search.json", *FILES])
def test_a_page_repeats_no_name_that_it_does_not_know(visitor: Visitor, page: str) -> None:
    """However many there are: they lengthen no link."""
    plain = visitor.get(f"/{page}", {"lang": "ja"})

    assert visitor.get(f"/{page}", {"lang": "ja", **{f"x{number}": "1" for number in range(100)}}) == plain
