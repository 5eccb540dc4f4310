"""Hand on a payload that could not be recorded and is too large for Function Compute to hand on.

Function Compute puts the record of an invocation that failed to the last into the failure queue, with the payload
inside as JSON text. A message has at most 64 KB, and of a larger record the vendor says that its delivery "may fail"
(https://www.alibabacloud.com/help/en/fc/user-guide/result-callback, "Payload limit"): then the event is gone. A
function cannot know which attempt is its last. So it puts a large payload into the queue at its *first* failure, in
parts, and ends without an error. Where that fails too, it fails, and the next attempt tries both again.
"""

from __future__ import annotations

import json

from opsledger import settings
from opsledger.errors import OpsLedgerError, WorldFailedError
from opsledger.handlers import invocation, log

RECORD_BYTES = 48 * 1024
"""The most bytes of a payload, as JSON text, that is left to Function Compute. The rest of the message's 64 KB is for
the context, and for the function's error with its stack."""
RESERVE_S = 20.0
"""The part of an invocation's time that is kept for handing on: two calls that time out."""
_LONGEST_ESCAPE = 6
"""Characters that JSON may need for one byte: `\\u0000`."""


def is_needed_for(event: bytes | str) -> bool:
    """Whether the record of this payload's failure may be too large for a message."""
    if len(event) * _LONGEST_ESCAPE + len('""') <= RECORD_BYTES:
        return False
    text = event.decode(errors="replace") if isinstance(event, bytes) else event
    return len(json.dumps(text)) > RECORD_BYTES


def hand_on(event: bytes | str, context: object, cause: OpsLedgerError) -> dict[str, int]:
    """Put a payload into the failure queue.

    Returns:
        `handed_on`: the number of messages.

    Raises:
        OpsLedgerError: `cause`: there is no queue, it refuses, or the payload is larger than any that nobody waits
            for.
    """
    request_id = invocation.request_id(context)
    try:
        count = _send(event if isinstance(event, bytes) else event.encode(errors="surrogateescape"), context)
    except (WorldFailedError, ValueError) as error:
        log.write("not_handed_on", request_id=request_id, error=type(error).__name__, message=str(error))
        raise cause from error
    log.write("handed_on", request_id=request_id, messages=count, bytes=len(event))
    return {"handed_on": count}


def _send(payload: bytes, context: object) -> int:
    # Only failures need these modules, so a cold start does not load them.
    from opsledger.queues import parts  # noqa: PLC0415 - see above

    configured = settings.read(context)
    if not configured.failure_queue:
        raise ValueError("OPSLEDGER_FAILURE_QUEUE is not set")
    queue = invocation.open_queue(configured.failure_queue, configured)
    bodies = parts.split(payload)
    for body in bodies:
        queue.send(body)
    return len(bodies)
