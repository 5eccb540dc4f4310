"""The minimal code that makes the two rows of an event: straight-line code for the one type and status measured.

It reads only CloudEvents, refuses nothing, and knows one status and no history. It does what any ledger on these
packages must do: parse the JSON, validate the content with pydantic, write three columns as text, and hash the parts of
the keys. It is the lower bound of our own time.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from benchmarks import workload
from opsledger import strict_json, timestamps
from opsledger.catalog.ecs.content import SystemEvent

if TYPE_CHECKING:
    from opsledger.store import Value

Columns = dict[str, "Value"]
_NO_DUE = timestamps.LATEST_MS


def rows(payload: bytes) -> list[tuple[tuple[str | int, ...], Columns]]:
    """The keys and columns of the rows that the pipeline makes of a payload: two for each event, in order."""
    made: list[tuple[tuple[str | int, ...], Columns]] = []
    for event in json.loads(payload):
        data = event["data"]
        content = SystemEvent.model_validate(data)
        published, due = content.publish_time, content.not_before
        distinct = strict_json.write_in_order([content.event_status, due])
        key = f"{published // 1000}-{hashlib.sha256(distinct.encode()).hexdigest()[:16]}"
        sent = timestamps.parse(event["time"])
        said = {"at": published, "due": due, "issued_at": published, "key": key, "not_before": due}
        named = {"severity": "critical", "status": content.event_status, "type": workload.REBOOT}
        transition = strict_json.write_in_order({**said, **named})
        arrived = strict_json.write_in_order({**said, "received_at": workload.NOW_MS, "sent_at": sent, **named})
        region, account = event["aliyunregionid"], event["aliyunaccountid"]
        record, resource = f"ecs:event:{content.event_id}", f"ecs:instance:{content.instance_id}"
        shared: Columns = {
            "schema": 3,
            "product": "ecs",
            "kind": "system-event",
            "resource_type": "instance",
            "resource_id": content.instance_id,
            "account": account,
            "region": region,
            "status": content.event_status or "",
            "type": workload.REBOOT,
        }
        state = {
            **shared,
            "revision": 1,
            "writer": "request",
            "status_at": published,
            "terminal": False,
            "outcome": "pending",
            "severity": "critical",
            "not_before": due or 0,
            "due": due or 0,
            "bucket": _prefixed(record)[0],
            "move_by": due or _NO_DUE,
            "first_seen": published,
            "last_seen": published,
            "anomalies": 0,
            "notify_at": workload.NOW_MS,
            "state": f'{{"first_at":null,"transitions":[{arrived}],"truncated":false}}',
        }
        entry = {
            **shared,
            "record": record,
            "transition": transition,
            "content": strict_json.write_in_order(data),
            "form": "cloudevent",
            "envelope_id": event["id"],
            "source": event["source"],
            "subject": event["subject"],
            "sent_at": sent,
            "received": workload.NOW_MS,
            "request_id": "request",
        }
        step = hashlib.sha256(strict_json.write_in_order([record, key]).encode()).hexdigest()[:32]
        whole = strict_json.write([account, region, workload.REBOOT, published, (), data])
        of_content = hashlib.sha256(whole.encode()).hexdigest()[:16]
        made.append(((_prefixed(record),), state))
        made.append(((_prefixed(resource), published, f"{step}.{of_content}"), entry))
    return made


def _prefixed(name: str) -> str:
    return f"{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:4]}:{name}"
