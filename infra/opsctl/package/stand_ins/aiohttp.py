"""Stands in for aiohttp in a layer, which is 11 MB lighter and quicker to load without it.

The Tablestore SDK and the Tea core import aiohttp when they are loaded, for their asynchronous clients alone; OpsLedger
makes synchronous calls only. Whoever asks for more than the import is told so.
"""  # noqa: INP001 - a module of its own in a layer


class ClientTimeout:
    """Imported by name by the Tablestore SDK; made by its asynchronous client alone."""

    def __init__(self, **_options: object) -> None:
        raise NotImplementedError(_MESSAGE)


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    raise NotImplementedError(_MESSAGE)


_MESSAGE = "this layer has no aiohttp: asynchronous clients were pruned (infra/opsctl/package/pruning.py)"
