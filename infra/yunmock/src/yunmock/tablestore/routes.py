"""Every operation of Tablestore: its request message and the call that answers it, or that it is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from yunmock.tablestore.calls import batches, rows, search, splits, tables, transactions
from yunmock.tablestore.coverage import COVERAGE
from yunmock.tablestore.messages import pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.messages import Answer


class Operation(NamedTuple):
    """How one operation is answered; the call takes the request message, or None where `request` is None."""

    request: type[Message] | None
    answer: Callable[[RequestContext, Any], Answer]  # each call takes its own message


CALLS: dict[str, Operation] = {
    "CreateTable": Operation(pb.CreateTableRequest, tables.create_table),
    "ListTable": Operation(pb.ListTableRequest, tables.list_table),
    "DescribeTable": Operation(pb.DescribeTableRequest, tables.describe_table),
    "UpdateTable": Operation(pb.UpdateTableRequest, tables.update_table),
    "DeleteTable": Operation(pb.DeleteTableRequest, tables.delete_table),
    "CreateIndex": Operation(pb.CreateIndexRequest, tables.create_index),
    "DropIndex": Operation(pb.DropIndexRequest, tables.drop_index),
    "PutRow": Operation(pb.PutRowRequest, rows.put_row),
    "UpdateRow": Operation(pb.UpdateRowRequest, rows.update_row),
    "DeleteRow": Operation(pb.DeleteRowRequest, rows.delete_row),
    "GetRow": Operation(pb.GetRowRequest, rows.get_row),
    "GetRange": Operation(pb.GetRangeRequest, rows.get_range),
    "BatchGetRow": Operation(pb.BatchGetRowRequest, batches.batch_get_row),
    "BatchWriteRow": Operation(pb.BatchWriteRowRequest, batches.batch_write_row),
    "StartLocalTransaction": Operation(pb.StartLocalTransactionRequest, transactions.start_local_transaction),
    "CommitTransaction": Operation(pb.CommitTransactionRequest, transactions.commit_transaction),
    "AbortTransaction": Operation(pb.AbortTransactionRequest, transactions.abort_transaction),
    "ComputeSplitPointsBySize": Operation(pb.ComputeSplitPointsBySizeRequest, splits.compute_split_points_by_size),
    "ListSearchIndex": Operation(None, search.list_search_index),
}

REFUSED = COVERAGE.refused
"""The other operations of the vendor's SDKs, each with the reason; an unknown operation is refused in the same way."""
