"""The pages and samples that are made from the code, so that they cannot say anything else than it does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from opsctl import catalog_gaps, sample
from opsctl.cli import at_once, errors_page, filters, metrics_page, readme_blocks, reference_pages, tables_page
from opsledger import catalog, strict_json
from opsledger.catalog import advice
from opsledger.ledger import state
from yunmock import coverage
from yunmock.sdk_tests import calls_in_tests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import typer

    from opsledger.catalog import Lifecycle

WIDTH = 100
YUNMOCK_TESTS = ("tests/yunmock", "tests/apart")
SAMPLE_SEED = "opsledger"
SAMPLE_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: samples in `events/` are as of then."""
MADE = "<!-- Made by `make docs`; do not edit. -->\n\n"


def pages(app: typer.Typer, root: Path) -> dict[str, str]:
    """Every generated file by its path below the project's folder; of the READMEs, the transcript alone is."""
    return {
        **readme_blocks.readmes(app, root),
        "docs/catalog.md": MADE + "\n".join(_catalog()) + "\n",
        "docs/tables.md": MADE + tables_page.page(root),
        "docs/metrics.md": MADE + metrics_page.page(),
        "docs/errors.md": MADE + errors_page.page(root),
        "docs/cli.md": MADE + "\n".join(_cli(app)) + "\n",
        **reference_pages.pages(MADE, root),
        **dict(_yunmock(root)),
        **dict(_samples()),
        f"infra/opsctl/cli/{at_once.NAMES_FILE}": json.dumps(filters.names(), indent=0) + "\n",
    }


def stale(root: Path, app: typer.Typer) -> dict[str, str]:
    """The generated files that are missing or differ, with the text they should have."""
    made = pages(app, root)
    return {path: text for path, text in made.items() if _text(root / path) != text}


def stale_samples(root: Path) -> list[str]:
    """The samples under `events/` that are missing or differ."""
    return [path for path, text in _samples() if _text(root / path) != text]


def orphans(root: Path) -> list[str]:
    """Samples under `events/` that no row of the catalogue makes; the vendor's own are nobody's."""
    made = {root / path for path, _ in _samples()}
    found = {path for folder in ("ecs", "eci", "forms") for path in (root / "events" / folder).rglob("*.json")}
    return sorted(str(path.relative_to(root)) for path in found - made if path.parent.name != "vendor")


def gaps() -> list[str]:
    """What the catalogue lacks, one line each. Until they are closed, no page or sample can be made from it."""
    return catalog_gaps.gaps()


def write(path: Path, text: str) -> None:
    """Write one generated file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


# ------------------------------------------------------------------------------------------------- catalogue
def _catalog() -> Iterator[str]:
    yield "# The catalogue\n"
    yield "Every event type that OpsLedger knows, what identifies its records, and how they move."
    yield "Statuses in italics are those of the kind: the vendor names the type but documents no statuses of it.\n"
    yield "The last column names the vendor's page. If the page only names the type, or its description is thin, the"
    yield "content is kept as it comes: what can be read of it is in the record, and all of it is in the ledger.\n"
    yield "| type | about | severity | identified by | statuses | lifecycle | content |"
    yield "|---|---|---|---|---|---|---|"
    for spec in catalog.event_types():
        known = [f"`{s}`" for s in spec.statuses] or [f"*{s}*" for s in spec.kind.lifecycle.moves]
        link = f"[{spec.kind.lifecycle.name}](#{spec.kind.lifecycle.name})"
        columns = (
            f"`{spec.type}`",
            advice.title(spec.type),
            spec.level,
            spec.kind.identified_by,
            " ".join(known),
            link,
        )
        yield f"| {' | '.join(columns)} | {_source(spec)} |"
    yield "\n# Lifecycles\n"
    yield "A move that is not drawn is kept and marked as an anomaly. No move leaves an end. A status that a lifecycle"
    yield "lacks is kept and marked as undocumented if the lifecycle is open-ended; if not, the event is quarantined.\n"
    lifecycles = {kind.lifecycle.name: kind.lifecycle for kind in catalog.kinds().values()}
    for lifecycle in lifecycles.values():
        yield from _diagram(lifecycle)
    yield from _silence()


def _source(spec: catalog.EventType) -> str:
    page = f"[{spec.source.title}](https://{spec.source.url})"
    return f"as described in {page}" if spec.source.content else f"as it comes; {page} names the type"


def _silence() -> Iterator[str]:
    yield "# When a record is overdue\n"
    yield "The sweeper marks a record as overdue when this time has passed since its deadline or, if its status has no"
    yield "deadline, since it was last seen in that status. The vendor gives no figures; `kinds.py` has these.\n"
    yield "| kind | after its deadline | status without a deadline | after it was last seen |"
    yield "|---|---|---|---|"
    for kind in catalog.kinds().values():
        outcomes = kind.lifecycle.outcomes
        if any(outcome in state.OPEN for outcome in outcomes.values()):
            yield from (
                f"| {kind.name} | {_span(kind.grace_period)} | `{status}` | {_span(dwell_ms)} |"
                for status, dwell_ms in kind.max_dwell.items()
            )
            if not kind.max_dwell:
                yield f"| {kind.name} | at once: presumed to have happened | | |"
    yield ""
    yield from _settling()


def _settling() -> Iterator[str]:
    yield "# What settles a record\n"
    yield "An open record is over when the record of the same resource and the kind in the second column reaches one of"
    yield "these statuses. The sweeper marks it with that record and the moment.\n"
    yield "| kind | settled by | whenever | if not before the announcement | the same, while it is so |"
    yield "|---|---|---|---|---|"
    for kind in catalog.kinds().values():
        for settler in kind.settlers:
            statuses = (settler.final, settler.later, settler.present)
            cells = (", ".join(f"`{status}`" for status in sorted(column)) for column in statuses)
            yield f"| {kind.name} | {settler.kind} | {' | '.join(cells)} |"
    yield ""


def _span(milliseconds: int) -> str:
    hours = milliseconds // 3_600_000
    return f"{hours} h" if hours else ""


def _diagram(lifecycle: Lifecycle) -> Iterator[str]:
    yield f"## {lifecycle.name}\n"
    by = "by the moment they happened" if lifecycle.order is catalog.Order.TIME else "by how far along they are"
    more = " It is open-ended." if lifecycle.open_ended else ""
    yield f"{lifecycle.title}. Transitions are put in order {by}.{more}\n"
    yield "```mermaid\nstateDiagram-v2"
    for status in lifecycle.moves:
        if status in lifecycle.starts:
            yield f"    [*] --> {_node(status)}"
        for after in sorted(lifecycle.moves[status], key=list(lifecycle.moves).index):
            yield f"    {_node(status)} --> {_node(after)}"
        if lifecycle.terminal(status):
            yield f"    {_node(status)} --> [*]"
    yield "```\n"
    yield "| status | means |\n|---|---|"
    for status in lifecycle.moves:
        yield f"| `{status}` | {lifecycle.outcomes[status].value} |"
    yield ""


def _node(status: str) -> str:
    return status.replace(" ", "_")


# ------------------------------------------------------------------------------------------------------- CLI
def _cli(app: typer.Typer) -> Iterator[str]:
    yield "# The command line\n"
    yield _help(app, [])
    yield from (_help(app, words) for words in _commands(app, []))


def _commands(app: typer.Typer, group: list[str]) -> Iterator[list[str]]:
    for command in app.registered_commands:
        yield [*group, command.name or getattr(command.callback, "__name__", "").replace("_", "-")]
    for inner in app.registered_groups:
        if inner.typer_instance is not None and inner.name:
            yield from _commands(inner.typer_instance, [*group, inner.name])


def _help(app: typer.Typer, words: list[str]) -> str:
    result = CliRunner().invoke(app, [*words, "--help"], prog_name="opsledger", terminal_width=WIDTH)
    return f"## {' '.join(['opsledger', *words])}\n\n```text\n{result.output.strip()}\n```\n"


# --------------------------------------------------------------------------------------------------- yunmock
def _yunmock(root: Path) -> Iterator[tuple[str, str]]:
    """The pages on yunmock's services, with the tables of what each answers and refuses."""
    tested = calls_in_tests(coverage.coverages().values(), *(root / name for name in YUNMOCK_TESTS))
    for path in sorted((root / "docs" / "yunmock").glob("*.md")):
        yield str(path.relative_to(root)), coverage.filled(path.read_text(encoding="utf-8"), tested)


# --------------------------------------------------------------------------------------------------- samples
def _samples() -> Iterator[tuple[str, str]]:
    for spec in catalog.event_types():
        folder = f"events/{spec.kind.product}/{spec.name.removeprefix('Event:').replace(':', '.')}"
        for case in sample.cases(spec):
            for form in sample.forms(spec):
                yield f"{folder}/{case.name}.{form}.json", _event(spec, case, form)
    for name in ("ecs:Instance:SystemMaintenance.Reboot", "eci:Event:SpotToBeReleased"):
        spec = catalog.find(name)[0]
        for form in sample.all_forms(spec):
            yield f"events/forms/{spec.kind.product}-{form}.json", _event(spec, sample.cases(spec)[0], form)
    reboot = catalog.find("ecs:Instance:SystemMaintenance.Reboot")[0]
    both = [sample.event(reboot, s, "cloudevent", seed=SAMPLE_SEED, now_ms=SAMPLE_MS) for s in ("Scheduled", "Avoided")]
    yield "events/forms/batch-of-objects.json", _json(both)
    yield "events/forms/batch-of-strings.json", _json([strict_json.write(event) for event in both])


def _event(spec: catalog.EventType, case: sample.Case, form: str) -> str:
    seed = f"{SAMPLE_SEED}/{spec.type}"
    return _json(sample.event(spec, case.status, form, seed=seed, now_ms=SAMPLE_MS, template=case.template))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
