"""The resources that a ROS stack makes here: instances and tables.

Properties: https://help.aliyun.com/zh/ros/developer-reference/aliyun-ots-table and …/aliyun-ots-instancev2. A table is
made by CreateTable itself, so what that refuses fails the stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from yunmock.tablestore.calls.tables import create_table, delete_table, update_table
from yunmock.tablestore.messages import pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from yunmock.json_types import JsonObject
    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.requests import CreateTableRequest, TableRequest, UpdateTableRequest

DEVIATION_S = 86_400
"""What DeviationCellVersionInSec is if it is not given, in seconds."""
INSTANCE, TABLE = "ALIYUN::OTS::InstanceV2", "ALIYUN::OTS::Table"

_KEY_TYPES = {"STRING": pb.STRING, "INTEGER": pb.INTEGER, "BINARY": pb.BINARY}
_COLUMN_TYPES = {
    "STRING": pb.DCT_STRING,
    "INTEGER": pb.DCT_INTEGER,
    "DOUBLE": pb.DCT_DOUBLE,
    "BOOLEAN": pb.DCT_BOOLEAN,
    "BINARY": pb.DCT_BLOB,
}


class TablestoreResources:
    """Makes instances and tables; `context` gives what a change to an instance works with."""

    def __init__(self, context: Callable[[str], RequestContext]) -> None:
        self._context = context

    def make(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - the protocol's
        """Make a table; every instance exists already.

        Raises:
            TablestoreError: CreateTable refuses it.
        """
        if kind == TABLE:
            create_table(self._of(properties), cast("CreateTableRequest", _request(properties)))

    def change(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Change the options of a table; a change of an instance does nothing.

        Raises:
            TablestoreError: UpdateTable refuses it.
        """
        if kind == TABLE:
            request = pb.UpdateTableRequest(
                table_name=str(properties["TableName"]),
                table_options=_options(properties),
                reserved_throughput=_throughput(properties),
            )
            update_table(self._of(properties), cast("UpdateTableRequest", request))

    def delete(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Delete a table with its rows; an instance stays."""
        ctx, name = self._of(properties), str(properties.get("TableName"))
        if kind == TABLE and ctx.state.find_table(name) is not None:
            delete_table(ctx, cast("TableRequest", pb.DeleteTableRequest(table_name=name)))

    def _of(self, properties: JsonObject) -> RequestContext:
        return self._context(str(properties["InstanceName"]))


def _request(properties: dict[str, Any]) -> Message:
    indexes = [_index(each) for each in properties.get("SecondaryIndices") or []]
    request: Message = pb.CreateTableRequest(
        table_meta=pb.TableMeta(
            table_name=str(properties["TableName"]),
            primary_key=[
                pb.PrimaryKeySchema(name=each["Name"], type=_KEY_TYPES[each["Type"]])
                for each in properties["PrimaryKey"]
            ],
            defined_column=[
                pb.DefinedColumnSchema(name=each["Name"], type=_COLUMN_TYPES[each["Type"]])
                for each in properties.get("Columns") or []
            ],
        ),
        reserved_throughput=_throughput(properties),
        table_options=_options(properties),
        index_metas=indexes,
    )
    return request


def _options(properties: dict[str, Any]) -> Message:
    options: Message = pb.TableOptions(
        time_to_live=properties.get("TimeToLive", -1),
        max_versions=properties.get("MaxVersions", 1),
        deviation_cell_version_in_sec=properties.get("DeviationCellVersionInSec", DEVIATION_S),
    )
    return options


def _throughput(properties: dict[str, Any]) -> Message:
    reserved = properties.get("ReservedThroughput", {})
    unit = pb.CapacityUnit(read=reserved.get("Read", 0), write=reserved.get("Write", 0))
    throughput: Message = pb.ReservedThroughput(capacity_unit=unit)
    return throughput


def _index(properties: dict[str, Any]) -> Message:
    local = properties.get("IndexType") == "Local"
    index: Message = pb.IndexMeta(
        name=properties["IndexName"],
        primary_key=properties["PrimaryKeys"],
        defined_column=properties.get("Columns") or [],
        index_type=pb.IT_LOCAL_INDEX if local else pb.IT_GLOBAL_INDEX,
        index_update_mode=pb.IUM_SYNC_INDEX if local else pb.IUM_ASYNC_INDEX,
    )
    return index
