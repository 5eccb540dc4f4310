"""What is known of resources: rows beside the records, which no event touches and nothing waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsctl.backup_lines import BackupError, line_of, read_line, row_line
from opsledger.deadline import Deadline
from opsledger.errors import MisconfiguredError, UnavailableError
from opsledger.ledger import enrichment, listing, queries, resources
from opsledger.ledger.commit import commit
from opsledger.ledger.drills import Drill, MarkDrill
from opsledger.ledger.queries import Filter
from opsledger.ledger.resources import CloudResource
from opsledger.store.tables import DRILLS, RESOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.conftest import MakeEvent, PipelineHarness

    from opsledger.store import Key, Row
    from opsledger.strict_json import JsonObject, JsonValue

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
DAY_MS = 86_400_000
ROW: JsonObject = {
    "InstanceId": "i-1",
    "InstanceName": "web-3",
    "RegionId": "cn-hangzhou",
    "ZoneId": "cn-hangzhou-h",
    "InstanceType": "ecs.g7.large",
    "ResourceGroupId": "rg-1",
    "Tags": {"Tag": [{"TagKey": "owner", "TagValue": "shop"}, {"TagKey": "env", "TagValue": "prod"}]},
}


def instance(now_ms: int, **fields: JsonValue) -> CloudResource:
    """The instance in `ROW`, with other fields."""
    made = resources.of_instance({**ROW, **fields}, now_ms)
    assert made is not None
    return made


def save(harness: PipelineHarness, *given: CloudResource) -> None:
    """Store what an API says."""
    resources.save(harness.store, given, Deadline(harness.clock, 10), "reconciler")


def stored(harness: PipelineHarness) -> CloudResource:
    """The one resource that is known."""
    (row,) = harness.store.walk(RESOURCES, ())
    return resources.read_resource(row)


def test_an_instance_is_what_the_api_says() -> None:
    """Its fields by their names here; the owner is the value of the tag that is configured."""
    made = instance(5)

    assert made == CloudResource(
        id="ecs:instance:i-1",
        name="web-3",
        owner="shop",
        region="cn-hangzhou",
        zone="cn-hangzhou-h",
        instance_type="ecs.g7.large",
        resource_group="rg-1",
        tags={"owner": "shop", "env": "prod"},
        as_of=5,
    )
    for tag, owner in (("env", "prod"), ("team", "")):
        tagged = resources.of_instance(ROW, 5, tag)
        assert tagged is not None
        assert tagged.owner == owner


BAD: dict[str, JsonObject] = {
    "no tags": {"Tags": None},
    "tags that are a list": {"Tags": []},
    "tags that are text": {"Tags": {"Tag": "x"}},
    "a tag that is text": {"Tags": {"Tag": ["x", {"TagKey": 1}, {"TagValue": "x"}]}},
    "a name that is a number": {"InstanceName": 7},
    "a name with half a pair": {"InstanceName": "\ud800"},
    "a very long name": {"InstanceName": "x" * 100_000},
    "very many tags": {"Tags": {"Tag": [{"TagKey": str(n), "TagValue": ""} for n in range(1000)]}},
    "a hostile name": {"InstanceName": "\x1b[2J\u202e<script>\x00"},
}


@pytest.mark.parametrize("case", BAD)
def test_whatever_the_api_says_can_be_stored(any_harness: PipelineHarness, case: str) -> None:
    """It comes back as it was taken, cut to what a row holds."""
    made = instance(any_harness.clock.now_ms(), **BAD[case])
    save(any_harness, made)

    assert stored(any_harness) == made
    assert len(made.name) <= resources.MOST_TEXT
    assert len(made.tags) <= resources.MOST_TAGS


@pytest.mark.parametrize("row", [{}, {"InstanceId": ""}, {"InstanceId": None}, {"InstanceId": ["i-1"]}], ids=str)
def test_a_row_of_no_instance_is_left_out(row: JsonObject) -> None:
    """There is nothing to store."""
    assert resources.of_instance(row, 5) is None


def test_the_newest_word_counts(any_harness: PipelineHarness) -> None:
    """In whatever order they come, and also within one batch."""
    now = any_harness.clock.now_ms()
    old, new = instance(now), instance(now + 1, InstanceName="web-4")
    save(any_harness, new, old)
    save(any_harness, old)

    assert stored(any_harness) == new


def test_what_is_the_same_is_not_written_again(harness: PipelineHarness) -> None:
    """Only once it is a day old, so that `as_of` is right to the day."""
    now = harness.clock.now_ms()
    save(harness, instance(now))
    (before,) = harness.store.walk(RESOURCES, ())
    save(harness, instance(now + DAY_MS - 1))
    (same,) = harness.store.walk(RESOURCES, ())
    save(harness, instance(now + DAY_MS))

    assert same == before
    assert stored(harness).as_of == now + DAY_MS


def test_a_released_instance_keeps_its_last_name(any_harness: PipelineHarness) -> None:
    """Once the API no longer has it, nobody says anything else; its new name finds it, the old one does not."""
    now = any_harness.clock.now_ms()
    save(any_harness, instance(now))
    save(any_harness, instance(now + 1, InstanceName="shop-3"), instance(now + 1, InstanceId="i-2"))

    assert list(resources.named(any_harness.store, "shop-3")) == ["ecs:instance:i-1"]
    assert list(resources.named(any_harness.store, "web-3")) == ["ecs:instance:i-2"]


def test_whom_to_ask_for(any_harness: PipelineHarness) -> None:
    """Those of the ids that have no row yet, each once."""
    save(any_harness, instance(any_harness.clock.now_ms()))
    ids = [f"ecs:instance:i-{n}" for n in (1, 2, 2, *range(1, 151))]

    assert resources.unknown(any_harness.store, ids) == [f"ecs:instance:i-{n}" for n in range(2, 151)]


def filled(harness: PipelineHarness, event: MakeEvent) -> Sequence[str]:
    """Three records, of two instances; one of them is known. The keys of its records."""
    harness.process(event(REBOOT, "Scheduled", seed="a", instanceId="i-1"))
    harness.process(event("ecs:Instance:StateChange", "Running", seed="a", resourceId="i-1"))
    harness.process(event(REBOOT, "Scheduled", seed="b", instanceId="i-2"))
    save(harness, instance(harness.clock.now_ms()))
    return sorted(key for key, record in harness.records().items() if record["resource_id"] == "i-1")


FILTERS: list[tuple[Filter, int]] = [
    (Filter(owner="shop"), 2),
    (Filter(owner="SHOP"), 2),
    (Filter(owner="sho"), 0),
    (Filter(owner=""), 0),
    (Filter(tag="env=prod"), 2),
    (Filter(tag="env"), 2),
    (Filter(tag="env="), 0),
    (Filter(tag="prod"), 0),
    (Filter(owner="shop", only_open=True), 1),
    (Filter(owner="shop", tag="env=test"), 0),
    (Filter(owner="shop", resource="i-2"), 0),
]


@pytest.mark.parametrize(("wanted", "number"), FILTERS, ids=str)
def test_records_are_filtered_by_their_resources(
    any_harness: PipelineHarness, event: MakeEvent, wanted: Filter, number: int
) -> None:
    """By owner and by tag; a record of a resource that is not known has neither."""
    own = filled(any_harness, event)
    found = sorted(record.key for record in queries.records(any_harness.store, wanted))

    assert set(found) <= set(own)
    assert len(found) == number


@pytest.mark.parametrize("limit", [1, 4])
def test_pages_of_an_owner_are_the_whole(
    harness: PipelineHarness, event: MakeEvent, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed page by page, each record comes once; a listing that drops very many stops, and can be gone on with."""
    for number in range(12):
        harness.process(event(REBOOT, "Scheduled", seed=str(number), instanceId=f"i-{number}"))
    now = harness.clock.now_ms()
    save(harness, *(instance(now, InstanceId=f"i-{number}") for number in range(0, 12, 3)))
    whole = [record.key for record in queries.records(harness.store, Filter(owner="shop"))]
    monkeypatch.setattr(listing, "MAX_ROWS_READ", 10)
    found: list[str] = []
    after, pages = "", 0
    while pages == 0 or after:
        page = queries.records(harness.store, Filter(owner="shop"), limit=limit, after=after)
        found += [record.key for record in page]
        after, pages = page.after, pages + 1

    assert len(whole) == 4
    assert found == whole
    assert pages > 1


def test_a_name_finds_the_records(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Of all resources that have it; the whole name, and only where nothing has such an id."""
    own = filled(any_harness, event)

    assert sorted(record.key for record in queries.find(any_harness.store, "web-3")) == own
    assert queries.find(any_harness.store, "web") == []


def test_a_record_has_what_is_known_of_it(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """The resource and the mark of a drill, each where there is one, in the order of the records."""
    own = filled(any_harness, event)
    drill = Drill(own[0], any_harness.clock.now_ms(), "ann", ("ops",))
    commit(any_harness.store, [MarkDrill(drill)], Deadline(any_harness.clock, 10), "ann")
    found = list(enrichment.enriched(any_harness.store, any_harness.stored()))

    assert [record for record, _ in found] == any_harness.stored()
    known = {record.key: one for record, one in found}
    assert {key for key, one in known.items() if one.name == "web-3" and one.owner == "shop"} == set(own)
    assert {key: one.drill for key, one in known.items() if one.drill} == {own[0]: drill}
    assert enrichment.to_json(*found[0])["resource"] is None or found[0][1].resource


class Failing:
    """A store whose reads fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, _keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Nothing."""
        raise self.error


def test_a_missing_table_holds_nothing_back(harness: PipelineHarness, event: MakeEvent) -> None:
    """Nothing is known then; a store that does not answer is not taken for one that knows nothing."""
    filled(harness, event)
    records = harness.stored()
    without: Any = Failing(MisconfiguredError("OTSObjectNotExist"))
    silent: Any = Failing(UnavailableError("no answer"))

    assert [known for _, known in enrichment.enriched(without, records)] == [enrichment.UNKNOWN] * 3
    with pytest.raises(UnavailableError):
        list(enrichment.enriched(silent, records))


def test_events_leave_it_alone(harness: PipelineHarness, event: MakeEvent) -> None:
    """Records are the same bytes with and without it."""
    filled(harness, event)
    known, before = stored(harness), harness.dump()
    harness.process(event(REBOOT, "Scheduled", seed="a", instanceId="i-1"))

    assert stored(harness) == known
    assert harness.dump() == before


DAMAGE: dict[str, tuple[dict[str, Any], str]] = {
    "no tags": ({"tags": None, "channels": None}, "without the right"),
    "tags that are a list": ({"tags": "[]", "channels": "{}"}, "is a damaged row"),
    "no moment": ({"as_of": "soon", "at": "soon"}, "without the right"),
    "a moment that cannot be": ({"as_of": 2**62, "at": -1}, "of a moment that cannot be"),
}


@pytest.mark.parametrize("table", [RESOURCES, DRILLS], ids=repr)
@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_row_is_not_restored(harness: PipelineHarness, event: MakeEvent, table: Any, case: str) -> None:
    """A line of a backup that is none is refused; an undamaged one is taken."""
    (key, *_) = filled(harness, event)
    commit(harness.store, [MarkDrill(Drill(key, 10**12 * 2, "ann"))], Deadline(harness.clock, 10), "ann")
    (line,) = [row_line(row) for row in harness.store.walk(table, ())]
    columns = line["columns"]
    assert isinstance(columns, dict)
    change, message = DAMAGE[case]
    damaged = {**columns, **{name: value for name, value in change.items() if name in columns}}

    assert read_line(line_of(line), first=False).put is not None
    with pytest.raises(BackupError, match=message):
        read_line(line_of({**line, "columns": {n: v for n, v in damaged.items() if v is not None}}), first=False)
