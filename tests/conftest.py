"""Fixtures that many tests share: a clock that does not wait, the pipeline on a store, local clouds, sample events.

A `PipelineHarness` is the pipeline on a store. The suites in `contract/` and `e2e/` use one on every store; most other
tests use one in memory.
"""

from __future__ import annotations

import gc
import json
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import HealthCheck, settings
from tests.simulation.memory_store import MemoryStore

from opsctl import sample
from opsledger import catalog, pipeline
from opsledger.deadline import Deadline
from opsledger.ledger import state
from opsledger.ledger.quarantine import read_quarantined
from opsledger.ledger.rows import read_record
from opsledger.store.remote import RemoteStore
from opsledger.store.tables import LEDGER, QUARANTINE, RECORDS
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.signature import Credentials
from yunmock import Cloud, Fault, local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record
    from opsledger.pipeline import Report
    from opsledger.store import Row, Store
    from opsledger.store.tablestore import TablestoreStore
ROOT = Path(__file__).parents[1]
NOW_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
STORES = ("memory", "sdk", "wire-sqlite")
"""A store in memory, and one on either client of Tablestore; between them, both stores of the local cloud."""
CLIENTS = ("wire", "sdk")
ENDPOINT, INSTANCE = "https://local.cn-hangzhou.ots.aliyuncs.com", "local"

settings.register_profile(
    "opsledger",
    deadline=None,  # a busy machine is not a failure
    derandomize=True,  # the same examples in every run
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("opsledger")


@dataclass
class FakeClock:
    """A clock that only `sleep` advances, without waiting."""

    now: int = NOW_MS
    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    spread: float = 0.5

    def now_ms(self) -> int:
        """The wall clock, in ms."""
        return self.now + round(self.seconds * 1000)

    def monotonic(self) -> float:
        """The seconds waited so far."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Advance the clock, and remember by how much."""
        self.slept.append(seconds)
        self.seconds += seconds

    def jitter(self) -> float:
        """Always the same number."""
        return self.spread


class PipelineHarness:
    """The pipeline on a store, with a clock that does not wait."""

    _requests = count(1)

    def __init__(self, store: Store | None = None, clock: FakeClock | None = None) -> None:
        self.store: Store = store or MemoryStore()
        self.clock = clock or FakeClock()

    def process(self, payload: Any, *, seconds: float = 30.0, request_id: str = "") -> Report:
        """Deliver `payload` in one invocation: bytes and text unchanged, anything else as JSON."""
        body = payload if isinstance(payload, bytes | str) else json.dumps(payload).encode()
        request_id = request_id or f"request-{next(self._requests)}"
        return pipeline.process(body, self.store, Deadline(self.clock, seconds), request_id)

    def counts(self, payload: Any, **options: Any) -> dict[str, int]:
        """The counts that the function returns, without those that are zero."""
        counted = self.process(payload, **options).counts()
        assert counted["received"] == sum(n for name, n in counted.items() if name != "received")
        return {name: n for name, n in counted.items() if n and name != "received"}

    def records(self) -> dict[str, dict[str, Any]]:
        """Every record as the command line shows it, by its key."""
        return {record.key: state.to_json(record) for record in self.stored()}

    def stored(self) -> list[Record]:
        """Every record."""
        return [read_record(row) for row in self.store.walk(RECORDS, [])]

    def record(self) -> dict[str, Any]:
        """The only record."""
        (only,) = self.records().values()
        return only

    def ledger(self) -> list[Row]:
        """All rows of the ledger."""
        return list(self.store.walk(LEDGER, []))

    def quarantine(self) -> list[Quarantined]:
        """Everything in quarantine, with complete payloads."""
        rows = list(self.store.walk(QUARANTINE, []))
        parts: dict[Any, dict[int, bytes]] = {}
        for row in rows:
            payload, part = row.key.values
            if part:
                parts.setdefault(payload, {})[int(part)] = bytes(row.columns["bytes"])  # type: ignore[arg-type]
        heads = [row for row in rows if row.key.values[1] == 0]
        return [read_quarantined(row, parts.get(row.key.values[0])) for row in heads]

    def dump(self) -> dict[str, Any]:
        """All rows, without what depends on how and when the notifications arrived."""
        ignored = (
            "revision",
            "writer",
            "received",
            "request_id",
            "form",
            "content",
            "envelope_id",
            "sent_at",
            "notify_at",
        )
        return {
            f"{table.name} {row.key.values}": {n: _timeless(n, v) for n, v in row.columns.items() if n not in ignored}
            for table in (LEDGER, RECORDS, QUARANTINE)
            for row in self.store.walk(table, [])
        }


def _timeless(column: str, value: Any) -> Any:
    """A column's value, a record's state without when its transitions were received."""
    return re.sub(r'"received_at":\d+,?', "", value) if column == "state" else value


class MakeHarness(Protocol):
    """Makes harnesses."""

    def __call__(self, store: Store | None = None, clock: FakeClock | None = None) -> PipelineHarness:
        """A harness; the default is a store in memory."""


class TablestoreHarness(PipelineHarness):
    """The pipeline on Tablestore on a local cloud, which counts calls and can inject faults.

    Attributes:
        tables: the same store through the vendor's SDK, which can also create and drop tables.
    """

    store: RemoteStore

    def __init__(self, cloud: Cloud, client: str = "sdk") -> None:
        self.tables = tablestore_on(cloud)
        super().__init__(self.tables if client == "sdk" else wire_on(cloud))
        self.cloud = cloud
        self.clear_calls()

    def fault(self, operation: str, **options: Any) -> Fault:
        """Make calls of `operation` fail."""
        return self.cloud.faults.add(Fault("tablestore", operation, **options))

    def calls(self) -> list[str]:
        """The operations called since `clear_calls`."""
        return [call.operation for call in self.cloud.calls_of("tablestore")]

    def clear_calls(self) -> None:
        """Forget the calls so far."""
        self.cloud.calls.clear()


class MakeEvent(Protocol):
    """Makes sample events."""

    def __call__(
        self,
        type_: str = ...,
        status: str | None = ...,
        /,
        form: Any = ...,
        *,
        seed: Any = ...,
        now_ms: Any = ...,
        **fields: Any,
    ) -> dict[str, Any]:
        """A sample event; `fields` replaces fields of its content, and None removes them."""


REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def make_event(
    type_: str = REBOOT,
    status: str | None = None,
    /,
    form: str = "cloudevent",
    *,
    seed: str = "a",
    now_ms: int = NOW_MS,
    **fields: Any,
) -> dict[str, Any]:
    """A sample event of the catalogue; `fields` replaces fields of its content, and None removes them."""
    spec, _ = catalog.find(type_)
    event = sample.event(spec, status or sample.statuses(spec)[0], form, seed=seed, now_ms=now_ms)
    if fields:  # works only for forms whose content is an object
        content = event if form == "raw" else event["data" if "data" in event else "content"]
        content.update(fields)
        for name in [name for name, value in fields.items() if value is None]:
            del content[name]
    return event


def tablestore_on(cloud: Cloud) -> TablestoreStore:
    """A store with our tables on a local cloud that is running, through the vendor's SDK."""
    from opsledger.store.tablestore import TablestoreStore, open_client  # noqa: PLC0415 - takes a third of a second

    keys = cloud.account.access_key_id, cloud.account.access_key_secret
    store = TablestoreStore(open_client(ENDPOINT, INSTANCE, *keys, None), "t_")
    store.create_tables()
    return store


def wire_on(cloud: Cloud) -> RemoteStore:
    """A store on the tables of `tablestore_on`, through OpsLedger's own client."""
    keys = Credentials(cloud.account.access_key_id, cloud.account.access_key_secret)
    return RemoteStore(WireClient(ENDPOINT, INSTANCE, keys, lambda: 30.0), "t_")


@pytest.fixture
def event() -> MakeEvent:
    """Makes sample events."""
    return make_event


@pytest.fixture
def clock() -> FakeClock:
    """A clock that does not wait."""
    return FakeClock()


@pytest.fixture
def make_harness() -> MakeHarness:
    """Makes harnesses."""
    return PipelineHarness


@pytest.fixture
def harness() -> PipelineHarness:
    """The pipeline on a store in memory."""
    return PipelineHarness()


@pytest.fixture
def tablestore_client() -> str:
    """The client of `tablestore_harness`; a module whose tests are for both parametrises it."""
    return "wire"


@pytest.fixture
def tablestore_harness(tablestore_client: str) -> Iterator[TablestoreHarness]:
    """The pipeline on Tablestore on a local cloud in this process."""
    with mock_aliyun() as cloud:
        yield TablestoreHarness(cloud, tablestore_client)


@pytest.fixture(params=STORES)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn."""
    with ExitStack() as stack:
        yield open_store(stack, request.param, tmp_path)


@pytest.fixture
def any_harness(any_store: Store) -> PipelineHarness:
    """The pipeline on each store in turn."""
    return PipelineHarness(any_store)


def open_store(stack: ExitStack, name: str, folder: Path) -> Store:
    """Open the store `name`, one of `STORES`, until the stack closes."""
    if name == "memory":
        return MemoryStore()
    cloud = local_cloud(data=folder / "cloud.sqlite" if name.endswith("sqlite") else None)
    stack.callback(cloud.close)
    stack.enter_context(mock_aliyun(cloud))
    store = tablestore_on(cloud)
    return store if name == "sdk" else wire_on(cloud)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def vendor_samples() -> Sequence[dict[str, Any]]:
    """The vendor's nine samples, in the order of their page."""
    files = sorted((ROOT / "events" / "ecs" / "vendor").glob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what lives until the end: the modules and the tests themselves.

    It runs less often than by default, too: a test makes much and keeps little, and a tenth of the time went there.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
