"""The calls that open and end local transactions; each consumes one write unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.tablestore import errors, transactions
from yunmock.tablestore.calls.rows import consumed
from yunmock.tablestore.fields import ENDED_CONSUMED, STARTED_CONSUMED, with_fields
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
    return _billed(pb.StartLocalTransactionResponse(transaction_id=name), STARTED_CONSUMED)


def commit_transaction(ctx: RequestContext, request: EndTransactionRequest) -> Message:
    """CommitTransaction."""
    with ctx.state.atomic():
        transactions.commit(ctx, request.transaction_id)
    return _billed(pb.CommitTransactionResponse(), ENDED_CONSUMED)


def abort_transaction(ctx: RequestContext, request: EndTransactionRequest) -> Message:
    """AbortTransaction."""
    with ctx.state.atomic():
        transactions.abort(ctx, request.transaction_id)
    return _billed(pb.AbortTransactionResponse(), ENDED_CONSUMED)


def _billed(answer: Message, field: int) -> Message:
    return with_fields(answer, {field: consumed(0, 1).SerializeToString()})
