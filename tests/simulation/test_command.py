"""`make simulate`: totals for people and programs, and an exit code for scripts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.simulation import detection, mutants
from tests.simulation.__main__ import app
from tests.simulation.detection import activated
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from typer.testing import CliRunner

TERMINAL_OVERWRITTEN = next(m for m in MUTANTS if m.name == "a terminal status is overwritten")
COUNTS_ADDED = next(m for m in MUTANTS if m.name == "occurrence counts are added up")
RAISES = next(m for m in MUTANTS if m.name == "a bad event raises an exception")


def simulate(*arguments: str) -> tuple[int, str]:
    """The exit code and the output."""
    done = CliRunner().invoke(app, ["--jobs", "1", *arguments])
    return done.exit_code, done.output


def totals(*arguments: str) -> dict[str, Any]:
    """The JSON of a run that finds no violation."""
    code, output = simulate("--json", *arguments)
    assert code == 0
    found: dict[str, Any] = json.loads(output)
    return found


def test_totals_are_the_same_for_the_same_seed() -> None:
    """Two runs with one seed give the same totals and the same digest."""
    first = totals("--seed", "5", "--schedules", "20")

    assert first == totals("--seed", "5", "--schedules", "20")
    assert first["digest"] != totals("--seed", "6", "--schedules", "20")["digest"]
    assert (first["schedules"], first["violations"]) == (20, [])


def test_totals_are_shown_as_tables() -> None:
    """The output has counts by kind and the speed."""
    code, output = simulate("--schedules", "20")

    assert code == 0
    for text in ("schedules: 20", "violations: 0", "throttled", "duplicate", "a minute"):
        assert text in output


def test_violation_is_described_and_fails_the_command() -> None:
    """A violation prints a report with the command that replays it, and the exit code is 1."""
    with activated(TERMINAL_OVERWRITTEN):
        code, output = simulate("--schedules", "20")

    assert code == 1
    assert "violates “a terminal status is kept”" in output
    assert 'Replay it with: make simulate ARGS="--seed ' in output


def test_fuzz_option_mutates_payloads() -> None:
    """`--fuzz N` mutates N payloads."""
    found = totals("--fuzz", "150")

    assert (found["payloads"], found["violations"]) == (150, [])


def test_fuzz_finding_is_shown_with_its_payload() -> None:
    """A finding fails the command and prints what is wrong and the payload."""
    with activated(RAISES):
        code, output = simulate("--fuzz", "150")

    assert code == 1
    assert "raised BadEventError" in output


@pytest.mark.parametrize("option", ["--mutants", "--broken"])
def test_mutants_option_lists_the_detected_mutants(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    """`--mutants`, formerly `--broken`, names each mutant it detects."""
    monkeypatch.setattr(mutants, "MUTANTS", [COUNTS_ADDED, TERMINAL_OVERWRITTEN])

    assert [row["mutant"] for row in totals(option)["mutants"]] == [COUNTS_ADDED.name, TERMINAL_OVERWRITTEN.name]


def test_undetected_mutant_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant that no schedule detects gives the exit code 1."""
    harmless = Mutant(
        "nothing", COUNTS_ADDED.detected_by, "opsledger.ledger.state", "in_order", lambda original: original
    )
    monkeypatch.setattr(mutants, "MUTANTS", [harmless])
    monkeypatch.setattr(detection, "MAX_SCHEDULES", 3)

    assert simulate("--mutants")[0] == 1


def test_unknown_store_is_a_usage_error() -> None:
    """The message lists the stores there are."""
    code, output = simulate("--store", "floppy")

    assert code == 2
    assert "memory, tablestore, wire" in output
