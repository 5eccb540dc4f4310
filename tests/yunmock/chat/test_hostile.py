"""What a receiver makes of bodies and ids that a sender chose to do harm."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from yunmock import local_cloud
from yunmock.chat.model import LONGEST_ID, decode_receiver, encode_receiver
from yunmock.http import Request

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("depth", "kept"), [(200, True), (300, False), (900, False), (5000, False)])
@pytest.mark.parametrize("medium", ["memory", "sqlite"])
def test_a_body_of_any_depth_is_answered_alike_in_memory_and_in_a_file(
    tmp_path: Path, medium: str, depth: int, *, kept: bool
) -> None:
    """What is nested deeper than other JSON of the cloud counts as no JSON; nothing fails when it is stored."""
    with closing(local_cloud(data=tmp_path / "cloud.db" if medium == "sqlite" else None)) as cloud:
        chat = cloud.services["chat"]
        chat.add("webhook", "token-1")
        answer = chat.handle(Request("POST", "/webhook/token-1", {}, b'{"a":' * depth + b"1" + b"}" * depth))

        assert answer.status == 204
        assert [bool(one.body) for one in chat.attempts()] == [kept]


def test_a_long_id_is_known_and_takes_little_room() -> None:
    """A receiver remembers ten thousand ids, and a sender chooses how long they are."""
    with closing(local_cloud()) as cloud:
        chat = cloud.services["chat"]
        chat.add("webhook", "token-1")
        for end in "aab":
            chat.handle(Request("POST", "/webhook/token-1", {"webhook-id": "x" * 100_000 + end}, b"{}"))

        assert [one.repeat for one in chat.attempts()] == [False, True, False]
        receiver = cloud.storage.space("chat.receiver", encode_receiver, decode_receiver).get(b"webhook\0token-1")
        assert receiver is not None
        assert max(map(len, receiver.seen)) <= LONGEST_ID
