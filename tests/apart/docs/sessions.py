"""Types the commands of a page in a scratch folder, and compares what they print with the page.

`python -m tests.apart.docs.sessions` writes what they print into the pages, in every language.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.project.blocks import PAGES, ROOT, TRANSLATED, Block, How, blocks, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NEEDED: Final = ("s.yaml", "s.quickstart.yaml", "functions", "events", "infra")
"""What the commands need of a clone."""
WIDTH: Final = "118"
MASKS: Final = (
    (re.compile(r"(?:\S+ )*\S*…\S*(?: \S+)*"), "<cut>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.]\d+)?(Z|[+]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"\b(in \d+ (min|h|d)|\d+ (min|h|d) ago|now)(?=\s|$|\))"), "<when>"),
    (re.compile(r"\b1-[0-9a-f]{8}-[0-9a-f]{24}\b"), "<request>"),
    (re.compile(r"[\d.]+ (ms|MB)\b"), "<measured>"),
    (re.compile(r"\b\d{10,13}\b(?=[- ])"), "<moment>"),
    (re.compile(r"\b[0-9a-f]{16,}\b"), "<digest>"),
    (re.compile(r"─+"), "─"),
    (re.compile(r" +"), " "),
)
"""What differs from run to run: times, spans, ids, measurements, digests, the width of columns and what they cut."""


class Preparation(NamedTuple):
    """What is there before a page begins.

    Attributes:
        script: run before the first block.
        replaced: texts of the page, and what is typed in their place.
    """

    script: str = ""
    replaced: tuple[tuple[str, str], ...] = ()


ANNOUNCED: Final = """
opsledger sample SystemMaintenance.Reboot --status Scheduled --seed operations > reboot.json
opsledger publish reboot.json
"""
PREPARED: Final[dict[str, Preparation]] = {
    "README.md": Preparation(ANNOUNCED, (("e-bp1…", "e-bp111mnc6crk"),)),
    "docs/runbooks.md": Preparation("opsledger publish events/forms/ecs-cloudevent.json"),
    "docs/operations.md": Preparation(
        ANNOUNCED
        + r"""
opsledger sample SystemMaintenance.Reboot --status Executing --seed operations > executing.json
sed 's/Maintenance.Reboot"/Maintenance.Teleport"/' \
  events/ecs/Instance.SystemMaintenance.Reboot/Scheduled.cloudevent.json > teleport.json
opsledger invoke ecs_events --event teleport.json
opsledger sample SystemMaintenance.Stop --status Scheduled --seed late | sed -E \
  "s/(\"publishTime\": )[^,]*/\1\"$(date -u -d '-5 days' +%FT%TZ)\"/
   s/(\"notBefore\": )\"[^\"]*\"/\1\"$(date -u -d '-3 days' +%FT%TZ)\", \"impactLevel\": 3/" > late.json
opsledger publish late.json
echo '{}' > timer.json
opsledger drill
"""
    ),
}


class Session:
    """A shell in a folder that has what a clone has; what a block exports, the next one has."""

    def __init__(self, folder: Path, page: str) -> None:
        self._folder, self._prologue = folder, ""
        self._prepared = PREPARED.get(page, Preparation())
        for name in NEEDED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        programs = Path(sys.executable).parent
        self._environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "USER": "you",
            "LOGNAME": "you",
            "COLUMNS": WIDTH,
            **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
        }
        if self._prepared.script:
            self.check(self._prepared.script)

    def run(self, code: str) -> subprocess.CompletedProcess[str]:
        """Type a script, but for the lines that call make: its targets are checked by name."""
        for shown, typed in self._prepared.replaced:
            code = code.replace(shown, typed)
        typed_lines = [line for line in code.splitlines() if not line.startswith("make ")]
        done = subprocess.run(  # noqa: S603 - the page's own commands
            ["/bin/bash", "-euo", "pipefail", "-c", self._prologue + "\n".join(typed_lines)],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        self._prologue += "".join(f"{line}\n" for line in typed_lines if line.startswith("export "))
        return done

    def check(self, code: str) -> str:
        """Type a script that must end well, and return what it prints."""
        done = self.run(code)
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def shown(self, block: Block) -> str:
        """A block with prompts, with what its commands print now."""
        return "".join(f"$ {command}\n{self.check(command)}" for command in block.commands_of_session)

    @property
    def left(self) -> list[str]:
        """The names of what the commands have left in the folder."""
        return sorted(path.name for path in self._folder.iterdir() if path.name not in NEEDED)


def masked(text: str) -> str:
    """A text without what differs from run to run."""
    for pattern, name in MASKS:
        text = pattern.sub(name, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def typed(page: str) -> list[Block]:
    """The blocks of a page that are typed."""
    return [block for block in blocks(page) if block.how in (How.TYPED, How.COMPARED) and not block.reason]


def pages() -> list[str]:
    """The pages, in English, that have something to type."""
    return [page for page in PAGES if page not in TRANSLATED and typed(page)]


def _written(page: str) -> Iterator[tuple[str, str]]:
    """Each block with prompts as it is on a page, and as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder), page)
        for block in typed(page):
            if block.how is How.TYPED:
                session.check(block.code)
            else:
                yield block.code, session.shown(block)


def main(chosen: Sequence[str]) -> None:
    """Write what the commands of the pages print now."""
    for page in chosen or pages():
        changes = list(_written(page))
        for name in (page, *(name for name, english in TRANSLATED.items() if english == page)):
            if not (ROOT / name).is_file():
                continue
            text = text_of(name)
            for before, now in changes:
                if masked(before) != masked(now):
                    text = text.replace(before, now)
            (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
