"""Ask ECS what happened, record it, and compare it with what arrived, a page at a time.

A round (see `polling.rounds`) has stages. The first ones list what the API knows: the events of instances in every
status, for thirty days back; the events of disks, those that go on and those of the last week; spot instances that are
about to go. What is new of it is recorded like a push. Then the round looks from the other side, which events that
arrived the API does not know, and gives its verdicts.

The first round fills a new ledger. Of what happened before it nobody knows whether a push was due.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from opsledger.ecs_reconciler.api import DISK_EVENTS, PAGE_ROWS
from opsledger.ecs_reconciler.comparing import Comparing
from opsledger.ecs_reconciler.judging import Judging, Patience
from opsledger.ecs_reconciler.observed import event_id, of_disk, of_history, of_recycling
from opsledger.ecs_reconciler.recorder import Asked, ReconcileRecorder
from opsledger.errors import UnavailableError
from opsledger.ledger.verdicts import DAY_MS, VerdictKind
from opsledger.polling.cursor import Cursors
from opsledger.polling.region import PolledRegion
from opsledger.polling.rounds import Rounds
from opsledger.rpc import TokenRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from opsledger.deadline import Deadline
    from opsledger.ecs_reconciler.observed import Observed
    from opsledger.ledger.verdicts import EventVerdict
    from opsledger.pipeline import Report
    from opsledger.polling.cursor import Cursor
    from opsledger.polling.rounds import Progress
    from opsledger.rpc import Page
    from opsledger.store import Store
    from opsledger.strict_json import JsonValue

    class EventApi(Protocol):
        """The calls that the reconciler makes in one region; `api.EcsApi` is the real one."""

        region: str

        def history(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
            """One page of instances' events, or of those with these ids."""

        def recycling(self, *, next_token: str | None = None) -> Page:
            """One page of spot instances that are about to go."""

        def disk_events(self, event_type: str, *, next_token: str | None = None, since_ms: int | None = None) -> Page:
            """One page of disks' events."""


DISK_HISTORY_MS: Final = 7 * DAY_MS
"""How long the API lists a disk's event that is over (DescribeDisksFullStatus)."""
HISTORY, RECYCLING, COMPARE, JUDGE = "history", "recycling", "compare", "judge"
"""The stages of a round; between the first two are those of disks."""
_OBSERVED: Final = {HISTORY: of_history, RECYCLING: of_recycling}
MOST_PAGES: Final = 20
"""An answer about a hundred ids has one page, or a few."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result of one invocation in one region.

    Attributes:
        pages: pages read.
        rows: events that the API listed.
        counts: what was new of them, by the results of its delivery.
        verdicts: the verdicts that were given, by kind.
        progress: how far the round is.
    """

    region: str
    progress: Progress
    pages: int
    rows: int
    counts: Mapping[str, int]
    verdicts: Mapping[VerdictKind, int]

    def to_json(self) -> dict[str, JsonValue]:
        """As the answer and the log give it."""
        return {
            "region": self.region,
            "pages": self.pages,
            "rows": self.rows,
            "invocation": self.progress.invocation,
            "finished": self.progress.finished,
            **self.counts,
            **{f"verdict_{kind.value}": self.verdicts.get(kind, 0) for kind in VerdictKind},
        }


class Reconciler(Rounds):
    """One region's reconciler.

    Args:
        account: the owner of the instances; becomes the records' account.
        request_id: the invocation's id, as for `pipeline.process`.
        patience_ms: how long a push may take before it counts as missed.
        on_report: called with the report of every page of which something was new, for the log.
        on_problem: called with each verdict that people should know of, for the log.
    """

    def __init__(
        self,
        api: EventApi,
        store: Store,
        deadline: Deadline,
        *,
        account: str | None,
        request_id: str,
        patience_ms: int,
        on_report: Callable[[Report], None] = lambda _report: None,
        on_problem: Callable[[EventVerdict], None] = lambda _verdict: None,
    ) -> None:
        super().__init__(Cursors(store, api.region, deadline, request_id, "ecs"), deadline)
        self._api, self._patience_ms, self._on_problem = api, patience_ms, on_problem
        self._recorder = ReconcileRecorder(PolledRegion(api.region, account), store, deadline, request_id, on_report)
        self._judging = Judging(store, deadline, request_id, api.region, on_problem)
        self._comparing = Comparing(store, deadline, request_id, api.region, patience_ms)
        self._pages = self._rows = 0
        self._listings = self._make_listings()
        self._stages = (*self._listings, COMPARE, JUDGE)

    def reconcile(self) -> Reconciled:
        """Resume the round, or begin one, and go on until it is finished or time runs short.

        Raises:
            RoundGivenUpError: this round cannot be finished; the cursor has the reason.
            WorldFailedError: ECS or the store failed for longer than there was patience; what was read is stored.
        """
        progress = self._run()
        counts, verdicts = dict(self._recorder.counts), dict(self._judging.counts)
        return Reconciled(self._api.region, progress, self._pages, self._rows, counts, verdicts)

    def _make_listings(self) -> dict[str, Callable[[str | None], Page]]:
        """What lists each stage's rows, by the stage's name."""
        api = self._api
        disks: dict[str, Callable[[str | None], Page]] = {}
        for kind in DISK_EVENTS:
            disks[f"disks:{kind}"] = partial(self._list_disks, kind, None)
            disks[f"disks-lately:{kind}"] = partial(self._list_disks, kind, DISK_HISTORY_MS)
        return {
            HISTORY: lambda token: api.history(next_token=token),
            **disks,
            RECYCLING: lambda token: api.recycling(next_token=token),
        }

    def _list_disks(self, kind: str, span_ms: int | None, token: str | None) -> Page:
        since = None if span_ms is None else self._now() - span_ms
        return self._api.disk_events(kind, next_token=token, since_ms=since)

    def _begin(self, before: Cursor) -> None:
        """Nothing: the cursor has all that a round needs."""

    def _step(self) -> bool:
        known = self._cursor.stage
        stage = known if known in self._stages else HISTORY  # none yet, or one of another version
        if stage == JUDGE:
            return self._judging.judge_due(Patience(self._patience_ms, self._cursor.round_began or self._now()))
        if stage == COMPARE:
            self._compare()
        else:
            self._list_page(stage)
        return False

    # ------------------------------------------------------------------------------------------------------ listing
    def _list_page(self, stage: str) -> None:
        """Read and record the next page of a stage, then store the cursor; begin the stage again if it must be."""
        asked, token = self._asked(), self._cursor.next_token
        try:
            page = self._ask(lambda: self._listings[stage](token))
        except TokenRefusedError as error:
            self._restart(error)
            return
        self._take(stage, page, asked)
        following = stage if page.next_token else self._stages[self._stages.index(stage) + 1]
        advanced = self._cursor.advanced(next_token=page.next_token, missing_after=None, stage=following)
        # An empty stage costs no write: read again after a crash, it is as cheap as the write.
        self._cursor = self._save(advanced) if page.items else advanced

    def _take(self, stage: str, page: Page, asked: Asked) -> None:
        self._pages += 1
        self._rows += len(page.items)
        found = list(map(_OBSERVED.get(stage, of_disk), page.items))
        record = self._recorder.record_interruptions if stage == RECYCLING else self._recorder.record
        for first in range(0, len(found), PAGE_ROWS):  # a disk may have several events
            record(found[first : first + PAGE_ROWS], asked)

    def _asked(self) -> Asked:
        first_round = self._cursor.high_water is None
        return Asked(self._now(), self._cursor.round_began if first_round else None)

    # ---------------------------------------------------------------------------------------------------- comparing
    def _compare(self) -> None:
        """Look at the next records that moved lately, and store where that has come to."""
        compared = self._comparing.next(self._cursor.high_water, self._cursor.missing_after or "")
        self._comparing.look_again(compared.other)
        if compared.unlisted:
            asked = self._asked()
            listed = self._by_id([name for r in compared.unlisted if (name := event_id(r.key))])
            self._recorder.record(listed, asked)
            for verdict in self._comparing.mark_unknown(compared.unlisted, {each.record for each in listed}):
                self._judging.counts[verdict.verdict] += 1
                self._on_problem(verdict)
        stage = JUDGE if compared.position is None else COMPARE
        advanced = self._cursor.advanced(next_token=None, missing_after=compared.position, stage=stage)
        self._cursor = advanced if compared.position is None else self._save(advanced)

    def _by_id(self, ids: Sequence[str]) -> list[Observed]:
        """What the API says of the events with these ids, as far as it knows them."""
        found: list[Observed] = []
        token: str | None = None
        for _ in range(MOST_PAGES):
            page = self._ask(lambda: self._api.history(next_token=token, ids=ids))  # noqa: B023 - called at once
            found += map(of_history, page.items)
            token = page.next_token
            if token is None:
                return found
        raise UnavailableError("the pages of an answer about a few events do not end")
