"""The walk: a record's transitions put in order, divided into episodes, and followed through the lifecycle's table.

Pure, and a function of the set of transitions: the same set gives the same walk.

1. *Order.* A lifecycle in time is sorted by when each status was reached. A lifecycle in stages is first divided into
   episodes, and each is sorted by stage, because a later stage comes later even if clocks disagree. Of two statements
   about one stage the one that was stated later comes later, whatever it says: a maintenance may be moved forward.
2. *Episodes.* An announcement after the end of what was announced before opens an episode: by the moments of both,
   never by their arrival, and only if the source issued it again. What else says when it was issued belongs to the
   episode of its announcement.
3. *Walk.* Each transition moves the record to its status, with these exceptions. Out of a terminal status only a
   declared move leads. The end of a fault ends the fault alone, and the record returns to the announcement that the
   fault suspended. A copy that only its receipt dates moves nothing that is dated better. A transition with absurd
   moments is left out while there is any other.

What is irregular is flagged as an anomaly, and nothing is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.catalog import Order
from opsledger.catalog.transition import whole_second
from opsledger.ledger.anomalies import Anomaly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.catalog import Lifecycle
    from opsledger.catalog.transition import Transition
    from opsledger.ledger.record import Record

NEIGHBOUR_S = 1
"""Two transitions alike in neighbouring seconds may be one that two routes date differently."""


class Walk(NamedTuple):
    """A record's transitions, followed from first to last.

    Attributes:
        current: the transition that gives the record its status.
        last: the last one that moved the record. It is not `current` where the record returned to an announcement.
        transitions: all of them, first to last; episodes: the number of the episode of each.
        anomalies: what the order and the moves show.
        aside: how many of them, in front, were not followed because their moments are absurd.
    """

    current: Transition
    last: Transition
    transitions: tuple[Transition, ...]
    episodes: tuple[int, ...]
    anomalies: tuple[Anomaly, ...]
    aside: int = 0

    @property
    def believed(self) -> Sequence[Transition]:
        """The transitions that were followed."""
        return self.transitions[self.aside :] if self.aside else self.transitions

    @property
    def newest_episode(self) -> Sequence[Transition]:
        """Those of the last episode."""
        newest = self.episodes[-1]
        return self.believed if newest == 1 else self.transitions[self.episodes.index(newest) :]


class _Latest:
    """The latest walk: deciding and writing one record asks for it several times, and a walk is most of the work."""

    known: tuple[Mapping[str, Transition], str, Walk] | None = None


def walk(record: Record) -> Walk:
    """Follow the transitions of `record`; see the module's docstring."""
    known = _Latest.known
    if known is not None and known[0] is record.transitions and known[1] == record.kind:
        return known[2]
    walked = _walk(record)
    _Latest.known = (record.transitions, record.kind, walked)
    return walked


def _walk(record: Record) -> Walk:
    lifecycle = record.catalog_kind().lifecycle
    every = list(record.transitions.values())
    deciding = believed(every)
    aside = sorted((t for t in every if t.absurd), key=lambda t: t.key) if len(deciding) < len(every) else ()
    steps = _Steps(lifecycle)
    for edition in in_order(deciding, lifecycle):
        steps.open_episode(edition[0])
        for transition in edition[1:]:
            steps.take(transition)
    return steps.walk(aside)


def believed(transitions: Sequence[Transition]) -> Sequence[Transition]:
    """The transitions without those with absurd moments, where there are any others."""
    if len(transitions) == 1:
        return transitions
    return [t for t in transitions if not t.absurd] or transitions


# ---------------------------------------------------------------------------------------------------------- order
def in_order(transitions: Sequence[Transition], lifecycle: Lifecycle) -> list[list[Transition]]:
    """The transitions first to last, in parts: each after the first opens an episode."""
    if len(transitions) == 1:
        return [list(transitions)]
    if lifecycle.order is Order.TIME:
        ranks = {status: lifecycle.rank(status) for status in {t.status for t in transitions}}
        return [sorted(transitions, key=lambda t: _by_time(t, ranks))]
    return [sorted(edition, key=lambda t: _by_stage(t, lifecycle)) for edition in _editions(transitions, lifecycle)]


def _by_time(transition: Transition, ranks: Mapping[str, int]) -> tuple[int | str, ...]:
    # The key breaks every tie, so that the order of arrival cannot.
    return _moment(transition), ranks[transition.status], transition.stated_at, transition.key


def _by_stage(transition: Transition, lifecycle: Lifecycle) -> tuple[int | str, ...]:
    # To the second: of two statements that a source issued at once, routes give one with milliseconds and one without.
    return (
        lifecycle.rank(transition.status),
        whole_second(_moment(transition)),
        transition.stated_at,
        transition.not_before or -1,
        _position(transition.status, lifecycle),
        transition.key,
    )


def _position(status: str, lifecycle: Lifecycle) -> int:
    return [*lifecycle.moves, status].index(status)


def _moment(transition: Transition) -> int:
    moment = transition.moment
    return -1 if moment is None else moment


def _editions(transitions: Sequence[Transition], lifecycle: Lifecycle) -> list[list[Transition]]:
    """The episodes of a lifecycle in stages."""
    if not lifecycle.reopens:
        return [list(transitions)]
    editions: list[list[Transition]] = [[]]
    for transition in sorted(transitions, key=lambda t: (_moment(t), t.key)):
        if _announces_again(transition, editions[-1], lifecycle):
            editions.append([])
        editions[-1].append(transition)
    return _by_issue(editions, lifecycle) if len(editions) > 1 else editions


def _announces_again(transition: Transition, edition: Sequence[Transition], lifecycle: Lifecycle) -> bool:
    if transition.status not in lifecycle.reopens:
        return False
    ended = any(lifecycle.terminal(t.status) and _moment(t) < _moment(transition) for t in edition)
    return ended and _issue(transition) not in {_issue(t) for t in edition}


def _by_issue(editions: Sequence[Sequence[Transition]], lifecycle: Lifecycle) -> list[list[Transition]]:
    """Each transition in the edition of the announcement that was issued with it, if there is one."""
    of_issue: dict[int, int] = {}
    for place, edition in enumerate(editions):
        for transition in edition:
            if transition.status in lifecycle.reopens:
                of_issue.setdefault(_issue(transition), place)
    moved: list[list[Transition]] = [[] for _ in editions]
    for place, edition in enumerate(editions):
        for transition in edition:
            moved[of_issue.get(_issue(transition), place)].append(transition)
    return [edition for edition in moved if edition]


def _issue(transition: Transition) -> int:
    """When the event was issued, to the second; a transition that does not say stands alone."""
    return whole_second(_moment(transition) if transition.issued_at is None else transition.issued_at)


# ----------------------------------------------------------------------------------------------------------- walk
class _Steps:
    """The state of a walk, which is given one transition after the other."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self._steps: list[Transition] = []
        self._episodes: list[int] = []
        self._episode = 0
        self._anomalies: list[Anomaly] = []
        self._latest: dict[str, Transition] = {}
        """The latest transition of the present episode, by status."""
        self._of_issue: dict[tuple[str, int], list[Transition]] = {}
        """The transitions of the present episode, by status and issue."""
        self._suspended: Transition | None = None
        """The announcement to which the end of a fault returns."""
        self._now: Transition
        self._last: Transition

    def open_episode(self, transition: Transition) -> None:
        """`transition` begins an episode, whatever came before."""
        self._suspended = None
        self._now = self._last = transition
        self._add(transition, opens=True)

    def take(self, transition: Transition) -> None:
        """Follow one transition."""
        opens = transition.status in self._lifecycle.reopens and self._reopens(transition)
        self._add(transition, opens=opens)
        if opens:
            self._now = self._last = transition
        else:
            self._follow(transition)

    def walk(self, aside: Sequence[Transition]) -> Walk:
        """The walk after the last transition, with those that were left out of it in front."""
        return Walk(
            self._now,
            self._last,
            (*aside, *self._steps),
            (*(1 for _ in aside), *self._episodes),
            tuple(self._anomalies),
            len(aside),
        )

    def _reopens(self, transition: Transition) -> bool:
        now, lifecycle = self._now, self._lifecycle
        if not lifecycle.reopened(now.status, transition.status):
            return False
        since = _moment(transition) - max(_moment(now), now.last_at or 0)
        return now.status != transition.status or since > lifecycle.same_within

    def _add(self, transition: Transition, *, opens: bool) -> None:
        if opens:
            self._episode += 1
            self._latest, self._of_issue = {}, {}
        self._steps.append(transition)
        self._episodes.append(self._episode)
        status = transition.status
        issued = self._of_issue.setdefault((status, _issue(transition)), [])
        if status in self._latest:
            self._anomalies += _compared(transition, self._latest[status], issued, self._lifecycle)
        self._latest[status] = transition
        issued.append(transition)

    def _follow(self, transition: Transition) -> None:
        lifecycle, before, after = self._lifecycle, self._now, transition.status
        if after in lifecycle.suspended_by and before.status in lifecycle.suspended_by[after]:
            self._suspended = self._last = transition  # announced while a fault goes on
            return
        if not lifecycle.allows(before.status, after):
            note = f"{before.status} → {after}"
            self._anomalies.append(Anomaly("unexpected_move", transition.key, note))
            if lifecycle.terminal(before.status):
                return
        if before.status == after and transition.dated_by_receipt and not before.dated_by_receipt:
            return
        if after in lifecycle.suspended_by.get(before.status, ()) and _is_before_due(transition, before):
            self._suspended = before
        self._now = self._last = transition
        if self._suspended is not None and lifecycle.terminal(after):
            self._now, self._suspended = self._suspended, None


def _is_before_due(transition: Transition, announced: Transition) -> bool:
    """Whether a fault is not what was announced, which begins when it is due.

    A deadline before the announcement itself says nothing.
    """
    due = announced.due_at
    return due is None or due <= _moment(announced) or _moment(transition) < due


def _compared(
    transition: Transition, before: Transition, issued: Sequence[Transition], lifecycle: Lifecycle
) -> list[Anomaly]:
    """The anomalies of one transition beside the one of its status before it, and those that were issued with it."""
    status, found = transition.status, []
    if _is_possible_duplicate(transition, before):
        found.append(Anomaly("possible_duplicate", transition.key, f"another {status} alike, a second before it"))
    elif lifecycle.order is Order.PROGRESS:
        found.append(Anomaly("restated", transition.key, f"{status} again, with other content"))
    note = f"{status} sent again after other content: a resend or a return"
    return found + [Anomaly("possible_return", t.key, note) for t in issued if _sent_again(t, transition)]


def _is_possible_duplicate(one: Transition, other: Transition) -> bool:
    """Whether both may be one step that two routes date differently."""
    seconds = abs(_moment(one) // 1000 - _moment(other) // 1000)
    if not 0 < seconds <= NEIGHBOUR_S and one.dated_by_receipt is other.dated_by_receipt:
        return False
    return (one.type, one.detail, one.due, one.notice_period) == (
        other.type,
        other.detail,
        other.due,
        other.notice_period,
    )


def _sent_again(earlier: Transition, later: Transition) -> bool:
    return bool(earlier.last_sent_at and later.sent_at and earlier.last_sent_at > later.sent_at)
