"""What must hold of notifications after a schedule in which notifiers ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.channels import REFUSED_AS

from opsledger.notify.deliveries import GIVEN_UP, MUTED, OVERTAKEN, REFUSED, SENT, read_delivery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.invariants import Comparison

    from opsledger.notify.deliveries import Dispatch


def sent_or_refused(c: Comparison) -> Iterator[str]:
    """Everything that is to be sent is planned; each notification has arrived, or is listed with the reason why not."""
    yield from c.result.unplanned
    for row in c.result.rows["deliveries"] if c.result.schedule.notifiers else ():
        delivery = read_delivery(row)
        if not _is_explained(c, delivery):
            yield f"{delivery.stage.name} of {delivery.subject} to {delivery.channel} is {delivery.state}"


def _is_explained(c: Comparison, delivery: Dispatch) -> bool:
    codes = [answer.code for answer in delivery.answers]
    explained = {
        SENT: bool(c.result.channels.arrivals.get(delivery.id)),
        REFUSED: delivery.id in c.result.channels.refused and codes[-1:] == [REFUSED_AS[delivery.channel]],
        GIVEN_UP: bool(codes),
        OVERTAKEN: True,
        MUTED: False,
    }
    return explained.get(delivery.state, False)


def repeated_only_when_unsure(c: Comparison) -> Iterator[str]:
    """A notification comes again only where the sender got no confirmation, or died before it noted one."""
    ended = {(i.job, i.attempt): i.ended for i in c.result.invocations}
    for id_, arrivals in c.result.channels.arrivals.items():
        for first in arrivals[:-1]:
            if first.answered and ended.get(first[:2], "ok") == "ok":
                yield f"{id_} came {len(arrivals)} times, though job {first.job} was answered and ended well"


def never_flooded(c: Comparison) -> Iterator[str]:
    """No channel gets more messages in a minute than it takes, and many notifications for a chat are one message."""
    yield from c.result.channels.floods
