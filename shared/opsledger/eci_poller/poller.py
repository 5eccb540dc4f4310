"""Read what is new in ECI, one page of container groups at a time, and stop in time.

A round (see `polling.rounds`) lists all container groups of one region, a page at a time. Then it asks for the groups
that were open and are on no page, by their ids; those that are not found have vanished. What happened during the round
is read again by the next one, and the pipeline counts it as a duplicate.

What a round costs follows the container groups of its region alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsledger.eci_poller import journal, observation
from opsledger.eci_poller.api import PAGE_GROUPS
from opsledger.eci_poller.recorder import Recorder
from opsledger.errors import UnavailableError, WorldFailedError
from opsledger.polling.cursor import Cursors
from opsledger.polling.region import PolledRegion
from opsledger.polling.rounds import Rounds
from opsledger.rpc import TokenRefusedError, objects

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Protocol

    from opsledger.deadline import Deadline
    from opsledger.eci_poller.observation import Group
    from opsledger.pipeline import Report
    from opsledger.polling.cursor import Cursor
    from opsledger.polling.rounds import Progress
    from opsledger.rpc import Page
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject, JsonValue

    class Api(Protocol):
        """The calls that the poller makes in one region; `api.EciApi` is the real one."""

        region: str

        def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
            """One page of container groups."""

        def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Page:
            """One page of events."""


OVERLAP_MS = 60_000
"""How far before the high-water mark a round reads: clocks differ, and events become visible late."""
MOST_PAGES = 20
"""An answer about twenty ids has one page, or a few."""
OPEN_KEYS = 500
"""So many open groups are compared with those seen between two looks at the time."""


class SeenGroups:
    """The groups that one process has seen in the present round of one region.

    It outlives the invocation, so where the next one runs in the same process, it need not ask for them by id.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._round: int | None = None

    def begin(self, round_began: int | None) -> None:
        """Forget the groups of another round."""
        if round_began != self._round:
            self._round, self.names = round_began, set()


@dataclass(frozen=True, slots=True)
class Polled:
    """The result of one invocation in one region.

    Attributes:
        pages: pages read, of listed groups and of groups asked for by id.
        groups: container groups read.
        missing: open groups that were on no page of this invocation, and were asked for by id.
        progress: how far the round is.
    """

    region: str
    progress: Progress
    pages: int
    groups: int
    counts: Mapping[str, int]
    missing: int = 0

    def to_json(self) -> dict[str, JsonValue]:
        """As the answer and the log give it."""
        return {
            "region": self.region,
            "pages": self.pages,
            "groups": self.groups,
            "missing": self.missing,
            "invocation": self.progress.invocation,
            "finished": self.progress.finished,
            **self.counts,
        }


class Poller(Rounds):
    """One region's poller.

    Args:
        account: the owner of the container groups; becomes the records' account.
        request_id: the invocation's id, as for `pipeline.process`.
        on_report: called with the report of every page, for the log.
        seen: what this process has seen of the region in earlier invocations.
    """

    def __init__(
        self,
        api: Api,
        store: Store,
        deadline: Deadline,
        *,
        account: str | None,
        request_id: str,
        on_report: Callable[[Report], None] = lambda _report: None,
        seen: SeenGroups | None = None,
    ) -> None:
        super().__init__(Cursors(store, api.region, deadline, request_id), deadline)
        self._api, self._store = api, store
        self._recorder = Recorder(PolledRegion(api.region, account), store, deadline, request_id, on_report)
        self._seen = seen or SeenGroups()
        self._pages = self._groups = self._missing = 0
        self._open: Iterator[str] | None = None

    def poll(self) -> Polled:
        """Resume the round, or begin one, and read until it is finished or time runs short.

        Raises:
            RoundGivenUpError: this round cannot be finished; the cursor has the reason.
            WorldFailedError: ECI or the store failed for longer than there was patience; what was read is stored.
        """
        progress = self._run()
        counts = dict(self._recorder.counts)
        return Polled(self._api.region, progress, self._pages, self._groups, counts, self._missing)

    def _begin(self, before: Cursor) -> None:
        # Version 0.1 had no journal: a round that it left unfinished may have recorded a state in one table alone.
        self._recorder.repeats = before.turn == 0 and before.round_began is not None
        self._seen.begin(self._cursor.round_began)

    def _step(self) -> bool:
        if self._cursor.missing_after is None:
            self._list_page()
            return False
        return self._find_missing()

    # ------------------------------------------------------------------------------------------------- reading
    def _list_page(self) -> None:
        """Read and record the next page of groups, then store the cursor; begin again where the token is refused."""
        asked_ms, token = self._now(), self._cursor.next_token
        try:
            page = self._ask(lambda: self._api.container_groups(next_token=token))
        except TokenRefusedError as error:
            self._restart(error)
            return
        self._take(map(observation.group_of, page.items), asked_ms)
        if page.next_token is None:  # stored with the first missing groups, or at the end of the round
            self._cursor = self._cursor.advanced(next_token=None, missing_after="")
        else:
            self._save(self._cursor.advanced(next_token=page.next_token, missing_after=None))

    def _find_missing(self) -> bool:
        """Ask for the next open groups that were on no page; return whether there are no more."""
        asked_ms = self._now()
        keys = self._deadline.retry(self._next_open)
        missing = [name for name in map(journal.group_name, keys) if name not in self._seen.names]
        if not keys:
            return True
        if missing:
            self._missing += len(missing)
            self._take(self._by_id(missing), asked_ms)
        advanced = self._cursor.advanced(next_token=None, missing_after=keys[-1])
        self._cursor = self._save(advanced) if missing else advanced
        return False

    def _next_open(self) -> list[str]:
        """The next keys of open groups: up to `OPEN_KEYS`, or up to as many missing groups as one call can ask for."""
        if self._open is None:
            self._open = journal.open_groups(self._store, self._api.region, self._cursor.missing_after or "")
        keys, missing = [], 0
        try:
            for key in self._open:
                keys.append(key)
                missing += journal.group_name(key) not in self._seen.names
                if missing == PAGE_GROUPS or len(keys) == OPEN_KEYS:
                    break
        except WorldFailedError:
            self._open = None  # it ended with the error
            raise
        return keys

    def _by_id(self, names: Sequence[str]) -> list[Group]:
        """The groups of these names; those that ECI does not have any more as vanished.

        A name that is no id cannot be asked for, and is here because something of it was not recorded yet.
        """
        ids = [name for name in names if observation.is_id(name)]
        pages = self._all(lambda token: self._api.container_groups(ids=ids, next_token=token)) if ids else ()
        found = {group.name: group for group in map(observation.group_of, pages)}
        return [found.get(name) or observation.missing(name) for name in names]

    def _all(self, call: Callable[[str | None], Page]) -> Iterator[JsonObject]:
        """Every item of an answer about a few ids. A page may have fewer items than it could have."""
        token: str | None = None
        for _ in range(MOST_PAGES):
            page = self._ask(lambda: call(token))  # noqa: B023 - called at once
            yield from page.items
            token = page.next_token
            if token is None:
                return
        raise UnavailableError("the pages of an answer about a few container groups do not end")

    # ------------------------------------------------------------------------------------------------- recording
    def _take(self, found: Iterable[Group], asked_ms: int) -> None:
        """Record what is new of these groups."""
        groups = {group.name: group for group in found}
        journaled = self._recorder.journaled(groups)
        groups = self._with_events(groups, journaled)
        self._recorder.record(groups, journaled, self._cursor.turn, asked_ms)
        self._seen.names.update(groups)
        self._groups += len(groups)
        self._pages += 1

    # ------------------------------------------------------------------------------------------------- events
    def _with_events(self, groups: Mapping[str, Group], journaled: Collection[str]) -> dict[str, Group]:
        """The groups with their events since the high-water mark; with all of them where a group is new.

        A page begins where the last one ended, so a group that is deleted in between may move another one from a page
        to come to one that was read. If earlier rounds skipped a group in this way, its events are older than the mark.
        """
        since_s: dict[int | None, list[str]] = {}
        mark = self._since_s()
        for group in groups.values():
            if group.valid and group.status != observation.VANISHED:
                since_s.setdefault(mark if group.name in journaled else None, []).append(group.name)
        events: dict[str, list[JsonObject]] = {}
        for since, ids in since_s.items():
            for name, found in self._events(ids, since):
                events.setdefault(name, []).extend(found)
        return {name: group._replace(events=events.get(name, ())) for name, group in groups.items()}

    def _events(self, ids: Sequence[str], since_s: int | None) -> Iterator[tuple[str, list[JsonObject]]]:
        """Groups' names and events; a group may come more than once."""
        for group in self._all(lambda token: self._api.events(ids, since_s=since_s, next_token=token)):
            yield str(group.get("containerGroupId")), objects(group.get("events"))

    def _since_s(self) -> int | None:
        if self._cursor.high_water is None:
            return None
        return max(1, -(-(self._now() - self._cursor.high_water + OVERLAP_MS) // 1000))
