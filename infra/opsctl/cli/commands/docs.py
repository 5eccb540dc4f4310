"""`docs`: write the generated pages, or check them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from opsctl.cli.options import FAILED

CATALOG = Path("shared", "opsledger", "catalog")
"""What the pages describe; a folder without it is not a clone, and would be filled with hundreds of files."""


def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a page is out of date.")] = False,
    root: Annotated[Path, typer.Option(help="The project's folder.")] = Path(),
) -> None:
    """Write the generated pages and samples, or check them.

    Run it in a clone of OpsLedger. It fails if the catalogue lacks a piece, such as a sample.
    """
    from opsctl.cli import pages, terminal
    from opsctl.cli.app import app
    from opsctl.errors import NotThereError

    if not (root / CATALOG).is_dir():
        raise NotThereError(f"no {CATALOG} in {root.resolve()}: run this in a clone of OpsLedger, or give --root")
    gaps = pages.gaps()
    for gap in gaps:
        terminal.complain(gap)
    if gaps:
        raise typer.Exit(FAILED)
    stale = pages.stale(root, app)
    for path, text in stale.items():
        terminal.complain(f"{path} is out of date; run `make docs`") if check else pages.write(root / path, text)
    orphans = pages.orphans(root)
    for path in orphans:
        terminal.complain(f"{path} is a sample of nothing in the catalogue; remove it")
    if orphans or (check and stale):
        raise typer.Exit(FAILED)
