"""The calls that open and end local transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.tablestore import errors, transactions
from yunmock.tablestore.lookup import ready_table
from yunmock.tablestore.messages import pb
from yunmock.tablestore.plainbuffer import decode_row
from yunmock.tablestore.rowkeys import check_key

if TYPE_CHECKING:
    from yunmock.tablestore.context import RequestContext


def start_local_transaction(ctx: RequestContext, request: Any) -> Any:
    """StartLocalTransaction: the key is the partition key alone, or begins with it."""
    sent = decode_row(request.key)
    if sent.cells or sent.delete:
        raise errors.READ_WITH_CELLS.error()
    with ctx.state.atomic():
        table = ready_table(ctx, request.table_name)
        partition = check_key(table._replace(key=table.key[:1]), sent.key[:1], "read", ctx.limits)[0]
        return pb.StartLocalTransactionResponse(transaction_id=transactions.start(ctx, table, partition))


def commit_transaction(ctx: RequestContext, request: Any) -> Any:
    """CommitTransaction."""
    with ctx.state.atomic():
        transactions.commit(ctx, request.transaction_id)
    return pb.CommitTransactionResponse()


def abort_transaction(ctx: RequestContext, request: Any) -> Any:
    """AbortTransaction."""
    with ctx.state.atomic():
        transactions.abort(ctx, request.transaction_id)
    return pb.AbortTransactionResponse()
