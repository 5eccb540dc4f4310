"""ECI's errors, as they go over the wire, and the one that only the control interface raises.

The pages of DescribeContainerGroups and DescribeContainerGroupEvents list no codes of their own and refer to the
error centre, so these are the codes common to Alibaba Cloud's RPC APIs
(https://www.alibabacloud.com/help/en/auto-scaling/developer-reference/client-errors and
https://help.aliyun.com/en/polardb/client-error-codes).
"""

from __future__ import annotations


class EciError(Exception):
    """A refusal with the status, code and message that go over the wire."""

    def __init__(self, code: str, *values: object, message: str | None = None) -> None:
        status, template = ERRORS[code]
        super().__init__(message or template.format(*values))
        self.code = code
        self.status = status


class ContainerGroupNotFoundError(KeyError):
    """The control interface was given an id that no container group has (any more)."""

    def __init__(self, group_id: str) -> None:
        super().__init__(f"there is no container group {group_id!r}")


ERRORS: dict[str, tuple[int, str]] = {
    "MissingParameter": (
        400,
        'The input parameter "{0}" that is mandatory for processing this request is not supplied.',
    ),
    "InvalidParameter": (400, 'The specified parameter "{0}" is not valid: {1}'),
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards: {0}"),
    "SignatureDoesNotMatch": (400, "Specified signature is not matched with our calculation: {0}"),
    "InvalidVersion": (400, "Specified parameter Version is not valid: ECI's is {0}."),
    "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method: ECI has no [{0}]."),
    "ActionNotSupported": (404, "yunmock's ECI has no call [{0}]: it answers {1}."),
    "Throttling": (400, "Request was denied due to request throttling."),
    "Throttling.User": (400, "Request was denied due to user flow control."),
    "Throttling.Api": (400, "Request was denied due to api flow control."),
    "InternalError": (500, "The request processing has failed due to some unknown error, exception or failure."),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
}
