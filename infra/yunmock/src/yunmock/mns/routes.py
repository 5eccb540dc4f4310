"""Every call of Simple Message Queue: which request it is, and what answers it.

The path says which group of calls a request belongs to; the method and, for some, the query or the root of the body say
which one it is. The other calls of the vendor's SDK (topics, the account) are refused by name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from yunmock.mns.calls import messages, queues
from yunmock.mns.coverage import COVERAGE
from yunmock.mns.documents import root_name
from yunmock.mns.wire import query_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.http import Request, Response
    from yunmock.mns.calls.queues import Asked
    from yunmock.mns.state import MnsState


class QueueCall(NamedTuple):
    """A call: what answers it, and the parameters that its query may have, in lower case."""

    answer: Callable[[MnsState, Asked], Response]
    parameters: frozenset[str] = frozenset()


WAIT, NUMBER, PEEK, HANDLE = "waitseconds", "numofmessages", "peekonly", "receipthandle"
VISIBILITY, OVERRIDE = "visibilitytimeout", "metaoverride"

CALLS: dict[str, QueueCall] = {
    "ListQueue": QueueCall(queues.list_queue),
    "CreateQueue": QueueCall(queues.create_queue),
    "SetQueueAttributes": QueueCall(queues.set_queue_attributes, frozenset({OVERRIDE})),
    "GetQueueAttributes": QueueCall(queues.get_queue_attributes),
    "DeleteQueue": QueueCall(queues.delete_queue),
    "SendMessage": QueueCall(messages.send_message),
    "BatchSendMessage": QueueCall(messages.batch_send_message),
    "ReceiveMessage": QueueCall(messages.receive_message, frozenset({WAIT})),
    "BatchReceiveMessage": QueueCall(messages.batch_receive_message, frozenset({WAIT, NUMBER})),
    "PeekMessage": QueueCall(messages.peek_message, frozenset({PEEK})),
    "BatchPeekMessage": QueueCall(messages.batch_peek_message, frozenset({PEEK, NUMBER})),
    "DeleteMessage": QueueCall(messages.delete_message, frozenset({HANDLE})),
    "BatchDeleteMessage": QueueCall(messages.batch_delete_message),
    "ChangeMessageVisibility": QueueCall(messages.change_message_visibility, frozenset({HANDLE, VISIBILITY})),
}

REFUSED = COVERAGE.refused
"""The other calls of the vendor's SDK, each with the reason."""

PATH = re.compile(r"/queues(?:/(?P<queue>[^/]*)(?P<messages>/messages)?)?")


def _put_queue(request: Request) -> str:
    return "SetQueueAttributes" if OVERRIDE in query_of(request) else "CreateQueue"


def _get_messages(request: Request) -> str:
    query = query_of(request)
    name = "PeekMessage" if query.get(PEEK, "").lower() == "true" else "ReceiveMessage"
    return f"Batch{name}" if NUMBER in query else name


def _post_messages(request: Request) -> str:
    return "BatchSendMessage" if root_name(request.body) == "Messages" else "SendMessage"


def _delete_messages(request: Request) -> str:
    return "BatchDeleteMessage" if request.body else "DeleteMessage"


OPERATIONS: dict[tuple[str, str], Callable[[Request], str]] = {
    ("list", "GET"): lambda _: "ListQueue",
    ("queue", "PUT"): _put_queue,
    ("queue", "GET"): lambda _: "GetQueueAttributes",
    ("queue", "DELETE"): lambda _: "DeleteQueue",
    ("messages", "POST"): _post_messages,
    ("messages", "GET"): _get_messages,
    ("messages", "DELETE"): _delete_messages,
    ("messages", "PUT"): lambda _: "ChangeMessageVisibility",
}

UNKNOWN = "Unknown"


def operation_of(request: Request) -> str:
    """The name of the call that a request is, `Unknown` if it is none of those on queues."""
    found = PATH.fullmatch(request.path)
    if found is None:
        return UNKNOWN
    group = "list" if found["queue"] is None else "messages" if found["messages"] else "queue"
    name = OPERATIONS.get((group, request.method))
    return name(request) if name else UNKNOWN


def queue_of(request: Request) -> str:
    """The name of the queue in the path, empty if there is none."""
    found = PATH.fullmatch(request.path)
    return (found["queue"] or "") if found else ""
