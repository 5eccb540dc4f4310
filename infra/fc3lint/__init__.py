"""A linter for any Serverless Devs s.yaml with the component fc3: it finds what the component's own schema accepts.

`python -m fc3lint s.yaml` is the command, `lint` the function. The file is only read. The import check runs the
handlers' modules, each function's in its own process, unless it is turned off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fc3lint import (
    delivery,
    deployed,
    deployed_rules,
    environment,
    expressions,
    functions,
    handlers,
    imports,
    patterns,
    places,
    triggers,
)
from fc3lint.delivery import OtherRule, OtherRules
from fc3lint.deployed import Describe
from fc3lint.deployed_rules import DeployedTarget
from fc3lint.document import read
from fc3lint.findings import CHECKS, ERROR, WARNING, Check, Finding
from fc3lint.libraries import Library, LibraryVariable
from fc3lint.places import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fc3lint.document import Document

__all__ = [
    "CHECKS",
    "ERROR",
    "WARNING",
    "Check",
    "DeployedTarget",
    "Describe",
    "Finding",
    "Library",
    "LibraryVariable",
    "OtherRule",
    "OtherRules",
    "Place",
    "lint",
]


def lint(
    path: Path,
    *,
    import_check: bool = True,
    environ: Mapping[str, str] | None = None,
    libraries: Sequence[Library] = (),
    describe: Describe | None = None,
    other_rules: OtherRules | None = None,
    targets: Sequence[DeployedTarget] | None = None,
    place: Place | None = None,
) -> list[Finding]:
    """Everything found in a file, in the order of its lines.

    Args:
        path: the s.yaml.
        import_check: import the handlers' modules.
        environ: what `${env(…)}` reads; this process's environment if None.
        libraries: what to know about libraries that functions import.
        describe: asks Function Compute what is deployed; nothing is compared if None.
        other_rules: the rules that something else makes for the file's functions; None if nothing does.
        targets: of all deployed rules; None if they are not known.
        place: the account and the region that is deployed to; None if they are not known.
    """
    document = read(path, environ)
    if document.root:
        _check(document, libraries, other_rules, place, import_check=import_check)
        _check_deployed(document, other_rules, place, describe=describe, targets=targets)
    return sorted(document.findings.all, key=lambda finding: (finding.file, finding.line, finding.code))


def _check(
    document: Document,
    libraries: Sequence[Library],
    other_rules: OtherRules | None,
    place: Place | None,
    *,
    import_check: bool,
) -> None:
    functions.check_file(document)
    expressions.check(document)
    all_props = dict(document.functions())
    functions.check_names(document, all_props)
    checked = []
    for name, props in all_props.items():
        keys = ("resources", name, "props")
        functions.check_function(document, props, keys)
        places.check(document, props, keys, place)
        triggers.check(document, props, keys)
        found = handlers.check(document, props, keys)
        environment.check(document, props, keys, found, libraries)
        checked.append((props, found))
    places.check_local_account(document, all_props, place)
    if import_check:
        imports.check(document, checked)
    triggers.check_all(document, all_props)
    patterns.check_all(document, all_props, libraries, () if other_rules is None else other_rules.rules)
    if other_rules is not None:
        delivery.check(document, all_props, other_rules)


def _check_deployed(
    document: Document,
    other_rules: OtherRules | None,
    place: Place | None,
    *,
    describe: Describe | None,
    targets: Sequence[DeployedTarget] | None,
) -> None:
    all_props = dict(document.functions())
    if describe is not None:
        deployed.check(document, all_props, describe)
    if targets is not None:
        needed = frozenset[str]() if other_rules is None else other_rules.functions
        deployed_rules.check(document, all_props, targets, needed, place)
