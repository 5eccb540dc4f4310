"""The cloud on a loopback port, for other processes and other languages: one port for all services.

Each connection has its own thread and is kept alive. With a certificate, the port speaks HTTP and HTTPS: a connection
that begins with a TLS handshake is secured, any other is plain. Due jobs (retries, timers, batch windows) run in the
background while the clock runs. What a web page may have sent is refused (`yunmock.same_origin`). `/` shows what
is in the cloud (`yunmock.dashboard`).
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import struct
import threading
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from yunmock.cloud import INVOKER
from yunmock.connection import BadRequestError, Connection
from yunmock.control import PREFIX, Control
from yunmock.dashboard.address import is_for_pages
from yunmock.errors import DataFileError, ReplayMismatchError, ServiceUnavailableError
from yunmock.http import ConnectionDroppedError, Request, Response
from yunmock.refused import RefusedRequests
from yunmock.routing import by_content, is_function_host
from yunmock.same_origin import refusal

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Collection
    from types import TracebackType

    from typing_extensions import Self

    from yunmock.certificates import ServerCertificate
    from yunmock.cloud import Cloud

log = logging.getLogger(__name__)

INSTANCE = "yunmock"
IDLE_S = 60.0
BACKLOG = 128
TICK_S = 0.1
ACCEPT_S = 1.0
"""How long the accepting thread waits before it looks whether the server was stopped."""
HANDSHAKE = b"\x16"
"""The first byte of a TLS connection (RFC 8446, ContentType handshake); no HTTP method begins with it."""
HANDSHAKE_S = 10.0
# Close with a reset, so that a dropped connection looks like one.
_ABORT = struct.pack("ii", 1, 0)


class Server:
    """A cloud served over HTTP.

    Args:
        cloud: what answers.
        host: the address to listen on.
        port: the port, or 0 for a free one.
        allow_hosts: names in the Host header to accept beside loopback, `host` and the hosts of Alibaba Cloud.
        certificate: speak HTTPS with it, beside HTTP; `yunmock.certificates.new_certificate` makes one.

    Attributes:
        refused: the newest requests that were refused, by a service or by the server itself.

    Creating a server binds the port; `start` answers in the background until `stop`. The context manager does both.
    """

    def __init__(
        self,
        cloud: Cloud,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        allow_hosts: Collection[str] = (),
        certificate: ServerCertificate | None = None,
    ) -> None:
        self.cloud, self.certificate = cloud, certificate
        self._hosts = {name.lower() for name in (host, *allow_hosts)}
        self._control = Control(cloud)
        self.refused = RefusedRequests()
        cloud.on_call.append(self.refused.listen)
        cloud.on_reset.append(self.refused.clear)
        self._socket = socket.create_server((host, port), backlog=BACKLOG)
        self._socket.settimeout(ACCEPT_S)
        self.host, self.port = self._socket.getsockname()[:2]
        self._connections: dict[Connection, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        # Functions run in this process: they need no TLS, and do not trust the certificate.
        cloud.function_environment.update(self._variables(f"http://{self.address}"))

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address with its scheme: `https` if the server has a certificate."""
        return f"{'https' if self.certificate else 'http'}://{self.address}"

    @property
    def endpoints(self) -> dict[str, str]:
        """The endpoint for each SDK; those without a scheme are for SDKs that add it."""
        bare = dict.fromkeys(("eventbridge", "eci", "ecs", "ros", "cloudmonitor"), self.address)
        return {"tablestore": self.url, "fc": self.url, "mns": self.url, **bare}

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point a program to this server.

        `YUNMOCK_CA` is the file with what to trust. Node trusts that of `NODE_EXTRA_CA_CERTS` beside its own; the
        variables of other languages replace what is trusted, so those are left to the user.
        """
        account, secure = self.cloud.account, self.certificate
        trusted = dict.fromkeys(("YUNMOCK_CA", "NODE_EXTRA_CA_CERTS"), str(secure.authority)) if secure else {}
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": account.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": account.access_key_secret,
            "ALIBABA_CLOUD_ACCOUNT_ID": account.account_id,
            "ALIBABA_CLOUD_REGION_ID": account.region,
            **self._variables(self.url),
            "YUNMOCK_URL": self.url,
            **trusted,
        }

    def start(self) -> Server:
        """Answer in the background."""
        for work in (self._accept, self._tick):
            thread = threading.Thread(target=work, name="yunmock-server", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def stop(self) -> None:
        """Stop answering and give the port back; the cloud stays."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            socket.create_connection((self.host, self.port), timeout=1).close()  # wakes the accepting thread
        for thread in self._threads:
            thread.join()
        self._socket.close()
        self.cloud.on_call.remove(self.refused.listen)
        self.cloud.on_reset.remove(self.refused.clear)
        for peer in list(self._connections.values()):
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    def answer(self, request: Request) -> Response:
        """Answer one request to any of the services.

        Raises:
            ConnectionDroppedError: a fault drops the connection.
        """
        if why := refusal(request, self._hosts):
            return self._refused(request, HTTPStatus.FORBIDDEN, "Forbidden", why)
        service = by_content(request)
        if is_for_pages(request, service):
            from yunmock.dashboard.respond import respond  # noqa: PLC0415 - the pages know every service

            return respond(request, self.cloud, self.refused)
        if request.path.startswith(PREFIX) and not is_function_host(request.host):
            return self._control.handle(request)
        if service is None:
            why = "no service of yunmock recognises this request"
            return self._refused(request, HTTPStatus.NOT_FOUND, "NoSuchService", why)
        try:
            return self.cloud.handle(service, request)
        except ServiceUnavailableError as error:
            return self._refused(request, HTTPStatus.NOT_IMPLEMENTED, "ServiceNotSupported", str(error))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _variables(self, url: str) -> dict[str, str]:
        """The endpoints as environment variables; the Tablestore instance is the one that functions name."""
        own = self.cloud.function_environment.get("OTS_INSTANCE") or _instance(self.cloud)
        # Programs use TLS for an endpoint of ECI or ECS without a scheme.
        with_scheme = ("OTS", "MNS", "FC", "ECI", "ECS", "CLOUDMONITOR")
        return {
            **{f"{service}_ENDPOINT": url for service in with_scheme},
            "OTS_INSTANCE": own,
            "EVENTBRIDGE_ENDPOINT": self.address,
        }

    def _malformed(self, error: BadRequestError) -> Response:
        """The answer to what is no request; the connection closes after it."""
        problem = self._refused(Request("", "", {}), error.status, "BadRequest", str(error))
        return replace(problem, headers={**problem.headers, "Connection": "close"})

    def _refused(self, request: Request, status: int, code: str, why: str) -> Response:
        """The refusal of a request that no service has seen."""
        problem = _problem(status, code, why)
        self.refused.add(self.cloud.clock.now_ms(), request, problem)
        return problem

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                peer, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError as error:
                self._relieve(error)
                continue
            self._converse_in_thread(peer)

    def _relieve(self, error: OSError) -> None:
        """The process has no descriptor left, or the like: close what is idle, and try again a little later."""
        idle = [connection for connection in list(self._connections) if connection.idle]
        log.warning("cannot accept a connection (%s); closing %d idle ones", error, len(idle))
        for connection in idle:
            with contextlib.suppress(OSError):
                connection.shut()
        self._stopped.wait(TICK_S)

    def _converse_in_thread(self, peer: socket.socket) -> None:
        try:
            threading.Thread(target=self._serve, args=(peer,), name="yunmock-peer", daemon=True).start()
        except RuntimeError as error:  # the system allows no more threads
            log.warning("cannot serve a connection: %s", error)
            peer.close()

    def _serve(self, peer: socket.socket) -> None:
        if self.certificate is not None:
            secured = _secured(peer, self.certificate.context)
            if secured is None or self._stopped.is_set():  # `stop` closes only what is among the connections
                (secured or peer).close()
                return
            peer = secured
        connection = Connection(peer)
        self._connections[connection] = peer
        try:
            _converse(peer, connection, self.answer, self._malformed)
        finally:
            del self._connections[connection]

    def _tick(self) -> None:
        while not self._stopped.wait(TICK_S):
            try:
                self.cloud.run_due()
            except Exception:  # noqa: PERF203 - one failed job must not end the others
                log.exception("a bug in yunmock: a due job failed")


def _secured(peer: socket.socket, context: ssl.SSLContext) -> socket.socket | None:
    """The connection after its TLS handshake; as it is if it begins with HTTP; None if it begins with neither."""
    try:
        peer.settimeout(HANDSHAKE_S)
        is_plain = peer.recv(len(HANDSHAKE), socket.MSG_PEEK) != HANDSHAKE
        return peer if is_plain else context.wrap_socket(peer, server_side=True)
    except OSError as error:  # a client that does not trust the certificate says so and leaves
        log.info("a TLS handshake failed: %s", error)
        return None


def _converse(
    peer: socket.socket,
    connection: Connection,
    answer: Callable[[Request], Response],
    malformed: Callable[[BadRequestError], Response],
) -> None:
    """Answer a peer's requests in turn until it closes, is silent too long or sends what is not HTTP."""
    with peer:
        try:
            peer.settimeout(IDLE_S)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while request := connection.read():
                _send(connection, _response(request, answer))
        except BadRequestError as error:
            with contextlib.suppress(OSError):
                connection.answer(malformed(error))
        except ConnectionDroppedError:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        except OSError:
            pass  # the peer is gone or too slow


def _send(connection: Connection, response: Response) -> None:
    try:
        connection.answer(response)
    except ValueError as error:  # a function behind an HTTP trigger chooses its headers
        connection.answer(_problem(HTTPStatus.BAD_GATEWAY, "InvalidResponse", str(error)))


def _response(request: Request, answer: Callable[[Request], Response]) -> Response:
    try:
        return answer(request)
    except ConnectionDroppedError:
        raise
    except (DataFileError, ReplayMismatchError) as error:
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", str(error))
    except Exception:
        log.exception("a bug in yunmock: a request failed")
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", "a bug in yunmock; see its log")


def _instance(cloud: Cloud) -> str:
    """The Tablestore instance that the deployed functions name; any name will do."""
    environments = cloud.invoker.environments() if INVOKER in cloud.services else ()
    names = (variables.get("OTS_INSTANCE") for variables in environments)
    return next((name for name in names if name), INSTANCE)


def _problem(status: int, code: str, message: str) -> Response:
    """An error with the fields that the SDKs of all services look for."""
    content = {
        "code": code,
        "message": message,
        "Code": code,
        "Message": message,
        "ErrorCode": code,
        "ErrorMessage": message,
    }
    return Response(status, {"Content-Type": "application/json"}, json.dumps(content).encode())
