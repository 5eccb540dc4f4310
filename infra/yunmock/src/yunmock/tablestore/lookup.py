"""Find the table of a request, and check that it is ready for what the request wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.tablestore import errors, indexes

if TYPE_CHECKING:
    from yunmock.tablestore.context import RequestContext
    from yunmock.tablestore.model import StoredTable


def ready_table(ctx: RequestContext, name: str) -> StoredTable:
    """The table or index called `name`; writes start here, and refuse an index later.

    Raises:
        TablestoreError: OTSObjectNotExist, or OTSTableNotReady for a table that is too new
            (`TablestoreSettings.table_ready_after_ms`).
    """
    table = ctx.state.table(name)
    if not is_ready(ctx, table):
        raise errors.TABLE_NOT_READY.error()
    return table


def is_ready(ctx: RequestContext, table: StoredTable) -> bool:
    """Whether the table is old enough to be read and written; without a wait it is, even if the clock went back."""
    wait_ms = ctx.settings.table_ready_after_ms
    return not wait_ms or ctx.now_ms >= table.created_ms + wait_ms


def readable_table(ctx: RequestContext, name: str) -> StoredTable:
    """The table or index called `name`, with the index changes that are due applied.

    Raises:
        TablestoreError: as `ready_table`, or OTSParameterInvalid for an index that is still being built.
    """
    table = ready_table(ctx, name)
    indexes.check_readable(ctx, table)
    return table
