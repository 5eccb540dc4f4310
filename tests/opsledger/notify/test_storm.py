"""A whole zone at once: how many messages there are, and that nobody is missing from them or from what they lead to."""

from __future__ import annotations

from typing import Any

import pytest
from tests.opsledger.notify.world import HOUR_MS, MINUTE_MS, World
from tests.simulation.memory_store import MemoryStore

from opsctl import notify as notifications
from opsledger.notify.channels import kind_of_url
from opsledger.notify.deliveries import SENT
from opsledger.notify.limits import MARGIN_MS
from opsledger.notify.message import MAX_PAGES
from opsledger.store.tables import NOTIFY_LIMITS

RECORDS, STORM = 500, 100
SLACK, PAGERDUTY = "https://hooks.slack.com/services/x", "https://events.pagerduty.com/v2/enqueue"
WINDOW_MS = MINUTE_MS + MARGIN_MS


def instances(world: World, first: int, count: int) -> None:
    """Let reboots of so many instances be announced."""
    for number in range(first, first + count):
        world.deliver(seed=f"s{number}", instanceId=f"i-{number:04}")


def in_every_minute(moments: list[int]) -> int:
    """The most messages in any span of a minute."""
    return max(sum(at <= other < at + MINUTE_MS for other in moments) for at in moments)


def missing(world: World) -> set[str]:
    """The instances that are neither in a message nor listed by the command that a message names."""
    texts = "".join(world.robot.texts)
    ids = {delivery.message for delivery in world.deliveries().values()}
    assert all(id_ in texts for id_ in ids)
    listed = {d.subject for id_ in ids for d in notifications.named(world.store, id_)}
    keys = {record["resource_id"]: key for key, record in world.harness.records().items()}
    return {name for name, key in keys.items() if name not in texts and key not in listed}


def test_five_hundred_at_once_are_at_most_three_messages(world: World) -> None:
    """However often the notifier runs in that minute, and however many runs there are at once."""
    instances(world, 0, RECORDS)
    world.robot.hooks[1] = world.run
    for _ in range(6):
        world.run()
        world.later(5000)

    assert len(world.robot.texts) <= MAX_PAGES
    assert {d.state for d in world.deliveries().values()} == {SENT}
    assert len(world.deliveries()) == RECORDS
    assert missing(world) == set()


@pytest.mark.parametrize("chunk", [1, 10, 100])
def test_a_storm_that_goes_on_is_three_messages_a_minute(world: World, chunk: int) -> None:
    """A run after each few records, as recorders make it: the first is heard at once, the rest is in a digest."""
    for first in range(0, STORM, chunk):
        instances(world, first, chunk)
        world.run()
        world.later(30_000 * chunk // STORM)
    early = [at for at, _ in world.robot.got]
    world.later(WINDOW_MS)
    world.run_until_quiet(step_ms=10_000)
    moments = [at for at, _ in world.robot.got]

    assert 1 <= len(early) <= MAX_PAGES
    assert len(moments) <= 2 * MAX_PAGES
    assert in_every_minute(moments) <= MAX_PAGES
    assert {d.state for d in world.deliveries().values()} == {SENT}
    assert missing(world) == set()


def test_a_digest_waits_until_all_of_its_pages_can_be_sent(world: World) -> None:
    """Else it would be sent twice: its first page now, and all of it again later."""
    world.deliver(seed="early", instanceId="i-early")
    world.run()
    instances(world, 0, 400)
    world.run()
    assert len(world.robot.texts) == 1
    world.later(WINDOW_MS)
    world.run()

    assert len(world.robot.texts) == 1 + MAX_PAGES
    assert all("possible repeat" not in text for text in world.robot.texts)


def test_a_token_that_took_long_to_write_is_not_used(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its message would arrive when the limit no longer counts it, and a fourth would follow within the minute."""
    write, slow = MemoryStore.write, iter((30_000,))

    def written(store: MemoryStore, changes: Any) -> Any:
        if any(put.key.table == NOTIFY_LIMITS for put in changes):
            world.later(next(slow, 0))
        return write(store, changes)

    monkeypatch.setattr(MemoryStore, "write", written)
    for number in range(6):
        instances(world, number, 1)
        world.run()
        world.later(9000)

    assert in_every_minute([at for at, _ in world.robot.got]) <= MAX_PAGES


def test_slack_gets_all_pages_or_none() -> None:
    """Its own limit is one message a second; the pages follow each other, and none is sent twice."""
    world = World(channels={"ops": {"url": SLACK, "language": "en"}})
    world.robot.answer = world.robot.answer._replace(body=b"ok")
    world.deliver(seed="early", instanceId="i-early")
    world.run()
    instances(world, 0, 200)
    for _ in range(20):
        world.run()
        world.later(10_000)
    texts = world.robot.texts

    assert len(texts) == 1 + MAX_PAGES
    assert all("possible repeat" not in text for text in texts)
    assert {d.state for d in world.deliveries().values()} == {SENT}


def test_a_pager_gets_an_alert_for_each() -> None:
    """It keeps an alert for each record, so a digest would hide them; its own limit is kept."""
    assert kind_of_url(PAGERDUTY) == "pagerduty"
    world = World(channels={"pager": {"url": PAGERDUTY, "secret": "k" * 32}})
    world.robot.answer = world.robot.answer._replace(status=202, body=b'{"status": "success"}')
    instances(world, 0, 130)
    world.run()
    assert len(world.robot.texts) == 120
    world.run_until_quiet(step_ms=30_000)

    assert len(world.robot.texts) == 130
    assert {d.state for d in world.deliveries().values()} == {SENT}
    assert world.clock.now_ms() < min(d.planned_at for d in world.deliveries().values()) + HOUR_MS
