"""Sends a request by the protocol that its address names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.notify.http import post
from opsledger.notify.network import Network

if TYPE_CHECKING:
    from opsledger.notify.exchange import Request, Response


class Sender(NamedTuple):
    """Sends requests; the attributes are those of `Network`."""

    timeout_s: float = 15.0
    allow_private: bool = False

    def send(self, request: Request) -> Response:
        """Send `request` and read the answer.

        Raises:
            ForbiddenTargetError: the address is not allowed.
            NoResponseError: no connection, or no answer in time.
        """
        network = Network(self.timeout_s, self.allow_private)
        if request.url.startswith(("smtp:", "smtps:")):
            # Few send e-mail, so others do not load this.
            from opsledger.notify.smtp import mail  # noqa: PLC0415 - see above

            return mail(request, network)
        return post(request, network)
