"""Quarantined payloads, and the results of replaying them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.columns import Column
from opsctl.cli.language import t
from opsctl.cli.moments import exact, local, relative
from opsledger import timestamps
from opsledger.ledger import refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.quarantine import Replayed
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.strict_json import JsonObject

SHOWN_DIGITS = 12
"""Digits of a digest in a table; `show` and `replay` take any unambiguous beginning of one."""
SHOWN_TEXT = 8_000
"""Characters of a payload that `show` prints; `--raw` writes all of it."""


def table(entries: Sequence[Quarantined], *, wide: bool = False) -> None:
    """Print the table of entries."""
    rows = [
        (
            entry.digest if wide else entry.digest[:SHOWN_DIGITS],
            relative(entry.last_received),
            local(entry.last_received),
            entry.reason,
            entry.count,
            entry.type,
            f"{entry.errors[0].path}: {entry.errors[0].message}".removeprefix(": "),
            local(entry.resolved),
        )
        for entry in entries
    ]
    columns = (
        Column(t("Payload"), whole=True),
        Column(t("Received"), whole=True),
        Column(t("Local time"), whole=True, rank=4),
        Column(t("Reason"), whole=True),
        Column(t("Times"), whole=True, rank=1),
        Column(t("Type"), minimum=20, rank=3, keep_end=True),
        Column(t("First error")),
        Column(t("Resolved"), whole=True, rank=2),
    )
    terminal.table(columns, rows, wide=wide)
    waiting = sum(entry.resolved is None for entry in entries)
    resolved = len(entries) - waiting
    if resolved:
        terminal.say(t("{n} waiting, {resolved} resolved", n=waiting, resolved=resolved))
    else:
        terminal.say(t("{n} waiting", n=waiting))


def entry(shown: Quarantined) -> None:
    """Print one entry: why it was refused, how often it arrived, and its payload, escaped."""
    terminal.say(shown.digest, style="bold")
    terminal.say(
        t(
            "{reason}: first received {first}, last {last}; times received: {n}, replayed: {replays}",
            reason=shown.reason,
            n=shown.count,
            first=exact(shown.first_received),
            last=exact(shown.last_received),
            replays=shown.replays,
        )
    )
    if shown.form or shown.type:
        terminal.say(t("form {form}, type {type}", form=shown.form or t("unknown"), type=shown.type or t("unknown")))
    terminal.table((Column(t("Path"), whole=True), Column(t("Error"))), shown.errors)
    if shown.resolved is not None:
        terminal.say(t("resolved {at}", at=exact(shown.resolved)), style="bold")
        _became(shown.became)
    text = shown.payload.decode(errors="backslashreplace")
    terminal.say(t("payload, {n} bytes", n=len(shown.payload)), style="bold")
    for line in text[:SHOWN_TEXT].split("\n"):
        terminal.say(f"  {line}")
    if len(text) > SHOWN_TEXT:
        terminal.say("  " + t("… and more: --raw writes all of it"))


def replayed_json(replayed: Replayed) -> JsonObject:
    """Return what `--json` prints for the replay of one entry."""
    return {
        "digest": replayed.digest,
        "reason": replayed.reason,
        "resolved": None if replayed.resolved is None else timestamps.show(replayed.resolved),
        "again": replayed.again,
        "became": refused.became_json(replayed.became),
    }


def replayed(result: Replayed) -> None:
    """Print the replay of one entry, delivery by delivery."""
    head = t("still waiting") if result.resolved is None else t("resolved before") if result.again else t("resolved")
    terminal.say(f"{result.digest[:SHOWN_DIGITS]} {head}", style="" if result.resolved else "yellow")
    _became(result.became)


def _became(became: Sequence[tuple[str, str]]) -> None:
    for outcome, subject in became:
        terminal.say(
            f"  {outcome}: {subject}"
            if outcome != "quarantined"
            else "  " + t("still refused: {subject}", subject=subject)
        )
