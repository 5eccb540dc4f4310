"""The pages made from tables of the code: `docs/configuration.md` and `docs/doctor.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fc3lint import CHECKS
from opsledger.settings import VARIABLES, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.settings import Variable

INTRODUCTIONS = {
    Reader.FUNCTION: "Set by `s.yaml`, for every function. `s` reads variables of the same names as it deploys.",
    Reader.POLLER: "Set by `s.yaml`, for the function `eci_poller`.",
    Reader.PLATFORM: "Nobody sets these for a function. The command line needs the credentials for `--remote`.",
    Reader.COMMANDS: "Of `opsledger`, which reads those above as well; `yunmock serve` prints all it needs.",
    Reader.DEPLOYMENT: "Of `s deploy`, beside `OTS_ENDPOINT`, `OTS_INSTANCE` and `OPSLEDGER_TABLE_PREFIX`.",
}


def pages(made: str) -> dict[str, str]:
    """Both pages by their paths; `made` is put on top."""
    return {
        "docs/configuration.md": made + "\n".join(_configuration()) + "\n",
        "docs/doctor.md": made + "\n".join(_doctor()) + "\n",
    }


def _configuration() -> Iterator[str]:
    yield "# Configuration\n"
    yield "Everything is told by environment variables. A function reads its own before its first event; one that is"
    yield "missing or wrong ends the initializer with a message that names it. `opsledger doctor` finds the same in"
    yield "`s.yaml`, without deploying."
    for reader in Reader:
        yield f"\n## Read by {reader.value}\n"
        yield f"{INTRODUCTIONS[reader]}\n"
        yield "| variable | meaning | must be | default |\n|---|---|---|---|"
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
