"""Payloads in parts: they come together whatever the order, and nothing damaged is taken for a payload."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsledger.queues import MESSAGE_BYTES, QueueMessage
from opsledger.queues.parts import MAX_PAYLOAD, PART, PayloadPart, Waiting, join, read, split

LARGE = random.Random(1).randbytes(120_000)  # noqa: S311 - data that cannot be compressed


def message(body: str, number: int = 0) -> QueueMessage:
    """A message as received."""
    return QueueMessage(f"id-{number}", body, f"handle-{number}", 1000 + number, 1)


def part(body: str) -> PayloadPart:
    """The part in a message that has one."""
    found = read(body)
    assert found is not None
    return found


@given(st.binary(max_size=300_000), st.randoms())
def test_what_was_split_is_joined(payload: bytes, order: random.Random) -> None:
    """In any order, and each part fits into a message."""
    bodies = split(payload)
    shuffled = [*bodies, bodies[0]]
    order.shuffle(shuffled)
    waiting = Waiting()

    ready = [one for number, body in enumerate(shuffled) for one in waiting.add(part(body), message(body, number))]

    assert max(len(body.encode()) for body in bodies) <= MESSAGE_BYTES
    assert [one.payload for one in ready][:1] == [payload]


def test_text_is_compressed() -> None:
    """What compresses well needs one message."""
    assert len(split(b'{"a": 1}' * 100_000)) == 1
    assert len(split(LARGE)) > 1


def test_too_large_a_payload_is_refused() -> None:
    """The limit is far beyond what Function Compute takes asynchronously."""
    assert split(bytes(MAX_PAYLOAD))
    with pytest.raises(ValueError, match="bytes are more than"):
        split(bytes(MAX_PAYLOAD + 1))


def test_the_parts_of_two_payloads_do_not_mix() -> None:
    """Each payload is complete with its own parts; both copies of a part that came twice are deleted with it."""
    first, second = split(LARGE), split(LARGE[::-1])
    waiting = Waiting()
    given_ = [first[0], second[0], first[0], *first[1:], *second[1:]]

    ready = [one for number, body in enumerate(given_) for one in waiting.add(part(body), message(body, number))]

    assert [one.payload for one in ready] == [LARGE, LARGE[::-1]]
    assert [len(one.messages) for one in ready] == [len(first) + 1, len(second)]
    assert ready[0].sent == 1000
    assert waiting.messages() == []


def test_a_damaged_payload_is_delivered_as_its_messages() -> None:
    """So that each lands in quarantine with its bytes, and none is lost."""
    bodies = split(LARGE)
    damaged = json.loads(bodies[1])
    damaged[PART]["data"] = "A" * len(damaged[PART]["data"])
    bodies[1] = json.dumps(damaged)
    waiting = Waiting()

    ready = [one for body in bodies for one in waiting.add(part(body), message(body))]

    assert [one.payload for one in ready] == bodies


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "x"},
        {"digest": None},
        {"part": 0},
        {"part": 9},
        {"part": True},
        {"of": 10_000},
        {"of": "2"},
        {"data": 5},
        {"data": None},
    ],
    ids=str,
)
def test_what_is_no_part_is_not_taken_for_one(change: dict[str, object]) -> None:
    """It is delivered like any other message, and so quarantined."""
    fields = json.loads(split(b"{}")[0])[PART]

    assert read(json.dumps({PART: fields})) is not None
    assert read(json.dumps({PART: {**fields, **change}})) is None


@pytest.mark.parametrize("body", ["", "{", '{"opsledgerPart"', '{"opsledgerPart": []}', '{"opsledgerPart": {}}', "{}"])
def test_other_bodies_are_no_parts(body: str) -> None:
    """Whatever they are."""
    assert read(body) is None


def test_a_payload_that_grows_too_large_is_refused() -> None:
    """Somebody else's part does not unpack to more than the limit."""
    bomb = zlib.compress(bytes(MAX_PAYLOAD * 20), 9)
    made = json.loads(split(b"{}")[0])[PART]
    genuine = PayloadPart(made["digest"], 1, 1, made["data"])

    assert join([genuine]) == b"{}"
    assert join([PayloadPart(hashlib.sha256(bomb).hexdigest(), 1, 1, base64.b64encode(bomb).decode())]) is None


def test_waiting_parts_are_bounded() -> None:
    """The payload that waits longest is forgotten first; its messages stay in the queue."""
    waiting = Waiting(limit=3)
    for number in range(5):
        body = split(random.Random(number).randbytes(120_000))[0]  # noqa: S311 - data that cannot be compressed
        waiting.add(part(body), message(body, number))

    assert [one.id for one in waiting.messages()] == ["id-2", "id-3", "id-4"]
