"""The cloud in this process: while `mock_aliyun` is active, the SDKs talk to it and to nothing else.

How the SDKs are reached is in `yunmock.interception`, what they find in the environment in `yunmock.sdk_environment`.
"""

from __future__ import annotations

import functools
import inspect
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from yunmock.cloud import Cloud
from yunmock.interception import answered_by
from yunmock.local import LocalCloud, local_cloud
from yunmock.recording.replay import ReplayedCloud
from yunmock.sdk_environment import environment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from yunmock.cloud import Account
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.readings import Readings
    from yunmock.recording.replay import Order

F = TypeVar("F", bound="Callable[..., Any]")
C = TypeVar("C", bound=Cloud)

CLOUD = "cloud"
"""The parameter of a decorated function that gets the cloud."""
OPTIONS = frozenset(
    {
        *("account", "act_as_cloud", "allow_targets", "data", "readings", "record", "roles", "rules", "strict_keys"),
        "template",
    }
)
"""The options of `local_cloud` that `mock_aliyun` takes."""


class MockAliyun(Generic[C]):
    """The result of `mock_aliyun`: a context manager that yields the cloud, and a decorator."""

    def __init__(self, cloud: C | None, make: Callable[[], C]) -> None:
        self._cloud, self._make = cloud, make
        self._entered: list[tuple[C, ExitStack]] = []

    def __enter__(self) -> C:
        cloud = self._cloud or self._make()
        stack = ExitStack()
        if cloud is not self._cloud:
            stack.callback(cloud.close)
        stack.enter_context(environment_of(cloud.account))
        stack.enter_context(answered_by(cloud))
        self._entered.append((cloud, stack))
        return cloud

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.pop()[1].__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        """Decorate a function or a coroutine function: each call runs inside, with its own cloud.

        A parameter named `cloud` gets the cloud, unless the caller passes it.

        Raises:
            TypeError: it is a class, whose tests no runner would find any more.
        """
        if inspect.isclass(function):
            raise TypeError(f"mock_aliyun does not decorate classes: decorate the methods of {function.__name__}")
        call = _CloudArgument(function)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def inside(*args: Any, **kwargs: Any) -> Any:
                with self as cloud:
                    return await call(cloud, args, kwargs)

        else:

            @functools.wraps(function)
            def inside(*args: Any, **kwargs: Any) -> Any:
                with self as cloud:
                    return call(cloud, args, kwargs)

        inside.__signature__ = call.rest  # type: ignore[attr-defined]  # pytest must not look for a fixture `cloud`
        return cast("F", inside)


class _CloudArgument:
    """Calls a function, with the cloud as its argument `cloud` if it has such a parameter.

    Attributes:
        rest: the signature without that parameter.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._whole = inspect.signature(function)
        kept = [each for name, each in self._whole.parameters.items() if name != CLOUD]
        self.rest = self._whole.replace(parameters=kept)

    def __call__(self, cloud: Cloud, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if CLOUD not in self._whole.parameters or CLOUD in kwargs:
            return self._function(*args, **kwargs)
        arguments = self.rest.bind(*args, **kwargs).arguments
        arguments[CLOUD] = cloud
        bound = inspect.BoundArguments(self._whole, arguments)
        return self._function(*bound.args, **bound.kwargs)


@overload
def mock_aliyun(cloud: F) -> F: ...


@overload
def mock_aliyun(cloud: C) -> MockAliyun[C]: ...


@overload
def mock_aliyun(
    cloud: None = None,
    *,
    data: str | Path | None = None,
    template: str | Path | None = None,
    account: Account | None = None,
    roles: Mapping[str, Sequence[Mapping[str, JsonValue]]] | None = None,
    rules: Sequence[JsonObject] = (),
    act_as_cloud: bool = False,
    strict_keys: bool = False,
    readings: Readings | None = None,
    allow_targets: Collection[str] = (),
    record: str | Path | None = None,
) -> MockAliyun[LocalCloud]: ...


def mock_aliyun(
    cloud: Cloud | Callable[..., Any] | None = None, **options: Any
) -> MockAliyun[Any] | Callable[..., Any]:
    """Replace the real Alibaba Cloud by a local one, for a block or for a decorated function.

    Args:
        cloud: the cloud to use; None makes a new one for each entry.
        options: those of a new cloud, as `yunmock.local_cloud` describes them: `data`, `template`, `account`,
            `roles`, `rules`, `act_as_cloud`, `strict_keys`, `readings`, `allow_targets`, `record`.

    Entering yields the `Cloud`. A decorated function gets it as its argument `cloud` if it has such a parameter. Blocks
    nest: the one entered last answers, in every thread. Inside, the environment variables that the vendor's SDKs read
    (`yunmock.sdk_environment`) hold the account's keys and region; afterwards they are as before.

    Raises:
        TypeError: a cloud is given and options too, or an option is unknown.

    Example:
        >>> with mock_aliyun(template="s.yaml") as cloud:  # doctest: +SKIP
        ...     client.put_events([event])
    """
    if unknown := options.keys() - OPTIONS:
        raise TypeError(f"mock_aliyun takes the options {sorted(OPTIONS)}, not {sorted(unknown)}")
    if isinstance(cloud, Cloud) and options:
        raise TypeError(f"give {sorted(options)} to local_cloud(), which made the cloud")
    make = functools.partial(local_cloud, **options)
    if isinstance(cloud, Cloud):
        return MockAliyun(cloud, lambda: cloud)
    mock = MockAliyun(None, make)
    return mock if cloud is None else mock(cloud)


def replay(
    path: str | Path,
    *,
    order: Order = "strict",
    ignore: Collection[str] = (),
    compare_bodies: bool = True,
    account: Account | None = None,
) -> MockAliyun[ReplayedCloud]:
    """Answer the SDKs from a recording, for a block or for a decorated function; nothing runs.

    Args:
        path: the file that `record` has written.
        order: "strict": requests must come in the recorded order; "any": in any order, each once.
        ignore: names of parameters and JSON fields that are not compared, such as generated ids.
        compare_bodies: whether bodies are compared at all.
        account: whose keys the clients have; the default account's if None.

    Entering yields a `ReplayedCloud`: its `unused` has what was recorded and not asked for. A request that is not in
    the recording, or not at this place, raises `ReplayMismatchError`.

    Raises:
        InvalidRecordingError, OSError: on entering, the file is not a recording or cannot be read.

    Example:
        >>> with replay("session.jsonl") as cloud:  # doctest: +SKIP
        ...     client.put_events([event])
        ...     assert cloud.unused == []
    """
    make = functools.partial(
        ReplayedCloud, path, order=order, ignore=ignore, compare_bodies=compare_bodies, account=account
    )
    return MockAliyun(None, make)
