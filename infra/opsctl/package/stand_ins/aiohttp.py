"""A stub for aiohttp in a layer, which without the real one is 11 MB smaller and loads faster.

The Tablestore SDK and the Tea core import aiohttp for their asynchronous clients; OpsLedger makes synchronous calls
only. Any use beyond the import raises NotImplementedError.
"""  # noqa: INP001 - a top-level module in a layer


class ClientTimeout:
    """The Tablestore SDK imports it by name; only its asynchronous client makes one."""

    def __init__(self, **_options: object) -> None:
        raise NotImplementedError(_MESSAGE)


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    raise NotImplementedError(_MESSAGE)


_MESSAGE = "this layer has no aiohttp: asynchronous clients were pruned (infra/opsctl/package/pruning.py)"
