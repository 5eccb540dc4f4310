"""docs/reliability.md names every invariant, fault and mutant, and only tests that exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.simulation.invariants import INVARIANTS, SAME_TRACE
from tests.simulation.mutants import MUTANTS
from tests.simulation.schedule import STORE_FAULTS, draw

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def page(root: Path) -> str:
    """The text of the page with single spaces."""
    return " ".join((root / "docs" / "reliability.md").read_text(encoding="utf-8").split())


def test_page_describes_every_invariant_and_fault(page: str) -> None:
    """The page has each invariant by name, and each fault by name with its meaning."""
    for name in (*INVARIANTS, SAME_TRACE):
        assert f"| {name} |" in page
    for fault, meaning in STORE_FAULTS.items():
        assert f"| {fault} | {meaning} |" in page


def test_page_names_every_disturbance(page: str) -> None:
    """The page names everything that is done to deliveries before a handler sees them."""
    disturbances = {name for seed in range(200) for name in draw(seed).disturbances}

    assert len(disturbances) == 16
    assert [name for name in disturbances if name not in page] == []


def test_page_lists_every_mutant_with_its_invariant(page: str) -> None:
    """The page pairs mutants and invariants as the code does."""
    for mutant in MUTANTS:
        assert f"| {mutant.name} | {mutant.detected_by} |" in page


def test_page_names_only_tests_that_exist(page: str, root: Path) -> None:
    """A test that is renamed must be renamed in the page too."""
    named = set(re.findall(r"`(test_\w+)`", page))
    defined = {
        name for file in root.glob("tests/**/test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
    }

    assert named
    assert named <= defined
