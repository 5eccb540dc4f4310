"""Cut a list of groups into pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.rpc import tokens

if TYPE_CHECKING:
    from yunmock.eci.model import ContainerGroup


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One page, the token of the next (empty when there is none), and how many groups there are in all."""

    groups: list[ContainerGroup]
    next_token: str
    total: int


def page(groups: list[ContainerGroup], scope: str, limit: int, token: str) -> GroupPage:
    """The first `limit` groups after the token; `groups` must be in the order of their sequence numbers.

    Args:
        scope: which call and region the tokens are for.
        token: the caller's NextToken, empty for the first page.

    Raises:
        RpcError: InvalidParameter.
    """
    after = tokens.read(token, scope) if token else 0
    rest = [group for group in groups if group.sequence > after]
    shown = rest[:limit]
    more = len(rest) > limit
    return GroupPage(shown, str(tokens.issue(shown[-1].sequence, scope)) if more else "", len(groups))
