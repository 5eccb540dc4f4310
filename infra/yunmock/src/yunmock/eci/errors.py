"""ECI's refusals, as they go over the wire, and the error of the control interface.

The pages of DescribeContainerGroups and DescribeContainerGroupEvents list no codes and refer to the error centre, so
these are the codes common to Alibaba Cloud's RPC APIs
(https://www.alibabacloud.com/help/en/auto-scaling/developer-reference/client-errors and
https://help.aliyun.com/en/polardb/client-error-codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.errors import RefusalError

if TYPE_CHECKING:
    from yunmock.faults import Fault

ERRORS: dict[str, tuple[int, str]] = {
    "MissingParameter": (
        400,
        'The input parameter "{0}" that is mandatory for processing this request is not supplied.',
    ),
    "InvalidParameter": (400, 'The specified parameter "{0}" is not valid: {1}'),
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards: {0}"),
    "SignatureDoesNotMatch": (400, "Specified signature is not matched with our calculation: {0}"),
    "Forbidden.RAM": (
        403,
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
    ),
    "InvalidVersion": (400, "Specified parameter Version is not valid: ECI's is {0}."),
    "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method: ECI has no [{0}]."),
    "ActionNotSupported": (404, "yunmock's ECI has no call [{0}]: it answers {1}."),
    "Throttling": (400, "Request was denied due to request throttling."),
    "Throttling.User": (400, "Request was denied due to user flow control."),
    "Throttling.Api": (400, "Request was denied due to api flow control."),
    "InternalError": (500, "The request processing has failed due to some unknown error, exception or failure."),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
}


class EciError(RefusalError):
    """A refusal by ECI."""

    errors = ERRORS


class ContainerGroupNotFoundError(KeyError):
    """The control interface was given an id that no container group has, or no longer has."""

    def __init__(self, group_id: str) -> None:
        super().__init__(f"there is no container group {group_id!r}")


def of_fault(fault: Fault, operation: str) -> EciError:
    """The refusal that a fault asks for; a code of ECI's comes with its own status and message."""
    code = fault.code or "ServiceUnavailable"
    if code in ERRORS:
        return EciError(code, operation, "a fault asked for it", message=fault.message)
    error = EciError("ServiceUnavailable", message=fault.message)
    error.code, error.status = code, fault.status
    return error
