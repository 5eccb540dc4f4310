"""Names, owners and tags in `records`, `find` and `show`."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from opsctl.cli.local import local
from opsctl.cli.options import NOT_THERE, USAGE
from opsledger.deadline import Deadline, SystemClock
from opsledger.ledger import resources
from opsledger.ledger.resources import CloudResource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
HOSTILE = "=cmd|' /C calc'!A0\x1b[2J\u202e"
WEB, DB = "i-bp1web", "i-bp1db"


@pytest.fixture
def filled(run: Callable[..., Ran], event: MakeEvent, once: Callable[..., None], tmp_path: Path) -> Callable[..., Ran]:
    """Two instances that are known, one of them under a hostile name, and one that is not."""
    events = [event(REBOOT, "Scheduled", seed=name, instanceId=name) for name in (WEB, DB, "i-bp1new")]
    now = SystemClock().now_ms()
    given = [
        CloudResource(f"ecs:instance:{WEB}", "web-3", "shop", zone="z-1", tags={"env": "prod"}, as_of=now),
        CloudResource(f"ecs:instance:{DB}", HOSTILE, HOSTILE, tags={HOSTILE: HOSTILE}, as_of=now),
    ]

    def fill() -> None:
        run("publish", given=events)
        with local(tmp_path / "data") as here:
            resources.save(here.store, given, Deadline(SystemClock(), 10), "test")

    once(fill)
    return run


def test_records_have_names_and_owners(filled: Callable[..., Ran]) -> None:
    """As JSON, as a table, in full and as CSV; a record of an unknown resource is there too."""
    found = {one["resource_id"]: one for one in filled("records", "--json").json}
    wide = filled("records", "-o", "wide").out
    rows = {row["resource_id"]: row for row in csv.DictReader(io.StringIO(filled("records", "-o", "csv").out))}

    assert {id_: one["resource"] and one["resource"]["name"] for id_, one in found.items()} == {
        WEB: "web-3",
        DB: HOSTILE,
        "i-bp1new": None,
    }
    assert found[WEB]["resource"]["tags"] == {"env": "prod"}
    assert found[WEB]["drill"] is None
    assert "web-3" in filled("records").out
    assert "shop" in wide
    assert (rows[WEB]["name"], rows[WEB]["owner"], rows["i-bp1new"]["name"]) == ("web-3", "shop", "")


def test_they_are_found_and_filtered(filled: Callable[..., Ran]) -> None:
    """By name, owner and tag, alone and together with an id."""

    def ids(*words: str) -> list[str]:
        return sorted(one["resource_id"] for one in filled(*words, "--json").json)

    assert ids("find", "web-3") == [WEB]
    assert ids("find", "--owner", "Shop") == [WEB]
    assert ids("find", "--tag", "env") == [WEB]
    assert ids("find", WEB, "--tag", "env=test") == []
    assert ids("records", "--owner", "shop", "--open") == [WEB]
    assert ids("records", "--tag", "env=prod") == [WEB]
    assert ids("records", "--owner", "nobody") == []
    assert filled("find", "web").code == NOT_THERE
    assert filled("find").code == USAGE


def test_a_record_is_shown_with_what_is_known(filled: Callable[..., Ran]) -> None:
    """Also when it is asked for by the name."""
    shown = filled("show", "web-3").out

    assert "  name: web-3\n  owner: shop\n  tags: env=prod\n  zone: z-1\n" in shown
    assert "known as of" in shown
    assert "name:" not in filled("show", "i-bp1new").out


def test_hostile_names_are_escaped(filled: Callable[..., Ran]) -> None:
    """No control character reaches the terminal, and no formula a spreadsheet."""
    for words in (("records",), ("records", "-o", "wide"), ("records", "-o", "csv"), ("show", DB), ("find", DB)):
        out = filled(*words).out
        assert all(character.isprintable() or character == "\n" for character in out), words
    rows = csv.DictReader(io.StringIO(filled("records", "-o", "csv").out))
    names = [row["name"] for row in rows if row["resource_id"] == DB]

    assert names[0].startswith("'=cmd")


def test_what_is_known_is_backed_up(filled: Callable[..., Ran], tmp_path: Path) -> None:
    """A restored ledger has the names; names cannot be asked for again once an instance is released."""
    backup = tmp_path / "ledger.jsonl"
    assert "2 rows of resources" in filled("export", str(backup)).out
    filled("import", str(backup), data=tmp_path / "elsewhere")

    assert filled("show", "web-3", "--json", data=tmp_path / "elsewhere").json == filled("show", "web-3", "--json").json
