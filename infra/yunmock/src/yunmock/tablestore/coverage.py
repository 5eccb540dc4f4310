"""What yunmock emulates of Tablestore.

The calls are those that the Python SDK sends, and those that have a request message in the SDK's `table_store.proto`
(the SDKs of other languages send these).
"""

from __future__ import annotations

from yunmock.coverage import Coverage

INTERNAL = "not part of the public API"
KNOWLEDGE = "knowledge bases are not emulated"
MEMORY = "memory stores are not emulated"
SEARCH = "search indexes are not emulated"
SQL = "SQL is not emulated"
STREAMS = "streams are not emulated"
TIME_SERIES = "the time series model is not emulated"

COVERAGE = Coverage(
    service="tablestore",
    title="Tablestore",
    sdk="tablestore 6.4.8",
    calls={
        "CreateTable": "no streams, no encryption at rest, no pre-split partitions",
        "ListTable": "",
        "DescribeTable": "",
        "UpdateTable": "table options and reserved throughput; no streams",
        "DeleteTable": "",
        "CreateIndex": "",
        "DropIndex": "",
        "PutRow": "",
        "UpdateRow": "",
        "DeleteRow": "",
        "GetRow": "no continuation within a row (`token`)",
        "GetRange": "no continuation within a row (`token`)",
        "BatchGetRow": "no continuation within a row (`token`)",
        "BatchWriteRow": "not atomic: each row answers for itself",
        "StartLocalTransaction": "on every table without an auto-increment column",
        "CommitTransaction": "",
        "AbortTransaction": "",
        "ComputeSplitPointsBySize": "",
        "ListSearchIndex": "always an empty list",
    },
    refused={
        "AddDocuments": KNOWLEDGE,
        "AddMemories": MEMORY,
        "ApplyMemoryDreamActions": MEMORY,
        "CancelMemoryDreamTask": MEMORY,
        "ComputeSplits": SEARCH,
        "CreateKnowledgeBase": KNOWLEDGE,
        "CreateMemoryDreamTask": MEMORY,
        "CreateMemoryStore": MEMORY,
        "CreateSearchIndex": SEARCH,
        "CreateTimeseriesTable": TIME_SERIES,
        "DeleteDocuments": KNOWLEDGE,
        "DeleteKnowledgeBase": KNOWLEDGE,
        "DeleteMemory": MEMORY,
        "DeleteMemoryStore": MEMORY,
        "DeleteSearchIndex": SEARCH,
        "DeleteTimeseriesMeta": TIME_SERIES,
        "DeleteTimeseriesTable": TIME_SERIES,
        "DescribeKnowledgeBase": KNOWLEDGE,
        "DescribeSearchIndex": SEARCH,
        "DescribeStream": STREAMS,
        "DescribeTimeseriesTable": TIME_SERIES,
        "GetDocument": KNOWLEDGE,
        "GetMemory": MEMORY,
        "GetMemoryDreamTask": MEMORY,
        "GetMemoryStore": MEMORY,
        "GetMemoryTask": MEMORY,
        "GetShardIterator": STREAMS,
        "GetStreamRecord": STREAMS,
        "GetTimeseriesData": TIME_SERIES,
        "ListChunks": KNOWLEDGE,
        "ListDocuments": KNOWLEDGE,
        "ListKnowledgeBase": KNOWLEDGE,
        "ListMemories": MEMORY,
        "ListMemoryDreamActions": MEMORY,
        "ListMemoryDreamTasks": MEMORY,
        "ListMemoryStoreMessages": MEMORY,
        "ListMemoryStoreRequests": MEMORY,
        "ListMemoryStoreScopes": MEMORY,
        "ListMemoryStores": MEMORY,
        "ListMemoryTasks": MEMORY,
        "ListStream": STREAMS,
        "ListTimeseriesTable": TIME_SERIES,
        "LoadTable": INTERNAL,
        "ParallelScan": SEARCH,
        "PutTimeseriesData": TIME_SERIES,
        "QueryTimeseriesMeta": TIME_SERIES,
        "Retrieve": KNOWLEDGE,
        "SQLQuery": SQL,
        "Search": SEARCH,
        "SearchMemories": MEMORY,
        "UnloadTable": INTERNAL,
        "UpdateChunks": KNOWLEDGE,
        "UpdateDocument": KNOWLEDGE,
        "UpdateKnowledgeBase": KNOWLEDGE,
        "UpdateMemory": MEMORY,
        "UpdateMemoryStore": MEMORY,
        "UpdateSearchIndex": SEARCH,
        "UpdateTimeseriesMeta": TIME_SERIES,
        "UpdateTimeseriesTable": TIME_SERIES,
    },
    limits=(
        "A table is ready at once, and a global index is up to date at once, unless the settings say otherwise.",
        "Local transactions work on every table without an auto-increment column; the cloud enables them by table.",
        "There is one account with one access key. An STS token is not checked; V4 may be signed for any region.",
        "Writes do not conflict by chance: OTSRowOperationConflict comes from transactions and faults only.",
        "Streams, encryption at rest, pre-split partitions, `is_atomic` batches and `update_full_row` are refused.",
        "Regular expressions are Python's.",
        "An index entry expires with its row's last write, even when the indexed column alone has expired.",
        "Compressed requests (`x-ots-request-compress-type`), an option of the Java SDK, are refused.",
        "Capacity is counted but never exhausted; use a fault for OTSNotEnoughCapacityUnit.",
        "The SDK checks some arguments itself; what it refuses never reaches yunmock.",
    ),
)
