"""Give what a page says to the pipeline, and count what became of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from opsledger import pipeline, strict_json
from opsledger.intake.understand import understand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsledger.deadline import Deadline
    from opsledger.pipeline import Entry, Report
    from opsledger.polling.region import PolledRegion
    from opsledger.store import Store
    from opsledger.strict_json import JsonValue

DAMAGED: Final = "damaged"
"""Counts events whose record has a damaged row, or one of a newer version: `opsledger records` says which row it is,
and what to do."""


class PageRecorder:
    """Records the pages of one invocation; a subclass says what is new of a page.

    Args:
        on_report: called with the report of every page of which something was recorded.

    Attributes:
        counts: the deliveries so far, by their results.
    """

    def __init__(
        self,
        polled: PolledRegion,
        store: Store,
        deadline: Deadline,
        request_id: str,
        on_report: Callable[[Report], None],
    ) -> None:
        self.counts = Counter(pipeline.Report(()).counts())
        self._polled, self._store, self._deadline = polled, store, deadline
        self._request_id, self._on_report = request_id, on_report

    def _process(self, events: Sequence[JsonValue]) -> list[Entry | None]:
        """Record events; return what became of each: None where the row of its record is damaged.

        Such a row must not keep what else a region has from being recorded. Each round tries it again.

        Raises:
            WorldFailedError: the store failed for longer than there was time.
        """
        understood = understand(strict_json.write([*events]), self._deadline.clock.now_ms())
        partial = pipeline.record_undamaged(understood, self._store, self._deadline, self._request_id)
        if partial.damaged is not None:
            self.counts[DAMAGED] += partial.entries.count(None)
        self.counts.update(partial.report.counts())
        self._on_report(partial.report)
        return [*partial.entries]
