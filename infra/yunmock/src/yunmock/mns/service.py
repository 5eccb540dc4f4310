"""Simple Message Queue as the cloud sees it: requests in, responses out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.mns import errors, permissions, signature, wire
from yunmock.mns.arn import parse_arn
from yunmock.mns.attributes import DEFAULTS, check_name, read_attributes
from yunmock.mns.calls.queues import Asked, create
from yunmock.mns.errors import MnsError, not_supported
from yunmock.mns.message_xml import check_size
from yunmock.mns.model import NewMessage
from yunmock.mns.resources import QueueResources
from yunmock.mns.routes import CALLS, UNKNOWN, operation_of, queue_of
from yunmock.mns.state import MnsState
from yunmock.services import TakenMessage

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request, Response
    from yunmock.mns.model import QueueMessage

SERVICE = "mns"


class MnsService:
    """The queues of one cloud.

    Attributes:
        state: the queues and their messages.
        resources: makes the queues of ROS stacks.
    """

    name = SERVICE

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.state = MnsState(cloud)
        self.resources = QueueResources(self.state)

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it: `SendMessage`."""
        return operation_of(request)

    def handle(self, request: Request) -> Response:
        """Answer a call of the 2015-06-06 API."""
        try:
            return self._answer(request)
        except MnsError as error:
            return wire.refusal(self._cloud.account, request, error)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for, in the service's form."""
        return wire.refusal(self._cloud.account, request, errors.of_fault(fault))

    def create_queue(self, name: str, region: str = "", **attributes: int) -> None:
        """Create a queue; do nothing if there is the same.

        Args:
            name: its name.
            region: where; the account's region if empty.
            attributes: by the API's names, such as `VisibilityTimeout=10`.

        Raises:
            MnsError: QueueAlreadyExist if its attributes differ; the name or an attribute is invalid.
        """
        check_name(name)
        given = read_attributes({key: str(value) for key, value in attributes.items()})
        create(self.state, region or self._cloud.account.region, name, {**DEFAULTS, **given})

    def messages(self, name: str, region: str = "") -> list[QueueMessage]:
        """All messages of a queue, those that are hidden too, in the order of sending; they stay as they are.

        Raises:
            MnsError: QueueNotExist; the message names the queue, because a test may read several.
        """
        where = region or self._cloud.account.region
        if self.state.find(where, name) is None:
            raise MnsError("QueueNotExist", message=f"there is no queue {name!r:.130} in {where}")
        return self.state.messages(self.state.queue(where, name))

    def send(self, arn: str, body: str) -> str:
        """Put a message of another service into a queue; the message's id.

        A queue that does not exist is created, unless the cloud has `strict_queues`.

        Raises:
            MnsError: the ARN names no queue of the account, or the queue refuses the message.
        """
        found, account = parse_arn(arn), self._cloud.account
        if found is None:
            raise not_supported(repr(arn[:200]), "it names no queue")
        if found.account not in ("", account.account_id):
            reason = f"it is of the account {found.account[:64]}, and this cloud is of {account.account_id}"
            raise MnsError("AccessDenied", message=f"{arn[:200]!r} is out of reach: {reason}")
        region = found.region or account.region
        if not self._cloud.strict_queues and self.state.find(region, found.name) is None:
            self.create_queue(found.name, region)
        queue, new = self.state.queue(region, found.name), NewMessage(body)
        check_size(queue, new)
        return self.state.send(queue, new).id

    def take(self, region: str, name: str, limit: int) -> list[TakenMessage]:
        """Receive and delete up to `limit` messages that can be received.

        Raises:
            MnsError: QueueNotExist.
        """
        queue = self.state.queue(region, name)
        with self.state.atomic():
            found = self.state.active(queue, limit)
            for message in found:
                self.state.remove(queue, message)
        return [TakenMessage(message.id, message.body) for message in found]

    def _answer(self, request: Request) -> Response:
        name = operation_of(request)
        signature.check(request, self._cloud.signer(signature.caller(request)))
        if name == UNKNOWN:
            raise not_supported(f"{request.method} {request.path[:200]}", "it answers the calls on queues")
        permissions.check(self._cloud, request, name)
        call, query = CALLS[name], wire.query_of(request)
        for parameter in query.keys() - call.parameters:
            raise MnsError("InvalidQueryString", parameter[:100])
        region = wire.region_of(request, self._cloud.account)
        return call.answer(self.state, Asked(request, region, queue_of(request), query))
