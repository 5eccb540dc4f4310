"""The minimal function that stores an event with the vendor's SDK and pydantic: the lower bound of our cold start.

It has one model and no catalogue, reads one envelope and derives no state. It imports the SDK as our function does,
without the packages that a function never uses.
"""

from __future__ import annotations

import json
import os

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from opsledger.store.deferred import deferred

with deferred(aiohttp=("ClientTimeout",), asyncio=(), crc32c=(), numpy=()):
    import tablestore as ots


class MinimalSystemEvent(BaseModel):
    """The content of a system event, with times as text."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, strict=True)

    event_id: str
    publish_time: str
    instance_id: str
    event_type: str
    event_status: str
    not_before: str | None = None


def store(payload: str) -> None:
    """Read the row of the record, then write it and a row of the ledger."""
    event = json.loads(payload)
    content = MinimalSystemEvent.model_validate(event["data"])
    client = ots.OTSClient(
        os.environ["OTS_ENDPOINT"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        os.environ["OTS_INSTANCE"],
    )
    record = [("record", f"bare:{content.event_id}")]
    ledger = [("resource", f"bare:{content.instance_id}"), ("at", 0), ("notification", event["id"])]
    request = ots.BatchGetRowRequest()
    request.add(ots.TableInBatchGetRowItem("opsledger_records_v3", [record], max_version=1))
    client.batch_get_row(request)
    columns = [("status", content.event_status), ("type", event["type"]), ("content", json.dumps(event["data"]))]
    new = ots.Condition(ots.RowExistenceExpectation.EXPECT_NOT_EXIST)
    write = ots.BatchWriteRowRequest()
    for table, key in (("opsledger_records_v3", record), ("opsledger_ledger_v3", ledger)):
        write.add(ots.TableInBatchWriteRowItem(table, [ots.PutRowItem(ots.Row(key, columns), new)]))
    assert client.batch_write_row(write).is_all_succeed()
