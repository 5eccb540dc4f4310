"""A region of ECI in memory, whose calls take time and are counted; and a store that counts rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Protocol

from tests.simulation.memory_store import MemoryStore

from opsledger.deadline import Deadline
from opsledger.eci_poller import journal
from opsledger.eci_poller.poller import Poller
from opsledger.polling.cursor import Cursor, Cursors
from opsledger.rpc import Page, TokenRefusedError
from opsledger.store import Key, Row, Written
from opsledger.store.tables import ECI_GROUPS, ECI_GROUPS_OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tests.conftest import FakeClock

    from opsledger.deadline import Clock
    from opsledger.eci_poller.poller import Polled, SeenGroups
    from opsledger.store import Put, Store
    from opsledger.store.tables import Index, Table

    class Time(Clock, Protocol):
        """A clock that can be advanced."""

        seconds: float


REGION = "cn-hangzhou"
BEGAN_MS = 1_767_225_600_000
ECI_CALL_S = 0.1
STORE_CALL_S = 0.005
PAGE = 20
TIMEOUT_S = 299.0
"""The poller's timeout in s.yaml, without the margin."""


class CountedTime:
    """A clock that only calls and waits advance.

    Attributes:
        seconds: how long they took.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        """The wall clock, in ms."""
        return BEGAN_MS + round(self.seconds * 1000)

    def monotonic(self) -> float:
        """The seconds so far."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.seconds += seconds

    def jitter(self) -> float:
        """Always the same."""
        return 0.5


class FakeEci:
    """A region of ECI.

    Attributes:
        groups: each group's description by its id.
        events_of: the events of a group.
        calls: how often each call was made: `list`, `by id`, `events`.
        before: called before each call, with its name; it may raise, or change the region.
        windows: the groups and the seconds of each call for events.
        refused: page tokens that are refused; all of them, if it has `*`.
    """

    def __init__(self, clock: Time, region: str = REGION) -> None:
        self.clock, self.region = clock, region
        self.groups: dict[str, dict[str, Any]] = {}
        self.events_of: dict[str, list[dict[str, Any]]] = {}
        self.calls: Counter[str] = Counter()
        self.before: Callable[[str], None] = lambda _call: None
        self.refused: set[str] = set()
        self.windows: list[tuple[tuple[str, ...], int | None]] = []
        self.page_of_ids = PAGE
        self.call_s = ECI_CALL_S
        self._listed: list[str] = []

    def add(self, *names: str, status: str = "Running", **fields: Any) -> None:
        """Add groups, or change their status."""
        for name in names:
            self.groups[name] = {"containerGroupId": name, "status": status, **fields}

    def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """A page of all groups, or of those that exist among `ids`."""
        self._call("by id" if ids else "list")
        start = int(next_token or 0)
        if next_token is not None and self.refused & {next_token, "*"}:
            raise TokenRefusedError("refused")
        if start == 0 or ids:
            self._listed = [name for name in ids if name in self.groups] if ids else list(self.groups)
        size = self.page_of_ids if ids else PAGE
        shown = self._listed[start : start + size]
        more = start + size < len(self._listed)
        return Page([self.groups[name] for name in shown if name in self.groups], f"{start + size}" if more else None)

    def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Page:
        """The events of these groups, old ones too."""
        del next_token
        self.windows.append((tuple(ids), since_s))
        assert len(ids) <= PAGE
        self._call("events")
        return Page([{"containerGroupId": name, "events": self.events_of.get(name, [])} for name in ids], None)

    def _call(self, name: str) -> None:
        self.calls[name] += 1
        self.clock.seconds += self.call_s
        self.before(name)


class CountingStore(MemoryStore):
    """A store in memory whose calls take time, and that counts calls and rows; its index of open groups is quick."""

    def __init__(self, clock: Time) -> None:
        super().__init__()
        self.clock = clock
        self.call_s = STORE_CALL_S
        self.calls: Counter[str] = Counter()
        self.rows_of: Counter[str] = Counter()
        self.walked: set[str] = set()
        self._open: defaultdict[str, set[Key]] = defaultdict(set)

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """As the store in memory."""
        self._count("read", len(keys))
        return super().read(keys)

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """As the store in memory."""
        self._count("write", len(puts))
        return super().write(puts)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """As the store in memory, a page of 500 rows a call."""
        self.walked.add(index.name)
        if index is not ECI_GROUPS_OPEN:
            return super().walk(index, prefix, **options)
        return self._walk_open(str(prefix[0]))

    def fill(self, region: str, names: Iterable[str], status: str = "Running") -> None:
        """Put groups into the journal, all in `status` and recorded."""
        for name in names:
            key = journal.group_key(region, name)
            seen = journal.Seen(status, 1)
            state = {"revision": 1, "writer": "fill", "state": journal._text(seen)}
            bucket = str(key.values[0])[0]
            self._keep(key, {**state, "region": region, "schema": 1, "open_in": journal._open_in(region, bucket)})

    def _walk_open(self, open_in: str) -> Iterator[Row]:
        keys = sorted(self._open[open_in], key=lambda key: key.values)
        for start in range(0, max(1, len(keys)), 500):
            page = keys[start : start + 500]
            self._count("range", len(page))
            yield from (Row(key, {"open_in": open_in}) for key in page)

    def _write(self, put: Put) -> Written:
        written = super()._write(put)
        if written is Written.LANDED:
            self._keep(put.key, put.columns)
        return written

    def _keep(self, key: Key, columns: Mapping[str, Any]) -> None:
        if key.table is ECI_GROUPS:
            for keys in self._open.values():
                keys.discard(key)
            if "open_in" in columns:
                self._open[str(columns["open_in"])].add(key)
        self.rows[key] = columns

    def _count(self, call: str, rows: int) -> None:
        self.calls[call] += 1
        self.rows_of[call] += rows
        self.clock.seconds += self.call_s


def poll(
    api: FakeEci, store: Store, *, seconds: float = TIMEOUT_S, request_id: str = "", seen: SeenGroups | None = None
) -> Polled:
    """Run one invocation."""
    request_id = request_id or f"poll at {api.clock.seconds}"
    poller = Poller(api, store, Deadline(api.clock, seconds), account=None, request_id=request_id, seen=seen)
    return poller.poll()


def ids(count: int) -> list[str]:
    """So many ids."""
    return [f"eci-{number:06}" for number in range(count)]


def filled(clock: FakeClock, count: int) -> tuple[FakeEci, CountingStore]:
    """A region with so many running groups, all in the journal."""
    api, store = FakeEci(clock), CountingStore(clock)
    api.add(*ids(count))
    store.fill(REGION, ids(count))
    return api, store


def cursor(store: Store, clock: FakeClock) -> Cursor:
    """The region's cursor."""
    return Cursors(store, REGION, Deadline(clock, 30.0), "look").load()
