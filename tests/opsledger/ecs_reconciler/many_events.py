"""An ECS with many events, whose calls take time and may fail, and a store in memory that walks its indexes quickly."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sortedcontainers import SortedDict
from tests.simulation.memory_store import MemoryStore

from opsledger import timestamps
from opsledger.deadline import Deadline
from opsledger.ecs_reconciler.api import DISK_EVENTS, PAGE_ROWS
from opsledger.ecs_reconciler.reconciler import Reconciler
from opsledger.rpc import Page, TokenRefusedError
from opsledger.store import READ_ROWS, WRITE_ROWS, Row
from opsledger.store.tables import BY_KIND, LEDGER, VERDICTS_PENDING, Index, Table

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

    from tests.conftest import FakeClock

    from opsledger.ecs_reconciler.reconciler import Reconciled
    from opsledger.errors import WorldFailedError
    from opsledger.store import Key, Put, Written

REGION = "cn-hangzhou"
API_CALL_S, STORE_CALL_S = 0.2, 0.01
TIMEOUT_S, TICK_S = 299.0, 300.0
DAY_MS = 86_400_000
PATIENCE_MS = 30 * 60_000


class ManyEvents:
    """Instances with one event each, and some disks and spot instances.

    Attributes:
        faults: asked before each call for an error to raise; None for none.
        calls: how many there were, by name.
    """

    region = REGION

    def __init__(self, clock: FakeClock, count: int) -> None:
        self.clock, self.count = clock, count
        self.faults: Any = lambda _call: None
        self.calls: Counter[str] = Counter()
        self.finished: set[int] = set()
        self._began_ms = clock.now_ms()

    def row(self, number: int) -> dict[str, Any]:
        """The event of one instance."""
        over = number in self.finished
        published = self._began_ms - (number % 29) * DAY_MS
        finish = {"EventFinishTime": timestamps.show(self._began_ms // 1000 * 1000)} if over else {}
        return {
            "InstanceId": f"i-{number:06}",
            "EventId": f"e-{number:06}",
            "EventType": {"Code": 1, "Name": "SystemMaintenance.Reboot"},
            "EventCycleStatus": {"Code": 0, "Name": "Executed" if over else "Scheduled"},
            "EventPublishTime": timestamps.show(published // 1000 * 1000),
            "NotBefore": timestamps.show((published + 40 * DAY_MS) // 1000 * 1000),
            **finish,
        }

    def history(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """A page of all events, or those with these ids."""
        self._call("by id" if ids else "history", next_token)
        if ids:
            return Page([self.row(int(name[2:])) for name in ids if int(name[2:]) < self.count], None)
        start = int(next_token or 0)
        end = min(start + PAGE_ROWS, self.count)
        return Page([self.row(number) for number in range(start, end)], str(end) if end < self.count else None)

    def recycling(self, *, next_token: str | None = None) -> Page:
        """No instance."""
        self._call("recycling", next_token)
        return Page([], None)

    def disk_events(self, event_type: str, *, next_token: str | None = None, since_ms: int | None = None) -> Page:
        """A hundred and fifty disks with an event of each type that goes on."""
        self._call("disks", None)
        if since_ms is not None:
            return Page([], None)
        start, place = int(next_token or 0), DISK_EVENTS.index(event_type)
        rows: list[dict[str, Any]] = [
            {
                "DiskId": f"d-{place}-{number}",
                "EventId": f"e-d-{place}-{number}",
                "EventType": {"Name": event_type},
                "EventTime": timestamps.show(self._began_ms // 1000 * 1000),
            }
            for number in range(start, min(start + PAGE_ROWS, 150))
        ]
        return Page(rows, str(start + PAGE_ROWS) if start + PAGE_ROWS < 150 else None)

    def _call(self, name: str, token: str | None) -> None:
        self.calls[name] += 1
        self.clock.seconds += API_CALL_S
        error: WorldFailedError | None = self.faults(name)
        if isinstance(error, TokenRefusedError) and token is None:
            return
        if error is not None:
            raise error


_ORDERED: tuple[Index | Table, ...] = (BY_KIND, VERDICTS_PENDING, LEDGER)


class QuickStore(MemoryStore):
    """A store in memory whose calls take time, and that checks how much each one asks for.

    The indexes that a reconciler walks again and again, and the ledger, are kept in order.
    """

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.calls = 0
        self._ordered: dict[str, Any] = {each.name: SortedDict() for each in _ORDERED}
        self._paths: dict[tuple[str, Key], Any] = {}

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """As the store in memory."""
        assert len(keys) <= READ_ROWS
        self._count()
        return super().read(keys)

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """As the store in memory."""
        assert len(puts) <= WRITE_ROWS
        self._count()
        written = super().write(puts)
        for put in puts:
            for index in _ORDERED:
                if put.key.table.name == (index.name if isinstance(index, Table) else index.table):
                    self._place(index, put.key)
        return written

    def _place(self, index: Index | Table, key: Key) -> None:
        ordered, columns = self._ordered[index.name], self.rows[key]
        before = self._paths.pop((index.name, key), None)
        if before is not None:
            del ordered[before]
        names = [] if isinstance(index, Table) else [name for name, _ in index.columns]
        if all(name in columns for name in names):
            path = (*(columns[name] for name in names), *key.values)
            ordered[path] = Row(key, {name: columns[name] for name in names} if names else columns)
            self._paths[index.name, key] = path

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """As the store in memory; a walk is one call."""
        self._count()
        if index.name not in self._ordered or options.get("reverse"):
            return super().walk(index, prefix, **options)
        start = (*prefix, *options.get("start", ()))
        return self._walk(self._ordered[index.name], tuple(prefix), start, tuple(options.get("end", ())))

    def _walk(self, ordered: Any, prefix: Any, start: Any, end: Any) -> Iterator[Row]:
        for path in ordered.irange(minimum=start):
            rest = path[len(prefix) :]
            if path[: len(prefix)] != prefix or (end and rest[: len(end)] >= end):
                return
            yield ordered[path]

    def _count(self) -> None:
        self.calls += 1
        self.clock.seconds += STORE_CALL_S


def invoke(api: ManyEvents, store: QuickStore, number: int) -> Reconciled:
    """One invocation of a timer, in a process of its own."""
    reconciler = Reconciler(
        api,
        store,
        Deadline(api.clock, TIMEOUT_S),
        account="1000000000000001",
        request_id=f"request-{number}",
        patience_ms=PATIENCE_MS,
    )
    return reconciler.reconcile()


def random_faults(choice: random.Random, share: float, errors: Sequence[WorldFailedError]) -> Any:
    """Faults of a share of the calls."""
    return lambda _call: choice.choice(errors) if choice.random() < share else None
