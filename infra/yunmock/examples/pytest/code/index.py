"""Keep in a table when each instance was stopped."""

from __future__ import annotations

import json
import os
from typing import Any

from tablestore import Condition, OTSClient, Row


def handler(event: bytes, context: Any) -> dict[str, str]:
    """Write a row for the instance of an event; answers the row's key."""
    arrived = json.loads(event)
    instance = arrived["data"]["resourceId"]
    keys = context.credentials
    client = OTSClient(
        os.environ["OTS_ENDPOINT"],
        keys.access_key_id,
        keys.access_key_secret,
        os.environ["OTS_INSTANCE"],
        sts_token=keys.security_token,
    )
    client.put_row("stopped", Row([("instance", instance)], [("at", arrived["time"])]), Condition("IGNORE"))
    return {"instance": instance}
