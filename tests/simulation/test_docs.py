"""docs/reliability.md names what there is: every invariant, fault and broken variant, and tests that exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.simulation import broken
from tests.simulation.invariants import INVARIANTS, SAME_TRACE
from tests.simulation.plan import STORE_FAULTS, draw

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def page(root: Path) -> str:
    """The page, as one line."""
    return " ".join((root / "docs" / "reliability.md").read_text(encoding="utf-8").split())


def test_every_invariant_and_fault_is_described(page: str) -> None:
    """By the name under which it is counted, and with what it means."""
    for name in (*INVARIANTS, SAME_TRACE):
        assert f"| {name} |" in page
    for fault, meaning in STORE_FAULTS.items():
        assert f"| {fault} | {meaning} |" in page


def test_every_mishap_is_named(page: str) -> None:
    """What is done to deliveries before any handler sees them."""
    mishaps = {name for seed in range(200) for name in draw(seed).mishaps}

    assert len(mishaps) == 12
    assert [name for name in mishaps if name not in page] == []


def test_every_broken_variant_is_listed_with_its_invariant(page: str) -> None:
    """As the code pairs them."""
    for variant in broken.VARIANTS:
        assert f"| {variant.mistake} | {variant.caught_by} |" in page


def test_every_test_that_is_named_exists(page: str, root: Path) -> None:
    """A renamed test takes its mention along."""
    named = set(re.findall(r"`(test_\w+)`", page))
    defined = {
        name for file in root.glob("tests/**/test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
    }

    assert named
    assert named <= defined
