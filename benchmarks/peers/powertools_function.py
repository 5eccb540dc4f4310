"""The same job with aws-lambda-powertools: parse an event, record it once, and keep its content.

The parser and the idempotency are set up as https://docs.aws.amazon.com/powertools/python/latest/ says. It writes the
same two rows as our function, one for the notification and one for the record, each with a condition.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel
from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

IDEMPOTENCY, LEDGER, RECORDS = "idempotency", "ledger", "records"
TABLES = {IDEMPOTENCY: "id", LEDGER: "notification", RECORDS: "entity"}
"""The tables and the key of each."""


class SystemEventDetail(BaseModel):
    """The fields that `opsledger.catalog.ecs.content.SystemEvent` validates."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    event_id: str
    publish_time: AwareDatetime
    instance_id: str
    event_type: str
    event_status: str
    not_before: AwareDatetime | None = None
    execute_start_time: AwareDatetime | None = None
    execute_finish_time: AwareDatetime | None = None


class EventBridgeEvent(EventBridgeModel):  # type: ignore[misc]
    """A system event as Amazon EventBridge would deliver it."""

    detail: SystemEventDetail


dynamodb = boto3.client("dynamodb")
persistence = DynamoDBPersistenceLayer(table_name=IDEMPOTENCY, boto3_client=dynamodb)


@idempotent(persistence_store=persistence, config=IdempotencyConfig(event_key_jmespath="id"))  # type: ignore[untyped-decorator]
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001 - the runtime's signature
    """Record one event."""
    parsed = parse(event=event, model=EventBridgeEvent)
    content = {
        "instance": {"S": parsed.detail.instance_id},
        "status": {"S": parsed.detail.event_status},
        "type": {"S": parsed.detail_type},
        "region": {"S": parsed.region},
        "content": {"S": json.dumps(event["detail"], sort_keys=True)},
    }
    _put(LEDGER, {"notification": {"S": parsed.id}, **content})
    _put(RECORDS, {"entity": {"S": parsed.detail.event_id}, **content})
    return {"received": 1, "recorded": 1}


def _put(table: str, item: dict[str, Any]) -> None:
    key = TABLES[table]
    dynamodb.put_item(TableName=table, Item=item, ConditionExpression=f"attribute_not_exists({key})")


class LambdaContext:
    """The context that the Lambda runtime passes to a handler."""

    function_name = "recorder"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:recorder"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        """Thirty seconds, which is enough."""
        return 30_000


def create_tables() -> None:
    """Create the tables."""
    for name, key in TABLES.items():
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
