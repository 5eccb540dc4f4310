"""The refusals that Alibaba Cloud's RPC APIs have in common.

Sources: https://www.alibabacloud.com/help/en/auto-scaling/developer-reference/client-errors and
https://help.aliyun.com/en/polardb/client-error-codes.
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
    "InvalidVersion": (400, "Specified parameter Version is not valid: {0}'s is {1}."),
    "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method: {0} has no [{1}]."),
    "ActionNotSupported": (404, "yunmock's {0} has no call [{1}]: it answers {2}."),
    "Throttling": (400, "Request was denied due to request throttling."),
    "Throttling.User": (400, "Request was denied due to user flow control."),
    "Throttling.Api": (400, "Request was denied due to api flow control."),
    "InternalError": (500, "The request processing has failed due to some unknown error, exception or failure."),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
}

FAULT_VALUES = ("a fault asked for it",) * 3
"""Fills the message of a code that a fault asks for."""


class RpcError(RefusalError):
    """A refusal by an RPC API; a service with further codes derives its own."""

    errors = ERRORS


def of_fault(fault: Fault, error: type[RpcError]) -> RpcError:
    """The refusal that a fault asks for; one of the service's codes comes with its own status and message.

    Args:
        fault: what to answer.
        error: the service's class of refusals.
    """
    code = fault.code or "ServiceUnavailable"
    if code in error.errors:
        return error(code, *FAULT_VALUES, message=fault.message)
    made = error("ServiceUnavailable", message=fault.message)
    made.code, made.status = code, fault.status
    return made
