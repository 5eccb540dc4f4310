"""`opsledger reconcile`: what the reconciler found, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.ecs_reconciler.scene import DAY_S, HOUR_S, PATIENCE_S, Scene

from opsctl.cli.local import local
from opsctl.cli.options import DONE, USAGE
from opsledger.ledger.verdicts import read_verdict
from opsledger.store.tables import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Ran

EVIL = "\x1b]0;pwned\x07\u202etxt"


@pytest.fixture
def missed(once: Callable[..., None], tmp_path: Path) -> str:
    """The record's key of an event that was missed, in the folder of the commands."""

    def fill() -> None:
        with local(tmp_path / "data") as opened:  # without functions, whose timers would all run meanwhile
            scene = Scene(opened.cloud, opened.store, opened.cloud.clock.now_ms() + HOUR_S * 1000)
            scene.reconcile()
            scene.maintenance(in_s=DAY_S, on_bus=False, reason=EVIL)
            scene.reconcile()
            opened.cloud.clock.advance(PATIENCE_S)
            scene.reconcile()

    once(fill)
    with local(tmp_path / "data") as opened:
        (verdict,) = opened.store.walk(VERDICTS, [])
    return read_verdict(verdict).record


def test_a_missed_event_is_reported(run: Callable[..., Ran], missed: str) -> None:
    """With its step and how far the region was read; nothing else is a problem."""
    ran = run("reconcile", "--json")
    report: Any = ran.json

    assert ran.code == DONE
    (verdict,) = report["verdicts"]
    assert (verdict["record"], verdict["verdict"], verdict["note"]) == (missed, "missed", "Scheduled")
    assert [step["status"] for step in verdict["steps"]] == ["Scheduled"]
    (region,) = report["rounds"]
    assert (region["region"], region["reason"]) == ("cn-hangzhou", None)
    assert region["read_until"] is not None


def test_people_see_the_same(run: Callable[..., Ran], missed: str) -> None:
    """A table under what the verdict means, without what could move a terminal's cursor."""
    out = run("reconcile", "-o", "wide").out

    assert "missed: ECS named this step, and EventBridge did not deliver it in time" in out
    assert missed in out
    assert "cn-hangzhou: read until 20" in out
    assert "\x1b" not in out
    assert missed in run("reconcile", "-o", "csv").out


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_it_is_translated(run: Callable[..., Ran], missed: str, language: str) -> None:
    """No English sentence is left."""
    out = run("reconcile", "--lang", language).out

    assert missed[-12:] in out
    assert "EventBridge did not" not in out
    assert "read until" not in out


def test_a_verdict_can_be_chosen(run: Callable[..., Ran], missed: str) -> None:
    """Also one that is no problem; a name that is none is wrong usage, which lists them."""
    assert run("reconcile", "--verdict", "unknown", "--json").json["verdicts"] == []
    assert len(run("reconcile", "--verdict", "missed", "--verdict", "late", "--json").json["verdicts"]) == 1
    wrong = run("reconcile", "--verdict", "fine")
    assert missed
    assert wrong.code == USAGE
    assert "no verdict 'fine'; choose waiting, agrees," in wrong.err


def test_before_the_first_round_it_says_so(run: Callable[..., Ran]) -> None:
    """A folder without a local cloud has no tables, and gets none."""
    assert run("reconcile").out == "The reconciler has not run yet.\n"
    assert json.loads(run("reconcile", "--json").out) == {"rounds": [], "verdicts": []}
