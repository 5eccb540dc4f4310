"""Every action of ROS: the call that answers it, or that it is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ros.calls import stacks, templates
from yunmock.ros.coverage import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.json_types import JsonObject
    from yunmock.ros.state import RosState
    from yunmock.rpc.arguments import Arguments

CALLS: dict[str, Callable[[RosState, Arguments], JsonObject]] = {
    "CreateStack": stacks.create_stack,
    "DeleteStack": stacks.delete_stack,
    "GetStack": stacks.get_stack,
    "GetTemplate": templates.get_template,
    "ListStackResources": stacks.list_stack_resources,
    "ListStacks": stacks.list_stacks,
    "PreviewStack": templates.preview_stack,
    "UpdateStack": stacks.update_stack,
    "ValidateTemplate": templates.validate_template,
}

REFUSED = COVERAGE.refused
"""The other calls of the vendor's SDK, each with the reason."""
