"""The refusals of ROS.

Codes: the error tables of the calls, as
https://alibabacloud.com/help/en/ros/developer-reference/api-ros-2019-09-10-updatestack. That an update which changes
nothing is refused, and in which words: the vendor's own command line tool looks for them
(https://github.com/aliyun/Resource-Orchestration-Service-Cloud-Development-Kit).
"""

from __future__ import annotations

from yunmock.rpc.errors import ERRORS as COMMON
from yunmock.rpc.errors import RpcError

ERRORS: dict[str, tuple[int, str]] = {
    **COMMON,
    "StackNotFound": (404, "The Stack ({0}) could not be found."),
    "StackExists": (409, "The Stack ({0}) already exists."),
    "ActionInProgress": (409, "Stack {0} already has an action ({1}) in progress."),
    "StackValidationFailed": (400, "{0}"),
    "InvalidTemplate": (400, "{0}"),
    "NotSupported": (400, "{0}"),
}

SAME_STACK = "Update the completely same stack is not supported."


class RosError(RpcError):
    """A refusal by ROS."""

    errors = ERRORS
