"""The ROS service of the local cloud: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ros import permissions
from yunmock.ros.errors import RosError
from yunmock.ros.routes import CALLS, REFUSED
from yunmock.ros.state import RosState
from yunmock.rpc.front import RpcApi, RpcService

if TYPE_CHECKING:
    from yunmock.cloud import Cloud

API: RpcApi[RosState] = RpcApi(
    title="ROS",
    version="2019-09-10",
    host="ros.aliyuncs.com",
    calls=CALLS,
    refused=REFUSED,
    asked=permissions.asked,
    error=RosError,
)


class RosService(RpcService[RosState]):
    """The stacks of one cloud: the API of `alibabacloud-ros20190910`."""

    name = "ros"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, API, RosState(cloud))
