"""What is known of resources in routes and texts, and drills: missing, it holds nothing back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.notify.world import REBOOT, World

from opsledger.deadline import Deadline
from opsledger.errors import MisconfiguredError
from opsledger.ledger import resources
from opsledger.ledger.commit import commit
from opsledger.ledger.drills import Drill, MarkDrill
from opsledger.ledger.resources import CloudResource
from opsledger.store.tables import DRILLS, RESOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.store import Key, Row

KNOWN = CloudResource(
    "ecs:instance:i-1",
    name="web-3",
    owner="Shop team",
    zone="cn-hangzhou-h",
    resource_group="rg-1",
    tags={"env": "prod", "owner": "Shop team"},
)
SLACK = "https://hooks.slack.com/services/x"
HOSTILE = "x](http://evil.example) <at id=all></at> @all **b** `c` <script>\x1b[2J\u202e\n# head"


def world(known: CloudResource | None = KNOWN, **options: Any) -> World:
    """A world in which an instance is known, if it is, and a reboot of it is announced."""
    made = World(**{"channels": {"ops": {"url": SLACK, "language": "en"}}, **options})
    if known is not None:
        given = known._replace(as_of=made.clock.now_ms())
        resources.save(made.store, [given], Deadline(made.clock, 10), "reconciler")
    made.deliver(REBOOT, "Scheduled", instanceId="i-1")
    return made


def mark(made: World, *channels: str) -> None:
    """Mark the record as one of a drill."""
    (key,) = made.harness.records()
    commit(made.store, [MarkDrill(Drill(key, made.clock.now_ms(), "ann", channels))], Deadline(made.clock, 10), "ann")


ROUTES: list[tuple[dict[str, str], bool]] = [
    ({"owner": "shop team"}, True),
    ({"owner": "shop*"}, True),
    ({"owner": "web"}, False),
    ({"name": "web-*"}, True),
    ({"tag": "env=prod"}, True),
    ({"tag": "env=*"}, True),
    ({"tag": "env"}, False),
    ({"zone": "cn-hangzhou-h"}, True),
    ({"resource_group": "rg-1"}, True),
    ({"owner": "shop team", "tag": "env=test"}, False),
    ({"drill": "no"}, True),
    ({"drill": "yes"}, False),
]


@pytest.mark.parametrize(("match", "taken"), ROUTES, ids=str)
def test_routes_know_the_resource(match: dict[str, str], taken: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """By name, owner, tag, zone and group, without regard to case; never where nothing is known."""
    made = world(routes=[{"match": match}])
    made.run()
    stranger = world(None, routes=[{"match": match}])
    stranger.run()

    assert (len(made.robot.texts) > 0) is taken
    assert (len(stranger.robot.texts) > 0) is (match == {"drill": "no"})


def test_texts_name_the_resource_and_its_owner() -> None:
    """In the title and in the lines; a digest has both for each."""
    made = world()
    made.run()
    (text,) = made.robot.texts

    assert "web-3 (i-1)" in text
    assert "Owner: Shop team" in text


def test_a_digest_names_each_owner() -> None:
    """Many messages at once are one, with a line for each resource."""
    made = world()
    for number in range(5):
        made.deliver(REBOOT, "Scheduled", seed=str(number), instanceId="i-1")
    made.run()
    (text,) = made.robot.texts

    assert text.count("web-3 (i-1) · Shop team") == 6


def test_a_template_has_what_is_known() -> None:
    """By the names that docs/notifications.md gives; an unknown resource leaves them empty."""
    lines = ["$resource_id, $owner, $zone, $resource_group, $tags."]
    made, stranger = world(lines=lines), world(None, lines=lines)
    made.run()
    stranger.run()

    assert "i-1, Shop team, cn-hangzhou-h, rg-1, env=prod, owner=Shop team." in made.robot.texts[0]
    assert "i-1, , , , ." in stranger.robot.texts[0]


@pytest.mark.parametrize(
    ("url", "steps", "link"),
    [
        ("https://oapi.dingtalk.com/robot/send?access_token=x", ("markdown", "text"), "](http"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/x", ("card", "elements", 0, "content"), "](http"),
        (SLACK, ("blocks", 1, "text", "text"), "<http"),
    ],
)
def test_hostile_names_are_text(url: str, steps: tuple[str | int, ...], link: str) -> None:
    """A name, an owner and a tag make no markup, mention, control character or line in formatted text."""
    hostile = KNOWN._replace(name=HOSTILE, owner=HOSTILE, tags={HOSTILE: HOSTILE})
    made = world(hostile, channels={"ops": {"url": url, "language": "en"}}, lines=["$resource $owner $tags"])
    made.run()
    (sent,) = made.robot.texts
    body = json.loads(sent)
    for step in steps:
        body = body[step]

    assert "evil.example" in body
    assert [mark for mark in (link, "<at ", "<script>", "**b**", "`c`", "@all", "\n#") if mark in body] == []
    assert [mark for mark in ("\\u001b", "\\u202e", "\u202e") if mark in sent] == []


def test_a_drill_takes_no_route_that_does_not_ask_for_it() -> None:
    """Neither the default route, nor one that asks for nothing else than what the record is."""
    made = world()
    mark(made)
    made.run()
    routed = world(routes=[{"match": {"severity": "*"}}])
    mark(routed)
    routed.run()

    assert (made.robot.texts, routed.robot.texts) == ([], [])


@pytest.mark.parametrize("by_route", [True, False])
def test_a_drill_says_so(*, by_route: bool) -> None:
    """It is sent by a route that asks for drills, or to the channels that it names; the title and a line say it."""
    made = world(routes=[{"match": {"drill": "yes"}}]) if by_route else world(routes=[{"match": {"kind": "none"}}])
    mark(made, *(() if by_route else ("ops",)))
    made.run()
    (text,) = made.robot.texts

    assert "[DRILL] " in text
    assert "This is a drill by ann. Nothing happens to the resource." in text


def test_a_digest_marks_drills() -> None:
    """Each line of one has the word; the others do not."""
    made = world(routes=[{"match": {"drill": ["yes", "no"]}}])
    mark(made)
    for number in range(4):
        made.deliver(REBOOT, "Scheduled", seed=str(number), instanceId="i-2")
    made.run()
    (text,) = made.robot.texts

    assert text.count("[DRILL] web-3 (i-1)") == 1
    assert text.count("DRILL") == 1


class WithoutTables:
    """A store that lacks the tables of what is known, as before `init-tables`."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """The rows of other tables."""
        if any(key.table in (RESOURCES, DRILLS) for key in keys):
            raise MisconfiguredError("OTSObjectNotExist")
        rows: Mapping[Key, Row] = self._store.read(keys)
        return rows


def test_missing_tables_hold_nothing_back() -> None:
    """The message goes out without names."""
    made = world()
    made.store = WithoutTables(made.store)
    made.run()

    assert len(made.robot.texts) == 1
    assert "web-3" not in made.robot.texts[0]
