"""The ECI service of the local cloud: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eci import permissions
from yunmock.eci.control import SERVICE, EciControl
from yunmock.eci.routes import CALLS, REFUSED
from yunmock.eci.state import EciState
from yunmock.rpc.front import RpcApi, RpcService

if TYPE_CHECKING:
    from yunmock.cloud import Cloud

API: RpcApi[EciState] = RpcApi(
    title="ECI",
    version="2018-08-08",
    host="eci.aliyuncs.com",
    calls=CALLS,
    refused=REFUSED,
    asked=permissions.asked,
)


class EciService(EciControl, RpcService[EciState]):
    """The container groups of one cloud: the API of `alibabacloud-eci20180808`, and the control interface beside it."""

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        EciControl.__init__(self, cloud, EciState(cloud))
        RpcService.__init__(self, cloud, API, self.state)
