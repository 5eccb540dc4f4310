"""Why a channel hears of a record, or why not: the route that leads to it, or what keeps each route from doing so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.notify import plan

if TYPE_CHECKING:
    from opsledger.ledger.enrichment import Enrichment
    from opsledger.ledger.record import Record
    from opsledger.notify.config import Facts, NotifyConfig, Route

DEFAULT = "the default: without routes, warnings and worse go to every channel"
DRILL = "the drill names it"
UNNAMED = "no route names it"


class ChannelRouting(NamedTuple):
    """One channel of the configuration, for one record.

    Attributes:
        route: what leads to it, such as `routes.0`; empty where nothing does.
        reasons: why nothing does, one for each route that could; each is a sentence for people.
    """

    channel: str
    route: str = ""
    reasons: tuple[str, ...] = ()


def routing(record: Record, known: Enrichment, config: NotifyConfig) -> list[ChannelRouting]:
    """Each channel of a configuration, in its order."""
    facts, drilled = plan.facts_of(record, known), plan.channels_of_drill(known)
    if drilled:
        found = {name: ChannelRouting(name, DRILL) for name in drilled}
        return [found.get(name, ChannelRouting(name, "", ("the drill names others",))) for name in config.channels]
    return [_of(name, facts, config) for name in config.channels]


def _of(channel: str, facts: Facts, config: NotifyConfig) -> ChannelRouting:
    if not config.routes:
        admitted = channel in config.channels_of(facts)
        wanted = f"it is {facts['severity'][0]}, and without routes only warnings and worse are sent"
        return ChannelRouting(channel, DEFAULT if admitted else "", () if admitted else (wanted,))
    reasons: list[str] = []
    ended = ""
    for number, route in enumerate(config.routes):
        name, leads = f"routes.{number}", not route.channels or channel in route.channels
        unmet = _unmet(route, facts)
        if leads and not unmet and not ended:
            return ChannelRouting(channel, name)
        if leads:
            reasons.append(f"{name} {unmet}" if unmet else f"{ended} takes it and does not continue to {name}")
        if not unmet and not route.goes_on:
            ended = ended or name
    return ChannelRouting(channel, "", tuple(reasons) or (UNNAMED,))


def _unmet(route: Route, facts: Facts) -> str:
    """What a route asks for that a record is not; empty where it takes the record."""
    unmet = route.unmet(facts)
    return "; ".join(f"asks for {field} {' or '.join(wanted)}, and it is {is_}" for field, wanted, is_ in unmet)
