"""Hand one message to a mail server: RFC 5321, with TLS from the beginning (`smtps://`) or after STARTTLS (`smtp://`).

The envelope and the login are in the request's headers. The answer is the last code of the server, so a refusal reads
as it would over HTTP: a status and a text.
"""

from __future__ import annotations

import smtplib
from contextlib import closing
from typing import TYPE_CHECKING, Final

from opsledger.notify.exchange import Response
from opsledger.notify.network import ForbiddenTargetError, NoResponseError
from opsledger.tls import tls_context

if TYPE_CHECKING:
    import socket

    from opsledger.notify.exchange import Request
    from opsledger.notify.network import Network

SENDER: Final = "from"
RECIPIENTS: Final = "to"
"""Separated by commas."""
USER: Final = "user"
PASSWORD: Final = "password"  # noqa: S105 - the name of a header
REFUSED: Final = "refused"
"""In the answer: how many recipients the server did not take, where it took others."""
_PORTS = {"smtps": 465, "smtp": 587}
_OK = 250


def mail(request: Request, network: Network) -> Response:
    """Hand over `request`.

    Raises:
        ForbiddenTargetError: the address is not allowed, or the server offers no TLS.
        NoResponseError: no connection, or no answer in time.
    """
    scheme = request.url.partition(":")[0]
    parts = network.parts(request.url, "smtps" if scheme == "smtps" else "smtp", scheme)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    with network.connect(host, port) as plain:
        dialogue = _Dialogue()
        try:
            connected = tls_context().wrap_socket(plain, server_hostname=host) if parts.scheme == "smtps" else plain
            with closing(_Client(connected, host, port)) as client:
                return dialogue.run(client, request, network)
        except smtplib.SMTPResponseException as error:
            return Response(error.smtp_code, {}, _bytes(error.smtp_error))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            before = not dialogue.handed_over
            raise NoResponseError(f"no answer: {type(error).__name__}", before_sending=before) from None


class _Client(smtplib.SMTP):
    """A client on a connection that is there already, as `smtplib.SMTP_SSL` makes its own."""

    def __init__(self, connected: socket.socket, host: str, port: int) -> None:
        self._connected = connected
        # The name in EHLO is the loopback address: else the client looks its own name up, and tells the server.
        super().__init__(host, port, local_hostname="[127.0.0.1]")

    def _get_socket(self, *_: object) -> socket.socket:
        return self._connected


class _Dialogue:
    """The commands for one message.

    Attributes:
        handed_over: whether the server may have the whole message.
    """

    def __init__(self) -> None:
        self.handed_over = False

    def run(self, client: smtplib.SMTP, request: Request, network: Network) -> Response:
        """All commands.

        Raises:
            SMTPResponseException: the server refuses one.
        """
        headers = request.headers
        _secure(client, request.url, network)
        if headers.get(USER):
            client.login(headers[USER], headers[PASSWORD])
        _checked(client.mail(headers[SENDER]))
        recipients = headers[RECIPIENTS].split(",")
        refusals = [answer for to in recipients if (answer := client.rcpt(to))[0] >= 300]  # noqa: PLR2004 - not taken
        if len(refusals) == len(recipients):
            raise smtplib.SMTPResponseException(*refusals[0])
        self.handed_over = True
        code, text = _checked(client.data(request.body))
        _leave(client)
        note = f"{len(refusals)} of {len(recipients)} addresses: {refusals[0][0]}" if refusals else ""
        return Response(code, {REFUSED: note} if note else {}, text)


def _secure(client: smtplib.SMTP, url: str, network: Network) -> None:
    client.ehlo()
    if url.startswith("smtps:"):
        return
    if client.has_extn("starttls"):
        client.starttls(context=tls_context())
        client.ehlo()
    elif not network.allow_private:
        raise ForbiddenTargetError("the mail server offers no TLS")


def _checked(answer: tuple[int, bytes]) -> tuple[int, bytes]:
    if answer[0] != _OK:
        raise smtplib.SMTPResponseException(answer[0], answer[1])
    return answer


def _leave(client: smtplib.SMTP) -> None:
    """The message is taken; how the server says goodbye changes nothing."""
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()


def _bytes(text: bytes | str) -> bytes:
    return text.encode(errors="replace") if isinstance(text, str) else text
