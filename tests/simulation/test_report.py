"""A failing schedule is cut down to what it takes, told in words, and can be replayed."""

from __future__ import annotations

import pytest
from tests.simulation import broken, story
from tests.simulation.plan import Plan, draw

COMMAND = 'make simulate ARGS="--seed 1 --schedules 1"'


def variant(mistake: str) -> broken.Variant:
    """The variant with this mistake."""
    return next(v for v in broken.VARIANTS if v.mistake == mistake)


def caught(of: broken.Variant) -> Plan:
    """The first schedule that catches it."""
    return draw(broken.hunt(of, seed=1).schedules)


def test_what_does_not_matter_is_left_out() -> None:
    """An overwritten end takes two deliveries of one event each, one handler and no fault."""
    mistake = variant("an end overwritten")
    plan = caught(mistake)

    with broken.broken(mistake):
        small = story.shrink(plan, mistake.caught_by)

    assert [len(job.elements) for job in small.jobs] in ([1, 1], [2])  # type: ignore[union-attr]
    assert (small.lanes, small.faults, small.jumps) == (1, {}, {})
    assert len(plan.jobs) > len(small.jobs)


@pytest.mark.parametrize("mistake", ["an end overwritten", "no reply taken for done"])
def test_a_story_says_what_happened_and_how_to_see_it_again(mistake: str) -> None:
    """Deliveries, faults with their meaning, every step, what is wrong, and the command."""
    chosen = variant(mistake)
    plan = caught(chosen)

    with broken.broken(chosen):
        told = story.tell(plan, chosen.caught_by, COMMAND)

    assert told.startswith(f"Schedule {plan.seed} breaks “{chosen.caught_by}”.")
    assert told.endswith(f"Replay it with: {COMMAND}")
    assert f"  {chosen.caught_by}: " in told
    assert " of thing " in told
    assert " writes " in told
    assert ("attempt 1" in told) is (mistake == "no reply taken for done")


def test_a_difference_between_two_runs_is_shown() -> None:
    """A wait of a length that no seed decides is shown both ways."""
    chosen = variant("a wait of its own length")
    with broken.broken(chosen):
        (found,) = story.violations(caught(chosen), twice=True)

    assert " waits " in found.what
    assert "the second" in found.what


def test_the_same_failure_is_cut_down_the_same_way() -> None:
    """Replaying gives the same story."""
    chosen = variant("what comes late is dropped")
    plan = caught(chosen)
    with broken.broken(chosen):
        told = {story.tell(plan, chosen.caught_by, COMMAND) for _ in range(2)}

    assert len(told) == 1
