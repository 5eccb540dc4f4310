"""What is covered is said, and what is not is refused by name."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from tablestore import OTSClient, OTSServiceError
from tablestore.protocol import OTSProtocol

from yunmock.tablestore.coverage import coverage, table
from yunmock.tablestore.routes import OPERATIONS

PAGE = Path(__file__).parents[3] / "docs" / "yunmock" / "tablestore.md"
CALLS = {call.method: call for call in coverage()}


def test_every_method_of_the_client_is_counted() -> None:
    """The coverage has every public method that the SDK's client defines."""
    public = {name for name, _ in inspect.getmembers(OTSClient, inspect.isfunction) if not name.startswith("_")}

    assert set(CALLS) == public
    assert {call.operation for call in CALLS.values()} <= set(OTSProtocol.api_list)


def test_the_wide_column_model_is_done() -> None:
    """Everything on tables, rows, secondary indexes and transactions is done."""
    wanted = {
        *("CreateTable", "ListTable", "DeleteTable", "DescribeTable", "UpdateTable"),
        *("GetRow", "PutRow", "UpdateRow", "DeleteRow", "BatchGetRow", "BatchWriteRow", "GetRange"),
        *("CreateIndex", "DropIndex", "StartLocalTransaction", "CommitTransaction", "AbortTransaction"),
    }

    assert wanted <= {call.operation for call in CALLS.values() if call.done}


def test_the_page_has_the_table() -> None:
    """The documentation shows the coverage as it is."""
    assert table() in PAGE.read_text(encoding="utf-8")


# Calls whose arguments the SDK does not insist on, one of each kind that is refused.
REFUSED: dict[str, tuple[Any, ...]] = {
    "exe_sql_query": ("SELECT 1",),
    "compute_splits": ("events", "index"),
    "delete_search_index": ("events", "index"),
    "describe_search_index": ("events", "index"),
    "list_timeseries_table": (),
    "describe_timeseries_table": ("series",),
    "list_knowledge_base": ({},),
    "search_memories": ({},),
}


@pytest.mark.parametrize("method", REFUSED)
def test_what_is_not_done_names_itself(client: Any, method: str) -> None:
    """A call that is not answered is an error with its own name in it, in protobuf and in JSON."""
    call = CALLS[method]
    with pytest.raises(OTSServiceError) as caught:
        getattr(client, method)(*REFUSED[method])

    assert not call.done
    assert (caught.value.code, caught.value.http_status) == ("OTSUnsupportOperation", 400)
    assert call.operation in caught.value.message


def test_there_are_no_search_indexes(client: Any, table: str) -> None:
    """ListSearchIndex answers that there are none, so that a clean-up which asks goes on."""
    assert list(client.list_search_index(table)) == []
    assert "ListSearchIndex" in OPERATIONS
