"""The catalogue's own coherence: tables, kinds, types, samples and `events/` say the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import sample
from opsctl.cli import pages
from opsledger import catalog
from opsledger.catalog import Order, Outcome
from opsledger.catalog.ecs.notices import ResourceNotice
from opsledger.catalog.transition import SEVERITIES
from opsledger.errors import UnknownTypeError
from opsledger.intake.understand import understand
from opsledger.ledger.notification import Notification

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import PipelineHarness

    from opsledger.catalog import EventType, Lifecycle

SPECS = catalog.event_types()
ECS = tuple(spec for spec in SPECS if spec.kind.product == "ecs")
LIFECYCLES = tuple({kind.lifecycle.name: kind.lifecycle for kind in catalog.kinds().values()}.values())
NOW_MS = 1_767_225_600_000


def named(value: Any) -> str:
    """A test's id."""
    return str(value.name)


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=named)
def test_a_lifecycle_is_closed(lifecycle: Lifecycle) -> None:
    """Every move leads to a status of the table; every status has an outcome and can be reached from a start."""
    reached, rim = set(lifecycle.starts), set(lifecycle.starts)
    while rim := {after for status in rim for after in lifecycle.moves[status]} - reached:
        reached |= rim

    assert reached | set(lifecycle.reopens) == set(lifecycle.moves)
    assert set(lifecycle.outcomes) == set(lifecycle.moves)
    assert lifecycle.starts


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=named)
def test_progress_goes_forward(lifecycle: Lifecycle) -> None:
    """Where statuses are put in order by progress, no move leads back; where by time, any may."""
    if lifecycle.order is Order.PROGRESS:
        for before, afters in lifecycle.moves.items():
            assert all(lifecycle.rank(after) >= lifecycle.rank(before) for after in afters)
    assert {lifecycle.rank(status) for status in lifecycle.moves} <= set(range(len(lifecycle.moves) + 1))


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=named)
def test_staying_is_no_move(lifecycle: Lifecycle) -> None:
    """A status may always be reported again, also a terminal one; only a reopening status leaves an end."""
    for status in lifecycle.moves:
        assert lifecycle.allows(status, status)
        if not lifecycle.moves[status]:
            assert lifecycle.terminal(status)
            others = {after for after in lifecycle.moves if lifecycle.allows(status, after)} - {status}
            assert others <= lifecycle.reopens


@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_a_type_is_described_whole(spec: EventType) -> None:
    """Its name, severity and statuses are words that the rest knows."""
    assert spec.type == f"{spec.kind.product}:{spec.name}"
    assert len(spec.type) <= 64  # EventBridge's limit of a type
    assert {spec.level, *spec.levels.values()} <= set(SEVERITIES)
    assert set(spec.statuses) <= set(spec.kind.lifecycle.moves)
    assert set(spec.levels) <= set(spec.kind.lifecycle.moves)
    assert catalog.kinds()[spec.kind.name] is spec.kind


@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_a_type_names_its_source(spec: EventType) -> None:
    """The page has a title and an address that a browser can open behind `https://`."""
    assert spec.source.title
    assert re.fullmatch(r"[a-z.]+\.(com|aliyun\.com)/[A-Za-z0-9._/-]+", spec.source.url)


def test_a_content_that_no_page_describes_cannot_be_refused() -> None:
    """Its model is a notice, which takes any content; tests/opsledger/catalog/test_notices.py shows that."""
    for spec in SPECS:
        assert spec.source.content or issubclass(spec.content, ResourceNotice), spec.type


def test_names_are_unique() -> None:
    """Of types, kinds, record prefixes and lifecycles."""
    kinds = list(catalog.kinds().values())

    assert len({spec.type for spec in SPECS}) == len(SPECS)
    assert len({kind.record_prefix for kind in kinds}) == len(kinds)
    assert not any(
        one is not other and one.record_prefix.startswith(other.record_prefix + ":") for one in kinds for other in kinds
    )


def test_a_status_outcome_agrees_with_its_place() -> None:
    """A status that means averted is terminal."""
    for lifecycle in LIFECYCLES:
        for status, outcome in lifecycle.outcomes.items():
            if outcome is Outcome.AVERTED:
                assert lifecycle.terminal(status)


# ------------------------------------------------------------------------------------------ statuses not in the table
OPEN_ENDED = tuple(lifecycle for lifecycle in LIFECYCLES if lifecycle.open_ended)


@pytest.mark.parametrize("lifecycle", OPEN_ENDED, ids=named)
def test_an_open_ended_lifecycle_takes_any_word(lifecycle: Lifecycle) -> None:
    """A status that the table lacks is a fact: nothing to come, no end, and expected unless the record has ended."""
    unknown = "Levitating"

    assert lifecycle.accepts(unknown)
    assert lifecycle.outcome(unknown) is Outcome.NOTED
    assert not lifecycle.terminal(unknown)
    for status in lifecycle.moves:
        assert lifecycle.allows(status, unknown) is not lifecycle.terminal(status)
        assert lifecycle.allows(unknown, status)
    assert lifecycle.rank(unknown) >= max(map(lifecycle.rank, lifecycle.moves))


@pytest.mark.parametrize("word", ["", " ", "a b", "a\n", "\x1b[31m", "执行", "x" * 65, "<b>", "-x", "9"])
def test_an_open_ended_lifecycle_takes_only_words(word: str) -> None:
    """What is no short word of plain letters is no status."""
    assert not any(lifecycle.accepts(word) for lifecycle in LIFECYCLES)


@pytest.mark.parametrize("lifecycle", [one for one in LIFECYCLES if not one.open_ended], ids=named)
def test_any_other_lifecycle_takes_its_own_statuses_alone(lifecycle: Lifecycle) -> None:
    """A status that the table lacks has no outcome, rank or moves."""
    assert not lifecycle.accepts("Levitating")
    for ask in (lifecycle.outcome, lifecycle.terminal):
        with pytest.raises(KeyError):
            ask("Levitating")


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=named)
def test_a_status_in_another_case_is_known(lifecycle: Lifecycle) -> None:
    """Case and underscores do not make another status, and no two statuses of a table differ in them alone."""
    for status in lifecycle.moves:
        for spelt in (status, status.upper(), status.lower(), status.replace("_", "")):
            assert lifecycle.spelling(spelt) == status
    assert lifecycle.spelling("Levitating") == "Levitating"


# ------------------------------------------------------------------------------------------------------------ look-up
def test_another_spelling_of_a_type_is_that_type() -> None:
    """With and without a suffix; it is no row of its own."""
    spec, suffix = catalog.find("ecs:NetworkInterface:PrivateIpAssigned")

    assert (spec.type, suffix) == ("ecs:NetworkInterface:PrivateIPAssigned", None)
    assert catalog.find("ecs:NetworkInterface:PrivateIpAssigned:Normal") == (spec, "Normal")
    assert "ecs:NetworkInterface:PrivateIpAssigned" not in {row.type for row in SPECS}


@pytest.mark.parametrize("spec", ECS, ids=named)
def test_a_type_is_found_with_and_without_a_suffix(spec: EventType) -> None:
    """The row is the same; the suffix is what follows."""
    assert catalog.find(spec.type) == (spec, None)
    assert catalog.find(f"{spec.type}:Scheduled") == (spec, "Scheduled")


@pytest.mark.parametrize("suffix", ["", " ", "Sched-uled", "x" * 33, "Scheduled ", "a:b", "\x1b", "执行"])
def test_a_suffix_is_a_word(suffix: str) -> None:
    """Anything else behind a known type makes it unknown, and the message is short and printable."""
    with pytest.raises(UnknownTypeError) as raised:
        catalog.find(f"{ECS[0].type}:{suffix}")

    assert str(raised.value).isprintable()


def test_a_raw_content_is_recognised() -> None:
    """Each ECS content that has fields of its own is known by them, without its envelope."""
    for spec in ECS:
        if not spec.raw:
            assert "raw" not in sample.all_forms(spec)
            continue
        content = sample.event(spec, sample.statuses(spec)[0], "raw", seed="a", now_ms=NOW_MS)
        assert catalog.find(catalog.of_raw(content))[0] is spec


@pytest.mark.parametrize("content", [{}, {"eventId": 1}, {"eventId": "e", "instanceId": "i", "eventType": {"a": 1}}])
def test_a_content_that_fits_no_type_is_unknown(content: dict[str, Any]) -> None:
    """A content with other fields, or with fields of other types, is refused."""
    with pytest.raises(UnknownTypeError):
        catalog.find(catalog.of_raw(content))


# ------------------------------------------------------------------------------------------------------------- samples
@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_every_sample_is_read_without_refusal(spec: EventType) -> None:
    """Each case of each type in each of its forms is of the right kind and status."""
    for case in sample.cases(spec):
        for form in sample.all_forms(spec):
            made = sample.event(spec, case.status, form, seed="a", now_ms=NOW_MS, template=case.template)
            (item,) = understand(json.dumps(made), NOW_MS)
            assert isinstance(item, Notification), item
            assert item.record.kind == spec.kind.name
            if spec in ECS:
                assert item.transition.status == case.status


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    """And another for another: nothing else is in it."""
    made = [sample.event(ECS[0], "Scheduled", "cloudevent", seed=seed, now_ms=NOW_MS) for seed in ("a", "a", "b")]

    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(("status", "form"), [("Levitating", "cloudevent"), ("Scheduled", "pigeon")])
def test_an_unknown_status_or_form_is_refused(status: str, form: str) -> None:
    """The message lists what there is."""
    with pytest.raises(ValueError, match="it has"):
        sample.event(ECS[0], status, form, seed="a", now_ms=NOW_MS)


def test_the_events_folder_is_the_catalogues(root: Path) -> None:
    """Every case has its files, no file is left of a type that went, and the text is what the code makes."""
    assert pages.stale_samples(root) == []
    assert pages.orphans(root) == []


def test_every_file_of_the_events_folder_is_taken(root: Path, harness: PipelineHarness) -> None:
    """Samples of every type, the vendor's own, and each form, batches among them; `test_arrivals` has the routes."""
    files = sorted(path for path in (root / "events").rglob("*.json") if path.parent.name != "arrivals")
    assert len(files) > 200

    for file in files:
        assert "quarantined" not in harness.counts(file.read_bytes()), file
