"""Cut what a call finds into pages: by token, or by number as the older programs do.

Source: the descriptions of MaxResults, NextToken, PageNumber and PageSize on
https://help.aliyun.com/document_detail/63962.html. A MaxResults outside 10 to 100 is not refused: the nearest bound
counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from yunmock.rpc import arguments as parameters
from yunmock.rpc import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.ecs.shelf import Item
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

T = TypeVar("T")
ItemT = TypeVar("ItemT", bound="Item")

FEWEST, MOST = 10, 100
"""The bounds of MaxResults; the first is also the default of MaxResults and PageSize."""

MAX_NUMBER = 10**9


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """What one page shows, and the fields of the answer that say so."""

    items: list[T]
    fields: JsonObject


def by_token(arguments: Arguments, scope: str, found: Callable[[int], Iterator[ItemT]]) -> Page[ItemT]:
    """A page by MaxResults and NextToken if one of them is given, else by PageNumber and PageSize.

    By token, only as much is read as the page shows: PageNumber, PageSize and TotalCount then mean nothing, and are 0.

    Args:
        scope: which call and region the tokens are for.
        found: what the call finds after a sequence number, in their order.

    Raises:
        RpcError: InvalidParameter.
    """
    if not (arguments.get("MaxResults") or arguments.get("NextToken")):
        page = by_number(arguments, list(found(0)))
        seen = int(str(page.fields["PageNumber"])) * int(str(page.fields["PageSize"]))
        more = page.items and seen < int(str(page.fields["TotalCount"]))
        return Page(page.items, {**page.fields, **_next(page.items, scope)}) if more else page
    limit = min(max(parameters.number(arguments, "MaxResults", FEWEST, 0, MAX_NUMBER), FEWEST), MOST)
    token = arguments.get("NextToken", "")
    rest = list(islice(found(tokens.read(token, scope) if token else 0), limit + 1))
    fields: JsonObject = {"PageNumber": 0, "PageSize": 0, "TotalCount": 0}
    shown = rest[:limit]
    return Page(shown, {**fields, **_next(shown, scope)} if len(rest) > limit else fields)


def by_number(arguments: Arguments, found: list[T]) -> Page[T]:
    """A page by PageNumber and PageSize.

    Raises:
        RpcError: InvalidParameter.
    """
    number = parameters.number(arguments, "PageNumber", 1, 1, MAX_NUMBER)
    size = parameters.number(arguments, "PageSize", FEWEST, 1, MOST)
    shown = found[(number - 1) * size : number * size]
    return Page(shown, {"PageNumber": number, "PageSize": size, "TotalCount": len(found)})


def _next(shown: list[ItemT], scope: str) -> JsonObject:
    """The token after the last item shown: 32 hexadecimal digits, as in the vendor's samples."""
    return {"NextToken": tokens.issue(shown[-1].sequence, scope).hex}
