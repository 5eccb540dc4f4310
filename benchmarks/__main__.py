"""`python -m benchmarks`: run the benchmarks, write `results.json`, and generate the page from it."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import report, rows
from benchmarks.sizes import QUICK, Sizes

NAMES = (
    "cold_start",
    "instructions",
    "own_cpu",
    "history",
    "throughput",
    "store_calls",
    "conflict_storm",
    "notify_storm",
    "delivery",
    "rebuild",
    "growth",
    "eci_poll",
    "memory",
    "simulator",
    "emulator",
)
PACKAGES = ("tablestore", "pydantic", "aws-lambda-powertools", "boto3", "moto", "protobuf", "urllib3")


def main() -> None:
    """Run all benchmarks, or the named ones, each in a separate process."""
    options = _parser().parse_args()
    if options.one:
        _measure_one(options.one, _sizes(quick=options.quick, max_records=options.records))
        return
    results: dict[str, Any] = json.loads(report.RESULTS.read_text()) if report.RESULTS.is_file() else {}
    version = ".".join(platform.python_version_tuple()[:2])
    run = {**_environment(_command(options)), "benchmarks": results.get(version, {}).get("benchmarks", {})}
    for name in options.names or NAMES:
        started = time.monotonic()
        run["benchmarks"][name] = _in_a_process(name, _arguments(options))
        sys.stdout.write(f"{name}: {time.monotonic() - started:.0f} s\n")
        if not options.quick:  # quick runs are too small to be results
            _save({**results, version: run})


def _save(results: dict[str, Any]) -> None:
    for run in results.values():
        run["benchmarks"] = {name: run["benchmarks"][name] for name in NAMES if name in run["benchmarks"]}
    report.RESULTS.write_text(json.dumps(dict(sorted(results.items())), indent=1, ensure_ascii=False) + "\n")
    report.write()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="run small sizes and write no results")
    parser.add_argument(
        "--records", type=int, default=10**6, help="the largest number of records in `growth` (default: one million)"
    )
    parser.add_argument("--one", choices=NAMES, help=argparse.SUPPRESS)
    return parser


def _arguments(options: argparse.Namespace) -> list[str]:
    return ["--records", str(options.records), *(["--quick"] if options.quick else [])]


def _sizes(*, quick: bool, max_records: int) -> Sizes:
    sizes = QUICK if quick else Sizes()
    return replace(sizes, records=tuple(n for n in sizes.records if n <= max_records))


def _in_a_process(name: str, arguments: list[str]) -> list[dict[str, Any]]:
    """The measurements of one benchmark, run in a separate process so that it affects no other benchmark."""
    command = [sys.executable, "-m", "benchmarks", "--one", name, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    for measurement in found:
        _show(measurement)
    return found


def _measure_one(name: str, sizes: Sizes) -> None:
    module = importlib.import_module(f"{rows.__name__}.{name}")
    sys.stdout.write("\n" + json.dumps([measurement.to_json() for measurement in module.measure(sizes)]) + "\n")


def _show(measurement: dict[str, Any]) -> None:
    sys.stdout.write(f"\n{measurement['what']}\n")
    for side in measurement["sides"]:
        sys.stdout.write(f"  {side['median']:>12g} {measurement['unit']:<14} {side['name']}\n")
    for threshold in measurement["lines"]:
        sign = "≥" if threshold["at_least"] else "≤"
        verdict = "reached" if threshold["reached"] else "MISSED"
        sys.stdout.write(
            f"  {threshold['figure']:>12g} {sign} {threshold['limit']:g}  {verdict}: {threshold['says']}\n"
        )
    sys.stdout.flush()


def _command(options: argparse.Namespace) -> str:
    records = [] if options.records == 10**6 else [f"--records {options.records}"]
    arguments = " ".join([*options.names, *records])
    return f'make bench ARGS="{arguments}"' if arguments else "make bench"


def _environment(command: str) -> dict[str, Any]:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "processor": _processor(),
        "load": round(os.getloadavg()[0], 1),
        "on": time.strftime("%Y-%m-%d", time.gmtime()),
        "command": command,
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


if __name__ == "__main__":
    main()
