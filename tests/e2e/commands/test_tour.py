"""`opsledger tour`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli.options import DONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Ran

FAMILIES = {
    "system-event",
    "instance-state",
    "preemptible-interruption",
    "live-migration",
    "performance-mode",
    "performance-restriction",
}


def test_a_second_tour_changes_nothing(run: Callable[..., Ran]) -> None:
    """The first records six families; the second says that nothing changed."""
    first, before = run("tour"), run("records", "--json").json
    second, after = run("tour"), run("records", "--json").json

    assert (first.code, second.code) == (DONE, DONE)
    assert {record["kind"] for record in before} >= FAMILIES
    assert "nothing changed" not in first.out
    assert "nothing changed" in second.out
    assert after == before
