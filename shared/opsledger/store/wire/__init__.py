"""A client of Tablestore's wire protocol, on the standard library alone.

    rows ─ plainbuffer ─ messages ─ signature ─ connection ─► Tablestore
         ◄──────────────────────── client ◄────────────────┘

Each module is one layer: `protobuf` and `plainbuffer` are the two encodings, `messages` the four calls that a store
makes, `signature` the proof of who sent a message, `connection` HTTP within a time limit, and `client` one call from
end to end. The vendor's SDK does the same and more, and takes half of a function's cold start; it is the oracle of
the tests, which demand the same bytes of both.
"""

from __future__ import annotations


class MalformedError(Exception):
    """An answer is not what the protocol says: what was asked may or may not have happened."""
