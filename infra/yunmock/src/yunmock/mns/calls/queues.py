"""CreateQueue, SetQueueAttributes, GetQueueAttributes, DeleteQueue, ListQueue.

The vendor's pages: https://www.alibabacloud.com/help/doc-detail/35129.html and those beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from yunmock.mns import wire
from yunmock.mns.attributes import DEFAULTS, LOGGING, RANGES, Limits, check_name, number, read_attributes
from yunmock.mns.documents import parse, texts
from yunmock.mns.errors import MnsError
from yunmock.mns.model import MessageQueue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.http import Request, Response
    from yunmock.mns.documents import Element
    from yunmock.mns.state import MnsState

PAGE = Limits(1, 1000, 1000)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks: of which queue, with which query (names in lower case)."""

    request: Request
    region: str
    queue: str
    query: Mapping[str, str]


def create_queue(state: MnsState, asked: Asked) -> Response:
    """201 for a new queue, 204 if there is one of this name with the same attributes.

    Raises:
        MnsError: QueueAlreadyExist if its attributes differ; the name or an attribute is invalid.
    """
    check_name(asked.queue)
    attributes = {**DEFAULTS, **_attributes(asked.request.body)}
    status = create(state, asked.region, asked.queue, attributes)
    return wire.answer(status, Location=wire.queue_url(state.account, asked.region, asked.queue, asked.request.host))


def create(state: MnsState, region: str, name: str, attributes: dict[str, int]) -> int:
    """Create a queue unless there is the same; the status of the answer.

    Raises:
        MnsError: QueueAlreadyExist.
    """
    now_s = state.now_ms() // 1000
    with state.atomic():
        known = state.find(region, name)
        if known is None:
            state.put_queue(MessageQueue(region, name, attributes, now_s, now_s))
            return 201
    if known.attributes != attributes:
        raise MnsError("QueueAlreadyExist")
    return 204


def set_queue_attributes(state: MnsState, asked: Asked) -> Response:
    """Replace the given attributes.

    Raises:
        MnsError: QueueNotExist, or an attribute is invalid.
    """
    changed = _attributes(asked.request.body)
    with state.atomic():
        queue = state.queue(asked.region, asked.queue)
        attributes = {**queue.attributes, **changed}
        state.put_queue(replace(queue, attributes=attributes, modified_s=state.now_ms() // 1000))
    return wire.answer(204)


def get_queue_attributes(state: MnsState, asked: Asked) -> Response:
    """The attributes of a queue, and how many messages it has in each condition.

    Raises:
        MnsError: QueueNotExist.
    """
    with state.atomic():
        return wire.answer(200, "Queue", _described(state, state.queue(asked.region, asked.queue)))


def delete_queue(state: MnsState, asked: Asked) -> Response:
    """Delete a queue with its messages.

    Raises:
        MnsError: QueueNotExist.
    """
    state.delete_queue(state.queue(asked.region, asked.queue))
    return wire.answer(204)


def list_queue(state: MnsState, asked: Asked) -> Response:
    """A page of the queues of a region, by name.

    Raises:
        MnsError: InvalidArgument.
    """
    headers = asked.request.headers
    limit = number("x-mns-ret-number", headers.get("x-mns-ret-number", str(PAGE.default)), PAGE)
    prefix, marker = headers.get("x-mns-prefix", ""), headers.get("x-mns-marker", "")
    found = (queue for queue in state.queues(asked.region, marker) if queue.name.startswith(prefix))
    page = list(islice(found, limit + 1))
    shown = page[:limit]
    with_meta = headers.get("x-mns-with-meta", "").lower() == "true"
    rows: list[Element] = [("Queue", _listed(state, asked, queue, with_meta=with_meta)) for queue in shown]
    if len(page) > limit:
        rows.append(("NextMarker", shown[-1].name))
    return wire.answer(200, "Queues", rows)


def _attributes(body: bytes) -> dict[str, int]:
    return read_attributes(texts(parse(body, "Queue"))) if body else {}


def _listed(state: MnsState, asked: Asked, queue: MessageQueue, *, with_meta: bool) -> list[Element]:
    url: Element = ("QueueURL", wire.queue_url(state.account, queue.region, queue.name, asked.request.host))
    return [url, *_described(state, queue)] if with_meta else [url]


def _described(state: MnsState, queue: MessageQueue) -> list[Element]:
    counts = state.counts(queue)
    return [
        ("QueueName", queue.name),
        ("CreateTime", queue.created_s),
        ("LastModifyTime", queue.modified_s),
        *((name, queue.attributes[name]) for name in RANGES),
        (LOGGING, str(bool(queue.attributes[LOGGING]))),
        *((name, counts[name]) for name in ("ActiveMessages", "InactiveMessages", "DelayMessages")),
    ]
