"""docs/performance.md says of every line that was missed by how much, and nothing of lines that are no more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks import report

if TYPE_CHECKING:
    from pathlib import Path

FLOORS = [{"row": "speed", "line": "ours ÷ theirs", "why": "They do less."}]


def line(says: str, figure: float, *, reached: bool) -> dict[str, Any]:
    """A line of a row, at most 2."""
    return {"says": says, "figure": figure, "limit": 2.0, "at_least": False, "reached": reached}


def run(*lines: dict[str, Any]) -> dict[str, Any]:
    """What one Python measured: one row with these lines."""
    return {"benchmarks": {"one": [{"what": "speed", "lines": lines}]}}


def missed(**results: Any) -> list[str]:
    """The list of missed lines."""
    return [text for text in report._missed(results, FLOORS) if text.startswith("- ")]


def test_every_missed_line_is_explained_or_open() -> None:
    """With its figure of each run that missed it; a floor is no line of ours."""
    first = run(
        line("ours ÷ theirs", 3, reached=False), line("ours, ms", 5, reached=False), line("floor: a", 9, reached=False)
    )
    second = run(line("ours ÷ theirs", 4, reached=False), line("ours, ms", 1, reached=True))

    assert missed(old=first, new=second) == [
        "- **speed: ours ÷ theirs ≤ 2** (3 on old, 4 on new). They do less.",
        f"- **speed: ours, ms ≤ 2** (5 on old). {report.UNKNOWN}",
    ]


def test_a_line_that_is_reached_is_not_among_them() -> None:
    """What is written about it is left out by itself."""
    assert missed(new=run(line("ours ÷ theirs", 2, reached=True))) == []


def test_what_is_explained_is_a_line_of_today(root: Path) -> None:
    """Each explanation is of a line that a benchmark has, by the line's and the row's words in the code."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((root / "benchmarks" / "rows").glob("*.py")))
    floors = json.loads(report.CHANGES.read_text(encoding="utf-8"))["floors"]

    for floor in floors:
        assert f'"{floor["line"]}"' in code
        assert floor["row"].partition(", in process")[0].partition(", batch of")[0] in code
    assert len({(floor["row"], floor["line"]) for floor in floors}) == len(floors)
