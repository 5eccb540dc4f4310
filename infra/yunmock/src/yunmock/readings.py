"""What the vendor's pages leave open, and which of the possible answers a cloud gives.

Each default is the answer that is worse for a program written for the other one: what works here works either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from yunmock.services import Invocation

AsyncInvocationType: TypeAlias = Literal["sync", "async"]
FunctionErrors: TypeAlias = Literal["delivered", "retried"]
RobotErrors: TypeAlias = Literal["delivered", "retried"]


@dataclass(frozen=True, slots=True)
class Readings:
    """How a cloud reads what the vendor's pages leave open.

    Attributes:
        async_invocation_type: how a trigger with `asyncInvocationType: true` invokes; `false`, or nothing, is the other
            way. "sync" is what the API says that Serverless Devs calls
            (https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-eventbridgetriggerconfig,
            of Feb 2026: "true: synchronous call. false: asynchronous invocation. Default value: false"), "async" what
            that page said in Nov 2024, and what FC 2.0's says
            (https://alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/api-fc-open-2021-04-06-struct-eventbridgetriggerconfig).
            Who writes `true` means the second. The first, the default, is worse for them: Function Compute does not
            retry a synchronous invocation, and sends no failure to a destination.
        function_errors: what EventBridge makes of a synchronous invocation that Function Compute accepted (HTTP 200)
            and the function failed. No page says. "delivered", the default, is worse: the event is lost. "retried":
            EventBridge delivers it again, and then sends it to the dead-letter queue.
        robot_errors: what EventBridge makes of a message that a DingTalk robot refuses, with HTTP 200 and an `errcode`
            other than 0. No page says. "delivered", the default, is worse: the message is lost.
    """

    async_invocation_type: AsyncInvocationType = "sync"
    function_errors: FunctionErrors = "delivered"
    robot_errors: RobotErrors = "delivered"

    def asynchronous(self, *, async_invocation_type: bool) -> bool:
        """Whether a trigger with this `asyncInvocationType` invokes asynchronously."""
        return async_invocation_type is (self.async_invocation_type == "async")

    def delivers(self, invocation: Invocation) -> bool:
        """Whether an event counts as delivered that was handed over by this invocation."""
        return invocation.ok or (invocation.accepted and self.function_errors == "delivered")


READINGS: dict[str, tuple[str, ...]] = {
    "async_invocation_type": ("sync", "async"),
    "function_errors": ("delivered", "retried"),
    "robot_errors": ("delivered", "retried"),
}
"""The possible answers to each question, the default first."""
