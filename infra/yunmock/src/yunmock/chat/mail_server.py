"""A mail server on loopback, for the mailboxes of a cloud.

    with MailServer(cloud) as server:
        cloud.services["chat"].add("email", "ops@example.com")
        smtplib.SMTP(server.host, server.port).send_message(…)

Sources: RFC 5321, RFC 3207 (STARTTLS: what was said before it is forgotten), RFC 4954 (AUTH: 530 without it, 535 if it
fails, no AUTH without TLS where the server has TLS), RFC 1870 (SIZE).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import re
import socket
import threading
from typing import TYPE_CHECKING, NamedTuple, cast

from yunmock.chat.email import MAX_BYTES, PATH
from yunmock.http import ConnectionDroppedError, Request

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import BinaryIO

    from typing_extensions import Self

    from yunmock.chat.service import ChatService
    from yunmock.cloud import Cloud

IDLE_S = 60.0
MAX_COMMAND, MAX_RECIPIENTS = 1000, 100
_ADDRESS = re.compile(rb"(FROM|TO):\s?<([^<>\s]*)>((?: \S+)*)", re.IGNORECASE)


class MailServer:
    """A mail server.

    Args:
        tls: offers STARTTLS with this context; with `implicit` TLS begins at once, as on port 465.
        users: password by name; if there are any, a client has to log in.
    """

    def __init__(
        self,
        cloud: Cloud,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.cloud, self.tls, self.implicit, self.users = cloud, tls, implicit, users or {}
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._socket.getsockname()[:2]
        self._peers: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, name="yunmock-mail", daemon=True)

    @property
    def mailboxes(self) -> ChatService:
        """Who has the mailboxes."""
        return cast("ChatService", self.cloud.services["chat"])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._socket, *self._peers):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:  # the server is stopped
                return
            threading.Thread(target=self._serve, args=(peer,), name="yunmock-mail-peer", daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        self._peers.add(peer)
        with contextlib.suppress(OSError, ConnectionDroppedError), contextlib.closing(_Session(self, peer)) as session:
            session.run()
        self._peers.discard(peer)
        peer.close()


class _Envelope(NamedTuple):
    """What MAIL and RCPT have said; `sender` is None before MAIL."""

    sender: str | None = None
    recipients: tuple[str, ...] = ()
    body: str = ""


class _Session:
    """One connection: a table of commands, and what was said so far."""

    def __init__(self, server: MailServer, peer: socket.socket) -> None:
        self._server = server
        peer.settimeout(IDLE_S)
        self._secure = False
        self._use(peer, server.tls if server.implicit else None)
        self._greeted = False
        self._user = ""
        self._envelope = _Envelope()
        self._ended = False
        self._commands: dict[str, Callable[[bytes], str]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": lambda _: "250 2.0.0 OK",
            "QUIT": self._quit,
        }

    def run(self) -> None:
        """Answer until the client leaves."""
        self._say("220 yunmock ESMTP")
        while not self._ended and (line := self._file.readline(MAX_COMMAND + 1)):
            if len(line) > MAX_COMMAND or not line.endswith(b"\r\n"):
                self._say("500 5.5.2 a line is too long, or does not end in CRLF")
                return
            word, _, rest = line[:-2].partition(b" ")
            command = self._commands.get(word.decode("ascii", "replace").upper())
            if reply := command(rest.strip()) if command else "502 5.5.1 command not implemented":
                self._say(reply)

    def close(self) -> None:
        """Close what reads the connection."""
        self._file.close()
        self._connection.close()

    def _use(self, peer: socket.socket, tls: ssl.SSLContext | None) -> None:
        self._connection = tls.wrap_socket(peer, server_side=True) if tls else peer
        self._secure = self._secure or tls is not None
        self._file: BinaryIO = self._connection.makefile("rb")

    def _say(self, reply: str) -> None:
        self._connection.sendall(reply.encode("ascii", "replace") + b"\r\n")

    # ------------------------------------------------------------------------------------------- the session
    def _ehlo(self, _: bytes) -> str:
        self._greeted, self._envelope = True, _Envelope()
        extensions = [f"SIZE {MAX_BYTES}", "8BITMIME", "ENHANCEDSTATUSCODES"]
        if self._server.tls and not self._secure:
            extensions.append("STARTTLS")
        elif self._server.users:
            extensions.append("AUTH PLAIN LOGIN")
        return "\r\n".join(["250-yunmock", *(f"250-{name}" for name in extensions[:-1]), f"250 {extensions[-1]}"])

    def _helo(self, _: bytes) -> str:
        self._greeted, self._envelope = True, _Envelope()
        return "250 yunmock"

    def _starttls(self, _: bytes) -> str:
        if self._server.tls is None or self._secure:
            return "502 5.5.1 there is no TLS, or it is on"
        self._say("220 2.0.0 go ahead")
        self._use(self._connection, self._server.tls)
        self._greeted, self._user, self._envelope = False, "", _Envelope()
        return ""

    def _auth(self, rest: bytes) -> str:
        if self._server.tls and not self._secure:
            return "538 5.7.11 encryption is required"
        method, _, first = rest.partition(b" ")
        try:
            name, password = self._credentials(method.upper(), first)
        except (ValueError, binascii.Error):
            return "501 5.5.2 cannot be decoded"
        except LookupError:
            return "504 5.5.4 no such mechanism"
        known = self._server.users.get(name, "")
        if not known or not hmac.compare_digest(known.encode(), password.encode()):
            return "535 5.7.8 authentication failed"
        self._user = name
        return "235 2.7.0 authenticated"

    def _credentials(self, method: bytes, first: bytes) -> tuple[str, str]:
        if method == b"PLAIN":
            _, name, password = self._decoded(first or self._ask("")).split("\0")
            return name, password
        if method == b"LOGIN":
            name = self._decoded(first or self._ask("VXNlcm5hbWU6"))
            return name, self._decoded(self._ask("UGFzc3dvcmQ6"))
        raise LookupError(method)

    def _ask(self, challenge: str) -> bytes:
        self._say(f"334 {challenge}")
        return self._file.readline(MAX_COMMAND).strip()

    @staticmethod
    def _decoded(text: bytes) -> str:
        return base64.b64decode(text, validate=True).decode()

    # ------------------------------------------------------------------------------------------- the message
    def _mail(self, rest: bytes) -> str:
        if not self._greeted or self._envelope.sender is not None:
            return "503 5.5.1 say EHLO first, and MAIL once"
        if self._server.users and not self._user:
            return "530 5.7.0 authentication required"
        found = _ADDRESS.fullmatch(rest)
        if found is None or found[1].upper() != b"FROM":
            return "501 5.5.4 write MAIL FROM:<address>"
        options = dict(option.partition("=")[::2] for option in found[3].decode("ascii", "replace").upper().split())
        if options.get("SIZE", "0").isdigit() and int(options.get("SIZE", "0")[:12]) > MAX_BYTES:
            return "552 5.3.4 message too big"
        self._envelope = _Envelope(found[2].decode("ascii", "replace"), body=options.get("BODY", ""))
        return "250 2.1.0 OK"

    def _rcpt(self, rest: bytes) -> str:
        found = _ADDRESS.fullmatch(rest)
        if self._envelope.sender is None or found is None or found[1].upper() != b"TO":
            return "503 5.5.1 say MAIL first, and write RCPT TO:<address>"
        address = found[2].decode("ascii", "replace")
        if not self._server.mailboxes.has("email", address):
            return "550 5.1.1 no such mailbox"
        if len(self._envelope.recipients) >= MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        self._envelope = self._envelope._replace(recipients=(*self._envelope.recipients, address))
        return "250 2.1.5 OK"

    def _data(self, _: bytes) -> str:
        if not self._envelope.recipients:
            return "503 5.5.1 say RCPT first"
        self._say("354 end with a dot on a line")
        body = self._body()
        envelope, self._envelope = self._envelope, _Envelope()
        answers = [self._hand_over(address, body, envelope) for address in envelope.recipients]
        return next((answer for answer in answers if not answer.startswith("250")), answers[0])

    def _hand_over(self, address: str, body: bytes, envelope: _Envelope) -> str:
        headers = {"from": envelope.sender or "", "body": envelope.body}
        answer = self._server.cloud.handle("chat", Request("POST", PATH + address, headers, body))
        return f"{answer.status} {answer.body.decode('ascii', 'replace')}"

    def _body(self) -> bytes:
        """The lines before the dot, less the dot that stands before each other one; cut where it is too large."""
        lines: list[bytes] = []
        size = 0
        while (line := self._file.readline()) not in (b".\r\n", b""):
            size += len(line)
            if size <= MAX_BYTES + MAX_COMMAND:
                lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines) + (b" " * (size - MAX_BYTES) if size > MAX_BYTES + MAX_COMMAND else b"")

    def _rset(self, _: bytes) -> str:
        self._envelope = _Envelope()
        return "250 2.0.0 OK"

    def _quit(self, _: bytes) -> str:
        self._ended = True
        return "221 2.0.0 bye"
