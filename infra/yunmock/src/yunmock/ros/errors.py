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
    "CircularDependency": (400, "Circular Dependency Found: {0}."),
    "InvalidSchema": (400, "{0}."),
    "InvalidTemplateAttribute": (400, "The Referenced Attribute ({0} {1}) is incorrect."),
    "InvalidTemplatePropertyType": (400, "The specified value type of ({0} {1}) is incorrect."),
    "InvalidTemplateReference": (400, 'The specified reference "{0}" (in {1}) is incorrect.'),
    "InvalidTemplateSection": (400, "The template section is invalid: {0}."),
    "InvalidTemplateVersion": (400, "The template version is invalid: {0}."),
    "StackValidationFailed": (400, "{0}."),
    "UnknownUserParameter": (400, "The Parameter ({0}) was not defined in template."),
    "UserParameterMissing": (400, "The Parameter {0} was not provided."),
    "NotSupported": (400, "{0}"),
}

SAME_STACK = "Update the completely same stack is not supported."


class RosError(RpcError):
    """A refusal by ROS."""

    errors = ERRORS


class UnknownReferenceError(RosError):
    """A reference to something that does not exist, or a function that is not supported."""

    def __init__(self, message: str, code: str = "StackValidationFailed") -> None:
        super().__init__(code, message=message)
