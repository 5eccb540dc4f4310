"""The pages `docs/configuration.md` and `docs/doctor.md`, made from the tables of variables and checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fc3lint import CHECKS
from opsledger.settings import VARIABLES, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.settings import Variable

INTRODUCTIONS = {
    Reader.FUNCTION: "`s.yaml` sets these for every function. `s deploy` reads variables of the same names.",
    Reader.POLLER: "`s.yaml` sets these for the function `eci_poller`.",
    Reader.PLATFORM: (
        "Function Compute sets these; do not set them for a function. "
        "The command line needs the credentials for `--remote`."
    ),
    Reader.COMMANDS: "`opsledger` reads these and those above. `yunmock serve` prints the values for a local cloud.",
    Reader.DEPLOYMENT: "`s deploy` reads these, and `OTS_ENDPOINT`, `OTS_INSTANCE` and `OPSLEDGER_TABLE_PREFIX`.",
}


def pages(header: str) -> dict[str, str]:
    """Return both pages by path, each with `header` on top."""
    return {
        "docs/configuration.md": header + "\n".join(_configuration()) + "\n",
        "docs/doctor.md": header + "\n".join(_doctor()) + "\n",
    }


def _configuration() -> Iterator[str]:
    yield "# Configuration\n"
    yield "All settings are environment variables. A function reads its variables before its first event. If one is"
    yield "missing or invalid, the initializer fails with a message that names it. `opsledger doctor` finds the same"
    yield "errors in `s.yaml` before you deploy."
    for reader in Reader:
        yield f"\n## Read by {reader.value}\n"
        yield f"{INTRODUCTIONS[reader]}\n"
        yield "| variable | meaning | form | default |\n|---|---|---|---|"
        for variable in VARIABLES:
            if variable.reader is reader:
                wanted = variable.wanted or "any text"
                yield f"| `{variable.name}` | {variable.meaning} | {wanted} | {_default(variable)} |"


def _default(variable: Variable) -> str:
    if variable.required:
        return "required"
    return variable.shown_default or (f"`{variable.default}`" if variable.default is not None else "none")


def _doctor() -> Iterator[str]:
    yield "# What `opsledger doctor` finds\n"
    yield "The command reads any `s.yaml` of edition 3.0.0 with the component fc3, not only OpsLedger's. For every"
    yield "mistake it prints the file, the line, what is wrong and how to fix it. The component's own JSON schema"
    yield "accepts most of these mistakes: it allows unknown keys, and any `triggerConfig` fits it.\n"
    yield "```text\nopsledger doctor path/to/s.yaml\nopsledger doctor --no-import --json"
    yield "opsledger doctor --remote\n```\n"
    yield "The linter is the package `fc3lint`, which also runs by itself: `python -m fc3lint path/to/s.yaml` has the"
    yield "same output and exit codes, with `--no-import` and `--json`. Only `opsledger doctor` checks OpsLedger's own"
    yield "variables and events, and has `--remote`.\n"
    yield "The file is only read. To check that handlers can be imported, each function's module is imported in its own"
    yield "process, without your Alibaba Cloud credentials and for at most twenty seconds; `--no-import` skips this."
    yield "`--remote` compares the file with what is deployed. The exit code is 1 if there is an error, otherwise 0.\n"
    yield "| code | severity | problem | consequence |\n|---|---|---|---|"
    for code, check in CHECKS.items():
        yield f"| `{code}` | {check.severity} | {check.problem} | {check.consequence} |"
