"""The ECI service of the local cloud: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eci import permissions
from yunmock.eci.control import SERVICE, EciControl
from yunmock.eci.routes import CALLS, REFUSED
from yunmock.eci.state import EciState
from yunmock.rpc import wire
from yunmock.rpc.front import RpcApi, RpcFront

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request, Response

API: RpcApi[EciState] = RpcApi(
    title="ECI",
    version="2018-08-08",
    host="eci.aliyuncs.com",
    calls=CALLS,
    refused=REFUSED,
    asked=permissions.asked,
)


class EciService(EciControl):
    """The container groups of one cloud: the API that the vendor's SDK calls, and the control interface beside it."""

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, EciState(cloud))
        self._front = RpcFront(cloud, API, self.state)

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it: `DescribeContainerGroups`."""
        return wire.operation(request)

    def handle(self, request: Request) -> Response:
        """Answer a call of the `alibabacloud-eci20180808` API."""
        return self._front.handle(request)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for, in the API's form."""
        return self._front.fail(request, fault)
