"""The least that stores an event with the vendor's SDK and pydantic: the floor beneath our cold start.

It has one model and no catalogue, reads no envelope but its own and decides nothing. The SDK is imported as ours is,
without what a function never uses.
"""

from __future__ import annotations

import json
import os

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from opsledger.store.deferred import deferred

with deferred(aiohttp=("ClientTimeout",), asyncio=(), crc32c=(), numpy=()):
    import tablestore as ots


class SystemEvent(BaseModel):
    """What a system event says, as text."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, strict=True)

    event_id: str
    publish_time: str
    instance_id: str
    event_type: str
    event_status: str
    not_before: str | None = None


def store(event: str) -> None:
    """Read the record's row, and write it and the ledger's."""
    told = json.loads(event)
    content = SystemEvent.model_validate(told["data"])
    client = ots.OTSClient(
        os.environ["OTS_ENDPOINT"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        os.environ["OTS_INSTANCE"],
    )
    record = [("record", f"bare:{content.event_id}")]
    ledger = [("resource", f"bare:{content.instance_id}"), ("at", 0), ("notification", told["id"])]
    asked = ots.BatchGetRowRequest()
    asked.add(ots.TableInBatchGetRowItem("opsledger_records", [record], max_version=1))
    client.batch_get_row(asked)
    columns = [("status", content.event_status), ("type", told["type"]), ("content", json.dumps(told["data"]))]
    new = ots.Condition(ots.RowExistenceExpectation.EXPECT_NOT_EXIST)
    written = ots.BatchWriteRowRequest()
    for table, key in (("opsledger_records", record), ("opsledger_ledger", ledger)):
        written.add(ots.TableInBatchWriteRowItem(table, [ots.PutRowItem(ots.Row(key, columns), new)]))
    assert client.batch_write_row(written).is_all_succeed()
