"""A program with the vendor's SDK for Python: every call on queues, in process or against a server; prints JSON.

The first argument is the endpoint of a server, or empty for a cloud in this process.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from contextlib import ExitStack
from typing import Any

from mns.account import Account
from mns.mns_client import MNSClient
from mns.mns_exception import MNSExceptionBase, MNSServerException
from mns.queue import Message, QueueMeta

from yunmock import Fault, mock_aliyun


def code_of(call: Any, *arguments: Any) -> str:
    """The code that a call is refused with."""
    try:
        call(*arguments)
    except MNSServerException as error:
        return str(error.type)
    return ""


def roundtrip(account: Any) -> dict[str, Any]:
    """Use every call on queues once."""
    queue = account.get_queue("orders")
    meta = QueueMeta(vis_timeout=40, max_msg_size=2048)
    url = queue.create(meta)
    meta.set_visibilitytimeout(50)
    queue.set_attributes(meta)
    seen = queue.get_attributes()
    shown = {"url": url, "visibility": seen.visibility_timeout, "size": seen.maximum_message_size}
    shown["listed"] = [each.rsplit("/", 1)[-1] for each in account.list_queue(prefix="ord")[0]]

    sent = queue.send_message(Message("grüße <1>", priority=3))
    peeked = queue.peek_message()
    one = queue.receive_message()
    changed = queue.change_message_visibility(one.receipt_handle, 60)
    shown["one"] = [peeked.message_body.decode(), one.message_body.decode(), one.dequeue_count, one.priority]
    shown["same"] = sent.message_id == peeked.message_id == one.message_id
    queue.delete_message(changed.receipt_handle)
    shown["gone"] = code_of(queue.delete_message, changed.receipt_handle)

    queue.batch_send_message([Message(f"m{number}") for number in range(3)])
    shown["peeked"] = [each.message_body.decode() for each in queue.batch_peek_message(16)]
    batch = queue.batch_receive_message(16)
    shown["received"] = [each.message_body.decode() for each in batch]
    handles = [each.receipt_handle for each in batch]
    queue.batch_delete_message(handles)
    shown["partly"] = code_of(queue.batch_delete_message, handles)
    shown["mixed"] = code_of(queue.batch_send_message, [Message("ok"), Message("x" * 2000)])
    shown["large"] = code_of(queue.send_message, Message("x" * 2000))
    queue.delete()
    shown["none"] = code_of(queue.receive_message)
    shown["topics"] = code_of(account.get_topic("t").get_attributes)
    return shown


def pattern(request: Any) -> str:
    """A request's method and address, with `*` for each part that varies."""
    return re.sub(r"(?<=queues/)[^/?]+|(?<==)(?!true)[^&]+", "*", f"{request.method} {request.target}")


def sending_methods() -> list[str]:
    """The methods of the SDK's client that send a request, as the API names its calls."""
    methods = [(name, method) for name, method in vars(MNSClient).items() if inspect.isfunction(method)]
    sending = [name for name, method in methods if "send_request" in inspect.getsource(method)]
    return ["".join(part.capitalize() for part in name.split("_")) for name in sending]


def problem_of(call: Any) -> str:
    """The class of what a call raises that gets no answer."""
    try:
        call()
    except (MNSExceptionBase, ConnectionError) as error:
        return type(error).__name__
    return ""


def in_process() -> dict[str, Any]:
    """The same in this process, with a dropped connection, a foreign host and the other end of the patch."""
    with mock_aliyun(strict_keys=True) as cloud:
        keys = (cloud.account.access_key_id, cloud.account.access_key_secret)
        account = Account(f"http://{cloud.account.account_id}.mns.cn-hangzhou.aliyuncs.com", *keys)
        shown = roundtrip(account)
        shown["calls"] = {call.operation: pattern(call.request) for call in cloud.calls if call.operation != "Unknown"}
        shown["methods"] = sorted(sending_methods())
        cloud.faults.add(Fault("mns", "ListQueue", action="drop"))
        foreign = Account("http://1.other.cn-hangzhou.aliyuncs.com", *keys)
        problems = [problem_of(each.list_queue) for each in (account, foreign)]
    return {**shown, "problems": problems}


def main() -> None:
    """Print what the calls answered."""
    with ExitStack() as stack:
        if sys.argv[1]:
            stack.enter_context(mock_aliyun())  # loopback is reached as usual
            shown = roundtrip(Account(sys.argv[1], *sys.argv[2:4]))
        else:
            shown = in_process()
    json.dump(shown, sys.stdout)


main()
