"""Every action of ECI: the call that answers it, or that it is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eci.calls import events, groups
from yunmock.eci.coverage import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.eci.state import EciState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

CALLS: dict[str, Callable[[EciState, Arguments], JsonObject]] = {
    "DescribeContainerGroups": groups.describe_container_groups,
    "DescribeContainerGroupEvents": events.describe_container_group_events,
}

REFUSED = COVERAGE.refused
"""The other calls of the vendor's SDK, each with the reason."""
