"""The two calls of the ECI API that the poller makes, through the vendor's SDK.

The SDK's response models lose data: the model of DescribeContainerGroupEvents has no NextToken, and bodies in lower
camel case come out empty. So the raw body is read, in either case.
Source: DescribeContainerGroups and DescribeContainerGroupEvents, alibabacloud.com/help/en/eci/developer-reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alibabacloud_eci20180808.client import Client
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

    from opsledger.settings import Settings
    from opsledger.strict_json import JsonObject, JsonValue

VERSION = "2018-08-08"
PAGE_GROUPS = 20
"""The limit of one DescribeContainerGroups page, and of the ids in one call."""
MOST_TOKEN = 4096
"""The documented ones have 36 characters."""
TIMEOUT_MS = 5_000
OWN_EVENTS = "EciService"
"""The event source for ECI's own events; the other, `K8sAgent`, repeats those of the cluster."""

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


class TokenRefusedError(UnavailableError):
    """The service no longer accepts a NextToken; the round starts again."""

    retryable = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer: its items, keys in lower camel case, and the token of the next page."""

    items: Sequence[JsonObject]
    next_token: str | None


class EciApi:
    """ECI in one region."""

    def __init__(self, settings: Settings, region: str) -> None:
        self.region = region
        self._protocol = settings.eci_protocol.upper()
        config = Config(
            access_key_id=settings.access_key_id,
            access_key_secret=settings.access_key_secret,
            security_token=settings.security_token,
            region_id=region,
            endpoint=settings.eci_endpoint or f"eci.{region}.aliyuncs.com",
            protocol=settings.eci_protocol,
        )
        self._client = Client(config)

    def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """One page of container groups; with `ids`, at most twenty, those of them that exist.

        Raises:
            TokenRefusedError: `next_token` is no longer valid.
            WorldFailedError: the call failed for another reason.
        """
        query = {"RegionId": self.region, "Limit": PAGE_GROUPS, "NextToken": next_token}
        if ids:
            query["ContainerGroupIds"] = json.dumps(list(ids))
        body = self._call("DescribeContainerGroups", query)
        return _page(body, "containerGroups", next_token)

    def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Page:
        """One page of ECI's own events of at most twenty container groups, those of the last `since_s` seconds.

        Without ids a page would have two hundred groups. But the SDK's model of the answer has no NextToken, so it is
        not sure that there is a second page. The events of twenty groups fit on the first.

        Raises:
            TokenRefusedError: `next_token` is no longer valid.
            WorldFailedError: the call failed.
        """
        query = {
            "RegionId": self.region,
            "ContainerGroupIds": json.dumps(list(ids)),
            "EventSource": OWN_EVENTS,
            "SinceSecond": since_s,
            "NextToken": next_token,
        }
        body = self._call("DescribeContainerGroupEvents", query)
        return _page(body, "data", next_token)

    def _call(self, action: str, query: Mapping[str, object]) -> JsonObject:
        params = Params(
            action=action,
            version=VERSION,
            protocol=self._protocol,
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        given = {name: str(value) for name, value in query.items() if value is not None}
        runtime = RuntimeOptions(autoretry=False, connect_timeout=TIMEOUT_MS, read_timeout=TIMEOUT_MS)
        try:
            answer = self._client.call_api(params, OpenApiRequest(query=given), runtime)
        except UnretryableException as error:
            raise UnavailableError(f"no answer from ECI: {type(error.inner_exception).__name__}") from error
        except TeaException as error:
            raise _error(error, action) from None
        except (RequestException, OSError) as error:
            raise UnavailableError(f"no answer from ECI: {type(error).__name__}") from error
        body = answer.get("body")
        if not isinstance(body, dict):
            raise UnavailableError(f"the answer to {action} is not a JSON object")
        return _lower_camel(body)


def objects(value: JsonValue) -> list[JsonObject]:
    """The objects in an array of an answer; none where there is no array."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _page(body: JsonObject, name: str, asked_with: str | None) -> Page:
    """One page of an answer.

    Raises:
        UnavailableError: its token cannot be kept, or it lacks its array. If that were taken for an empty answer, every
            group would vanish.
        TokenRefusedError: its token is the one that it was asked with, so the pages would never end.
    """
    items, token = body.get(name), _token(body.get("nextToken"))
    if not isinstance(items, list) and (items is not None or body.get("totalCount") not in (0, "0")):
        raise UnavailableError(f"an answer of ECI lacks the array {name}")
    if token and token == asked_with:
        raise TokenRefusedError("ECI answered with the page token that it was asked with")
    return Page(objects(items), token)


def _token(value: JsonValue) -> str | None:
    text = str(value or "")
    if len(text) > MOST_TOKEN or not text.isascii():
        raise UnavailableError("a page token of ECI is too long to keep, or no ASCII")
    return text or None


def _lower_camel(body: JsonObject) -> JsonObject:
    """`body` with every key's first letter in lower case, at every depth."""
    return {key[:1].lower() + key[1:]: _lowered(value) for key, value in body.items()}


def _lowered(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _lower_camel(value)
    return [_lowered(item) for item in value] if isinstance(value, list) else value


def _error(error: TeaException, action: str) -> WorldFailedError:
    code = str(error.code or "")
    if "NextToken" in code or "NextToken" in str(error.message or ""):
        return TokenRefusedError(f"ECI refused the page token of {action}: {code}")
    status = (error.data or {}).get("statusCode") if isinstance(error.data, dict) else None
    for prefix, kind in _ERRORS:
        if code.startswith(prefix):
            return kind(f"ECI answered {action} with {code}")
    kind = UnavailableError if isinstance(status, int) and status >= _SERVER_ERROR else StoreRefusedError
    return kind(f"ECI answered {action} with {code}")
