"""The ECS service of the local cloud: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs import permissions
from yunmock.ecs.control import EcsControl
from yunmock.ecs.course import SERVICE, Course
from yunmock.ecs.errors import STATUSES, EcsError
from yunmock.ecs.routes import CALLS, REFUSED
from yunmock.ecs.state import EcsState
from yunmock.rpc.front import RpcApi, RpcService

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
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


class EcsService(EcsControl, RpcService[Course]):
    """The instances of one cloud: the API of `alibabacloud-ecs20140526`, and the control interface beside it."""

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        EcsControl.__init__(self, cloud, EcsState(cloud))
        RpcService.__init__(self, cloud, API, self.course)

    def handle(self, request: Request) -> Response:
        """Answer a call from a state that is not behind the clock."""
        self.course.settle()
        return super().handle(request)
