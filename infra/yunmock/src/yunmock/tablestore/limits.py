"""The limits of the wide-column model.

Source: help.aliyun.com/en/tablestore, limits on the wide column model (2025-03, 2026-05), and General limits (2021).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class TablestoreLimits:
    """The limits that the service checks; lower one in a test to reach it sooner.

    The two limits on the rate of table calls are off (None): the cloud allows ten table calls a second and one
    UpdateTable every two minutes, and the SDK sleeps after such a refusal.
    """

    name_length: int = 255
    key_columns: int = 4
    key_column_bytes: int = 1024
    column_bytes: int = 2 * 1024 * 1024
    columns_per_write: int = 1024
    request_data_bytes: int = 4 * 1024 * 1024
    batch_write_rows: int = 200
    batch_get_rows: int = 100
    range_rows: int = 5000
    range_bytes: int = 4 * 1024 * 1024
    body_bytes: int = 5 * 1024 * 1024
    columns_to_get: int = 128
    filters: int = 32
    defined_columns: int = 32
    tables: int = 64
    indexes_per_table: int = 5
    index_key_columns: int = 4
    min_ttl_s: int = 86_400
    transaction_ms: int = 60_000
    transaction_bytes: int = 4 * 1024 * 1024
    table_calls_per_s: int | None = None
    update_table_interval_ms: int | None = None


@dataclass(slots=True)
class TablestoreSettings:
    """Behaviour that depends on time or on configuration in the cloud.

    Attributes:
        verify_signatures: refuse a request whose signature does not match the account's secret.
        clock_skew_ms: refuse a request dated further than this from the cloud's clock (the real service: 900 000);
            None accepts any date, so that tests can move the clock.
        table_ready_after_ms: how long a new table answers OTSTableNotReady.
        index_lag_ms: the delay before a global index shows a change.
        local_transactions: whether tables allow local transactions; a table that was created with `enable_local_txn`
            has its own answer.
    """

    verify_signatures: bool = True
    clock_skew_ms: int | None = None
    table_ready_after_ms: int = 0
    index_lag_ms: int = 0
    local_transactions: bool = True
