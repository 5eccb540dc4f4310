"""The ROS service of the local cloud: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ros import permissions
from yunmock.ros.errors import RosError
from yunmock.ros.routes import CALLS, REFUSED
from yunmock.ros.state import RosState
from yunmock.rpc import wire
from yunmock.rpc.front import RpcApi, RpcFront

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request, Response

API: RpcApi[RosState] = RpcApi(
    title="ROS",
    version="2019-09-10",
    host="ros.aliyuncs.com",
    calls=CALLS,
    refused=REFUSED,
    asked=permissions.asked,
    error=RosError,
)


class RosService:
    """The stacks of one cloud: the API that the vendor's SDK calls."""

    name = "ros"

    def __init__(self, cloud: Cloud) -> None:
        self._front = RpcFront(cloud, API, RosState(cloud))

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it: `CreateStack`."""
        return wire.operation(request)

    def handle(self, request: Request) -> Response:
        """Answer a call of the `alibabacloud-ros20190910` API."""
        return self._front.handle(request)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for, in the API's form."""
        return self._front.fail(request, fault)
