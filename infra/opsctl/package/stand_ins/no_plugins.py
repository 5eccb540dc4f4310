"""In place of pydantic's search for plugins, which reads the metadata of every distribution at each cold start.

A layer has no plugin: the metadata that would name one is left out of it.
"""  # noqa: INP001 - a module of pydantic in a layer


def get_plugins() -> tuple[()]:
    """No plugins."""
    return ()
