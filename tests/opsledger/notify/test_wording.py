"""The words of messages, as a person on call reads them: what, which resource, when, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event

from opsctl import sample
from opsledger import catalog
from opsledger.catalog.advice import LANGUAGES, advice
from opsledger.ledger import state
from opsledger.ledger.enrichment import Enrichment
from opsledger.ledger.resources import CloudResource
from opsledger.notify import texts
from opsledger.notify.message import MAX_LINE
from opsledger.notify.plan import stages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.ledger.record import Record
    from opsledger.notify.message import Message

KNOWN = Enrichment(resource=CloudResource("i-1", name="web-1", owner="ann"))
REBOOT, FAILURE, KILLED = (
    "ecs:Instance:SystemMaintenance.Reboot",
    "ecs:Instance:SystemFailure.Reboot",
    "eci:Event:OOMKilled",
)
MOST_TITLE = 120
"""A title is cut behind this."""


def of(record: Record, language: str = "en") -> Message | None:
    """The message about the newest step of a record; None where nothing is sent about it."""
    stage = next(stages_of(record, (), NOW_MS), None)
    if stage is None:
        return None
    return texts.message(texts.Item("id", stage, record, KNOWN), texts.Audience(language, "Asia/Shanghai"), NOW_MS)


def recorded(*steps: tuple[str, str]) -> Record:
    """The only record of these types and statuses, a second apart."""
    harness = PipelineHarness()
    for number, (type_, status) in enumerate(steps):
        harness.process(make_event(type_, status, now_ms=NOW_MS + number * 1000))
    (record,) = harness.stored()
    return record


def every_record() -> Iterator[Record]:
    """One of each type and status."""
    for spec in catalog.event_types():
        for status in sample.statuses(spec):
            yield recorded((spec.type, status))


def test_every_message_says_what_and_which() -> None:
    """In each language the title names the event and the resource, and the lines its owner and what to do."""
    seen = 0
    for record in every_record():
        for language in LANGUAGES:
            message = of(record, language)
            if message is None:
                continue
            seen += 1
            event_type = catalog.find(state.summarize(record).type)[0]
            advised = advice(event_type.kind.product, event_type.advice_key, language)
            lines = [line for block in message.blocks for line in block.lines]
            assert advised.title in message.title
            assert "web-1" in message.title[:MOST_TITLE]
            assert event_type.name == event_type.advice_key or event_type.advice_key in message.title
            assert any("ann" in line for line in lines)
            assert message.settled or any(advised.do in line for line in lines)
            assert all(line and "$" not in line and len(line) <= MAX_LINE for line in lines)
    assert seen > 3 * 100


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "[critical] OOMKilled (Process killed for lack of memory): web-1 ({id}) reported, just now"),
        ("zh", "【严重】OOMKilled（内存超限，进程被终止）：web-1 ({id}) 已上报，刚刚"),  # noqa: RUF001 - as that language writes
        ("ja", "【緊急】OOMKilled（メモリ不足によるプロセスの強制終了）：web-1 ({id}) 報告されました、たった今"),  # noqa: RUF001 - as that language writes
    ],
)
def test_a_notice_begins_with_its_event(language: str, title: str) -> None:
    """By the reason that people know and search for, and what it means; the vendor's message is a line."""
    record = recorded((KILLED, "Warning"))
    message = of(record, language)

    assert message is not None
    assert message.title == title.format(id=record.resource_id)
    assert any("Out of memory" in line for line in message.blocks[0].lines)


def test_a_deadline_is_called_so() -> None:
    """What is announced is due: it has not happened."""
    message = of(recorded((REBOOT, "Scheduled")))

    assert message is not None
    assert message.title.endswith("announced, due in 48 h")
    assert "Due: 2026-01-03 08:00 +08:00 (in 48 h)" in message.blocks[0].lines


@pytest.mark.parametrize(
    ("steps", "settled"),
    [
        (((KILLED, "Warning"),), False),
        (((REBOOT, "Scheduled"),), False),
        (((REBOOT, "Scheduled"), (REBOOT, "Executed")), True),
        (((REBOOT, "Scheduled"), (REBOOT, "Avoided")), True),
        (((REBOOT, "Scheduled"), (REBOOT, "Failed")), False),
        (((FAILURE, "Executed"),), False),
        (((FAILURE, "Executing"), (FAILURE, "Executed")), True),
    ],
)
def test_only_what_was_announced_is_settled(steps: tuple[tuple[str, str], ...], settled: bool) -> None:  # noqa: FBT001 - a column of the table
    """A pager closes its alert by that. A fact without an announcement, and a failure, are alerts themselves."""
    message = of(recorded(*steps))

    assert message is not None
    assert message.settled is settled
