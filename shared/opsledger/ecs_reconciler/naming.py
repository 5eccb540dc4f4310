"""Keep what the API says of instances beside the records: their names, owners and tags.

Those that are new in the records are asked for with every invocation, and all of a region once a day. It has a row of
its own for how far it is, beside the round's cursor: whatever fails here holds up nothing else.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger.catalog.ecs.kinds import INTERRUPTION, STATE, SYSTEM_EVENT
from opsledger.ledger import queries, resources
from opsledger.ledger.codec import SCHEMA
from opsledger.ledger.commit import Change, commit
from opsledger.polling.rounds import RESERVE_S
from opsledger.rpc import TokenRefusedError
from opsledger.store import READ_ROWS, Key, read_rows
from opsledger.store.tables import CURSORS, hashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Protocol

    from opsledger.deadline import Deadline
    from opsledger.rpc import Page
    from opsledger.store import Row, Store, Value
    from opsledger.strict_json import JsonObject

    class InstanceApi(Protocol):
        """The call that names instances; `api.EcsApi` has it."""

        region: str

        def instances(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
            """One page of instances, or those with these ids."""


DAY_MS: Final = 24 * 3_600_000
LATE_MS: Final = 3_600_000
"""Events may arrive so late and still have their instances asked for soon."""
MOST_NEW: Final = 2_000
"""As many records of a kind are looked at for new instances in one invocation, the newest."""
ATTEMPTS: Final = 2
"""A name is not worth more."""
KINDS: Final = (STATE, SYSTEM_EVENT, INTERRUPTION)
"""The kinds of records by which new instances are noticed."""
INSTANCE: Final = "ecs:instance:"


class NamingProgress(NamedTuple):
    """How far it is in one region. Moments in ms.

    Attributes:
        looked_at: the records up to this moment were looked at for new instances.
        listed_at: when the last listing of all instances began that came to its end.
        began_at: when the listing in progress began; None between two.
        next_token: its next page.
    """

    looked_at: int | None = None
    listed_at: int | None = None
    began_at: int | None = None
    next_token: str | None = None


class Naming:
    """The naming of one invocation in one region.

    Attributes:
        asked: how many instances the API named.
    """

    def __init__(self, api: InstanceApi, store: Store, deadline: Deadline, request_id: str, owner_tag: str) -> None:
        self.asked = 0
        self._api, self._store, self._deadline = api, store, deadline
        self._request_id, self._owner_tag = request_id, owner_tag
        self._key = Key(CURSORS, (hashed(f"ecs-names:{api.region}"),))

    def name_new(self) -> None:
        """Ask for the instances that are new in the records since the last time.

        Raises:
            WorldFailedError: ECS or the store failed; the next invocation asks again.
        """
        progress, now = self._load(), self._now()
        since = (now - DAY_MS if progress.looked_at is None else progress.looked_at) - LATE_MS
        for rows in self._recorded(since):
            own = {resources.resource_in(row) for row in rows if row.columns.get("region") in (self._api.region, None)}
            named = sorted(id_ for id_ in own if id_.startswith(INSTANCE))
            unknown = self._deadline.retry(lambda: resources.unknown(self._store, named))  # noqa: B023 - called at once
            if unknown:
                ids = [id_.removeprefix(INSTANCE) for id_ in unknown]
                self._save(self._ask(ids=ids).items)
        self._note(progress._replace(looked_at=now))

    def name_all(self) -> None:
        """Go on with the listing of all instances, or begin one a day after the last, as far as time allows.

        Raises:
            WorldFailedError: ECS or the store failed; the next invocation goes on.
        """
        progress = self._load()
        if progress.began_at is None:
            if progress.listed_at is not None and self._now() - progress.listed_at < DAY_MS:
                return
            progress = progress._replace(began_at=self._now(), next_token=None)
        while progress.began_at is not None and self._deadline.remaining() > RESERVE_S:
            progress = self._name_page(progress)
            self._note(progress)

    def _name_page(self, progress: NamingProgress) -> NamingProgress:
        try:
            page = self._ask(next_token=progress.next_token)
        except TokenRefusedError:
            return progress._replace(began_at=None, next_token=None)
        self._save(page.items)
        if page.next_token is not None:
            return progress._replace(next_token=page.next_token)
        return progress._replace(listed_at=progress.began_at, began_at=None, next_token=None)

    def _recorded(self, since: int) -> Iterator[list[Row]]:
        """The rows of records that were seen since then, a hundred at a time."""
        for kind in KINDS:
            rows = read_rows(self._store, islice(queries.newest(self._store, kind.name, since), MOST_NEW))
            while batch := list(islice(rows, READ_ROWS)):
                yield batch

    def _ask(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        return self._deadline.retry(lambda: self._api.instances(next_token=next_token, ids=ids), attempts=ATTEMPTS)

    def _save(self, rows: Sequence[JsonObject]) -> None:
        now = self._now()
        found = [resource for row in rows if (resource := resources.of_instance(row, now, self._owner_tag)) is not None]
        resources.save(self._store, found, self._deadline, self._request_id)
        self.asked += len(found)

    def _load(self) -> NamingProgress:
        row = self._deadline.retry(lambda: self._store.read([self._key])).get(self._key)
        return NamingProgress() if row is None else _read(row)

    def _note(self, progress: NamingProgress) -> None:
        commit(self._store, [NoteNaming(self._key, progress)], self._deadline, self._request_id)

    def _now(self) -> int:
        return self._deadline.clock.now_ms()


def _read(row: Row) -> NamingProgress:
    found = {name: row.columns[name] for name in NamingProgress._fields if name in row.columns}
    return NamingProgress(**{name: str(v) if name == "next_token" else int(v) for name, v in found.items()})  # type: ignore[arg-type]


class NoteNaming(Change[NamingProgress]):
    """How far the naming is; of two invocations at once the last one counts, and both have named what they saw."""

    def __init__(self, key: Key, progress: NamingProgress) -> None:
        self.key = key
        self._progress = progress

    def decode(self, row: Row) -> NamingProgress:
        """The progress in the row."""
        return _read(row)

    def encode(self, stored: NamingProgress) -> Mapping[str, Value]:
        """The progress's columns; what is None has none."""
        return {"schema": SCHEMA, **{name: value for name, value in stored._asdict().items() if value is not None}}

    def decide(self, stored: NamingProgress | None) -> NamingProgress:
        """This progress."""
        return stored if stored == self._progress else self._progress
