"""The real services, for `--remote`: who calls, and where, by the variables of the environment.

Nothing here runs unless it is asked for, and nothing is guessed: what is missing is named before the first call.
"""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from alibabacloud_credentials.client import Client as DefaultChain
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge.models import Config
from Tea.exceptions import TeaException, UnretryableException

from opsctl.cli import acs3, local, publishing
from opsctl.cli.invoking import Invoked
from opsledger import settings
from opsledger.errors import MisconfiguredError, UnavailableError
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock.cloud import Account
from yunmock.template import read_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import requests

    from opsctl.cli.publishing import Published

    Events = Iterable[tuple[Published, dict[str, Any] | None]]

ACCOUNT, REGION = "ALIBABA_CLOUD_ACCOUNT_ID", "ALIBABA_CLOUD_REGION_ID"
CREDENTIALS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
ENDPOINTS = {
    "FC_ENDPOINT": "{account}.{region}.fc.aliyuncs.com",
    "EVENTBRIDGE_ENDPOINT": "{account}.eventbridge.{region}.aliyuncs.com",
}
LOOPBACK = ("127.0.0.1:", "localhost:")
"""Where `yunmock serve` is: it names EventBridge's host without a scheme, and has no TLS."""
NOT_FOUND, REFUSED = 404, 400


@dataclass(frozen=True, slots=True)
class Remote:
    """An account and its endpoints, each with its scheme; TLS unless a variable says http://."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False, default="")
    fc: str = ""
    eventbridge: str = ""


def find(service: str, environment: Mapping[str, str] | None = None) -> Remote:
    """Who calls and where, for `FC_ENDPOINT` or `EVENTBRIDGE_ENDPOINT`.

    Raises:
        MisconfiguredError: something is missing or wrong; the message names every missing variable.
    """
    key_id, secret, token = credentials(environment)
    given = settings.variable(service, environment)
    account, region = (settings.variable(name, environment) for name in (ACCOUNT, REGION))
    missing = [name for name, value in zip(CREDENTIALS, (key_id, secret), strict=False) if not value]
    if not given and not (account and region):
        places = [name for name, value in ((ACCOUNT, account), (REGION, region)) if not value]
        missing.append(f"{' and '.join(places)} (or {service})")
    if missing:
        raise MisconfiguredError(f"--remote needs {', '.join(missing)}")
    host = given or ENDPOINTS[service].format(account=account, region=region)
    scheme = "http" if host.startswith(LOOPBACK) else "https"
    address = (host if "://" in host else f"{scheme}://{host}").rstrip("/")
    ends = {"fc": address} if service == "FC_ENDPOINT" else {"eventbridge": address}
    return Remote(key_id, secret, token, **ends)


def credentials(environment: Mapping[str, str] | None = None) -> tuple[str, str, str]:
    """Key id, secret and token: the environment's, or what the vendor's default chain finds beyond it.

    The chain (alibabacloud.com/help/en/sdk/developer-reference/v2-manage-python-access-credentials) reads the profile
    file and, where a variable names it, the instance's role. Empty texts where there are none.
    """
    key_id, secret, token = (settings.variable(name, environment) for name in CREDENTIALS)
    if (key_id and secret) or environment is not None:
        return key_id, secret, token
    try:
        found = DefaultChain()
        return str(found.get_access_key_id()), str(found.get_access_key_secret()), found.get_security_token() or ""
    except CredentialException:
        return key_id, secret, token


# ------------------------------------------------------------------------------------------------ functions
def resolve(name: str, template: Path) -> str:
    """The function's name, where `name` is a code folder of `template`; any other name is taken as it is."""
    if not template.is_file():
        return name
    functions = read_template(template, Account()).functions
    return next((function.name for function in functions if function.code.name == name), name)


def invoke(remote: Remote, name: str, payload: bytes) -> Invoked:
    """Invoke a function and wait for it.

    Raises:
        LookupError: there is no such function.
        MisconfiguredError: Function Compute refuses the call; its code and message are told.
    """
    headers = {"x-fc-invocation-type": "Sync", "x-fc-log-type": "Tail"}
    path = f"functions/{name}/invocations"
    reply = _checked(acs3.call(remote, "InvokeFunction", "POST", path, payload, headers), f"function {name!r}")
    told = reply.headers
    return Invoked(
        result=_json(reply.content),
        error_type=told.get("x-fc-error-type", ""),
        request_id=told.get("x-fc-request-id", ""),
        duration_ms=float(told.get("x-fc-invocation-duration", 0)),
        memory_mb=float(told.get("x-fc-max-memory-usage", 0)),
        log=base64.b64decode(told.get("x-fc-log-result", "")).decode(errors="replace"),
    )


def describe(remote: Remote, path: str) -> dict[str, Any] | None:
    """What the API says of `functions/<name>` or something below it; None where there is no such thing.

    Raises:
        MisconfiguredError: Function Compute refuses the call.
    """
    try:
        reply = _checked(acs3.call(remote, "Get", "GET", quote(path)), path)
    except LookupError:
        return None
    told = _json(reply.content)
    return told if isinstance(told, dict) else {}


def _checked(reply: requests.Response, what: str) -> requests.Response:
    if reply.status_code < REFUSED or "x-fc-error-type" in reply.headers:
        return reply
    told = _json(reply.content)
    code, message = (told.get("Code", ""), told.get("Message", "")) if isinstance(told, dict) else ("", str(told))
    if reply.status_code == NOT_FOUND:
        raise LookupError(f"there is no {what} in this account and region ({code})")
    refusal = MisconfiguredError if reply.status_code < 500 else UnavailableError  # noqa: PLR2004 - HTTP's own line
    raise refusal(f"Function Compute refuses: {code or reply.status_code}: {message[:500]}")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


# --------------------------------------------------------------------------------------------------- events
def publish(remote: Remote, bus: str, events: Events) -> Iterator[Published]:
    """Put the events on a bus; EventBridge says whether it took each, and not what became of it.

    Raises:
        UnavailableError: the call itself failed.
    """
    protocol, _, host = remote.eventbridge.partition("://")
    client = Client(
        Config(
            access_key_id=remote.access_key_id,
            access_key_secret=remote.access_key_secret,
            security_token=remote.security_token or None,
            endpoint=host,
            protocol=protocol,  # the SDK's own default is http
        )
    )
    try:
        yield from publishing.put(client, events, bus)
    except (TeaException, UnretryableException) as error:
        raise UnavailableError(f"EventBridge refuses, or does not answer: {error}") from None


@contextmanager
def publisher(data: Path, template: Path, bus: str | None) -> Iterator[Callable[[Events], Iterator[Published]]]:
    """What puts events on the real `bus`, or, where none is named, on the one of the local cloud."""
    if bus:
        yield partial(publish, find("EVENTBRIDGE_ENDPOINT"), bus)
        return
    with local.local(data, template) as here:
        yield partial(publishing.publish, here.cloud)


# --------------------------------------------------------------------------------------------------- tables
def open_ledger() -> TablestoreStore:
    """The tables of the instance that the environment names.

    Raises:
        MisconfiguredError: a variable is missing or wrong.
    """
    local.quiet_sdk_logs()
    names = ("access_key_id", "access_key_secret", "security_token")
    lent = SimpleNamespace(**dict(zip(names, credentials(), strict=True)))
    told = settings.read(SimpleNamespace(credentials=lent))
    client = open_client(told.endpoint, told.instance, told.access_key_id, told.access_key_secret, told.security_token)
    return TablestoreStore(client, told.prefix)


@contextmanager
def ledger(data: Path, *, remote: bool) -> Iterator[TablestoreStore]:
    """The tables: of the real instance, or of the local cloud in the folder `data`."""
    if remote:
        yield open_ledger()
        return
    with local.local(data) as here:
        yield here.store
