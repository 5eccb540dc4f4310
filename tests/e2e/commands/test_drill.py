"""`opsledger drill`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import DONE, NOT_THERE, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

STEPS = ["made", "marked", "api", "push", "message", "canceled", "ended", "all-clear"]


def test_a_drill_shows_each_step(run: Callable[..., Ran]) -> None:
    """With its time, up to the text of the message; records of it are marked in every listing."""
    ran = run("drill", "--by", "ann")

    assert (ran.code, ran.err) == (DONE, "")
    steps = [line for line in ran.out.splitlines() if line.startswith("  +")]
    assert len(steps) == len(STEPS)
    assert "This is a drill by ann." in ran.out
    assert "(drill)" in run("records").out
    assert run("records", "--json").json[0]["drill"]["by"] == "ann"
    assert "  drill: ann, " in run("show", "web-3").out


def test_a_drill_for_programs(run: Callable[..., Ran]) -> None:
    """The events, the steps in seconds, what is missing and what people got, also behind other messages."""
    for seed in ("a", "b", "c"):
        run("publish", "-", given=run("sample", "--status", "Scheduled", "--seed", seed).out.encode())

    shown = run("drill", "--json", "--by", "ann").json

    assert shown["succeeded"] is True
    assert [step["step"] for step in shown["steps"]] == STEPS
    assert (shown["missing"], shown["problems"], len(shown["messages"])) == ([], [], 2)
    assert [event["record"] for event in shown["events"]] == [f"ecs:event:{shown['events'][0]['id']}"]


WRONG = [
    (("--instance", "i-1", "--tag", "a=b"), USAGE, "not both"),
    (("--tag", "team=none"), NOT_THERE, "no instance in cn-hangzhou has the tag 'team=none'"),
    (("--type", "SystemMaintenance.Rebot"), USAGE, "did you mean SystemMaintenance.Reboot"),
    (("--in", "1m"), USAGE, "--in should be longer than --timeout"),
    (("--in", "soon"), USAGE, "is not a length of time"),
    (("--instance", "i-none"), 1, "InvalidInstanceId"),
    (("--cancel", "e-none"), 1, "InvalidEventId"),
    (("--trigger-real-ops",), USAGE, "No such option"),
]


@pytest.mark.parametrize(("words", "code", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_usage(run: Callable[..., Ran], words: tuple[str, ...], code: int, message: str) -> None:
    """Each is refused before anything is made, with what is wrong; there is no option for real operations."""
    ran = run("drill", "--by", "ann", *words)

    assert ran.code == code
    assert message in " ".join(ran.err.split())
