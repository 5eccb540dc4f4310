"""What the operators' tools cost on tables with very many rows: calls of the store for each record, and memory.

`python -m tests.simulation.tool_costs --records 100000` fills the tables of a local cloud as `rows_read` does, runs
each tool in a process of its own, prints its calls and the most memory that it had, and ends with 1 if a tool made more
calls than it may, or had more memory than on a tenth of the records by more than `GROWTH_MB`. With `--write` the
figures go to `tool_costs.json`, which `docs/operations.md` quotes. `make test-long` runs it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.conftest import NOW_MS, tablestore_on
from tests.simulation.rows_read import MOMENTS, VARIANTS, fill

from opsctl import backup, rebuild
from opsctl.cli import deadlines
from opsctl.shares import Places
from opsledger.ledger import drift
from opsledger.store.tables import BUCKETS
from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opsledger.store.tablestore import TablestoreStore
    from yunmock import Cloud

RESULTS = Path(__file__).with_name("tool_costs.json")
GROWTH_MB = 90
"""What the local cloud's own memory may add on ten times as many rows: SQLite keeps up to 64 MiB of its file."""
TEMPLATES = len(VARIANTS) * len(BUCKETS) * MOMENTS
"""The records that the others are copies of."""
DAYS_MS = 100 * 86_400_000


class ToolCost(NamedTuple):
    """What a tool cost: calls of the store for each record, of so many at the most, and its peak memory in MB."""

    tool: str
    records: int
    calls: float
    most_calls: float
    memory_mb: int


class CountingCalls:
    """Counts the calls of the SDK's client, and empties the log of the local cloud, which is not the tool's memory."""

    def __init__(self, client: Any, cloud: Cloud) -> None:
        self._client, self._cloud = client, cloud
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name in ("get_range", "batch_get_row", "batch_write_row"):
            self.calls += 1
            self._cloud.clear_calls()
        return found


def _rebuild(store: TablestoreStore, folder: Path) -> int:
    del folder
    found = rebuild.rebuild(store, rebuild.Which(), deadlines.deadline, shares=Places(8).shares())
    return sum(one.same for one in found)


def _drift(store: TablestoreStore, folder: Path) -> int:
    del folder
    return len(drift.report(store, NOW_MS - DAYS_MS))


def _export(store: TablestoreStore, folder: Path) -> int:
    with (folder / "backup.jsonl").open("wb+") as file:
        return sum(backup.export(store, file, resume=False, on_rows=lambda _share: None).rows.values())


def _restore(store: TablestoreStore, folder: Path) -> int:
    with (folder / "backup.jsonl").open("rb") as file:
        copied = backup.restore(store, file, deadlines.deadline, deadlines.writer(), lambda _at: None)
    return sum(copied.rows.values())


TOOLS: dict[str, tuple[Callable[[TablestoreStore, Path], int], float]] = {
    "rebuild": (_rebuild, 1.05),
    "drift": (_drift, 1.05),
    "export": (_export, 0.05),
    "import": (_restore, 0.1),
}
"""Each tool, and how many calls of the store it may make for each record: 100 rows in a batch, 500 in a page."""


def run(tool: str, folder: Path, records: int) -> ToolCost:
    """Run one tool on the local cloud in a folder, in this process."""
    perform, most = TOOLS[tool]
    with _opened(folder / ("empty.sqlite" if tool == "import" else "filled.sqlite")) as (cloud, store):
        client: Any = store._client
        counting = client._client = CountingCalls(client._client, cloud)
        done = perform(store, folder)
    records += TEMPLATES
    assert done >= records or tool == "drift", (tool, done)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return ToolCost(tool, records, round(counting.calls / records, 3), most, memory)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[Cloud, TablestoreStore]]:
    """The local cloud whose state is in `file`, and our tables in it."""
    cloud = local_cloud(data=file)
    with closing(cloud), mock_aliyun(cloud):
        yield cloud, tablestore_on(cloud)


def measured(records: int, tools: Sequence[str]) -> list[ToolCost]:
    """What each tool costs on so many records; each runs in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _opened(folder / "filled.sqlite") as (_, store):
            fill(folder / "filled.sqlite", store, records)
        found = []
        for tool in tools:
            words = [sys.executable, "-m", "tests.simulation.tool_costs", "--run", tool, "--in", name]
            ran = subprocess.run([*words, "--records", str(records)], stdout=subprocess.PIPE, check=True)  # noqa: S603 - this program
            found.append(ToolCost(**json.loads(ran.stdout)))
            _say(found[-1])
    return found


def _say(one: ToolCost) -> None:
    sys.stderr.write(f"{one.tool}: {one.records} records, {one.calls} calls each, {one.memory_mb} MB\n")


def main() -> int:
    """Measure, print, and say whether a tool cost too much."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.tool_costs", description=__doc__)
    parser.add_argument("--records", type=int, default=10**5)
    parser.add_argument("--write", action="store_true", help=f"write the figures to {RESULTS.name}")
    parser.add_argument(
        "--tools", nargs="+", choices=TOOLS, default=list(TOOLS), help="only these; export before import"
    )
    parser.add_argument("--run", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        sys.stdout.write(json.dumps(run(options.run, options.folder, options.records)._asdict()))
        return 0
    few, many = (measured(records, options.tools) for records in (options.records // 10, options.records))
    if options.write:
        RESULTS.write_text(json.dumps([one._asdict() for one in (*few, *many)], indent=1) + "\n", encoding="utf-8")
    grown = [b.tool for a, b in zip(few, many, strict=True) if b.memory_mb > a.memory_mb + GROWTH_MB]
    return int(bool(grown) or any(one.calls > one.most_calls for one in (*few, *many)))


if __name__ == "__main__":
    sys.exit(main())
