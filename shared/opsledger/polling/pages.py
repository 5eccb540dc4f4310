"""Give what a page says to the pipeline, and count what became of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from opsledger import pipeline, strict_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsledger.deadline import Deadline
    from opsledger.pipeline import Report
    from opsledger.polling.region import PolledRegion
    from opsledger.store import Store
    from opsledger.strict_json import JsonValue


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

    def _process(self, events: Sequence[JsonValue]) -> Report:
        """Record events.

        Raises:
            WorldFailedError: the store failed for longer than there was time.
        """
        report = pipeline.process(strict_json.write([*events]), self._store, self._deadline, self._request_id)
        self.counts.update(report.counts())
        self._on_report(report)
        return report
