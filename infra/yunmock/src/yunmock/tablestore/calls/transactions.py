"""The calls that open and end local transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.tablestore import errors, transactions
from yunmock.tablestore.lookup import ready_table
from yunmock.tablestore.messages import pb
from yunmock.tablestore.plainbuffer import decode_row
from yunmock.tablestore.rowkeys import check_key

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.requests import EndTransactionRequest, StartLocalTransactionRequest


def start_local_transaction(ctx: RequestContext, request: StartLocalTransactionRequest) -> Message:
    """StartLocalTransaction: the key is the partition key alone, or begins with it."""
    sent = decode_row(request.key)
    if sent.cells or sent.delete:
        raise errors.READ_WITH_CELLS.error()
    with ctx.state.atomic():
        table = ready_table(ctx, request.table_name)
        partition = check_key(table._replace(key=table.key[:1]), sent.key[:1], "read", ctx.limits)[0]
        name = transactions.start(ctx, table, partition)
    answer: Message = pb.StartLocalTransactionResponse(transaction_id=name)
    return answer


def commit_transaction(ctx: RequestContext, request: EndTransactionRequest) -> Message:
    """CommitTransaction."""
    with ctx.state.atomic():
        transactions.commit(ctx, request.transaction_id)
    answer: Message = pb.CommitTransactionResponse()
    return answer


def abort_transaction(ctx: RequestContext, request: EndTransactionRequest) -> Message:
    """AbortTransaction."""
    with ctx.state.atomic():
        transactions.abort(ctx, request.transaction_id)
    answer: Message = pb.AbortTransactionResponse()
    return answer
