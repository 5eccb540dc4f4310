"""A conditional put on DynamoDB through boto3, for moto in the process and as a server."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = 20


class DynamoDbPuts:
    """A table, and conditional puts of new rows into it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._client: Any = boto3.client(
            "dynamodb",
            endpoint_url=environment.get("AWS_ENDPOINT_URL"),
            region_name=environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        self._client.create_table(
            TableName="puts",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self._numbers = count()
        self._columns = {f"column{n}": {"S": "x" * 40} for n in range(COLUMNS)}

    def put(self) -> None:
        """Put a new row."""
        item = {"id": {"S": str(next(self._numbers))}, **self._columns}
        self._client.put_item(TableName="puts", Item=item, ConditionExpression="attribute_not_exists(id)")
