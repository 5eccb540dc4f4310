"""What yunmock emulates of each service, as data: the calls it answers, those it refuses, and what it simplifies.

Each service states its own in `<service>/coverage.py`. The documentation's tables are generated from these (`filled`),
and `yunmock.sdk_calls` checks them against the routes and the vendor's SDKs.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import ModuleType

    Tested = Mapping[str, Collection[str]]
    """By service: the answered calls that tests make with the vendor's SDK."""

MODULES = ("tablestore", "eventbridge", "fc", "eci", "ecs", "mns", "ros", "chat")
"""The services; each has a module `coverage` with COVERAGES or COVERAGE."""

GROUPED_FROM = 100
"""How many refused calls are listed by reason rather than a row each."""

# `<!-- calls: tablestore -->` … `<!-- /calls -->`, the same with `limits`, and `<!-- sums: all -->` … `<!-- /sums -->`.
_BLOCK = re.compile(r"<!-- (?P<kind>calls|limits|sums): (?P<service>[\w.-]+) -->\n.*?<!-- /(?P=kind) -->", re.DOTALL)


class Coverage(NamedTuple):
    """What yunmock emulates of one service.

    Attributes:
        service: yunmock's name of the service, such as `tablestore`; with the API's version where there are several.
        title: the service's name for readers, such as `Tablestore`.
        sdk: the vendor's SDK on PyPI whose calls these are, and its version; "" where there is none.
        calls: each call, or type of message, that is answered, with what is special about it; "" when it is complete.
        refused: each call that is refused, with the reason.
        limits: what is simplified, or is not proven against the real service, a sentence each.
        module: the SDK's package for Python; tests that import it prove calls. "" where there is no SDK.
    """

    service: str
    title: str
    sdk: str
    calls: Mapping[str, str]
    refused: Mapping[str, str]
    limits: tuple[str, ...] = ()
    module: str = ""


def coverages() -> dict[str, Coverage]:
    """The coverage of every service, by the service's name."""
    modules = [importlib.import_module(f"yunmock.{name}.coverage") for name in MODULES]
    found = [each for module in modules for each in _stated(module)]
    return {coverage.service: coverage for coverage in found}


def _stated(module: ModuleType) -> tuple[Coverage, ...]:
    many: tuple[Coverage, ...] | None = getattr(module, "COVERAGES", None)
    return (module.COVERAGE,) if many is None else many


def calls_table(coverage: Coverage, tested: Tested) -> str:
    """The calls of a service as a Markdown table, with their sum before it."""
    unproven = _unproven(coverage, tested)
    answered = [
        f"| {name} | {'unproven' if name in unproven else 'answered'} | {note} |"
        for name, note in coverage.calls.items()
    ]
    refused = [f"| {names} | refused | {reason} |" for names, reason in _refused(coverage)]
    table = "\n".join(["| Call | yunmock | Note |", "| --- | --- | --- |", *answered, *refused])
    return f"{_sum(coverage, len(unproven))}\n\n{table}" if coverage.sdk else table


def _sum(coverage: Coverage, unproven: int) -> str:
    """How many calls of the SDK are answered, in a sentence."""
    answered, refused = len(coverage.calls), len(coverage.refused)
    proof = "Tests make each of them with the SDK."
    if unproven:
        proof = f"Of the answered, {unproven} are unproven: no test makes them with the SDK."
    every = f"Of the {answered + refused} calls of `{coverage.sdk}`, {answered} are answered"
    return f"{every}, and {refused} are refused by name. {proof}"


def sums_table(tested: Tested) -> str:
    """How much of each vendor's SDK is answered, as a Markdown table."""
    rows = [
        f"| {each.title} | `{each.sdk}` | {len(each.calls) + len(each.refused)} | {len(each.calls)} "
        f"| {len(_unproven(each, tested))} | {len(each.refused)} |"
        for each in coverages().values()
        if each.sdk
    ]
    head = "| Service | SDK | Calls | Answered | of these unproven | Refused by name |"
    return "\n".join([head, "| --- | --- | ---: | ---: | ---: | ---: |", *rows])


def _unproven(coverage: Coverage, tested: Tested) -> set[str]:
    """The answered calls that no test makes with the SDK."""
    return set(coverage.calls) - set(tested.get(coverage.service, ())) if coverage.sdk else set()


def _refused(coverage: Coverage) -> list[tuple[str, str]]:
    """The refused calls with their reasons: a row each, or, where there are very many, a row for each reason."""
    if len(coverage.refused) < GROUPED_FROM:
        return list(coverage.refused.items())
    reasons = dict.fromkeys(coverage.refused.values())
    return [(", ".join(name for name, why in coverage.refused.items() if why == reason), reason) for reason in reasons]


def limits_list(coverage: Coverage) -> str:
    """What is simplified of a service, as a Markdown list."""
    return "\n".join(f"- {limit}" for limit in coverage.limits)


def filled(page: str, tested: Tested) -> str:
    """A page of the documentation, with each generated block written again.

    Args:
        page: its text; `<!-- calls: … -->`, `<!-- limits: … -->` and `<!-- sums: all -->` begin blocks.
        tested: what `yunmock.sdk_tests.calls_in_tests` finds.

    Raises:
        KeyError: a block names no service.
    """
    known = coverages()
    write: dict[str, Callable[[str], str]] = {
        "calls": lambda service: calls_table(known[service], tested),
        "limits": lambda service: limits_list(known[service]),
        "sums": lambda _: sums_table(tested),
    }

    def block(found: re.Match[str]) -> str:
        kind, service = found["kind"], found["service"]
        return f"<!-- {kind}: {service} -->\n\n{write[kind](service)}\n\n<!-- /{kind} -->"

    return _BLOCK.sub(block, page)
