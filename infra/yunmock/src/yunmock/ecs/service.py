"""The ECS service of the local cloud: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs import permissions
from yunmock.ecs.control import EcsControl
from yunmock.ecs.course import SERVICE, Course
from yunmock.ecs.errors import STATUSES, EcsError
from yunmock.ecs.routes import CALLS, REFUSED
from yunmock.ecs.state import EcsState
from yunmock.rpc import wire
from yunmock.rpc.front import RpcApi, RpcFront

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request, Response

API: RpcApi[Course] = RpcApi(
    title="ECS",
    version="2014-05-26",
    host="ecs.aliyuncs.com",
    calls=CALLS,
    refused=REFUSED,
    asked=permissions.asked,
    error=EcsError,
    statuses=STATUSES,
)


class EcsService(EcsControl):
    """The instances of one cloud: the API that the vendor's SDK calls, and the control interface beside it."""

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, EcsState(cloud))
        self._front = RpcFront(cloud, API, self.course)

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it: `DescribeInstances`."""
        return wire.operation(request)

    def handle(self, request: Request) -> Response:
        """Answer a call of the `alibabacloud-ecs20140526` API, from a state that is not behind the clock."""
        self.course.settle()
        return self._front.handle(request)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for, in the API's form."""
        return self._front.fail(request, fault)
