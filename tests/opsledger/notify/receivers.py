"""The receivers of yunmock behind loopback servers, and a way to send to them as the notifier does."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from opsledger.notify.channels import CHANNELS, Target
from opsledger.notify.message import Block, Message
from opsledger.notify.sender import Sender
from yunmock.chat.mail_server import MailServer
from yunmock.server import Server

if TYPE_CHECKING:
    from contextlib import ExitStack

    from opsledger.notify.exchange import Receipt, Result
    from yunmock import Cloud
    from yunmock.chat.service import ChatService

NOW_MS = 1_790_000_000_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
SENDER = Sender(timeout_s=5, allow_private=True)
BOX = "ops@example.com"
MAIL = {"from": "ledger@example.com", "to": BOX, "user": ""}


class Chat:
    """The receivers of a cloud, and a way to send to them."""

    def __init__(self, cloud: Cloud, stack: ExitStack) -> None:
        self.cloud, self._stack = cloud, stack

    @cached_property
    def url(self) -> str:
        """The address of the server of all but e-mail."""
        return f"http://{self._stack.enter_context(Server(self.cloud)).address}"

    @cached_property
    def mail_url(self) -> str:
        """The address of the mail server."""
        server = self._stack.enter_context(MailServer(self.cloud))
        return f"smtp://{server.host}:{server.port}"

    @property
    def receivers(self) -> ChatService:
        """Who receives."""
        return cast("ChatService", self.cloud.services["chat"])

    def target(self, kind: str, *, secret: str = "", keyword: str = "", sign_with: str | None = None) -> Target:
        """A new receiver, and the target that sends to it; `sign_with` is the secret that the target believes in."""
        if kind == "email":
            self.receivers.add(kind, BOX)
            return Target("ops", kind, self.mail_url, settings=MAIL)
        path = self.receivers.add(kind, "token-1", secret=secret, keyword=keyword)
        known = secret if sign_with is None else sign_with
        return Target("ops", kind, self.url + path, known or ("token-1" if kind == "pagerduty" else ""), keyword)

    def receipts(self, target: Target, sent: Message, skew_ms: int = 0) -> list[Receipt]:
        """The verdict on each request of a message."""
        channel = CHANNELS[target.kind]
        now_ms = self.cloud.clock.now_ms() + skew_ms
        return [channel.verdict(SENDER.send(request)) for request in channel.requests(target, sent, now_ms)]

    def send(self, target: Target, sent: Message, skew_ms: int = 0) -> list[Result]:
        """The result of each request of a message."""
        return [receipt.result for receipt in self.receipts(target, sent, skew_ms)]


def message(blocks: int = 1, **changes: object) -> Message:
    """A message about `blocks` instances."""
    made = tuple(Block(f"i-bp1{n:017d}", ("reboot planned", "due in 47 h")) for n in range(blocks))
    return Message("n-1", "ecs:event:e-1", "Reboot planned: web-3", made)._replace(**changes)  # type: ignore[arg-type]
