"""One run of the notifier: plan what is due, and send it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from opsledger.notify.deliveries import STATES
from opsledger.notify.outbox import Planning
from opsledger.notify.sending import Sending

if TYPE_CHECKING:
    from opsledger.deadline import Deadline
    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.deliveries import Dispatch
    from opsledger.notify.sending import Sends
    from opsledger.store import Store


class Notified(NamedTuple):
    """The result of one run.

    Attributes:
        looked: how many records and refused payloads were due.
        planned: how many deliveries they are, known ones included.
        unreadable: how many records have a kind or status that the catalogue lacks.
        late: how many claims another instance had taken over.
        deliveries: those that were handled, as they are now.
    """

    looked: int
    planned: int
    unreadable: int
    late: int
    deliveries: tuple[Dispatch, ...]

    def to_json(self) -> dict[str, int]:
        """As the answer and the log give it."""
        states = Counter(delivery.state for delivery in self.deliveries)
        numbers = {name: getattr(self, name) for name in ("looked", "planned", "unreadable", "late")}
        return {**numbers, **{state.replace(" ", "_"): states[state] for state in STATES}}


def notify(store: Store, config: NotifyConfig, sender: Sends, deadline: Deadline, worker: str) -> Notified:
    """Plan and send everything that is due, as far as time allows.

    Args:
        worker: a name that no other run has, also not a retry of this one.

    Raises:
        WorldFailedError: the store failed until time was up; the next run goes on where this one stopped.
    """
    planning = Planning(store, config, deadline, worker)
    planning.run()
    sending = Sending(store, config, sender, deadline, worker)
    sending.run(planning.keys)
    return Notified(planning.looked, len(planning.keys), planning.unreadable, sending.late, tuple(sending.done))
