"""What must hold after every schedule, whatever went wrong on the way. Each is named, and stated in a few lines.

`plain` is the outcome of the same deliveries, each once, in order, with nothing going wrong; `reference` is a model
that shares no code with the pipeline.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation import reference
from tests.simulation.plan import Sending

from opsledger import catalog, strict_json
from opsledger.catalog.eci.specs import GROUP_STATE
from opsledger.ledger.quarantine import read_quarantined
from opsledger.ledger.rows import read_ledger, read_record, record_columns
from opsledger.ledger.state import Disposition
from opsledger.store.tables import unhashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.simulation.run import Outcome

    from opsledger.store import Row, Value

WRITTEN_BY = ("revision", "writer")
RECEIVED_AS = ("received", "request_id", "form", "content")
COUNTED = ("count", "first_received", "last_received")
NEW = (Disposition.RECORDED, Disposition.OUT_OF_ORDER)


class Violation(NamedTuple):
    """Something that should be true and is not."""

    invariant: str
    what: str


@dataclass
class Case:
    """An outcome beside what it should be."""

    outcome: Outcome
    plain: Outcome

    @cached_property
    def expected(self) -> Mapping[str, reference.Expected]:
        """The reference model's records."""
        return reference.records(self.outcome.plan.facts)

    @cached_property
    def observed(self) -> frozenset[str]:
        """The records that a poll dates by its own clock: they differ with every schedule."""
        return frozenset(f"{GROUP_STATE.record_prefix}:{group}" for group in self.outcome.groups)

    @cached_property
    def records(self) -> dict[str, Row]:
        """The record rows by record key."""
        return {unhashed(str(row.key.values[0])): row for row in self.outcome.rows["records"]}

    @cached_property
    def transitions(self) -> dict[str, list[dict[str, Any]]]:
        """The transitions of each record, as stored."""
        return {key: strict_json.read(str(row.columns["state"]))["transitions"] for key, row in self.records.items()}


def check(outcome: Outcome, plain: Outcome) -> list[Violation]:
    """Everything that does not hold."""
    case = Case(outcome, plain)
    return [Violation(name, what) for name, invariant in INVARIANTS.items() for what in invariant(case)]


def same_record(case: Case) -> Iterator[str]:
    """The record is a function of the set of deliveries: what the reference says, and what plain delivery gives."""
    for key, expected in case.expected.items():
        if key in case.records and key not in case.observed:
            columns = case.records[key].columns
            steps = tuple(step["status"] for step in case.transitions[key])
            found = {**{name: columns.get(name) for name in expected._fields}, "steps": steps}
            if found != expected._asdict():
                yield f"{key} is {_differing(found, expected._asdict())}"
    mine, plain = (_by_key(o.rows["records"], WRITTEN_BY, case.observed) for o in (case.outcome, case.plain))
    yield from (f"{key}: {_differing(mine.get(key, {}), plain.get(key, {}))}" for key in _unequal(mine, plain))


def ledger_agrees(case: Case) -> Iterator[str]:
    """Folding the ledger's rows anew gives every record, and no row of the ledger is without its record."""
    told: dict[str, list[Any]] = {}
    for row in case.outcome.rows["ledger"]:
        told.setdefault(str(row.columns["record"]), []).append(read_ledger(row))
    for key in sorted(told.keys() ^ case.records.keys()):
        yield f"{key} is in the {'ledger' if key in told else 'records'} alone"
    for key in sorted(told.keys() & case.records.keys()):
        row = case.records[key]
        folded = reduce(lambda one, other: one.join(other), told[key])
        locking = {name: row.columns[name] for name in ("revision", "writer")}
        again, kept = {**record_columns(folded), **locking}, read_record(row)
        if folded.transitions != kept.transitions or again != row.columns:
            yield f"{key}: {_differing(row.columns, again)}"


def each_once(case: Case) -> Iterator[str]:
    """A transition is in its record once, however often and in whatever envelope it came; only one delivery is new."""
    for key, expected in case.expected.items():
        found = case.transitions.get(key, [])
        keys = [step["key"] for step in found]
        if key not in case.observed and (len(found) > len(expected.steps) or len(set(keys)) < len(keys)):
            yield f"{key} has {len(found)} transitions for {len(expected.steps)}"
    facts = Counter(reference.identity(fact) for fact in case.outcome.plan.facts)
    for place, claims in _claims(case).items():
        if claims > facts[place] and place[0] not in case.observed:
            yield f"{claims} deliveries were told to be the first to say {place}"


def ends_hold(case: Case) -> Iterator[str]:
    """A terminal status is left by a move that the lifecycle declares, and by nothing else."""
    for key, steps in case.transitions.items():
        lifecycle = catalog.kinds()[str(case.records[key].columns["kind"])].lifecycle
        now = steps[0]["status"]
        for step in steps[1:]:
            status = step["status"]
            ended = not lifecycle.moves[now] or now in lifecycle.ends
            declared = status == now or status in lifecycle.moves[now] or status in lifecycle.reopens
            now = status if declared or not ended else now
        stored = str(case.records[key].columns["status"])
        if stored != now:
            yield f"{key} left {now} for {stored}: {' → '.join(step['status'] for step in steps)}"


def accounted(case: Case) -> Iterator[str]:
    """Every delivery is recorded, a duplicate, late or in quarantine with its exact bytes; nothing bad raises."""
    jobs = {job.number: job for job in case.outcome.plan.jobs}
    for done in case.outcome.invocations:
        if done.ended not in ("ok", "failed", "crashed"):
            yield f"job {done.job} {done.ended}"
        job = jobs[done.job]
        if done.ended == "ok" and isinstance(job, Sending):
            yield from _answered(job, [entry.disposition for entry in done.entries])
    yield from (f"{key} was delivered and has no record" for key in case.expected.keys() - case.records.keys())
    for key, expected in case.expected.items():
        missing = Counter(expected.steps) - Counter(step["status"] for step in case.transitions.get(key, []))
        if missing:
            yield f"{key} lacks {', '.join(missing)}"
    yield from _quarantined(case)
    yield from _never_new(case)


def crash_is_nothing(case: Case) -> Iterator[str]:
    """A crash and its redelivery leave what no crash would have left: in the ledger, the records and the quarantine."""
    without = {"ledger": RECEIVED_AS, "records": WRITTEN_BY, "quarantine": (*WRITTEN_BY, *COUNTED)}
    for table, names in without.items():
        mine, plain = (_by_key(o.rows[table], names, case.observed) for o in (case.outcome, case.plain))
        for key in _unequal(mine, plain):
            yield f"{table} {key}: {_differing(mine.get(key, {}), plain.get(key, {}))}"


INVARIANTS: Mapping[str, Callable[[Case], Iterator[str]]] = {
    "same record": same_record,
    "ledger and record agree": ledger_agrees,
    "each transition once": each_once,
    "an end holds": ends_hold,
    "every delivery accounted for": accounted,
    "a crash leaves no trace": crash_is_nothing,
}
SAME_TRACE = "same seed, same trace"
"""The one that needs two runs: everything that happens, and every byte stored, follows from the seed."""


# ---------------------------------------------------------------------------------------------------- details
def _answered(job: Sending, told: list[Disposition]) -> Iterator[str]:
    if len(told) != len(job.elements):
        yield f"delivery {job.number} has {len(job.elements)} events and was answered with {len(told)}"
        return
    for element, disposition in zip(job.elements, told, strict=True):
        if (disposition is Disposition.QUARANTINED) is not bool(element.reason):
            yield f"delivery {job.number}: {element.show()} was {disposition.value}"


def _quarantined(case: Case) -> Iterator[str]:
    entries = {e.payload: e for e in (read_quarantined(row) for row in case.outcome.rows["quarantine"])}
    bad = {element.text.encode(): element.reason for element in case.outcome.plan.elements if element.reason}
    for payload in sorted(bad.keys() ^ entries.keys()):
        where = "not in" if payload in bad else "in"
        yield f"{payload[:80]!r} is {where} quarantine"
    for payload in sorted(bad.keys() & entries.keys()):
        entry = entries[payload]
        least, most = _times(case, payload)
        if entry.reason != bad[payload] or not least <= entry.count <= most:
            yield f"{payload[:80]!r}: {entry.reason}, counted {entry.count} times of {least} to {most}"


def _times(case: Case, payload: bytes) -> tuple[int, float]:
    """How often a payload was refused: at least by answer, at most by attempt."""
    within = {j.number: [e.text.encode() for e in j.elements].count(payload) for j in _sendings(case)}
    done = [i for i in case.outcome.invocations if within.get(i.job)]
    most = sum(within[i.job] for i in done)
    # A count whose reply was lost is told from one that never landed by its writer; where another delivery of the same
    # payload was counted in between, it may be counted again.
    several = case.outcome.plan.lanes > 1 and sum(map(bool, within.values())) > 1
    unsure = several and any("lost" in f or "flight" in f for i in done for f in i.struck)
    return sum(within[i.job] for i in done if i.ended == "ok"), float("inf") if unsure else most


def _claims(case: Case) -> Counter[Any]:
    """How many deliveries were told to be new, by the transition they are."""
    jobs = {job.number: job for job in _sendings(case)}
    claims: Counter[Any] = Counter()
    for done in case.outcome.invocations:
        if done.ended == "ok" and done.job in jobs and len(done.entries) == len(jobs[done.job].elements):
            for element, entry in zip(jobs[done.job].elements, done.entries, strict=True):
                claims[reference.identity(element.fact)] += entry.disposition in NEW and not element.reason
    return claims


def _never_new(case: Case) -> Iterator[str]:
    """Where every answer arrived and nobody came in between, somebody was the first to say it."""
    calm = case.outcome.plan.lanes == 1 and all(done.ended == "ok" for done in case.outcome.invocations)
    if calm and len(_sendings(case)) == len(case.outcome.plan.jobs):
        claims = _claims(case)
        for fact in case.outcome.plan.facts:
            if not claims[reference.identity(fact)]:
                yield f"nobody was told to be the first to say {fact.show()}"


def _sendings(case: Case) -> list[Sending]:
    return [job for job in case.outcome.plan.jobs if isinstance(job, Sending)]


def _by_key(rows: list[Row], without: tuple[str, ...], ignored: frozenset[str]) -> dict[str, dict[str, Value]]:
    return {
        str(row.key.values): {name: value for name, value in row.columns.items() if name not in without}
        for row in rows
        if str(row.columns.get("record") or unhashed(str(row.key.values[0]))) not in ignored
    }


def _unequal(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [] if one == other else sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    names = [name for name in {**found, **wanted} if found.get(name) != wanted.get(name)]
    return "; ".join(f"{name} {found.get(name)!r}, not {wanted.get(name)!r}" for name in names)
