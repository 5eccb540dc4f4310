"""Calls of the services that a deployment needs, signed by the vendor's core library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alibabacloud_tea_openapi.models import OpenApiRequest, Params

from opsledger.errors import WorldFailedError
from opsledger.rpc import NO_BODY, RpcClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.strict_json import JsonObject


MOST_MESSAGE = 500


class ExplainedClient(RpcClient):
    """One service in one region; an error has the service's own message, which a person needs to fix a template."""

    def send(self, params: Params, request: OpenApiRequest) -> JsonObject:
        """Send a request, once, and return the answer.

        Raises:
            WorldFailedError: the call failed.
        """
        try:
            return super().send(params, request)
        except WorldFailedError as error:
            message = getattr(error.__cause__, "message", None)
            if message is None:
                raise
            raise type(error)(f"{error}: {str(message)[:MOST_MESSAGE]}") from None


class RestClient(ExplainedClient):
    """One service in one region; the version of its API is the first part of each path."""

    def request(
        self, action: str, method: str, path: str, query: Mapping[str, str], body: JsonObject | None = None
    ) -> JsonObject:
        """Make one call, once, and return the answer.

        Raises:
            WorldFailedError: the call failed.
        """
        params = Params(
            action=action,
            version=self.service.version,
            protocol=self.protocol,
            pathname=f"/{self.service.version}{path}",
            method=method,
            auth_type="AK",
            style="ROA",
            req_body_type="json",
            body_type=NO_BODY if method == "DELETE" else "json",
        )
        return self.send(params, OpenApiRequest(query=dict(query), body=body))
