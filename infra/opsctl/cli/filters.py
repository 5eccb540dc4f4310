"""Whether what a listing is filtered by exists: so that a typing error is not mistaken for a filter that finds nothing.

The catalogue may lack a status, and this version a region, that a newer one has. So both are checked only when nothing
was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli.language import t
from opsctl.cli.nearest import did_you_mean
from opsctl.errors import WrongUsageError
from opsctl.regions import REGIONS
from opsledger import catalog
from opsledger.ledger import queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsledger.ledger.queries import Filter


def statuses() -> list[str]:
    """Every status of the catalogue, each once."""
    of_kinds = (status for kind in catalog.kinds().values() for status in kind.lifecycle.moves)
    of_types = (status for spec in catalog.event_types() for status in spec.statuses)
    return list(dict.fromkeys((*of_kinds, *of_types)))


def kinds() -> list[str]:
    """Every kind and every event type."""
    return [*catalog.kinds(), *(spec.type for spec in catalog.event_types())]


def names() -> list[str]:
    """Every status and kind as `--status` and `--kind` take it, with the option; `at_once` reads them from a file."""
    short = (spec.name for spec in catalog.event_types())
    last = (spec.name.partition(":")[2] for spec in catalog.event_types())
    of_kinds = sorted({name for name in (*kinds(), *short, *last) if name and queries.kinds_of(name)})
    return [*(f"--status {status}" for status in sorted(statuses())), *(f"--kind {name}" for name in of_kinds)]


def check_kind(kind: str | None) -> None:
    """Check that a kind or type exists.

    Raises:
        WrongUsageError: it does not.
    """
    if kind is not None and not queries.kinds_of(kind):
        short = (spec.name.partition(":")[2] or spec.name for spec in catalog.event_types())
        meant = did_you_mean(kind, [*catalog.kinds(), *short, *kinds()])
        raise WrongUsageError(t("no kind or type {name}{meant}", name=repr(kind), meant=meant))


def check(wanted: Filter) -> None:
    """Check a filter that has found nothing.

    Raises:
        WrongUsageError: no event has its status, or Alibaba Cloud has no such region.
    """
    if wanted.status is not None and not _known(wanted.status, statuses()):
        meant = did_you_mean(wanted.status, statuses())
        raise WrongUsageError(t("no event has the status {name}{meant}", name=repr(wanted.status), meant=meant))
    if wanted.region is not None and wanted.region not in REGIONS:
        meant = did_you_mean(wanted.region, REGIONS)
        raise WrongUsageError(
            t("no records in {name}, and no region is called so{meant}", name=repr(wanted.region), meant=meant)
        )


def _known(name: str, choices: Iterable[str]) -> bool:
    return name.lower() in (choice.lower() for choice in choices)
