"""What is to be sent of a record, of a refused payload and of a silent source: pure, from what is stored and the time.

A stage is a moment in the life of a record of which people should hear: a step that it took, a reminder before its
deadline, that it is overdue, its end. Its name is made of the step's key or of the deadline, so it is the same for
every order and repetition of the deliveries. An intent is one stage for one channel. *Which* intents there
are may depend on the order: an announcement that its end has overtaken is not sent, and its good end is not either.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import catalog
from opsledger.catalog import Outcome
from opsledger.catalog.transition import SEVERITIES
from opsledger.ledger import state
from opsledger.ledger.enrichment import UNKNOWN, Enrichment
from opsledger.ledger.verdicts import PROBLEMS
from opsledger.ledger.walk import walk
from opsledger.notify.config import NO_DRILL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsledger.catalog.transition import Transition
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record
    from opsledger.ledger.resources import CloudResource
    from opsledger.ledger.state import Summary
    from opsledger.ledger.verdicts import EventVerdict
    from opsledger.notify.config import Facts, NotifyConfig

STALE_MS: Final = 24 * 3_600_000
"""What ended longer ago than a day when it is planned is no news: a history was read back."""
MOST_EARLIER: Final = 20
"""A step looks back at so many earlier ones for what was sent of them."""
ID_DIGITS: Final = 16
NOT_SENT_REASONS: Final = ("test_message",)
"""Refusals that wait for nobody."""


class StageKind(str, Enum):
    """The kinds of stages."""

    STEP = "step"
    REMINDER = "reminder"
    OVERDUE = "overdue"
    PRESUMED = "presumed"
    SETTLED = "settled"
    QUARANTINE = "quarantine"
    SILENCE = "silence"
    VERDICT = "verdict"


class Stage(NamedTuple):
    """One stage of a subject.

    Attributes:
        kind: the kind; name: the kind and what tells it from others of the subject.
        at: from when on it is to be sent, in ms.
        severity: that of the step, for the text and for quiet hours.
        earlier: it is only sent where one of these stages was; empty where it is sent in any case.
    """

    kind: StageKind
    name: str
    at: int
    severity: str
    earlier: tuple[str, ...] = ()


class Intent(NamedTuple):
    """One stage to send to one channel.

    Attributes:
        id: of subject, stage and channel, and of nothing else.
        subject: the record's key, or the quarantined payload's digest, or the source's name.
        send_at: when it may be sent, in ms: later in quiet hours.
        group: intents of one group may share a message.
        after: it is only sent where one of these intents was planned before; empty where it is sent in any case.
        muted: whether a mute window is on.
    """

    id: str
    subject: str
    stage: Stage
    channel: str
    send_at: int
    group: str
    after: tuple[str, ...] = ()
    muted: bool = False


class Plan(NamedTuple):
    """What to send now, and when to plan again, in ms; None where nothing is to come."""

    intents: tuple[Intent, ...]
    next_at: int | None


def plan(record: Record, config: NotifyConfig, now_ms: int, known: Enrichment = UNKNOWN) -> Plan:
    """What to send of a record.

    Raises:
        LookupError: the catalogue lacks its kind, type or status; see `Record.unknown`.
    """
    stages = list(stages_of(record, config.reminders, now_ms))
    facts = facts_of(record, known)
    group = f"{record.product}:{record.resource_type}"
    return _planned(record.key, facts, stages, group, config, now_ms, channels_of_drill(known))


def channels_of_drill(known: Enrichment) -> tuple[str, ...]:
    """The channels that a drill names."""
    return () if known.drill is None else known.drill.channels


def plan_refused(entry: Quarantined, config: NotifyConfig, now_ms: int) -> Plan:
    """What to send of a payload in quarantine: that it waits, once."""
    if entry.resolved is not None or entry.reason in NOT_SENT_REASONS:
        return Plan((), None)
    stage = Stage(StageKind.QUARANTINE, StageKind.QUARANTINE.value, entry.first_received, "warning")
    facts: Facts = {"severity": ("warning",), "kind": ("quarantine",), "type": (entry.type, entry.reason)}
    return _planned(entry.digest, facts, [stage], "quarantine", config, now_ms)


def plan_verdict(row: EventVerdict, config: NotifyConfig, now_ms: int) -> Plan:
    """What to send of a verdict of the reconciler: that it is a problem, once."""
    if row.verdict not in PROBLEMS:
        return Plan((), None)
    facts: Facts = {
        "severity": ("warning",),
        "kind": (StageKind.VERDICT.value,),
        "type": (row.verdict.value,),
        "region": (row.region,),
        "resource": (row.resource_id,),
    }
    return _planned(row.record, facts, [stage_of(row)], StageKind.VERDICT.value, config, now_ms)


def stage_of(row: EventVerdict) -> Stage:
    """The stage of a verdict; another one has another name."""
    return Stage(StageKind.VERDICT, f"{StageKind.VERDICT.value}:{row.verdict.value}:{row.since}", row.since, "warning")


def plan_silence(source: str, since_ms: int, config: NotifyConfig, now_ms: int) -> Plan:
    """What to send of a source of which nothing was heard since `since_ms`."""
    stage = Stage(StageKind.SILENCE, f"{StageKind.SILENCE.value}:{since_ms}", since_ms + config.silent_after, "warning")
    facts: Facts = {"severity": ("warning",), "kind": ("silence",), "resource": (source,)}
    return _planned(source, facts, [stage], "silence", config, now_ms)


def intent_id(subject: str, stage: str, channel: str) -> str:
    """The id of an intent: the same for every order and repetition."""
    return hashlib.sha256(f"{subject}\n{stage}\n{channel}".encode()).hexdigest()[:ID_DIGITS]


def outlook(record: Record, config: NotifyConfig, now_ms: int, known: Enrichment = UNKNOWN) -> tuple[Intent, ...]:
    """Everything that is to be sent of a record if nothing more comes: what is due, and what is to come by its time.

    Raises:
        LookupError: as `plan`.
    """
    stages = list(stages_of(record, config.reminders, now_ms))
    wanted = [*_due(stages, now_ms), *(stage for stage in stages if stage.at > now_ms)]
    group = f"{record.product}:{record.resource_type}"
    return _intents(record.key, facts_of(record, known), wanted, group, config, now_ms, channels_of_drill(known))


def _planned(
    subject: str,
    facts: Facts,
    stages: Sequence[Stage],
    group: str,
    config: NotifyConfig,
    now_ms: int,
    channels: tuple[str, ...] = (),
) -> Plan:
    intents = _intents(subject, facts, list(_due(stages, now_ms)), group, config, now_ms, channels)
    return Plan(intents, min([stage.at for stage in stages if stage.at > now_ms], default=None))


def _intents(
    subject: str,
    facts: Facts,
    stages: Sequence[Stage],
    group: str,
    config: NotifyConfig,
    now_ms: int,
    channels: tuple[str, ...] = (),
) -> tuple[Intent, ...]:
    return tuple(
        Intent(
            intent_id(subject, stage.name, channel),
            subject,
            stage,
            channel,
            config.send_at(stage.severity, max(now_ms, stage.at)),
            group,
            tuple(intent_id(subject, name, channel) for name in stage.earlier),
            config.muted(facts, max(now_ms, stage.at)),
        )
        for stage in stages
        for channel in channels or config.channels_of(facts)
    )


def _due(stages: Iterable[Stage], now_ms: int) -> Iterator[Stage]:
    """The stages whose time has come; of reminders the last alone."""
    come = [stage for stage in stages if stage.at <= now_ms]
    reminders = [stage for stage in come if stage.kind is StageKind.REMINDER]
    yield from (stage for stage in come if stage.kind is not StageKind.REMINDER or stage is reminders[-1])


def facts_of(record: Record, known: Enrichment = UNKNOWN) -> Facts:
    """What routes ask of a record; its severity is the highest of its newest episode: its end goes the same way."""
    summary = state.summarize(record)
    severity = max((t.severity for t in episode_of(summary)), key=SEVERITIES.index)
    name = summary.type.partition(":")[2]
    facts: dict[str, tuple[str | None, ...]] = {
        "type": (summary.type, name, name.partition(":")[2]),
        "kind": (record.kind,),
        "product": (record.product,),
        "severity": (severity,),
        "status": (summary.status,),
        "region": (record.region, *record.also_regions),
        "account": (record.account, *record.also_accounts),
        "resource": (record.resource_id, *record.also),
        **_facts_of_resource(known.resource),
        "drill": NO_DRILL if known.drill is None else ("yes",),
    }
    return {field: tuple(word for word in words if word) for field, words in facts.items()}


def _facts_of_resource(resource: CloudResource | None) -> dict[str, tuple[str, ...]]:
    if resource is None:
        return {}
    return {
        **{name: (getattr(resource, name),) for name in ("name", "owner", "zone", "resource_group")},
        "tag": tuple(f"{key}={value}" for key, value in resource.tags.items()),
    }


def episode_of(summary: Summary) -> list[Transition]:
    """The transitions of the newest episode."""
    newest = summary.episodes[-1]
    return [t for t, number in zip(summary.transitions, summary.episodes, strict=True) if number == newest]


# --------------------------------------------------------------------------------------------------------- stages
def stages_of(record: Record, reminders: Sequence[int], now_ms: int) -> Iterator[Stage]:
    """The stages that a record has reached, and those that it will reach if nothing more comes, by their moments.

    Raises:
        LookupError: as `plan`.
    """
    summary = state.summarize(record)
    if not summary.is_open and _ended_at(record, summary) < now_ms - STALE_MS:
        return
    yield from _steps(record, summary)
    if record.settled_at is not None and summary.settled:
        yield Stage(StageKind.SETTLED, f"settled:{record.settled_at}", 0, "info", _earlier(summary, ""))
    yield from _reminders(record, summary, reminders, now_ms)
    yield from _overdue(record, summary)


def _ended_at(record: Record, summary: Summary) -> int:
    moments = (summary.status_at, summary.last_seen, record.settled_at, record.overdue_at)
    return max([moment for moment in moments if moment is not None], default=0)


def _steps(record: Record, summary: Summary) -> Iterator[Stage]:
    """The step that gives the status, and the last one where the record returned to an announcement."""
    lifecycle, steps = record.catalog_kind().lifecycle, walk(record)
    if summary.settled or summary.presumed:
        return
    for step in {t.key: t for t in (steps.current, steps.last)}.values():
        outcome = lifecycle.outcome(step.status)
        averted = outcome is Outcome.AVERTED
        if outcome is Outcome.NOTED and step.severity == "info":
            continue
        unasked = outcome is Outcome.PENDING or (step.severity != "info" and not averted)
        severity = "info" if averted else step.severity
        earlier = () if unasked else _earlier(summary, step.key)
        if unasked or earlier:
            yield Stage(StageKind.STEP, f"step:{step.key}", 0, severity, earlier)


def _earlier(summary: Summary, key: str) -> tuple[str, ...]:
    """The names of the other steps of the newest episode."""
    return tuple(f"step:{t.key}" for t in episode_of(summary)[-MOST_EARLIER:] if t.key != key)


def _reminders(record: Record, summary: Summary, before: Sequence[int], now_ms: int) -> Iterator[Stage]:
    """Reminders of what is announced, as far as they come after the announcement itself."""
    if summary.outcome is not Outcome.PENDING or summary.due is None or summary.due <= now_ms:
        return
    heard_at = state.current(record).received_at or 0
    for span in sorted(before, reverse=True):
        if (at := summary.due - span) > heard_at:
            yield Stage(StageKind.REMINDER, f"reminder:{summary.due}:{span}", at, summary.severity)


def _overdue(record: Record, summary: Summary) -> Iterator[Stage]:
    """That it has not moved by when it should have; where no event ever confirms the end, that it is presumed."""
    at = record.overdue_at if summary.presumed else state.overdue_at(record)
    if at is None:
        return
    lifecycle = record.catalog_kind().lifecycle
    if state.unconfirmed_end(lifecycle, summary.status):
        yield Stage(StageKind.PRESUMED, f"presumed:{at}", at, "info", _earlier(summary, ""))
    else:
        yield Stage(StageKind.OVERDUE, f"overdue:{at}", at, summary.severity)


def advice_key(record: Record) -> tuple[str, str]:
    """The product and the name under which the advice on a record's newest step is filed."""
    event_type, _ = catalog.find(state.summarize(record).type)
    return event_type.kind.product, event_type.advice_key
