"""The two calls of the ECI API that the poller makes.

The keys of an answer come in upper or lower camel case; here they are in lower camel case.
Source: DescribeContainerGroups and DescribeContainerGroupEvents, alibabacloud.com/help/en/eci/developer-reference.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from opsledger import rpc
from opsledger.errors import UnavailableError
from opsledger.rpc import ECI, Page, RpcClient, objects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.settings import Settings
    from opsledger.strict_json import JsonObject, JsonValue

PAGE_GROUPS = 20
"""The limit of one DescribeContainerGroups page, and of the ids in one call."""
OWN_EVENTS = "EciService"
"""The event source for ECI's own events; the other, `K8sAgent`, repeats those of the cluster."""


class EciApi:
    """ECI in one region."""

    def __init__(self, settings: Settings, region: str) -> None:
        self.region = region
        self._client = RpcClient(ECI, region, settings.keys, settings.eci_address)

    def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """One page of container groups; with `ids`, at most twenty, those of them that exist.

        Raises:
            TokenRefusedError: `next_token` is no longer valid.
            WorldFailedError: the call failed for another reason.
        """
        query = {"RegionId": self.region, "Limit": PAGE_GROUPS, "NextToken": next_token}
        if ids:
            query["ContainerGroupIds"] = json.dumps(list(ids))
        return _page(self._call("DescribeContainerGroups", query), "containerGroups", next_token)

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
        return _page(self._call("DescribeContainerGroupEvents", query), "data", next_token)

    def _call(self, action: str, query: Mapping[str, object]) -> JsonObject:
        return _lower_camel(self._client.call(action, query))


def _page(body: JsonObject, name: str, asked_with: str | None) -> Page:
    """One page of an answer.

    Raises:
        UnavailableError: its token cannot be kept, or it lacks its array. If that were taken for an empty answer, every
            group would vanish.
        TokenRefusedError: its token is the one that it was asked with.
    """
    items = body.get(name)
    if not isinstance(items, list) and (items is not None or body.get("totalCount") not in (0, "0")):
        raise UnavailableError(f"an answer of ECI lacks the array {name}")
    return Page(objects(items), rpc.next_token(body.get("nextToken"), asked_with, ECI.title))


def _lower_camel(body: JsonObject) -> JsonObject:
    """`body` with every key's first letter in lower case, at every depth."""
    return {key[:1].lower() + key[1:]: _lowered(value) for key, value in body.items()}


def _lowered(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _lower_camel(value)
    return [_lowered(item) for item in value] if isinstance(value, list) else value
