"""What the wire client sends: byte for byte what the vendor's SDK sends, for every row that OpsLedger writes."""

from __future__ import annotations

import base64
import json
import lzma
import struct
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.opsledger.store.wire.both_clients import Sent, sdk_client, sent, wire_client
from tests.simulation.memory_store import MemoryStore

from opsledger.store.calls import Bound, KeyRange, RowPut
from opsledger.store.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.conftest import MakeHarness

    from opsledger.store import Put, Written

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(max_size=200) | st.text("ab重", min_size=100, max_size=3000)
KEY_VALUES = INTEGERS | st.text(max_size=60) | st.binary(max_size=60)
KEYS = st.lists(st.tuples(NAMES, KEY_VALUES), min_size=1, max_size=4, unique_by=lambda c: c[0]).map(tuple)
COLUMNS = st.dictionaries(NAMES, INTEGERS | TEXT | st.booleans() | st.binary(max_size=400), max_size=25)
PUTS = st.builds(RowPut, KEYS, COLUMNS, st.none() | INTEGERS)
TABLE_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,200}", fullmatch=True)


def assert_same(call: Callable[[Any], Any], **credentials: str | None) -> None:
    """Both clients send the same operation, headers and bytes."""
    ours, theirs = sent(wire_client(**credentials), call), sent(sdk_client(**credentials), call)

    assert ours.path == theirs.path
    assert ours.body == theirs.body
    assert _without_agent(ours) == _without_agent(theirs)


def _without_agent(request: Sent) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name != "User-Agent"}


@given(st.dictionaries(TABLE_NAMES, st.lists(PUTS, min_size=1, max_size=4), min_size=1, max_size=3))
def test_writes(tables: dict[str, list[RowPut]]) -> None:
    """Any rows under any conditions."""
    assert_same(lambda client: client.batch_write_row(tables))


@given(st.dictionaries(TABLE_NAMES, st.lists(KEYS, min_size=1, max_size=5), min_size=1, max_size=3))
def test_reads(tables: dict[str, list[Any]]) -> None:
    """Any keys."""
    assert_same(lambda client: client.batch_get_row(tables))


ENDS = st.lists(st.tuples(NAMES, KEY_VALUES | st.sampled_from(Bound)), min_size=1, max_size=4).map(tuple)


@given(TABLE_NAMES, ENDS, ENDS, st.booleans(), st.integers(1, 5000))
def test_ranges(table: str, start: Any, end: Any, backward: bool, limit: int) -> None:  # noqa: FBT001 - hypothesis passes it
    """Any ends, both directions."""
    assert_same(lambda client: client.get_range(KeyRange(table, start, end, backward), limit))


@given(TABLE_NAMES, KEYS)
def test_single_rows(table: str, key: Any) -> None:
    """GetRow, which the SDK is asked for directly."""
    theirs = sent(sdk_client(), lambda client: _sdk_get_row(client, table, key))
    ours = sent(wire_client(), lambda client: client.get_row(table, key))

    assert (ours.path, ours.body) == (theirs.path, theirs.body)


def _sdk_get_row(client: Any, table: str, key: Any) -> Any:
    from opsledger.store.tablestore import _asked, _key  # noqa: PLC0415 - only here

    return _asked(client._client.get_row, table, _key(key), max_version=1)


@pytest.mark.parametrize("region", [None, "cn-hangzhou"])
@pytest.mark.parametrize("token", [None, "", "a-token"])
def test_signatures(region: str | None, token: str | None) -> None:
    """Version 2 and version 4, with and without a token of temporary credentials."""
    assert_same(lambda client: client.batch_get_row({"t": [(("record", "r"),)]}), token=token or None, region=region)


class RecordingStore(MemoryStore):
    """Keeps what is written, batch by batch."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Sequence[Put]] = []

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write, and remember what."""
        self.batches.append(puts)
        return super().write(puts)


def test_every_event_of_the_catalogue(root: Path, make_harness: MakeHarness) -> None:
    """Every sample is written, as new and beside the others, in the bytes of the SDK."""
    store = RecordingStore()
    harness = make_harness(store)
    files = sorted((root / "events").rglob("*.json"))
    for start in range(0, len(files), 50):
        for file in files[start : start + 50]:
            harness.process(file.read_bytes())
    assert len(store.batches) >= len(files) > 500
    for start in range(0, len(store.batches), 100):
        puts = [put for batch in store.batches[start : start + 100] for put in batch]
        tables = _by_table(puts)
        assert_same(partial(_write, tables))


def _write(tables: dict[str, list[RowPut]], client: Any) -> Any:
    return client.batch_write_row(tables)


def _by_table(puts: Sequence[Put]) -> dict[str, list[RowPut]]:
    tables: dict[str, list[RowPut]] = {}
    for put in puts:
        key = tuple(zip(put.key.table.names, put.key.values, strict=True))
        tables.setdefault(put.key.table.name, []).append(RowPut(key, put.columns, put.revision))
    return tables


def test_every_row_of_an_earlier_version(root: Path) -> None:
    """What version 0.1.0 stored, as a write and as reads of its keys."""
    tables: dict[str, list[RowPut]] = {}
    for name, put in _golden(root):
        tables.setdefault(name, []).append(put)
    assert sum(map(len, tables.values())) > 900

    assert_same(lambda client: client.batch_write_row(tables))
    assert_same(lambda client: client.batch_get_row({name: [put.key for put in puts] for name, puts in tables.items()}))


def _golden(root: Path) -> Iterator[tuple[str, RowPut]]:
    names = {table.name: table.names for table in TABLES}
    for line in lzma.decompress((root / "tests" / "golden" / "rows.jsonl.xz").read_bytes()).splitlines():
        row = json.loads(line)
        columns = {name: _value(value) for name, value in row["columns"].items()}
        yield row["table"], RowPut(tuple(zip(names[row["table"]], row["key"], strict=True)), columns, 3)


def _value(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


@pytest.mark.parametrize("client", [wire_client(), sdk_client()], ids=["wire", "sdk"])
@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_a_number_of_more_than_64_bits_is_not_sent(client: Any, number: int) -> None:
    """It would be another number."""
    with pytest.raises(struct.error):
        client.batch_write_row({"t": [RowPut((("a", "x"),), {"n": number}, None)]})
