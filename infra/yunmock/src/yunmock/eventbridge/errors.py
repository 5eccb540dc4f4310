"""EventBridge's errors, as it names them.

Codes of the signature and of the events: https://help.aliyun.com/zh/eventbridge/error-codes; codes and texts of
buses, rules and targets: the open-source core (github.com/apache/rocketmq-eventbridge, EventBridgeErrorCode and
EventErrorCode and FiltterPatternErrorCode).
"""

from __future__ import annotations

from yunmock.errors import RefusalError

ERRORS: dict[str, tuple[int, str]] = {
    "InvalidAccessKeyId": (403, "The AccessKey ID [{0}] is not that of this account."),
    "SecurityTokenInvalid": (403, "The security token is invalid."),
    "SignatureDoesNotMatch": (403, "The request signature does not match the string to sign [{0}]."),
    "AccessDenied": (403, "{0}"),
    "InvalidArgument": (400, "{0}"),
    "ActionNotSupported": (404, "yunmock's EventBridge has no call [{0}]."),
    "ServiceUnavailable": (503, "{0}"),
    "InternalError": (500, "{0}"),
    "TooManyRequests": (429, "{0}"),
    "JsonAttributeInvalid": (409, "The Json attribute is invalid: {0}"),
    "PutEventsRequestMoreThanOneEventBus": (409, "The put events request has more than one event bus [{0}]"),
    "PutEventsEntriesExceedLimit": (
        409,
        "The put events request has [{0}] events, which exceed the limit [{1}]!",
    ),
    "PutEventsSizeExceed": (409, "The put events request size [{0}] exceed the limit [{1}]!"),
    "EventBusEmpty": (409, "The event bus is empty."),
    "EventBusNotExist": (409, "The event bus [{0}] not existed!"),
    "EventBusNameInvalid": (409, "The event bus name [{0}] is invalid!"),
    "EventBusAlreadyExist": (409, "The event bus [{0}] already existed!"),
    "EventBusCountExceedLimit": (
        409,
        "The current count of event bus is [{0}], which will exceed the limit quota [{1}]",
    ),
    "EventBusRuleNotEmptyForDelete": (
        409,
        "The rules of eventbus [{0}] exist, please delete them before delete event bus.",
    ),
    "EventRuleNotExist": (409, "The event rule [{0}] of event bus [{1}] not existed!"),
    "EventRuleNameInvalid": (409, "The event rule name [{0}] is invalid!"),
    "EventRuleCountExceedLimit": (
        409,
        "The current count of event rule is [{0}], which will exceed the limit quota [{1}]",
    ),
    "EventRuleAlreadyExist": (409, "The event rule [{0}] of event bus [{1}] already existed!"),
    "EventRuleFilterPatternEmpty": (409, "The filter pattern is empty! "),
    "EventRuleFilterPatternInvalid": (409, "The event rule's filter pattern is invalid: {0}"),
    "EventTargetCountExceedLimit": (
        409,
        "The current count of event target is [{0}], which will exceed the limit quota [{1}]",
    ),
    "EventTargetNotExist": (409, "The event target [{0}] of event rule [{1}] on eventbus [{2}] not existed!"),
    "EventTargetAlreadyExist": (
        409,
        "The event target [{0}] of event rule [{1}] on eventbus [{2}] already existed!",
    ),
    "EventTargetInvalid": (409, "The event target [{0}] is invalid: {1}"),
    "EventStreamingNotExist": (409, "The event streaming [{0}] not existed!"),
    "EventStreamingAlreadyExist": (409, "The event streaming [{0}] already existed!"),
    "EventStreamingInvalid": (409, "The event streaming [{0}] is invalid: {1}"),
    "EventSourceNotExist": (409, "The event source [{0}] not existed!"),
    "EventSourceAlreadyExist": (409, "The event source [{0}] already existed!"),
    "EventIdEmpty": (409, "The event id is empty."),
    "EventIdInvalid": (409, "The event id [{0}] is invalid!"),
    "EventDataEmpty": (409, "The event data is empty."),
    "EventSourceInvalid": (409, "The event source [{0}] is invalid!"),
    "EventTypeInvalid": (409, "The event type [{0}] is invalid!"),
    "EventSubjectInvalid": (409, "The event subject [{0}] is invalid!"),
    "EventTimeInvalid": (409, "The event time [{0}] is invalid!"),
    "EventSpecversionInvalid": (409, "The event specversion [{0}] is invalid! which must be in [1.0,0.3]"),
    "EventContentTypeInvalid": (
        409,
        "The event content type [{0}] is invalid! which not in supported types:[{1}]",
    ),
    "EventExtensionsAttributeInvalid": (409, "The extensions attribute is invalid: {0}"),
    "EventInvalid": (
        409,
        "The event is invalid in request! View the spec detail on https://github.com/cloudevents/spec: {0}",
    ),
    "EventSizeExceed": (409, "The single event entry size[{0}] exceed the limit [{1}]! "),
}


class EventBridgeError(RefusalError):
    """A refusal by EventBridge."""

    errors = ERRORS
