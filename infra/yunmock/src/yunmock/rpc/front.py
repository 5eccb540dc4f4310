"""An RPC API as the cloud sees it: check the caller, find the call, answer or refuse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from yunmock.rpc import permissions, signature, wire
from yunmock.rpc.errors import RpcError, of_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from yunmock.cloud import Account, Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject
    from yunmock.ram.policy import Permission

StateT = TypeVar("StateT")

SHOWN_ACTION = 100
"""How much of the name of an unknown call an error shows."""


@dataclass(frozen=True, slots=True)
class RpcApi(Generic[StateT]):
    """The API of one service.

    Attributes:
        title: the service's short name, such as `ECI`.
        version: the API's version.
        host: the endpoint that a refusal names if the request names none.
        calls: what answers each call, from the service's state and the call's parameters.
        refused: the other calls of the vendor's SDK.
        asked: the permissions that a call needs, from the account, the call's name and its parameters.
        error: the service's class of refusals.
        statuses: the HTTP status of a code in a call, where it is not the usual one of the code.
    """

    title: str
    version: str
    host: str
    calls: Mapping[str, Callable[[StateT, dict[str, str]], JsonObject]]
    refused: Mapping[str, str]
    asked: Callable[[Account, str, Mapping[str, str]], Iterable[Permission]]
    error: type[RpcError] = RpcError
    statuses: Mapping[tuple[str, str], int] = field(default_factory=dict)


class RpcService(Generic[StateT]):
    """Answers the requests to one service of a cloud; a service derives from it, or has one for its API."""

    def __init__(self, cloud: Cloud, api: RpcApi[StateT], answering: StateT) -> None:
        self._cloud, self._api, self._answering = cloud, api, answering

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it, such as `DescribeInstances`."""
        return wire.operation(request)

    def handle(self, request: Request) -> Response:
        """The answer to a call, or its refusal."""
        try:
            return wire.answer(self._result(request))
        except RpcError as error:
            error.status = self._api.statuses.get((wire.operation(request), error.code), error.status)
            return wire.refusal(request, error, self._api.host)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for, in the API's form."""
        return wire.refusal(request, of_fault(fault, self._api.error), self._api.host)

    def _result(self, request: Request) -> JsonObject:
        api, sent = self._api, wire.parameters(request)
        action = wire.action(request, sent)
        if not action:
            raise RpcError("MissingParameter", "Action")
        who = permissions.caller(request, sent)
        signature.check(request, sent, self._cloud.signer(who))
        if wire.version(request, sent) != api.version:
            raise RpcError("InvalidVersion", api.title, api.version)
        if action in api.refused:
            raise RpcError("ActionNotSupported", api.title, action, ", ".join(sorted(api.calls)))
        if action not in api.calls:
            raise RpcError("InvalidAction.NotFound", api.title, action[:SHOWN_ACTION])
        permissions.check(self._cloud, who, api.asked(self._cloud.account, action, sent))
        return api.calls[action](self._answering, sent)
