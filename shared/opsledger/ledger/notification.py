"""A notification: what intake passes to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opsledger.catalog.transition import Transition
    from opsledger.ledger.record import Record


class Envelope(NamedTuple):
    """What an envelope says beside the content. None of it identifies anything; moments in ms, None where unknown.

    Attributes:
        id: the delivery's id, the same for every attempt to deliver it.
        source: who published it, such as `acs.ecs`.
        subject: the resource as the publisher names it, often an ARN.
        instance_name: the name that people gave the resource.
        level: the severity in the publisher's words, such as `CRITICAL`.
        sent_at: the envelope's own time.
        published_at: when the bus took it.
    """

    id: str | None = None
    source: str | None = None
    subject: str | None = None
    instance_name: str | None = None
    level: str | None = None
    sent_at: int | None = None
    published_at: int | None = None


class Notification(NamedTuple):
    """One event as a record with exactly one transition, and what the ledger keeps beside it.

    Attributes:
        record: the record of this notification alone; joining it to the stored record applies it.
        transition: that record's one transition.
        digest: the same for every delivery that reports the same step, by any route.
        content_digest: the digest of its content and owner: fuller content of the same step has another.
        content: the content as received, as JSON text.
        form: the envelope's form, for the ledger and the log.
        envelope: what the envelope says beside the content, for the ledger and the log.
        cluster: the Kubernetes cluster that the envelope names, which may qualify the record's key.
        former: what the transition's key was made of before 0.2.0, where what was stored does not say.
    """

    record: Record
    transition: Transition
    digest: str
    content_digest: str
    content: str
    form: str
    envelope: Envelope = Envelope()
    cluster: str | None = None
    former: tuple[str | int | None, ...] | None = None
