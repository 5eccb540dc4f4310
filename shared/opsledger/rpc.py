"""RPC calls: one action of one of Alibaba Cloud's services in one region, signed by the vendor's core library.

The SDK of each product adds to that library the names of its endpoints, and models of answers that lose what they do
not know; ECI's loses page tokens. So a call goes through the core library alone, and the answer is its JSON.
Source: alibabacloud_tea_openapi 0.3.13, `Client.call_api`; lists and objects in a query are written as `Name.1.Key`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from alibabacloud_openapi_util.client import Client as OpenApiUtil
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions
from requests.exceptions import RequestException
from Tea.exceptions import TeaException, UnretryableException

from opsledger.errors import (
    MisconfiguredError,
    StoreRefusedError,
    ThrottledError,
    UnavailableError,
    WorldFailedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.settings import AccessKeys
    from opsledger.strict_json import JsonObject, JsonValue

MOST_TOKEN = 4096
"""The documented ones have 36 characters."""
TIMEOUT_MS = 5_000
NO_BODY = "none"
"""What a call is said to answer that answers nothing but its status."""

# The beginning of an error code, and the error it becomes; the first match counts.
_ERRORS: tuple[tuple[str, type[WorldFailedError]], ...] = (
    ("Throttling", ThrottledError),
    ("ServiceUnavailable", UnavailableError),
    ("InternalError", UnavailableError),
    ("SystemBusy", UnavailableError),
    ("InvalidAccessKeyId", MisconfiguredError),
    ("SignatureDoesNotMatch", MisconfiguredError),
    ("Forbidden", MisconfiguredError),
    ("NoPermission", MisconfiguredError),
)
_SERVER_ERROR = 500


class RpcService(NamedTuple):
    """A service: its name in messages, the version of its API, and its host with `{region}` in it."""

    title: str
    version: str
    host: str


ECI = RpcService("ECI", "2018-08-08", "eci.{region}.aliyuncs.com")
CLOUDMONITOR = RpcService("CloudMonitor", "2019-01-01", "metrics.{region}.aliyuncs.com")
ECS = RpcService("ECS", "2014-05-26", "ecs.{region}.aliyuncs.com")


class TokenRefusedError(UnavailableError):
    """The service no longer accepts a NextToken; the round starts again."""

    retryable = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer: its items, and the token of the next page."""

    items: Sequence[JsonObject]
    next_token: str | None


class RpcClient:
    """One service in one region.

    Args:
        address: the service's, with http:// or https://, if it is not the region's own.
    """

    def __init__(self, service: RpcService, region: str, keys: AccessKeys, address: str = "") -> None:
        self.service, self.region = service, region
        scheme, _, host = (address or f"https://{service.host.format(region=region)}").partition("://")
        self.protocol = scheme.upper()
        config = Config(
            access_key_id=keys.key_id,
            access_key_secret=keys.secret,
            security_token=keys.token or None,
            region_id=region,
            endpoint=host,
            protocol=scheme,
        )
        self._client = Client(config)

    def call(self, action: str, query: Mapping[str, object], form: Mapping[str, object] | None = None) -> JsonObject:
        """Make one call, once, and return the answer.

        Args:
            query: its parameters; those that are None are left out. A list becomes `Name.1`, `Name.2`, and an object
                in it `Name.1.Key`.
            form: parameters that are too long for an address; they go into the body.

        Raises:
            TokenRefusedError: the NextToken in the query is no longer valid.
            WorldFailedError: the call failed for another reason.
        """
        request = OpenApiRequest(query=OpenApiUtil.query(dict(query)), body=None if form is None else dict(form))
        return self.send(self._params(action), request)

    def send(self, params: Params, request: OpenApiRequest) -> JsonObject:
        """Send a request, once, and return the answer.

        Raises:
            TokenRefusedError: the NextToken in the query is no longer valid.
            WorldFailedError: the call failed for another reason.
        """
        runtime = RuntimeOptions(autoretry=False, connect_timeout=TIMEOUT_MS, read_timeout=TIMEOUT_MS)
        title, action = self.service.title, str(params.action)
        try:
            answer = self._client.call_api(params, request, runtime)
        except UnretryableException as error:
            raise UnavailableError(f"no answer from {title}: {type(error.inner_exception).__name__}") from error
        except TeaException as error:
            raise _error(error, title, action) from error
        except (RequestException, OSError) as error:
            raise UnavailableError(f"no answer from {title}: {type(error).__name__}") from error
        body = {} if params.body_type == NO_BODY else answer.get("body")
        if not isinstance(body, dict):
            raise UnavailableError(f"the answer to {action} is not a JSON object")
        return body

    def _params(self, action: str) -> Params:
        return Params(
            action=action,
            version=self.service.version,
            protocol=self.protocol,
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )


def next_token(value: JsonValue, asked_with: str | None, title: str) -> str | None:
    """The token of the next page in an answer; None at the end.

    Raises:
        UnavailableError: it cannot be kept.
        TokenRefusedError: it is the one that was asked with, so the pages would never end.
    """
    text = str(value or "")
    if len(text) > MOST_TOKEN or not text.isascii():
        raise UnavailableError(f"a page token of {title} is too long to keep, or no ASCII")
    if text and text == asked_with:
        raise TokenRefusedError(f"{title} answered with the page token that it was asked with")
    return text or None


def objects(value: JsonValue) -> list[JsonObject]:
    """The objects in an array of an answer; none where there is no array."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def rows(body: JsonObject, path: tuple[str, str], title: str) -> list[JsonObject]:
    """The rows of an answer, from the list at a path.

    Raises:
        UnavailableError: it lacks its list. If that were taken for an empty one, the service would know of nothing.
    """
    return objects(listed(body, path, title))


def listed(body: JsonObject, path: tuple[str, str], title: str) -> list[JsonValue]:
    """The list at a path of an answer.

    Raises:
        UnavailableError: as `rows`.
    """
    found: JsonValue = body
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise UnavailableError(f"an answer of {title} lacks the list {'.'.join(path)}")
    return found


def _error(error: TeaException, title: str, action: str) -> WorldFailedError:
    code = str(error.code or "")
    if "NextToken" in code or "NextToken" in str(error.message or ""):
        return TokenRefusedError(f"{title} refused the page token of {action}: {code}")
    status = (error.data or {}).get("statusCode") if isinstance(error.data, dict) else None
    for prefix, kind in _ERRORS:
        if code.startswith(prefix):
            return kind(f"{title} answered {action} with {code}")
    kind = UnavailableError if isinstance(status, int) and status >= _SERVER_ERROR else StoreRefusedError
    return kind(f"{title} answered {action} with {code}")
