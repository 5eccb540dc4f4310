"""One call of Tablestore from end to end, in one attempt.

Any doubt about an answer is no answer: `UnansweredError` says that what was asked may or may not have happened. The
caller decides again; see `opsledger.ledger.commit`.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from opsledger.errors import MisconfiguredError
from opsledger.store.calls import ServiceError, UnansweredError
from opsledger.store.wire import MalformedError, messages, signature
from opsledger.store.wire.connection import Answer, Connection, HTTPException, opener

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opsledger.store.calls import KeyRange, PrimaryKey, RangePage, Refusal, RowFound, RowPut
    from opsledger.store.wire.signature import Credentials

T = TypeVar("T")
USER_AGENT = "opsledger"
AUTH_FAILED = "OTSAuthFailed"


class WireClient:
    """A client of one instance.

    It may be used from several threads: each call takes a connection that is idle, or a new one. It never retries, and
    sends a request again only where a connection that was kept had been closed meanwhile.

    Args:
        seconds_left: asked at each call how long it may take.

    Raises:
        MisconfiguredError: a credential or the instance's name cannot be sent; the message does not show it.
    """

    def __init__(
        self, endpoint: str, instance: str, credentials: Credentials, seconds_left: Callable[[], float]
    ) -> None:
        if not all(text.isascii() and text.isprintable() for text in (instance, *filter(None, credentials))):
            raise MisconfiguredError("a credential or the instance's name has a character that no HTTP header can hold")
        self._instance, self._credentials, self._seconds_left = instance, credentials, seconds_left
        self._base = urlsplit(endpoint).path.rstrip("/")
        self._open = opener(endpoint)
        self._idle: list[Connection] = []

    def batch_get_row(
        self, tables: Mapping[str, Sequence[PrimaryKey]]
    ) -> Mapping[str, Sequence[RowFound | Refusal | None]]:
        """Read rows by their keys, in order; None where there is no row."""
        body = messages.batch_get_row(tables)
        return self._call("BatchGetRow", body, lambda answer: messages.rows_got(answer, tables))

    def batch_write_row(self, tables: Mapping[str, Sequence[RowPut]]) -> Mapping[str, Sequence[Refusal | None]]:
        """Write rows, each under its condition, in order; None where it was written."""
        body = messages.batch_write_row(tables)
        return self._call("BatchWriteRow", body, lambda answer: messages.rows_written(answer, tables))

    def get_range(self, asked: KeyRange, limit: int) -> RangePage:
        """Read the first rows of a range, at most `limit`."""
        body = messages.get_range(asked, limit)
        return self._call("GetRange", body, lambda answer: messages.page_got(answer, asked))

    def get_row(self, table: str, key: PrimaryKey) -> RowFound | None:
        """Read one row; None where there is none."""
        return self._call("GetRow", messages.get_row(table, key), lambda answer: messages.row_got(answer, key))

    def close(self) -> None:
        """Close the connections that are idle."""
        while self._idle:
            self._idle.pop().close()

    def _call(self, operation: str, body: bytes, read: Callable[[bytes], T]) -> T:
        try:
            return read(self._ask(f"/{operation}", body))
        except MalformedError as error:
            raise UnansweredError(str(error)) from error
        except (HTTPException, OSError) as error:
            raise UnansweredError(type(error).__name__) from error

    def _ask(self, path: str, body: bytes) -> bytes:
        """The body of an answer that is from the service and says success."""
        signed = signature.sign(self._credentials, self._instance, path, body, time.time())
        connection = self._connection()
        until = time.monotonic() + self._seconds_left()
        answer = connection.post(self._base + path, {**signed.headers, "User-Agent": USER_AGENT}, body, until)
        try:
            refusal = self._checked(path, signed.key, answer)
        except MalformedError:
            connection.close()  # who sends that may be out of step
            raise
        self._idle.append(connection)
        if refusal is not None:
            raise ServiceError(refusal.code, refusal.message, answer.status)
        return answer.body

    def _connection(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return Connection(self._open)

    def _checked(self, path: str, key: bytes, answer: Answer) -> Refusal | None:
        success = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        refusal = None if success else messages.error_of(answer.body)
        headers = answer.headers
        if refusal is not None and (answer.status, refusal.code) == (HTTPStatus.FORBIDDEN, AUTH_FAILED):
            # The service cannot sign for a key that it does not accept.
            headers = {name: value for name, value in headers.items() if name != "authorization"}
        signature.check(
            self._credentials, key, signature.SignedAnswer(path, headers, answer.body, success), now=time.time()
        )
        return refusal
