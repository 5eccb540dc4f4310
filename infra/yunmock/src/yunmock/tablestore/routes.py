"""Every operation of Tablestore: its request message and who answers it, or that nobody does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from yunmock.tablestore.calls import batches, rows, splits, tables, transactions
from yunmock.tablestore.messages import pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.tablestore.context import RequestContext


class Operation(NamedTuple):
    """How one operation is answered."""

    request: Any | None
    answer: Callable[[RequestContext, Any], Any]


def _no_search_index(_ctx: RequestContext, _request: Any) -> Any:
    """ListSearchIndex: there are none, and saying so lets a client's clean-up go on. An empty message says it."""
    return pb.ListTableResponse()


# A request of None is not read: ListSearchIndex's message is not among those loaded here, and nothing in it matters.
ROUTES = {
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
    "ListSearchIndex": Operation(None, _no_search_index),
}
