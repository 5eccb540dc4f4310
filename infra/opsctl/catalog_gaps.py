"""What a product's folder still lacks, one line each: what to add after adding an event type.

`opsledger docs` runs this first, because the generated pages and samples are made from the same rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from opsctl import sample
from opsledger import catalog
from opsledger.catalog import advice
from opsledger.catalog.content import Content, ReadContext
from opsledger.catalog.transition import SEVERITIES
from opsledger.errors import BadEventError, UnknownTypeError
from opsledger.ledger.state import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opsledger.catalog import EventType, Kind, Lifecycle, ProductCatalog
    from opsledger.catalog.content import Reading

NOW_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: the moment of the samples that are read."""
MAX_TYPE = 64
"""The characters that EventBridge allows in a type."""
_CANNOT_LOAD = (AttributeError, ImportError, NameError, SyntaxError, TypeError, ValueError)
"""What a product's modules raise when a row names something that is not there."""


def gaps() -> list[str]:
    """What the catalogue lacks; empty if it is complete."""
    found: list[str] = []
    for name in catalog.PRODUCTS:
        try:
            product = catalog.product(name)
        except _CANNOT_LOAD as error:
            found.append(_not_loaded(name, error))
            continue
        found.extend(of_product(product))
    return list(dict.fromkeys(found))


def _not_loaded(name: str, error: Exception) -> str:
    module = getattr(getattr(error, "obj", None), "__name__", "")
    if isinstance(error, AttributeError) and module.startswith(f"opsledger.catalog.{name}."):
        return f"no {error.name} in catalog/{name}/{module.rpartition('.')[2]}.py: add it"
    return f"the catalogue of {name} cannot be loaded: {error}"


def of_product(product: ProductCatalog) -> Iterator[str]:
    """What one product lacks."""
    yield from _twice("event type", (row.type for row in product.event_types))
    yield from _twice("kind", (kind.name for kind in product.kinds))
    yield from _twice("record prefix", (kind.record_prefix for kind in product.kinds))
    for lifecycle in {kind.lifecycle.name: kind.lifecycle for kind in product.kinds}.values():
        yield from _of_lifecycle(lifecycle, product)
    for kind in product.kinds:
        yield from _of_kind(kind)
    for row in product.event_types:
        for check in (_of_row, _of_statuses, _of_sample):
            yield from check(row, product)
    yield from _of_advice(product)


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{what} {name} is there twice"
        seen.add(name)


# ------------------------------------------------------------------------------------------------ lifecycles, kinds
def _of_lifecycle(lifecycle: Lifecycle, product: ProductCatalog) -> Iterator[str]:
    rows = [row for row in product.event_types if row.kind.lifecycle is lifecycle]
    reported = {status for row in rows for status in row.statuses or lifecycle.moves} | lifecycle.undocumented
    named = {
        **{f"`moves` of {status}": afters for status, afters in lifecycle.moves.items()},
        **{f"`suspended_by` of {status}": {status, *others} for status, others in lifecycle.suspended_by.items()},
        **{field: frozenset(getattr(lifecycle, field)) for field in _OF_STATUSES},
    }
    for where, statuses in named.items():
        for status in sorted(statuses - lifecycle.moves.keys()):
            yield f"no lifecycle row for status {status}, which {where} names: add it to lifecycle {lifecycle.name}"
    for status in lifecycle.moves:
        if status not in lifecycle.outcomes:
            yield f"no outcome for status {status} of lifecycle {lifecycle.name}"
        if status not in _reachable(lifecycle):
            yield f"no move leads to status {status} of lifecycle {lifecycle.name}, and it is no start"
        if status not in reported:
            yield f"no event type reports status {status} of lifecycle {lifecycle.name}"


_OF_STATUSES = ("starts", "outcomes", "reopens", "ends", "undocumented")
"""The fields of a lifecycle that name statuses."""


def _reachable(lifecycle: Lifecycle) -> set[str]:
    return {*lifecycle.starts, *lifecycle.reopens, *(after for afters in lifecycle.moves.values() for after in afters)}


def _of_kind(kind: Kind) -> Iterator[str]:
    for status in kind.max_dwell.keys() - kind.lifecycle.moves.keys():
        yield f"no lifecycle row for status {status}, which `max_dwell` of kind {kind.name} names"


# ------------------------------------------------------------------------------------------------------------- rows
def _of_row(row: EventType, product: ProductCatalog) -> Iterator[str]:
    if row.kind not in product.kinds:
        yield f"no kind for {row.type}: add {row.kind.name} to KINDS of {product.name}"
    if not row.type.startswith(f"{product.name}:") or len(row.type) > MAX_TYPE:
        yield f"{row.type} must begin with {product.name}: and have at most {MAX_TYPE} characters"
    if not row.source.title or not row.source.url:
        yield f"no source for {row.type}: name the page that documents it"
    for severity in sorted({row.level, *row.levels.values()} - set(SEVERITIES)):
        yield f"severity {severity} of {row.type} must be one of {', '.join(SEVERITIES)}"
    if row.content is Content or row.content.read is Content.read:
        yield f"no content model for {row.type}: {row.content.__name__} has no `read`"


def _of_statuses(row: EventType, _product: ProductCatalog) -> Iterator[str]:
    lifecycle = row.kind.lifecycle
    for status in row.statuses:
        if status not in lifecycle.moves:
            yield f"no lifecycle row for status {status} of {row.type}: add it to lifecycle {lifecycle.name}"
    for status in row.levels.keys() - lifecycle.moves.keys():
        yield f"no lifecycle row for status {status}, which `levels` of {row.type} names"


# ---------------------------------------------------------------------------------------------------------- samples
def _of_sample(row: EventType, _product: ProductCatalog) -> Iterator[str]:
    if row.content.read is Content.read:
        return  # named already
    if not row.content.sample:
        yield f"no sample for {row.type}: its content model {row.content.__name__} has no `sample`"
        return
    for case in sample.cases(row):
        if case.status in row.kind.lifecycle.moves:
            try:
                yield from _of_case(row, case)
            except (ValueError, BadEventError) as error:
                yield f"the sample of {row.type} with status {case.name} cannot be made: {error}"


def _of_case(row: EventType, case: sample.Case) -> Iterator[str]:
    content = sample.content(row, case.status, seed="gaps", now_ms=NOW_MS, template=case.template)
    try:
        reading = row.content.model_validate(content).read(
            ReadContext(NOW_MS, case.status, row.templates, row.source_severity, name=row.name)
        )
    except ValidationError as error:
        for one in error.errors():
            path = ".".join(str(part) for part in one["loc"])
            yield f"the sample of {row.type} with status {case.name} is refused: {path}: {one['msg']}"
        return
    if reading.transition.status != case.status:
        yield f"the sample of {row.type} with status {case.name} reads as status {reading.transition.status}"
    yield from _of_deadline(row, case, reading)
    if "raw" in sample.all_forms(row):
        yield from _of_raw(row, case, content)


def _of_deadline(row: EventType, case: sample.Case, reading: Reading) -> Iterator[str]:
    """Something must end the wait for an open record: a deadline that the content gives, or the longest dwell."""
    is_open = row.kind.lifecycle.outcomes.get(case.status) in OPEN
    if is_open and reading.transition.due_at is None and case.status not in row.kind.max_dwell:
        yield f"no `max_dwell` for status {case.status} of kind {row.kind.name}, and no deadline in {row.type}"


def _of_raw(row: EventType, case: sample.Case, content: dict[str, object]) -> Iterator[str]:
    if not row.content.raw_marks:
        yield f"no raw marks for {row.type}: its content model {row.content.__name__} has no `raw_marks`"
        return
    try:
        found = catalog.of_raw(content)
    except UnknownTypeError:
        found = "no type"
    if found != row.type:
        yield f"the sample of {row.type} with status {case.name} without its envelope is taken for {found}"


# ----------------------------------------------------------------------------------------------------------- advice
def _of_advice(product: ProductCatalog) -> Iterator[str]:
    try:
        by_language = {lang: advice.advice_by_name(product.name, lang) for lang in advice.LANGUAGES}
    except (OSError, ValueError, TypeError) as error:
        yield f"the advice on {product.name} cannot be read: {error}"
        return
    english = by_language["en"]
    for lang, pieces in by_language.items():
        for row in product.event_types:
            if row.advice_key not in pieces:
                where = f"catalog/{product.name}/advice/{lang}.json"
                yield f"no advice in {lang} for {row.type}: add {row.advice_key} to {where}"
        for name, piece in pieces.items():
            if name in english and piece.heals != english[name].heals:
                yield f"the advice on {name} of {product.name} has another `heals` in {lang} than in en"
            if name not in english:
                yield f"no advice in en for {name} of {product.name}, on which there is advice in {lang}"
