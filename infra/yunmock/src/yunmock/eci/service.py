"""ECI, as the cloud sees it: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.eci import signature, wire
from yunmock.eci.dispatch import SERVICE, Dispatch
from yunmock.eci.errors import ERRORS, EciError
from yunmock.eci.routes import CALLS, REFUSED, VERSION, coverage

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Literal

    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request, Response


class EciService(Dispatch):
    """The container groups of one cloud: the API that the vendor's SDK calls, and the control interface beside it."""

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
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
        """The error a fault asked for, in ECI's form; a code of ECI's comes with its own status and words."""
        code = fault.code if fault.code in ERRORS else "ServiceUnavailable"
        error = EciError(code, self.operation(request), "a fault asked for it", message=fault.message or None)
        if fault.code and fault.code not in ERRORS:
            error.code, error.status = fault.code, fault.status
        return wire.refusal(request, error)

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once."""
        return self._cloud.storage.atomic()

    @staticmethod
    def coverage() -> dict[str, Literal["done", "refused"]]:
        """Each call of the vendor's SDK, and whether it is answered."""
        return coverage()

    def _result(self, request: Request) -> dict[str, Any]:
        sent = wire.parameters(request)
        action = wire.action(request, sent)
        if not action:
            raise EciError("MissingParameter", "Action")
        signature.check(request, sent, self._cloud.account)
        if wire.version(request, sent) != VERSION:
            raise EciError("InvalidVersion", VERSION)
        if action in REFUSED:
            raise EciError("ActionNotSupported", action, " and ".join(sorted(CALLS)))
        if action not in CALLS:
            raise EciError("InvalidAction.NotFound", action[:100])
        return CALLS[action](self, sent)
