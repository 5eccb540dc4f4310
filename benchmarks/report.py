"""`python -m benchmarks.report`: generate the page and its plots from `results.json` and `changes.json`.

The same figures give the same bytes, so `--check` can tell whether the page is up to date.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RESULTS = Path(__file__).with_name("results.json")
CHANGES = Path(__file__).with_name("changes.json")
ROOT = Path(__file__).parents[1]
PAGE = "docs/performance.md"
PLOTS = "docs/performance"
INTRODUCTION = """<!-- Made by `make bench` (`python -m benchmarks.report`); do not edit. -->

# Performance

These events are rare and come in bursts: a function is usually cold, then an incident sends thousands at once. So these
figures matter most: the cold start, the batch, the number of store calls, and whether a storm on one record ends.

Each figure is shown beside a peer that did the same job in the same run, by turns. Where there is a peer, the line (the
limit) is a ratio, because absolute times depend on the machine. A ratio is the median of the rounds' ratios. A line
that was not reached is marked **missed**; the reasons that are known are [below](#lines-that-are-hard-to-reach).
"""
FLOOR = "floor"
"""The beginning of lines that are about what ours is compared with."""
HARD = (
    "Every line of ours that a run above missed, and what is in the way. An absolute figure, in ms or events a second, "
    "depends on the machine: this one is a small virtual machine whose speed changes by a factor of two within minutes "
    "(see min and max of each row). Ratios are taken within a round."
)
UNKNOWN = "Open: nothing is known that keeps it from its line."


def main() -> int:
    """Write the generated files, or with `--check` report which are stale."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is stale")
    if not parser.parse_args().check:
        write()
        return 0
    stale = [path for path, text in files().items() if _text(ROOT / path) != text]
    for path in stale:
        sys.stderr.write(f"{path} is stale: run python -m benchmarks.report\n")
    return 1 if stale else 0


def write() -> None:
    """Write every generated file."""
    for path, text in files().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


def files() -> dict[str, str]:
    """The page and its plots, by path."""
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    drawn = {
        f"{PLOTS}/{_name(python, row)}.svg": plots.bars(row)
        for python, run in results.items()
        for row in _rows(run)
        if len(row["sides"]) > 1
    }
    return {PAGE: "\n".join(_page(results)) + "\n", **drawn}


def _page(results: Mapping[str, Any]) -> Iterator[str]:
    yield INTRODUCTION
    for python, run in results.items():
        yield f"## CPython {python}\n"
        yield _machine(run) + "\n"
        yield "| what | ours | beside | line | figure | |"
        yield "|---|---|---|---|---|---|"
        for row in _rows(run):
            yield from _lines(row)
        yield ""
    changes = json.loads(CHANGES.read_text(encoding="utf-8"))
    yield from _profile(changes)
    yield from _missed(results, changes["floors"])
    for python, run in results.items():
        yield f"\n## Every figure, CPython {python}\n"
        for row in _rows(run):
            yield from _figures(python, row)


def _machine(run: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    return (
        f"{run['python']}, {run['system']}, {run['processors']} × {run['processor']}, {run['memory_mb']:,} MB; load "
        f"{run['load']} when it began; {run['on']}. {versions}. Command: `{run['command']}`."
    )


def _rows(run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for rows in run["benchmarks"].values():
        yield from rows


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    ours, *others = row["sides"]
    mine = f"{_shown(ours['median'])} {row['unit']}"
    beside = "<br>".join(f"{side['name']}: {_shown(side['median'])}" for side in others)
    for number, line in enumerate(row["lines"]):
        first_cells = (row["what"], mine, beside) if number == 0 else ("", "", "")
        mark = "✓" if line["reached"] else "**missed**"
        yield f"| {' | '.join(first_cells)} | {_limit(line)} | {_shown(line['figure'])} | {mark} |"


def _limit(line: Mapping[str, Any]) -> str:
    return f"{line['says']} {'≥' if line['at_least'] else '≤'} {_shown(line['limit'])}"


def _profile(changes: Mapping[str, Any]) -> Iterator[str]:
    yield "## What the profile showed, and what each change gained\n"
    yield changes["how"] + "\n"
    yield "| the profile showed | the change | measured | before | after |"
    yield "|---|---|---|---|---|"
    for change in changes["changes"]:
        yield f"| {' | '.join(change[name] for name in ('showed', 'change', 'measured', 'before', 'after'))} |"


def _missed(results: Mapping[str, Any], floors: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Each line of ours that a run missed, with its figures, and why as far as it is known."""
    why = {(floor["row"], floor["line"]): floor["why"] for floor in floors}
    figures: dict[tuple[str, str, str], list[str]] = {}
    for python, run in results.items():
        for row in _rows(run):
            for line in row["lines"]:
                if not line["reached"] and not line["says"].startswith(FLOOR):
                    missed = figures.setdefault((row["what"], line["says"], _limit(line)), [])
                    missed.append(f"{_shown(line['figure'])} on {python}")
    yield "\n### Lines that are hard to reach\n"
    yield HARD + "\n"
    for (what, says, limit), missed in figures.items():
        yield f"- **{what}: {limit}** ({', '.join(missed)}). {why.get((what, says), UNKNOWN)}"


def _figures(python: str, row: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {row['what']}\n"
    if row["note"]:
        yield row["note"] + "\n"
    if len(row["sides"]) > 1:
        name = _name(python, row)
        yield f"![{row['what']}](performance/{name}.svg)\n"
    yield f"| | median, {row['unit']} | min | max | rounds |"
    yield "|---|---|---|---|---|"
    for side in row["sides"]:
        samples = side["samples"]
        low, high = _shown(min(samples)), _shown(max(samples))
        yield f"| {side['name']} | {_shown(side['median'])} | {low} | {high} | {len(samples)} |"
    yield ""


def _name(python: str, row: Mapping[str, Any]) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in row["what"].partition(", SDK codec")[0].lower())
    return "-".join([python, *words.split()])[:80]


def _shown(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"  # noqa: PLR2004 - from a thousand on without decimals


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
