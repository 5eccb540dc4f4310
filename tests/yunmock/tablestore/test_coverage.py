"""What yunmock refuses of Tablestore is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tablestore import OTSServiceError
from tablestore.protocol import OTSProtocol

from yunmock.sdk_calls import tablestore_calls
from yunmock.tablestore.coverage import COVERAGE
from yunmock.tablestore.routes import CALLS

PAGE = Path(__file__).parents[3] / "docs" / "yunmock" / "tablestore.md"


def test_every_operation_of_the_protocol_is_counted() -> None:
    """The SDK's own list of operations has none that the coverage leaves out."""
    assert set(OTSProtocol.api_list) <= tablestore_calls()
    assert set(OTSProtocol.api_list) <= {*COVERAGE.calls, *COVERAGE.refused}


def test_the_wide_column_model_is_answered() -> None:
    """Everything on tables, rows, secondary indexes and transactions is answered."""
    wanted = {
        *("CreateTable", "ListTable", "DeleteTable", "DescribeTable", "UpdateTable"),
        *("GetRow", "PutRow", "UpdateRow", "DeleteRow", "BatchGetRow", "BatchWriteRow", "GetRange"),
        *("CreateIndex", "DropIndex", "StartLocalTransaction", "CommitTransaction", "AbortTransaction"),
    }

    assert wanted <= set(COVERAGE.calls)


def test_the_page_has_the_table() -> None:
    """The documentation lists every call, answered or refused."""
    text = PAGE.read_text(encoding="utf-8")

    assert [name for name in (*COVERAGE.calls, *COVERAGE.refused) if f"| {name} |" not in text] == []


# Calls whose arguments the SDK does not insist on, one of each kind that is refused.
REFUSED: dict[str, tuple[str, tuple[Any, ...]]] = {
    "exe_sql_query": ("SQLQuery", ("SELECT 1",)),
    "compute_splits": ("ComputeSplits", ("events", "index")),
    "delete_search_index": ("DeleteSearchIndex", ("events", "index")),
    "describe_search_index": ("DescribeSearchIndex", ("events", "index")),
    "list_timeseries_table": ("ListTimeseriesTable", ()),
    "describe_timeseries_table": ("DescribeTimeseriesTable", ("series",)),
    "list_knowledge_base": ("ListKnowledgeBase", ({},)),
    "search_memories": ("SearchMemories", ({},)),
}


@pytest.mark.parametrize("method", REFUSED)
def test_a_refused_call_is_named(client: Any, method: str) -> None:
    """A call that is not emulated is refused with its name in the message, in protobuf and in JSON."""
    operation, arguments = REFUSED[method]
    with pytest.raises(OTSServiceError) as caught:
        getattr(client, method)(*arguments)

    assert operation in COVERAGE.refused
    assert (caught.value.code, caught.value.http_status) == ("OTSUnsupportOperation", 400)
    assert operation in caught.value.message


def test_there_are_no_search_indexes(client: Any, table: str) -> None:
    """ListSearchIndex answers an empty list, so that a clean-up which asks goes on."""
    assert list(client.list_search_index(table)) == []
    assert "ListSearchIndex" in CALLS
