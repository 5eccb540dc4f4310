"""Every error of the library, in two groups that are handled differently.

OpsLedgerError
├── BadEventError               the event is bad: it is quarantined, never raised to the platform, never retried
│   ├── NotJsonError            the bytes are not JSON that can be read
│   ├── UnknownEnvelopeError    JSON, but in none of the forms in which events arrive
│   ├── UnknownTypeError        an event of a type that the catalogue does not have
│   ├── ForeignEventError       a Kubernetes event that is not about ECI: who reports it does not speak for ECI
│   ├── UnknownStatusError      a known type in a status that its lifecycle does not have
│   ├── MalformedContentError   a field is missing or is not what the vendor documents
│   ├── OversizeError           more than a ledger row can hold
│   └── DryRunError             a test message of CloudMonitor's, which names no resource
├── DamagedRowError             a stored row is not what this library writes: no retry and no replay helps
└── WorldFailedError            the surroundings failed: raised, so that the platform delivers again
    ├── ThrottledError          the store asks to slow down
    ├── UnavailableError        the store, or the way to it, does not answer
    ├── ContendedError          other invocations kept changing the same record until time ran out
    ├── StoreRefusedError       the store refuses the request itself: a permission, a limit, a bug of this library
    └── MisconfiguredError      a setting, a table or a credential is missing
        └── NewerRowError       a newer version wrote the row, and this one would drop what it does not know
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self


class FieldError(NamedTuple):
    """One error in one field: `path` as in `content.notBefore`, and a message for people."""

    path: str
    message: str


class OpsLedgerError(Exception):
    """The root of the tree above."""


class BadEventError(OpsLedgerError):
    """The event is bad: it goes to quarantine with `reason` and `errors`."""

    reason: ClassVar[str] = "bad_event"

    def __init__(self, message: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.errors: tuple[FieldError, ...] = tuple(errors) or (FieldError("", message),)

    def under(self, path: str) -> Self:
        """This error, with `path` in front of the path of each field."""
        errors = [FieldError(f"{path}.{error.path}" if error.path else path, error.message) for error in self.errors]
        return type(self)(str(self), errors)


class NotJsonError(BadEventError):
    """The bytes are not JSON that can be read."""

    reason = "not_json"


class UnknownEnvelopeError(BadEventError):
    """JSON, but in none of the forms in which events arrive."""

    reason = "unknown_envelope"


class UnknownTypeError(BadEventError):
    """An event of a type that the catalogue does not have."""

    reason = "unknown_type"


class ForeignEventError(BadEventError):
    """A Kubernetes event of somebody else, under a reason that is not ECI's own."""

    reason = "foreign_event"


class UnknownStatusError(BadEventError):
    """A known type in a status that its lifecycle does not have."""

    reason = "unknown_status"


class MalformedContentError(BadEventError):
    """A field is missing or is not what the vendor documents; `errors` has every such field with its path."""

    reason = "malformed_content"


class OversizeError(BadEventError):
    """More than a ledger row can hold."""

    reason = "oversize"


class DryRunError(BadEventError):
    """A test message that an operator had CloudMonitor send: its ids are masked, so it is about no resource."""

    reason = "test_message"


class DamagedRowError(OpsLedgerError):
    """A stored row is not what this library writes; somebody else wrote or changed it."""


class WorldFailedError(OpsLedgerError):
    """The surroundings failed: the store, the network or the time limit. Another delivery may succeed."""

    retryable: ClassVar[bool] = True
    """Whether trying again within the same invocation can help."""


class ThrottledError(WorldFailedError):
    """The store asks to slow down."""


class UnavailableError(WorldFailedError):
    """The store, or the way to it, does not answer; what was asked may or may not have happened."""


class ContendedError(WorldFailedError):
    """Other invocations kept changing the same record until time ran out."""


class StoreRefusedError(WorldFailedError):
    """The store refuses the request itself: a permission, a limit, or a bug of this library."""

    retryable = False


class MisconfiguredError(WorldFailedError):
    """A setting, a table or a credential is missing; the message says which."""

    retryable = False


class NewerRowError(MisconfiguredError):
    """A newer version wrote the row, and this one would drop what it does not know: the newer one is to be deployed."""
