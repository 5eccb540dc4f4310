"""How a payload would be handled: its way through the rules, and every row it would write."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

from opsctl.cli import cloudevents, terminal
from opsctl.cli.columns import Column
from opsctl.cli.language import t
from opsctl.rules import corpus
from opsledger import strict_json
from opsledger.errors import BadEventError
from opsledger.intake.understand import Refused
from opsledger.ledger import state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsctl.explain import ExplainedDelivery, Explanation, PlannedRow
    from opsctl.ros.rules import DeployedRule
    from opsledger.ledger.notification import Notification
    from opsledger.ledger.record import Record
    from opsledger.store import Value
    from opsledger.strict_json import JsonObject, JsonValue


class Verdict(NamedTuple):
    """Whether a rule matches an event; `note` says how the event was changed into a CloudEvent first."""

    rule: DeployedRule
    matched: bool
    reasons: tuple[str, ...]
    note: str = ""


def _verdicts(delivery: ExplainedDelivery, known: Sequence[DeployedRule]) -> Iterator[Verdict]:
    """Each rule's verdict on the event as EventBridge would carry it."""
    try:
        event, note = _published(delivery)
    except BadEventError as error:
        yield from (Verdict(rule, matched=False, reasons=(f"not an event: {error}",)) for rule in known)
        return
    for rule in known:
        match = rule.pattern.match(event)
        yield Verdict(rule, match.matched, tuple(match.reasons), note)


def _published(delivery: ExplainedDelivery) -> tuple[JsonObject, str]:
    """The event as a bus carries it, and how it was changed for that."""
    received = delivery.understood.element
    value = strict_json.parse(received) if isinstance(received, bytes | str) else received
    if corpus.is_kubernetes(value):
        return corpus.pushed(value), f"{_form(delivery)} form, as kube-eventer publishes it"
    return cloudevents.as_cloudevent(delivery.understood)


def _form(delivery: ExplainedDelivery) -> str:
    """The form of the event, with the wrappers around it."""
    return " in ".join((delivery.form or t("no known form"), *reversed(delivery.via)))


# ---------------------------------------------------------------------------------------------------- for programs
def to_json(explained: Explanation, known: Sequence[DeployedRule]) -> JsonObject:
    """Return what `--json` prints."""
    return {
        "deliveries": [_delivery_json(delivery, known) for delivery in explained.deliveries],
        "rows": [_row_json(row) for row in explained.rows],
    }


def _delivery_json(delivery: ExplainedDelivery, known: Sequence[DeployedRule]) -> JsonObject:
    understood = delivery.understood.result
    shown: dict[str, JsonValue] = {
        "form": delivery.form,
        "via": list(delivery.via),
        "type": delivery.type,
        "rules": [_verdict_json(verdict) for verdict in _verdicts(delivery, known)],
        "outcome": delivery.disposition.value,
    }
    if isinstance(understood, Refused):
        errors: list[JsonValue] = [error._asdict() for error in understood.error.errors]
        return {**shown, "reason": understood.error.reason, "errors": errors}
    before = None if delivery.before is None else state.to_json(delivery.before)
    after = None if delivery.after is None else state.to_json(delivery.after)
    return {**shown, "errors": [], "identity": {**_identity(understood)}, "before": before, "after": after}


def _identity(understood: Notification) -> dict[str, str]:
    return {
        "kind": understood.record.kind,
        "record": understood.record.key,
        "transition": understood.transition.key,
        "notification": understood.digest,
    }


def _verdict_json(verdict: Verdict) -> JsonObject:
    return {
        "rule": verdict.rule.name,
        "function": verdict.rule.function,
        "matched": verdict.matched,
        "reasons": list(verdict.reasons),
        **({"note": verdict.note} if verdict.note else {}),
    }


def _row_json(row: PlannedRow) -> JsonObject:
    return {
        "table": row.put.key.table.name,
        "key": list(row.put.key.values),
        "condition": _condition(row),
        "effect": _effect(row),
        "columns": {name: _column(value) for name, value in row.put.columns.items()},
    }


def _condition(row: PlannedRow) -> str:
    return "there is no row" if row.put.revision is None else f"revision is {row.put.revision}"


def _effect(row: PlannedRow) -> str:
    if not row.exists:
        return "new"
    return "left as it is" if row.put.revision is None else "replaced"


def _column(value: Value) -> JsonValue:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


# ------------------------------------------------------------------------------------------------------ for people
def show(explained: Explanation, known: Sequence[DeployedRule]) -> None:
    """Print delivery by delivery, then the rows."""
    for number, delivery in enumerate(explained.deliveries, start=1):
        _show_delivery(number, delivery, known)
    terminal.say(t("rows that would be written"), style="bold")
    rows = [
        (_effect(row), row.put.key.table.name, _condition(row), str(first), " ".join(map(str, rest)))
        for row in explained.rows
        for first, *rest in [row.put.key.values]
    ]
    columns = (
        Column(t("Effect"), minimum=8),
        Column(t("Table"), whole=True),
        Column(t("If")),
        Column(t("Key"), whole=True),
        Column(t("Rest of the key"), whole=True),
    )
    terminal.table(columns, rows)
    terminal.say(t("Nothing was written. --json has every column."))


def _show_delivery(number: int, delivery: ExplainedDelivery, known: Sequence[DeployedRule]) -> None:
    understood = delivery.understood.result
    terminal.say(f"{number}. {delivery.type or t('no type')} ({_form(delivery)})", style="bold")
    _show_verdicts(list(_verdicts(delivery, known)))
    outcome = delivery.disposition.value
    if isinstance(understood, Refused):
        for error in understood.error.errors:
            terminal.say(
                "   " + t("invalid: {error}", error=f"{error.path}: {error.message}".removeprefix(": ")), style="red"
            )
        outcome = f"{outcome}: {understood.error.reason}"
    else:
        terminal.say(f"   {t('valid')}")
        terminal.say("   " + ", ".join(f"{name} {value}" for name, value in _identity(understood).items()))
        terminal.say("   " + t("record before: {record}", record=_brief(delivery.before)))
        terminal.say("   " + t("record after: {record}", record=_brief(delivery.after)))
    terminal.say("   " + t("would be {outcome}", outcome=outcome), style="bold")


def _show_verdicts(verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        name, function = verdict.rule.name, verdict.rule.function
        if verdict.matched:
            terminal.say("   " + t("rule {name} matches → {function}", name=name, function=function))
        else:
            terminal.say("   " + t("rule {name} does not: {why}", name=name, why=_why_not(verdict)))
    for note in dict.fromkeys(verdict.note for verdict in verdicts if verdict.note):
        terminal.say("   " + t("note: {note}", note=note))


def _why_not(verdict: Verdict) -> str:
    """The fields that failed; of a rule for another source, the source alone."""
    first = verdict.reasons[:1]
    return "; ".join(first if first and first[0].startswith("source:") else verdict.reasons)


def _brief(record: Record | None) -> str:
    if record is None:
        return t("none")
    shown = state.to_json(record)
    fields = [f"{name} {shown[name]}" for name in ("outcome", "severity", "due", "overdue_since") if shown[name]]
    steps = " → ".join(step["status"] for step in shown["transitions"])
    anomalies = ", ".join(anomaly["anomaly"] for anomaly in shown["anomalies"])
    return f"{shown['status']} ({', '.join(fields)}) by {steps}" + (f"; anomalies: {anomalies}" if anomalies else "")
