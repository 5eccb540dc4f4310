"""`make simulate`: run schedules with injected faults, check the mutants, or fuzz payloads."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsctl.cli.options import FAILED, AsJson

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_REPORTS = 3
"""The most failures that are described."""
PROCESSORS = os.cpu_count() or 1

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def simulate(
    seed: Annotated[int, typer.Option(help="The seed of the first schedule. It decides everything.")] = 1,
    schedules: Annotated[int, typer.Option(min=0, help="The number of schedules to run.")] = 1000,
    store: Annotated[str, typer.Option(help="memory; on the local cloud: tablestore, by the SDK, or wire.")] = "memory",
    fuzz: Annotated[int, typer.Option(metavar="N", help="Mutate N payloads instead.")] = 0,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Check instead that an invariant detects each mutant of the code.")
    ] = False,
    broken: Annotated[bool, typer.Option("--broken", hidden=True, help="The former name of --mutants.")] = False,
    jobs: Annotated[
        int, typer.Option(min=1, help="The number of processes.", show_default="one per processor")
    ] = PROCESSORS,
    as_json: AsJson = False,
) -> None:
    """Replay randomized deliveries with injected faults and check the invariants."""
    from tests.simulation.campaign import STORES

    from opsctl.cli import terminal

    if store not in STORES:
        raise typer.BadParameter(f"unknown store {store!r}; use one of {', '.join(STORES)}")
    started = time.monotonic()
    if mutants or broken:
        totals, reports = _mutants(seed, jobs)
    elif fuzz:
        totals, reports = _fuzz(seed, fuzz, jobs)
    else:
        totals, reports = _schedules(seed, schedules, store, jobs)
    if as_json:
        terminal.emit(totals)
    else:
        _show(totals, time.monotonic() - started)
        for line in (line for report in reports for line in ("", *report.splitlines())):
            terminal.say(line)
    if totals["violations"]:
        raise typer.Exit(FAILED)


def _schedules(seed: int, schedules: int, store: str, jobs: int) -> tuple[dict[str, Any], list[str]]:
    from tests.simulation.campaign import CampaignTotals, campaign, describe_failure

    totals = CampaignTotals()
    for totals in campaign(seed, schedules, store, jobs):
        if totals.violations:
            break
    first: dict[str, int] = {}
    for number, violation in totals.violations:
        first.setdefault(violation.invariant, number)
    failures = list(first.items())[:MAX_REPORTS]
    return totals.to_json(), [describe_failure(number, invariant, store) for invariant, number in failures]


def _mutants(seed: int, jobs: int) -> tuple[dict[str, Any], list[str]]:
    from tests.simulation.detection import detect_all
    from tests.simulation.mutants import MUTANTS

    detections = detect_all(MUTANTS, seed, jobs)
    missed = [detection.mutant for detection in detections if not detection.detected]
    return {"mutants": [detection.to_json() for detection in detections], "violations": missed}, []


def _fuzz(seed: int, payloads: int, jobs: int) -> tuple[dict[str, Any], list[str]]:
    from tests.simulation.fuzz import fuzz

    totals = fuzz(seed, payloads, jobs)
    findings = totals.findings[:MAX_REPORTS]
    return totals.to_json(), [f"{finding.what}\n  {finding.payload!r}" for finding in findings]


def _show(totals: Mapping[str, Any], seconds: float) -> None:
    from opsctl.cli import terminal

    for name, value in totals.items():
        title = name.replace("_", " ")
        if isinstance(value, dict):
            terminal.table((title, "times"), value.items())
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            terminal.table(tuple(value[0]), (tuple(row.values()) for row in value))
        else:
            terminal.say(f"{title}: {value if isinstance(value, int | str) else len(value)}")
    done = totals.get("schedules", totals.get("payloads", 0))
    rate = f", {round(done * 60 / seconds)} a minute" if done else ""
    terminal.say(f"took {seconds:.1f} s{rate}; {sum(os.times()[:4]):.1f} s of processor time")


if __name__ == "__main__":
    app()
