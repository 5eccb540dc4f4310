"""The metrics, as a table: their names, labels and meanings, and where each number comes from.

Labels have few values: no id and no name of a resource is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.metrics.sources import Heard
    from opsledger.metrics.totals import Series, Totals

PREFIX: Final = "opsledger_"
WINDOW_HOURS: Final = 24
"""How far back what has happened is counted; what is open or waits is counted whatever its age."""


class Family(NamedTuple):
    """One metric, a gauge.

    Attributes:
        name: without `PREFIX`. It ends in `_seconds` where the numbers are seconds; moments are since 1970, UTC.
        labels: their names.
    """

    name: str
    labels: tuple[str, ...]
    meaning: str

    @property
    def full_name(self) -> str:
        """As programs read it."""
        return PREFIX + self.name

    @property
    def unit(self) -> str:
        """`seconds`, or nothing for numbers of things."""
        return "seconds" if self.name.endswith("_seconds") else ""


COUNTED: Final = (
    Family("open_records", ("kind", "status", "severity", "region"), "Records that are announced or in progress."),
    Family("overdue_records", ("kind", "severity", "region"), "Open records that should have moved and have not."),
    Family("quarantined_payloads", ("reason",), "Refused payloads that wait for a replay."),
    Family("unplanned_notices", (), "Records of which people are to be notified, and that wait for the notifier."),
    Family("undelivered_notices", ("channel",), "Messages that are due and not sent."),
    Family("deliveries", ("channel", "state"), "Messages planned in the last 24 hours, by what became of them."),
    Family("verdicts", ("verdict", "region"), "Events that were found to be missed or wrong in the last 24 hours."),
    Family("arrival_seconds", ("kind", "statistic"), "From publication to storage, of the newest events of a kind."),
)
"""What the sweeper counts."""
COUNTED_AT: Final = Family("counted_timestamp_seconds", (), "When the sweeper counted last.")
COMPLETE: Final = Family("count_complete", ("part",), "1 if the count is whole; 0 if its numbers are lower bounds.")
LAST_ROUND: Final = Family(
    "last_round_timestamp_seconds", ("function", "region"), "When the last finished round of a function began."
)
FAILURES: Final = Family("failed_invocations", ("function", "region"), "Invocations that failed in a row.")
GIVEN_UP: Final = Family("abandoned_rounds", ("function", "region"), "Rounds in a row that were given up.")
DEAD_LETTERS: Final = Family("dead_letters", ("queue",), "Messages that the last redrive left in a queue, or more.")
REDRIVEN: Final = Family("redriven_messages", ("queue",), "Messages that the last redrive delivered again.")
FAMILIES: Final = (*COUNTED, COUNTED_AT, COMPLETE, LAST_ROUND, FAILURES, GIVEN_UP, DEAD_LETTERS, REDRIVEN)


def series(totals: Totals | None, heard: Heard) -> dict[Family, Series]:
    """The numbers of each metric; a metric of which nothing is known has none."""
    found: dict[Family, Series] = {
        LAST_ROUND: {(one.function, one.region): one.heard_at / 1000 for one in heard.sources},
        FAILURES: {(one.function, one.region): one.failures for one in heard.sources},
        GIVEN_UP: {(one.function, one.region): one.given_up for one in heard.sources},
    }
    if heard.redrive is not None:
        queues = heard.redrive.queues.items()
        found[DEAD_LETTERS] = {(name,): state.left for name, state in queues}
        found[REDRIVEN] = {(name,): state.delivered for name, state in queues}
    if totals is not None:
        found.update({family: _own(totals.series, family) for family in COUNTED})
        found[COUNTED_AT] = {(): totals.counted_at / 1000}
        found[COMPLETE] = {(part,): int(whole) for part, whole in totals.complete.items()}
    return {family: found.get(family, {}) for family in FAMILIES}


def _own(kept: Mapping[str, Series], family: Family) -> Series:
    """The numbers of a metric, less those whose labels are another version's."""
    own = kept.get(family.name, {})
    return {labels: number for labels, number in own.items() if len(labels) == len(family.labels)}
