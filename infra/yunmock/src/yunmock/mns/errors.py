"""The refusals of Simple Message Queue, as they go over the wire.

Codes, statuses and messages: https://www.alibabacloud.com/help/en/mns/developer-reference/syntax-of-error-responses and
https://www.alibabacloud.com/help/doc-detail/27501.html (`InvalidDegist` is spelt so there).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.errors import RefusalError

if TYPE_CHECKING:
    from yunmock.faults import Fault

ERRORS: dict[str, tuple[int, str]] = {
    "AccessDenied": (403, "The OwnerId that your Access Key Id associated to is forbidden for this operation."),
    "InvalidAccessKeyId": (403, "The AccessKey Id you provided is not exist."),
    "InvalidArgument": (400, "The XML you provided did not validate against our published schema, cause by {0}."),
    "InvalidAuthorizationHeader": (400, "The Authorization header format is invalid."),
    "InvalidDateHeader": (400, "The Date header format is invalid."),
    "InvalidDegist": (400, "The Content-MD5 you specified is invalid."),
    "InvalidQueryString": (400, 'Http request URL contains invalid querystring item "{0}".'),
    "InvalidQueueName": (
        400,
        "The queue name you provided is invalid. QueueName should start with alphabet or digit and contain no other.",
    ),
    "InvalidRequestURL": (400, "Http request URL format invalid."),
    "InternalServerError": (500, "Interal error."),
    "MalformedXML": (400, "The XML you provided was not well-formed."),
    "MessageNotExist": (404, "Message not exist."),
    "MissingAuthorizationHeader": (400, "Authorization header is required."),
    "MissingDateHeader": (400, "Date header is required."),
    "MissingReceiptHandle": (400, "ReceiptHandle is required."),
    "MissingVisibilityTimeout": (400, "VisibilityTimeout is required."),
    "QpsLimitExceeded": (400, "The qps limit of queue is exceeded."),
    "QueueAlreadyExist": (409, "The queue you want to create is already exist."),
    "QueueNameLengthError": (400, "Queue name length should between 1 and 120."),
    "QueueNotExist": (404, "The queue name you provided is not exist."),
    "ReceiptHandleError": (400, "The receipt handle you provide is not valid."),
    "SignatureDoesNotMatch": (
        403,
        "The request signature we calculated does not match the signature you provided. Check your key and method.",
    ),
    "TimeExpired": (408, "The http request you sent is expired."),
}


class MnsError(RefusalError):
    """A refusal by Simple Message Queue."""

    errors = ERRORS


def out_of_range(name: str, lowest: int, highest: int) -> MnsError:
    """The refusal of a number, or of a text's size in bytes, outside its range."""
    message = f"The value of {name} should between {lowest} and {highest} seconds/bytes."
    return MnsError("InvalidArgument", message=message)


def not_supported(name: str, why: str) -> MnsError:
    """The refusal of what the service has and yunmock does not; the message names it."""
    return MnsError("InvalidArgument", message=f"yunmock does not support {name}: {why}")


def of_fault(fault: Fault) -> MnsError:
    """The refusal that a fault asks for; a code of the service's comes with its own status and message."""
    code = fault.code or "InternalServerError"
    if code in ERRORS:
        return MnsError(code, "a fault", message=fault.message)
    error = MnsError("InternalServerError", message=fault.message)
    error.code, error.status = code, fault.status
    return error
