"""Every operation of Tablestore: its request message and who answers it, or that nobody does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from yunmock.tablestore.calls import batches, rows, splits, tables, transactions
from yunmock.tablestore.messages import pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.tablestore.context import Context


class Route(NamedTuple):
    """How one operation is answered."""

    request: Any | None
    answer: Callable[[Context, Any], Any]


def _no_search_index(_ctx: Context, _request: Any) -> Any:
    """ListSearchIndex: there are none, and saying so lets a client's clean-up go on. An empty message says it."""
    return pb.ListTableResponse()


# A request of None is not read: ListSearchIndex's message is not among those loaded here, and nothing in it matters.
ROUTES = {
    "CreateTable": Route(pb.CreateTableRequest, tables.create_table),
    "ListTable": Route(pb.ListTableRequest, tables.list_table),
    "DescribeTable": Route(pb.DescribeTableRequest, tables.describe_table),
    "UpdateTable": Route(pb.UpdateTableRequest, tables.update_table),
    "DeleteTable": Route(pb.DeleteTableRequest, tables.delete_table),
    "CreateIndex": Route(pb.CreateIndexRequest, tables.create_index),
    "DropIndex": Route(pb.DropIndexRequest, tables.drop_index),
    "PutRow": Route(pb.PutRowRequest, rows.put_row),
    "UpdateRow": Route(pb.UpdateRowRequest, rows.update_row),
    "DeleteRow": Route(pb.DeleteRowRequest, rows.delete_row),
    "GetRow": Route(pb.GetRowRequest, rows.get_row),
    "GetRange": Route(pb.GetRangeRequest, rows.get_range),
    "BatchGetRow": Route(pb.BatchGetRowRequest, batches.batch_get_row),
    "BatchWriteRow": Route(pb.BatchWriteRowRequest, batches.batch_write_row),
    "StartLocalTransaction": Route(pb.StartLocalTransactionRequest, transactions.start_local_transaction),
    "CommitTransaction": Route(pb.CommitTransactionRequest, transactions.commit_transaction),
    "AbortTransaction": Route(pb.AbortTransactionRequest, transactions.abort_transaction),
    "ComputeSplitPointsBySize": Route(pb.ComputeSplitPointsBySizeRequest, splits.compute_split_points_by_size),
    "ListSearchIndex": Route(None, _no_search_index),
}
