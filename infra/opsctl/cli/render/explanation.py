"""What would become of a payload, told in full: its way through the rules, and every row it would write."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

from opsctl.cli import publishing, terminal
from opsledger import strict_json
from opsledger.errors import BadEventError
from opsledger.intake.understand import Refused
from opsledger.ledger import state
from yunmock.cloud import Account
from yunmock.eventbridge.pattern import Pattern
from yunmock.eventbridge.triggers import is_event_driven
from yunmock.template import read_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from opsctl.explain import Explanation, Planned, Step
    from opsledger.ledger.record import Record
    from opsledger.store import Value


class Rule(NamedTuple):
    """One EventBridge trigger of `s.yaml`."""

    name: str
    function: str
    pattern: Pattern


def rules(template: Path) -> list[Rule]:
    """The triggers in `template` that listen to the bus.

    Raises:
        InvalidTemplateError: it cannot be read.
    """
    return [
        Rule(
            f"{function.name}-{trigger.name}",
            function.name,
            Pattern.parse(str(trigger.config["eventRuleFilterPattern"])),
        )
        for function in read_template(template, Account()).functions
        for trigger in function.triggers
        if trigger.type == "eventbridge" and is_event_driven(trigger.config)
    ]


def to_json(told: Explanation, known: Sequence[Rule]) -> dict[str, Any]:
    """All there is to tell."""
    return {
        "deliveries": [_step(step, known) for step in told.steps],
        "rows": [_row(planned) for planned in told.rows],
    }


def _step(step: Step, known: Sequence[Rule]) -> dict[str, Any]:
    delivery, understood = step.understood.delivery, step.understood.result
    told: dict[str, Any] = {
        "form": delivery.form if delivery else "",
        "type": (delivery.type if delivery else None) or "",
        "rules": list(_judged(step, known)),
        "outcome": step.disposition.value,
    }
    if isinstance(understood, Refused):
        errors = [error._asdict() for error in understood.error.errors]
        return {**told, "reason": understood.error.reason, "errors": errors}
    identity = {
        "kind": understood.record.kind,
        "record": understood.record.key,
        "transition": understood.transition.key,
        "notification": understood.digest,
    }
    before = None if step.before is None else state.to_json(step.before)
    after = None if step.after is None else state.to_json(step.after)
    return {**told, "errors": [], "identity": identity, "before": before, "after": after}


def _judged(step: Step, known: Sequence[Rule]) -> Iterator[dict[str, Any]]:
    """Each rule's verdict on the event as EventBridge would carry it."""
    received = step.understood.element
    try:
        event, note = publishing.as_cloudevent(
            strict_json.parse(received) if isinstance(received, bytes | str) else received
        )
    except BadEventError as error:
        for rule in known:
            yield {"rule": rule.name, "function": rule.function, "matched": False, "reasons": [f"no event: {error}"]}
        return
    for rule in known:
        match = rule.pattern.match(event)
        told = {"rule": rule.name, "function": rule.function, "matched": match.matched, "reasons": list(match.reasons)}
        yield {**told, **({"note": note} if note else {})}


def _row(planned: Planned) -> dict[str, Any]:
    put = planned.put
    return {
        "table": put.key.table.name,
        "key": list(put.key.values),
        "condition": "there is no row" if put.revision is None else f"revision is {put.revision}",
        "effect": _effect(planned),
        "columns": {name: _column(value) for name, value in put.columns.items()},
    }


def _effect(planned: Planned) -> str:
    if not planned.there:
        return "new"
    return "left as it is" if planned.put.revision is None else "replaced"


def _column(value: Value) -> Value | Mapping[str, str]:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


# -------------------------------------------------------------------------------------------------- for people
def show(told: Explanation, known: Sequence[Rule]) -> None:
    """Delivery by delivery, then the rows."""
    for number, step in enumerate(told.steps, start=1):
        _show_step(number, _step(step, known), step)
    terminal.say("rows that would be written", style="bold")
    rows = [
        (row["effect"], row["table"], " ".join(str(value) for value in row["key"]), row["condition"])
        for row in map(_row, told.rows)
    ]
    terminal.table(("Effect", "Table", "Key", "If"), rows)
    terminal.say("Nothing was written. --json has every column.")


def _show_step(number: int, told: dict[str, Any], step: Step) -> None:
    terminal.say(f"{number}. {told['type'] or 'no type'} ({told['form'] or 'no form that is known'})", style="bold")
    for rule in told["rules"]:
        verdict = f"matches → {rule['function']}" if rule["matched"] else f"does not: {'; '.join(rule['reasons'])}"
        terminal.say(f"   rule {rule['rule']} {verdict}")
    for note in dict.fromkeys(rule["note"] for rule in told["rules"] if "note" in rule):
        terminal.say(f"   note: {note}")
    for error in told["errors"]:
        terminal.say(f"   invalid: {error['path']}: {error['message']}".replace(": : ", ": "), style="red")
    if "identity" in told:
        terminal.say("   valid")
        terminal.say("   " + ", ".join(f"{name} {value}" for name, value in told["identity"].items()))
        terminal.say(f"   record before: {_brief(step.before)}")
        terminal.say(f"   record after:  {_brief(step.after)}")
    outcome = f"{told['outcome']}: {told['reason']}" if "reason" in told else told["outcome"]
    terminal.say(f"   would be {outcome}", style="bold")


def _brief(record: Record | None) -> str:
    if record is None:
        return "none"
    told = state.to_json(record)
    facts = [f"{name} {told[name]}" for name in ("outcome", "severity", "due", "overdue_since") if told[name]]
    steps = " → ".join(t["status"] for t in told["transitions"])
    odd = ", ".join(anomaly["anomaly"] for anomaly in told["anomalies"])
    return f"{told['status']} ({', '.join(facts)}) by {steps}" + (f"; odd: {odd}" if odd else "")
