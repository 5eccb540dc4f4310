"""Sends a request by the protocol that its address names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.notify.http import post
from opsledger.notify.network import ForbiddenTargetError, Network
from opsledger.notify.signature import signed

if TYPE_CHECKING:
    from opsledger.notify.exchange import Request, Response
    from opsledger.settings import AccessKeys


class Sender(NamedTuple):
    """Sends requests.

    Attributes:
        timeout_s, allow_private: as of `Network`.
        keys: those that sign requests to services of Alibaba Cloud; None where there are none.
    """

    timeout_s: float = 15.0
    allow_private: bool = False
    keys: AccessKeys | None = None

    def send(self, request: Request) -> Response:
        """Send `request` and read the answer.

        Raises:
            ForbiddenTargetError: the address is not allowed, or there are no keys to sign with.
            NoResponseError: no connection, or no answer in time.
        """
        network = Network(self.timeout_s, self.allow_private)
        if request.url.startswith(("smtp:", "smtps:")):
            # Few send e-mail, so others do not load this.
            from opsledger.notify.smtp import mail  # noqa: PLC0415 - see above

            return mail(request, network)
        return post(self._signed(request), network)

    def _signed(self, request: Request) -> Request:
        if not request.signed_for:
            return request
        if self.keys is None:
            raise ForbiddenTargetError(f"there are no keys to sign a request for {request.signed_for}")
        return signed(request, self.keys)
