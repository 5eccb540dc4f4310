"""Function Compute's errors.

https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/error-codes, and those of the API of
2023-03-30: https://help.aliyun.com/zh/functioncompute/api-fc-2023-03-30-errorcodes, which has no status for some.
"""

from __future__ import annotations

from yunmock.errors import RefusalError

ERRORS: dict[str, tuple[int, str]] = {
    "InvalidArgument": (400, "{0}"),
    "MissingRequiredHeader": (400, "required HTTP header {0} was not specified"),
    "PathNotSupported": (400, "'{0}' against '{1}' is not supported"),
    "EntityTooLarge": (400, "payload size exceeds maximum allowed size ({0} bytes)"),
    "AccessDenied": (403, "{0}"),
    "SignatureNotMatch": (
        403,
        (
            "The request signature we calculated does not match the signature you provided. "
            "Check your access key and signing method. The string to sign is '{0}'"
        ),
    ),
    "InvalidAccessKeyID": (403, "invalid access key ID '{0}'"),
    "ServiceNotFound": (404, "service '{0}' does not exist"),
    "FunctionNotFound": (404, "function '{0}' does not exist in service '{1}'"),
    "TriggerNotFound": (404, "trigger '{0}' does not exist in service '{1}' and function '{2}'"),
    "LayerVersionNotFound": (404, "version '{0}' of layer '{1}' does not exist"),
    "MethodNotAllowed": (405, "{0}"),
    "FunctionAlreadyExists": (409, "function '{0}' already exists in service '{1}'"),
    "FunctionNotEmpty": (409, "function '{0}' has active triggers"),
    "TriggerAlreadyExists": (409, "trigger '{0}' already exists in service '{1}' and function '{2}'"),
    "ResourceThrottled": (429, "{0}"),
    "InternalServerError": (500, "{0}"),
    "BadResponse": (502, "{0}"),
    "ServiceUnavailable": (503, "{0}"),
}


class FunctionComputeError(RefusalError):
    """A refusal by Function Compute."""

    errors = ERRORS
