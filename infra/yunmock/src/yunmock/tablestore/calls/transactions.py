"""The calls that open and end local transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.tablestore import errors, transactions
from yunmock.tablestore.calls.tables import check_ready
from yunmock.tablestore.messages import pb
from yunmock.tablestore.plainbuffer import decode_row
from yunmock.tablestore.rowkeys import check_key

if TYPE_CHECKING:
    from yunmock.tablestore.context import Context


def start_local_transaction(ctx: Context, request: Any) -> Any:
    """StartLocalTransaction: the key is the partition key alone, or begins with it."""
    sent = decode_row(request.key)
    if sent.cells or sent.delete:
        raise errors.READ_WITH_CELLS.error()
    with ctx.store.atomic():
        table = ctx.store.table(request.table_name)
        check_ready(ctx, table)
        partition = check_key(table._replace(key=table.key[:1]), sent.key[:1], "read", ctx.limits)[0]
        return pb.StartLocalTransactionResponse(transaction_id=transactions.start(ctx, table, partition))


def commit_transaction(ctx: Context, request: Any) -> Any:
    """CommitTransaction."""
    with ctx.store.atomic():
        transactions.commit(ctx, request.transaction_id)
    return pb.CommitTransactionResponse()


def abort_transaction(ctx: Context, request: Any) -> Any:
    """AbortTransaction."""
    with ctx.store.atomic():
        transactions.abort(ctx, request.transaction_id)
    return pb.AbortTransactionResponse()
