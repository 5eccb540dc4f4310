"""What the linter knows about a library that functions import: its variables and its events.

fc3lint itself knows no library. Pass yours to `fc3lint.lint(path, libraries=[…])`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from yunmock.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class LibraryVariable:
    """An environment variable that a library reads.

    Attributes:
        meaning: what it is, as a noun phrase.
        error: given all variables of a function, says what is wrong with this one, or returns an empty text. None if
            functions need no check of it.
    """

    name: str
    meaning: str
    error: Callable[[Mapping[str, str]], str] | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """A library.

    Attributes:
        name: the name that functions import it by.
        variables: every variable that it reads.
        prefixes: variables that begin with one of these are the library's, so a name it does not read is a mistake.
        documentation: the page that lists its variables.
        needs_credentials: whether a function that imports it needs a role.
        samples: events that it handles, by source and type, to test patterns with.
    """

    name: str
    variables: Sequence[LibraryVariable] = ()
    prefixes: tuple[str, ...] = ()
    documentation: str = ""
    needs_credentials: bool = False
    samples: Mapping[str, Mapping[str, Sequence[JsonObject]]] = field(default_factory=dict)
