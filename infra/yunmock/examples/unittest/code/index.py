"""Answer HTTP requests with a greeting, and write a line to the log each morning."""

from __future__ import annotations

import json
from typing import Any


def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Called by both triggers; a request over HTTP has a `requestContext`, a timer's event a `triggerName`."""
    arrived = json.loads(event)
    if "requestContext" in arrived:
        name = (arrived.get("queryParameters") or {}).get("name", "you")
        return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": f"Hello, {name}!"}
    print(f"{arrived['triggerName']}: the {arrived['payload']} report")  # noqa: T201 - the function's log
    return {"sent": context.request_id}
