"""The calls on messages: send, receive, peek, delete, change the visibility; one at a time and in batches.

The vendor's pages: https://www.alibabacloud.com/help/doc-detail/35134.htm (SendMessage) to 35142.htm
(ChangeMessageVisibility). What is said of batches: at most 16 messages, and 64 KB together when they are sent; "some
subrequests may fail", each with its own error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.mns import wire
from yunmock.mns.attributes import MAX_BATCH, MAX_BYTES, MAX_WAIT_S, VISIBILITY, Limits, number
from yunmock.mns.documents import local_name, parse
from yunmock.mns.errors import MnsError, out_of_range
from yunmock.mns.message_xml import check_size, peeked, read_message, received
from yunmock.mns.receipt import write_handle

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element as XmlElement

    from yunmock.http import Response
    from yunmock.mns.calls.queues import Asked
    from yunmock.mns.documents import Element
    from yunmock.mns.model import MessageQueue, QueueMessage
    from yunmock.mns.state import MnsState

BATCH = Limits(1, MAX_BATCH, MAX_BATCH)
WAIT = Limits(0, MAX_WAIT_S, 0)


def send_message(state: MnsState, asked: Asked) -> Response:
    """Put a message into a queue; the answer for a delayed one has its receipt handle.

    Raises:
        MnsError: QueueNotExist, MalformedXML or InvalidArgument.
    """
    queue = state.queue(asked.region, asked.queue)
    new = read_message(parse(asked.request.body, "Message"))
    check_size(queue, new)
    message = state.send(queue, new)
    handle: list[Element] = [("ReceiptHandle", write_handle(message))] if message.visible_ms > message.sent_ms else []
    return wire.answer(201, "Message", _sent(message) + handle)


def batch_send_message(state: MnsState, asked: Asked) -> Response:
    """Put up to 16 messages into a queue; one that is invalid is reported in its place, and the others are sent.

    Raises:
        MnsError: QueueNotExist; MalformedXML or InvalidArgument of the batch as a whole.
    """
    queue = state.queue(asked.region, asked.queue)
    entries = _entries(parse(asked.request.body, "Messages"), "Message")
    total = sum(len((child.text or "").encode()) for entry in entries for child in entry)
    if total > MAX_BYTES:
        raise out_of_range("Messages", 1, MAX_BYTES)

    def send(entry: XmlElement) -> list[Element]:
        new = read_message(entry)
        check_size(queue, new)
        return _sent(state.send(queue, new))

    outcomes = [_outcome(send, entry) for entry in entries]
    rows: list[Element] = [("Message", content) for content, _ in outcomes]
    failed = [error for _, error in outcomes if error]
    return wire.answer(failed[0].status if failed else 201, "Messages", rows)


def receive_message(state: MnsState, asked: Asked) -> Response:
    """The next message, which is hidden for the queue's visibility timeout.

    Raises:
        MnsError: QueueNotExist; MessageNotExist when there is none, or none has come while waiting.
    """
    return wire.answer(200, "Message", received(_receive(state, asked, 1)[0]))


def batch_receive_message(state: MnsState, asked: Asked) -> Response:
    """The next messages, up to `numOfMessages`.

    Raises:
        MnsError: QueueNotExist, MessageNotExist or InvalidArgument.
    """
    found = _receive(state, asked, _batch_size(asked))
    return wire.answer(200, "Messages", [("Message", received(message)) for message in found])


def peek_message(state: MnsState, asked: Asked) -> Response:
    """The next message, which stays as it is.

    Raises:
        MnsError: QueueNotExist or MessageNotExist.
    """
    return wire.answer(200, "Message", peeked(_peek(state, asked, 1)[0]))


def batch_peek_message(state: MnsState, asked: Asked) -> Response:
    """The next messages, up to `numOfMessages`, which stay as they are.

    Raises:
        MnsError: QueueNotExist, MessageNotExist or InvalidArgument.
    """
    found = _peek(state, asked, _batch_size(asked))
    return wire.answer(200, "Messages", [("Message", peeked(message)) for message in found])


def delete_message(state: MnsState, asked: Asked) -> Response:
    """Delete the message that a receipt handle was issued for.

    Raises:
        MnsError: QueueNotExist, MissingReceiptHandle, ReceiptHandleError, MessageNotExist.
    """
    queue = state.queue(asked.region, asked.queue)
    _delete(state, queue, _handle(asked))
    return wire.answer(204)


def batch_delete_message(state: MnsState, asked: Asked) -> Response:
    """Delete the messages of up to 16 receipt handles; 204 if all are deleted, else the errors of the others.

    Raises:
        MnsError: QueueNotExist, MalformedXML or InvalidArgument.
    """
    queue = state.queue(asked.region, asked.queue)
    entries = _entries(parse(asked.request.body, "ReceiptHandles"), "ReceiptHandle")
    handles = [(entry.text or "").strip() for entry in entries]
    outcomes = [_outcome(lambda handle: _delete(state, queue, handle), handle) for handle in handles]
    failed = [(handle, content, error) for handle, (content, error) in zip(handles, outcomes, strict=True) if error]
    if not failed:
        return wire.answer(204)
    rows: list[Element] = [("Error", [*content, ("ReceiptHandle", handle)]) for handle, content, _ in failed]
    return wire.answer(404, "Errors", rows)


def change_message_visibility(state: MnsState, asked: Asked) -> Response:
    """Hide a received message for `VisibilityTimeout` seconds from now; it gets a new receipt handle.

    Raises:
        MnsError: QueueNotExist, MissingReceiptHandle, MissingVisibilityTimeout, InvalidArgument, ReceiptHandleError,
            MessageNotExist.
    """
    queue = state.queue(asked.region, asked.queue)
    handle = _handle(asked)
    if not asked.query.get("visibilitytimeout"):
        raise MnsError("MissingVisibilityTimeout")
    seconds = number("VisibilityTimeout", asked.query["visibilitytimeout"], VISIBILITY)
    with state.atomic():
        message = state.hide(queue, state.by_handle(queue, handle), seconds)
    content: list[Element] = [("ReceiptHandle", write_handle(message)), ("NextVisibleTime", message.visible_ms)]
    return wire.answer(200, "ChangeVisibility", content)


def _receive(state: MnsState, asked: Asked, limit: int) -> list[QueueMessage]:
    queue = state.queue(asked.region, asked.queue)
    default = str(queue.attributes["PollingWaitSeconds"])
    seconds = number("waitseconds", asked.query.get("waitseconds", default), WAIT)

    def attempt() -> list[QueueMessage]:
        return state.receive(state.queue(asked.region, asked.queue), limit)

    found = state.wait(attempt, seconds)
    if not found:
        raise MnsError("MessageNotExist")
    return found


def _peek(state: MnsState, asked: Asked, limit: int) -> list[QueueMessage]:
    found = state.active(state.queue(asked.region, asked.queue), limit)
    if not found:
        raise MnsError("MessageNotExist")
    return found


def _delete(state: MnsState, queue: MessageQueue, handle: str) -> list[Element]:
    with state.atomic():
        state.remove(queue, state.by_handle(queue, handle))
    return []


def _outcome(work: Callable[..., list[Element]], subject: object) -> tuple[list[Element], MnsError | None]:
    """What one entry of a batch is answered with, and its error if it failed."""
    try:
        return work(subject), None
    except MnsError as error:
        return [("ErrorCode", error.code), ("ErrorMessage", str(error))], error


def _entries(root: XmlElement, name: str) -> list[XmlElement]:
    for entry in root:
        if local_name(entry) != name:
            raise MnsError("InvalidArgument", local_name(entry)[:100])
    if not BATCH.lowest <= len(root) <= BATCH.highest:
        raise out_of_range(local_name(root), BATCH.lowest, BATCH.highest)
    return list(root)


def _batch_size(asked: Asked) -> int:
    return number("numOfMessages", asked.query["numofmessages"], BATCH)


def _handle(asked: Asked) -> str:
    handle = asked.query.get("receipthandle", "")
    if not handle:
        raise MnsError("MissingReceiptHandle")
    return handle


def _sent(message: QueueMessage) -> list[Element]:
    return [("MessageId", message.id), ("MessageBodyMD5", message.body_md5)]
