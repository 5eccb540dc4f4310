"""ECS's refusals, and the errors of the control interface.

Codes and statuses: the pages of the calls, as https://help.aliyun.com/document_detail/63962.html
(DescribeInstanceHistoryEvents), …/88814.html (CreateSimulatedSystemEvents), …/107738.html (AcceptInquiredSystemEvent),
…/25506.html (DescribeInstances). The pages give one code different statuses: `STATUSES`.
"""

from __future__ import annotations

from yunmock.rpc.errors import ERRORS as COMMON
from yunmock.rpc.errors import RpcError

ERRORS: dict[str, tuple[int, str]] = {
    **COMMON,
    "InvalidParameter.TimeEndBeforeStart": (403, "The end of {0} is before its start."),
    "EventIdLimitExceeded": (403, "At most {0} values of {1} can be given."),
    "InstanceIdLimitExceeded": (403, "At most {0} values of {1} can be given."),
    "DiskIdLimitExceeded": (403, "At most {0} values of {1} can be given."),
    "InvalidNotBefore.Passed": (403, "The specified NotBefore {0} has passed."),
    "InvalidInstanceId.NotFound": (404, "The specified InstanceId {0} does not exist."),
    "InvalidEventId.NotFound": (403, "The specified EventId {0} is not found."),
    "CannotCancelSystemEvent.NotSimulated": (403, "The event {0} is not simulated."),
    "InvalidEventId.NoInquiringEventFound": (404, "No event in the Inquiring state has the EventId {0}."),
    "OperationDenied.AcceptNotSupported": (403, "Accepting the event {0} is not supported."),
    "OperationConflict": (403, "The event {0} is being executed already."),
    "OperationFail.InstanceStatusNotSupported": (403, "The instance {0} is in the status {1}."),
    "OperationFail.DiskStatusNotSupported": (403, "The disk {0} is in the status {1}."),
    "IncorrectInstanceStatus": (400, "Current instance status does not support this operation."),
    "InvalidStatus.NotFound": (404, "The specified Status is not found"),
    "InvalidLockReason.NotFound": (404, "The specified LockReason is not found"),
    "InvalidTag.Mismatch": (400, "The specified Tag.n.Key and Tag.n.Value are not match."),
    "InvalidTagCount": (400, "The specified tags are beyond the permitted range."),
    "DryRunOperation": (400, "Request validation has been passed with DryRun flag set."),
    "ParameterNotSupported": (400, "yunmock's ECS does not support the parameter {0} of this call."),
}

_EVENT_CALLS = (
    "DescribeInstanceHistoryEvents",
    "DescribeInstancesFullStatus",
    "DescribeDisksFullStatus",
    "CreateSimulatedSystemEvents",
    "CancelSimulatedSystemEvents",
)

STATUSES: dict[tuple[str, str], int] = {
    **{(call, "MissingParameter"): 404 for call in _EVENT_CALLS},
    **{(call, "InvalidParameter"): 403 for call in _EVENT_CALLS},
    ("CancelSimulatedSystemEvents", "EventIdLimitExceeded"): 400,
}
"""The status of a code where a call's page gives another one than `ERRORS`."""


class EcsError(RpcError):
    """A refusal by ECS."""

    errors = ERRORS


class ResourceNotFoundError(KeyError):
    """The control interface was given an id that no instance or disk has."""

    def __init__(self, resource_id: str) -> None:
        super().__init__(f"there is no resource {resource_id!r}")


class EventNotFoundError(KeyError):
    """The control interface was given an id that no event has."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"there is no event {event_id!r}")
