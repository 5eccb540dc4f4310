"""The check of PlainBuffer: CRC-8 with the polynomial x⁸ + x² + x + 1, which begins with 0 and is not reflected.

A loop over the bytes of a text in Python takes longer than everything else that is done with a row. The polynomial
divides x¹²⁷ + 1, so the check of a long text is that of the exclusive or of its pieces of 127 bits. Integers of any
length do that in a few steps, by halves.
"""

from __future__ import annotations

from functools import cache

POLYNOMIAL = 0x07
_PERIOD = 127
_SHORT = 72
"""Up to this many bytes the loop is faster."""
_REST = 16
"""Bytes that hold `_PERIOD` bits."""


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte << 1 ^ (POLYNOMIAL if byte & 0x80 else 0)
    return byte & 0xFF


TABLE = bytes(_entry(byte) for byte in range(256))


def crc8(data: bytes, state: int = 0) -> int:
    """The check of `data`, behind bytes whose check is `state`."""
    if len(data) > _SHORT:
        data = _shortened(int.from_bytes(data, "big") ^ state << 8 * (len(data) - 1), len(data))
        state = 0
    for byte in data:
        state = TABLE[state ^ byte]
    return state


def _shortened(number: int, size: int) -> bytes:
    """Bytes with the same check as the number's `size` bytes: its halves, one on the other, down to one period."""
    for span, mask in _steps(size.bit_length()):
        number = number >> span ^ number & mask
    return number.to_bytes(_REST, "big")


@cache
def _steps(length: int) -> tuple[tuple[int, int], ...]:
    """Where to halve numbers of less than `2**length` bytes, and masks for what is below."""
    spans = [_PERIOD << step for step in range(length + 3) if _PERIOD << step < 8 << length]
    return tuple((span, (1 << span) - 1) for span in reversed(spans))
