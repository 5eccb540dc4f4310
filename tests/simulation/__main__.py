"""`make simulate`: faulted schedules by the thousand, broken variants, and mutated payloads."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsctl.cli.options import FAILED, AsJson

if TYPE_CHECKING:
    from collections.abc import Mapping

STORIES = 3


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def simulate(
    seed: Annotated[int, typer.Option(help="The first schedule's number: it decides everything.")] = 1,
    schedules: Annotated[int, typer.Option(min=0, help="How many schedules to run.")] = 1000,
    store: Annotated[str, typer.Option(help="memory, or tablestore: the SDK on the local cloud.")] = "memory",
    fuzz: Annotated[int, typer.Option(metavar="N", help="Mutate N payloads instead.")] = 0,
    broken: Annotated[
        bool, typer.Option("--broken", help="Show instead that every broken variant of the code is caught.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.", show_default="one per processor")] = os.cpu_count()
    or 1,
    as_json: AsJson = False,
) -> None:
    """Deliver in every disorder while everything fails, and check that the ledger holds."""
    from tests.simulation.campaign import STORES

    from opsctl.cli import terminal

    if store not in STORES:
        raise typer.BadParameter(f"no store {store!r}; there are {', '.join(STORES)}")
    started = time.monotonic()
    if broken:
        told, stories = _broken(seed)
    elif fuzz:
        told, stories = _fuzz(seed, fuzz, jobs)
    else:
        told, stories = _schedules(seed, schedules, store, jobs)
    if as_json:
        terminal.emit(told)
    else:
        _show(told, time.monotonic() - started)
        for line in (line for story in stories for line in ("", *story.splitlines())):
            terminal.say(line)
    if told["violations"]:
        raise typer.Exit(FAILED)


def _schedules(seed: int, schedules: int, store: str, jobs: int) -> tuple[dict[str, Any], list[str]]:
    from tests.simulation.campaign import Figures, campaign, tell

    figures = Figures()
    for figures in campaign(seed, schedules, store, jobs):
        if figures.violations:
            break
    first: dict[str, int] = {}
    for number, violation in figures.violations:
        first.setdefault(violation.invariant, number)
    stories = [tell(number, invariant, store) for invariant, number in list(first.items())[:STORIES]]
    return figures.to_json(), stories


def _broken(seed: int) -> tuple[dict[str, Any], list[str]]:
    from tests.simulation.broken import hunt_all

    hunts = hunt_all(seed)
    missed = [hunt.variant for hunt in hunts if not hunt.caught]
    return {"broken_variants": [hunt.to_json() for hunt in hunts], "violations": missed}, []


def _fuzz(seed: int, payloads: int, jobs: int) -> tuple[dict[str, Any], list[str]]:
    from tests.simulation.fuzz import fuzz

    figures = fuzz(seed, payloads, jobs)
    return figures.to_json(), [f"{finding.what}\n  {finding.payload!r}" for finding in figures.findings[:STORIES]]


def _show(told: Mapping[str, Any], seconds: float) -> None:
    from opsctl.cli import terminal

    for name, value in told.items():
        title = name.replace("_", " ")
        if isinstance(value, dict):
            terminal.table((title, "times"), value.items())
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            terminal.table(tuple(value[0]), (tuple(row.values()) for row in value))
        else:
            terminal.say(f"{title}: {value if isinstance(value, int | str) else len(value)}")
    done = told.get("schedules", told.get("payloads", 0))
    rate = f", {round(done * 60 / seconds)} a minute" if done else ""
    terminal.say(f"took {seconds:.1f} s{rate}; {sum(os.times()[:4]):.1f} s of processor time")


if __name__ == "__main__":
    app()
