"""Mutants: mistakes that are easy to make, each paired with the invariant that must detect it.

A check that has never failed proves nothing. Each mutant replaces one small part of the pipeline by something plausible
and wrong (`mistakes`); `detection` runs schedules with it until its invariant is violated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation.invariants import SAME_TRACE
from tests.simulation.mistakes import intake, notifying, polling, records, tools, writing

if TYPE_CHECKING:
    from collections.abc import Callable


class Mutant(NamedTuple):
    """One mistake.

    Attributes:
        name: what the mistaken code does.
        detected_by: the invariant that must notice.
        target: the module or class whose `attribute` is replaced, as `pkgutil.resolve_name` reads it.
        mutate: makes the replacement from the original.
    """

    name: str
    detected_by: str
    target: str
    attribute: str
    mutate: Callable[[Any], Any]


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a write has no condition",
        "records match the ledger",
        "tests.simulation.memory_store:MemoryStore",
        "_write",
        writing.unconditional_write,
    ),
    Mutant(
        "a conflict is treated as success",
        "every delivery is accounted for",
        "opsledger.ledger.commit",
        "_write",
        writing.ignore_conflicts,
    ),
    Mutant(
        "a busy row is treated as success",
        "records match the ledger",
        "opsledger.ledger.commit",
        "_write",
        writing.ignore_busy_rows,
    ),
    Mutant(
        "a missing reply is treated as success",
        "every delivery is accounted for",
        "opsledger.ledger.commit",
        "_write",
        writing.ignore_missing_replies,
    ),
    Mutant(
        "a failed commit is reported as success",
        "every delivery is accounted for",
        "opsledger.pipeline",
        "commit",
        writing.report_success,
    ),
    Mutant(
        "a duplicate writes no ledger row",
        "faults do not change what is stored",
        "opsledger.ledger.commit:_Commit",
        "attempt",
        writing.no_ledger_row_for_duplicates,
    ),
    Mutant(
        "a retry does not recognise its own write",
        "every delivery is accounted for",
        "opsledger.ledger.commit",
        "_is_own_write",
        writing.forget_own_write,
    ),
    Mutant(
        "the quarantine count grows with every retry",
        "every delivery is accounted for",
        "opsledger.ledger.changes:CountRefusals",
        "decide",
        writing.count_every_retry,
    ),
    Mutant(
        "the ledger key contains the request id",
        "faults do not change what is stored",
        "opsledger.pipeline",
        "ledger_put",
        writing.ledger_key_with_request_id,
    ),
    Mutant(
        "the status follows the order of arrival",
        "records do not depend on delivery order",
        "opsledger.ledger.walk",
        "in_order",
        records.arrival_order,
    ),
    Mutant(
        "a terminal status is overwritten",
        "a terminal status is kept",
        "opsledger.ledger.state",
        "walk",
        records.overwrite_terminal_status,
    ),
    Mutant(
        "an out-of-order notification is dropped",
        "every delivery is accounted for",
        "opsledger.ledger.state",
        "apply",
        records.drop_out_of_order,
    ),
    Mutant(
        "occurrence counts are added up",
        "records do not depend on delivery order",
        "opsledger.catalog.transition:Transition",
        "join",
        records.add_counts,
    ),
    Mutant(
        "the values delivered first are kept",
        "records do not depend on delivery order",
        "opsledger.catalog.transition:Transition",
        "join",
        records.keep_first_values,
    ),
    Mutant(
        "the latest deadline wins",
        "records do not depend on delivery order",
        "opsledger.ledger.walk",
        "_by_stage",
        records.latest_deadline,
    ),
    Mutant(
        "what follows an end is no new episode",
        "records do not depend on delivery order",
        "opsledger.catalog.lifecycle:Lifecycle",
        "reopened",
        records.one_episode,
    ),
    Mutant(
        "absurd moments are believed",
        "records do not depend on delivery order",
        "opsledger.catalog.transition:Transition",
        "absurd",
        records.believe_any_time,
    ),
    Mutant(
        "the end of a fault ends what was planned",
        "records do not depend on delivery order",
        "opsledger.ledger.walk",
        "_is_before_due",
        records.fault_closes_plan,
    ),
    Mutant(
        "milliseconds are dropped",
        "records do not depend on delivery order",
        "opsledger.catalog.transition",
        "_first",
        records.earliest_moment,
    ),
    Mutant(
        "an undated step is dated by its last receipt",
        "what is undated is dated by its first receipt",
        "opsledger.catalog.transition:Transition",
        "join",
        records.last_receipt,
    ),
    Mutant(
        "the transition key contains the envelope id",
        "each transition is stored once",
        "opsledger.intake.understand",
        "_understand",
        intake.key_with_envelope_id,
    ),
    Mutant(
        "a bad event raises an exception",
        "every delivery is accounted for",
        "opsledger.pipeline",
        "quarantined",
        intake.raise_on_bad_event,
    ),
    Mutant(
        "a bad event quarantines its whole batch",
        "every delivery is accounted for",
        "opsledger.intake.understand",
        "understand",
        intake.quarantine_whole_batch,
    ),
    Mutant(
        "quarantine keeps the parsed value instead of the text",
        "every delivery is accounted for",
        "opsledger.intake.payload:Payload",
        "text_of",
        intake.quarantine_parsed_value,
    ),
    Mutant(
        "the high-water mark moves to the end of the round",
        "every delivery is accounted for",
        "opsledger.polling.cursor:Cursor",
        "finished",
        polling.mark_at_end,
    ),
    Mutant(
        "the poller records a state before it journals it",
        "records match the ledger",
        "opsledger.eci_poller.recorder:Recorder",
        "record",
        polling.record_before_journal,
    ),
    Mutant(
        "a resumed poll records only what it sees itself",
        "polled states are recorded once",
        "opsledger.eci_poller.journal:See",
        "_seen",
        polling.forget_unrecorded,
    ),
    Mutant(
        "a group with unrecorded events is not looked for when it is gone",
        "polled states are recorded once",
        "opsledger.eci_poller.journal:_GroupChange",
        "encode",
        polling.close_gone_groups,
    ),
    Mutant(
        "a group that has ended is not looked for",
        "every delivery is accounted for",
        "opsledger.eci_poller.journal:_GroupChange",
        "encode",
        polling.close_all_ended,
    ),
    Mutant(
        "an overtaken poller writes what it saw earlier",
        "polled states are recorded once",
        "opsledger.eci_poller.journal:_GroupChange",
        "_check_turn",
        polling.ignore_turn,
    ),
    Mutant(
        "an unknown status is recorded with every poll",
        "polled states are recorded once",
        "opsledger.eci_poller.journal:See",
        "_seen",
        polling.repeat_unknown_status,
    ),
    Mutant(
        "a group that is on no page has vanished",
        "polled states are recorded once",
        "opsledger.eci_poller.poller:Poller",
        "_by_id",
        polling.ask_for_no_ids,
    ),
    Mutant(
        "of a group that earlier rounds skipped, only new events are read",
        "every delivery is accounted for",
        "opsledger.eci_poller.poller:Poller",
        "_with_events",
        polling.read_new_groups_from_mark,
    ),
    Mutant(
        "missing groups are looked for among all records",
        "every delivery is accounted for",
        "opsledger.eci_poller.poller:Poller",
        "_next_open",
        polling.walk_records,
    ),
    Mutant(
        "the poller does not look at the time",
        "every delivery is accounted for",
        "opsledger.polling.rounds:Rounds",
        "_read",
        polling.ignore_time,
    ),
    Mutant(
        "a refused page token begins the round again at once",
        "every delivery is accounted for",
        "opsledger.polling.rounds:Rounds",
        "_restart",
        polling.restart_at_once,
    ),
    Mutant(
        "a rebuild reads a record after its ledger",
        "an acknowledged transition is never undone",
        "opsctl.rebuild",
        "_compared_again",
        tools.read_record_last,
    ),
    Mutant(
        "a rebuild writes over a record that has moved",
        "an acknowledged transition is never undone",
        "opsctl.rebuild:_ReplaceRecord",
        "decide",
        tools.write_over_moved,
    ),
    Mutant(
        "an import replaces records",
        "an acknowledged transition is never undone",
        "opsctl.backup:_RestoreRecord",
        "decide",
        tools.import_over_records,
    ),
    Mutant(
        "a record of an unknown kind ends the sweep",
        "every delivery is accounted for",
        "opsledger.ledger.overdue:MarkOverdue",
        "decide_row",
        tools.end_at_unknown,
    ),
    Mutant(
        "a mark stays when its record moves",
        "records do not depend on delivery order",
        "opsledger.ledger.record",
        "_marked",
        tools.keep_marks,
    ),
    Mutant(
        "a sweep looks among all records",
        "every delivery is accounted for",
        "opsledger.ledger.open_records:queries",
        "may_be_overdue",
        tools.sweep_every_record,
    ),
    Mutant(
        "an end settles what was announced after it",
        "a record is settled by what ended it",
        "opsledger.ledger.settlement",
        "_ends",
        tools.settle_whenever,
    ),
    Mutant(
        "what is presumed to have ended is never settled",
        "a record is settled by what ended it",
        "opsledger.ledger.settlement",
        "_again",
        tools.settle_open_only,
    ),
    Mutant(
        "only a new record is due for the notifier",
        "what people may want to know is due",
        "opsledger.ledger.changes",
        "armed",
        writing.arm_new_records_only,
    ),
    Mutant(
        "a notification is noted as sent before it is",
        "each notification is sent or refused",
        "opsledger.notify.sending:Sending",
        "_deliver",
        notifying.mark_before_sending,
    ),
    Mutant(
        "a channel's code is ignored",
        "each notification is sent or refused",
        "opsledger.notify.channels.dingtalk",
        "verdict_by_code",
        notifying.judge_by_status,
    ),
    Mutant(
        "an old handler writes over a record that is due",
        "each notification is sent or refused",
        "opsledger.ledger.changes",
        "armed",
        notifying.disarm,
    ),
    Mutant(
        "a claim does not look at another one's",
        "a notification is repeated only when unsure",
        "opsledger.notify.deliveries:Dispatch",
        "claimed",
        notifying.claim_unfenced,
    ),
    Mutant(
        "many notifications are a message each",
        "no channel gets too much",
        "opsledger.notify.sending:Sending",
        "_bundles",
        notifying.send_each,
    ),
    Mutant(
        "a message is sent without a token",
        "no channel gets too much",
        "opsledger.notify.sending:Post",
        "_take",
        notifying.take_no_tokens,
    ),
    Mutant(
        "the retry delay does not follow the seed",
        SAME_TRACE,
        "tests.simulation.fault_injector:FaultInjector",
        "jitter",
        tools.unseeded_jitter,
    ),
)
