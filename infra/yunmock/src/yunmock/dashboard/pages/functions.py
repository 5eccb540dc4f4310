"""Functions and their runs, with logs and errors."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from yunmock.dashboard.document import Facts, Link, Listing, Moment, Span, Status, WebPage
from yunmock.dashboard.visit import block, block_of, missing

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.fc.model import Function, Trigger
    from yunmock.services import InvocationRecord

SHOWN_RUNS = 50
RUNS = ("At", "Function", "Request id", "Cause", "Result", "Took", "Start", "Error")


def functions(visit: Visit) -> WebPage:
    """The functions that are deployed, and the newest runs of all."""
    runs = visit.functions.invocations()
    of_each: dict[str, list[InvocationRecord]] = defaultdict(list)
    for run in runs:
        of_each[run.invocation.function].append(run)
    return WebPage(
        "Functions",
        (
            Listing(
                "Functions",
                ("Function", "Runtime", "Handler", "Triggers", "Runs", "Failed", "Last run"),
                [_function(each, of_each[each.name]) for each in visit.functions.functions.values()],
                "No function is deployed: start the server with --template.",
            ),
            Listing("Newest runs", RUNS, _newest(runs), "No function has run."),
        ),
        summary=f"{visit.functions.running} running at this moment.",
    )


def _function(function: Function, runs: list[InvocationRecord]) -> tuple[Shown, ...]:
    return (
        Link(function.name, "function", {"name": function.name}),
        function.runtime,
        function.handler,
        [f"{trigger.name}: {trigger.type}" for trigger in function.triggers],
        len(runs),
        sum(not run.invocation.ok for run in runs),
        Moment(runs[-1].at_ms) if runs else None,
    )


def function(visit: Visit) -> WebPage:
    """One function: how it is set up, and its newest runs."""
    name = visit.argument("name")
    found = visit.functions.functions.get(name)
    if found is None:
        raise missing(f"function {name[:200]!r}")
    return WebPage(
        name,
        (
            Facts("Function", _facts(found)),
            Listing(
                "Triggers",
                ("Trigger", "Type", "Settings"),
                [_trigger(each) for each in found.triggers],
                "No trigger.",
            ),
            Listing("Newest runs", RUNS, _newest(visit.functions.invocations(name)), "It has not run."),
        ),
        summary=found.description,
        trail=(Link("Functions", "functions"),),
    )


def _facts(found: Function) -> dict[str, Shown]:
    return {
        "Runtime": found.runtime,
        "Handler": found.handler,
        "Timeout": Span(found.timeout_s * 1000),
        "Memory in MB": found.memory_mb,
        "Role": found.role or None,
        "Initializer": found.initializer.handler if found.initializer else None,
        "Before it stops": found.pre_stop.handler if found.pre_stop else None,
        "Asynchronous retries": found.asynchronous.retries,
        "On success": found.asynchronous.on_success or None,
        "On failure": found.asynchronous.on_failure or None,
        "Variables, without their values": [*sorted(found.environment)],
        "Code": str(found.code),
    }


def _trigger(trigger: Trigger) -> tuple[Shown, ...]:
    return trigger.name, trigger.type, block_of(trigger.config)


def _newest(runs: list[InvocationRecord]) -> list[tuple[Shown, ...]]:
    return [run_row(run) for run in runs[: -SHOWN_RUNS - 1 : -1]]


def run_row(run: InvocationRecord) -> tuple[Shown, ...]:
    """A run as a row of `RUNS`."""
    made = run.invocation
    return (
        Moment(run.at_ms),
        Link(made.function, "function", {"name": made.function}),
        Link(made.request_id, "invocation", {"request": made.request_id}),
        run.cause if run.attempt == 1 else f"{run.cause}, attempt {run.attempt}",
        _result(run),
        _took(run),
        _start(run),
        made.error or None,
    )


def _start(run: InvocationRecord) -> Shown:
    """How the instance that ran it was started; None if none was."""
    if not run.invocation.instance_id:
        return None
    return Status("cold", "warn") if run.invocation.cold else Status("warm")


def _took(run: InvocationRecord) -> Shown:
    return Span(run.invocation.duration_ms) if run.invocation.duration_ms else None


def _result(run: InvocationRecord) -> Status:
    made = run.invocation
    if made.ok:
        return Status("succeeded", "good")
    return Status("failed", "bad") if made.accepted else Status(f"refused, {made.status}", "bad")


def invocation(visit: Visit) -> WebPage:
    """An invocation, with each of its runs."""
    request = visit.argument("request")
    runs = [run for run in visit.functions.invocations() if run.invocation.request_id == request]
    if not runs:
        raise missing(f"run with the request id {request[:200]!r}")
    name = runs[0].invocation.function
    return WebPage(
        request,
        tuple(Facts(f"Attempt {run.attempt}", _run(run)) for run in runs),
        summary=f"An invocation of {name}.",
        trail=(Link("Functions", "functions"), Link(name, "function", {"name": name})),
    )


def _run(run: InvocationRecord) -> dict[str, Shown]:
    made = run.invocation
    return {
        "At": Moment(run.at_ms),
        "Cause": run.cause,
        "Result": _result(run),
        "HTTP status": made.status,
        "Error type": made.error_type or None,
        "Error": made.error or None,
        "Took": _took(run),
        "Memory": f"{made.memory_mb:.0f} MB" if made.memory_mb else None,
        "Instance": made.instance_id or None,
        "Start": _start(run),
        "Sent to": run.destination or None,
        "Not sent": run.destination_error or None,
        "Received": block(run.event),
        "Returned": block(made.body),
        "Log": block(made.log),
    }
