"""`opsledger doctor`: what is wrong with an fc3 s.yaml, beyond what the component's own schema tells.

The file is read, never run; only the import check starts the code, in a process of its own and if it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fc3lint import code, deployed, environment, functions, patterns, triggers
from fc3lint.deployed import Describe
from fc3lint.document import read
from fc3lint.findings import CHECKS, ERROR, WARNING, Check, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["CHECKS", "ERROR", "WARNING", "Check", "Describe", "Finding", "examine"]


def examine(
    path: Path,
    *,
    imports: bool = True,
    variables: Mapping[str, str] | None = None,
    describe: Describe | None = None,
) -> list[Finding]:
    """Everything found in the file at `path`, in the order of its lines.

    Args:
        imports: import the handlers' modules, each in a process of its own.
        variables: what `${env(…)}` reads; this process's environment when None.
        describe: asks the real service what is deployed; nothing is compared when None.
    """
    document = read(path, variables)
    if document.root:
        functions.check_file(document)
        document.check_expressions()
        all_props = dict(document.resources())
        functions.check_names(document, all_props)
        checked = []
        for name, props in all_props.items():
            here = ("resources", name, "props")
            functions.check_function(document, props, here)
            triggers.check(document, props, here)
            handlers = code.check(document, props, here)
            environment.check(document, props, here, handlers)
            checked.append((props, handlers))
        if imports:
            code.check_imports(document, checked)
        triggers.check_all(document, all_props)
        patterns.check_all(document, all_props)
        if describe is not None:
            deployed.check(document, all_props, describe)
    return sorted(document.findings.all, key=lambda finding: (finding.file, finding.line, finding.code))
