"""What the rules make of a corpus, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.language import said, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.rules.check import FormVerdict

PROBLEMS = {"dropped": "OPERATIONAL, DROPPED", "twice": "MATCHES TWICE"}


def show(verdicts: Sequence[FormVerdict], overlapping: Sequence[tuple[str, str]], skipped: Sequence[str]) -> None:
    """Print what is dropped and what matches twice, each with the reason, then the counts."""
    shown = [verdict for verdict in verdicts if verdict.problem or not verdict.matched]
    for verdict in sorted(shown, key=lambda one: not one.problem):
        answer = t(PROBLEMS.get(verdict.problem, "dropped"))
        terminal.say(f"{answer}: {verdict.form.name}", style="red" if verdict.problem else "")
        terminal.say(f"   {said(verdict.why)}")
    for one, other in overlapping:
        terminal.say(t("An event may match both {one} and {other}.", one=one, other=other), style="red")
    if skipped:
        terminal.say(t("{n} skipped, because no bus carries them, such as {first}", n=len(skipped), first=skipped[0]))
    for line in _counts(verdicts):
        terminal.say(line, style="bold")


def _counts(verdicts: Sequence[FormVerdict]) -> list[str]:
    public = sum(bool(verdict.form.public_source) for verdict in verdicts)
    operational = [verdict for verdict in verdicts if verdict.matters]
    once = sum(len(verdict.matched) == 1 for verdict in operational)
    lost = sum(verdict.problem == "dropped" for verdict in operational)
    others = [verdict for verdict in verdicts if not verdict.matters]
    out = sum(not verdict.matched for verdict in others)
    return [
        t(
            "{n} forms: {public} with a public source, {others} without",
            n=len(verdicts),
            public=public,
            others=len(verdicts) - public,
        ),
        t("{n} operational: {once} matched by one rule, {lost} dropped", n=len(operational), once=once, lost=lost),
        t("{n} others: {out} dropped, {let_in} let in", n=len(others), out=out, let_in=len(others) - out),
        t("{n} match twice", n=sum(verdict.problem == "twice" for verdict in verdicts)),
    ]
