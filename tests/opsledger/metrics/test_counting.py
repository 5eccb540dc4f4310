"""Counting: every number is right, drills are left out, and one part that fails leaves the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, REBOOT, PipelineHarness, make_event
from tests.simulation.console_rows import GivenVerdict

from opsledger.deadline import Deadline
from opsledger.errors import MisconfiguredError, UnavailableError
from opsledger.ledger import overdue
from opsledger.ledger.commit import commit
from opsledger.ledger.drills import Drill, MarkDrill
from opsledger.ledger.verdicts import EventVerdict, VerdictKind
from opsledger.metrics import counting, sources, totals
from opsledger.metrics.redrives import LastRedrive, NoteRedrive
from opsledger.notify.deliveries import GIVEN_UP, REFUSED, SENT, PlanDelivery, planned
from opsledger.notify.plan import Intent, Stage, StageKind
from opsledger.store.tables import BY_KIND, VERDICTS_BY_KIND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.store import Row

DAY_MS = 86_400_000
STAGE = Stage(StageKind.STEP, "Scheduled", NOW_MS, "critical")


def missed(record: str, since: int) -> GivenVerdict:
    """A record's event is found to be missed."""
    return GivenVerdict(EventVerdict(record, "cn-hangzhou", "i-1", VerdictKind.MISSED, since))


@pytest.fixture
def drilled(harness: PipelineHarness) -> PipelineHarness:
    """Two open records, of which one is overdue; one that has ended; an open one of a drill; and their deliveries."""
    for days, status in ((0, "Scheduled"), (-20, "Scheduled"), (-1, "Executed"), (-2, "Scheduled")):
        harness.process(make_event(REBOOT, status, seed=f"{days}", now_ms=NOW_MS + days * DAY_MS))
    harness.process(b"<no event>")
    harness.process([{"type": "ecs:Instance:New"}])
    of = {record.key: min(step.sent_at or 0 for step in record.transitions.values()) for record in harness.stored()}
    drill = next(key for key, sent in of.items() if NOW_MS - 3 * DAY_MS < sent < NOW_MS - DAY_MS * 3 // 2)
    real = next(key for key in of if key != drill)
    changes: list[Any] = [MarkDrill(Drill(drill, NOW_MS, "Wang"))]
    for subject in (drill, real):
        late = planned(Intent(f"late {subject}", subject, STAGE, "ops", NOW_MS - 1, "group"), NOW_MS, muted=False)
        old = planned(
            Intent(f"old {subject}", subject, STAGE, "ops", NOW_MS, "group"), NOW_MS - 2 * DAY_MS, muted=False
        )
        new = planned(Intent(f"new {subject}", subject, STAGE, "ops", NOW_MS, "group"), NOW_MS, muted=False)
        changes += [PlanDelivery(late), PlanDelivery(old.dropped(REFUSED)), PlanDelivery(new.dropped(REFUSED))]
        changes.append(missed(subject, NOW_MS - 1000))
    changes.append(missed("ecs:event:e-past", NOW_MS - 2 * DAY_MS))
    commit(harness.store, changes, Deadline(harness.clock, 60), "test")
    overdue.sweep(harness.store, Deadline(harness.clock, 60), "test")
    return harness


def counted(harness: PipelineHarness, seconds: float = 60) -> counting.Counted:
    """One count."""
    return counting.count(harness.store, Deadline(harness.clock, seconds))


def test_every_number_is_that_of_the_tables_without_drills(drilled: PipelineHarness) -> None:
    """With few labels; what is older than a day is not counted as new."""
    found = counted(drilled)
    took = found.totals.series.pop("arrival_seconds")  # type: ignore[attr-defined]  # it is a dict here

    assert found.failures == {}
    assert found.totals.series == {
        "open_records": {("system-event", "Scheduled", "critical", "cn-hangzhou"): 2},
        "overdue_records": {("system-event", "critical", "cn-hangzhou"): 1},
        "quarantined_payloads": {("not_json",): 1, ("unknown_type",): 1},
        "unplanned_notices": {(): 3},
        "undelivered_notices": {("ops",): 1},
        "deliveries": {("ops", "refused"): 1},
        "verdicts": {("missed", "cn-hangzhou"): 1},
    }
    assert {labels[1] for labels in took} == {"median", "longest"}
    assert set(found.totals.complete.values()) == {True}


def test_the_final_states_are_those_of_deliveries() -> None:
    """The sweeper has them without the module that names them."""
    assert counting.FINAL_STATES == (SENT, REFUSED, GIVEN_UP)


def test_the_numbers_survive_their_row(drilled: PipelineHarness) -> None:
    """What was kept is what was counted, and an older count does not replace it."""
    found = counted(drilled).totals
    older = totals.Totals(found.counted_at - 1)
    for note in (found, older):
        commit(drilled.store, [totals.NoteTotals(note)], Deadline(drilled.clock, 60), "test")

    kept = totals.read(drilled.store)

    assert kept is not None
    assert kept == found._replace(series=dict(found.series))
    assert kept.total("quarantined_payloads") == 2


@pytest.mark.parametrize(
    ("stored", "own", "kept"),
    [
        (NOW_MS, NOW_MS + 1, NOW_MS + 1),
        (NOW_MS + 300_000, NOW_MS, NOW_MS + 300_000),
        (NOW_MS + DAY_MS, NOW_MS, NOW_MS),
        (NOW_MS + 3650 * DAY_MS, NOW_MS, NOW_MS),
    ],
)
def test_a_clock_that_was_ahead_hides_no_later_round(
    harness: PipelineHarness, stored: int, own: int, kept: int
) -> None:
    """Of rounds that ran at once the newer one is kept; one from far in the future is replaced."""
    deadline = Deadline(harness.clock, 60)
    for at in (stored, own):
        changes: list[Any] = [totals.NoteTotals(totals.Totals(at)), NoteRedrive(LastRedrive(at))]
        commit(harness.store, changes, deadline, "test")
    found, heard = totals.read(harness.store), sources.read(harness.store)

    assert found is not None
    assert heard.redrive is not None
    assert (found.counted_at, heard.redrive.at) == (kept, kept)


def test_what_moves_while_it_is_counted_is_not_counted(
    drilled: PipelineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that ended, and a message that was sent, after the index was read."""
    read = drilled.store.read

    def moved(keys: Any) -> Any:
        gone = ("move_by", "due_at")
        return {
            key: row._replace(columns={name: value for name, value in row.columns.items() if name not in gone})
            for key, row in read(keys).items()
        }

    monkeypatch.setattr(drilled.store, "read", moved)
    found = counted(drilled).totals

    assert found.series["open_records"] == found.series["undelivered_notices"] == {}
    assert found.total("verdicts") == 1


def test_a_part_that_fails_leaves_the_others(drilled: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as for a grant that the role lacks; it is said to be not whole, and has no numbers."""
    walk = drilled.store.walk

    def refuse(index: Any, *where: Any, **more: Any) -> Iterator[Row]:
        if index is VERDICTS_BY_KIND:
            raise MisconfiguredError("no permission")
        return walk(index, *where, **more)

    monkeypatch.setattr(drilled.store, "walk", refuse)
    found = counted(drilled)

    assert found.failures == {"verdicts": "MisconfiguredError: no permission"}
    assert [part for part, whole in found.totals.complete.items() if not whole] == ["verdicts"]
    assert "verdicts" not in found.totals.series
    assert found.totals.total("open_records") == 2


def test_without_time_nothing_is_counted_and_nothing_raised(drilled: PipelineHarness) -> None:
    """The sweep comes first."""
    found = counted(drilled, seconds=counting.RESERVE_S / 2)

    assert found.totals.series == {}
    assert not any(found.totals.complete.values())


def test_a_part_stops_at_its_limit_and_says_so(drilled: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a count costs no more, whatever there is."""
    monkeypatch.setattr(counting, "MOST_ROWS", 1)
    found = counted(drilled)

    assert found.totals.total("quarantined_payloads") == 1
    assert not found.totals.complete["quarantine"]
    assert found.totals.complete["undelivered"] is False
    assert found.totals.complete["arrival"]


def test_labels_have_few_values_whatever_events_say(drilled: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region that is none, a kind or status of another version, and one value too many are `other`."""
    read = drilled.store.read

    def forged(keys: Any) -> Any:
        found = dict(read(keys))
        for number, key in enumerate(key for key in found if key.table.name == "records"):
            said = {"region": ("cn-\n{evil}", "xx-y", "xx-z")[number % 3], "kind": "new", "status": "?"}
            found[key] = found[key]._replace(columns={**found[key].columns, **said})
        return found

    monkeypatch.setattr(drilled.store, "read", forged)
    monkeypatch.setattr(counting, "MOST_VALUES", 1)
    labels = set(counted(drilled).totals.series["open_records"])

    assert {(kind, status) for kind, status, *_ in labels} == {("other", "other")}
    assert {region for *_, region in labels} <= {"other", "xx-y", "xx-z"}
    assert len(labels) <= 2


def test_a_store_that_fails_meanwhile_ends_no_count(drilled: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part is tried until time is up, and then no other is begun."""

    def fail(*_: Any, **__: Any) -> Any:
        raise UnavailableError("no answer")

    monkeypatch.setattr(drilled.store, "walk", fail)
    found = counted(drilled)

    assert found.failures["open"] == "UnavailableError: no answer"
    assert set(found.failures) == set(found.totals.complete)


def test_what_fits_on_a_page_is_read_at_once(drilled: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count wants every row. Of the newest events alone it wants a few, as a list does."""
    walk, sizes = drilled.store.walk, set()

    def note(index: Any, *where: Any, page: Any, **more: Any) -> Iterator[Row]:
        if index is not BY_KIND:
            sizes.add(page())
        return walk(index, *where, page=page, **more)

    monkeypatch.setattr(drilled.store, "walk", note)
    counted(drilled)

    assert sizes == {counting.PAGE_ROWS}
