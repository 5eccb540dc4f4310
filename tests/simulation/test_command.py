"""`make simulate`: figures for people and programs, and an exit code for scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.simulation import broken
from tests.simulation.__main__ import app
from typer.testing import CliRunner

if TYPE_CHECKING:
    import pytest


def simulate(*arguments: str) -> tuple[int, str]:
    """The exit code and the output."""
    done = CliRunner().invoke(app, ["--jobs", "1", *arguments])
    return done.exit_code, done.output


def told(*arguments: str) -> dict[str, Any]:
    """The JSON of a run that finds nothing."""
    code, output = simulate("--json", *arguments)
    assert code == 0
    found: dict[str, Any] = json.loads(output)
    return found


def test_figures_are_the_same_for_the_same_seed() -> None:
    """Down to the digest of everything that happened."""
    first = told("--seed", "5", "--schedules", "20")

    assert first == told("--seed", "5", "--schedules", "20")
    assert first["digest"] != told("--seed", "6", "--schedules", "20")["digest"]
    assert (first["schedules"], first["violations"]) == (20, [])


def test_figures_are_shown() -> None:
    """Counts by kind, and how fast it went."""
    code, output = simulate("--schedules", "20")

    assert code == 0
    for word in ("schedules: 20", "violations: 0", "throttled", "duplicate", "a minute"):
        assert word in output


def test_a_violation_is_told_and_fails_the_command() -> None:
    """With the story and the command that replays it."""
    mistake = next(v for v in broken.VARIANTS if v.mistake == "an end overwritten")
    with broken.broken(mistake):
        code, output = simulate("--schedules", "20")

    assert code == 1
    assert "breaks “an end holds”" in output
    assert 'Replay it with: make simulate ARGS="--seed ' in output


def test_payloads_are_mutated_on_demand() -> None:
    """As many as asked for."""
    found = told("--fuzz", "150")

    assert (found["payloads"], found["violations"]) == (150, [])


def test_a_finding_is_shown_with_its_payload() -> None:
    """So that it can be tried again."""
    mistake = next(v for v in broken.VARIANTS if v.mistake == "a bad event raises")
    with broken.broken(mistake):
        code, output = simulate("--fuzz", "150")

    assert code == 1
    assert "raised BadEventError" in output


def test_broken_variants_are_hunted_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with the invariant that caught it, and one that is not caught fails the command."""
    easy = [v for v in broken.VARIANTS if v.mistake in ("counts added up", "an end overwritten")]
    monkeypatch.setattr(broken, "VARIANTS", easy)

    assert [row["variant"] for row in told("--broken")["broken_variants"]] == [v.mistake for v in easy]

    harmless = broken.Variant("nothing", "same record", "opsledger.ledger.state", "in_order", lambda original: original)
    monkeypatch.setattr(broken, "VARIANTS", [harmless])
    monkeypatch.setattr(broken, "BOUND", 3)
    monkeypatch.setattr(broken.hunt, "__defaults__", (3,))

    assert simulate("--broken")[0] == 1


def test_an_unknown_store_is_wrong_usage() -> None:
    """The message says which there are."""
    code, output = simulate("--store", "floppy")

    assert code == 2
    assert "memory, tablestore" in output
