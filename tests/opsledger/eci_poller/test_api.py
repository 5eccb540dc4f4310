"""One page of an answer of ECI: what is taken for it, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from opsledger.eci_poller.api import _page
from opsledger.errors import UnavailableError
from opsledger.rpc import TokenRefusedError

GROUPS = "containerGroups"


@pytest.mark.parametrize(
    ("body", "items", "token"),
    [
        ({GROUPS: [{"a": 1}], "nextToken": "t"}, [{"a": 1}], "t"),
        ({GROUPS: [], "nextToken": ""}, [], None),
        ({GROUPS: [{"a": 1}, None, "x"]}, [{"a": 1}], None),
        ({"totalCount": 0}, [], None),
        ({"totalCount": "0", GROUPS: None}, [], None),
    ],
)
def test_a_page_has_its_objects_and_its_token(body: Any, items: Any, token: str | None) -> None:
    """An array may be left out where the answer says that there is nothing in it."""
    page = _page(body, GROUPS, None)

    assert (page.items, page.next_token) == (items, token)


@pytest.mark.parametrize(
    "body", [{}, {"totalCount": 7}, {GROUPS: None}, {GROUPS: {}}, {GROUPS: "", "totalCount": 0}, {"groups": []}]
)
def test_an_answer_without_its_array_is_refused(body: Any) -> None:
    """As an empty one it would make every group vanish."""
    with pytest.raises(UnavailableError, match="lacks the array containerGroups"):
        _page(body, GROUPS, None)


def test_the_same_token_again_is_refused() -> None:
    """Its pages would never end."""
    with pytest.raises(TokenRefusedError, match="the page token that it was asked with"):
        _page({GROUPS: [], "nextToken": "t"}, GROUPS, "t")


@pytest.mark.parametrize("token", ["x" * 4097, "\ud800", "第2页"])
def test_a_token_that_cannot_be_kept_is_refused(token: str) -> None:
    """It would fail the write of the cursor."""
    with pytest.raises(UnavailableError, match="page token"):
        _page({GROUPS: [], "nextToken": token}, GROUPS, None)
