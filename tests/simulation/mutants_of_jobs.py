"""The mutants of what runs beside handlers: the sweeper, operators' tools, the migration and the notifier."""

from __future__ import annotations

from tests.simulation.invariants import SAME_TRACE
from tests.simulation.mistakes import migrating, notifying, tools
from tests.simulation.mutant import Mutant

MUTANTS_OF_JOBS: tuple[Mutant, ...] = (
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
        "a migration writes over a newer record",
        "an acknowledged transition is never undone",
        "opsctl.migration:_MoveRecord",
        "decide",
        migrating.overwrite_newer,
    ),
    Mutant(
        "a migration leaves a newer record as it is",
        "every delivery is accounted for",
        "opsctl.migration:_MoveRecord",
        "decide",
        migrating.keep_newer,
    ),
    Mutant(
        "a migration ends at a batch that is not full",
        "every delivery is accounted for",
        "opsctl.migration",
        "islice",
        migrating.skip_tail,
    ),
    Mutant(
        "a migration notes its position before the rows are moved",
        "every delivery is accounted for",
        "opsctl.migration",
        "_MOVES",
        migrating.note_before_moving,
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
        "a sweep goes on from the beginning to the beginning",
        "every delivery is accounted for",
        "opsledger.ledger.open_records:OpenWalk",
        "until",
        tools.walk_without_extent,
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
