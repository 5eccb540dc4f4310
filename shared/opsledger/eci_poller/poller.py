"""Read what is new in ECI, one page of container groups at a time, and stop in time.

A round reads all pages of one region. After every page, once its events are in the ledger, the cursor is stored. So a
round that fails or runs out of time is resumed where it stopped, and skips nothing. Only a finished round moves the
high-water mark, to the moment the round began. What happened during the round is read again by the next one, and the
pipeline counts it as a duplicate.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from opsledger import pipeline, strict_json, timestamps
from opsledger.catalog.eci import lifecycles
from opsledger.catalog.eci.event_types import EVENT_PREFIX
from opsledger.catalog.eci.kinds import GROUP_STATE
from opsledger.eci_poller.api import PAGE_GROUPS, TokenRefusedError, objects
from opsledger.eci_poller.cursor import Cursor, Cursors
from opsledger.ledger import state
from opsledger.ledger.rows import read_record, record_key
from opsledger.store import READ_ROWS
from opsledger.store.tables import BY_KIND, BY_STATUS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from opsledger.catalog.transition import Transition
    from opsledger.deadline import Deadline
    from opsledger.eci_poller.api import Page
    from opsledger.ledger.record import Record
    from opsledger.pipeline import Report
    from opsledger.store import Key, Store
    from opsledger.strict_json import JsonObject, JsonValue

    class Api(Protocol):
        """The calls that the poller makes in one region; `api.EciApi` is the real one."""

        region: str

        def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
            """One page of container groups."""

        def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Page:
            """One page of events."""


RESERVE_S = 5.0
"""No page is begun with less time than this."""
OVERLAP_MS = 60_000
"""How far before the high-water mark a round reads: clocks differ, and events become visible late."""
STATE_TYPE = "eci:ContainerGroup:StateChange"


@dataclass(frozen=True, slots=True)
class Polled:
    """The result of one invocation in one region."""

    region: str
    pages: int
    groups: int
    finished: bool
    counts: Mapping[str, int]

    def to_json(self) -> dict[str, JsonValue]:
        """As the answer and the log give it."""
        return {
            "region": self.region,
            "pages": self.pages,
            "groups": self.groups,
            "finished": self.finished,
            **self.counts,
        }


class Poller:
    """One region's poller.

    Args:
        account: the owner of the container groups; becomes the records' account.
        request_id: the invocation's id, as for `pipeline.process`.
        on_report: called with the report of every page, for the log.
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
    ) -> None:
        self._api, self._store, self._deadline = api, store, deadline
        self._account, self._request_id, self._on_report = account, request_id, on_report
        self._cursors = Cursors(store, api.region, deadline, request_id)
        self._counts = Counter(pipeline.Report(()).counts())
        self._seen: set[str] = set()
        self._resumed = False

    def poll(self) -> Polled:
        """Resume the round, or begin one, and read until it is finished or time runs short.

        Raises:
            WorldFailedError: ECI or the store failed for longer than there was time; what was read is stored.
        """
        cursor = self._cursors.load()
        self._resumed = cursor.round_began is not None
        if not self._resumed:  # stored first, so that an invocation that resumes the round gives states the same time
            cursor = self._cursors.save(cursor._replace(round_began=self._now()))
        pages, finished = 0, False
        while not finished and self._deadline.remaining() > RESERVE_S:
            try:
                cursor, finished = self._page(cursor)
            except TokenRefusedError:
                cursor = cursor._replace(next_token=None)
                continue
            pages += 1
        return Polled(self._api.region, pages, len(self._seen), finished, dict(self._counts))

    def _page(self, cursor: Cursor) -> tuple[Cursor, bool]:
        """Read one page, store its events, then the cursor."""
        page = self._deadline.retry(lambda: self._api.container_groups(next_token=cursor.next_token))
        groups = {str(group["containerGroupId"]): group for group in page.items if group.get("containerGroupId")}
        self._seen.update(groups)
        found = [*self._events(list(groups), cursor), *self._states(groups, cursor)]
        if page.next_token is None:
            found += self._vanished(cursor)
        self._record(found)
        self._resumed = False
        if page.next_token is None:
            return self._cursors.save(Cursor(high_water=cursor.round_began)), True
        return self._cursors.save(cursor._replace(next_token=page.next_token)), False

    # ------------------------------------------------------------------------------------------------- events
    def _events(self, ids: Sequence[str], cursor: Cursor) -> Iterator[JsonObject]:
        token: str | None = None
        while ids:
            page = self._deadline.retry(lambda: self._api.events(ids, since_s=self._since(cursor), next_token=token))  # noqa: B023 - called at once
            for group in page.items:
                for event in objects(group.get("events")):
                    yield self._wrapped(event, str(group.get("containerGroupId") or ""))
            token = page.next_token
            if token is None:
                return

    def _since(self, cursor: Cursor) -> int | None:
        if cursor.high_water is None:
            return None
        return max(1, -(-(self._now() - cursor.high_water + OVERLAP_MS) // 1000))

    def _wrapped(self, event: JsonObject, group: str) -> JsonObject:
        """The event as EventBridge republishes it, so that polled and pushed events are read alike."""
        return self._cloudevent(f"{EVENT_PREFIX}{event.get('reason')}", {**event, "containerGroupId": group})

    # ------------------------------------------------------------------------------------------------- states
    def _states(self, groups: Mapping[str, JsonObject], cursor: Cursor) -> Iterator[JsonObject]:
        """The groups whose status is not the one last polled.

        An invocation that died on this page may have written a record but not its ledger row. So when a round is
        resumed, the states already known for this page are emitted again, as they were.
        """
        keys = {record_key(f"{GROUP_STATE.record_prefix}:{group}"): group for group in groups}
        rows = self._deadline.retry(lambda: self._store.read(list(keys)))
        for key, name in keys.items():
            group = groups[name]
            known = _last_polled(read_record(rows[key])) if key in rows else None
            if known is None or group.get("status") != known.status:
                yield self._state(name, str(group.get("status")), group, cursor.round_began)
            elif self._resumed:
                yield self._state(name, known.status, group, known.at)

    def _vanished(self, cursor: Cursor) -> list[JsonObject]:
        """The groups that were alive and are neither listed any more nor found by their id."""
        missing = [group for group in self._tracked() if group not in self._seen]
        gone = self._vanished_before(cursor) if self._resumed else []
        for start in range(0, len(missing), PAGE_GROUPS):
            ids = missing[start : start + PAGE_GROUPS]
            page = self._deadline.retry(lambda: self._api.container_groups(ids=ids))  # noqa: B023 - called at once
            listed = {str(group.get("containerGroupId")) for group in page.items}
            gone += [self._state(group, "Vanished", {}, cursor.round_began) for group in ids if group not in listed]
        return gone

    def _vanished_before(self, cursor: Cursor) -> list[JsonObject]:
        """The groups that an earlier invocation of this round found gone, emitted again; see `_states`."""
        gone = []
        for key in self._deadline.retry(lambda: self._seen_since(cursor.round_began or 0)):
            rows = self._deadline.retry(lambda: self._store.read([key]))  # noqa: B023 - called at once
            record = read_record(rows[key])
            known = _last_polled(record)
            if known and (known.status, known.at, record.region) == ("Vanished", cursor.round_began, self._api.region):
                gone.append(self._state(record.resource_id, "Vanished", {}, known.at))
        return gone

    def _seen_since(self, moment: int) -> list[Key]:
        """The states that changed at `moment` or later."""
        newest = self._store.walk(BY_KIND, [GROUP_STATE.name], reverse=True)
        return [row.key for row in takewhile(lambda row: int(row.columns["last_seen"]) >= moment, newest)]

    def _in_status(self, status: str) -> list[Key]:
        return self._deadline.retry(lambda: [row.key for row in self._store.walk(BY_STATUS, [status])])

    def _tracked(self) -> Iterator[str]:
        """The groups of this region that were alive when last seen."""
        alive = [status for status in lifecycles.GROUP_STATES if not lifecycles.GROUP_STATE.terminal(status)]
        # A group whose status changes meanwhile may be found under both.
        keys = list(dict.fromkeys(key for status in alive for key in self._in_status(status)))
        for start in range(0, len(keys), READ_ROWS):
            rows = self._deadline.retry(lambda: self._store.read(keys[start : start + READ_ROWS]))  # noqa: B023 - called at once
            for row in rows.values():
                if row.columns["kind"] == GROUP_STATE.name and row.columns.get("region") == self._api.region:
                    yield str(row.columns["resource_id"])

    def _state(self, group: str, status: str, described: JsonObject, observed: int | None) -> JsonObject:
        names = ("containerGroupName", "creationTime", "succeededTime", "failedTime", "expiredTime")
        dated = {name: described[name] for name in names if described.get(name)}
        data = {
            "containerGroupId": group,
            "status": status,
            "observedTime": timestamps.show(observed or self._now()),
            **dated,
        }
        return self._cloudevent(STATE_TYPE, data)

    # ---------------------------------------------------------------------------------------------- recording
    def _cloudevent(self, type_: str, data: JsonObject) -> JsonObject:
        owner = {"aliyunaccountid": self._account} if self._account else {}
        return {
            "specversion": "1.0",
            "source": "acs.eci",
            "type": type_,
            "aliyunregionid": self._api.region,
            **owner,
            "data": data,
        }

    def _record(self, found: Sequence[JsonObject]) -> None:
        if found:
            report = pipeline.process(strict_json.write(found), self._store, self._deadline, self._request_id)
            self._counts.update(report.counts())
            self._on_report(report)

    def _now(self) -> int:
        return self._deadline.clock.now_ms()


def _last_polled(record: Record) -> Transition | None:
    """The newest polled transition; StopCharge comes as an event and does not count."""
    polled = [t for t in state.in_order(record) if t.type == STATE_TYPE]
    return polled[-1] if polled else None
