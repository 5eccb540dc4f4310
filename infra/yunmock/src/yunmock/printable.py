"""Texts from outside, for people: without what would steer a terminal, or deceive a reader."""

from __future__ import annotations


def printable(text: str, keep: str = "\t") -> str:
    """The text with an escape in place of every character that is not printable.

    Args:
        keep: the characters that stay, printable or not.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
