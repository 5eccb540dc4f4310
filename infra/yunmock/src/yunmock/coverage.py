"""What yunmock emulates of each service, as data: the calls it answers, those it refuses, and what it simplifies.

Each service states its own in `<service>/coverage.py`. The documentation's tables are generated from these (`filled`),
and `yunmock.sdk_calls` checks them against the routes and the vendor's SDKs.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

MODULES = ("tablestore", "eventbridge", "fc", "eci", "ecs", "mns", "ros", "chat")
"""The services; each has a module `coverage` with COVERAGES or COVERAGE."""

GROUPED_FROM = 100
"""How many refused calls are listed by reason rather than a row each."""

# `<!-- calls: tablestore -->` … `<!-- /calls -->`, and the same with `limits`.
_BLOCK = re.compile(r"<!-- (?P<kind>calls|limits): (?P<service>[\w.-]+) -->\n.*?<!-- /(?P=kind) -->", re.DOTALL)


class Coverage(NamedTuple):
    """What yunmock emulates of one service.

    Attributes:
        service: yunmock's name of the service, such as `tablestore`; with the API's version where there are several.
        title: the service's name for readers, such as `Tablestore`.
        sdk: the vendor's SDK on PyPI whose calls these are, and its version; "" where there is none.
        calls: each call, or type of message, that is answered, with what is special about it; "" when it is complete.
        refused: each call that is refused, with the reason.
        limits: what is simplified, or is not proven against the real service, a sentence each.
    """

    service: str
    title: str
    sdk: str
    calls: Mapping[str, str]
    refused: Mapping[str, str]
    limits: tuple[str, ...] = ()


def coverages() -> dict[str, Coverage]:
    """The coverage of every service, by the service's name."""
    modules = [importlib.import_module(f"yunmock.{name}.coverage") for name in MODULES]
    found = [each for module in modules for each in _stated(module)]
    return {coverage.service: coverage for coverage in found}


def _stated(module: ModuleType) -> tuple[Coverage, ...]:
    many: tuple[Coverage, ...] | None = getattr(module, "COVERAGES", None)
    return (module.COVERAGE,) if many is None else many


def calls_table(coverage: Coverage) -> str:
    """The calls of a service as a Markdown table."""
    answered = [f"| {name} | answered | {note} |" for name, note in coverage.calls.items()]
    refused = [f"| {names} | refused | {reason} |" for names, reason in _refused(coverage)]
    return "\n".join(["| Call | yunmock | Note |", "| --- | --- | --- |", *answered, *refused])


def _refused(coverage: Coverage) -> list[tuple[str, str]]:
    """The refused calls with their reasons: a row each, or, where there are very many, a row for each reason."""
    if len(coverage.refused) < GROUPED_FROM:
        return list(coverage.refused.items())
    reasons = dict.fromkeys(coverage.refused.values())
    return [(", ".join(name for name, why in coverage.refused.items() if why == reason), reason) for reason in reasons]


def limits_list(coverage: Coverage) -> str:
    """What is simplified of a service, as a Markdown list."""
    return "\n".join(f"- {limit}" for limit in coverage.limits)


def filled(page: str) -> str:
    """A page of the documentation, with each block between `<!-- calls: … -->` or `<!-- limits: … -->` generated anew.

    Raises:
        KeyError: a block names no service.
    """
    known = coverages()
    write = {"calls": calls_table, "limits": limits_list}

    def block(found: re.Match[str]) -> str:
        kind, service = found["kind"], found["service"]
        return f"<!-- {kind}: {service} -->\n\n{write[kind](known[service])}\n\n<!-- /{kind} -->"

    return _BLOCK.sub(block, page)
