"""A check that has never failed proves nothing: every invariant catches the mistakes it is paired with."""

from __future__ import annotations

import pytest
from tests.simulation import broken, story
from tests.simulation.invariants import INVARIANTS, SAME_TRACE
from tests.simulation.plan import draw

BOUND = 600


@pytest.mark.parametrize("variant", broken.VARIANTS, ids=lambda variant: variant.mistake)
def test_a_broken_variant_is_caught(variant: broken.Variant) -> None:
    """The paired invariant breaks within a few hundred schedules."""
    hunted = broken.hunt(variant, seed=1, bound=BOUND)

    assert hunted.caught


def test_every_invariant_catches_a_mistake() -> None:
    """None is there for show."""
    assert {variant.caught_by for variant in broken.VARIANTS} == {*INVARIANTS, SAME_TRACE}


def test_a_mistake_ends_with_its_hunt() -> None:
    """Afterwards the code is whole again: the schedule that caught the mistake passes."""
    variant = next(v for v in broken.VARIANTS if v.mistake == "an end overwritten")
    hunted = broken.hunt(variant, seed=1)

    assert story.violations(draw(hunted.schedules), twice=True) == []


def test_a_hunt_that_finds_nothing_says_so() -> None:
    """A variant that changes nothing is not caught."""
    harmless = broken.Variant("nothing", "same record", "opsledger.ledger.state", "in_order", lambda original: original)

    assert broken.hunt(harmless, seed=1, bound=5) == broken.Hunt("nothing", "same record", caught=False, schedules=5)
