"""The cloud in this process: while `mock_aliyun` is active, the SDKs talk to it and to nothing else.

SDKs built on `requests` are intercepted where `requests` sends (through `responses`), the Tablestore SDK where it sends
(`yunmock.tablestore.patch`). Asynchronous calls of the Tea-based SDKs are made as synchronous ones in a thread. Classes
are patched, never instances, so clients created earlier are intercepted, too. In addition no name under `aliyuncs.com`
resolves, so no request to the real cloud leaves the machine. Other hosts, such as loopback, are reached as usual.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import importlib.util
import inspect
import os
import re
import socket
import threading
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload
from unittest import mock
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import responses

from yunmock.cloud import Cloud
from yunmock.errors import EndpointRefusedError, ServiceUnavailableError
from yunmock.http import ConnectionDroppedError, Request
from yunmock.local import local_cloud
from yunmock.routing import by_host, is_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from yunmock.cloud import Account

    Answer = tuple[int, dict[str, str], bytes]

F = TypeVar("F", bound="Callable[..., Any]")

CLOUD = "cloud"
"""The parameter of a decorated function that gets the cloud."""

ENVIRONMENT: dict[str, Callable[[Account], str]] = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": lambda account: account.access_key_id,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": lambda account: account.access_key_secret,
    "ALIBABA_CLOUD_ACCOUNT_ID": lambda account: account.account_id,
    "ALIBABA_CLOUD_REGION_ID": lambda account: account.region,
}
"""The variables that are set inside a mock. No SDK reads an endpoint from the environment: each client is given one."""

HIDDEN = (
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALIBABA_CLOUD_PROFILE",
    "ALIBABA_CLOUD_CREDENTIALS_FILE",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
)
"""Variables that name other credentials (`alibabacloud_credentials`): absent inside a mock."""

_ANY_URL = re.compile(r".*")


class MockAliyun:
    """The result of `mock_aliyun`: a context manager that yields the cloud, and a decorator."""

    def __init__(self, cloud: Cloud | None, make: Callable[[], Cloud]) -> None:
        self._cloud, self._make = cloud, make
        self._entered: list[tuple[Cloud, ExitStack]] = []

    def __enter__(self) -> Cloud:
        cloud = self._cloud or self._make()
        stack = ExitStack()
        if cloud is not self._cloud:
            stack.callback(cloud.close)
        stack.enter_context(_environment_of(cloud.account))
        stack.enter_context(_requests_answered_by(cloud))
        if importlib.util.find_spec("tablestore") is not None:
            stack.enter_context(_tablestore_answered_by(cloud))
        self._entered.append((cloud, stack))
        return cloud

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.pop()[1].__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        """Decorate a function or a coroutine function: each call runs inside, with its own cloud.

        A parameter named `cloud` gets the cloud, unless the caller passes it.
        """
        call = _CloudArgument(function)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def inside(*args: Any, **kwargs: Any) -> Any:
                with self as cloud:
                    return await call(cloud, args, kwargs)

        else:

            @functools.wraps(function)
            def inside(*args: Any, **kwargs: Any) -> Any:
                with self as cloud:
                    return call(cloud, args, kwargs)

        inside.__signature__ = call.rest  # type: ignore[attr-defined]  # pytest must not look for a fixture `cloud`
        return cast("F", inside)


class _CloudArgument:
    """Calls a function, with the cloud as its argument `cloud` if it has such a parameter.

    Attributes:
        rest: the signature without that parameter.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._whole = inspect.signature(function)
        kept = [each for name, each in self._whole.parameters.items() if name != CLOUD]
        self.rest = self._whole.replace(parameters=kept)

    def __call__(self, cloud: Cloud, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if CLOUD not in self._whole.parameters or CLOUD in kwargs:
            return self._function(*args, **kwargs)
        arguments = self.rest.bind(*args, **kwargs).arguments
        arguments[CLOUD] = cloud
        bound = inspect.BoundArguments(self._whole, arguments)
        return self._function(*bound.args, **bound.kwargs)


@overload
def mock_aliyun(cloud: F) -> F: ...


@overload
def mock_aliyun(
    cloud: Cloud | None = None,
    *,
    data: str | Path | None = None,
    template: str | Path | None = None,
    strict_keys: bool = False,
) -> MockAliyun: ...


def mock_aliyun(
    cloud: Cloud | Callable[..., Any] | None = None,
    *,
    data: str | Path | None = None,
    template: str | Path | None = None,
    strict_keys: bool = False,
) -> MockAliyun | Callable[..., Any]:
    """Replace the real Alibaba Cloud by a local one, for a block or for a decorated function.

    Args:
        cloud: the cloud to use; None makes a new one for each entry.
        data: the SQLite file of a new cloud; None keeps its state in memory.
        template: an `s.yaml` to deploy to a new cloud.
        strict_keys: a new cloud refuses requests that are signed with another key pair than its account's.

    Entering yields the `Cloud`. A decorated function gets it as its argument `cloud` if it has such a parameter. Blocks
    nest: the one entered last answers, in every thread. Inside, the environment variables that the vendor's SDKs read
    (`ENVIRONMENT`) hold the account's keys and region; afterwards they are as before.

    Example:
        >>> with mock_aliyun(template="s.yaml") as cloud:  # doctest: +SKIP
        ...     client.put_events([event])
    """
    make = functools.partial(local_cloud, data=data, template=template, strict_keys=strict_keys)
    if cloud is None or isinstance(cloud, Cloud):
        return MockAliyun(cloud, make)
    return MockAliyun(None, make)(cloud)


class _Interception:
    """The patches that all active mocks share: applied by the first, removed by the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clouds: list[Cloud] = []
        self._patches = ExitStack()

    def enter(self, cloud: Cloud) -> None:
        with self._lock:
            self._clouds.append(cloud)
            if len(self._clouds) == 1:
                self._apply()

    def leave(self, cloud: Cloud) -> None:
        with self._lock:
            # From the end, by identity: the same cloud may be active more than once.
            del self._clouds[max(place for place, held in enumerate(self._clouds) if held is cloud)]
            if not self._clouds:
                self._patches.close()

    def answer(self, prepared: requests.PreparedRequest) -> Answer:
        """The cloud's answer to a request of `requests`."""
        request = from_prepared(prepared)
        host = request.host.partition(":")[0]
        service = by_host(host)
        if service is None:
            raise _refused(host)
        try:
            response = self._clouds[-1].handle(service, request)
        except ServiceUnavailableError as error:
            raise _refused(host, str(error)) from error
        except ConnectionDroppedError as error:
            raise requests.ConnectionError(str(error), request=prepared) from error
        return response.status, dict(response.headers), response.body

    def _apply(self) -> None:
        self._patches.enter_context(_Patcher(self.answer))
        self._patches.enter_context(mock.patch.object(socket, "getaddrinfo", _resolving(socket.getaddrinfo)))
        if importlib.util.find_spec("Tea") is not None:
            self._patches.enter_context(_tea_in_threads())


class _NoCallList(responses.CallList):
    """Keeps no calls: `responses` would keep all while the mock is active, and the cloud has its own log."""

    def add_call(self, call: responses.Call) -> None:
        """Drop the call."""


class _Patcher(responses.RequestsMock):
    """Intercepts what `requests` sends to the cloud's hosts; others are reached as usual."""

    def __init__(self, answer: Callable[[Any], Answer]) -> None:
        super().__init__(assert_all_requests_are_fired=False)
        self._answer = answer
        self._calls = _NoCallList()
        self.add_passthru(_ANY_URL)

    def _find_match(self, request: requests.PreparedRequest) -> tuple[responses.BaseResponse | None, list[str]]:
        """A registration made for this request alone: `responses` would pick among its own."""
        url = str(request.url)
        if not is_aliyun(urlsplit(url).hostname or ""):
            return None, []
        return responses.CallbackResponse(str(request.method), url, self._answer, content_type=None), []


_INTERCEPTION = _Interception()


@contextmanager
def _environment_of(account: Account) -> Iterator[None]:
    """The environment variables that the vendor's SDKs read; the real credentials are out of sight meanwhile."""
    before = {name: os.environ.get(name) for name in (*ENVIRONMENT, *HIDDEN)}
    _set_environment({name: value(account) for name, value in ENVIRONMENT.items()} | dict.fromkeys(HIDDEN))
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _requests_answered_by(cloud: Cloud) -> Iterator[None]:
    _INTERCEPTION.enter(cloud)
    try:
        yield
    finally:
        _INTERCEPTION.leave(cloud)


@contextmanager
def _tablestore_answered_by(cloud: Cloud) -> Iterator[None]:
    with warnings.catch_warnings():
        # The SDK warns if its native codec is not built for this Python; strict filters make that an error.
        warnings.simplefilter("ignore", ImportWarning)
        patch = importlib.import_module("yunmock.tablestore.patch")
        importlib.import_module("tablestore.connection")
    with patch.patched(cloud):
        yield


def from_prepared(prepared: requests.PreparedRequest) -> Request:
    """A request of `requests` as services see it."""
    parts = urlsplit(prepared.url or "")
    body = prepared.body or b""
    return Request(
        method=prepared.method or "GET",
        path=unquote(parts.path) or "/",
        headers={name.lower(): _text(value) for name, value in prepared.headers.items()},
        body=body.encode() if isinstance(body, str) else bytes(body),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        host=parts.netloc,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _refused(host: str, why: str = "") -> EndpointRefusedError:
    why = why or "yunmock emulates no service at this address"
    return EndpointRefusedError(f"a request to {host} was refused while mock_aliyun is active: {why}")


def _resolving(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and is_aliyun(name):
            raise _refused(name)
        return original(host, *args, **kwargs)

    return getaddrinfo


@contextmanager
def _tea_in_threads() -> Iterator[None]:
    """Asynchronous Tea calls go out through aiohttp; while mocked, each takes the synchronous way in a thread."""
    from Tea.core import TeaCore  # noqa: PLC0415 - only where a Tea-based SDK is installed

    async def async_do_action(request: Any, runtime_option: Any = None) -> Any:
        return await asyncio.to_thread(TeaCore.do_action, request, runtime_option)

    with mock.patch.object(TeaCore, "async_do_action", staticmethod(async_do_action)):
        yield
