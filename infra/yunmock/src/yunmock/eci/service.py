"""The ECI service of the local cloud: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eci import errors, permissions, signature, wire
from yunmock.eci.control import SERVICE, EciControl
from yunmock.eci.errors import EciError
from yunmock.eci.routes import CALLS, REFUSED
from yunmock.eci.state import EciState

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject


class EciService(EciControl):
    """The container groups of one cloud: the API that the vendor's SDK calls, and the control interface beside it."""

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, EciState(cloud))
        self._cloud = cloud

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it: `DescribeContainerGroups`."""
        return wire.action(request, wire.parameters(request))

    def handle(self, request: Request) -> Response:
        """Answer a call of the `alibabacloud-eci20180808` API."""
        try:
            return wire.answer(self._result(request))
        except EciError as error:
            return wire.refusal(request, error)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for, in ECI's form."""
        return wire.refusal(request, errors.of_fault(fault, self.operation(request)))

    def _result(self, request: Request) -> JsonObject:
        sent = wire.parameters(request)
        action = wire.action(request, sent)
        if not action:
            raise EciError("MissingParameter", "Action")
        signature.check(request, sent, self._cloud.signer(permissions.caller(request, sent)))
        if wire.version(request, sent) != wire.VERSION:
            raise EciError("InvalidVersion", wire.VERSION)
        if action in REFUSED:
            raise EciError("ActionNotSupported", action, " and ".join(sorted(CALLS)))
        if action not in CALLS:
            raise EciError("InvalidAction.NotFound", action[:100])
        permissions.check(self._cloud, request, sent)
        return CALLS[action](self.state, sent)
